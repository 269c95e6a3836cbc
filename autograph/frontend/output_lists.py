"""How to make the items of a list, as many as the program made, of the leaves in its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograph.frontend.language.text import Text
from autograph.frontend.tracing.composite import Container, Inner, OneOf
from autograph.frontend.tracing.rows import Row, SizedRow
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.ir.affine import Affine

Build = Callable[[Iterator[Any]], Any]
"""Makes an item of its leaves."""


def item_builder(element: Template) -> Build:
    """Return what makes an item of a list of its leaves."""
    if isinstance(element, Scalar):
        kind = element.kind
        return (lambda leaves: kind(next(leaves))) if isinstance(kind, type) else next
    if isinstance(element, Row):
        return lambda leaves: next(leaves).copy()
    if isinstance(element, SizedRow):
        return _beginning(element.place.dims)
    if isinstance(element, Inner):
        return _list(item_builder(element.items.element), len(element.types()) - 1)
    if isinstance(element, Static):
        content = element.content
        return lambda leaves: content
    if isinstance(element, Container):
        make: Any = getattr(element.kind, "_make", element.kind)
        parts = [item_builder(part) for part in element.items]
        if element.kind is Text:
            return lambda leaves: Text([part(leaves) for part in parts]).render()
        return lambda leaves: make([part(leaves) for part in parts])
    assert isinstance(element, OneOf)
    return _choice(element)


def _beginning(dims: tuple[Affine | None, ...]) -> Build:
    """Return what makes an array of the sizes that vary and the row at whose beginning it lies."""

    def build(leaves: Iterator[Any]) -> Any:
        stops = [int(next(leaves)) if dim is None else None for dim in dims]
        return next(leaves)[tuple(map(slice, stops))].copy()

    return build


def _list(item: Build, count: int) -> Build:
    """Return what makes a list of its length and the columns of its items."""

    def build(leaves: Iterator[Any]) -> Any:
        length = int(next(leaves))
        columns = [next(leaves) for _ in range(count)]
        return [item(iter([column[k] for column in columns])) for k in range(length)]

    return build


def _choice(element: OneOf) -> Build:
    builders = [item_builder(part) for part in element.alternatives]
    groups = list(element.storage().values())
    counts = [len(element.alternatives[group[0]].types()) for group in groups]

    def build(leaves: Iterator[Any]) -> Any:
        flags = [bool(next(leaves)) for _ in builders[1:]]
        chosen = flags.index(True) + 1 if True in flags else 0
        found = None
        for group, count in zip(groups, counts, strict=True):
            own = [next(leaves) for _ in range(count)]
            if chosen in group:
                found = builders[chosen](iter(own))
        return found

    return build
