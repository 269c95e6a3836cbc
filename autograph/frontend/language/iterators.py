"""Iterators: what can be gone through only once, by several loops one after the other.

`zip`, `enumerate`, `reversed`, `map` and generator expressions make one. How far it has been gone
through is a content of the heap like any other: branches join it, and loops carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn

from msgspec import Struct

from autograph.frontend.arrays.slices import bounded_slice, index_form, position
from autograph.frontend.numpy_api.library_objects import OfLibrary
from autograph.frontend.symbols.context import as_users, current_tracer, unsupported
from autograph.frontend.symbols.implicit import Telling
from autograph.frontend.symbols.symbolic import Number, Symbolic, form_of, python_number
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.journal import Box, BoxPlace
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine


class StagedIterable(Struct, frozen=True):
    """Items by position.

    Attributes:
        length: How many there are; never negative.
        item: Returns the item at a position.
        unrollable: Whether all of it may be gone through at trace time.
        bounds: Of a range: start, stop and step.
    """

    length: Affine
    item: Callable[[Affine], Any]
    unrollable: bool = False
    bounds: tuple[Any, Any, Any] | None = None

    def __iter__(self) -> Any:
        """Go through the items at trace time, which needs a length that is known."""
        length = current_tracer().need_static(Number(int, self.length))
        return iter([self.item(Affine(k)) for k in range(int(length))])

    def __getitem__(self, key: Any) -> Any:
        """Return an item of a range, or a part of it."""
        if not isinstance(key, slice):
            error = Telling(IndexError, "range object index out of range")
            return self.item(position(index_form(key), self.length, error))
        part = bounded_slice(key, self.length)
        start, step = part.start, part.step
        return StagedIterable(part.length, lambda k: self.item(start + k * step), self.unrollable)


HANDED_OVER = None
"""The position of an iterator that another iterator goes through."""


class Iterator:
    """How far something has been gone through.

    Args:
        kind: The name of the type that Python's own iterator has.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        box = Box()
        tracer().born(box)
        self._place = BoxPlace(box, f"the position of a {kind}")
        self._place.write(0)

    def _position(self) -> Any:
        position = narrow(self._place.read())
        if position is HANDED_OVER:
            raise unsupported(
                f"a {self.kind} that another iterator goes through is used again, which is not "
                "supported; make a list of its items first"
            )
        return position

    def _advance(self, position: Any) -> None:
        tracer().write(self._place, position)

    def __len__(self) -> NoReturn:
        # A TypeError itself: `list` asks for the length, and goes on without it.
        raise as_users(TypeError(f"object of type '{self.kind}' has no len()"))

    def __getitem__(self, key: Any) -> NoReturn:
        current_tracer().fail(f"TypeError: '{self.kind}' object is not subscriptable")


class Made(NamedTuple):
    """What an iterator is made of.

    Attributes:
        kind: The name of its type.
        parts: What it was made from; None if items may have been gone through already.
    """

    kind: str
    parts: tuple[Any, ...] | None


def made_of(x: Any) -> Any:
    """Return what an iterator is made of, anything else as it is."""
    return x.made if isinstance(x, StagedIterator) else x


class StagedIterator(Iterator):
    """An iterator over items whose number is known only when the program runs.

    Args:
        kind: The name of the type that Python's own iterator has.
        items: All the items.
        parts: What Python's own iterator is made of.
    """

    def __init__(self, kind: str, items: StagedIterable, *parts: Any) -> None:
        super().__init__(kind)
        self._items, self._parts = items, parts

    def rest(self) -> StagedIterable:
        """Return the items that nothing has gone through yet; taking one moves the position."""
        start = form_of(self._position())
        assert start is not None
        items = self._items

        def take(k: Affine) -> Any:
            self._advance(python_number(int, start + k + 1))
            return items.item(start + k)

        return StagedIterable(items.length - start, take, items.unrollable)

    @property
    def made(self) -> Made:
        """What it is made of."""
        position = self._position()
        return Made(self.kind, self._parts if type(position) is int and position == 0 else None)

    def hand_over(self) -> StagedIterable:
        """Return the items that are left to another iterator."""
        start, items = form_of(self._position()), self._items
        assert start is not None
        self._advance(HANDED_OVER)
        return StagedIterable(
            items.length - start, lambda k: items.item(start + k), items.unrollable
        )

    def __iter__(self) -> Any:
        """Go through the items at trace time, which needs a number that is known."""
        return iter(self.rest())


class KnownIterator(Iterator):
    """An iterator over items that are known one by one while tracing.

    Args:
        kind: The name of the type that Python's own iterator has.
        items: What the items are made from, gone through when they are needed.
        make: Makes an item, anew for each path that comes to it.
    """

    def __init__(
        self, kind: str, items: Iterable[Any], make: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(kind)
        self._source, self._make = iter(items), make
        self._seen: list[Any] = []

    def __iter__(self) -> KnownIterator:
        return self

    def __next__(self) -> Any:
        position = self._position()
        if type(position) is not int:
            raise unsupported(
                f"how far a {self.kind} has been gone through depends on run-time values here, "
                "which is not supported; make a list of its items first"
            )
        if position == len(self._seen):
            self._seen.append(next(self._source))
        self._advance(position + 1)
        item = self._seen[position]
        return item if self._make is None else self._make(item)


def has_symbols(x: Any) -> bool:
    """Return whether there are run-time values in something."""
    if isinstance(x, list | tuple | set):
        return any(map(has_symbols, x))
    if isinstance(x, dict):
        return any(map(has_symbols, x.values()))
    return isinstance(x, Symbolic | StagedIterable | StagedIterator | OfLibrary)
