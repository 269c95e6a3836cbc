"""Lists of unknown length that are handed to a recursive routine, or handed back by it.

Each call hands over as many rows of the columns as there are items: no room is needed for more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.integers import maximum
from autograph.frontend.symbols.leaves import Leaf, form_of_leaf, leaf_value, selected
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.symbolic import under_dims
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.composite import (
    Container,
    Grown,
    OneOf,
    element_outside,
    grown,
    merge_all,
)
from autograph.frontend.tracing.heap import Elements
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import Visible
from autograph.frontend.tracing.slots import Path
from autograph.frontend.tracing.template import Handle, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import symbol
from autograph.ir.types import ArrayType

ANY = Affine.of(symbol("any"))
"""Stands for an extent among the dims of a type: the leaf before it that is an integer."""


class Listed(Grown, frozen=True):
    """The items of a list: their number, and for each column that number again and the rows."""

    takes_choice = True

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        other = other if isinstance(other, Grown) else grown(other)
        element = merge_all([self.element, other.element])
        held, origin = self.held or other.held, self.origin or other.origin
        return Listed(element, ANY, None, held, origin)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        length, *columns = super().types()
        return [length, *(t for column in columns for t in (length, column))][bool(columns) :]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        if isinstance(content, Union):
            length, columns = self._chosen(content, path, packing)
        else:
            length = _length(content)
            columns = self._having(length).pack(content, path, packing)[1:]
        return [leaf for c in columns for leaf in (length, c)] or [length]

    def _having(self, capacity: Affine) -> Grown:
        return Grown(self.element, capacity, None, self.held, self.origin)

    def _chosen(self, content: Union, path: Path, packing: Packing) -> tuple[Affine, list[Leaf]]:
        """Return the length and the columns of one of several lists."""
        lists = alternatives(content)
        counts = [_length(items) for _, items in lists]
        capacity = counts[0]
        for count in counts[1:]:
            capacity = maximum(capacity, count)
        whole = self._having(capacity)
        sources = [(when, whole.pack(items, path, packing)) for when, items in lists]
        first, *columns = selected(sources, whole.types())
        length = form_of_leaf(first)
        items = Growing(self.element, list(map(leaf_value, columns)), length, capacity)
        return length, list(Growing.relaid(items, self.element, length).columns)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Any, Any]) -> Any:
        """Return the content that leaves stand for."""
        facts, columns = tracer().facts, []
        types = self.element.types()
        length = form_of_leaf(next(leaves))
        for number, type_ in enumerate(types):
            if number:
                next(leaves)
            columns.append(under_dims(leaf_value(next(leaves)), (length, *type_.dims)))
        facts.learn(length)
        if length.symbol is not None:
            facts.magnitudes.limits[length.symbol] = COUNTABLE
        items = Growing(self.element, columns, length, length)
        items.held = self.held
        return Elements((items,))


def _length(content: Any) -> Affine:
    items = growing_of(content)
    return Affine(len(content)) if items is None else items.length


def handed_on(template: Template, is_visible: Visible) -> Template:
    """Return a template of what can be handed to a routine that sees only some forms."""
    if isinstance(template, Grown):
        element = element_outside(template.element, is_visible)
        return Listed(element, ANY, None, template.held, template.origin)
    if isinstance(template, Container):
        return replace(template, items=tuple(handed_on(t, is_visible) for t in template.items))
    if isinstance(template, OneOf):
        return OneOf(tuple(handed_on(t, is_visible) for t in template.alternatives))
    if isinstance(template, Handle):
        forms = tuple(f if f is not None and is_visible(f) else None for f in template.forms)
        return replace(template, forms=forms)
    return template
