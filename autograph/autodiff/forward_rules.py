"""Forward rules: from the tangents of a node's operands to the tangent of its result.

Elementwise ops use the same patterns as in reverse, since their Jacobians are diagonal; but for
those of complex numbers that are not holomorphic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from autograph.autodiff import custom_rules, fourier_rules, library_rules, object_rules, order_rules
from autograph.autodiff.cotangents import fit
from autograph.autodiff.edge_points import derivatives_of
from autograph.autodiff.half_powers import partials_of
from autograph.autodiff.matrix_forward import RULES as MATRIX_RULES
from autograph.autodiff.matrix_forward import Tangent
from autograph.autodiff.primal import zeros
from autograph.autodiff.rules import bindings_of, name_of, share_of_ties
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Node, Value
from autograph.ir.op import Nondifferentiable, Op, constant_of
from autograph.ir.pattern import instantiate
from autograph.ir.types import ArrayType
from autograph.ops.define import tangents_of as tangent_patterns
from autograph.ops.derivative import custom, variable
from autograph.ops.elementwise import add, cast, multiply, subtract
from autograph.ops.library import library
from autograph.ops.reduction import (
    dot,
    keep_axes,
    log_softmax,
    logsumexp,
    max_,
    min_,
    softmax,
    sum_,
)
from autograph.ops.structure import (
    assume_dims,
    broadcast,
    get,
    inc,
    put,
    put_add,
    reshape,
    set_,
    take,
    transpose,
)

Tangents = Mapping[Value, Value]
Rule = Callable[[Node, Copier, Tangents], Value]


def tangents_of(node: Node, copier: Copier, tangents: Tangents) -> Sequence[Tangent]:
    """Emit the tangents of a node's results.

    None stands for that of a result that does not vary, an error for one that does not exist.

    Args:
        node: A node of the given graph; not of a control op.
        copier: Has copied the node.
        tangents: Those of the given graph's values; a value without one does not vary.

    Raises:
        NondifferentiableError: If the op has no rule.
    """
    if node.op is custom:
        return custom_rules.forward(node, copier, tangents)
    if node.op in MATRIX_RULES:
        return MATRIX_RULES[node.op](node, copier, tangents)
    if node.op in order_rules.INVERSES:
        return order_rules.forward(node, copier, tangents)
    if node.op in fourier_rules.TRANSFORMS:
        return fourier_rules.forward(node, copier, tangents)
    if node.op is library and library_rules.rule_of(node):
        return library_rules.forward(node, copier.value, tangents)
    if node.op is library and object_rules.rule_of(node):
        return object_rules.forward(node, copier.value, tangents)
    rule = RULES.get(node.op)
    if rule is None and node.op.kind == "elementwise":
        rule = _elementwise
    if rule is None:
        raise NondifferentiableError(f"{name_of(node)} has no derivative rule", node.site)
    return [rule(node, copier, tangents)]


def _elementwise(node: Node, copier: Copier, tangents: Tangents) -> Value:
    result = copier.value(node.result)
    terms = [
        multiply(tangents[value], derivative(copier.value))
        for value, derivative in partials_of(node, lambda _: True)
        if value in tangents
    ]
    if terms:
        return fit(reduce(add, terms), result.dims)
    patterns = tangent_patterns(node) or derivatives_of(node)
    for operand, pattern in zip(node.operands, patterns, strict=True):
        if operand in tangents and not isinstance(pattern, Nondifferentiable):
            bindings = bindings_of(pattern, node, tangents[operand], copier.value)
            terms.append(instantiate(pattern, bindings, dtype=result.dtype))
    return fit(reduce(add, terms), result.dims)


def _passed(node: Node, copier: Copier, tangents: Tangents) -> Value:
    return tangents[node.operands[0]]


def _same(node: Node, copier: Copier, tangents: Tangents) -> Value:
    """Apply a linear op of one differentiable operand to its tangent."""
    x, *others = node.operands
    tangent: Value = node.op(tangents[x], *map(copier.value, others), **copier.attrs(node))
    return tangent


def _write(node: Node, copier: Copier, tangents: Tangents) -> Value:
    array, value, *others = node.operands
    base = tangents.get(array)
    if base is None:
        type_ = copier.type(array.type)
        assert isinstance(type_, ArrayType)
        base = zeros(type_)
    written = tangents.get(value)
    if written is None:
        written = constant_of(0, base.dtype)
    tangent: Value = node.op(base, written, *map(copier.value, others), **copier.attrs(node))
    return tangent


def _extremum(node: Node, copier: Copier, tangents: Tangents) -> Value:
    (operand,), axes = node.operands, node.attrs["axes"]
    share = share_of_ties(copier.value(operand), copier.value(node.result), axes)
    tangent: Value = sum_(multiply(tangents[operand], share), axes=axes)
    return tangent


def _logsumexp(node: Node, copier: Copier, tangents: Tangents) -> Value:
    (operand,), axes = node.operands, node.attrs["axes"]
    weights = softmax(copier.value(operand), axes=axes)
    tangent: Value = sum_(multiply(tangents[operand], weights), axes=axes)
    return tangent


def _softmax(node: Node, copier: Copier, tangents: Tangents) -> Value:
    axes, y = node.attrs["axes"], copier.value(node.result)
    dx = tangents[node.operands[0]]
    mean = keep_axes(sum_(multiply(dx, y), axes=axes), y, axes)
    tangent: Value = multiply(y, subtract(dx, mean))
    return tangent


def _log_softmax(node: Node, copier: Copier, tangents: Tangents) -> Value:
    (operand,), axes = node.operands, node.attrs["axes"]
    dx, x = tangents[operand], copier.value(operand)
    mean = keep_axes(sum_(multiply(dx, softmax(x, axes=axes)), axes=axes), x, axes)
    tangent: Value = subtract(dx, mean)
    return tangent


def _dot(node: Node, copier: Copier, tangents: Tangents) -> Value:
    a, b = node.operands
    terms = []
    if a in tangents:
        terms.append(dot(tangents[a], copier.value(b)))
    if b in tangents:
        terms.append(dot(copier.value(a), tangents[b]))
    tangent: Value = reduce(add, terms)
    return tangent


RULES: dict[Op, Rule] = {
    variable: _passed,
    **dict.fromkeys([cast, transpose, broadcast, reshape, assume_dims, get, take, sum_], _same),
    **dict.fromkeys([set_, inc, put, put_add], _write),
    max_: _extremum,
    min_: _extremum,
    logsumexp: _logsumexp,
    softmax: _softmax,
    log_softmax: _log_softmax,
    dot: _dot,
}
