"""Rewrites of loops: what is dead, carries that are known, counted loops written as `while`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value
from autograph.ir.op import form_value
from autograph.ir.types import scalar
from autograph.ops.control import has_trip_count
from autograph.ops.elementwise import floor_divide, maximum
from autograph.opt.driver import Rewriter

INT64 = scalar(np.int64)


class _Loop(Struct):
    """What is known of a scan before its regions are rewritten; values are new, carries old."""

    node: Node
    inits: list[Value]
    length: Affine | None
    regions: tuple[Graph, ...]
    kept: list[int] = field(default_factory=list)
    fixed: dict[int, Value] = field(default_factory=dict)  # carry -> the value it always has
    leader: dict[int, int] = field(default_factory=dict)  # carry -> the kept carry it equals
    step: dict[int, int] = field(default_factory=dict)  # carry -> what each trip adds to it

    @property
    def body(self) -> Graph:
        return self.regions[0]

    @property
    def until(self) -> bool:
        return bool(self.node.attrs["until"])


def rewrite_scan(rewriter: Rewriter, node: Node) -> None:
    """Rewrite a loop and its regions."""
    count = node.attrs["carries"]
    length = None if node.attrs["length"] is None else rewriter.copier.form(node.attrs["length"])
    inits = [rewriter.value(v) for v in node.operands[:count]]
    loop = _Loop(node, inits, length, node.regions)
    if length == 0 and not any(rewriter.liveness.live_tapes(node)):
        rewriter.fired("scan(length=0) -> initial values")
        _bind_results(rewriter, loop, inits, Affine(0))
        return
    _count_trips(rewriter, loop)
    _classify_carries(rewriter, loop)
    _rebuild(rewriter, loop)


# ---------------------------------------------------------------- analysis


def _increment(body: Graph, k: int) -> int | None:
    """Return what each trip adds to an int64 scalar carry, if it is a constant."""
    param, following = body.params[1 + k], body.results[k]
    if param.type != INT64:
        return None
    return (Affine.of(following) - Affine.of(param)).constant


def _count_trips(rewriter: Rewriter, loop: _Loop) -> None:
    """Replace a condition like `i < n`, where each trip adds a constant to i, by a length."""
    if loop.length is not None or len(loop.regions) == 1:
        return
    test = loop.regions[1].results[0].node
    if test is None or test.op.name not in _SLACK or any(v.type != INT64 for v in test.operands):
        return
    a, b = map(Affine.of, test.operands)
    margin = (b - a if test.op.name.startswith("less") else a - b) - _SLACK[test.op.name]
    params = {param: k for k, param in enumerate(loop.regions[1].params)}
    carried = [s for s in margin.symbols if s in params]
    inside = {v for node in loop.regions[1].nodes for v in node.results}
    if len(carried) != 1 or not inside.isdisjoint(margin.symbols):
        return
    k = params[carried[0]]
    increment = _increment(loop.body, k)
    fall = -(increment or 0) * margin.coefficient(carried[0])
    if fall <= 0:
        return
    # The loop runs while margin >= 0, and each trip lowers the margin by `fall`.
    first = rewriter.copier.form(margin.substitute({carried[0]: Affine()})) + (
        Affine.of(loop.inits[k]) * margin.coefficient(carried[0])
    )
    loop.length = _trips(rewriter, first + fall, fall)
    loop.regions = loop.regions[:1]
    rewriter.fired("scan(while i < n) -> scan(length)")


_SLACK: Mapping[str, int] = {"less": 1, "greater": 1, "less_equal": 0, "greater_equal": 0}


def _trips(rewriter: Rewriter, numerator: Affine, fall: int) -> Affine:
    """Return max(numerator // fall, 0)."""
    dims = rewriter.graph.dim_symbols()
    positive = numerator.const >= 0 and all(s in dims and k > 0 for s, k in numerator.terms)
    if fall == 1 and positive:
        return numerator

    def make() -> Value:
        quotient = form_value(numerator)
        if fall != 1:
            quotient = floor_divide(quotient, fall)
        result: Value = maximum(quotient, 0)
        return result

    return Affine.of(rewriter.build(make))


def _classify_carries(rewriter: Rewriter, loop: _Loop) -> None:
    """Decide which carries stay, and what stands for the others."""
    body, live = loop.body, rewriter.liveness.live_carries(loop.node)
    alive = [k for k, wanted in enumerate(live) if wanted]
    for k in alive:
        following = body.results[k]
        if following is body.params[1 + k] or rewriter.value(following) is loop.inits[k]:
            loop.fixed[k] = loop.inits[k]
    alive = [k for k in alive if k not in loop.fixed]
    loop.leader = _equal_carries(loop, alive)
    alive = [k for k in alive if k not in loop.leader]
    if not loop.until and len(loop.regions) == 1:
        for k in alive:
            increment = _increment(body, k)
            if increment is not None:
                loop.step[k] = increment
    loop.kept = [k for k in alive if k not in loop.step]
    for k in [*loop.fixed, *loop.leader, *loop.step]:
        kind = "constant" if k in loop.fixed else "equal" if k in loop.leader else "counting"
        rewriter.fired(f"scan({kind} carry) -> its value")


def _equal_carries(loop: _Loop, carries: Sequence[int]) -> dict[int, int]:
    """Return, for carries that always equal an earlier one, that one.

    Carries that start equal are taken to stay equal until the body, its values numbered under
    this assumption, tells them apart.
    """
    classes: dict[int, object] = {k: ("starts as", loop.inits[k]) for k in carries}
    while len(set(classes.values())) < len(classes):
        numbers = _number_values(loop.body, classes)
        refined = {
            k: (classes[k], numbers.get(loop.body.results[k], loop.body.results[k]))
            for k in carries
        }
        if len(set(refined.values())) == len(set(classes.values())):
            break
        classes = dict(refined)
    first: dict[object, int] = {}
    leaders = {k: first.setdefault(class_, k) for k, class_ in classes.items()}
    return {k: leader for k, leader in leaders.items() if leader != k}


def _number_values(body: Graph, classes: Mapping[int, object]) -> dict[Value, object]:
    """Return a number per value of a body; equal numbers mean equal values."""
    numbers: dict[Value, object] = {body.params[1 + k]: class_ for k, class_ in classes.items()}
    table: dict[object, int] = {}
    for node in body.nodes:
        if node.regions or node.op.name == "empty":
            continue
        operands = tuple(numbers.get(v, v) for v in node.operands)
        attrs = tuple(sorted(node.attrs.items())) if node.op.name != "constant" else id(node)
        number = table.setdefault((node.op, operands, attrs), len(table))
        numbers.update((v, (number, position)) for position, v in enumerate(node.results))
    return numbers


# ---------------------------------------------------------------- rebuilding


def _rebuild(rewriter: Rewriter, loop: _Loop) -> None:
    """Append the loop with the carries, pops and pushes that are needed."""
    node, body = loop.node, loop.body
    count = node.attrs["carries"]
    pops = [
        position
        for position, element in enumerate(body.params[1 + count :], start=count)
        if element in rewriter.liveness.live
    ]
    pushes = [k for k, live in enumerate(rewriter.liveness.live_tapes(node)) if live]
    returned = [body.results[k] for k in loop.kept] + [body.results[count + k] for k in pushes]
    returned += body.results[-1:] if loop.until else []
    params = [body.params[0], *(body.params[1 + k] for k in [*loop.kept, *pops])]
    regions = []
    with rewriter.region(body.name, params, loop=True) as graph:
        rewriter.placing.count(graph.params[0], loop.length)
        _bind_carries(rewriter, loop, body.params[1:], index=graph.params[0])
        for inner in body.nodes:
            rewriter.visit(inner)
        graph.results = [rewriter.value(v) for v in returned]
        regions.append(graph)
    for condition in loop.regions[1:]:
        params = [condition.params[k] for k in loop.kept]
        with rewriter.region(condition.name, params, loop=True) as graph:
            _bind_carries(rewriter, loop, condition.params, index=None)
            for inner in condition.nodes:
                rewriter.visit(inner)
            graph.results = [rewriter.value(v) for v in condition.results]
            regions.append(graph)
    operands = [loop.inits[k] for k in loop.kept]
    operands += [rewriter.value(node.operands[position]) for position in pops]
    attrs = {**node.attrs, "length": loop.length, "carries": len(loop.kept)}
    tapes = node.results[count + has_trip_count(node) :]
    counted = loop.length is None or loop.until
    results = [node.results[k] for k in loop.kept]
    results += [node.results[count]] if counted else []
    results += [tapes[k] for k in pushes]
    rewriter.append_control(node, operands, attrs, regions, results)
    final = [rewriter.value(v) for v in node.results[:count]]
    _bind_results(rewriter, loop, final, None if counted else loop.length)


def _bind_carries(
    rewriter: Rewriter, loop: _Loop, params: Sequence[Value], index: Value | None
) -> None:
    """Let values stand for the params of dropped carries, in the region being built."""
    for k, value in loop.fixed.items():
        rewriter.bind([params[k]], [value])
    for k, leader in loop.leader.items():
        rewriter.bind([params[k]], [rewriter.value(params[leader])])
    for k, step in loop.step.items():
        assert index is not None
        assert loop.length is not None
        trip = (
            loop.length - 1 - Affine.of(index) if loop.node.attrs["reverse"] else Affine.of(index)
        )
        form = Affine.of(loop.inits[k]) + trip * step
        rewriter.bind([params[k]], [rewriter.form_value(form)])


def _bind_results(
    rewriter: Rewriter, loop: _Loop, final: Sequence[Value], trips: Affine | None
) -> None:
    """Let values stand for the results of dropped carries, and for a known trip count."""
    node, count = loop.node, loop.node.attrs["carries"]
    for k, value in enumerate(final):
        if k in loop.fixed:
            value = loop.fixed[k]
        elif k in loop.leader:
            value = final[loop.leader[k]]
        elif k in loop.step:
            assert trips is not None
            value = rewriter.form_value(Affine.of(loop.inits[k]) + trips * loop.step[k])
        rewriter.bind([node.results[k]], [value])
    if trips is not None and has_trip_count(node):
        rewriter.bind([node.results[count]], [rewriter.form_value(trips)])
