"""Dicts with a default, and counters, as plain Python."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

from autograph.frontend.standard_library.dicts import Dict

ORDERED_AS_DICT = "{" in repr(collections.OrderedDict(x=1))
"""Whether this version of Python shows an `OrderedDict` like a dict."""


class DefaultDict(Dict):
    """A `collections.defaultdict`."""

    stands_for = collections.defaultdict

    def __init__(self, default_factory: Any = None, /, *args: Any, **named: Any) -> None:
        self.default_factory = default_factory
        super().__init__(*args, **named)

    def contents(self) -> tuple[Any, ...]:
        return self.default_factory, *super().contents()

    @staticmethod
    def rebuilt(default_factory: Any, *entries: Any) -> Any:
        return collections.defaultdict(default_factory, Dict.rebuilt(*entries))

    def _missing(self, key: Any, at: int) -> Any:
        value = self._default(key)
        self._insert(at, key, value)
        return value

    def _default(self, key: Any) -> Any:
        if self.default_factory is None:
            raise KeyError(key)
        return self.default_factory()

    def copy(self) -> Any:
        return DefaultDict(self.default_factory, self)

    def __repr__(self) -> str:
        return f"defaultdict({self.default_factory!r}, {super().__repr__()})"


class OrderedDict(Dict):
    """A `collections.OrderedDict`."""

    stands_for = collections.OrderedDict

    @staticmethod
    def rebuilt(*entries: Any) -> Any:
        return collections.OrderedDict(Dict.rebuilt(*entries))

    def popitem(self, last: bool = True) -> tuple[Any, Any]:
        if last or len(self) == 0:
            return super().popitem()
        k = 0
        while not self._is_alive(k):
            k += 1
        item = self._keys[k], self._values[k]
        self._drop(*self._find(item[0]))
        return item

    def move_to_end(self, key: Any, last: bool = True) -> None:
        value = self.pop(key)
        if last:
            self[key] = value
        else:
            others = list(self.items())
            self.clear()
            self[key] = value
            self.update(others)

    def copy(self) -> Any:
        return OrderedDict(self)

    def __repr__(self) -> str:
        if len(self) == 0:
            return "OrderedDict()"
        if ORDERED_AS_DICT:
            return f"OrderedDict({super().__repr__()})"
        return "OrderedDict([" + ", ".join([f"({k!r}, {v!r})" for k, v in self.items()]) + "])"


class Counter(Dict):
    """A `collections.Counter`."""

    stands_for = collections.Counter

    @staticmethod
    def rebuilt(*entries: Any) -> Any:
        return collections.Counter(Dict.rebuilt(*entries))

    def _missing(self, key: Any, at: int) -> Any:
        return 0

    def _default(self, key: Any) -> Any:
        return 0

    def __delitem__(self, key: Any) -> None:
        k, at = self._find(key)
        if k > 0:
            self._drop(k, at)

    def _add(self, key: Any, count: Any) -> None:
        k, at = self._find(key)
        if k > 0:
            self._values[k - 1] = count + self._values[k - 1]
        else:
            self._insert(at, key, count)

    def update(self, items: Any = (), /, **named: Any) -> None:
        if isinstance(items, dict):
            for key, count in items.items():
                self._add(key, count)
        else:
            for key in items:
                k, at = self._find(key)
                if k > 0:
                    self._values[k - 1] = self._values[k - 1] + 1
                else:
                    self._insert(at, key, 1)
        for key, count in named.items():
            self._add(key, count)

    def subtract(self, items: Any = (), /, **named: Any) -> None:
        if isinstance(items, dict):
            for key, count in items.items():
                self[key] = self[key] - count
        else:
            for key in items:
                self[key] = self[key] - 1
        for key, count in named.items():
            self[key] = self[key] - count

    def most_common(self, n: Any = None) -> list[tuple[Any, Any]]:
        found = sorted(self.items(), key=lambda item: item[1], reverse=True)
        return found if n is None else found[: max(n, 0)]

    def elements(self) -> Iterator[Any]:
        for key, count in self.items():
            for _ in range(count):
                yield key

    def total(self) -> Any:
        return sum(self.values())

    def copy(self) -> Any:
        return Counter(self)

    def __repr__(self) -> str:
        if len(self) == 0:
            return "Counter()"
        return "Counter({" + ", ".join([f"{k!r}: {n!r}" for k, n in self.most_common()]) + "})"

    def __add__(self, other: Any) -> Any:
        result = Counter()
        for key, count in self.items():
            if count + other[key] > 0:
                result[key] = count + other[key]
        for key, count in other.items():
            if key not in self and count > 0:
                result[key] = count
        return result

    def __sub__(self, other: Any) -> Any:
        result = Counter()
        for key, count in self.items():
            if count - other[key] > 0:
                result[key] = count - other[key]
        for key, count in other.items():
            if key not in self and count < 0:
                result[key] = 0 - count
        return result

    def __and__(self, other: Any) -> Any:
        result = Counter()
        for key, count in self.items():
            least = min(count, other[key])
            if least > 0:
                result[key] = least
        return result

    def __or__(self, other: Any) -> Any:
        result = Counter()
        for key, count in self.items():
            most = max(count, other[key])
            if most > 0:
                result[key] = most
        for key, count in other.items():
            if key not in self and count > 0:
                result[key] = count
        return result
