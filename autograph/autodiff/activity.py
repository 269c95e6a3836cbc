"""Which values a gradient passes through: those that vary with the inputs and matter to the loss.

Enters: a graph and the values to start from. Leaves: the set of values reached, those inside
regions included. Integers and booleans are never reached.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograph.errors import NondifferentiableError
from autograph.ir.graph import Graph, Node, Value, captured_values
from autograph.ir.op import Nondifferentiable
from autograph.ir.types import ArrayType, Type
from autograph.ops.control import ifelse, pushed_values, scan, tape_results
from autograph.ops.define import cotangents_of
from autograph.ops.derivative import custom, frozen, variable
from autograph.ops.elementwise import cast
from autograph.ops.recursion import recurse, recursion


def is_inexact(type_: Type) -> bool:
    """Return whether a type holds floating point numbers, real or complex."""
    return type_.dtype.kind in "fc" if isinstance(type_, ArrayType) else is_inexact(type_.element)


def differentiable_operands(node: Node) -> list[Value]:
    """Return the operands on which the result of a node (not of a control op) varies smoothly."""
    if not any(is_inexact(v.type) for v in node.results):
        return []
    if node.op.kind == "routine" and node.op.derivative is not None:
        return []
    if node.op is frozen:
        return []
    if node.op is custom:
        return [v for v in node.operands[node.attrs["outputs"] :] if is_inexact(v.type)]
    operands = [v for v in node.operands if is_inexact(v.type)]
    if node.op.kind != "elementwise" or node.op is cast:
        return operands
    rules = zip(node.operands, cotangents_of(node), strict=True)
    return [v for v, rule in rules if v in operands and not isinstance(rule, Nondifferentiable)]


def varied(graph: Graph, seeds: Iterable[Value]) -> set[Value]:
    """Return the values that vary smoothly with the seeds.

    Raises:
        NondifferentiableError: If a function with rules varies with more than its inputs.
    """
    found = set(seeds)
    _vary(graph, found)
    return found


def _vary(graph: Graph, found: set[Value], routine: Graph | None = None) -> None:
    """Add what varies in a graph, which is a part of a routine if one is given."""
    for node in graph.nodes:
        if node.op is scan:
            _vary_scan(node, found, routine)
        elif node.op is recursion:
            _vary_recursion(node, found)
        elif node.op is recurse and routine is not None:
            _vary_call(node, routine, found)
        elif node.op is ifelse:
            for region in node.regions:
                _vary(region, found, routine)
                found.update(
                    result
                    for result, inner in zip(node.results, region.results, strict=True)
                    if inner in found
                )
        else:
            if node.op is custom:
                _require_inputs_only(node, found)
            if any(v in found for v in differentiable_operands(node)):
                found.update(v for v in node.results if is_inexact(v.type))


def _require_inputs_only(node: Node, found: set[Value]) -> None:
    """Refuse a function with rules that varies with something its rules do not speak of."""
    count = node.attrs["outputs"]
    inputs, seen = {*node.operands[count:]}, set[Value]()
    pending = [v for v in node.operands[:count] if v in found]
    while pending:
        value = pending.pop()
        if value in inputs or value in seen:
            continue
        seen.add(value)
        before = [] if value.node is None else differentiable_operands(value.node)
        if value.node is not None and value.node.regions:
            before = [v for v in captured_values(value.node) if v in found]
        if value.node is None or value.node.op is variable:
            raise NondifferentiableError(
                "a function with a rule for its derivative varies with what it reads around it, "
                "of which the rule says nothing; pass that as an argument, or stop_gradient of it",
                node.site,
            )
        pending += [v for v in before if v in found]


def _vary_call(node: Node, routine: Graph, found: set[Value]) -> None:
    """Hand on what varies, to the params of a routine and from its results."""
    pairs = zip(node.operands, routine.params, strict=True)
    found.update(param for operand, param in pairs if operand in found)
    outcome = zip(node.results, routine.results, strict=True)
    found.update(result for result, inner in outcome if inner in found)


def _vary_recursion(node: Node, found: set[Value]) -> None:
    routine, before = node.regions[0], -1
    while len(found) != before:
        before = len(found)
        _vary_call(node, routine, found)
        _vary(routine, found, routine)


def _vary_scan(node: Node, found: set[Value], routine: Graph | None) -> None:
    body, count = node.regions[0], node.attrs["carries"]
    before = -1
    while len(found) != before:
        before = len(found)
        for k in range(count):
            if node.operands[k] in found or body.results[k] in found:
                found.update((body.params[1 + k], node.results[k]))
        for tape, element in zip(node.operands[count:], body.params[1 + count :], strict=True):
            if tape in found:
                found.add(element)
        _vary(body, found, routine)
    for tape, pushed in zip(tape_results(node), pushed_values(node), strict=True):
        if pushed in found:
            found.add(tape)


def useful(graph: Graph, targets: Iterable[Value]) -> set[Value]:
    """Return the values on which the targets depend smoothly."""
    found = set(targets)
    _use(graph, found)
    return found


def _use(graph: Graph, found: set[Value], routine: Graph | None = None) -> None:
    """Add what matters in a graph, which is a part of a routine if one is given."""
    for node in reversed(graph.nodes):
        if node.op is scan:
            _use_scan(node, found, routine)
        elif node.op is recursion:
            _use_recursion(node, found)
        elif node.op is recurse and routine is not None:
            _use_call(node, routine, found)
        elif node.op is ifelse:
            for region in node.regions:
                found.update(
                    inner
                    for result, inner in zip(node.results, region.results, strict=True)
                    if result in found
                )
                _use(region, found, routine)
        elif any(v in found for v in node.results):
            found.update(differentiable_operands(node))


def _use_call(node: Node, routine: Graph, found: set[Value]) -> None:
    """Hand on what matters, to the results of a routine and from its params."""
    outcome = zip(node.results, routine.results, strict=True)
    found.update(inner for result, inner in outcome if result in found)
    pairs = zip(node.operands, routine.params, strict=True)
    found.update(operand for operand, param in pairs if param in found)


def _use_recursion(node: Node, found: set[Value]) -> None:
    routine, before = node.regions[0], -1
    while len(found) != before:
        before = len(found)
        _use_call(node, routine, found)
        _use(routine, found, routine)


def _use_scan(node: Node, found: set[Value], routine: Graph | None) -> None:
    body, count = node.regions[0], node.attrs["carries"]
    before = -1
    while len(found) != before:
        before = len(found)
        for k in range(count):
            param, result = body.params[1 + k], node.results[k]
            if param in found or result in found:
                found.update((param, result, body.results[k], node.operands[k]))
        for tape, pushed in zip(tape_results(node), pushed_values(node), strict=True):
            if tape in found:
                found.add(pushed)
        _use(body, found, routine)
        for tape, element in zip(node.operands[count:], body.params[1 + count :], strict=True):
            if element in found:
                found.add(tape)
