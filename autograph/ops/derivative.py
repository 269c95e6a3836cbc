"""Ops that stand for derivatives of the program around them, until `autodiff` replaces them.

A `variable` marks a value to differentiate by. Derivatives name results of the program, variables
that they depend on, and directions. What is not computed from the variable itself does not vary
with it, whatever its value: derivatives inside derivatives cannot be confused.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from autograph.ir.graph import Graph, Node, Value, emit
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, Type

_numbers = itertools.count()


def _same_type(node: Node) -> Sequence[Type]:
    (x,) = node.operands
    return (x.type,)


variable = Op("variable", "derivative", _same_type, lambda node, operands, form: operands)
"""The operand, to be differentiated by; `number` tells it apart from others of the same value."""


def new_variable(x: Value) -> Value:
    """Emit a variable of its own with the value of `x`."""
    made: Value = variable(x, number=next(_numbers))
    return made


def parts_of(node: Node) -> tuple[tuple[Value, ...], tuple[Value, ...], tuple[Value, ...]]:
    """Return the outputs, the variables and the directions of a `pullback` or `pushforward`."""
    first = node.attrs["outputs"]
    second = first + node.attrs["variables"]
    return node.operands[:first], node.operands[first:second], node.operands[second:]


def _infer_pullback(node: Node) -> Sequence[Type]:
    outputs, variables, cotangents = parts_of(node)
    _require_alike(outputs, cotangents)
    return [v.type for v in variables]


def _infer_pushforward(node: Node) -> Sequence[Type]:
    outputs, variables, tangents = parts_of(node)
    _require_alike(variables, tangents)
    return [v.type for v in (*outputs, *outputs)]


def _require_alike(values: Sequence[Value], directions: Sequence[Value]) -> None:
    if [v.type for v in values] != [v.type for v in directions]:
        raise TypeError(f"directions {directions} for {values}")


pullback = Op("pullback", "derivative", _infer_pullback)
"""The cotangents of variables, given those of outputs."""

pushforward = Op("pushforward", "derivative", _infer_pushforward)
"""The outputs, then their tangents, given the tangents of variables."""

DERIVATIVES = (pullback, pushforward)


def emit_derivative(
    op: Op, outputs: Sequence[Value], variables: Sequence[Value], directions: Sequence[Value]
) -> tuple[Value, ...]:
    """Emit a `pullback` or a `pushforward`."""
    counts = {"outputs": len(outputs), "variables": len(variables)}
    return emit(op, [*outputs, *variables, *directions], counts)


later = Op(
    "later",
    "derivative",
    lambda node: [ArrayType(node.attrs["dtype"], node.attrs["dims"])],
)
"""A direction that is given later: what needs it becomes a program of its own."""


def given_later(values: Sequence[Value]) -> list[Value]:
    """Emit directions of the types of values that are given when the rest has been computed."""
    return [later(dtype=v.dtype, dims=v.dims, number=k) for k, v in enumerate(values)]


# ---------------------------------------------------------------- rules of the program's own


def _infer_custom(node: Node) -> Sequence[Type]:
    return [v.type for v in node.operands[: node.attrs["outputs"]]]


custom = Op("custom", "derivative", _infer_custom)
"""The first `outputs` operands, with derivatives by the others that the regions say.

The regions are named `vjp` (cotangents of the results, results -> cotangents of the inputs) and
`jvp` (tangents of the inputs, results -> tangents of the results). There is one of them at least,
or a `reason` why the results have no derivative.
"""


def emit_custom(
    outputs: Sequence[Value],
    inputs: Sequence[Value],
    rules: Sequence[Graph],
    reason: str = "a function with a rule is differentiated where nothing was to be",
) -> tuple[Value, ...]:
    """Emit values whose derivatives are given by rules, or why there are none."""
    attrs: dict[str, Any] = {"outputs": len(outputs)}
    return emit(custom, [*outputs, *inputs], attrs if rules else {**attrs, "reason": reason}, rules)


barrier = Op(
    "barrier",
    "elementwise",
    _same_type,
    lambda node, operands, form: operands,
    python="{0}",
    cuda="{0}",
    derivative=lambda g, y, x: (g,),
    cheap=True,
)
"""The operand, which must not be taken as known: what depends on it stays apart."""

frozen = Op("frozen", "derivative", _same_type, lambda node, operands, form: operands)
"""The operand, which does not vary as far as derivatives are concerned."""
