"""Sets and frozensets, as plain Python over lists.

The order of a set's items is that of its table. So that loops over sets of integers meet them in
the order in which Python would, the table is filled and enlarged as Python's own is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.standard_library import set_algebra
from autograph.frontend.standard_library.hashing import has_python_hash
from autograph.frontend.standard_library.set_layout import frozen, laid_out
from autograph.frontend.standard_library.tables import (
    FIRST_SIZE,
    fill,
    find,
    pack,
    revive,
    together,
)
from autograph.frontend.tracing.stand_in import StandIn, pure


class Frozenset(StandIn):
    """A frozenset: its items as they came, and a table of their positions."""

    stands_for: ClassVar[type] = frozenset

    _as_python = True
    """Whether the table is the one that Python would have: of those from outside it may not be."""

    def __init__(self, items: Any = ()) -> None:
        self._items: list[Any] = []
        self._slots: list[int] = [0] * FIRST_SIZE
        self._dead = 0
        self._add_all(items)

    def contents(self) -> tuple[Any, ...]:
        return self._items, self._slots

    @staticmethod
    def rebuilt(items: Any, slots: Any) -> Any:
        return frozen(items, slots)

    # ------------------------------------------------------------ the table

    @pure
    def _find(self, key: Any) -> tuple[int, int]:
        """Return 1 + the position of an item and its slot; less than 1 if it is not there."""
        return find(self._slots, self._items, key)

    def _put(self, k: int, at: int, key: Any) -> None:
        """Add an item, given its slot and what that holds."""
        if k < 0:
            revive(self._slots, self._items, at, key)
            self._dead -= 1
        else:
            self._items.append(key)
            self._slots[at] = len(self._items)
            if self._is_full(0):
                self._renew(0)

    def _is_full(self, more: int) -> bool:
        """Return whether Python makes a larger table, before it adds so many items."""
        return 5 * (len(self._items) + more) >= 3 * (len(self._slots) - 1)

    def _renew(self, more: int) -> None:
        """Make a new table, without what was deleted, with room for so many more items if any."""
        self._slots[:] = [0] * pack(self._slots, self._items, more)
        self._dead = 0
        fill(self._slots, self._items)

    def _add(self, key: Any) -> None:
        """Add an item, unless it is there."""
        k, at = self._find(key)
        if k <= 0:
            self._put(k, at, key)

    def _discard(self, key: Any) -> None:
        """Delete an item, if it is there."""
        k, at = self._find(key)
        if k > 0:
            self._drop(at)

    def _drop(self, at: int) -> None:
        self._slots[at] = -self._slots[at]
        self._dead += 1

    # ------------------------------------------------------------ items

    def __len__(self) -> int:
        return len(self._items) - self._dead

    def __repr__(self) -> str:
        if len(self) == 0:
            return "set()"
        return "{" + ", ".join([repr(x) for x in self]) + "}"

    def __contains__(self, key: Any) -> bool:
        k, _ = self._find(key)
        return k > 0

    def _require_order(self) -> None:
        """Refuse to show the order of items, unless it is known to be Python's."""
        if not self._as_python:
            refuse("the order of a set that was changed before; go through sorted(items)")
        if len(self) > 0 and not has_python_hash(self._items[0]):
            refuse(
                "the order of a set whose items are not numbers, or tuples of them, and are "
                "known only when the program runs; go through sorted(items), or use a dict"
            )

    def __iter__(self) -> Iterator[Any]:
        self._require_order()
        for key in self._members():
            yield key

    def _members(self) -> Iterator[Any]:
        """Go through the items in the order of the table."""
        count = len(self)
        for at in range(len(self._slots)):
            if len(self) != count:
                raise RuntimeError("Set changed size during iteration")
            k = self._slots[at]
            if k > 0:
                yield self._items[k - 1]

    def _to_be_ordered(self) -> list[Any]:
        """Return the items to be sorted, which makes them forget their order: no two are equal."""
        if len(self) > 0 and isinstance(self._items[0], frozenset):
            self._require_order()
        return [key for key in self._members()]

    # ------------------------------------------------------------ several sets

    def _add_all(self, other: Any) -> None:
        """Add the items of something."""
        if isinstance(other, (set, frozenset)):
            self._merge(other)
        elif isinstance(other, dict):
            self._reserve(len(other))
            for key in other:
                self._add(key)
        else:
            for key in together(other):
                self._add(key)

    def _delete_all(self, other: Any) -> None:
        """Delete the items of something."""
        if hasattr(other, "_items"):
            self._dead = set_algebra.remove(*self._with(other), self._dead)
        else:
            for key in other:
                self._discard(key)
            if self._dead > (len(self._slots) - 1) // 4:
                self._renew(0)

    def _reserve(self, count: int) -> None:
        """Make room for so many more items."""
        if self._is_full(count):
            self._renew(count)

    def _merge(self, other: Any) -> None:
        if len(other) > 0 and other is not self:
            if hasattr(other, "_slots"):
                self._dead = set_algebra.merge(*self._with(other), self._dead, len(other))
            else:
                self._reserve(len(other))
                for key in other:
                    self._add(key)

    def _with(self, other: Any) -> tuple[list[Any], list[int], list[Any], list[int]]:
        return self._items, self._slots, other._items, other._slots

    def _new(self, items: Any = ()) -> Frozenset:
        """Return a set of the same class."""
        return Frozenset(items)

    def _empty(self) -> Frozenset:
        """Return an empty set for items like those of this one."""
        result = self._new()
        result._items[:] = self._items
        result._items.clear()
        return result

    def copy(self) -> Any:
        return self

    def _copy(self) -> Any:
        """Return a set of the same items."""
        result = self._empty()
        result._merge(self)
        return result

    def union(self, *others: Any) -> Any:
        result = self._copy()
        for other in others:
            if other is not self:
                result._add_all(other)
        return result

    def intersection(self, *others: Any) -> Any:
        result = self if others else self._copy()
        for other in others:
            result = result._common(other)
        return result

    def _common(self, other: Any) -> Any:
        result = self._empty()
        if hasattr(other, "_slots"):
            if len(other) > len(self):
                given = *result._with(self), other._items, other._slots
                result._dead = set_algebra.select(*given, True)
            else:
                given = *result._with(other), self._items, self._slots
                result._dead = set_algebra.select(*given, True)
        elif isinstance(other, (set, frozenset)) and len(other) > len(self):
            for key in self._members():
                if key in other:
                    result._add(key)
        else:
            for key in other:
                if key in self:
                    result._add(key)
        return result

    def difference(self, *others: Any) -> Any:
        if not others:
            return self._copy()
        result = self._without(others[0])
        for other in others[1:]:
            result._delete_all(other)
        return result

    def _without(self, other: Any) -> Any:
        sized = isinstance(other, (set, frozenset, dict))
        if not sized or len(self) // 4 > len(other):
            result = self._copy()
            result._delete_all(other)
            return result
        result = self._empty()
        if hasattr(other, "_items"):
            result._dead = set_algebra.select(
                *result._with(self), other._items, other._slots, False
            )
        else:
            for key in self._members():
                if key not in other:
                    result._add(key)
        return result

    def symmetric_difference(self, other: Any) -> Any:
        result = self._new(other)
        result._dead = set_algebra.toggle(*result._with(self), result._dead)
        return result

    # ------------------------------------------------------------ comparing

    def issubset(self, other: Any) -> bool:
        if not isinstance(other, (set, frozenset, dict)):
            other = Frozenset(other)
        if hasattr(other, "_items"):
            return set_algebra.is_within(*self._with(other))
        for key in self._members():  # noqa: SIM110
            if key not in other:
                return False
        return True

    def issuperset(self, other: Any) -> bool:
        if hasattr(other, "_items"):
            return set_algebra.is_within(*other._with(self))
        for key in members(other):  # noqa: SIM110
            if key not in self:
                return False
        return True

    def isdisjoint(self, other: Any) -> bool:
        for key in members(other):  # noqa: SIM110
            if key in self:
                return False
        return True

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, (set, frozenset)) and len(other) == len(self) and self.issubset(other)
        )

    __hash__ = object.__hash__

    def __le__(self, other: Any) -> bool:
        return self.issubset(other)

    def __ge__(self, other: Any) -> bool:
        return self.issuperset(other)

    def __lt__(self, other: Any) -> bool:
        return len(self) < len(other) and self.issubset(other)

    def __gt__(self, other: Any) -> bool:
        return len(self) > len(other) and self.issuperset(other)

    # ------------------------------------------------------------ operators

    def __or__(self, other: Any) -> Any:
        return self.union(other)

    def __and__(self, other: Any) -> Any:
        return self.intersection(other)

    def __sub__(self, other: Any) -> Any:
        return self.difference(other)

    def __xor__(self, other: Any) -> Any:
        return self.symmetric_difference(other)

    def __ror__(self, other: Any) -> Any:
        return _like(other).union(self)

    def __rand__(self, other: Any) -> Any:
        return _like(other).intersection(self)

    def __rsub__(self, other: Any) -> Any:
        return _like(other).difference(self)

    def __rxor__(self, other: Any) -> Any:
        return _like(other).symmetric_difference(self)


class Set(Frozenset):
    """A set."""

    stands_for = set
    is_told_apart = True

    def __init__(self, items: Any = ()) -> None:
        Frozenset.__init__(self, items)
        self._next = 0

    @staticmethod
    def rebuilt(items: Any, slots: Any) -> Any:
        return laid_out(items, slots)

    def _new(self, items: Any = ()) -> Frozenset:
        return Set(items)

    def copy(self) -> Any:
        return self._copy()

    __hash__ = None  # type: ignore[assignment]

    def add(self, key: Any) -> None:
        self._add(key)

    def discard(self, key: Any) -> None:
        self._discard(key)

    def remove(self, key: Any) -> None:
        k, at = self._find(key)
        if k <= 0:
            raise KeyError(key)
        self._drop(at)

    def pop(self) -> Any:
        if len(self) == 0:
            raise KeyError("pop from an empty set")
        self._require_order()
        at = self._next & (len(self._slots) - 1)
        while self._slots[at] <= 0:
            at = at + 1 if at + 1 < len(self._slots) else 0
        key = self._items[self._slots[at] - 1]
        self._drop(at)
        self._next = at + 1
        return key

    def clear(self) -> None:
        self._items.clear()
        self._slots[:] = [0] * FIRST_SIZE
        self._dead = 0

    def update(self, *others: Any) -> None:
        for other in others:
            self._add_all(other)

    def difference_update(self, *others: Any) -> None:
        for other in others:
            if other is self:
                self.clear()
            else:
                self._delete_all(other)

    def intersection_update(self, *others: Any) -> None:
        self._become(self.intersection(*others))

    def symmetric_difference_update(self, other: Any) -> None:
        if other is self:
            self.clear()
        else:
            items = other if hasattr(other, "_items") else Set(other)
            self._dead = set_algebra.toggle(*self._with(items), self._dead)

    def _become(self, other: Any) -> None:
        """Take the table of another set."""
        self._items[:] = other._items
        self._slots[:] = other._slots
        self._dead = other._dead

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def __iand__(self, other: Any) -> Any:
        self.intersection_update(other)
        return self

    def __isub__(self, other: Any) -> Any:
        self.difference_update(other)
        return self

    def __ixor__(self, other: Any) -> Any:
        self.symmetric_difference_update(other)
        return self


def _like(items: Any) -> Any:
    """Return the stand-in of a set or frozenset."""
    return Set(items) if isinstance(items, set) else Frozenset(items)


def set_standing_for(items: set[Any]) -> Set:
    """Return the stand-in of a set whose items are known."""
    result = Set(list(items))
    like_new = set(list(items))
    same_size = sys.getsizeof(like_new) == sys.getsizeof(items)
    if not same_size or list(result._members()) != list(items):
        result._as_python = False
    return result


def frozenset_standing_for(items: frozenset[Any]) -> Frozenset:
    """Return the stand-in of a frozenset whose items are known."""
    result = Frozenset(list(items))
    if list(result._members()) != list(items):
        result._as_python = False
    return result


def members(items: Any) -> Any:
    """Return the items of something, also of a set whose order is not to be shown."""
    return items._members() if hasattr(items, "_members") else items
