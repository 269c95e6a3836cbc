"""Products of a number and its root: their derivative at zero is finite.

The chain rule gives `x * sqrt(x)` the slope sqrt(x) + x / (2 sqrt(x)), which is no number at zero,
where the slope of x to the power of 3/2 is zero. So such products are differentiated by what they
are powers of, in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from autograph.ir.graph import Node, Value
from autograph.ir.op import constant
from autograph.ops.elementwise import divide, multiply, power, sqrt, square

Primal = Callable[[Value], Value]
Partial = tuple[Value, Callable[[Primal], Value]]
"""A value, and what emits the derivative of a product by it, given what stands for values."""

MOST_FACTORS = 8


def partials_of(node: Node, looks_into: Callable[[Value], bool]) -> list[Partial]:
    """Return the derivatives of a product that has a root and what it is the root of as factors.

    Args:
        node: An elementwise node.
        looks_into: Whether a value may be taken apart: others are factors as they are.

    Returns:
        What the product is differentiated by, with the derivatives; nothing for other nodes, whose
        derivatives by their operands are finite where they should be.
    """
    if node.op not in (multiply, sqrt) or node.result.dtype.kind != "f":
        return []
    roots: dict[Value, Value] = {}
    halves = _halves(node.result, looks_into, roots)
    finite = any(k % 2 and k > 1 for k in halves.values())
    if not finite or sum(halves.values()) > 2 * MOST_FACTORS:
        return []
    return [(base, _derivative(halves, roots, base)) for base in halves]


def _halves(
    value: Value, looks_into: Callable[[Value], bool], roots: dict[Value, Value]
) -> dict[Value, int]:
    """Return what a value is the product of, with twice the power of each; `roots` gets roots.

    The value is its only factor if it has many: products of products have more than can be told.
    """
    found: dict[Value, int] = {}
    pending = [(value, 2)]
    for _ in range(2 * MOST_FACTORS):
        factor, k = pending.pop()
        node = factor.node if looks_into(factor) else None
        if node is not None and node.op is multiply:
            pending += [(operand, k) for operand in node.operands]
        elif node is not None and node.op is square:
            pending.append((node.operands[0], 2 * k))
        elif node is not None and node.op is power and (times := _whole(node.operands[1])):
            pending.append((node.operands[0], times * k))
        else:
            base, odd = _odd_power(node, looks_into) or (factor, 2)
            found[base] = found.get(base, 0) + k * odd // 2
            if odd == 1:
                roots[base] = factor
        if not pending:
            return found
    return {value: 2}


def _odd_power(node: Node | None, looks_into: Callable[[Value], bool]) -> tuple[Value, int] | None:
    """Return what a node is the root of an odd power of, and that power: of others it is none.

    The root of an even power is a magnitude.
    """
    if node is None or node.op is not sqrt:
        return None
    ((base, k), *others) = _halves(
        node.operands[0], lambda v: looks_into(v) and (v.node is None or v.node.op is not sqrt), {}
    ).items()
    return (base, k // 2) if not others and k % 4 == 2 else None


def _whole(exponent: Value) -> int | None:
    """Return an exponent that is a small whole number by definition."""
    node = exponent.node
    number = float(node.attrs["value"]) if node is not None and node.op is constant else 0.0
    return int(number) if number.is_integer() and 1 <= number <= MOST_FACTORS else None


def _derivative(
    halves: dict[Value, int], roots: dict[Value, Value], by: Value
) -> Callable[[Primal], Value]:
    def compute(primal: Primal) -> Value:
        factors: list[Value] = []
        for base, k in halves.items():
            left = k - 2 if base is by else k
            factors += [primal(base)] * max(left // 2, 0)
            if left % 2:
                root = primal(roots[base]) if base in roots else sqrt(primal(base))
                factors.append(root if left > 0 else divide(1, root))
        derivative: Value = multiply(halves[by] / 2, reduce(multiply, factors))
        return derivative

    return compute
