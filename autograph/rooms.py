"""Room for lists that grow without a known bound: calls that need more are repeated.

Enters: a compiled entry some of whose inputs say how much room there is. Leaves: an entry that
enlarges them and runs again, from the arguments as they were, until the lists fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograph.frontend import Room, Traced

OUT_OF_ROOM = 3
"""The status of a call that has to be repeated with more room; that of its number from `+ 1` on."""

Entry = Callable[..., Sequence[Any]]


def with_room(run: Entry, traced: Traced) -> Entry:
    """Return an entry that repeats calls until there is room; the entry itself if that never is."""
    rooms = {k: i.source for k, i in enumerate(traced.inputs) if isinstance(i.source, Room)}
    if not rooms:
        return run
    written = sorted(set(traced.graph.writes.values()))

    def run_until_it_fits(*values: Any) -> Sequence[Any]:
        saved = [(values[k], values[k].copy()) for k in written]
        results = run(*values)
        while results[0] >= OUT_OF_ROOM:
            for array, before in saved:
                array[...] = before
            short = [r for r in rooms.values() if r.number == results[0] - OUT_OF_ROOM - 1]
            for room in short or rooms.values():
                room.enlarge()
            given = (rooms[k].size if k in rooms else x for k, x in enumerate(values))
            results = run(*given)
        return results

    return run_until_it_fits
