"""Roots at zero: the derivative of a norm is finite where the norm is not smooth.

The root of a sum of squares has the slope 0 * infinity where all terms are zero; so has that of
what was cut off at zero. Of the subgradients there, zero is taken. The root of anything else keeps
its infinite slope.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.ir.graph import Node, Value
from autograph.ir.op import Nondifferentiable, constant
from autograph.ir.pattern import Pattern
from autograph.ops.control import scan
from autograph.ops.define import X, Y, cotangents_of
from autograph.ops.elementwise import (
    absolute,
    add,
    cast,
    divide,
    equal,
    maximum,
    multiply,
    power,
    sqrt,
    square,
    switch,
)
from autograph.ops.reduction import dot, sum_
from autograph.ops.structure import assume_dims, broadcast, get, reshape, take, transpose

_PASSING = {absolute, cast, sum_, broadcast, get, reshape, take, transpose, assume_dims}
"""Ops whose result is zero, with its slope, where the elements of the first operand are."""


def derivatives_of(node: Node) -> Sequence[Pattern | Nondifferentiable]:
    """Return, per operand of an elementwise node, its cotangent as a pattern."""
    rules = cotangents_of(node)
    if node.op not in (sqrt, power) or not vanishes(node.operands[0]):
        return rules
    root = Y if node.op is sqrt else X[0]
    return [switch(equal(root, 0), 0, rules[0]), *rules[1:]]


def vanishes(value: Value, assumed: frozenset[Value] = frozenset()) -> bool:
    """Return whether a value is never negative, and flat where it is zero: a sum of squares, a cut.

    Args:
        value: The value.
        assumed: Values that are taken to be such sums: carries of loops.
    """
    node = value.node
    if value in assumed:
        return True
    if node is None:
        return False
    if node.op is square or node.op is dot:
        return node.op is square or node.operands[0] is node.operands[1]
    if node.op in _PASSING or node.op is divide:
        positive = node.op is not divide or _is_positive(node.operands[1])
        return positive and vanishes(node.operands[0], assumed)
    if node.op is multiply:
        a, b = node.operands
        if a is b:
            return True
        return any(vanishes(x, assumed) and _is_positive(c) for x, c in ((a, b), (b, a)))
    if node.op is add:
        return all(vanishes(x, assumed) for x in node.operands)
    if node.op is switch:
        return all(_number(x) == 0 or vanishes(x, assumed) for x in node.operands[1:])
    if node.op in (maximum, power):
        return _is_cut(node) or _is_power_of_magnitude(node)
    return node.op is scan and _adds_up(node, value, assumed)


def _adds_up(loop: Node, value: Value, assumed: frozenset[Value]) -> bool:
    """Return whether a carry of a loop starts as such a sum and stays one."""
    k = loop.results.index(value)
    if k >= loop.attrs["carries"]:
        return False
    start, body = loop.operands[k], loop.regions[0]
    starts = _number(start) == 0 or vanishes(start, assumed)
    return starts and vanishes(body.results[k], assumed | {body.params[1 + k]})


def _number(value: Value) -> float | None:
    """Return a constant, which may be repeated, None for anything else."""
    node = value.node
    if node is not None and node.op is broadcast:
        return _number(node.operands[0])
    return float(node.attrs["value"]) if node is not None and node.op is constant else None


def _is_positive(value: Value) -> bool:
    """Return whether a value is a positive constant, or a size."""
    node = value.node
    if node is not None and node.op is cast:
        return node.operands[0].dtype.kind in "iu"
    return (_number(value) or 0) > 0


def _is_cut(node: Node) -> bool:
    """Return whether a node cuts something off at zero."""
    return node.op is maximum and any(_number(x) == 0 for x in node.operands)


def _is_power_of_magnitude(node: Node) -> bool:
    base, exponent = node.operands
    is_magnitude = base.node is not None and base.node.op is absolute
    return node.op is power and is_magnitude and (_number(exponent) or 0) > 1
