"""Reads by integer arrays: one `take` with an index array per axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.broadcasting import common_dims, fitted
from autograph.frontend.context import current_tracer, unsupported
from autograph.frontend.promotion import cast_to
from autograph.frontend.slices import bounded_slice, index_form, position
from autograph.frontend.symbolic import INT64, Array, constant, require, value_of_form, wrap
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ops import elementwise as ops
from autograph.ops.structure import broadcast, iota, take


def gathered(a: Array, items: list[Any]) -> Any:
    """Return `a[items]`, a copy, where at least one item is an integer array."""
    if any(item is None for item in items):
        raise unsupported("a new axis beside integer arrays is not supported; reshape the result")
    arrays = [k for k, item in enumerate(items) if not isinstance(item, slice)]
    positions = [
        None if isinstance(item, slice) else _positions(item, dim)
        for item, dim in zip(items, a.dims, strict=True)
    ]
    chosen = [p for p in positions if p is not None]
    shared = common_dims([p.dims for p in chosen])
    adjacent = arrays == list(range(arrays[0], arrays[-1] + 1))
    front = arrays[0] if adjacent else 0
    ndim = len(shared) + len(items) - len(arrays)
    operands: list[Value] = []
    axis = 0
    for item, found, dim in zip(items, positions, a.dims, strict=True):
        if found is not None:
            axis += len(shared) if adjacent and len(operands) == arrays[0] else 0
            operands.append(_placed(fitted(found, shared), front + len(shared), ndim))
        else:
            axis = max(axis, len(shared)) if not adjacent else axis
            operands.append(_placed(_stretch(bounded_slice(item, dim)), axis + 1, ndim))
            axis += 1
    return wrap(take(a.read(), *operands))


def _placed(value: Value, end: int, ndim: int) -> Value:
    """Return the value with axes of length 1 around it: its last axis comes right before `end`."""
    if value.ndim == 0:
        return value
    axes = tuple(range(end - value.ndim, end))
    dims = [Affine(1)] * ndim
    for axis, dim in zip(axes, value.dims, strict=True):
        dims[axis] = dim
    if tuple(dims) == value.dims:
        return value
    result: Value = broadcast(value, dims=tuple(dims), axes=axes)
    return result


def _stretch(item: Slice) -> Value:
    """Return the positions of a slice as a vector."""
    positions: Value = iota(length=item.length)
    if item.step != 1:
        positions = ops.multiply(positions, constant(item.step, INT64))
    if item.start != 0:
        positions = ops.add(positions, value_of_form(item.start))
    return positions


def _positions(item: Any, dim: Affine) -> Value:
    """Return index values counted from the start, checked against the axis."""
    if not isinstance(item, Array) or item.ndim == 0:
        return value_of_form(position(index_form(item), dim))
    if item.dtype.kind not in "iu":
        raise unsupported(f"arrays used as indices must be of integer type, not {item.dtype}")
    given = cast_to(item.read(), INT64)
    if _is_iota_within(given, dim):
        return given
    zero, size = constant(0, INT64), value_of_form(dim)
    positions: Value = ops.switch(ops.less(given, zero), ops.add(given, size), given)
    within = ops.logical_and(ops.greater_equal(positions, zero), ops.less(positions, size))
    require(within, f"IndexError: an index is out of bounds for axis with size {dim}")
    return positions


def _is_iota_within(value: Value, dim: Affine) -> bool:
    node = value.node
    if node is None or node.op is not iota:
        return False
    return current_tracer().facts.nonnegative(dim - node.attrs["length"])


def index_operands(a: Array, key: Any) -> list[Value]:
    """Return one index array per axis from the key of `np.add.at`.

    Raises:
        UnsupportedError: If there is not an integer or integer array for each axis.
    """
    items = list(key) if isinstance(key, tuple) else [key]
    items = [current_tracer().lift(x) if isinstance(x, np.ndarray) else x for x in items]
    if len(items) != a.ndim or any(isinstance(x, slice) or x in (None, ...) for x in items):
        raise unsupported("np.add.at needs one integer array per axis")
    found = [_positions(item, dim) for item, dim in zip(items, a.dims, strict=True)]
    dims = common_dims([p.dims for p in found])
    return [fitted(p, dims) for p in found]
