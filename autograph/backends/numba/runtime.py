"""From generated source to a callable entry for the types of some arguments.

Enters: a loop function, its source, and the values of its params in one call. Leaves: a callable
that returns `(status, *results)`; status 1 also where an argument that is written overlaps another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograph.backends.loops import LoopFunction
from autograph.backends.numba.argument_types import type_of
from autograph.backends.numba.code_cache import compile_source
from autograph.backends.numba.emit import entry_name


def compile_entry(
    function: LoopFunction, source: str, values: Sequence[Any]
) -> tuple[Callable[..., Any], bool]:
    """Return the compiled entry and whether it came from the disk cache.

    Args:
        function: The loop function that the source was emitted for.
        source: The text for numba.
        values: One value for each param; their types, layouts included, are compiled for.
    """
    compiled = compile_source(source, entry_name(function), list(map(type_of, values)))
    return compiled.entry, compiled.from_cache
