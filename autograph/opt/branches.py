"""Rewrites of branches: the arm that is known, results that are dead or the same in both arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograph.ir.graph import (
    Copier,
    Graph,
    Node,
    Value,
    captured_values,
    defined_in,
    free_values,
    has_effects,
    node_uses,
)
from autograph.ir.op import constant_of
from autograph.ir.types import ArrayType, scalar
from autograph.ops.elementwise import logical_not, switch
from autograph.ops.structure import get, inc, set_
from autograph.opt.driver import Rewriter, key_of
from autograph.opt.rule import constant_value


def rewrite_ifelse(rewriter: Rewriter, node: Node) -> None:
    """Rewrite a branch and its arms."""
    condition = rewriter.value(node.operands[0])
    known = constant_value(condition)
    if known is not None:
        rewriter.fired("ifelse(constant) -> arm")
        arm = node.regions[0 if known else 1]
        for inner in arm.nodes:
            rewriter.visit(inner)
        rewriter.bind(node.results, [rewriter.value(v) for v in arm.results])
        return
    live = [k for k, v in enumerate(node.results) if v in rewriter.liveness.live]
    arms = [
        _rewrite_arm(rewriter, node, arm, truth, live)
        for arm, truth in zip(node.regions, (True, False), strict=True)
    ]
    arms = _hoist_common(rewriter, arms)
    varying = []
    for position, k in enumerate(live):
        same = _same_result(rewriter, condition, *(arm.results[position] for arm in arms))
        if same is None:
            varying.append(position)
        else:
            rewriter.fired("ifelse(equal results) -> result")
            rewriter.bind([node.results[k]], [same])
    for arm in arms:
        arm.results = [arm.results[position] for position in varying]
    results = [node.results[live[position]] for position in varying]
    selected = _select(rewriter, condition, arms)
    if selected is not None:
        rewriter.fired("ifelse(c, a, b) -> switch(c, a, b), of known scalars")
        rewriter.bind(results, selected)
    elif varying or any(arm.nodes for arm in arms):
        rewriter.append_control(node, [condition], {}, arms, results)


def _rewrite_arm(
    rewriter: Rewriter, node: Node, arm: Graph, truth: bool, live: Sequence[int]
) -> Graph:
    """Return the rewritten arm, in which the condition is known, with the live results."""
    condition, outside = node.operands[0], rewriter.value(node.operands[0])
    if condition in free_values(arm):
        rewriter.bind([condition], [rewriter.build(lambda: constant_of(truth, np.bool_))])
    with rewriter.region(arm.name, [], loop=False) as graph:
        for inner in arm.nodes:
            rewriter.visit(inner)
        graph.results = [rewriter.value(arm.results[k]) for k in live]
    rewriter.bind([condition], [outside])
    return graph


def _hoist_common(rewriter: Rewriter, arms: list[Graph]) -> list[Graph]:
    """Move what both arms do alike in front of the branch: scalars, and writes into an array."""
    moved: dict[Value, Value] = {}
    then, orelse = (list(arm.nodes) for arm in arms)
    twins = {key: node for node in orelse if (key := key_of(node)) is not None}
    for node in arms[0].nodes:
        twin = twins.get(key_of(node))
        if twin is not None and _may_leave(node, arms):
            then.remove(node)
            orelse.remove(twin)
            results = rewriter.reduce(node)
            moved.update(zip((*node.results, *twin.results), (*results, *results), strict=True))
    if not moved:
        return arms
    rewriter.fired("ifelse(both arms do it) -> before")
    left = [
        Copier(moved).region(Graph(arm.name, [], nodes, arm.results))
        for arm, nodes in zip(arms, (then, orelse), strict=True)
    ]
    return _hoist_common(rewriter, left)


def _may_leave(node: Node, arms: Sequence[Graph]) -> bool:
    """Return whether a node can move; a write only if nothing reads what it overwrites."""
    if any(v in defined_in(arm) for v in node_uses(node) for arm in arms):
        return False
    if node.op.kind == "elementwise":
        return _is_scalar(node.result)
    if node.op not in (get, set_, inc) or any(map(has_effects, (n for a in arms for n in a.nodes))):
        return False  # a check in the arm may guard it
    if node.op is get:
        return _is_scalar(node.result)
    written = node.operands[0]
    readers = [n for arm in arms for n in arm.nodes if written in captured_values(n)]
    return len(readers) == len(arms) and not any(written in arm.results for arm in arms)


def _select(rewriter: Rewriter, condition: Value, arms: Sequence[Graph]) -> list[Value] | None:
    """Return the results of a branch as selections, if its arms compute nothing but scalars."""
    then, orelse = arms
    if then.nodes or orelse.nodes or not all(map(_is_scalar, then.results)):
        return None

    def selection(a: Value, b: Value) -> Value:
        return rewriter.build(lambda: switch(condition, a, b))

    return list(map(selection, then.results, orelse.results))


def _same_result(rewriter: Rewriter, condition: Value, a: Value, b: Value) -> Value | None:
    """Return the one value that a branch with these results has, or None."""
    if a is b:
        return a
    if a.type == scalar(np.bool_):
        truths = constant_value(a), constant_value(b)
        if truths == (True, False):
            return condition
        if truths == (False, True):
            return rewriter.build(lambda: logical_not(condition))
    return None


def _is_scalar(value: Value) -> bool:
    return isinstance(value.type, ArrayType) and value.type.is_scalar


def rewrite_custom(rewriter: Rewriter, node: Node) -> None:
    """Rewrite the rules for the derivative of a node."""
    rules = []
    for rule in node.regions:
        with rewriter.region(rule.name, rule.params, loop=False) as graph:
            for inner in rule.nodes:
                rewriter.visit(inner)
            graph.results = [rewriter.value(v) for v in rule.results]
        rules.append(graph)
    operands = [rewriter.value(v) for v in node.operands]
    rewriter.append_control(node, operands, node.attrs, rules, node.results)
