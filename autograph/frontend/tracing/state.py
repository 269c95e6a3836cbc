"""States: what all the places that a region changes hold, as one list of leaves.

A state is the template of each place plus the buffers and objects made inside the region, which
travel in slots of their own, so that two names of one buffer or object still are that afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Container as Collection
from itertools import combinations, islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.arrays.masked import Masked
from autograph.frontend.symbols.condition import TRUE, Condition, all_of, any_of, exclude
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.decisions import SIZES
from autograph.frontend.symbols.leaves import Leaf, selected
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.symbols.union import Union, Unjoined, alternatives
from autograph.frontend.tracing import padded
from autograph.frontend.tracing.columns import larger
from autograph.frontend.tracing.composite import (
    Container,
    Grown,
    OneOf,
    merge,
    merge_all,
    pack_content,
)
from autograph.frontend.tracing.contents import with_parts
from autograph.frontend.tracing.heap import content_of, empty_object, is_heap, place_of
from autograph.frontend.tracing.journal import Items, Scope
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import Buffer, Larger, Padded
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import Contents as BufferContents
from autograph.frontend.tracing.template import Handle, NoJoin, Static, Template
from autograph.frontend.tracing.template_facts import nesting, template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

Visible = Callable[[Affine], bool]

BUFFERS = (BufferContents, Padded)

NO_COMMON_SIZE = (
    "holds an array {} on one path and {} on the other, and arrays whose sizes differ cannot meet; "
    "give it one size on all paths, or append to a list and make the array after the loop"
)
INNER_SIZE = (
    "is an array whose size is known only inside the branch or loop that makes it, and cannot be "
    "used outside; make an array of the largest size before, or append to a list and make the "
    "array after the loop"
)


class State(Struct, frozen=True):
    """Templates of places, and of what was made inside."""

    templates: Mapping[Hashable, Template]
    slots: Mapping[Slot, Template]

    @property
    def key(self) -> Hashable:
        """What is equal for equal states."""
        keys = tuple((place, template_key(t)) for place, t in self.templates.items())
        return keys, tuple((slot, template_key(t)) for slot, t in self.slots.items())

    @property
    def nesting(self) -> int:
        """How deep tuples are nested."""
        return max(map(nesting, [*self.templates.values(), *self.slots.values()]), default=0)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        found = [*self.templates.values(), *self.slots.values()]
        return [type_ for template in found for type_ in template.types()]

    def pack(self, contents: Mapping[Hashable, Any], packing: Packing) -> list[Leaf]:
        """Return the leaves of contents."""
        leaves: list[Leaf] = []
        for place, template in self.templates.items():
            leaves += pack_content(template, contents[place], (place,), packing)
        for slot, template in self.slots.items():
            leaves += _slot_leaves(slot, template, packing)
        return leaves

    def unpack(
        self, leaves: Sequence[Leaf], made: dict[Slot, Any] | None = None
    ) -> dict[Hashable, Any]:
        """Return the contents made of leaves.

        What was made inside is made anew, but for what is `made` already: that gets its content
        again. What is made is put there, too.
        """
        rest = iter(leaves)
        inner = {p: list(islice(rest, len(t.types()))) for p, t in self.templates.items()}
        made = {} if made is None else made
        contents: dict[Slot, list[Leaf]] = {}
        for slot, template in self.slots.items():
            own = list(islice(rest, len(template.types())))
            if isinstance(slot.kind, tuple):
                assert isinstance(template, BUFFERS)
                content = template.unpack(iter(own), made)
                made[slot] = cell = tracer().new_cell(content, joined=True)
                cell.stale = template.stale
                if template.fixed:
                    tracer().fix(cell)
                tracer().note_origin(cell, *template.origins)
                continue
            contents[slot] = own
            if slot not in made:
                origin = template.origin if isinstance(template, Container | Grown) else None
                made[slot] = tracer().mark_made(empty_object(slot.kind), origin)
        for slot, own in contents.items():
            place = place_of(made[slot])
            assert place is not None
            template = self.slots[slot]
            tracer().write(place, template.unpack(iter(own), made))
            if isinstance(template, Container) and template.held:
                tracer().hold(made[slot], None)
        return {p: t.unpack(iter(inner[p]), made) for p, t in self.templates.items()}

    def merged(self, other: State, larger: Larger = larger) -> State:
        """Return the state of what is either; `larger` chooses the room of buffers."""
        templates = dict(self.templates)
        for place, template in other.templates.items():
            templates[place] = merge(templates[place], template) if place in templates else template
        slots, clashing = dict(self.slots), {}
        for slot, template in other.slots.items():
            mine = slots.get(slot, template)
            if not isinstance(mine, BUFFERS) or not isinstance(template, BUFFERS):
                slots[slot] = merge(mine, template)
                continue
            joined = _joined_buffers(mine, template, larger)
            if joined is None:
                clashing[slot] = no_common_size(mine, template)
            slots[slot] = joined or mine
        return State(templates, slots).without(clashing)

    def with_marks(self, *packings: Packing) -> State:
        """Return the state in which buffers and lists are fixed that lists were found to hold.

        Likewise, what may be the same buffer in the program is noted.
        """
        slots = dict(self.slots)
        for packing in packings:
            for slot, things in packing.slots.items():
                template = slots.get(slot)
                if isinstance(template, BUFFERS):
                    slots[slot] = padded.with_marks(template, *(cell for _, cell in things))
                elif isinstance(template, Container | Grown):
                    held = template.held or any(tracer().is_held(x) for _, x in things)
                    slots[slot] = replace(template, held=held)
        return State(self.templates, slots)

    def with_rooms(self, rooms: Mapping[Slot, tuple[Affine, ...]]) -> State:
        """Return the state in which some buffers lie at the beginning of larger ones."""
        slots = dict(self.slots)
        for slot, room in rooms.items():
            template = slots[slot]
            assert isinstance(template, BUFFERS)
            slots[slot] = replace(padded.of_buffer(template), room=room)
        return State(self.templates, slots)

    def outside(self, is_visible: Visible) -> State:
        """Return the state as it can leave the region."""
        slots, hidden = dict(self.slots), {}
        for slot, template in self.slots.items():
            if isinstance(template, BUFFERS) and not all(map(is_visible, _forms_of(template))):
                if isinstance(template, Padded) or sizes_may_change():
                    slots[slot] = padded.outside(template, is_visible)
                else:
                    hidden[slot] = INNER_SIZE
        state = State(self.templates, slots).without(hidden)
        templates = {p: _loosened(t, is_visible) for p, t in state.templates.items()}
        return State(templates, {s: _loosened(t, is_visible) for s, t in state.slots.items()})

    def without(self, reasons: Mapping[Slot, str]) -> State:
        """Return the state in which what refers to some slots has no common form, and why."""
        templates, slots = dict(self.templates), dict(self.slots)
        for slot, reason in reasons.items():
            site = tracer().site
            unjoined = NoJoin(Unjoined(reason, site, (SIZES, site)))
            del slots[slot]
            templates = {p: _without(t, {slot}, unjoined) for p, t in templates.items()}
            slots = {s: _without(t, {slot}, unjoined) for s, t in slots.items()}
        return State(templates, slots)

    def outlives(self, symbols: Collection[Value], scope: Scope) -> bool:
        """Return whether it refers only to buffers around a region, and to these symbols."""
        forms: list[Affine] = []
        for template in _all_templates([*self.templates.values(), *self.slots.values()]):
            if isinstance(template, Handle):
                forms += [f for f in template.forms if f is not None]
                if isinstance(template.buffer, Cell) and not scope.within(template.buffer.birth):
                    return False
            elif isinstance(template, BUFFERS):
                forms += _forms_of(template)
            elif isinstance(template, Static) and is_heap(template.content):
                birth = tracer().birth(template.content)
                if birth is not None and not scope.within(birth):
                    return False
        return all(symbol in symbols for form in forms for symbol in form.symbols)


def _slot_leaves(slot: Slot, template: Template, packing: Packing) -> list[Leaf]:
    """Return the leaves of what travels in a slot."""
    things = packing.slots.get(slot, [])
    if not things:
        return list(template.types())
    path = slot.places[0]
    if isinstance(template, BUFFERS):
        sources = [(when, template.pack(cell.value, path, packing)) for when, cell in things]
        return selected(sources, template.types())
    content: Any = Union(tuple((when, content_of(x)) for when, x in things))
    content = content if len(things) > 1 else content_of(things[0][1])
    return pack_content(template, content, path, packing)


def _without(template: Template, slots: set[Slot], unjoined: NoJoin) -> Template:
    """Return a template in which what refers to these slots has no common form."""
    if slots.isdisjoint(template.slots()):
        return template
    if isinstance(template, Container):
        return replace(template, items=tuple(_without(t, slots, unjoined) for t in template.items))
    return unjoined


def _all_templates(templates: Iterable[Template]) -> Iterator[Template]:
    for template in templates:
        yield template
        if isinstance(template, OneOf):
            yield from _all_templates(template.alternatives)
        if isinstance(template, Container):
            yield from _all_templates(template.items)


def sizes_may_change() -> bool:
    """Return whether the branch or loop at this place lets arrays change their sizes."""
    return (SIZES, tracer().site) in tracer().decisions


def _forms_of(template: Buffer) -> tuple[Affine, ...]:
    """Return the sizes that a template of buffers refers to."""
    if isinstance(template, BufferContents):
        return template.type.dims
    return (*template.room, *(dim for dim in template.dims if dim is not None))


def _same_dims(a: Buffer, b: Buffer) -> bool:
    facts = current_tracer().facts
    if isinstance(a, Padded) or isinstance(b, Padded):
        return a == b
    return all(facts.assume_equal(x, y) for x, y in zip(a.type.dims, b.type.dims, strict=True))


def _loosened(template: Template, is_visible: Visible) -> Template:
    """Return the template with forms that are not visible outside left open."""
    if isinstance(template, Handle):
        forms = tuple(f if f is not None and is_visible(f) else None for f in template.forms)
        return replace(template, forms=forms)
    if isinstance(template, Container):
        return replace(template, items=tuple(_loosened(t, is_visible) for t in template.items))
    if isinstance(template, Grown):
        return template.outside(is_visible)
    if isinstance(template, OneOf):
        return OneOf(tuple(_loosened(t, is_visible) for t in template.alternatives))
    return template


def state_of(contents: Mapping[Hashable, Any], packing: Packing) -> State:
    """Return the state of what places hold."""
    templates = {place: packing.template_of(c, (place,)) for place, c in contents.items()}
    slots: dict[Slot, Template] = {}
    clashing: dict[Slot, str] = {}
    for slot, things in packing.slots.items():
        if not slot.is_buffer:
            path = slot.places[0]
            slots[slot] = merge_all([packing.template_of(content_of(x), path) for _, x in things])
            continue
        first, *others = (_buffer(cell) for _, cell in things)
        for other in others:
            joined = _joined_buffers(first, other, padded.bound_of)
            if joined is None:
                clashing[slot] = no_common_size(first, other)
            first = joined or first
        slots[slot] = first
    return State(templates, slots).without(clashing)


def _buffer(cell: Cell) -> Buffer:
    return padded.with_marks(BufferContents(cell.value.array_type), cell)


def _joined_buffers(a: Buffer, b: Buffer, larger: Larger) -> Buffer | None:
    """Return the template of what is one of two buffers, None if their sizes cannot meet."""
    if _same_dims(a, b):
        return padded.with_marks(a, b)
    joins = isinstance(a, Padded) or isinstance(b, Padded) or sizes_may_change()
    return padded.merged(a, b, larger) if joins else None


def no_common_size(a: Buffer, b: Buffer) -> str:
    """Return why two buffers have no common template."""
    types = (ArrayType(t.dtype, t.room) for t in map(padded.of_buffer, (a, b)))
    return NO_COMMON_SIZE.format(*types)


# ---------------------------------------------------------------- what was made inside


def name_slots(
    contents: Mapping[Hashable, Any], scope: Scope | None, packing: Packing | None = None
) -> Packing:
    """Name each buffer and object made in a region by the set of places that refer to it.

    Where several things have the same places at a time, each is named by the first of the places
    that refers to it. The names do not depend on the iteration of a loop, so swaps and rotations
    converge.
    """
    packing = Packing(scope) if packing is None else packing
    for group in _by_places(_found_in(contents, packing)):
        apart = len(group) > 1 and not _never_together(group)
        for thing, places in group:
            if apart:
                _name_by_first_place(thing, places, packing)
            else:
                slot = Slot(tuple(sorted(places, key=str)), _kind(thing))
                packing.slots.setdefault(slot, []).append((any_of(places.values()), thing))
                packing.slots_of.update({(id(thing), path): [(TRUE, slot)] for path in places})
    return packing


def _name_by_first_place(thing: Any, places: dict[Path, Condition], packing: Packing) -> None:
    homes: list[tuple[Condition, Slot]] = []
    for path, condition in places.items():
        slot = Slot((path,), _kind(thing))
        here = [(home, own) for home, own in homes if not exclude(home, condition)]
        first = all_of([condition, *(~home for home, _ in here)])
        if first.known is not False:
            here.append((first, slot))
            homes.append((first, slot))
            packing.slots.setdefault(slot, []).append((first, thing))
        packing.slots_of[id(thing), path] = here


Found = tuple[Any, dict[Path, Condition]]
"""Something made inside, and under which conditions it is found at which places."""


def _found_in(contents: Mapping[Hashable, Any], packing: Packing) -> Iterable[Found]:
    """Return what was made inside."""
    found: dict[int, tuple[Any, dict[Path, Condition]]] = {}

    def visit(content: Any, path: Path, when: Condition, around: tuple[int, ...]) -> None:
        if isinstance(content, Union):
            for condition, alternative in alternatives(content):
                visit(alternative, path, all_of([when, condition]), around)
            return
        thing = content.cell if isinstance(content, Array) else content
        made = packing.is_inside(thing) if isinstance(thing, Cell) else packing.is_made(thing)
        if made:
            places = found.setdefault(id(thing), (thing, {}))[1]
            places[path] = any_of([places[path], when]) if path in places else when
            if isinstance(thing, Cell) or id(thing) in around:
                return
            content, around = content_of(thing), (*around, id(thing))
        if isinstance(content, tuple | Items):
            keyed = content.items() if isinstance(content, Items) else enumerate(content)
            for key, item in keyed:
                visit(item, (*path, key), when, around)

    for key, content in contents.items():
        visit(content, (key,), TRUE, ())
    return found.values()


def _by_places(found: Iterable[Found]) -> list[list[Found]]:
    """Return what was found, things of one kind at the same places together."""
    groups: dict[Hashable, list[Found]] = {}
    for thing, places in found:
        groups.setdefault((_kind(thing), frozenset(places)), []).append((thing, places))
    return list(groups.values())


def _kind(thing: Any) -> Any:
    return (thing.value.dtype, thing.value.ndim) if isinstance(thing, Cell) else type(thing)


def _never_together(group: Sequence[Found]) -> bool:
    """Return whether, of several things with the same places, only one is there at a time."""
    pairs = [(a, b) for (_, a), (_, b) in combinations(group, 2)]
    return all(exclude(p, q) for a, b in pairs for p in a.values() for q in b.values())


def without_masks(content: Any, is_visible: Visible) -> Any:
    """Return a content in which selections by masks are arrays where they cannot be passed on."""

    def passed_on(_: Path, part: Any) -> Any:
        if isinstance(part, Union):
            parts = tuple((when, passed_on((), x)) for when, x in part.alternatives)
            pairs = zip(parts, part.alternatives, strict=True)
            return part if all(a is b for (_, a), (_, b) in pairs) else Union(parts)
        if not isinstance(part, Masked):
            return part
        hidden = not all(map(is_visible, part.full.dims))
        return part.elements() if hidden or sizes_may_change() else part

    return with_parts(content, passed_on)
