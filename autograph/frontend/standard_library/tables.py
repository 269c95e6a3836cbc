"""Hash tables of dicts and sets, as plain Python over lists.

A table is a list of slots, as many as a power of two. A slot holds 1 + the position of an item in
another list, its negative after the item was deleted, or 0 if it was always free. Slots are looked
at, and tables enlarged, as Python does it for its sets.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.hashing import hash_of
from autograph.frontend.tracing.stand_in import gathering, shared

FIRST_SIZE = 8
"""How many slots a new table has."""

NEIGHBOURS = 9
"""How many slots behind the first one are looked at before one elsewhere is."""

SPREAD = 2**59 - 1
"""The bits of a hash, without the lowest five, that say where to look next."""


MANY = 50000
"""Sets of more items than this are doubled only, others quadrupled."""


@gathering
def together(items: Any) -> Any:
    """Return what is put into a table: a list of run-time values as one that is gone through."""
    return items


@shared
def find(slots: list[int], items: list[Any], key: Any) -> tuple[int, int]:
    """Return what the slot holds in which an item is, or would be put, and the slot."""
    h = hash_of(key)
    mask = len(slots) - 1
    start = at = int(h & mask)
    if len(items) == 0:
        return 0, at
    left = NEIGHBOURS if start + NEIGHBOURS <= mask else 0
    spread = int((h >> 5) & SPREAD)
    free = deleted = 0
    k = slots[at]
    while k != 0 and (k < 0 or items[k - 1] != key):
        if k < 0:
            free, deleted = at, k
        if left > 0:
            left -= 1
            at += 1
        else:
            start = at = (5 * start + 1 + spread) & mask
            spread >>= 5
            left = NEIGHBOURS if start + NEIGHBOURS <= mask else 0
        k = slots[at]
    return (k, at) if k != 0 or deleted == 0 else (deleted, free)


@shared
def revive(slots: list[int], items: list[Any], at: int, key: Any) -> None:
    """Put an item into the slot of one that was deleted."""
    slots[at] = -slots[at]
    items[slots[at] - 1] = key


@shared
def fill(slots: list[int], items: list[Any]) -> None:
    """Put items, no two of which are equal, into a table whose slots are free."""
    mask = len(slots) - 1
    for k in range(len(items)):
        h = hash_of(items[k])
        start = at = int(h & mask)
        left = NEIGHBOURS if start + NEIGHBOURS <= mask else 0
        spread = int((h >> 5) & SPREAD)
        while slots[at] != 0:
            if left > 0:
                left -= 1
                at += 1
            else:
                start = at = (5 * start + 1 + spread) & mask
                spread >>= 5
                left = NEIGHBOURS if start + NEIGHBOURS <= mask else 0
        slots[at] = k + 1


@shared
def pack(slots: list[int], items: list[Any], more: int) -> int:
    """Lay items in the order of their slots, without those that were deleted.

    Returns:
        The size of the next table: with room for so many more items, if any.
    """
    kept = [items[k - 1] for k in slots if k > 0]
    for k in range(len(kept)):
        items[k] = kept[k]
    while len(items) > len(kept):
        items.pop()
    count = len(items) + more
    least = 2 * count if more > 0 or count > MANY else 4 * count
    size = FIRST_SIZE
    while size <= least:
        size *= 2
    return size
