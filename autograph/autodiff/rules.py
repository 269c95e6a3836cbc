"""Reverse rules: from the cotangent of a node's result to those of its operands.

Elementwise ops have theirs in the op table, as patterns; only the operands that a pattern names
are demanded. The ops that move, reduce and multiply have theirs here.

The cotangent g of a complex value is such that Re(g * change) is the change of the loss. So linear
maps are transposed, never conjugated, and the rules of real and complex numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from autograph.autodiff import fourier_rules, library_rules, object_rules, order_rules
from autograph.autodiff.cotangents import Cotangents, sum_onto
from autograph.autodiff.edge_points import derivatives_of
from autograph.autodiff.half_powers import partials_of
from autograph.autodiff.matrix_rules import RULES as MATRIX_RULES
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.graph import At, Index, Node, Value
from autograph.ir.op import Nondifferentiable, Op, constant, constant_of, form_value
from autograph.ir.pattern import Apply, Pattern, Wildcard, instantiate
from autograph.ops.complex_parts import real
from autograph.ops.define import G, X, Y
from autograph.ops.derivative import variable
from autograph.ops.elementwise import add, cast, divide, equal, multiply, subtract, switch
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
    iota,
    put,
    put_add,
    reshape,
    set_,
    take,
    transpose,
)

Rule = Callable[[Node, Value, Frame, Cotangents], None]


def propagate(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangent `g` of a node's result on to its operands.

    Raises:
        NondifferentiableError: If the op has no rule.
    """
    rule = RULES.get(node.op)
    if rule is not None:
        rule(node, g, frame, cotangents)
    elif node.op in MATRIX_RULES:
        MATRIX_RULES[node.op](node, [g], frame, cotangents)
    elif node.op.kind == "elementwise":
        _propagate_elementwise(node, g, frame, cotangents)
    elif node.op is library and library_rules.rule_of(node):
        library_rules.reverse(node, [g], frame, cotangents)
    elif node.op is library and object_rules.rule_of(node):
        object_rules.reverse(node, [g], frame, cotangents)
    else:
        raise NondifferentiableError(f"{name_of(node)} has no derivative rule", node.site)


def propagate_all(
    node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents
) -> None:
    """Pass the cotangents of a node with several results on; None stands for zero.

    Raises:
        NondifferentiableError: If the op has no rule.
    """
    rule = MATRIX_RULES.get(node.op)
    if rule is None and node.op is library and library_rules.rule_of(node):
        rule = library_rules.reverse
    if rule is None and node.op is library and object_rules.rule_of(node):
        rule = object_rules.reverse
    if rule is None:
        raise NondifferentiableError(f"{name_of(node)} has no derivative rule", node.site)
    rule(node, gs, frame, cotangents)


def name_of(node: Node) -> str:
    """Return what to call a node in a message: the op, or the library function it calls."""
    return str(node.attrs["call"].name) if node.op is library else node.op.name


def bindings_of(
    pattern: Pattern, node: Node, g: Value, primal: Callable[[Value], Value]
) -> dict[Wildcard, Value]:
    """Return what the wildcards of a derivative stand for; asks for no other primal value."""
    wanted = pattern.wildcards()
    bindings = {G: g}
    for wildcard, operand in zip(X, node.operands, strict=False):
        if wildcard in wanted:
            bindings[wildcard] = primal(operand)
    if Y in wanted:
        bindings[Y] = primal(node.result)
    return bindings


def _propagate_elementwise(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    passed, choices = (g, []) if node.op is switch else _unmasked(g)
    partials = partials_of(node, frame.defined.__contains__)
    for value, derivative in partials:
        if value in frame.plan.active:
            x = multiply(passed, derivative(frame.demand))
            _add_unless_masked(value, x, choices, cotangents)
    if partials:
        return
    patterns = _BY_RECIPROCAL if _divides_again(node, frame) else derivatives_of(node)
    for operand, pattern in zip(node.operands, patterns, strict=True):
        if operand not in frame.plan.active or isinstance(pattern, Nondifferentiable):
            continue
        if pattern is G:
            cotangents.add(operand, g)
            continue
        x = _instantiated(pattern, node, passed, frame)
        _add_unless_masked(operand, x, choices, cotangents)


def _add_unless_masked(
    value: Value, x: Value, choices: Sequence[tuple[Value, bool]], cotangents: Cotangents
) -> None:
    """Add to a cotangent what was chosen, and zero where it was not."""
    for condition, first in choices:
        x = switch(condition, x, 0) if first else switch(condition, 0, x)
    cotangents.add(value, x)


_INVERSE = 1 / X[1]
_BY_RECIPROCAL = (G * _INVERSE, -(G * _INVERSE * (X[0] * _INVERSE)))
"""The derivatives of a quotient, by one division for all that is divided by the same number."""


def _divides_again(node: Node, frame: Frame) -> bool:
    """Return whether each iteration of a loop would divide cotangents by the same number."""
    if node.op is not divide or node.result.ndim or node.result.dtype != np.float64:
        return False
    divisor = node.operands[1]
    if divisor.node is not None and divisor.node.op is constant:
        return False
    return frame.home(divisor) is not frame


def _instantiated(pattern: Pattern, node: Node, g: Value, frame: Frame) -> Value:
    """Return what a derivative stands for.

    What it computes by composite ops shares their parts with the node, so it is computed beside it.
    """
    rest, parts = _with_parts_apart(pattern)
    bindings = bindings_of(rest, node, g, frame.demand)
    for name, part in parts.items():

        def compute(primal: Callable[[Value], Value], part: Pattern = part) -> Value:
            found: Value = instantiate(
                part, bindings_of(part, node, g, primal), dtype=node.result.dtype
            )
            return found

        bindings[name] = frame.beside(node.result.type, compute)
    found: Value = instantiate(rest, bindings, dtype=node.result.dtype)
    return found


@cache
def _with_parts_apart(pattern: Pattern) -> tuple[Pattern, dict[Wildcard, Pattern]]:
    """Return a derivative with names for its parts that are composite ops of operands alone."""
    parts: dict[Wildcard, Pattern] = {}

    def split(part: Pattern) -> Pattern:
        if not isinstance(part, Apply):
            return part
        if part.op.expand is not None and part.wildcards() <= set(X):
            name = Wildcard(str(part))
            parts[name] = part
            return name
        return Apply(part.op, tuple(map(split, part.operands)), part.attrs)

    return split(pattern), parts


def _unmasked(g: Value) -> tuple[Value, list[tuple[Value, bool]]]:
    """Return what a cotangent is where it counts, and the choices that say where, innermost first.

    What is not chosen must contribute nothing, not even a zero times an infinite derivative; so
    derivatives are taken of what could be chosen, before the choice.
    """
    choices: list[tuple[Value, bool]] = []
    while g.node is not None and g.node.op is switch:
        condition, a, b = g.node.operands
        if _is_zero(a) == _is_zero(b):
            break
        choices.insert(0, (condition, _is_zero(b)))
        g = a if _is_zero(b) else b
    return g, choices


def _is_zero(x: Value) -> bool:
    return x.node is not None and x.node.op is constant and not x.node.attrs["value"]


# ---------------------------------------------------------------- views


def _cast(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    x = node.operands[0]
    if g.dtype.kind == "c" and x.dtype.kind != "c":
        g = real(g)
    cotangents.add(x, g if g.dtype == x.dtype else cast(g, dtype=x.dtype))


def _transpose(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    permutation = node.attrs["permutation"]
    inverse = tuple(permutation.index(axis) for axis in range(len(permutation)))
    cotangents.add(node.operands[0], transpose(g, permutation=inverse))


def _broadcast(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (x,) = node.operands
    cotangents.add(x, sum_onto(g, frame.dims(x), node.attrs["axes"]))


def _reshape(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (x,) = node.operands
    cotangents.add(x, node.op(g, dims=frame.dims(x)))


# ---------------------------------------------------------------- reads and writes


def _get(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    index = frame.index(node.attrs["index"])
    cotangents.add_part(node.operands[0], lambda buffer: _accumulated(buffer, g, index))


def _accumulated(buffer: Value, g: Value, index: Index) -> Value:
    """Add to a part of a buffer; store where that part has just been cleared.

    Boxes are left as they are: increments of shifted boxes become one sweep later.
    """
    clears = buffer.node
    cleared = (
        clears is not None
        and clears.op is set_
        and clears.attrs["index"] == index
        and any(isinstance(item, At) for item in index)
        and _is_zero(clears.operands[1])
    )
    if cleared and clears is not None:
        result: Value = set_(clears.operands[0], g, index=index)
        return result
    added: Value = inc(buffer, g, index=index)
    return added


def _set(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    array, value = node.operands
    index = frame.index(node.attrs["index"])
    if value in frame.plan.active:
        cotangents.add(value, get(g, index=index))
    if array in frame.plan.active:
        cotangents.add(array, set_(g, 0, index=index))


def _inc(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    array, value = node.operands
    if value in frame.plan.active:
        cotangents.add(value, get(g, index=frame.index(node.attrs["index"])))
    cotangents.add(array, g)


def _take(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    array, *positions = node.operands
    at = [frame.demand(p) for p in positions]
    cotangents.add_part(array, lambda buffer: put_add(buffer, g, *at))


def _put_add(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    array, value, *positions = node.operands
    if value in frame.plan.active:
        cotangents.add(value, take(g, *map(frame.demand, positions)))
    cotangents.add(array, g)


def _put(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    array, value, *positions = node.operands
    at = [frame.demand(p) for p in positions]
    if value in frame.plan.active:
        cotangents.add(value, _taken_where_last(g, at))
    if array in frame.plan.active:
        cotangents.add(array, put(g, constant_of(0, g.dtype), *at))


def _taken_where_last(g: Value, at: Sequence[Value]) -> Value:
    """Return the elements at positions, 0 where a later position is the same."""
    taken: Value = take(g, *at)
    number: Value = constant_of(0, np.int64)
    for axis, dim in enumerate(taken.dims):
        along = broadcast(iota(length=dim), dims=taken.dims, axes=(axis,))
        number = add(multiply(number, form_value(dim)), along)
    unset = broadcast(constant_of(-1, np.int64), dims=g.dims, axes=())
    last = take(put(unset, number, *at), *at)
    result: Value = switch(equal(last, number), taken, 0)
    return result


# ---------------------------------------------------------------- reductions


def _sum(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (x,), axes = node.operands, node.attrs["axes"]
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    cotangents.add(x, broadcast(g, dims=frame.dims(x), axes=kept))


def share_of_ties(x: Value, y: Value, axes: tuple[int, ...]) -> Value:
    """Return the derivative of an extremum `y` over axes of `x`: ties share it equally."""
    at_extremum = cast(equal(x, keep_axes(y, x, axes)), dtype=x.dtype)
    share: Value = divide(at_extremum, keep_axes(sum_(at_extremum, axes=axes), x, axes))
    return share


def _extremum(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (operand,), axes = node.operands, node.attrs["axes"]
    x, y = frame.demand(operand), frame.demand(node.result)
    cotangents.add(operand, multiply(keep_axes(g, x, axes), share_of_ties(x, y, axes)))


def _logsumexp(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (operand,), axes = node.operands, node.attrs["axes"]
    shares = _softmax_beside(node, frame)
    cotangents.add(operand, multiply(keep_axes(g, shares, axes), shares))


def _softmax(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    axes, y = node.attrs["axes"], frame.demand(node.result)
    mean = keep_axes(sum_(multiply(g, y), axes=axes), y, axes)
    cotangents.add(node.operands[0], multiply(y, subtract(g, mean)))


def _log_softmax(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    (operand,), axes = node.operands, node.attrs["axes"]
    shares = _softmax_beside(node, frame)
    total = keep_axes(sum_(g, axes=axes), shares, axes)
    cotangents.add(operand, subtract(g, multiply(total, shares)))


def _softmax_beside(node: Node, frame: Frame) -> Value:
    """Return the softmax of a node's operand, which shares exponentials and sums with the node."""
    (operand,), axes = node.operands, node.attrs["axes"]

    def compute(primal: Callable[[Value], Value]) -> Value:
        found: Value = softmax(primal(operand), axes=axes)
        return found

    return frame.beside(operand.type, compute)


# ---------------------------------------------------------------- linear algebra


def outer(a: Value, b: Value) -> Value:
    """Return the outer product of two vectors."""
    dims = (*a.dims, *b.dims)
    left, right = broadcast(a, dims=dims, axes=(0,)), broadcast(b, dims=dims, axes=(1,))
    product: Value = multiply(left, right)
    return product


def transposed(a: Value) -> Value:
    """Return the transpose of a matrix."""
    result: Value = transpose(a, permutation=(1, 0))
    return result


def _dot(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    a, b = node.operands
    if a in frame.plan.active:
        cotangents.add(a, _dot_left(g, frame.demand(b), a.ndim))
    if b in frame.plan.active:
        cotangents.add(b, _dot_right(g, frame.demand(a), b.ndim))


def _dot_left(g: Value, b: Value, ndim: int) -> Value:
    """Return the cotangent of `a`, which has `ndim` axes, in g = cotangent of dot(a, b)."""
    if b.ndim == 1:
        result: Value = multiply(g, b) if ndim == 1 else outer(g, b)
    else:
        result = dot(b, g) if ndim == 1 else dot(g, transposed(b))
    return result


def _dot_right(g: Value, a: Value, ndim: int) -> Value:
    """Return the cotangent of `b`, which has `ndim` axes, in g = cotangent of dot(a, b)."""
    if a.ndim == 1:
        result: Value = multiply(g, a) if ndim == 1 else outer(a, g)
    else:
        result = dot(transposed(a), g)
    return result


def _same(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    cotangents.add(node.operands[0], g)


RULES: dict[Op, Rule] = {
    variable: _same,
    cast: _cast,
    transpose: _transpose,
    broadcast: _broadcast,
    reshape: _reshape,
    assume_dims: _reshape,
    get: _get,
    set_: _set,
    inc: _inc,
    take: _take,
    put: _put,
    put_add: _put_add,
    sum_: _sum,
    max_: _extremum,
    min_: _extremum,
    logsumexp: _logsumexp,
    softmax: _softmax,
    log_softmax: _log_softmax,
    dot: _dot,
    **dict.fromkeys(order_rules.INVERSES, order_rules.reverse),
    **dict.fromkeys(fourier_rules.TRANSFORMS, fourier_rules.reverse),
}
