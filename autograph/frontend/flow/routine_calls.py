"""One call of a recursive routine: what the caller has handed over, what the routine has received.

Enters: contents as they are handed over. Leaves: what the routine changed in them, found on the
inside and written back on the outside.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from autograph.errors import Site, UnsupportedError
from autograph.frontend.flow.control import condition_of, without_unbound
from autograph.frontend.symbols.completion import THROW, Completion
from autograph.frontend.symbols.condition import TRUE
from autograph.frontend.symbols.context import Leaves, unsupported
from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.leaves import leaf_value, select
from autograph.frontend.symbols.symbolic import Cell
from autograph.frontend.symbols.union import Union, Unjoined, alternatives
from autograph.frontend.tracing.composite import Container, OneOf
from autograph.frontend.tracing.heap import Elements, content_of, empty_object, place_of
from autograph.frontend.tracing.interface import (
    HandedArray,
    Interface,
    arrays_handed,
    arrays_in_all,
    is_made,
)
from autograph.frontend.tracing.journal import UNBOUND, Items, same_content
from autograph.frontend.tracing.passing import Given, Passing
from autograph.frontend.tracing.slots import Slot
from autograph.frontend.tracing.template import Reference, Static, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

ELSEWHERE = (
    "is a list, dict or object that a recursive function is handed and also knows under another "
    "name; pass a copy, or use it under one name only"
)


def given_slot(interface: Interface, slot: Slot) -> Slot:
    """Return the slot in which something that was handed over in a slot is found at the end."""
    return Slot(((Given(interface.objects.index(slot)),),), slot.kind)


class Received(Struct, frozen=True):
    """What the routine has received, seen from inside.

    Attributes:
        numbers: By buffer, the numbers of arrays that were handed over by their contents.
        made: By slot, what stands for the lists, dicts, objects and shared buffers handed over.
        before: By slot, what the lists, dicts and objects contained.
        loose: Buffers of other arrays among what was received, and their contents.
        params: The params of the routine.
        function: The converted function.
    """

    numbers: dict[Cell, int]
    made: Mapping[Slot, Any]
    before: Mapping[Slot, Any]
    loose: Mapping[Cell, Value]
    params: Sequence[Value]
    function: Any

    @staticmethod
    def of(
        interface: Interface,
        arguments: Mapping[Hashable, Any],
        made: Mapping[Slot, Any],
        params: Sequence[Value],
        function: types.FunctionType,
    ) -> Received:
        """Return what has just been received."""
        things = {slot: [(TRUE, thing)] for slot, thing in made.items()}
        arrays = arrays_handed(interface.arguments, arguments, things)
        numbers = {one.array.cell: one.position for one in arrays}
        objects = {slot: thing for slot, thing in made.items() if not slot.is_buffer}
        cells = [a.cell for a in arrays_in_all([*arguments.values(), *objects.values()])]
        here = tracer().top
        loose = {c: c.value for c in cells if c not in numbers and c.birth is here}
        before = {slot: content_of(thing) for slot, thing in objects.items()}
        return Received(numbers, made, before, loose, params, function)

    def written(self) -> frozenset[int]:
        """Return the numbers of the arrays that were changed."""
        if any(cell.value is not value for cell, value in self.loose.items()):
            raise shares_memory(self.function)
        return frozenset(k for c, k in self.numbers.items() if c.value is not self.params[k])

    def changed(self) -> frozenset[Slot]:
        """Return the slots of the lists, dicts and objects that were changed."""
        now = {slot: content_of(self.made[slot]) for slot in self.before}
        return frozenset(s for s, x in self.before.items() if not same_content(x, now[s]))

    def kept(self) -> frozenset[Any]:
        """Return the numbers and slots of what lists hold from now on."""
        arrays = {number for cell, number in self.numbers.items() if cell.fixed}
        return frozenset(arrays | {s for s in self.before if tracer().is_held(self.made[s])})


class Call(Struct, frozen=True):
    """A call of the routine, seen by the caller.

    Attributes:
        operands: All that is handed over.
        arrays: The arrays that are handed over by their contents.
        packing: Where lists, dicts, objects and shared buffers travel.
        function: The converted function.
    """

    operands: list[Value]
    arrays: list[HandedArray]
    packing: Passing
    function: Any

    def write_back(self, written: Mapping[int, Value]) -> None:
        """Write what the routine has changed in arrays, given by the numbers of the operands."""
        for one in self.arrays:
            if one.position not in written:
                continue
            value, array = written[one.position], one.array
            if one.when.known is not True:
                if value.dims != array.dims:
                    raise shares_memory(self.function)
                value = leaf_value(select(one.when, value, array.read()))
            array.write(value)

    def given(self, interface: Interface) -> dict[Any, Any]:
        """Return what was handed over, by the slot in which it is found at the end."""
        found: dict[Any, Any] = {}
        for slot in interface.objects:
            things = self.packing.slots.get(slot)
            if not things:  # nothing of this kind in this call
                assert isinstance(slot.kind, type)
                things = [(TRUE, tracer().mark_made(empty_object(slot.kind)))]
            elif slot in interface.changed:
                if len(things) > 1 or things[0][0].known is not True:
                    raise shares_memory(self.function)
                tracer().log_object(things[0][1])
            thing = things[0][1] if len(things) == 1 else Union(tuple(things))
            found[given_slot(interface, slot)] = thing
        return found

    def note_kept(self, interface: Interface) -> None:
        """Note what lists hold from now on, which must not change any more."""
        for one in self.arrays:
            if one.position in interface.kept:
                one.array.cell.fixed = True
        for slot in interface.objects:
            for _, thing in self.packing.slots.get(slot, ()) if slot in interface.kept else ():
                tracer().hold(thing, None)


# ---------------------------------------------------------------- results and exceptions

RESULT, ERROR, THROWN = "result", "error", "thrown"
"""The places of what a routine returns, of what it throws instead, and of whether it does."""


def outcome_of(completion: Completion, results: Mapping[str, Any]) -> dict[Hashable, Any]:
    """Return what a routine hands back, by place, at its end."""
    outcome: dict[Hashable, Any] = {place: bound_part(x) for place, x in results.items()}
    if THROW in completion.codes:
        outcome[ERROR] = bound_part(tracer().pending.read())
        outcome[THROWN] = completion.condition(THROW).number()
    return outcome


def returned(outcome: Mapping[Hashable, Any], place: str) -> Any:
    """Return the result of a call, after leaving the block by the exception that it throws."""
    result = bound_part(outcome[place])
    if THROWN in outcome:
        trace, condition = tracer(), ~condition_of(outcome[THROWN])
        error = bound_part(outcome[ERROR])
        caught = any(trace.catches(e) for _, e in alternatives(error))
        if result is UNBOUND and caught:
            trace.write(trace.pending, error)
            raise Leaves(THROW)
        if result is UNBOUND:
            trace.fail("the program raises an exception")
        if caught:
            trace.throw_unless(condition, lambda: error)
        else:
            trace.check(condition.value(), "the program raises an exception")
            trace.learn(condition)
    return without_unbound(result)


def bound_part(content: Any) -> Any:
    """Return a content without the alternative of there being none."""
    rest = tuple((when, part) for when, part in alternatives(content) if part is not UNBOUND)
    if len(rest) > 1:
        return Union(rest)
    return rest[0][1] if rest else UNBOUND


def shares_memory(function: types.FunctionType) -> Exception:
    """Return the error for what a routine would see, or change, in two ways."""
    return UnsupportedError(
        f"{function.__name__}, which calls itself as deep as run-time values say, changes an array "
        "or a list that it also knows under another name, which is not supported; pass a copy",
        definition(function),
    )


def definition(function: types.FunctionType) -> Site:
    """Return the place where a function is defined."""
    code = function.__code__
    line = code.co_firstlineno
    columns = (column for start, _, column, _ in code.co_positions() if start == line and column)
    return Site(code.co_filename, line, next(columns, 0), code.co_name)


# ---------------------------------------------------------------- lists from outside


def is_mixed(template: Template) -> bool:
    """Return whether calls hand over something made in the routine, and others from outside."""
    if isinstance(template, Container):
        return any(map(is_mixed, template.items))
    if not isinstance(template, OneOf):
        return False
    made = any(isinstance(t, Reference) for t in template.alternatives)
    around = any(isinstance(t, Static) and is_made(t.content) for t in template.alternatives)
    return (made and around) or any(map(is_mixed, template.alternatives))


def made_among(contents: Sequence[Any]) -> list[Any]:
    """Return the lists, dicts and objects among contents that the program has made."""
    found: dict[int, Any] = {}

    def visit(content: Any) -> None:
        if isinstance(content, Union):
            for _, part in alternatives(content):
                visit(part)
        elif isinstance(content, tuple):
            for part in content:
                visit(part)
        elif isinstance(content, Items):
            visit(tuple(content.values()))
        elif is_made(content) and id(content) not in found:
            found[id(content)] = content
            visit(content_of(content))

    visit(tuple(contents))
    return list(found.values())


class _Elsewhere(Growing):
    """Stands for the items of a list that must not be looked at here."""

    def _require_current(self) -> None:
        raise unsupported(f"this {ELSEWHERE}")


@contextmanager
def elsewhere(things: Sequence[Any]) -> Iterator[None]:
    """Have nobody look into some lists, dicts and objects."""
    before = [(place, place.read()) for place in map(place_of, things) if place is not None]
    hidden = Unjoined(ELSEWHERE, None)
    for place, content in before:
        if isinstance(content, Items):
            place.write(type(content)((key, hidden) for key in content))
        else:
            items = _Elsewhere(OneOf(()), (), Affine(0), Affine(0))
            place.write(Elements((items,)))
    try:
        yield
    finally:
        for place, content in before:
            place.write(content)
