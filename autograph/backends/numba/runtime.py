"""From generated source to a callable entry for the types of some arguments.

Enters: a loop function, its source, and the types of its params. Leaves: a callable that
returns `(status, *results)`; status 1 also where an argument that is written overlaps another.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends.loops import LoopFunction
from autograph.backends.numba.argument_types import ArgumentType, ArrayType
from autograph.backends.numba.code_cache import Compiled, compile_source
from autograph.backends.numba.emit import entry_name


def compile_entry(function: LoopFunction, source: str, asked: Sequence[ArgumentType]) -> Compiled:
    """Return the compiled entry.

    Args:
        function: The loop function that the source was emitted for.
        source: The text for numba.
        asked: The types of the params, layouts included.
    """
    name = entry_name(function)
    return compile_source(_reading_numbers(source, name, asked), name, asked)


def _reading_numbers(source: str, name: str, asked: Sequence[ArgumentType]) -> str:
    """Return the source reading arrays without axes first, which it takes for numbers."""
    start = source.index(f"def {name}(")
    head, body = source[start:].split("\n", 1)
    params = head.removeprefix(f"def {name}(").removesuffix("):").split(", ") if asked else []
    given = {
        param: f"{param}_without_axes"
        for param, kind in zip(params, asked, strict=True)
        if isinstance(kind, ArrayType) and not kind.ndim
    }
    head = f"def {name}({', '.join(given.get(param, param) for param in params)}):"
    reads = [f"    {param} = {array}[()]\n" for param, array in given.items()]
    return "".join([source[:start], head, "\n", *reads, body]) if reads else source
