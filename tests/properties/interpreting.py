"""Runs the source emitted for numba as plain Python: all stages but the machine code, quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from autograph.backends.loops import LoopFunction
from autograph.backends.numba import runtime
from autograph.backends.numba.argument_types import type_of
from tests.backends.harness import interpreted


def interpreted_entry(
    function: LoopFunction, source: str, values: Sequence[Any]
) -> tuple[Callable[..., Any], bool]:
    """Return what stands for the compiled entry: it takes arguments of the same types only."""
    run = interpreted(function, source)
    signature = tuple(map(type_of, values))

    def entry(*arguments: Any) -> Any:
        if tuple(map(type_of, arguments)) != signature:
            raise TypeError("no code for arguments of these types")
        typed = [x if isinstance(x, np.ndarray) else np.asarray(x)[()] for x in arguments]
        with np.errstate(all="ignore"):
            results = run(*typed)
        return tuple(x.item() if isinstance(x, np.generic) else x for x in results)

    return entry, False


@contextmanager
def interpreting() -> Iterator[None]:
    """Let everything that is compiled meanwhile be interpreted instead."""
    with mock.patch.object(runtime, "compile_entry", interpreted_entry):
        yield
