"""Tuples that are nested as deep as the data say, as objects that keep the items in attributes.

Only objects can lie in pools. What is done with such a tuple is done with an ordinary one of its
items.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from autograph.frontend.tracing.stand_in import StandIn


class NestedTuple(StandIn):
    """A tuple of a certain length."""

    stands_for: ClassVar[type] = tuple
    _names: ClassVar[tuple[str, ...]] = ()

    def contents(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._names)

    @staticmethod
    def rebuilt(*contents: Any) -> Any:
        return contents

    def _opened(self) -> Any:
        """Return the tuple of the items, of which those that are nested stay as they are."""
        return tuple([getattr(self, name) for name in self._names])

    def __getitem__(self, key: Any) -> Any:
        return self._opened()[key]

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())

    def __contains__(self, item: Any) -> bool:
        return item in self._opened()

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, tuple) or len(other) != len(self._names):
            return False
        return all(own == its for own, its in zip(self._opened(), tuple(other), strict=True))

    def __lt__(self, other: Any) -> Any:
        return self._opened() < tuple(other)

    def __le__(self, other: Any) -> Any:
        return self._opened() <= tuple(other)

    def __gt__(self, other: Any) -> Any:
        return self._opened() > tuple(other)

    def __ge__(self, other: Any) -> Any:
        return self._opened() >= tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        return self._opened() + tuple(other)

    def __radd__(self, other: Any) -> Any:
        return tuple(other) + self._opened()

    def __mul__(self, count: Any) -> Any:
        return self._opened() * count

    def index(self, item: Any) -> Any:
        return self._opened().index(item)

    def count(self, item: Any) -> Any:
        return self._opened().count(item)


@lru_cache(maxsize=64)
def nested_class(length: int) -> type[NestedTuple]:
    """Return the class of the tuples of a length."""
    names = tuple(f"item_{k}" for k in range(length))
    content = {"_names": names, "__hash__": None, "__module__": NestedTuple.__module__}
    return type("NestedTuple", (NestedTuple,), content)


def nested_tuple_of(items: tuple[Any, ...]) -> NestedTuple:
    """Return the object that stands for a tuple."""
    kind = nested_class(len(items))
    made = kind()
    for name, item in zip(kind._names, items, strict=True):
        setattr(made, name, item)
    return made
