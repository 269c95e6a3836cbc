"""The interface of a recursive routine: what goes in, what comes out, what is changed outside.

Enters: what the calls of a routine hand over and return. Leaves: the templates of all that. Lists,
dicts and objects that the program has made travel in slots, as do buffers that several arrays
share; other arrays are handed over as views of buffers around the routine, or by their contents.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from autograph.frontend.symbols.condition import TRUE, Condition, all_of
from autograph.frontend.symbols.symbolic import Array
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.composite import Container, OneOf, merge_all
from autograph.frontend.tracing.contents import part_of
from autograph.frontend.tracing.heap import content_of, is_heap
from autograph.frontend.tracing.journal import UNBOUND, Items
from autograph.frontend.tracing.listed import ANY, handed_on
from autograph.frontend.tracing.passing import Given, Passed, Passing, Sized, result_types
from autograph.frontend.tracing.slots import Slot
from autograph.frontend.tracing.state import State, name_slots
from autograph.frontend.tracing.template import Static, Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType
from autograph.ops.recursion import ResultType

Contents = Mapping[Hashable, Any]
Things = Mapping[Slot, Sequence[tuple[Condition, Any]]]
"""By slot, what travels there, each with the condition under which it does."""


class Interface(Struct):
    """What goes into a routine and comes out of it.

    Attributes:
        arguments: By name, what an argument may be.
        state: By place outside that the routine changes, what it may hold, before or after.
        result: What it returns, and what becomes of what it was given; None as long as that is not
            known.
        written: The numbers of those arrays handed over by their contents that it changes.
        changed: The slots of the lists, dicts and objects handed over that it changes.
        returned: The numbers of those arrays that one that it returns as a new one may be.
        told: The numbers of those that it may return as they are, and says so.
        around: The buffers from outside that such an array may be.
        kept: The numbers and slots of what lists hold from then on.
        moved: The arguments whose lists, dicts and objects are handed over by their contents, even
            if they are from outside.
        caught: The classes of exceptions that the routine catches around calls of itself.
    """

    arguments: State
    state: dict[Hashable, Template] = field(default_factory=dict)
    result: State | None = None
    written: frozenset[int] = frozenset()
    changed: frozenset[Slot] = frozenset()
    returned: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    around: frozenset[Any] = frozenset()
    kept: frozenset[Any] = frozenset()
    moved: frozenset[str] = frozenset()
    caught: frozenset[tuple[type[BaseException], ...]] = frozenset()

    @property
    def given(self) -> Hashable:
        """What is equal for interfaces that take the same."""
        state = tuple((place, template_key(t)) for place, t in self.state.items())
        return self.arguments.key, state, self.moved, self.caught

    @property
    def key(self) -> Hashable:
        """What is equal for equal interfaces."""
        result = None if self.result is None else self.result.key
        changes = (self.written, self.changed, self.kept)
        return self.given, result, changes, self.returned, self.told, self.around

    @property
    def nesting(self) -> int:
        """How deep tuples are nested in what it takes or returns."""
        return max(self.arguments.nesting, 0 if self.result is None else self.result.nesting)

    def copy(self) -> Interface:
        """Return an equal interface."""
        return replace(self, state=dict(self.state))

    def input_types(self) -> list[ArrayType]:
        """Return the types of what goes in."""
        return [*self.arguments.types(), *self.state_types()]

    def state_types(self) -> list[ArrayType]:
        """Return the types of what comes out at places."""
        return [t for x in self.state.values() for t in x.types()]

    @property
    def objects(self) -> list[Slot]:
        """The slots of the lists, dicts and objects that are handed over."""
        return [slot for slot in self.arguments.slots if not slot.is_buffer]

    def results_of_call(
        self, operands: Sequence[Value]
    ) -> tuple[list[ResultType], list[tuple[int, int]]]:
        """Return the types of what a call returns, and which operands it writes in place."""
        assert self.result is not None
        found = result_types([*self.result.types(), *self.state_types()])
        first = len(self.result.types())
        given = len(self.input_types()) - len(self.state_types())
        writes = [
            (first + k, given + k) for k, t in enumerate(found[first:]) if t.dims and not t.unknown
        ]
        for position in sorted(self.written):
            writes.append((len(found), position))
            found.append(ResultType(operands[position].dtype, operands[position].dims))
        return found, writes

    def without_result(self) -> None:
        """Forget what it returns: that was found for other arguments."""
        self.result = None
        self.returned = self.told = frozenset()
        self.around = self.changed = self.written = self.kept = frozenset()


# ---------------------------------------------------------------- templates


def handed_state(contents: Contents, packing: Passing) -> State:
    """Return the templates of what is handed over together."""
    name_slots(contents, packing.scope, packing)
    packing.keep_shared()
    packing.name_given()
    visible = packing.is_visible
    templates = {
        place: handed_on(packing.template_of(content, (place,)), visible)
        for place, content in contents.items()
    }
    slots: dict[Slot, Template] = {}
    for slot, things in packing.slots.items():
        if slot.is_buffer:
            slots[slot] = merge_sized([Sized.of(cell, visible) for _, cell in things])
            continue
        own = [packing.template_of(content_of(x), slot.places[0]) for _, x in things]
        slots[slot] = handed_on(merge_all(own), visible)
    return State(templates, slots)


def returned_state(contents: Contents, packing: Passing, interface: Interface) -> State:
    """Return the templates of what is handed back: of what was handed over, what has changed."""
    state = handed_state(contents, packing)
    objects, changed = interface.objects, interface.changed
    unchanged = {(Given(k),) for k, slot in enumerate(objects) if slot not in changed}
    slots = {s: t for s, t in state.slots.items() if s.places[0] not in unchanged}
    return State(state.templates, slots)


def merge_sized(templates: Sequence[Sized]) -> Sized:
    """Return the template of one of several buffers."""
    first, *others = templates
    for other in others:
        pairs = zip(first.dims, other.dims, strict=True)
        dims = tuple(a if a == b else None for a, b in pairs)
        first = replace(first, dims=dims, room=tuple(ANY if d is None else d for d in dims))
    return first


def joined(a: State, b: State) -> State:
    """Return the templates of what is handed over by either of two calls."""

    def open_size(x: Affine, y: Affine) -> Affine:
        return ANY

    state = a.merged(b, open_size)
    templates = {place: handed_on(t, _everything) for place, t in state.templates.items()}
    return State(templates, {s: handed_on(t, _everything) for s, t in state.slots.items()})


def having(state: State, places: Iterable[Hashable]) -> State:
    """Return the templates with those of places where nothing was handed over so far."""
    new = {place: Static(UNBOUND) for place in places if place not in state.templates}
    return State({**state.templates, **new}, state.slots)


def _everything(form: Affine) -> bool:
    return True


# ---------------------------------------------------------------- arrays


class HandedArray(Struct, frozen=True):
    """An array that is handed over by its contents.

    Attributes:
        position: The number of the operand that its contents are.
        when: The condition under which it is this array.
        array: The array.
    """

    position: int
    when: Condition
    array: Array


def arrays_handed(state: State, contents: Contents, things: Things) -> list[HandedArray]:
    """Return the arrays that are handed over by their contents, and the operands they are."""
    found: list[HandedArray] = []
    position = 0
    for place, template in state.templates.items():
        found += _arrays_at(template, contents[place], position, TRUE)
        position += len(template.types())
    for slot, template in state.slots.items():
        count = len(template.types())
        for when, thing in things.get(slot, ()):
            if slot.is_buffer:
                found.append(HandedArray(position + count - 1, when, Array(thing)))
            else:
                found += _arrays_at(template, content_of(thing), position, when)
        position += count
    return found


def _arrays_at(
    template: Template, content: Any, position: int, when: Condition
) -> Iterator[HandedArray]:
    content = narrow(content)
    if isinstance(content, np.ndarray):
        content = tracer().lift(content)
    if isinstance(content, Union):
        for also, part in alternatives(content):
            yield from _arrays_at(template, part, position, all_of([when, also]))
    elif isinstance(template, OneOf):
        for start, alternative in _alternatives_at(template, position):
            if _fits(alternative, content):
                yield from _arrays_at(alternative, content, start, when)
    elif isinstance(template, Container):
        for start, item, key in _items_at(template, content, position):
            yield from _arrays_at(item, part_of(content, key), start, when)
    elif isinstance(template, Passed) and template.handle is None and isinstance(content, Array):
        yield HandedArray(position + len(template.types()) - 1, when, content)


def _items_at(
    template: Container, content: Any, position: int
) -> Iterator[tuple[int, Template, Any]]:
    """Yield the items of a container that are there, with where their leaves begin, and keys."""
    for key, item in template.pairs() if isinstance(content, tuple | Items) else ():
        if part_of(content, key) is not UNBOUND:
            yield position, item, key
        position += len(item.types())


def _alternatives_at(template: OneOf, position: int) -> Iterator[tuple[int, Template]]:
    """Yield the alternatives, each with where its leaves begin."""
    position += len(template.alternatives) - 1
    for group in template.storage().values():
        for k in group:
            yield position, template.alternatives[k]
        position += len(template.alternatives[group[0]].types())


def _fits(template: Template, content: Any) -> bool:
    if isinstance(template, Passed):
        alike = isinstance(content, Array) and len(template.dims) == content.ndim
        return alike and template.dtype == content.dtype
    return isinstance(template, Container) and type(content) is template.kind


def is_made(content: Any) -> bool:
    """Return whether something is a list, dict or object that the program made, in no pool."""
    made = is_heap(content) and tracer().birth(content) is not None
    return made and tracer().pools.row_of(content) is None


def arrays_in_all(contents: Sequence[Any]) -> list[Array]:
    """Return the arrays in contents, and in the lists, dicts and objects among them."""
    found: list[Array] = []
    seen: set[int] = set()

    def visit(content: Any) -> None:
        if isinstance(content, Union):
            for _, part in alternatives(content):
                visit(part)
        elif isinstance(content, Array):
            found.append(content)
        elif isinstance(content, tuple):
            for part in content:
                visit(part)
        elif isinstance(content, Items):
            visit(tuple(content.values()))
        elif is_made(content) and id(content) not in seen:
            seen.add(id(content))
            visit(content_of(content))

    visit(tuple(contents))
    return found
