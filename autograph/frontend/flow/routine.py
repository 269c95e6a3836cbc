"""Routines: functions that are traced once and call themselves when the program runs.

What a routine takes and returns, and what it changes outside, is found as a fixpoint: the first
trial takes a call of itself not to return at all, later ones to return what the trial before did.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Hashable, Mapping, Sequence
from inspect import BoundArguments
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.errors import Site, UnsupportedError
from autograph.frontend.flow.control import run_block
from autograph.frontend.flow.fixpoint import TRIALS, leaf_of
from autograph.frontend.symbols.completion import NORMAL, RAISE
from autograph.frontend.symbols.context import run
from autograph.frontend.symbols.decisions import Key
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.symbols.union import Unjoined, alternatives, narrow
from autograph.frontend.tracing.composite import merge, template_of
from autograph.frontend.tracing.contents import parts_of
from autograph.frontend.tracing.journal import (
    Box,
    BoxPlace,
    BufferPlace,
    Place,
    Scope,
    same_content,
)
from autograph.frontend.tracing.passing import (
    Passed,
    Passing,
    operands_of,
    params_of,
    result_types,
    with_room,
)
from autograph.frontend.tracing.routine_graph import closed_routine, shifted
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType
from autograph.ops.recursion import ResultType, make_recurse, make_recursion

DEEPEST = 0.9
"""How much of Python's limit on recursion compiled code makes use of; what is left is the caller's.

Deeper calls run as plain Python, which then raises RecursionError, or does not.
"""


class Activation(Struct, frozen=True):
    """A call of a function that is being traced.

    Attributes:
        function: The converted function.
        args: Its arguments.
        kwargs: Its keyword arguments.
        depth: How many regions were open when it started.
    """

    function: types.FunctionType
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    depth: int


def traced(function: types.FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Trace a function into its caller."""
    trace = tracer()
    trace.activations.append(Activation(function, args, kwargs, len(trace.stack)))
    try:
        return run(function, args, kwargs)
    finally:
        trace.activations.pop()


def definition(function: types.FunctionType) -> Site:
    """Return the place where a function is defined."""
    code = function.__code__
    line = code.co_firstlineno
    columns = (column for start, _, column, _ in code.co_positions() if start == line and column)
    return Site(code.co_filename, line, next(columns, 0), code.co_name)


# ---------------------------------------------------------------- routines


class _Interface(Struct):
    """What goes into a routine and comes out of it.

    Attributes:
        arguments: By name, what an argument may be.
        state: By place outside that the routine changes, what it may hold, before or after.
        result: What it returns; None as long as that is not known.
        written: The numbers of those arrays handed over by their contents that it changes.
        returned: The numbers of those that an array that it returns as a new one may be.
        told: The numbers of those that it may return as they are, and says so.
        around: The buffers from outside that such an array may be.
    """

    arguments: dict[str, Template]
    state: dict[Hashable, Template] = {}
    result: Template | None = None
    written: frozenset[int] = frozenset()
    returned: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    around: frozenset[Cell] = frozenset()

    @property
    def key(self) -> Hashable:
        """What is equal for equal interfaces."""
        given = tuple((name, template_key(t)) for name, t in self.arguments.items())
        state = tuple((place, template_key(t)) for place, t in self.state.items())
        result = None if self.result is None else template_key(self.result)
        return given, state, result, self.written, self.returned, self.told, self.around

    def copy(self) -> _Interface:
        """Return an equal interface."""
        return replace(self, arguments=dict(self.arguments), state=dict(self.state))

    def input_types(self) -> list[ArrayType]:
        """Return the types of what goes in."""
        return [t for x in (*self.arguments.values(), *self.state.values()) for t in x.types()]

    def state_types(self) -> list[ArrayType]:
        """Return the types of what comes out at places."""
        return [t for x in self.state.values() for t in x.types()]


class _Received(Struct, frozen=True):
    """An array that was handed over by its contents: the param, its number, the buffer made."""

    position: int
    param: Value
    cell: Cell


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
        self.start = len(tracer().activations)
        packing = Passing(None)
        self.interface = _Interface(
            {n: template_of(narrow(c), (n,), packing) for n, c in bound.arguments.items()}
        )
        self.found = self.interface
        self.places: dict[Hashable, Place] = {}
        self.scope: Scope | None = None
        self.frames = 1
        self.sources: list[tuple[Cell, Value]] = []

    # ------------------------------------------------------------ the call from outside

    def call(self) -> Any:
        """Trace the routine and emit the call of it from outside."""
        for _ in range(TRIALS):
            scope = self._trial()
            settled = self.found.key == self.interface.key
            self.interface = self.found
            if settled:
                return self._emit(scope)
        names = ", ".join(self.bound.arguments)
        raise UnsupportedError(
            f"what {self.function.__name__} takes ({names}) or returns does not settle to a fixed "
            "set of types as it calls itself; pass and return numbers and arrays of one kind",
            definition(self.function),
        )

    def _emit(self, scope: Scope) -> Any:
        trace, interface = tracer(), self.interface
        if interface.result is None:
            trace.fail("RecursionError: the recursion has no end")
        graph, captured = closed_routine(scope.graph)
        self._require_unseen(captured)
        operands = self._operands(self.bound.arguments, Passing(None))
        self._note_sources(self.bound.arguments)
        self._require_unseen(captured)
        deepest = int(DEEPEST * sys.getrecursionlimit() / self.frames)
        types_, writes = self._results_of_call(operands)
        given = [*captured, *operands]
        results = make_recursion(graph, given, types_, shifted(writes, len(captured)), deepest)
        return self._received(results, self.bound.arguments)

    def _trial(self) -> Scope:
        """Trace the body once, for the interface that is supposed."""
        trace = tracer()
        trace.traces += 1
        self.found, self.sources = self.interface.copy(), []
        scope = self.scope = trace.push(self.function.__name__)
        handlers, trace.handlers = trace.handlers, []
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
        leaves = iter([leaf_of(p) for p in params])
        arguments = {n: t.unpack(leaves, {}) for n, t in interface.arguments.items()}
        for place, template in interface.state.items():
            trace.write(self.places[place], template.unpack(leaves, {}))
        received = [
            _Received(position, params[position], array.cell)
            for array, position in self._handed_over(arguments)
        ]
        result = self._run(arguments)
        if result is None:
            return
        self._note_changes(scope)
        self._note_result(result, received)
        changed = {r.position for r in received if r.cell.value is not r.param}
        self.found.written |= changed
        if self.found.key == interface.key:
            scope.graph.results = self._results(result, received)

    def _run(self, arguments: Mapping[str, Any]) -> Box | None:
        """Run the body; return a box with the result, None if it never returns."""
        trace, box = tracer(), Box()
        place = BoxPlace(box, "the result")
        trace.born(box)
        bound = BoundArguments(self.bound.signature, type(self.bound.arguments)(arguments))

        def body() -> int:
            trace.write(place, traced(self.function, bound.args, bound.kwargs))
            return NORMAL

        trace.frames.append((place,))
        completion = run_block(body)
        trace.frames.pop()
        return None if completion.only == RAISE else box

    def _names(self) -> list[str | None]:
        found: list[str | None] = []
        for name, template in self.interface.arguments.items():
            found += [name] * len(template.types())
        for place, template in self.interface.state.items():
            found += [self.places[place].name or None] * len(template.types())
        return found

    # ------------------------------------------------------------ what the body leaves

    def _note_changes(self, scope: Scope) -> None:
        """Note the places outside that the body has changed so far, and what they hold.

        Maybe it changes them only for the time of a call of itself.
        """
        trace = tracer()
        for inner in trace.stack[trace.stack.index(scope) :]:
            for key, (place, before) in inner.log.items():
                owner = place.owner
                birth = owner.birth if isinstance(owner, Cell) else trace.birth(owner)
                outside = birth is None or not birth.within(scope)
                if outside and key not in self.places and not same_content(before, place.read()):
                    self.places[key] = place
                    self.found.state[key] = template_of(narrow(before), (key,), Passing(None))
        self._merge_state()

    def _merge_state(self) -> None:
        packing = Passing(self.scope)
        for key, template in self.found.state.items():
            content = narrow(self.places[key].read())
            merged = merge(template, template_of(content, (key,), packing))
            self.found.state[key] = with_room(merged, (self.key, self.places[key].name))

    def _note_result(self, box: Box, received: Sequence[_Received]) -> None:
        content = narrow(box.content)
        if isinstance(content, Unjoined):
            raise content.error(f"the result of {self.function.__name__}")
        packing = self._packing(received)
        template = template_of(content, ("result",), packing)
        found = self.found
        if not self._is_supposed():  # what it returns for other arguments tells nothing
            found.result = None
            found.returned = found.told = frozenset()
            found.around = frozenset()
            return
        found.result = template if found.result is None else merge(found.result, template)
        cells = {array.cell for array in _arrays(content) if not packing.is_itself(array)}
        told = {array.cell for array in _arrays(content) if packing.is_itself(array)}
        found.told |= {r.position for r in received if r.cell in told}
        found.returned |= {r.position for r in received if any(map(r.cell.may_be, cells))}
        assert self.scope is not None
        found.around |= {cell for cell in cells if not cell.birth.within(self.scope)}

    def _packing(self, received: Sequence[_Received]) -> Passing:
        """Return the packing of what the routine returns."""
        numbers = {r.cell: r.position for r in received}
        return Passing(self.scope, site=definition(self.function), received=numbers)

    def _results(self, box: Box, received: Sequence[_Received]) -> list[Value]:
        """Emit the results of the routine."""
        interface, packing = self.interface, self._packing(received)
        assert interface.result is not None
        leaves = interface.result.pack(narrow(box.content), ("result",), packing)
        for key, template in interface.state.items():
            leaves += template.pack(narrow(self.places[key].read()), (key,), packing)
        values = operands_of(leaves, [*interface.result.types(), *interface.state_types()])
        return [*values, *(r.cell.value for r in received if r.position in interface.written)]

    # ------------------------------------------------------------ calls

    def call_itself(self, bound: BoundArguments) -> Any:
        """Emit a call from within the body; in a trial that supposes less, end the path here."""
        trace = tracer()
        self.frames = max(self.frames, len(trace.activations) - self.start)
        packing = Passing(self.scope)
        for name, content in bound.arguments.items():
            template = template_of(narrow(content), (name,), packing)
            self.found.arguments[name] = merge(self.found.arguments[name], template)
        assert self.scope is not None
        self._note_changes(self.scope)
        supposed = self.interface
        if supposed.result is None or not self._is_supposed():
            trace.fail("the call is not known yet")
        operands = self._operands(bound.arguments, packing)
        self._note_sources(bound.arguments)
        types_, writes = self._results_of_call(operands)
        results = make_recurse(operands, types_, writes)
        return self._received(results, bound.arguments, from_inside=True)

    def _is_supposed(self) -> bool:
        """Return whether the call is one of those that the trial is about."""
        now, supposed = self.found, self.interface
        return (
            _Interface(now.arguments, now.state).key
            == _Interface(supposed.arguments, supposed.state).key
        )

    def _operands(self, arguments: Mapping[str, Any], packing: Passing) -> list[Value]:
        """Emit what a call hands over: the arguments, and what is at the places."""
        interface, leaves = self.interface, []
        for name, template in interface.arguments.items():
            leaves += template.pack(narrow(arguments[name]), (name,), packing)
        for key, template in interface.state.items():
            leaves += template.pack(narrow(self.places[key].read()), (key,), packing)
        return operands_of(leaves, interface.input_types())

    def _results_of_call(
        self, operands: Sequence[Value]
    ) -> tuple[list[ResultType], list[tuple[int, int]]]:
        """Return the types of what a call returns, and which operands it writes in place."""
        interface = self.interface
        assert interface.result is not None
        found = result_types([*interface.result.types(), *interface.state_types()])
        first = len(interface.result.types())
        given = len(interface.input_types()) - len(interface.state_types())
        writes = [
            (first + k, given + k) for k, t in enumerate(found[first:]) if t.dims and not t.unknown
        ]
        for position in sorted(interface.written):
            writes.append((len(found), position))
            found.append(ResultType(operands[position].dtype, operands[position].dims))
        return found, writes

    def _received(
        self, results: Sequence[Value], arguments: Mapping[str, Any], *, from_inside: bool = False
    ) -> Any:
        """Return what a call returns, and write what it has changed.

        From inside, an array that is an argument comes as a copy of it.
        """
        interface, trace = self.interface, tracer()
        assert interface.result is not None
        leaves = iter([leaf_of(v) for v in results])
        handed = self._handed_over(arguments)
        given: Any = {} if from_inside else {position: array for array, position in handed}
        result = interface.result.unpack(leaves, given)
        self._note_origins(result, handed, interface.told if from_inside else frozenset())
        for key, template in interface.state.items():
            trace.write(self.places[key], template.unpack(leaves, {}))
        written = list(islice(results, len(results) - len(interface.written), None))
        for array, position in handed:
            if position in interface.written:
                array.write(written[sorted(interface.written).index(position)])
        return result

    def _note_origins(
        self, result: Any, handed: Sequence[tuple[Array, int]], told: frozenset[int]
    ) -> None:
        """Note which arrays a result may be: it comes as a new one."""
        returned, around = self.interface.returned | told, self.interface.around
        sources = {array.cell for array, position in handed if position in returned} | around
        cells = {array.cell for array in _arrays(result)} - sources
        for cell in cells:
            tracer().note_origin(cell, *sources)

    # ------------------------------------------------------------ memory

    def _handed_over(self, arguments: Mapping[str, Any]) -> list[tuple[Array, int]]:
        """Return the arrays that are handed over by their contents, and the operands they are."""
        found: list[tuple[Array, int]] = []
        position = 0
        for name, template in self.interface.arguments.items():
            content = narrow(arguments[name])
            count = len(template.types())
            if isinstance(template, Passed) and template.handle is None:
                array = tracer().lift(content) if isinstance(content, np.ndarray) else content
                found.append((array, position + count - 1))
            position += count
        return found

    def _note_sources(self, arguments: Mapping[str, Any]) -> None:
        """Refuse arrays that the routine could see, or change, in two ways."""
        handed = self._handed_over(arguments)
        places = {id(p.owner) for p in self.places.values() if isinstance(p, BufferPlace)}
        for array, position in handed:
            others = [a for a, p in handed if p != position and a.cell is array.cell]
            written = position in self.interface.written
            if id(array.cell) in places or (written and others):
                raise _shares_memory(self.function)
            if written:
                self.sources.append((array.cell, array.cell.value))

    def _require_unseen(self, captured: Sequence[Value]) -> None:
        """Refuse to change an array that the routine also reads under another name."""
        if any(value in captured for _, value in self.sources):
            raise _shares_memory(self.function)


def _arrays(content: Any) -> list[Array]:
    """Return the arrays in a content."""
    found = [x for _, part in parts_of(content) for _, x in alternatives(part)]
    return [x for x in found if isinstance(x, Array)]


def _shares_memory(function: types.FunctionType) -> Exception:
    return UnsupportedError(
        f"{function.__name__}, which calls itself as deep as run-time values say, changes an array "
        "that it also knows under another name, which is not supported; pass a copy",
        definition(function),
    )
