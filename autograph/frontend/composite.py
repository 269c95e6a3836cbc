"""Templates of contents with parts: containers, and what is one of several things."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograph.frontend.condition import any_of
from autograph.frontend.context import unsupported
from autograph.frontend.heap import Elements
from autograph.frontend.journal import UNBOUND, Items, Unbound
from autograph.frontend.leaves import (
    Leaf,
    condition_of_leaf,
    is_number,
    selected,
)
from autograph.frontend.masked import Masked
from autograph.frontend.packing import Packing, Path, Slot
from autograph.frontend.symbolic import Array, Number
from autograph.frontend.template import (
    Contents,
    Handle,
    Reference,
    Scalar,
    Selected,
    Static,
    Template,
    handle_of,
)
from autograph.frontend.tracer import tracer
from autograph.frontend.union import Union, Unjoined, alternatives
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, scalar


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

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        keys = [template.key for template in self.alternatives]
        found = [
            (keys.index(template_of(c, path, packing).key), when, c)
            for when, c in alternatives(content)
        ]
        leaves: list[Leaf] = [
            any_of(when for k, when, _ in found if k == n) for n in range(1, len(keys))
        ]
        for group in self._storage().values():
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
        for group in self._storage().values():
            stored = [next(leaves) for _ in self.alternatives[group[0]].types()]
            for k in group:
                contents[k] = self.alternatives[k].unpack(iter(stored), made)
        return Union(tuple((c, contents[k]) for k, c in enumerate(conditions)))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        for template in self.alternatives:
            yield from template.slots()


def pack_content(template: Template, content: Any, path: Path, packing: Packing) -> list[Leaf]:
    """Return the leaves of what is at a path: maybe one of several of the same template."""
    if isinstance(template, OneOf) or not isinstance(content, Union):
        return template.pack(content, path, packing)
    sources = [(when, template.pack(c, path, packing)) for when, c in alternatives(content)]
    return selected(sources, template.types())


# ---------------------------------------------------------------- making and merging templates


def template_of(content: Any, path: Path, packing: Packing) -> Template:
    """Return the template of what is at a path at the end of a region (or before it)."""
    if isinstance(content, Value):
        return Contents(content.array_type)
    if isinstance(content, Masked):
        return Selected(content.full.array_type, content.mask.array_type)
    if isinstance(content, Number):
        return Scalar(content.kind)
    if isinstance(content, np.ndarray):
        content = tracer().lift(content)
    if isinstance(content, Array):
        inside = packing.is_inside(content.cell)
        return handle_of(
            packing.slot_of[id(content.cell), path] if inside else content.cell, content.view
        )
    if isinstance(content, Union):
        return merge_all([template_of(c, path, packing) for _, c in alternatives(content)])
    if isinstance(content, Unjoined):
        return NoJoin(content)
    if isinstance(content, tuple | Items):
        keys = tuple(content) if isinstance(content, Items) else tuple(range(len(content)))
        parts = content.values() if isinstance(content, Items) else content
        pairs = zip(keys, parts, strict=True)
        items = tuple(template_of(part, (*path, key), packing) for key, part in pairs)
        return Container(type(content), keys, items)
    if packing.is_made(content):
        return Reference(packing.slot_of[id(content), path])
    return Static(content)


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
