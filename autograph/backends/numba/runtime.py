"""From generated source to a callable entry for the types of some arguments.

Enters: a loop function, its source, and the types of its params. Leaves: a callable that
returns `(status, *results)`; status 1 also where an argument that is written overlaps another.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends.loops import LoopFunction
from autograph.backends.numba.argument_types import ArgumentType
from autograph.backends.numba.code_cache import Compiled, compile_source
from autograph.backends.numba.emit import entry_name


def compile_entry(function: LoopFunction, source: str, asked: Sequence[ArgumentType]) -> Compiled:
    """Return the compiled entry.

    Args:
        function: The loop function that the source was emitted for.
        source: The text for numba.
        asked: The types of the params, layouts included.
    """
    return compile_source(source, entry_name(function), asked)
