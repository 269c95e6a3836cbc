"""Sets of Python's whose items lie in given slots, so that loops meet them in the order of a table.

Enters: the items and slots of a table, as compiled code left them. Leaves: a set of Python's with
the same table: what was deleted there has left its mark here, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograph.errors import UnsupportedError
from autograph.frontend.standard_library.tables import FIRST_SIZE, MANY, NEIGHBOURS, SPREAD


def laid_out(items: list[Any], slots: list[int]) -> set[Any]:
    """Return a set of Python's whose items lie in given slots."""
    order = [items[k - 1] for k in slots if k > 0]
    plain = set(order)
    if len(plain) == len(items) and list(plain) == order:
        return plain
    made = _as_added(items, set(order), len(slots))
    return made if list(made) == order else placed(items, slots)


def frozen(items: list[Any], slots: list[int]) -> frozenset[Any]:
    """Return a frozenset of Python's whose items lie in given slots.

    Raises:
        UnsupportedError: If no way is found to have Python make one in this order.
    """
    table = laid_out(items, slots)
    order = list(table)
    for made in _ways_to_freeze(items, slots, table):
        if len(made) == len(order) and list(made) == order:
            return made
    raise UnsupportedError(
        "a frozenset cannot be returned in the order that Python has here; return sorted(items), "
        "or a set"
    )


def _ways_to_freeze(
    items: list[Any], slots: list[int], table: set[Any]
) -> Iterator[frozenset[Any]]:
    """Make frozensets as programs may have made one: out of items, of a table, of two sets."""
    yield frozenset(items)
    yield frozenset(table)
    yield frozenset(list(table))
    order = _by_need(items, slots)
    for count in range(len(order), -1, -1):
        yield frozenset(dict.fromkeys(order[:count])).union(order[count:])


def _by_need(items: list[Any], slots: list[int]) -> list[Any]:
    """Return items in an order in which each, put into a table, gets its slot; [] if none is."""
    waiting = {at: items[k - 1] for at, k in enumerate(slots) if k > 0}
    taken: set[int] = set()
    order: list[Any] = []
    while waiting:
        ready = [at for at, x in waiting.items() if _slots_before(x, at, len(slots)) <= taken]
        if not ready:
            return []
        order += [waiting.pop(at) for at in ready]
        taken.update(ready)
    return order


def _slots_before(key: Any, at: int, size: int) -> set[int]:
    """Return the slots that are looked at before one, for a key."""
    h, mask = hash(key), size - 1
    start, spread = h & mask, (h >> 5) & SPREAD
    found: set[int] = set()
    while True:
        last = start + NEIGHBOURS if start + NEIGHBOURS <= mask else start
        for slot in range(start, last + 1):
            if slot == at:
                return found
            found.add(slot)
        start, spread = (5 * start + 1 + spread) & mask, spread >> 5


def _as_added(items: list[Any], kept: set[Any], size: int) -> set[Any]:
    """Return a set into whose table, of a given size, items were put in the order they came.

    What has to be put there for the table to have its size is taken out again.
    """
    first = items[: size // 2 - 1]
    fillers = [object() for _ in range(size // 4 + 1 - len(first))] if size > FIRST_SIZE else []
    found = set(dict.fromkeys([*first, *fillers]))
    found.update(items[len(first) :])
    for key in [x for x in found if x not in kept]:
        found.discard(key)
    return found


class _Filler:
    """What keeps a slot taken.

    Attributes:
        slot: The slot: its hash, so that this is where it is put.
    """

    __slots__ = ("slot",)

    def __init__(self, slot: int) -> None:
        self.slot = slot

    def __hash__(self) -> int:
        return self.slot


def placed(items: list[Any], slots: list[int]) -> set[Any]:
    """Return a set with the very table.

    All slots that were ever taken are filled. A key that then is put in, with its own slot the only
    one that was freed, gets this one: all those that are looked at before it are taken.
    """
    fillers = {at: _Filler(at) for at, k in enumerate(slots) if k != 0}
    found = _sized(list(fillers.values()), len(slots))
    for at, k in enumerate(slots):
        if k > 0:
            found.discard(fillers.pop(at))
            found.add(items[k - 1])
    for filler in fillers.values():
        found.discard(filler)
    return found


def _sized(fillers: list[_Filler], size: int) -> set[Any]:
    """Return a set of fillers whose table has a given size, without marks of what was deleted.

    A table of which much is deleted at once is made anew, four times as large as what is left.
    """
    if size == FIRST_SIZE:
        return set(fillers)
    count = min(len(fillers), (size // 4 if size // 4 <= MANY else size // 2) - 1)
    around = FIRST_SIZE
    while around < size:
        around *= 4
    others = [object() for _ in range(_most(around) - count)]
    found: set[Any] = set()
    for x in [*fillers[:count], *others]:
        found.add(x)
    found.difference_update(others)
    for x in fillers[count:]:
        found.add(x)
    return found


def _most(size: int) -> int:
    """Return how many items a table holds at most before Python makes a larger one."""
    return (3 * (size - 1) - 1) // 5
