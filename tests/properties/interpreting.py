"""Runs the source emitted for numba as plain Python: all stages but the machine code, quickly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from autograph import finished
from autograph.backends.numba.argument_types import ArgumentType, type_of
from autograph.backends.numba.code_cache import Compiled
from autograph.pipeline import Interface, Stages
from tests.backends.harness import interpreted


def interpreted_code(stages: Stages, asked: Sequence[ArgumentType]) -> tuple[Compiled, Interface]:
    """Return what stands for the compiled entry: it takes arguments of the same types only."""
    run = interpreted(stages.loops, stages.numba_source)
    signature = tuple(asked)

    def entry(*arguments: Any) -> Any:
        if tuple(map(type_of, arguments)) != signature:
            raise TypeError("no code for arguments of these types")
        typed = [x if isinstance(x, np.ndarray) else np.asarray(x)[()] for x in arguments]
        with np.errstate(all="ignore"):
            results = run(*typed)
        return tuple(x.item() if isinstance(x, np.generic) else x for x in results)

    return Compiled(entry, from_cache=False, key="", is_lasting=False), stages.interface


@contextmanager
def interpreting() -> Iterator[None]:
    """Let everything that is compiled meanwhile be interpreted instead."""
    with mock.patch.object(finished, "machine_code", interpreted_code):
        yield
