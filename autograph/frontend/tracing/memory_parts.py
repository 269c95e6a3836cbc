"""The decision to take arrays of a call as parts of the memory that they share.

Enters: the sources of the arrays, and the arguments of the traced call. Leaves: the restart that
makes the decision, and, once it is made, where an array lies in the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.errors import UnsupportedError
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import MEMORY, Restart
from autograph.frontend.symbols.inputs import Input, Source
from autograph.frontend.tracing.shared_memory import Layout, Memory, common_memory, locate


def in_one_memory(
    sources: Sequence[Source], arguments: Sequence[Any]
) -> Restart | UnsupportedError:
    """Return the restart that takes arrays as parts of one memory, or why that is impossible."""
    found = {source.path: source for source in sources}
    ordered = tuple(found.values())
    memory = common_memory(ordered, [source.fetch(arguments) for source in ordered])
    if memory is not None:
        return Restart((MEMORY, frozenset(found), memory, ordered))
    names = " and ".join(f"'{source.name}'" for source in ordered)
    what = "share memory that is written," if len(ordered) > 1 else "lies in memory"
    return unsupported(
        f"{names} {what} in a way that cannot be told by slices, which is not supported; pass a "
        "copy"
    )


def placed_in(
    entry: Input, memory: Memory, sources: Sequence[Source], arguments: Sequence[Any]
) -> tuple[Layout, tuple[int, ...]]:
    """Return how and where an array lies in the memory that it is to be a part of.

    Raises:
        Restart: If it does not, as the decision was made for another call.
        UnsupportedError: If it cannot be a part of a memory.
    """
    if not entry.writeable:
        raise unsupported(
            f"'{entry.source.name}' is read-only and shares its memory with an array that is "
            "written, which is not supported; pass a copy"
        )
    located = locate(entry.example, memory.fetch(arguments))
    if located is None:
        raise in_one_memory(sources, arguments)
    return located.layout, located.starts
