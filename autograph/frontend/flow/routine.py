"""Routines: functions that are traced once and call themselves when the program runs.

What a routine takes and returns, and what it changes outside, is found as a fixpoint: the first
trial takes a call of itself not to return at all, later ones to return what the trial before did.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Collection, Hashable, Mapping, Sequence
from inspect import BoundArguments
from itertools import islice
from typing import Any

from autograph.errors import UnsupportedError
from autograph.frontend.flow.activations import traced
from autograph.frontend.flow.around import differing, needed
from autograph.frontend.flow.control import run_block
from autograph.frontend.flow.fixpoint import TRIALS, grows, leaf_of
from autograph.frontend.flow.members import WHICH, Member, Members
from autograph.frontend.flow.outer_places import OuterPlaces
from autograph.frontend.flow.routine_calls import (
    Call,
    Received,
    bound_part,
    definition,
    elsewhere,
    given_slot,
    is_mixed,
    made_among,
    outcome_of,
    returned,
    shares_memory,
)
from autograph.frontend.symbols.completion import NORMAL, RAISE
from autograph.frontend.symbols.decisions import Key, Restart
from autograph.frontend.symbols.symbolic import Cell
from autograph.frontend.symbols.union import Unjoined, narrow
from autograph.frontend.tracing.composite import merge
from autograph.frontend.tracing.interface import (
    HandedArray,
    Interface,
    arrays_handed,
    arrays_in_all,
    handed_state,
    having,
    joined,
    returned_state,
)
from autograph.frontend.tracing.journal import (
    Box,
    BoxPlace,
    Scope,
)
from autograph.frontend.tracing.passing import (
    Given,
    Passing,
    operands_of,
    params_of,
    with_room,
)
from autograph.frontend.tracing.routine_graph import closed_routine, shifted
from autograph.frontend.tracing.slots import Slot
from autograph.frontend.tracing.state import State
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.graph import Value
from autograph.ops.recursion import make_recurse, make_recursion

STORED = (
    "a recursive function whose depth depends on run-time values stores a list, dict or object "
    "that it has made outside of itself, which is not supported; return it, or change one that was "
    "made before the first call"
)

Outcome = dict[Hashable, Any]
"""What a routine hands back, by place."""

NESTED = 2
"""How many levels of objects in objects, and trials, until the objects are kept in pools."""

DEEPEST = 0.9
"""How much of Python's limit on recursion compiled code makes use of; what is left is the caller's.

Deeper calls run as plain Python, which then raises RecursionError, or does not.
"""


class Routine:
    """A function that is traced once and called by nodes.

    Args:
        key: What it is known by.
        bound: The arguments of the call from outside.
        function: The converted function.

    Attributes:
        start: The number of activations around it.
    """

    def __init__(self, key: Key, bound: BoundArguments, function: types.FunctionType) -> None:
        self.key, self.bound, self.function = key, bound, function
        self.members = Members(tracer().decisions.together(key))
        self.first = self.members.find(key, function, bound)
        self.start = len(tracer().activations)
        self.interface = Interface(self._arguments_from_outside(frozenset()))
        self.found = self.interface
        self.places = OuterPlaces()
        self.scope: Scope | None = None
        self.frames = 1
        self.sources: list[tuple[Cell, Value]] = []
        self.refused: Exception | Restart | None = None
        self.nested: Any = None
        self.handlers = 0
        self.is_unknown = False
        self.nestings: list[int] = []

    # ------------------------------------------------------------ the call from outside

    def call(self) -> Any:
        """Trace the routine and emit the call of it from outside."""
        for number in range(TRIALS):
            with elsewhere(self._moved(self.interface.moved)):
                scope = self._trial()
            found, supposed = self.found, self.interface
            settled = found.key == supposed.key and not self.is_unknown
            if found.moved != supposed.moved:
                found.arguments = self._arguments_from_outside(found.moved)
            if found.arguments.key != supposed.arguments.key:
                self.places, found.state = OuterPlaces(), {}
                found.without_result()
            elif self.refused is not None:
                raise self.refused
            self.interface = found
            self.nestings.append(found.nesting)
            if grows(self.nestings):
                tracer().require_nested_tuples()
            if settled:
                return self._emit(scope)
            if number >= NESTED and self.nested is not None:
                raise tracer().needs_pool(self.nested, self._unsettled())
        raise UnsupportedError(self._unsettled(), definition(self.function))

    def _unsettled(self) -> str:
        names = ", ".join(self.bound.arguments)
        return (
            f"what {self.function.__name__} takes ({names}) or returns does not settle to a fixed "
            "set of types as it calls itself; pass and return numbers and arrays of one kind, and "
            "for what is nested as deep as the data say, objects of a class, not tuples"
        )

    def _arguments_from_outside(self, moved: frozenset[str]) -> State:
        contents = self._from_outside()
        return handed_state(contents, Passing(None, moved=_identities(self._moved(moved))))

    def _moved(self, names: Collection[str]) -> list[Any]:
        """Return the lists, dicts and objects from outside that are handed over by contents."""
        contents = self._from_outside()
        return made_among([contents[name] for name in names])

    def _from_outside(self) -> dict[Hashable, Any]:
        return self.members.contents(self.first, self.function, self.bound)

    def _emit(self, scope: Scope) -> Any:
        trace, interface = tracer(), self.interface
        if interface.result is None:
            trace.fail("RecursionError: the recursion has no end")
        graph, captured = closed_routine(scope.graph)
        self._require_unseen(captured)
        packing = Passing(None, moved=_identities(self._moved(interface.moved)))
        call = self._handed(self._from_outside(), packing)
        self._require_unseen(captured)
        deepest = int(DEEPEST * sys.getrecursionlimit() / self.frames)
        types_, writes = interface.results_of_call(call.operands)
        given = [*captured, *call.operands]
        results = make_recursion(graph, given, types_, shifted(writes, len(captured)), deepest)
        return self._received(results, call, self.first)

    def _trial(self) -> Scope:
        """Trace the body once, for the interface that is supposed."""
        trace = tracer()
        trace.traces += 1
        self.found, self.sources, self.refused = self.interface.copy(), [], None
        self.is_unknown = False
        scope = self.scope = trace.push(self.function.__name__)
        handlers = trace.handlers
        trace.handlers = [*handlers, *sorted(self.interface.caught, key=str)]
        self.handlers = len(trace.handlers)
        trace.routines.append(self)
        try:
            self._trace_body(scope)
        finally:
            trace.routines.pop()
            trace.handlers = handlers
        trace.pop(scope)
        return scope

    def _trace_body(self, scope: Scope) -> None:
        trace, interface = tracer(), self.interface
        types_ = interface.input_types()
        params = params_of(types_, self._names())
        scope.graph.params += params
        trace.loops.update((p, self.key) for p in params if not p.ndim)
        leaves = [leaf_of(p) for p in params]
        made: dict[Slot, Any] = {}
        count = len(interface.arguments.types())
        arguments = interface.arguments.unpack(leaves[:count], made)
        rest = iter(leaves[count:])
        self.places.unpack(interface.state, rest)
        received = Received.of(interface, arguments, made, params, self.function)
        outcome = self._run({str(name): x for name, x in arguments.items()})
        if outcome is None:
            return
        self._note_changes(scope)
        self._note_result(outcome, received)
        if self.found.key == interface.key and self.refused is None:
            scope.graph.results = self._results(outcome, received)

    def _run(self, arguments: Mapping[str, Any]) -> Outcome | None:
        """Run the body; return what it hands back, None if it never ends."""
        trace = tracer()
        results = {member.result: BoxPlace(Box(), "the result") for member in self.members}
        for place in results.values():
            trace.born(place.owner)

        def run_member(member: Member) -> int:
            contents = {name: bound_part(x) for name, x in arguments.items()}
            bound, lifted = member.bound(contents), member.lifted(contents)
            result = traced(lifted, bound.args, bound.kwargs, member.key)
            trace.write(results[member.result], result)
            return NORMAL

        trace.frames.append(tuple(results.values()))
        completion = run_block(self.members.dispatch(arguments.get(WHICH), run_member))
        trace.frames.pop()
        if completion.only == RAISE:
            return None
        return outcome_of(completion, {name: p.owner.content for name, p in results.items()})

    def _names(self) -> list[str | None]:
        found: list[str | None] = []
        arguments = self.interface.arguments
        for name, template in arguments.templates.items():
            found += [str(name)] * len(template.types())
        for slot, template in arguments.slots.items():
            found += [str(slot.places[0][0])] * len(template.types())
        return found + self.places.names(self.interface.state)

    # ------------------------------------------------------------ what the body leaves

    def _note_changes(self, scope: Scope) -> None:
        """Note the places outside that the body has changed so far, and what they hold."""
        for key, before in self.places.add_changed(scope).items():
            self.found.state[key] = Passing(None).template_of(before, (key,))
        self._merge_state(scope)

    def _merge_state(self, scope: Scope) -> None:
        packing, trace = Passing(scope), tracer()
        for key, template in self.found.state.items():
            content = narrow(self.places[key].read())
            made = [thing for thing in made_among([content]) if packing.is_made(thing)]
            if made:
                self.refused = trace.needs_pool(made[-1], STORED)
                continue
            merged = merge(template, packing.template_of(content, (key,)))
            self.found.state[key] = with_room(merged, (self.key, self.places[key].name))

    def _note_result(self, outcome: Outcome, received: Received) -> None:
        results = [outcome[member.result] for member in self.members if member.result in outcome]
        for content in results:
            if isinstance(content, Unjoined):
                raise content.error(f"the result of {self.function.__name__}")
        found = self.found
        found.written |= received.written()
        found.changed |= received.changed()
        if found.given != self.interface.given:  # what it returns for others tells nothing
            found.without_result()
            return
        contents, packing = self._left(outcome, received)
        state = returned_state(contents, packing, found)
        deep = [slot for slot in packing.slots if len(slot.places[0]) > NESTED]
        self.nested = packing.slots[deep[0]][0][1] if deep else None
        found.result = state if found.result is None else joined(found.result, state)
        found.kept |= received.kept()
        arrays = arrays_in_all(
            [*results, *(x for s, x in received.made.items() if s in found.changed)]
        )
        cells = {array.cell for array in arrays if not packing.is_itself(array)}
        told = {array.cell for array in arrays if packing.is_itself(array)}
        numbers = received.numbers
        found.told |= {k for cell, k in numbers.items() if cell in told}
        found.returned |= {k for cell, k in numbers.items() if any(map(cell.may_be, cells))}
        assert self.scope is not None
        found.around |= {cell for cell in cells if not cell.birth.within(self.scope)}

    def _left(self, outcome: Outcome, received: Received) -> tuple[Outcome, Passing]:
        """Return what the routine returns and what it was given, and their packing."""
        packing = Passing(self.scope, received=received.numbers)
        contents = dict(outcome)
        for slot, thing in received.made.items():
            if not slot.is_buffer:
                contents[Given(self.interface.objects.index(slot))] = thing
        return contents, packing

    def _results(self, outcome: Outcome, received: Received) -> list[Value]:
        """Emit the results of the routine."""
        interface = self.interface
        assert interface.result is not None
        contents, packing = self._left(outcome, received)
        returned_state(contents, packing, interface)
        leaves = interface.result.pack(contents, packing)
        leaves += self.places.pack(interface.state, self.scope)
        values = operands_of(leaves, [*interface.result.types(), *interface.state_types()])
        cells = {k: cell for cell, k in received.numbers.items()}
        return [*values, *(cells[k].value for k in sorted(interface.written))]

    # ------------------------------------------------------------ calls

    def call_itself(self, key: Key, function: types.FunctionType, bound: BoundArguments) -> Any:
        """Emit a call from within the body; in a trial that supposes less, end the path here."""
        trace, member = tracer(), self.members.find(key, function, bound)
        self._require_handed_over(member, function)
        contents = self.members.contents(member, function, bound)
        self.frames = max(self.frames, len(trace.activations) - self.start)
        packing = Passing(self.scope)
        arguments = handed_state(contents, packing)
        found = self.found
        found.arguments = having(found.arguments, self.members.places)
        found.arguments = joined(found.arguments, arguments)
        for name, template in found.arguments.templates.items():
            if is_mixed(template):
                found.moved |= {str(name)}
        found.caught |= set(trace.handlers[self.handlers :])
        assert self.scope is not None
        self._note_changes(self.scope)
        supposed = self.interface
        if supposed.result is None or found.given != supposed.given:
            self.is_unknown = self.is_unknown or found.given != supposed.given
            trace.fail("the call is not known yet")
        call = self._handed(contents, packing)
        types_, writes = supposed.results_of_call(call.operands)
        results = make_recurse(call.operands, types_, writes)
        return self._received(results, call, member, from_inside=True)

    def _require_handed_over(self, member: Member, function: types.FunctionType) -> None:
        """Start again if variables around a function differ that are not handed over."""
        assert self.scope is not None
        missing = differing(function, member.function, self.scope) - member.around
        if missing:
            raise Restart(needed(function, member.key[1], missing))

    def _handed(self, contents: Mapping[Hashable, Any], packing: Passing) -> Call:
        """Emit what a call hands over: the arguments, and what is at the places."""
        interface = self.interface
        if packing.scope is None:
            handed_state(contents, packing)
        leaves = interface.arguments.pack(contents, packing)
        leaves += self.places.pack(interface.state, packing.scope)
        operands = operands_of(leaves, interface.input_types())
        arrays = arrays_handed(interface.arguments, contents, packing.slots)
        self._note_sources(arrays)
        return Call(operands, arrays, packing, self.function)

    def _received(
        self, results: Sequence[Value], call: Call, member: Member, *, from_inside: bool = False
    ) -> Any:
        """Return what a call returns, and write what it has changed.

        From inside, an array that is an argument comes as a copy of it.
        """
        interface = self.interface
        assert interface.result is not None
        written = islice(results, len(results) - len(interface.written), None)
        call.write_back(dict(zip(sorted(interface.written), written, strict=True)))
        leaves = [leaf_of(v) for v in results]
        count = len(interface.result.types())
        made: dict[Any, Any] = call.given(interface)
        if not from_inside:
            made.update((a.position, a.array) for a in call.arrays)
        outcome = interface.result.unpack(leaves[:count], made)
        rest = iter(leaves[count:])
        self.places.unpack(interface.state, rest)
        changed = [made[given_slot(interface, s)] for s in interface.changed]
        told = interface.told if from_inside else frozenset()
        self._note_origins([outcome[member.result], *changed], call, told)
        call.note_kept(interface)
        return returned(outcome, member.result)

    def _note_origins(self, contents: Sequence[Any], call: Call, told: frozenset[int]) -> None:
        """Note which arrays a result may be: it comes as a new one."""
        returned, around = self.interface.returned | told, self.interface.around
        sources = {a.array.cell for a in call.arrays if a.position in returned} | around
        cells = {array.cell for array in arrays_in_all(contents)} - sources
        for cell in cells if sources else ():
            tracer().note_origin(cell, *sources)

    # ------------------------------------------------------------ memory

    def _note_sources(self, handed: Sequence[HandedArray]) -> None:
        """Refuse arrays that the routine could see, or change, in two ways."""
        for one in handed:
            cell = one.array.cell
            others = [x for x in handed if x.position != one.position and x.array.cell is cell]
            written = one.position in self.interface.written
            if self.places.hold(cell) or (written and others):
                raise shares_memory(self.function)
            if written:
                self.sources.append((cell, cell.value))

    def _require_unseen(self, captured: Sequence[Value]) -> None:
        """Refuse to change an array that the routine also reads under another name."""
        if any(value in captured for _, value in self.sources):
            raise shares_memory(self.function)


def _identities(things: Sequence[Any]) -> frozenset[int]:
    return frozenset(map(id, things))
