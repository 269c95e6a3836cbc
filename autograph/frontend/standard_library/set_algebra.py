"""What several sets make of each other, as plain Python over their items and tables.

Enters: the items and slots of tables, and how many items of the first one were deleted. Leaves:
the first table, changed, and how many of its items are deleted now. Tables are enlarged, and items
met, as Python does it.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.tables import fill, find, pack, revive
from autograph.frontend.tracing.stand_in import lengthening, shared


def _room(lengths: list[Any]) -> dict[int, Any]:
    """Return how long the first two lists may become, given the lengths of all."""
    count = lengths[0] + lengths[2]
    return {0: count, 1: lengths[1] + count * 8 + 8}


def is_full(items: list[Any], slots: list[int], more: int) -> bool:
    """Return whether Python makes a larger table, before it adds so many items."""
    return 5 * (len(items) + more) >= 3 * (len(slots) - 1)


def renew(items: list[Any], slots: list[int], more: int) -> None:
    """Make a new table, without what was deleted, with room for so many more items if any."""
    slots[:] = [0] * pack(slots, items, more)
    fill(slots, items)


def put(items: list[Any], slots: list[int], dead: int, key: Any) -> int:
    """Add an item."""
    k, at = find(slots, items, key)
    if k > 0:
        return dead
    if k < 0:
        revive(slots, items, at, key)
        return dead - 1
    items.append(key)
    slots[at] = len(items)
    if is_full(items, slots, 0):
        renew(items, slots, 0)
        dead = 0
    return dead


@lengthening(_room, (0, 2))
def merge(
    items: list[Any], slots: list[int], others: list[Any], other_slots: list[int], dead: int, n: int
) -> int:
    """Add the items of another set, of which there are `n`."""
    if is_full(items, slots, n):
        renew(items, slots, n)
        dead = 0
    if len(items) == 0 and len(slots) == len(other_slots) and n == len(others):
        items[:] = others
        slots[:] = other_slots
    else:
        for k in other_slots:
            if k > 0:
                dead = put(items, slots, dead, others[k - 1])
    return dead


@lengthening(_room, (0, 2))
def toggle(
    items: list[Any], slots: list[int], others: list[Any], other_slots: list[int], dead: int
) -> int:
    """Add the items of another set that are not there, delete those that are."""
    for j in other_slots:
        if j > 0:
            k, at = find(slots, items, others[j - 1])
            if k > 0:
                slots[at] = -slots[at]
                dead += 1
            else:
                dead = put(items, slots, dead, others[j - 1])
    return dead


@lengthening(_room, (0, 2, 4))
def select(
    items: list[Any],
    slots: list[int],
    others: list[Any],
    other_slots: list[int],
    tested: list[Any],
    tested_slots: list[int],
    wanted: bool,
) -> int:
    """Add those items of another set that are in a third one, or that are not."""
    dead = 0
    for j in other_slots:
        if j > 0:
            k, _ = find(tested_slots, tested, others[j - 1])
            if (k > 0) == wanted:
                dead = put(items, slots, dead, others[j - 1])
    return dead


@lengthening(_room, (0, 2))
def remove(
    items: list[Any], slots: list[int], others: list[Any], other_slots: list[int], dead: int
) -> int:
    """Delete the items of another set."""
    for j in other_slots:
        if j > 0:
            k, at = find(slots, items, others[j - 1])
            if k > 0:
                slots[at] = -slots[at]
                dead += 1
    if dead > (len(slots) - 1) // 4:
        renew(items, slots, 0)
        dead = 0
    return dead


@shared
def is_within(
    items: list[Any], slots: list[int], others: list[Any], other_slots: list[int]
) -> bool:
    """Return whether all items are in another set."""
    for j in slots:
        if j > 0:
            k, _ = find(other_slots, others, items[j - 1])
            if k <= 0:
                return False
    return True
