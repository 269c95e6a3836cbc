"""From generated source to a callable entry for the types of some arguments.

Enters: a loop function, its source, and the values of its params in one call. Leaves: a callable
that returns `(status, *results)`; status 1 also where an argument that is written overlaps another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba

from autograph.backends.loops import LoopFunction
from autograph.backends.numba.code_cache import compile_source
from autograph.backends.numba.emit import entry_name, namespace


def compile_entry(
    function: LoopFunction, source: str, values: Sequence[Any]
) -> tuple[Callable[..., Any], bool]:
    """Return the compiled entry and whether it came from the disk cache.

    Args:
        function: The loop function that the source was emitted for.
        source: The text for numba.
        values: One value for each param; their types, layouts included, are compiled for.
    """
    signature = tuple(numba.typeof(x) for x in values)
    compiled = compile_source(source, entry_name(function), signature, namespace=namespace())
    return compiled.dispatcher, compiled.from_cache
