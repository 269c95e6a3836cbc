"""States: what all the places that a region changes hold, as one list of leaves.

A state is the template of each place plus the buffers made inside the region, which travel in
slots of their own, so that two names of one buffer still are that afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Container as Collection
from dataclasses import dataclass, replace
from typing import Any

from autograph.frontend.condition import TRUE, Condition, any_of
from autograph.frontend.context import current_tracer, unsupported
from autograph.frontend.journal import Items, Scope
from autograph.frontend.leaves import Leaf, leaf_value, select
from autograph.frontend.symbolic import Array, Cell, under_dims
from autograph.frontend.template import (
    Container,
    Handle,
    NoJoin,
    OneOf,
    Packing,
    Path,
    Slot,
    Template,
    merge,
    pack_content,
    template_key,
    template_of,
)
from autograph.frontend.template import Contents as BufferContents
from autograph.frontend.union import Union, Unjoined, alternatives
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

Visible = Callable[[Affine], bool]

NO_COMMON_SIZE = (
    "holds arrays whose sizes differ between the paths that meet here, which is not supported; "
    "make the array with one size on all paths"
)
INNER_SIZE = (
    "is an array whose size is known only inside the branch or loop that makes it; it cannot be "
    "used after it"
)


@dataclass(frozen=True)
class State:
    """Templates of places, and the types of buffers made inside."""

    templates: Mapping[Hashable, Template]
    slots: Mapping[Slot, ArrayType]

    @property
    def key(self) -> Hashable:
        """What is equal for equal states."""
        keys = tuple((place, template_key(t)) for place, t in self.templates.items())
        return keys, tuple(self.slots.items())

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        leaves = [type_ for template in self.templates.values() for type_ in template.types()]
        return leaves + list(self.slots.values())

    def pack(self, contents: Mapping[Hashable, Any], packing: Packing) -> list[Leaf]:
        """Return the leaves of contents."""
        leaves: list[Leaf] = []
        for place, template in self.templates.items():
            leaves += pack_content(template, contents[place], packing)
        return leaves + [self._slot_leaf(slot, packing) for slot in self.slots]

    def _slot_leaf(self, slot: Slot, packing: Packing) -> Leaf:
        type_ = self.slots[slot]
        leaf: Leaf = type_
        for condition, cell in reversed(packing.slots.get(slot, [])):
            value = under_dims(cell.value, type_.dims)
            leaf = value if isinstance(leaf, ArrayType) else select(condition, value, leaf)
        return leaf

    def unpack(self, leaves: Sequence[Leaf]) -> dict[Hashable, Any]:
        """Return the contents made of leaves; buffers made inside become new ones."""
        count = len(leaves) - len(self.slots)
        cells: dict[Slot, Cell] = {}
        for slot, leaf in zip(self.slots, leaves[count:], strict=True):
            cells[slot] = current_tracer().new_cell(leaf_value(leaf))
        rest = iter(leaves[:count])
        return {place: t.unpack(rest, cells) for place, t in self.templates.items()}

    def merged(self, other: State) -> State:
        """Return the state of what is either."""
        templates = dict(self.templates)
        for place, template in other.templates.items():
            templates[place] = merge(templates[place], template) if place in templates else template
        slots, clashing = dict(self.slots), set()
        for slot, type_ in other.slots.items():
            if slots.setdefault(slot, type_) != type_ and not _same_dims(slots[slot], type_):
                clashing.add(slot)
        return State(templates, slots).without(clashing, NO_COMMON_SIZE)

    def outside(self, is_visible: Visible) -> State:
        """Return the state as it can leave the region."""
        hidden = {s for s, type_ in self.slots.items() if not all(map(is_visible, type_.dims))}
        state = self.without(hidden, INNER_SIZE)
        templates = {p: _loosened(t, is_visible) for p, t in state.templates.items()}
        return State(templates, state.slots)

    def without(self, slots: set[Slot], reason: str) -> State:
        """Return the state in which what refers to these slots has no common form."""
        if not slots:
            return self
        unjoined = NoJoin(Unjoined(reason, current_tracer().site))
        templates = {
            place: unjoined if slots & set(template.slots()) else template
            for place, template in self.templates.items()
        }
        return State(templates, {s: t for s, t in self.slots.items() if s not in slots})

    def outlives(self, symbols: Collection[Value], scope: Scope) -> bool:
        """Return whether it refers only to buffers around a region, and to these symbols."""
        forms = [d for type_ in self.slots.values() for d in type_.dims]
        for template in _all_templates(self.templates.values()):
            if isinstance(template, Handle):
                forms += [f for f in template.forms if f is not None]
                if isinstance(template.buffer, Cell) and not scope.within(template.buffer.birth):
                    return False
            elif isinstance(template, BufferContents):
                forms += template.type.dims
        return all(symbol in symbols for form in forms for symbol in form.symbols)


def _all_templates(templates: Iterable[Template]) -> Iterator[Template]:
    for template in templates:
        yield template
        if isinstance(template, OneOf):
            yield from _all_templates(template.alternatives)
        if isinstance(template, Container):
            yield from _all_templates(template.items)


def _same_dims(a: ArrayType, b: ArrayType) -> bool:
    facts = current_tracer().facts
    return all(facts.assume_equal(x, y) for x, y in zip(a.dims, b.dims, strict=True))


def _loosened(template: Template, is_visible: Visible) -> Template:
    """Return the template with forms that are not visible outside left open."""
    if isinstance(template, Handle):
        forms = tuple(f if f is not None and is_visible(f) else None for f in template.forms)
        return replace(template, forms=forms)
    if isinstance(template, Container):
        return replace(template, items=tuple(_loosened(t, is_visible) for t in template.items))
    if isinstance(template, OneOf):
        return OneOf(tuple(_loosened(t, is_visible) for t in template.alternatives))
    return template


def state_of(contents: Mapping[Hashable, Any], packing: Packing) -> State:
    """Return the state of what places hold."""
    templates = {place: template_of(c, (place,), packing) for place, c in contents.items()}
    slots: dict[Slot, ArrayType] = {}
    for template in templates.values():
        for slot in template.slots():
            slots.setdefault(slot, packing.slots[slot][0][1].value.array_type)
    return State(templates, slots)


# ---------------------------------------------------------------- buffers made inside


def name_slots(contents: Mapping[Hashable, Any], scope: Scope | None) -> Packing:
    """Name each buffer made in a region by the set of places that refer to it.

    The names do not depend on the iteration of a loop, so swaps and rotations of buffers converge.
    """
    packing = Packing(scope)
    found: dict[int, tuple[Cell, dict[Path, Condition]]] = {}
    objects: dict[int, Path] = {}

    def visit(content: Any, path: Path, when: Condition) -> None:
        if isinstance(content, Array):
            if packing.is_inside(content.cell):
                places = found.setdefault(id(content.cell), (content.cell, {}))[1]
                places[path] = any_of([places[path], when]) if path in places else when
            return
        for part_path, part, condition in _parts(content, path, when, packing):
            visit(part, part_path, condition)
        made = isinstance(content, list | dict) and packing.is_made(content)
        if made and objects.setdefault(id(content), path) != path:
            raise unsupported(
                f"a {type(content).__name__} made under a run-time condition or in a staged "
                "loop has two names afterwards, which is not supported; use a tuple"
            )

    for key, content in contents.items():
        visit(content, (key,), TRUE)
    for cell, places in found.values():
        paths = tuple(sorted(places, key=str))
        slot = Slot(paths, cell.value.dtype, cell.value.ndim)
        packing.slot_of[id(cell)] = slot
        packing.slots.setdefault(slot, []).append((places[paths[0]], cell))
    return packing


def _parts(
    content: Any, path: Path, when: Condition, packing: Packing
) -> Iterator[tuple[Path, Any, Condition]]:
    if isinstance(content, Union):
        for condition, alternative in alternatives(content):
            yield path, alternative, condition
    elif isinstance(content, Items) or (isinstance(content, dict) and packing.is_made(content)):
        for key, item in content.items():
            yield (*path, key), item, when
    elif isinstance(content, tuple) or (isinstance(content, list) and packing.is_made(content)):
        for k, item in enumerate(content):
            yield (*path, k), item, when
