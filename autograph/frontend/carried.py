"""What a loop carries from one iteration to the next, place by place.

A place that holds the same kind of thing at entry and after each iteration is carried plainly. If
it holds something else at entry only, the loop's index tells which: no flag is carried, and the
entry content is at hand without being carried at all. Otherwise the alternatives' conditions are
carried along.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograph.frontend.condition import Condition, all_of, any_of
from autograph.frontend.correspond import images_where
from autograph.frontend.journal import same_number
from autograph.frontend.leaves import Leaf, dtype_of_kind, is_number, leaf_value, number_leaf
from autograph.frontend.promotion import cast_to, kind_of
from autograph.frontend.state import State, name_slots, state_of
from autograph.frontend.symbolic import Array, Cell, under_dims
from autograph.frontend.template import (
    OneOf,
    Packing,
    Scalar,
    Slot,
    Template,
    merge,
    pack_content,
    template_key,
    template_of,
)
from autograph.frontend.union import Union, alternatives
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

Contents = Mapping[Hashable, Any]

OUTSIDE = Packing(None)
"""Names for contents before the loop, where no buffer counts as made inside."""


@dataclass(frozen=True)
class EntryThen(Template):
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

    def pack(self, content: Any, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return pack_content(self.later, content, packing)

    def unpack(self, leaves: Iterator[Leaf], cells: Mapping[Slot, Cell]) -> Any:
        """Return the content that leaves stand for."""
        return self.later.unpack(leaves, cells)

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        return self.later.slots()


@dataclass
class Carried:
    """The state that a loop carries.

    Attributes:
        entry: The contents before the loop.
        state: The templates of what is carried.
        possible: By place, the keys of what it may hold at the head of an iteration.
        inits: The leaves that enter the loop; a type stands for any value.
        exact: Whether a leaf stands for the entry content, whichever alternative that is.
    """

    entry: Contents
    state: State
    possible: dict[Hashable, set[Hashable]]
    inits: list[Leaf]
    exact: list[bool]

    @staticmethod
    def of(entry: Contents, continuing: State, leaving: State) -> Carried:
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
            if isinstance(head, EntryThen) and last.key == template.key:
                head = EntryThen(merge(head.later, last))
            elif isinstance(head, EntryThen) or not _keys(last) <= possible[place]:
                head = merge(merge(before.templates[place], template), last)
            templates[place] = head
        state = State(templates, {**continuing.slots, **leaving.slots})
        carried = Carried(entry, state, possible, [], [])
        for place, template in state.templates.items():
            if isinstance(template, EntryThen):
                inits, exact = _entry_leaves(template.later, entry[place])
            else:
                inits = pack_content(template, entry[place], OUTSIDE)
                exact = not isinstance(template, OneOf)
            carried._enter(inits, exact=exact)
        for slot in state.slots:
            init, exact = carried._slot_init(slot)
            carried._enter([init], exact=exact)
        return carried

    def _enter(self, leaves: list[Leaf], *, exact: bool) -> None:
        self.inits += leaves
        self.exact += [exact] * len(leaves)

    def _slot_init(self, slot: Slot) -> tuple[Leaf, bool]:
        """Return what a buffer made inside starts from: the array its place holds at entry."""
        type_ = self.state.slots[slot]
        place, *path = slot.places[0]
        candidates: list[Candidate] = []
        for condition, array in alternatives(_at(self.entry[place], path)):
            if isinstance(array, Array) and array.dtype == type_.dtype and array.dims == type_.dims:
                candidates.append((condition, under_dims(array.read(), type_.dims)))
        common = _common(candidates)
        return (type_, False) if common is None else (common, True)

    def images(self, values: Sequence[Value]) -> dict[Value, Any]:
        """Return what carried values are where no iteration ran before."""
        entering = zip(values, self.inits, self.exact, strict=True)
        return {v: x for v, x, exact in entering if exact and not isinstance(x, Condition)}

    def unpack(self, leaves: Sequence[Leaf], ran: Condition) -> dict[Hashable, Any]:
        """Return contents made of leaves, where an iteration may have `ran` before or not."""
        contents = self.state.unpack(leaves)
        start = 0
        for place, template in self.state.templates.items():
            end = start + len(template.types())
            if isinstance(template, EntryThen):
                shared = leaves[start:end] if all(self.exact[start:end]) else ()
                contents[place] = _phased(
                    self.entry[place], template.later, contents[place], ran, shared
                )
            start = end
        return contents

    def at_head(self, contents: Contents) -> dict[Hashable, Any]:
        """Return contents without what only a last iteration leaves."""
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


def _alternatives(template: Template) -> tuple[Template, ...]:
    return template.alternatives if isinstance(template, OneOf) else (template,)


def _keys(template: Template) -> set[Hashable]:
    return {t.key for t in _alternatives(template)}


def _head(before: Template, later: Template) -> Template:
    """Return the template of a place at the head of the loop."""
    if len(_keys(later)) == 1 and _keys(before) != _keys(later):
        alike = [t for t in _alternatives(before) if t.key == later.key]
        return EntryThen(merge(later, alike[0]) if alike else later)
    return merge(before, later)


def _phased(
    entry: Any, later: Template, content: Any, ran: Condition, shared: Sequence[Leaf]
) -> Any:
    """Return `content` if an iteration ran, else what the place held at entry.

    Args:
        entry: The content before the loop.
        later: The template of `content`.
        content: What the carried leaves amount to.
        ran: Whether an iteration ran.
        shared: The carried leaves, if they are those of the entry content at first.
    """
    others: list[tuple[Condition, Any]] = []
    for condition, first in alternatives(entry):
        if template_of(first, (), OUTSIDE).key == later.key:
            continue
        if shared and isinstance(later, Scalar) and is_number(first):
            kind = kind_of(first)
            if dtype_of_kind(kind) == dtype_of_kind(later.kind):
                first = Scalar(kind).unpack(iter(shared), {})
        others.append((all_of([~ran, condition]), first))
    if not others:
        return content
    return Union((*others, (~any_of(c for c, _ in others), content)))


def _entry_leaves(later: Template, entry: Any) -> tuple[list[Leaf], bool]:
    """Return the leaves a place enters the loop with, and whether they stand for all of `entry`.

    They are those of what is at entry as it is later; what is a number of another kind is
    represented by them, too, where its value is the same.
    """
    own: list[tuple[Condition, Any]] = []
    candidates: list[Candidate] = []
    others = 0
    for condition, content in alternatives(entry):
        if template_of(content, (), OUTSIDE).key == later.key:
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
        leaves = pack_content(later, content, OUTSIDE)
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


def _at(content: Any, path: Sequence[Any]) -> Any:
    """Return the item at a path inside a content, None if there is no such item."""
    for key in path:
        try:
            content = content[key]
        except (TypeError, LookupError):
            return None
    return content
