"""Staged loops: emits the scan of a loop whose carried state has been found."""

from __future__ import annotations

from functools import partial

import numpy as np
from msgspec import Struct, field

from autograph.frontend.flow.control import (
    Code,
    after_loop,
    condition_of,
    go_on,
    if_,
    nothing,
    run_block,
)
from autograph.frontend.flow.fixpoint import Fixpoint, Loop, Trial, as_form, leaf_of
from autograph.frontend.symbols.completion import BREAK, EXIT, NORMAL, RAISE, Completion
from autograph.frontend.symbols.condition import Condition, any_of, positive
from autograph.frontend.symbols.leaves import Leaf, is_number, leaf_value
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.symbolic import constant_content
from autograph.frontend.symbols.union import alternatives
from autograph.frontend.tracing.carried import EntryThen
from autograph.frontend.tracing.join import has_effects, visible_outside
from autograph.frontend.tracing.template import Scalar
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value, emit, free_values
from autograph.ir.types import scalar
from autograph.ops.control import scan

BOOL, INT64 = scalar(np.bool_), scalar(np.int64)


def staged_loop(loop: Loop) -> Code:
    """Trace and emit a loop; return the code with which the block around it goes on or leaves."""
    fixpoint = Fixpoint(loop)
    trial = fixpoint.run()
    if trial.completion.only == RAISE:
        return _raises_at_once(loop)
    if trial.leaves_at_once:
        return _leaves_at_once(loop)
    completion = _Emission(fixpoint, trial).emit()
    depth = len(tracer().stack)
    return after_loop(completion, loop.orelse, depth)


def _raises_at_once(loop: Loop) -> Code:
    """Emit a loop whose first iteration always raises: a check that there is none."""
    if loop.test is not None:
        return if_(loop.test(), lambda: RAISE, loop.orelse)
    if loop.length is None:
        return go_on(Completion.of(RAISE))
    return if_(positive(loop.length), lambda: RAISE, loop.orelse)


def _leaves_at_once(loop: Loop) -> Code:
    """Emit a loop that no iteration but the first can go on: a branch."""
    depth = len(tracer().stack)
    body = partial(loop.body, Affine(0))
    if loop.test is not None:
        body = partial(if_, loop.test(), body, lambda: EXIT)
    elif loop.length is not None:
        body = partial(if_, positive(loop.length), body, lambda: EXIT)
    return after_loop(run_block(body).renamed({EXIT: NORMAL}), loop.orelse, depth)


class _Emission(Struct):
    """Emits a scan from the trial that is its own fixpoint.

    Attributes:
        inits: What enters: the carried state, then flags that say how the loop was left.
        leaves: What an iteration leaves of the carried state.
        endless: Whether only a jump ends the loop.
    """

    fixpoint: Fixpoint
    trial: Trial
    inits: list[Value] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    endless: bool = False

    def emit(self) -> Completion:
        """Emit the scan, write what it leaves, and return how it completes."""
        trial, loop = self.trial, self.fixpoint.loop
        self.endless = loop.length is None and loop.test is None
        until = trial.completion.only != NORMAL
        completion = trial.completion.renamed(
            {EXIT: NORMAL, **({BREAK: NORMAL} if loop.orelse is nothing else {})}
        )
        flags = [way for way in completion.ways if way[0] != NORMAL]
        graph = trial.scope.graph
        with tracer().inside(trial.scope):
            self.leaves = trial.carried.state.pack(trial.end, trial.packing)
            graph.results = [leaf_value(leaf) for leaf in self.leaves]
        self.inits = [leaf_value(leaf) for leaf in trial.carried.inits]
        positions = [self._flag(condition) for _, condition in flags]
        regions = [graph]
        if loop.test is not None:
            test = self._test_graph()
            known = constant_content(test.results[0])
            self.endless = known is not None and bool(known) and not has_effects(test)
            regions += [] if self.endless else [test]
        count = len(self.inits)
        if until:
            with tracer().inside(trial.scope):
                graph.results.append(trial.completion.leaving().value())
        attrs = {"length": loop.length, "reverse": False, "carries": count, "until": until}
        results = list(emit(scan, self.inits, attrs, regions))
        counted = loop.length is None or until
        trips = Affine.of(results[count]) if counted else loop.length
        assert trips is not None
        self._write_results(results[: len(trial.params)], trips)
        return self._completion(
            [(code, results[k]) for (code, _), k in zip(flags, positions, strict=True)]
        )

    def _flag(self, condition: Condition) -> int:
        """Carry whether the loop was left in a certain way; return the number of the carry."""
        for k, (leaf, init) in enumerate(zip(self.leaves, self.trial.carried.inits, strict=True)):
            starts_false = isinstance(init, Condition) and init.known is False
            if starts_false and isinstance(leaf, Condition) and leaf == condition:
                return k
        graph = self.trial.scope.graph
        graph.params.append(Value(BOOL))
        self.inits.append(leaf_value(np.bool_(False)))
        with tracer().inside(self.trial.scope):
            graph.results.append(condition.value())
        return len(self.inits) - 1

    def _test_graph(self) -> Graph:
        """Trace the test of a `while` over the carried state."""
        trace, fixpoint, trial = tracer(), self.fixpoint, self.trial
        assert fixpoint.loop.test is not None
        scope = trace.push("while")
        params = [
            Value(v.type, None, p.name)
            for v, p in zip(self.inits, trial.scope.graph.params[1:], strict=True)
        ]
        trips = Value(INT64)
        scope.graph.params += params
        form = Affine.of(trips)
        trace.facts.bound(trips, lower=0)
        trace.images[form] = trial.carried.images(params[: len(trial.params)])
        trace.facts.magnitudes.limits[trips] = COUNTABLE
        fixpoint.integers.apply(params)
        fixpoint.enter(trial.carried, params[: len(trial.params)], form)
        scope.graph.results = [condition_of(fixpoint.loop.test()).value()]
        trace.pop(scope)
        if trips in free_values(scope.graph):
            self._carry_trips(scope.graph, trips)
        return scope.graph

    def _carry_trips(self, test: Graph, trips: Value) -> None:
        """Carry the number of iterations, which the test asks for."""
        test.params.append(trips)
        self.inits.append(leaf_value(np.int64(0)))
        body = self.trial.scope.graph
        body.params.append(Value(INT64))
        with tracer().inside(self.trial.scope):
            body.results.append(leaf_value(Affine.of(self.trial.index) + 1))

    def _write_results(self, results: list[Value], trips: Affine) -> None:
        """Write what the loop leaves to its places."""
        trace, carried, loop = tracer(), self.trial.carried, self.fixpoint.loop
        ran = trips if loop.length is None else loop.length
        trace.facts.learn(trips)
        self.fixpoint.integers.apply(results[: len(self.trial.params)])
        if trips.symbol is not None and loop.length is None:
            trace.facts.magnitudes.limits[trips.symbol] = COUNTABLE
        for k in self.trial.counters:
            low = as_form(carried.inits[k])
            if low is not None:
                trace.facts.bound(results[k], lower=low)
        trace.images.setdefault(ran, {}).update(carried.images(results))
        leaves = self._closed_forms([leaf_of(r) for r in results], trips)
        ends_normally = self.trial.completion.only == NORMAL
        if ends_normally:
            leaves = self.fixpoint.sizes.at(carried.state, leaves, ran)
        for key, content in carried.unpack(leaves, positive(ran)).items():
            if ends_normally:
                content = self.fixpoint.growth.at(key, content, ran)
            trace.write(self.fixpoint.places[key], content)

    def _closed_forms(self, leaves: list[Leaf], trips: Affine) -> list[Leaf]:
        """Return the leaves, with integers that follow from the last index alone as forms of it."""
        index = self.trial.index
        is_visible = visible_outside(self.trial.scope.graph)
        start = 0
        closed = list(leaves)
        for place, template in self.trial.carried.state.templates.items():
            entered = [x for _, x in alternatives(self.trial.carried.entry[place])]
            if isinstance(template, EntryThen) and isinstance(template.later, Scalar):
                form = as_form(self.leaves[start])
                if form is not None and index in form.symbols and not any(map(is_number, entered)):
                    last = form.substitute({index: trips - 1})
                    closed[start] = last if is_visible(last) else leaves[start]
            start += len(template.types())
        return closed

    def _completion(self, flags: list[tuple[int, Value]]) -> Completion:
        """Return how the loop completes, its conditions read from the flags among its results."""
        loop, found = self.fixpoint.loop, self.trial.completion.codes
        ran = () if loop.length is None else (positive(loop.length),)
        ways = [(code, Condition(flag, if_true=ran)) for code, flag in flags]
        ended = not self.endless
        if ended or EXIT in found or (BREAK in found and loop.orelse is nothing):
            ways.insert(0, (NORMAL, ~any_of(condition for _, condition in ways)))
        return Completion.of(ways[0][0]) if len(ways) == 1 else Completion(tuple(ways))
