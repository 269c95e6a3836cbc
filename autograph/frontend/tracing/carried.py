"""What a loop carries from one iteration to the next, place by place.

A place that holds the same kind of thing at entry and after each iteration is carried plainly. If
it holds something else at entry only, the loop's index tells which: no flag is carried, and the
entry content is at hand without being carried at all. Otherwise the alternatives' conditions are
carried along.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.condition import Condition, all_of, any_of
from autograph.frontend.symbols.leaves import (
    Leaf,
    dtype_of_kind,
    is_number,
    leaf_value,
    number_leaf,
    selected,
)
from autograph.frontend.symbols.promotion import cast_to, kind_of
from autograph.frontend.symbols.symbolic import Array, under_dims
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.composite import Container, OneOf, each, merge, pack_content
from autograph.frontend.tracing.contents import container, part_at, part_of
from autograph.frontend.tracing.correspond import images_where
from autograph.frontend.tracing.heap import content_of, is_heap
from autograph.frontend.tracing.journal import UNBOUND, Items, same_number
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import Padded, apart, arrays_in, holds, home_of
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.state import State, name_slots, state_of
from autograph.frontend.tracing.template import Contents, Handle, Scalar, Static, Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

Places = Mapping[Hashable, Any]

Entering = tuple[Leaf, bool]
"""A leaf that enters a loop, and whether it stands for the whole content at entry."""

OUTSIDE = Packing(None)
"""Names for contents before the loop, where no buffer counts as made inside."""


class EntryThen(Template, frozen=True):
    """One thing before the first iteration, another from then on.

    Attributes:
        later: What the place holds after an iteration.
    """

    later: Template

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("entry then", template_key(self.later))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return self.later.types()

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return pack_content(self.later, content, path, packing)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.later.unpack(leaves, made)

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        return self.later.slots()


class Carried(Struct):
    """The state that a loop carries.

    Attributes:
        entry: The contents before the loop.
        state: The templates of what is carried.
        possible: By place, the keys of what it may hold at the head of an iteration.
        inits: The leaves that enter the loop; a type stands for any value.
        exact: Whether a leaf stands for the entry content, whichever alternative that is.
        starts: What is made inside starts from: the content of a place before the loop.
    """

    entry: Places
    state: State
    possible: dict[Hashable, set[Hashable]]
    inits: list[Leaf]
    exact: list[bool]
    starts: dict[Slot, Any] = {}

    @staticmethod
    def of(entry: Places, continuing: State, leaving: State) -> Carried:
        """Return what a loop carries.

        Args:
            entry: The contents before the loop.
            continuing: What an iteration leaves that another one may follow.
            leaving: What the last iteration leaves, if that may be something else.
        """
        before = state_of(entry, name_slots(entry, None))
        templates, possible = {}, {}
        for place, template in continuing.templates.items():
            head = _head(before.templates[place], template)
            last = leaving.templates[place]
            possible[place] = _keys(before.templates[place]) | _keys(template)
            templates[place] = _last(head, before.templates[place], template, last)
        state = State(templates, {**continuing.slots, **leaving.slots})
        carried = Carried(entry, state, possible, [], [])
        for place, template in state.templates.items():
            carried._enter(_initial(template, entry[place]))
        for slot, template in state.slots.items():
            place, *path = home_of(slot, entry)
            carried.starts[slot] = part_at(entry[place], path)
            carried._enter(_at_slot(template, carried.starts[slot]))
        return carried

    def _enter(self, entering: list[Entering]) -> None:
        self.inits += [leaf for leaf, _ in entering]
        self.exact += [exact for _, exact in entering]

    def images(self, values: Sequence[Value]) -> dict[Value, Any]:
        """Return what carried values are where no iteration ran before."""
        entering = zip(values, self.inits, self.exact, strict=True)
        return {v: x for v, x, exact in entering if exact and not isinstance(x, Condition)}

    def unpack(
        self, leaves: Sequence[Leaf], ran: Condition, *, at_head: bool = False
    ) -> dict[Hashable, Any]:
        """Return contents made of leaves, where an iteration may have `ran` before or not.

        Args:
            leaves: The leaves.
            ran: Whether an iteration ran before.
            at_head: Whether another iteration follows: then nothing is there that only a last
                iteration leaves, and an array whose size changes stands for that at entry.
        """
        contents = self.state.unpack(leaves)
        pairs = iter(zip(leaves, self.exact, strict=True))
        for place, template in self.state.templates.items():
            own = list(islice(pairs, len(template.types())))
            entering = _Unpacked(self.state.slots, self.starts, ran, at_head)
            contents[place] = entering.phased(template, self.entry[place], contents[place], own)
        if not at_head:
            return contents
        return {place: self._possible(place, content) for place, content in contents.items()}

    def _possible(self, place: Hashable, content: Any) -> Any:
        template = self.state.templates[place]
        if not isinstance(template, OneOf):
            return content
        rest = tuple(
            (condition, part)
            for (condition, part), one in zip(
                content.alternatives, template.alternatives, strict=True
            )
            if one.key in self.possible[place]
        )
        return rest[0][1] if len(rest) == 1 else Union(rest)


def _keys(template: Template) -> set[Hashable]:
    return {t.key for t in each(template)}


def _head(before: Template, later: Template) -> Template:
    """Return the template of a place at the head of the loop."""
    if isinstance(before, Container) and isinstance(later, Container) and before.key == later.key:
        whole = before.merged(later)
        if isinstance(whole, Container):
            absent = Static(UNBOUND)
            one, other = dict(before.pairs()), dict(later.pairs())
            heads = (_head(one.get(k, absent), other.get(k, absent)) for k in whole.keys)
            return replace(whole, items=tuple(heads))
        return whole
    if len(_keys(later)) == 1 and _keys(before) != _keys(later):
        alike = [t for t in each(before) if t.key == later.key]
        return EntryThen(merge(later, alike[0]) if alike else later)
    return merge(before, later)


def _last(head: Template, before: Template, later: Template, last: Template) -> Template:
    """Return the template of a place at the head of the loop and after it."""
    if isinstance(head, Container) and isinstance(last, Container) and head.key == last.key:
        whole = head.merged(last) if head.keys != last.keys else head
        if isinstance(whole, Container) and whole.keys == head.keys:
            parts = [dict(t.pairs()) if isinstance(t, Container) else {} for t in (before, later)]
            absent = Static(UNBOUND)
            ends = dict(last.pairs())
            one, other = parts
            items = (
                _last(t, one.get(k, absent), other.get(k, absent), ends.get(k, absent))
                for k, t in head.pairs()
            )
            return replace(head, items=tuple(items))
    if isinstance(head, EntryThen) and last.key == later.key:
        return EntryThen(merge(head.later, last))
    if isinstance(head, EntryThen) or template_key(merge(head, last)) != template_key(head):
        return merge(merge(before, later), last)
    return head


def _has_phases(template: Template) -> bool:
    if isinstance(template, Container):
        return any(map(_has_phases, template.items))
    return isinstance(template, EntryThen)


class _Unpacked(Struct, frozen=True):
    """What places hold where an iteration may have run before or not.

    Attributes:
        slots: The templates of what was made inside.
        starts: What it starts from.
        ran: Whether an iteration ran before.
        at_head: Whether another iteration follows.
    """

    slots: Mapping[Slot, Template]
    starts: Mapping[Slot, Any]
    ran: Condition
    at_head: bool

    def phased(
        self, template: Template, entry: Any, content: Any, leaves: Sequence[Entering]
    ) -> Any:
        """Return `content` if an iteration ran, else what the place held at entry.

        Args:
            template: The template of the place.
            entry: The content before the loop.
            content: What the carried leaves amount to.
            leaves: The carried leaves, each with whether it is that of the entry content at first.
        """
        if isinstance(template, EntryThen):
            exact = all(exact for _, exact in leaves)
            shared = [leaf for leaf, _ in leaves] if exact else []
            return self._entry_or_later(template.later, entry, content, shared)
        if not _has_phases(template):
            return content
        assert isinstance(template, Container)
        parts, rest = [], iter(leaves)
        for key, item in template.pairs():
            own = list(islice(rest, len(item.types())))
            parts.append(self.phased(item, _entry_part(entry, key), part_of(content, key), own))
        return container(template.kind, template.keys, parts)

    def _entry_or_later(
        self, later: Template, entry: Any, content: Any, shared: Sequence[Leaf]
    ) -> Any:
        """Return the content of a place that holds one thing at entry and another one later.

        Args:
            later: The template of `content`.
            entry: The content before the loop.
            content: What the carried leaves amount to.
            shared: The carried leaves, if they are those of the entry content at first.
        """
        others: list[tuple[Condition, Any]] = []
        for condition, first in alternatives(entry):
            same = OUTSIDE.template_of(first, ()).key == later.key
            if same or self._stands_for(later, content, first):
                continue
            if shared and isinstance(later, Scalar) and is_number(first):
                kind = kind_of(first)
                if dtype_of_kind(kind) == dtype_of_kind(later.kind):
                    first = Scalar(kind).unpack(iter(shared), {})
            others.append((all_of([~self.ran, condition]), first))
        if not others:
            return content
        return Union((*others, (~any_of(c for c, _ in others), content)))

    def _stands_for(self, later: Template, content: Any, first: Any) -> bool:
        """Return whether an array whose size changes stands for what is there at entry, too.

        After the loop only for a buffer that was made in the program: the caller can tell.
        """
        if not isinstance(later, Handle) or not isinstance(later.buffer, Slot):
            return False
        template = self.slots[later.buffer]
        if not isinstance(template, Padded) or not holds(template, first):
            return False
        starts = arrays_in(self.starts[later.buffer]) or []
        if not any(x.cell is first.cell and x.view == first.view for x in starts):
            return False
        given = any(entry.cell is first.cell for entry in tracer().inputs)
        if apart() or (not self.at_head and (given or first.view.steps)):
            return False
        tracer().note_origin(content.cell, first.cell)
        return True


def _entry_part(entry: Any, key: Any) -> Any:
    """Return an item of a container, which may be one of several."""
    if not isinstance(entry, Union):
        return part_of(entry, key)
    return Union(tuple((c, part_of(content, key)) for c, content in alternatives(entry)))


def _initial(template: Template, entry: Any) -> list[Entering]:
    """Return the leaves a place enters the loop with, and which stand for all of `entry`."""
    if isinstance(template, EntryThen):
        leaves, exact = _entry_leaves(template.later, entry)
        return [(leaf, exact) for leaf in leaves]
    if isinstance(template, Container) and _has_phases(template):
        parts = (_initial(item, _entry_part(entry, key)) for key, item in template.pairs())
        return [pair for part in parts for pair in part]
    exact = not isinstance(template, OneOf)
    return [(leaf, exact) for leaf in pack_content(template, entry, (), OUTSIDE)]


def _at_slot(template: Template, entry: Any) -> list[Entering]:
    """Return what something made inside starts from: what its place refers to at entry."""
    if isinstance(template, Contents):
        return [_buffer_init(template.type, entry)]
    if isinstance(template, Padded):
        return _padded_init(template, entry)
    if isinstance(template, Container):
        content: Any = content_of(entry) if is_heap(entry) else entry
        alike = type(content) is template.kind
        if alike and not isinstance(content, Items):
            alike = len(content) == len(template.keys)
        parts = (
            _at_slot(item, part_of(content, key) if alike else UNBOUND)
            for key, item in template.pairs()
        )
        return [pair for part in parts for pair in part]
    if isinstance(template, OneOf):
        return [(type_, False) for type_ in template.types()]
    leaves, exact = _entry_leaves(template, entry)
    return [(leaf, exact) for leaf in leaves]


def _buffer_init(type_: ArrayType, entry: Any) -> tuple[Leaf, bool]:
    """Return what a buffer made inside starts from: the array its place holds at entry."""
    candidates: list[Candidate] = []
    for condition, array in alternatives(entry):
        if isinstance(array, Array) and array.dtype == type_.dtype and array.dims == type_.dims:
            candidates.append((condition, under_dims(array.read(), type_.dims)))
    common = _common(candidates)
    return (type_, False) if common is None else (common, True)


def _padded_init(template: Padded, entry: Any) -> list[Entering]:
    """Return what a buffer starts from whose size changes: the array its place holds at entry."""
    found = [(when, a) for when, a in alternatives(entry) if holds(template, a)]
    if not found:
        return [(type_, False) for type_ in template.types()]
    exact = len(found) == len(alternatives(entry))
    sources = [(when, template.pack(a.contents(), (), OUTSIDE)) for when, a in found]
    return [(leaf, exact) for leaf in selected(sources, template.types())]


def _entry_leaves(later: Template, entry: Any) -> tuple[list[Leaf], bool]:
    """Return the leaves a place enters the loop with, and whether they stand for all of `entry`.

    They are those of what is at entry as it is later; what is a number of another kind is
    represented by them, too, where its value is the same.
    """
    own: list[tuple[Condition, Any]] = []
    candidates: list[Candidate] = []
    others = 0
    for condition, content in alternatives(entry):
        if OUTSIDE.template_of(content, ()).key == later.key:
            own.append((condition, content))
        elif isinstance(later, Scalar) and is_number(content):
            leaf = _converted(content, dtype_of_kind(later.kind))
            others += 1
            candidates += [] if leaf is None else [(condition, leaf)]
        else:
            others += 1
    complete = len(candidates) == others and len(later.types()) == 1
    if own:
        content = own[0][1] if len(own) == 1 else Union(tuple(own))
        leaves = pack_content(later, content, (), OUTSIDE)
        exact = complete and all(_stands_for(leaves[0], c, x) for c, x in candidates)
        return leaves, exact or not others
    common = _common(candidates) if complete else None
    return (list(later.types()), False) if common is None else ([common], True)


Candidate = tuple[Condition, Leaf]


def _common(candidates: Sequence[Candidate]) -> Leaf | None:
    """Return the leaf among several that stands for each of them under its condition."""
    for _, leaf in candidates:
        if all(_stands_for(leaf, condition, other) for condition, other in candidates):
            return leaf
    return None


def _stands_for(leaf: Leaf, condition: Condition, other: Leaf) -> bool:
    """Return whether two leaves are equal where a condition holds."""
    images = images_where(condition)
    while not _same(leaf, other):
        if not isinstance(leaf, Value) or leaf not in images:
            return False
        leaf = images[leaf]
    return True


def _same(a: Leaf, b: Leaf) -> bool:
    return a is b or (isinstance(a, Affine) and a == b) or same_number(a, b)


def _converted(number: Any, dtype: np.dtype[Any]) -> Leaf | None:
    """Return the number in another dtype, if that is not a weaker one."""
    leaf, own = number_leaf(number), dtype_of_kind(kind_of(number))
    if own == dtype:
        return leaf
    if not np.can_cast(own, dtype, "same_kind") or own.kind == "b":
        return None
    if isinstance(leaf, np.generic):
        converted: np.generic = leaf.astype(dtype)
        return converted
    return cast_to(leaf_value(leaf), dtype)
