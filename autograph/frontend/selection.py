"""Positions at which a condition holds: arrays whose lengths are known only at run time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.frontend import integers
from autograph.frontend.context import current_tracer
from autograph.frontend.elementwise import as_operand
from autograph.frontend.numpy_reduce import as_truth, product_of
from autograph.frontend.numpy_shape import as_array, ravel
from autograph.frontend.promotion import cast_to
from autograph.frontend.symbolic import INT64, Array, array, value_of_form
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Value
from autograph.ops import elementwise as ops
from autograph.ops.control import make_ifelse, make_scan
from autograph.ops.reduction import sum_
from autograph.ops.structure import empty, get, set_, take


def positions_where(condition: Value) -> Value:
    """Return the positions at which a bool vector holds, in order."""
    facts, (size,) = current_tracer().facts, condition.dims

    def emit() -> Value:
        count = Affine.of(sum_(cast_to(condition, INT64), axes=(0,)))
        facts.learn(count)
        facts.learn(size - count)

        def body(index: Value, found: Value, seen: Value) -> Sequence[Value]:
            here = (At(Affine.of(index)),)
            place = (At(Affine.of(seen)),)
            return make_ifelse(
                get(condition, index=here),
                lambda: [set_(found, index, index=place), ops.add(seen, 1)],
                lambda: [found, seen],
            )

        start = empty(dims=(count,), dtype=INT64)
        return make_scan(size, [start, 0], body)[0]

    return facts.once(("where", condition), emit)


def _flat_condition(a: Any) -> Value:
    a = as_operand(a)
    flat = ravel(as_array(a))
    return as_truth(flat.read())


def flatnonzero(a: Any) -> Array:
    """Return `np.flatnonzero`."""
    return array(positions_where(_flat_condition(a)))


def nonzero(a: Any) -> tuple[Array, ...]:
    """Return `np.nonzero`."""
    a = as_array(a)
    flat = positions_where(_flat_condition(a))
    found: list[Array] = []
    for axis in range(a.ndim):
        position, inner = flat, product_of(a.dims[axis + 1 :])
        if axis + 1 < a.ndim:
            position = ops.floor_divide(position, value_of_form(integers.maximum(inner, Affine(1))))
        if axis > 0:
            dim = integers.maximum(a.dims[axis], Affine(1))
            position = ops.remainder(position, value_of_form(dim))
        found.append(array(position))
    return tuple(found)


def compressed(full: Value, mask: Value) -> Value:
    """Return the elements of an array where a mask of the same dims holds, as a vector."""
    flat, condition = (array(v) if v.ndim == 1 else ravel(array(v)) for v in (full, mask))
    result: Value = take(flat.read(), positions_where(condition.read()))
    return result
