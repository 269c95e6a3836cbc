"""Templates: what a place may hold, and how its content travels through the results of a region.

A content is taken apart into leaves (graph values, constants, forms, conditions), and put together
from the leaves on the other side. What is the same on all paths needs no leaf.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograph.frontend.condition import Condition, any_of
from autograph.frontend.context import unsupported
from autograph.frontend.heap import Elements, is_heap
from autograph.frontend.journal import UNBOUND, Items, Scope, Unbound, same_number
from autograph.frontend.leaves import (
    Leaf,
    condition_of_leaf,
    dtype_of_kind,
    form_of_leaf,
    is_number,
    kind_key,
    leaf_value,
    number_leaf,
    number_of_leaf,
    selected,
)
from autograph.frontend.masked import Masked
from autograph.frontend.promotion import kind_of
from autograph.frontend.symbolic import Array, Cell, Kind, Number
from autograph.frontend.tracer import tracer
from autograph.frontend.union import Union, Unjoined, alternatives
from autograph.frontend.view import View
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, scalar

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Slot:
    """Where something made inside a region travels: a buffer, or the content of an object.

    Attributes:
        places: Which places refer to it.
        kind: Dtype and number of axes of a buffer, the class of an object.
        number: Tells apart what the same places refer to, each under conditions of its own.
    """

    places: tuple[Path, ...]
    kind: tuple[np.dtype[Any], int] | type
    number: int = 0

    @property
    def is_buffer(self) -> bool:
        """Whether a buffer travels here."""
        return isinstance(self.kind, tuple)


@dataclass
class Packing:
    """Names what was made in a region, and takes contents apart.

    Attributes:
        scope: The region; None outside, where nothing counts as made inside.
        slots: Cells and objects made inside, by slot, each with the condition under which it is
            meant.
    """

    scope: Scope | None
    slots: dict[Slot, list[tuple[Condition, Any]]] = field(default_factory=dict)
    slot_of: dict[int, Slot] = field(default_factory=dict)

    def is_inside(self, cell: Cell) -> bool:
        """Return whether a buffer was made in the region."""
        return self.scope is not None and cell.birth.within(self.scope)

    def is_made(self, content: Any) -> bool:
        """Return whether a list, dict, set or object was made in the region."""
        if self.scope is None or not is_heap(content):
            return False
        birth = tracer().birth(content)
        return birth is not None and birth.within(self.scope)


# ---------------------------------------------------------------- kinds of templates


@dataclass(frozen=True)
class Template:
    """What a place may hold."""

    @property
    def key(self) -> Hashable:
        """Templates of equal keys merge into one."""
        raise NotImplementedError

    def merged(self, other: Any) -> Template:
        """Return the template of both; `other` has the same key."""
        return self

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return []

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return []

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content made of leaves."""
        raise NotImplementedError

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of buffers made inside that the content refers to."""
        return iter(())


@dataclass(frozen=True, eq=False)
class Static(Template):
    """Something known at trace time."""

    content: Any

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        if is_number(self.content):
            return ("number", kind_key(kind_of(self.content)))
        by_value = isinstance(self.content, str | bytes)
        return ("static", self.content if by_value else id(self.content))

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        if isinstance(other, Static) and (
            not is_number(self.content) or same_number(self.content, other.content)
        ):
            return self
        return Scalar(kind_of(self.content))

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.content


@dataclass(frozen=True)
class Scalar(Template):
    """A number of one kind."""

    kind: Kind

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("number", kind_key(self.kind))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [scalar(dtype_of_kind(self.kind))]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [number_leaf(content)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return number_of_leaf(self.kind, next(leaves))


@dataclass(frozen=True)
class Contents(Template):
    """The content of a buffer."""

    type: ArrayType

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "contents"

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [self.type]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [content]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return leaf_value(next(leaves))


@dataclass(frozen=True)
class Selected(Template):
    """The elements of an array where a mask holds: the whole array, and the mask."""

    full: ArrayType
    mask: ArrayType

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("selected", self.full, self.mask)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [self.full, self.mask]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [content.full, content.mask]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return Masked(leaf_value(next(leaves)), leaf_value(next(leaves)))


@dataclass(frozen=True)
class Handle(Template):
    """A view of a buffer.

    Attributes:
        buffer: The buffer's cell, or the slot of one made inside.
        view: The view with all its forms zero: what must agree.
        forms: The forms of the view; None where paths differ.
    """

    buffer: Cell | Slot
    view: View
    forms: tuple[Affine | None, ...]

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("handle", self.buffer, self.view)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        forms = zip(self.forms, other.forms, strict=True)
        return replace(self, forms=tuple(a if a == b else None for a, b in forms))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [scalar(np.int64) for form in self.forms if form is None]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        mine, _ = _view_parts(content.view)
        return [f for f, fixed in zip(mine, self.forms, strict=True) if fixed is None]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        forms = [form_of_leaf(next(leaves)) if f is None else f for f in self.forms]
        rest = iter(forms)
        cell = self.buffer if isinstance(self.buffer, Cell) else made[self.buffer]
        return Array(cell, self.view.map(lambda _: next(rest)))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        if not isinstance(self.buffer, Cell):
            yield self.buffer


@dataclass(frozen=True)
class Reference(Template):
    """A list, dict, set or object made inside."""

    slot: Slot

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("reference", self.slot)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return made[self.slot]

    def slots(self) -> Iterator[Slot]:
        """Yield the slot of the object."""
        yield self.slot


@dataclass(frozen=True)
class Container(Template):
    """A tuple, or what a list, dict, set or object contains.

    Attributes:
        kind: The type of the container.
        keys: Its keys, or its positions.
        items: Templates of its items.
    """

    kind: type
    keys: tuple[Any, ...]
    items: tuple[Template, ...]

    @property
    def key(self) -> Hashable:
        """What identifies the alternative: items that one of two contents lacks are unbound."""
        varying = self.kind in (Items, Elements)
        return ("container", self.kind, None if varying else self.keys)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        if self.keys == other.keys:
            pairs = zip(self.items, other.items, strict=True)
            return replace(self, items=tuple(merge(a, b) for a, b in pairs))
        if self.kind is Elements:
            raise unsupported(
                "the length of a list depends on run-time values here, which is not supported; "
                "write to an array, or give both branches the same items"
            )
        mine, others = dict(self.pairs()), dict(other.pairs())
        keys = tuple(dict.fromkeys(self.keys + other.keys))
        absent = Static(UNBOUND)
        items = tuple(merge(mine.get(k, absent), others.get(k, absent)) for k in keys)
        if not all(_in_order(part, keys) for part in (self.keys, other.keys)):
            return NoJoin(Unjoined(UNLIKE_ORDER, tracer().site))
        return replace(self, keys=keys, items=items)

    def pairs(self) -> Iterator[tuple[Any, Template]]:
        """Yield keys and templates."""
        return zip(self.keys, self.items, strict=True)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [t for item in self.items for t in item.types()]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [
            leaf
            for key, item in self.pairs()
            for leaf in pack_content(item, part_of(content, key), packing)
        ]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return container(self.kind, self.keys, [t.unpack(leaves, made) for t in self.items])

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of what it refers to."""
        for item in self.items:
            yield from item.slots()


UNLIKE_ORDER = "gets its keys in different orders on the paths that meet here"


def _in_order(part: Sequence[Any], whole: Sequence[Any]) -> bool:
    """Return whether keys stand in a sequence in the same order as in a longer one."""
    return [key for key in whole if key in part] == list(part)


def part_of(content: Any, key: Any) -> Any:
    """Return the item of a container, unbound if there is none."""
    return content.get(key, UNBOUND) if isinstance(content, Items) else content[key]


def container(kind: type, keys: Sequence[Any], parts: Sequence[Any]) -> Any:
    """Return a container of these items."""
    if kind is Items:
        pairs = zip(keys, parts, strict=True)
        return Items((key, part) for key, part in pairs if part is not UNBOUND)
    make: Any = getattr(kind, "_make", kind)
    return make(parts)


@dataclass(frozen=True, eq=False)
class NoJoin(Template):
    """Contents without a common form; an error when used."""

    content: Unjoined

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "unjoined"

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.content


@dataclass(frozen=True)
class OneOf(Template):
    """Several alternatives: the conditions of all but the first are leaves.

    Numbers of different kinds that are represented alike share a leaf.
    """

    alternatives: tuple[Template, ...]

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "one of"

    def _storage(self) -> dict[Hashable, list[int]]:
        """Return the alternatives that share leaves, by what they share."""
        groups: dict[Hashable, list[int]] = {}
        for k, template in enumerate(self.alternatives):
            shared = template.types() if isinstance(template, Scalar) else k
            groups.setdefault(str(shared), []).append(k)
        return groups

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        flags = [scalar(np.bool_)] * (len(self.alternatives) - 1)
        stored = self._storage().values()
        return flags + [t for group in stored for t in self.alternatives[group[0]].types()]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        keys = [template.key for template in self.alternatives]
        found = [
            (keys.index(template_of(c, packing).key), when, c) for when, c in alternatives(content)
        ]
        leaves: list[Leaf] = [
            any_of(when for k, when, _ in found if k == n) for n in range(1, len(keys))
        ]
        for group in self._storage().values():
            sources = [
                (when, self.alternatives[k].pack(c, packing)) for k, when, c in found if k in group
            ]
            leaves += selected(sources, self.alternatives[group[0]].types())
        return leaves

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        conditions = [condition_of_leaf(next(leaves)) for _ in self.alternatives[1:]]
        conditions.insert(0, ~any_of(conditions))
        contents: dict[int, Any] = {}
        for group in self._storage().values():
            stored = [next(leaves) for _ in self.alternatives[group[0]].types()]
            for k in group:
                contents[k] = self.alternatives[k].unpack(iter(stored), made)
        return Union(tuple((c, contents[k]) for k, c in enumerate(conditions)))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        for template in self.alternatives:
            yield from template.slots()


def pack_content(template: Template, content: Any, packing: Packing) -> list[Leaf]:
    """Return the leaves of a content, which may be one of several of the same template."""
    if isinstance(template, OneOf) or not isinstance(content, Union):
        return template.pack(content, packing)
    sources = [(when, template.pack(c, packing)) for when, c in alternatives(content)]
    return selected(sources, template.types())


def _view_parts(view: View) -> tuple[list[Affine], View]:
    """Return the forms of a view, and the view with zeros in their place."""
    forms: list[Affine] = []

    def note(form: Affine) -> Affine:
        forms.append(form)
        return Affine(0)

    return forms, view.map(note)


# ---------------------------------------------------------------- making and merging templates


def template_of(content: Any, packing: Packing) -> Template:
    """Return the template of what a place holds at the end of a region (or before it)."""
    if isinstance(content, Value):
        return Contents(content.array_type)
    if isinstance(content, Masked):
        return Selected(content.full.array_type, content.mask.array_type)
    if isinstance(content, Number):
        return Scalar(content.kind)
    if isinstance(content, np.ndarray):
        content = tracer().lift(content)
    if isinstance(content, Array):
        forms, view = _view_parts(content.view)
        inside = packing.is_inside(content.cell)
        buffer = packing.slot_of[id(content.cell)] if inside else content.cell
        return Handle(buffer, view, tuple(forms))
    if isinstance(content, Union):
        return merge_all([template_of(c, packing) for _, c in alternatives(content)])
    if isinstance(content, Unjoined):
        return NoJoin(content)
    if isinstance(content, tuple | Items):
        keys = tuple(content) if isinstance(content, Items) else tuple(range(len(content)))
        parts = content.values() if isinstance(content, Items) else content
        return Container(type(content), keys, tuple(template_of(x, packing) for x in parts))
    if packing.is_made(content):
        return Reference(packing.slot_of[id(content)])
    return Static(content)


def merge(a: Template, b: Template) -> Template:
    """Return the template of what is either `a` or `b`."""
    return merge_all([a, b])


def merge_all(templates: Sequence[Template]) -> Template:
    """Return the template of what is one of these; what has no common form stays so."""
    merged: dict[Hashable, Template] = {}
    for template in templates:
        for t in template.alternatives if isinstance(template, OneOf) else (template,):
            merged[t.key] = merged[t.key].merged(t) if t.key in merged else t
    found = tuple(merged.values())
    return found[0] if len(found) == 1 else OneOf(found)


def template_key(template: Template) -> Hashable:
    """Return what is equal for templates that describe the same contents."""
    if isinstance(template, OneOf):
        return ("one of", tuple(map(template_key, template.alternatives)))
    if isinstance(template, Container):
        return (template.key, template.keys, tuple(map(template_key, template.items)))
    if isinstance(template, Static):
        number = is_number(template.content)
        return ("static", template.key, repr(template.content) if number else None)
    return template if isinstance(template, Handle | Contents) else template.key


def has_objects(template: Template) -> bool:
    """Return whether a template contains Python objects that are known by identity."""
    if isinstance(template, OneOf):
        return any(map(has_objects, template.alternatives))
    if isinstance(template, Container):
        return any(map(has_objects, template.items))
    if not isinstance(template, Static) or is_number(template.content):
        return isinstance(template, NoJoin)
    return not isinstance(template.content, str | bytes | Unbound | type(None))
