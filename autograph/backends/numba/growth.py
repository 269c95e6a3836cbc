"""Growing stacks in loops that may run for ever: room is made between rows of trips, not in them.

Enters: the body of a `While`. Leaves: the `Grow` statements whose room can be made ahead of a trip.
A call in the loop, even one that is never made, costs more than the rest of a small body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.effects import effects


def growth_ahead(body: Sequence[lp.Stmt]) -> list[lp.Grow]:
    """Return what a trip grows by a number of elements that is known before it begins."""
    times = Counter(s.buffer for s in lp.walk(body) if isinstance(s, lp.Grow))
    changed: set[object] = set()
    found = []
    for statement in body:
        if isinstance(statement, lp.Grow):
            symbols = statement.capacity.symbols
            if times[statement.buffer] == 1 and changed.isdisjoint(symbols):
                found.append(statement)
        changed |= effects(statement).writes
    return found
