"""Dicts, as plain Python over lists."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from typing import Any, ClassVar

from autograph.frontend.standard_library.dict_views import Viewed
from autograph.frontend.standard_library.tables import FIRST_SIZE, fill, find
from autograph.frontend.tracing.stand_in import pure


class Dict(Viewed):
    """A dict: entries in the order in which they came, and a table of their positions by hash.

    Deleted entries stay where they are until the table is made anew; only programs that delete any
    keep track of which they are.
    """

    stands_for: ClassVar[type] = dict
    is_told_apart: ClassVar[bool] = True

    def __init__(self, items: Any = (), /, **named: Any) -> None:
        self._keys: list[Any] = []
        self._values: list[Any] = []
        self._slots: list[int] = [0] * FIRST_SIZE
        self._shrinks = False
        self._alive: list[bool] = []
        self._dead = 0
        self.update(items, **named)

    def contents(self) -> tuple[Any, ...]:
        return self._keys, self._values, self._shrinks, self._alive

    @staticmethod
    def rebuilt(keys: Any, values: Any, shrinks: Any, alive: Any) -> Any:
        entries = zip(keys, values, strict=True)
        return dict(compress(entries, alive) if shrinks else entries)

    # ------------------------------------------------------------ the table

    @pure
    def _find(self, key: Any) -> tuple[int, int]:
        """Return 1 + the position of an entry and its slot; less than 1 if it is not there."""
        return find(self._slots, self._keys, key)

    def _is_alive(self, k: int) -> bool:
        return not self._shrinks or self._alive[k]

    def _insert(self, at: int, key: Any, value: Any) -> None:
        """Add an entry, given the slot that it gets."""
        self._keys.append(key)
        self._values.append(value)
        if self._shrinks:
            self._alive.append(True)
        self._slots[at] = len(self._keys)
        if 3 * len(self._keys) > 2 * len(self._slots):
            self._renew()

    def _renew(self) -> None:
        """Drop deleted entries and make a new table."""
        size = 4 * len(self._slots)
        if self._shrinks:
            self._drop_dead()
            while size > FIRST_SIZE and size > 4 * len(self._keys):
                size //= 2
        self._slots[:] = [0] * size
        fill(self._slots, self._keys)

    def _drop_dead(self) -> None:
        """Forget deleted entries."""
        count = 0
        for k in range(len(self._keys)):
            if self._alive[k]:
                self._keys[count] = self._keys[k]
                self._values[count] = self._values[k]
                self._alive[count] = True
                count += 1
        while len(self._keys) > count:
            self._keys.pop()
            self._values.pop()
            self._alive.pop()
        self._dead = 0

    def _drop(self, k: int, at: int) -> None:
        """Delete an entry, given its slot."""
        if not self._shrinks:
            for _ in range(len(self._keys)):
                self._alive.append(True)
            self._shrinks = True
        self._alive[k - 1] = False
        self._slots[at] = -k
        self._dead += 1

    def _missing(self, key: Any, at: int) -> Any:
        """Return the value of a key that has no entry."""
        raise KeyError(key)

    def _default(self, key: Any) -> Any:
        """Return the value that a key without an entry would get."""
        raise KeyError(key)

    def _peek(self, key: Any) -> Any:
        """Return the value that is about to be replaced."""
        k, _ = self._find(key)
        return self._values[k - 1] if k > 0 else self._default(key)

    # ------------------------------------------------------------ items

    def __getitem__(self, key: Any) -> Any:
        k, at = self._find(key)
        return self._values[k - 1] if k > 0 else self._missing(key, at)

    def __setitem__(self, key: Any, value: Any) -> None:
        k, at = self._find(key)
        if k > 0:
            self._values[k - 1] = value
        else:
            self._insert(at, key, value)

    def __delitem__(self, key: Any) -> None:
        k, at = self._find(key)
        if k <= 0:
            raise KeyError(key)
        self._drop(k, at)

    def __contains__(self, key: Any) -> bool:
        k, _ = self._find(key)
        return k > 0

    def __len__(self) -> int:
        return len(self._keys) - self._dead

    def get(self, key: Any, default: Any = None) -> Any:
        k, _ = self._find(key)
        return self._values[k - 1] if k > 0 else default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        k, at = self._find(key)
        if k > 0:
            return self._values[k - 1]
        self._insert(at, key, default)
        return default

    def pop(self, key: Any, *default: Any) -> Any:
        k, at = self._find(key)
        if k <= 0:
            if not default:
                raise KeyError(key)
            return default[0]
        value = self._values[k - 1]
        self._drop(k, at)
        return value

    def popitem(self) -> tuple[Any, Any]:
        if len(self) == 0:
            raise KeyError("popitem(): dictionary is empty")
        k = len(self._keys) - 1
        while not self._is_alive(k):
            k -= 1
        item = self._keys[k], self._values[k]
        self._drop(*self._find(item[0]))
        return item

    # ------------------------------------------------------------ all items

    def __iter__(self) -> Iterator[Any]:
        for key, _ in self._pairs():
            yield key

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Go through keys and values."""
        count = len(self)
        for k in range(len(self._keys)):
            if len(self) != count:
                raise RuntimeError("dictionary changed size during iteration")
            if self._is_alive(k):
                yield self._keys[k], self._values[k]

    def __reversed__(self) -> Iterator[Any]:
        for k in range(len(self._keys) - 1, -1, -1):
            if self._is_alive(k):
                yield self._keys[k]

    def clear(self) -> None:
        self._keys.clear()
        self._values.clear()
        self._alive.clear()
        self._slots[:] = [0] * FIRST_SIZE
        self._dead = 0

    def copy(self) -> Any:
        return Dict(self)

    def __ror__(self, other: Any) -> Any:
        result = Dict(other)
        result.update(self)
        return result

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self
