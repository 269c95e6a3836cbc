"""Sets of Python's whose items lie in given slots, so that loops meet them in the order of a table.

Enters: the items and slots of a table, as compiled code left them. Leaves: a set of Python's with
the same table: what was deleted there has left its mark here, too.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.tables import FIRST_SIZE, MANY


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

    What was done to make it is done again: its items are put in, or a table is copied.
    """
    table = laid_out(items, slots)
    order = list(table)
    for made in (frozenset(items), frozenset(table), frozenset(order)):
        if len(made) == len(order) and list(made) == order:
            return made
    return frozenset(table)


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
