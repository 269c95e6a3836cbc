"""How to make the items of a list, as many as the program made, of the leaves in its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from autograph.frontend.language.text import Text
from autograph.frontend.output_templates import Build, Made
from autograph.frontend.tracing.composite import Container, Inner, OneOf, RowItems
from autograph.frontend.tracing.heap import AttributesPlace
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.pooled import Pooled
from autograph.frontend.tracing.pools import Pool
from autograph.frontend.tracing.rows import HeldView, Row, SizedRow
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.ir.affine import Affine


class ItemBuilder(Struct, frozen=True):
    """Makes the items of lists and the contents of pools.

    Attributes:
        number_of: Returns the number of a pool among those that the results need.
        view: Returns what makes a view that a list holds.
        note_copies: Is called if a list holds copies of arrays.
    """

    number_of: Callable[[Pool], int]
    view: Callable[[HeldView], Build]
    note_copies: Callable[[], None]

    def builder(self, element: Template) -> Build:
        """Return what makes an item of a list of its leaves."""
        if isinstance(element, Scalar):
            kind = element.kind
            if isinstance(kind, type):
                return lambda leaves, made: kind(next(leaves))
            return lambda leaves, made: next(leaves)
        if isinstance(element, Pooled):
            number = self.number_of(element.pool)
            return lambda leaves, made: made.row(number, int(next(leaves)))
        if isinstance(element, HeldView):
            return self.view(element)
        if isinstance(element, Row | SizedRow):
            self.note_copies()
            return _beginning(element.place.dims if isinstance(element, SizedRow) else ())
        if isinstance(element, Inner):
            item = self.builder(element.items.element)
            return _list(item, len(element.types()) - 1, element.items.kind)
        if isinstance(element, Static):
            content = element.content
            return lambda leaves, made: content
        if isinstance(element, Container):
            return self._container(element)
        assert isinstance(element, OneOf)
        return self._choice(element)

    def filler(self, element: Template) -> Callable[[Any, Iterator[Any], Made], None]:
        """Return what gives an object, or a list, in a pool its content."""
        if isinstance(element, RowItems):
            items = self.builder(element)
            return lambda owner, leaves, made: owner.extend(items(leaves, made))
        assert isinstance(element, Container)
        names = element.keys
        parts = [self.builder(part) for part in element.items]

        def fill(owner: Any, leaves: Iterator[Any], made: Made) -> None:
            content = {name: part(leaves, made) for name, part in zip(names, parts, strict=True)}
            AttributesPlace(owner).write({k: x for k, x in content.items() if x is not UNBOUND})

        return fill

    def _container(self, element: Container) -> Build:
        kind: Any = element.kind
        parts = [self.builder(part) for part in element.items]
        if element.kind is Text:
            return lambda leaves, made: Text([part(leaves, made) for part in parts]).render()

        def build(leaves: Iterator[Any], made: Made) -> Any:
            items, own = [part(leaves, made) for part in parts], made.kind(kind)
            return getattr(own, "_make", own)(items)

        return build

    def _choice(self, element: OneOf) -> Build:
        builders = [self.builder(part) for part in element.alternatives]
        groups = list(element.storage().values())
        counts = [len(element.alternatives[group[0]].types()) for group in groups]

        def build(leaves: Iterator[Any], made: Made) -> Any:
            flags = [bool(next(leaves)) for _ in builders[1:]]
            chosen = flags.index(True) + 1 if True in flags else 0
            found = None
            for group, count in zip(groups, counts, strict=True):
                own = [next(leaves) for _ in range(count)]
                if chosen in group:
                    found = builders[chosen](iter(own), made)
            return found

        return build


def _beginning(dims: tuple[Affine | None, ...]) -> Build:
    """Return what makes an array of the sizes that vary and the row at whose beginning it lies."""

    def build(leaves: Iterator[Any], made: Made) -> Any:
        stops = [int(next(leaves)) if dim is None else None for dim in dims]
        return next(leaves)[tuple(map(slice, stops))].copy()

    return build


def _list(item: Build, count: int, kind: type) -> Build:
    """Return what makes a list or tuple of its length and the columns of its items."""

    def build(leaves: Iterator[Any], made: Made) -> Any:
        length = int(next(leaves))
        columns = [next(leaves) for _ in range(count)]
        items = [item(iter([column[k] for column in columns]), made) for k in range(length)]
        return tuple(items) if kind is tuple else items

    return build
