"""Queues with two ends, as plain Python over a list that is taken as a ring."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

from autograph.frontend.tracing.stand_in import StandIn


class Deque(StandIn):
    """A `collections.deque`: items from `_head` on, around the end of a list."""

    stands_for = collections.deque
    is_told_apart = True

    def __init__(self, iterable: Any = (), maxlen: Any = None) -> None:
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self._ring: list[Any] = []
        self._head = 0
        self._count = 0
        self.maxlen = maxlen
        self.extend(iterable)

    def contents(self) -> tuple[Any, ...]:
        return self._ring, self._head, self._count, self.maxlen

    @staticmethod
    def rebuilt(ring: Any, head: Any, count: Any, maxlen: Any) -> Any:
        return collections.deque((ring[head:] + ring[:head])[:count], maxlen)

    def __repr__(self) -> str:
        items = ", ".join([repr(x) for x in self])
        if self.maxlen is None:
            return f"deque([{items}])"
        return f"deque([{items}], maxlen={self.maxlen})"

    def _place(self, k: int) -> int:
        """Return where the item at a position lies."""
        at = self._head + k
        return at if at < len(self._ring) else at - len(self._ring)

    def _unroll(self) -> None:
        """Move the items before the head behind the last one, in a ring that is full."""
        for k in range(self._head):
            self._ring.append(self._ring[k])

    # ------------------------------------------------------------ the two ends

    def append(self, x: Any) -> None:
        if self.maxlen is not None and self._count >= self.maxlen:
            if self.maxlen == 0:
                return
            self.popleft()
        if self._count < len(self._ring):
            self._ring[self._place(self._count)] = x
        else:
            self._unroll()
            self._ring.append(x)
        self._count += 1

    def appendleft(self, x: Any) -> None:
        if self.maxlen is not None and self._count >= self.maxlen:
            if self.maxlen == 0:
                return
            self.pop()
        if self._count == len(self._ring):
            self._unroll()
            if self._head == 0:
                self._ring.append(x)
        self._head = (self._head if self._head > 0 else len(self._ring)) - 1
        self._ring[self._head] = x
        self._count += 1

    def pop(self) -> Any:
        if self._count == 0:
            raise IndexError("pop from an empty deque")
        self._count -= 1
        return self._ring[self._place(self._count)]

    def popleft(self) -> Any:
        if self._count == 0:
            raise IndexError("pop from an empty deque")
        x = self._ring[self._head]
        self._head = self._head + 1 if self._head + 1 < len(self._ring) else 0
        self._count -= 1
        return x

    def extend(self, iterable: Any) -> None:
        for x in iterable:
            self.append(x)

    def extendleft(self, iterable: Any) -> None:
        for x in iterable:
            self.appendleft(x)

    def rotate(self, n: int = 1) -> None:
        if self._count > 1:
            for _ in range(n % self._count):
                self.appendleft(self.pop())

    def clear(self) -> None:
        self._head = 0
        self._count = 0

    # ------------------------------------------------------------ items

    def __len__(self) -> int:
        return self._count

    def _position(self, k: int) -> int:
        if k < 0:
            k += self._count
        if k < 0 or k >= self._count:
            raise IndexError("deque index out of range")
        return self._place(k)

    def __getitem__(self, k: int) -> Any:
        return self._ring[self._position(k)]

    def __setitem__(self, k: int, x: Any) -> None:
        self._ring[self._position(k)] = x

    def __delitem__(self, k: int) -> None:
        self._position(k)
        self.rotate(-k)
        self.popleft()
        self.rotate(k)

    def insert(self, k: int, x: Any) -> None:
        if self.maxlen is not None and self._count >= self.maxlen:
            raise IndexError("deque already at its maximum size")
        if k < 0:
            k = max(k + self._count, 0)
        self.append(x)
        for j in range(self._count - 1, k, -1):
            self[j] = self[j - 1]
        self[min(k, self._count - 1)] = x

    def __iter__(self) -> Iterator[Any]:
        count = self._count
        for k in range(count):
            if self._count != count:
                raise RuntimeError("deque mutated during iteration")
            yield self._ring[self._place(k)]

    def __reversed__(self) -> Iterator[Any]:
        for k in range(self._count - 1, -1, -1):
            yield self._ring[self._place(k)]

    def __contains__(self, x: Any) -> bool:
        for item in self:  # noqa: SIM110 - what is called is what this defines
            if item == x:
                return True
        return False

    def index(self, x: Any, start: int = 0, stop: int = 2**40) -> int:
        for k in range(max(start, 0), min(self._count, stop)):
            if self[k] == x:
                return k
        raise ValueError("deque.index(x): x not in deque")

    def count(self, x: Any) -> int:
        found = 0
        for item in self:
            if item == x:
                found += 1
        return found

    def remove(self, x: Any) -> None:
        del self[self.index(x)]

    def reverse(self) -> None:
        for k in range(self._count // 2):
            a, b = self[k], self[self._count - 1 - k]
            self[k], self[self._count - 1 - k] = b, a

    def copy(self) -> Any:
        return Deque(self, self.maxlen)

    def __copy__(self) -> Any:
        return Deque(self, self.maxlen)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, collections.deque) or len(other) != self._count:
            return False
        for k in range(self._count):  # noqa: SIM110
            if self[k] != other[k]:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        result = self.copy()
        result.extend(other)
        return result

    def __iadd__(self, other: Any) -> Any:
        self.extend(other)
        return self
