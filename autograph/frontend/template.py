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
from autograph.frontend.journal import Items, Scope, Unbound, same_number
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
    """Where a buffer made inside a region travels: which places refer to it, dtype and axes."""

    places: tuple[Path, ...]
    dtype: np.dtype[Any]
    ndim: int


@dataclass
class Packing:
    """Names the buffers made in a region, and takes contents apart.

    Attributes:
        scope: The region; None outside, where no buffer counts as made inside.
        slots: Cells made inside, by slot, each with the condition under which it is meant.
    """

    scope: Scope | None
    slots: dict[Slot, list[tuple[Condition, Cell]]] = field(default_factory=dict)
    slot_of: dict[int, Slot] = field(default_factory=dict)

    def is_inside(self, cell: Cell) -> bool:
        """Return whether a buffer was made in the region."""
        return self.scope is not None and cell.birth.within(self.scope)

    def is_made(self, content: Any) -> bool:
        """Return whether a list or dict was made in the region."""
        scope: Scope | None = tracer().top
        while self.scope is not None and scope is not None:
            if id(content) in scope.made:
                return True
            if scope is self.scope:
                return False
            scope = scope.parent
        return False


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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
        """Return the content that leaves stand for."""
        forms = [form_of_leaf(next(leaves)) if f is None else f for f in self.forms]
        rest = iter(forms)
        cell = self.buffer if isinstance(self.buffer, Cell) else cells[self.buffer]
        return Array(cell, self.view.map(lambda _: next(rest)))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        if not isinstance(self.buffer, Cell):
            yield self.buffer


@dataclass(frozen=True)
class Container(Template):
    """A tuple, or a list or dict made inside, or the items of one.

    Attributes:
        kind: The type of the container.
        keys: Its keys, or its positions.
        items: Templates of its items.
        path: Where a list or dict made inside is found; None if there is no identity to keep.
    """

    kind: type
    keys: tuple[Any, ...]
    items: tuple[Template, ...]
    path: Path | None = None

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("container", self.kind, self.keys, self.path)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        items = zip(self.items, other.items, strict=True)
        return replace(self, items=tuple(merge(a, b) for a, b in items))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [t for item in self.items for t in item.types()]

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        parts = content.values() if isinstance(content, dict) else content
        pairs = zip(self.items, parts, strict=True)
        return [leaf for item, part in pairs for leaf in pack_content(item, part, packing)]

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
        """Return the content that leaves stand for."""
        parts = [item.unpack(leaves, cells) for item in self.items]
        if issubclass(self.kind, dict):
            make: Any = self.kind
            made = make(zip(self.keys, parts, strict=True))
        else:
            make = getattr(self.kind, "_make", self.kind)
            made = make(parts)
        if self.path is not None:
            tracer().mark_made(made)
        return made

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        for item in self.items:
            yield from item.slots()


@dataclass(frozen=True, eq=False)
class NoJoin(Template):
    """Contents without a common form; an error when used."""

    content: Unjoined

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "unjoined"

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
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
            (keys.index(template_of(c, (), packing).key), when, c)
            for when, c in alternatives(content)
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

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
        """Return the content that leaves stand for."""
        conditions = [condition_of_leaf(next(leaves)) for _ in self.alternatives[1:]]
        conditions.insert(0, ~any_of(conditions))
        contents: dict[int, Any] = {}
        for group in self._storage().values():
            stored = [next(leaves) for _ in self.alternatives[group[0]].types()]
            for k in group:
                contents[k] = self.alternatives[k].unpack(iter(stored), cells)
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


def template_of(content: Any, path: Path, packing: Packing) -> Template:
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
        parts = [template_of(c, path, packing) for _, c in alternatives(content)]
        return _merge_all(parts)
    if isinstance(content, Unjoined):
        return NoJoin(content)
    return _container_template(content, path, packing) or Static(content)


def _container_template(content: Any, path: Path, packing: Packing) -> Template | None:
    kept = isinstance(content, list | dict) and not isinstance(content, Items)
    if not isinstance(content, tuple | Items) and not (kept and packing.is_made(content)):
        return None
    keys = tuple(content) if isinstance(content, dict) else tuple(range(len(content)))
    parts = content.values() if isinstance(content, dict) else content
    items = tuple(
        template_of(part, (*path, key), packing) for key, part in zip(keys, parts, strict=True)
    )
    return Container(type(content), keys, items, path if kept else None)


def merge(a: Template, b: Template) -> Template:
    """Return the template of what is either `a` or `b`."""
    return _merge_all([a, b])


def _merge_all(templates: Sequence[Template]) -> Template:
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
        return (template.key, tuple(map(template_key, template.items)))
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
