"""The items of lists that grow: with another one at a position, with one more, with more room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.frontend.symbols.decisions import ROOM, Restart
from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.leaves import leaf_value
from autograph.frontend.tracing.columns import require_room, rows_index, with_row
from autograph.frontend.tracing.composite import merge
from autograph.frontend.tracing.packing import element_of, pack_element
from autograph.frontend.tracing.relaid import relaid
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops.structure import get, set_

RESERVED = "reserved"
"""What lists are arranged by that have got all the room they may need."""


def with_item(items: Growing, at: Affine, x: Any) -> Growing:
    """Return items with another one at a position."""
    element = merge(items.element, element_of(x))
    return with_element(relaid(items, element, items.capacity), at, element, x)


def with_element(items: Growing, at: Affine, element: Template, x: Any) -> Growing:
    """Return items with another one at a position, in columns that can hold it."""
    columns = [
        with_row(column, at, leaf_value(leaf))
        for column, leaf in zip(items.columns, pack_element(element, x), strict=True)
    ]
    return items.changed(columns)


def appended(items: Growing, x: Any, element: Template | None = None) -> Growing:
    """Return items with one more.

    Args:
        items: The items.
        x: What is appended.
        element: The template of `x`, if that is not to be found out.
    """
    element = merge(items.element, element_of(x) if element is None else element)
    if template_key(element) != template_key(items.element):
        items = relaid(items, element, items.capacity)
    items = with_room(items, items.length + 1)
    return with_element(items, items.length, items.element, x).changed(length=items.length + 1)


def lengthened(items: Growing, element: Template, count: Affine) -> Growing:
    """Return items with so many more that are not defined yet."""
    element = merge(items.element, element)
    if template_key(element) != template_key(items.element):
        items = relaid(items, element, items.capacity)
    items = with_room(items, items.length + count)
    return items.changed(length=items.length + count)


def with_part(items: Growing, start: Affine, count: Affine, new: Growing | None) -> Growing:
    """Return items with others, or none, in the place of some neighbours."""
    added = Affine(0) if new is None else new.length
    element = items.element if new is None else merge(items.element, new.element)
    length, rest = items.length - count + added, items.length - count - start
    items = with_room(relaid(items, element, items.capacity), length)
    sources: Sequence[Value | None] = [None] * len(items.columns)
    if new is not None:
        sources = relaid(new, items.element, new.capacity).columns
    columns = []
    for column, source in zip(items.columns, sources, strict=True):
        moved = get(column, index=rows_index(column, start + count, rest))
        column = set_(column, moved, index=rows_index(column, start + added, rest))
        if source is not None:
            part = get(source, index=rows_index(source, Affine(0), added))
            column = set_(column, part, index=rows_index(column, start, added))
        columns.append(column)
    return items.changed(columns, length)


def with_room(items: Growing, count: Affine) -> Growing:
    """Return the items in columns that have room for so many."""
    facts = tracer().facts
    if items.arranged == RESERVED or facts.nonnegative(items.capacity - count):
        return items
    if items.is_inner and not tracer().is_room(items.capacity):
        items = relaid(items, items.element, tracer().room((tracer().site, "items")))
    if tracer().is_room(items.capacity):
        require_room(items.capacity, count)
        return items
    if items.arranged is not None:
        raise Restart((ROOM, items.arranged))
    return relaid(items, items.element, count)
