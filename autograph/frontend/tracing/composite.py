"""Templates of contents with parts: containers, and what is one of several things."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from autograph.frontend.symbols.condition import all_of, any_of
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.leaves import (
    Leaf,
    condition_of_leaf,
    form_of_leaf,
    leaf_value,
    selected,
)
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.columns import larger, require_room, with_row
from autograph.frontend.tracing.contents import container, part_of
from autograph.frontend.tracing.heap import Elements, Keyed, content_of
from autograph.frontend.tracing.journal import UNBOUND, Items
from autograph.frontend.tracing.padded import bound_of, bound_outside
from autograph.frontend.tracing.rows import HeldView, Row, SizedRow
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import (
    UNJOINED,
    Scalar,
    Static,
    Template,
)
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, scalar
from autograph.ops.structure import empty

if TYPE_CHECKING:
    from autograph.frontend.tracing.packing import Packing


class Container(Template, frozen=True):
    """A tuple, or what a list, dict, set or object contains.

    Attributes:
        kind: The type of the container.
        keys: Its keys, or its positions.
        items: Templates of its items.
        elements: Of a list: templates of its items if it should grow.
        held: Whether another list holds a copy of it.
        origin: Of a list, dict or set: where it was made.
    """

    kind: type
    keys: tuple[Any, ...]
    items: tuple[Template, ...]
    elements: tuple[Template, ...] = ()
    held: bool = False
    origin: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Container) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.kind, self.keys, self.items)

    @property
    def key(self) -> Hashable:
        """What identifies the alternative: items that one of two contents lacks are unbound."""
        varying = self.kind in (Items, Keyed, Elements)
        return ("container", self.kind, None if varying else self.keys)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        if isinstance(other, Grown):
            return other.merged(self)
        if self.keys == other.keys:
            pairs = zip(self.items, other.items, strict=True)
            items = tuple(merge(a, b) for a, b in pairs)
            return replace(self, items=items, elements=self.elements + other.elements)
        if self.kind is Elements:
            return grown(self).merged(other)
        if self.kind is Keyed:
            raise tracer().needs_stand_in(self.origin or other.origin)
        mine, others = dict(self.pairs()), dict(other.pairs())
        keys = tuple(dict.fromkeys(self.keys + other.keys))
        absent = Static(UNBOUND)
        items = tuple(merge(mine.get(k, absent), others.get(k, absent)) for k in keys)
        return replace(self, keys=keys, items=items)

    def pairs(self) -> Iterator[tuple[Any, Template]]:
        """Yield keys and templates."""
        return zip(self.keys, self.items, strict=True)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [t for item in self.items for t in item.types()]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [
            leaf
            for key, item in self.pairs()
            for leaf in pack_content(item, part_of(content, key), (*path, key), packing)
        ]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return container(self.kind, self.keys, [t.unpack(leaves, made) for t in self.items])

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of what it refers to."""
        for item in self.items:
            yield from item.slots()


class OneOf(Template, frozen=True):
    """Several alternatives: the conditions of all but the first are leaves.

    Numbers of different kinds that are represented alike share a leaf.
    """

    takes_choice = True

    alternatives: tuple[Template, ...]

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "one of"

    def storage(self) -> dict[Hashable, list[int]]:
        """Return the alternatives that share leaves, by what they share."""
        groups: dict[Hashable, list[int]] = {}
        for k, template in enumerate(self.alternatives):
            shared = template.types() if isinstance(template, Scalar) else k
            groups.setdefault(str(shared), []).append(k)
        return groups

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        flags = [scalar(np.bool_)] * (len(self.alternatives) - 1)
        stored = self.storage().values()
        return flags + [t for group in stored for t in self.alternatives[group[0]].types()]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        keys = [template.key for template in self.alternatives]
        found = [
            (_position(template.key, keys), all_of([when, also]), c)
            for when, c in alternatives(content)
            for also, template in packing.templates_of(c, path)
        ]
        leaves: list[Leaf] = [
            any_of(when for k, when, _ in found if k == n) for n in range(1, len(keys))
        ]
        for group in self.storage().values():
            sources = [
                (when, self.alternatives[k].pack(c, path, packing))
                for k, when, c in found
                if k in group
            ]
            leaves += selected(sources, self.alternatives[group[0]].types())
        return leaves

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        conditions = [condition_of_leaf(next(leaves)) for _ in self.alternatives[1:]]
        conditions.insert(0, ~any_of(conditions))
        contents: dict[int, Any] = {}
        for group in self.storage().values():
            stored = [next(leaves) for _ in self.alternatives[group[0]].types()]
            for k in group:
                contents[k] = self.alternatives[k].unpack(iter(stored), made)
        return Union(tuple((c, contents[k]) for k, c in enumerate(conditions)))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        for template in self.alternatives:
            yield from template.slots()


def _position(key: Hashable, keys: list[Hashable]) -> int:
    """Return which of several alternatives has a key: maybe the one of what cannot be joined."""
    return keys.index(key if key in keys else UNJOINED)


# ---------------------------------------------------------------- lists that grow


class Grown(Template, frozen=True):
    """The items of a list whose length is known only when the program runs.

    Attributes:
        element: The template of an item.
        capacity: How many the columns have room for.
        arranged: What chose the capacity.
        held: Whether another list holds a copy of it.
        origin: Where the list was made.
        kind: What contains them.
        origins: Of an item of another list: where that may have been made.
    """

    element: Template
    capacity: Affine
    arranged: Any = None
    held: bool = False
    origin: Any = None
    kind: type = Elements
    origins: tuple[Any, ...] = ()

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("container", self.kind, None)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        other = other if isinstance(other, Grown) else grown(other)
        element, held = merge_all([self.element, other.element]), self.held or other.held
        origin, origins = self.origin or other.origin, self.origins
        if other.origins != origins:
            origins = tuple(dict.fromkeys((*origins, *other.origins)))
        for chosen in (self, other):
            if chosen.arranged is not None:
                about = {"held": held, "origin": origin, "origins": origins}
                return replace(chosen, element=element, **about)
        room = larger(self.capacity, other.capacity)
        return Grown(element, room, None, held, origin, self.kind, origins)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        columns = [ArrayType(t.dtype, (self.capacity, *t.dims)) for t in self.element.types()]
        return [scalar(np.int64), *columns]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        items = growing_of(content)
        if items is None:
            return [Affine(len(content)), *self._columns(content, packing.of_items)]
        items = Growing.relaid(items, self.element, self.capacity)
        return [items.length, *items.columns]

    def _columns(self, content: Any, packing: Packing) -> list[Leaf]:
        require_room(self.capacity, Affine(len(content)))
        tracer().note_items(content, getattr(content, "owner", None))
        leaves = [pack_content(self.element, item, (), packing) for item in content]
        columns: list[Leaf] = []
        for k, type_ in enumerate(self.types()[1:]):
            column: Value = empty(dims=type_.dims, dtype=type_.dtype)
            for position, row in enumerate(leaves):
                column = with_row(column, Affine(position), leaf_value(row[k]))
            columns.append(column)
        return columns

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        length = form_of_leaf(next(leaves))
        tracer().facts.learn(length)
        if length.symbol is not None:
            tracer().facts.magnitudes.limits[length.symbol] = COUNTABLE
        columns = [leaf_value(next(leaves)) for _ in self.element.types()]
        items = Growing(self.element, columns, length, self.capacity, self.arranged)
        items.held, items.origins = self.held, self.origins
        return self.kind((items,))

    def outside(self, is_visible: Callable[[Affine], bool]) -> Template:
        """Return the template as it can leave a region."""
        inside = replace(self, element=element_outside(self.element, is_visible))
        if is_visible(self.capacity):
            return inside
        return replace(inside, capacity=tracer().room(tracer().site), arranged=ROOM)


class Inner(Template, frozen=True):
    """A list in a list that grows.

    Attributes:
        items: The template of its items.
        origins: Where it may have been made.
    """

    items: Grown
    origins: tuple[Any, ...] = ()

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("inner list", self.items.kind)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        element = merge_all([self.items.element, other.items.element])
        room = bound_of(self.items.capacity, other.items.capacity)
        origins = tuple(dict.fromkeys((*self.origins, *other.origins)))
        return replace(self, items=Grown(element, room, kind=self.items.kind), origins=origins)

    def outside(self, is_visible: Callable[[Affine], bool]) -> Template:
        """Return the template as it can leave a region."""
        element = element_outside(self.items.element, is_visible)
        room = bound_outside(self.items.capacity, -1, is_visible)
        return replace(self, items=Grown(element, room, kind=self.items.kind))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return self.items.types()

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        if growing_of(content) is None and type(content) is list:
            tracer().hold(content, None)
        content = content_of(content) if type(content) is list else content
        return self.items.pack(content, path, packing)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        items = self.items.unpack(leaves, made)
        if self.items.kind is tuple:
            return items
        items[0].held, items[0].origins = True, self.origins
        return tracer().mark_made(list(items))


class RowItems(Inner, frozen=True):
    """What a list in a pool contains."""

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return self.items.pack(content, path, packing)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.items.unpack(leaves, made)


def element_outside(element: Template, is_visible: Callable[[Affine], bool]) -> Template:
    """Return the template of an item as it can leave a region."""
    if isinstance(element, Row | SizedRow | HeldView | Inner):
        return element.outside(is_visible)
    if isinstance(element, Container):
        return replace(element, items=tuple(element_outside(t, is_visible) for t in element.items))
    if isinstance(element, OneOf):
        return OneOf(tuple(element_outside(t, is_visible) for t in element.alternatives))
    return element


ROOM = "room"
"""What lists are arranged by that have room for as many items as the calls so far needed."""


def grown(template: Any) -> Grown:
    """Return the template of the items of a list that may get more."""
    elements = template.elements
    element = merge_all(elements) if elements else OneOf(())
    return Grown(element, Affine(len(template.keys)), origin=template.origin)


def pack_content(template: Template, content: Any, path: Path, packing: Packing) -> list[Leaf]:
    """Return the leaves of what is at a path: maybe one of several of the same template."""
    if template.takes_choice or not isinstance(content, Union):
        return template.pack(content, path, packing)
    sources = [(when, template.pack(c, path, packing)) for when, c in alternatives(content)]
    return selected(sources, template.types())


# ---------------------------------------------------------------- merging templates


def merge(a: Template, b: Template) -> Template:
    """Return the template of what is either `a` or `b`."""
    return merge_all([a, b])


def each(template: Template) -> tuple[Template, ...]:
    """Return the alternatives of a template; itself if there are none."""
    return template.alternatives if isinstance(template, OneOf) else (template,)


def merge_all(templates: Sequence[Template]) -> Template:
    """Return the template of what is one of these; what has no common form stays so."""
    merged: dict[Hashable, Template] = {}
    for template in templates:
        for t in each(template):
            merged[t.key] = merged[t.key].merged(t) if t.key in merged else t
    found = tuple(merged.values())
    return found[0] if len(found) == 1 else OneOf(found)
