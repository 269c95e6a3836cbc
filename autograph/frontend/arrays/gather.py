"""Reads and writes by integer arrays: one `take` or `put` with an index array per axis."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from autograph.frontend.arrays.mismatches import indexing_dims, require_scattered
from autograph.frontend.arrays.slices import bounded_slice, index_form, position
from autograph.frontend.symbols.broadcasting import (
    fitted,
    fitted_to,
    without_leading_ones,
)
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.implicit import Telling
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    constant,
    require,
    under_dims,
    value_of_form,
    wrap,
)
from autograph.frontend.symbols.view import Dims, broadcast_to
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ir.op import Op
from autograph.ops import elementwise as ops
from autograph.ops.define import broadcast_dims
from autograph.ops.reduction import argmax
from autograph.ops.structure import broadcast, iota, nonzero, put, take

ONE = Affine(1)


class Selected(Struct, frozen=True):
    """What an index with integer arrays selects.

    Attributes:
        positions: One index array per axis of the array, which broadcast together.
        dims: The dims of what is selected.
    """

    positions: tuple[Value, ...]
    dims: Dims


def selected(dims: Dims, items: list[Any], new: Dims | None = None) -> Selected:
    """Return what integers, slices, new axes and at least one integer array select.

    The axes that the arrays share come where the arrays are if these stand side by side (integers
    count as arrays), else first. What NumPy finds wrong with single integers comes before what it
    finds wrong with arrays of them.

    Args:
        dims: The dims of the array.
        items: One item per axis, and None for new axes.
        new: The dims of what is to be assigned.
    """
    shared = indexing_dims([x.dims for x in items if isinstance(x, Array)])
    axes = {k: axis for axis, k in enumerate(k for k, x in enumerate(items) if x is not None)}
    slices, values = _slices_and_single(dims, items, axes)
    places = [k for k in axes if k not in slices]
    adjacent = places == list(range(places[0], places[-1] + 1))
    front = places[0] if adjacent else 0
    result: list[Affine] = [
        slices[k].length if k in slices else ONE for k in range(len(items)) if k not in places
    ]
    result[front:front] = shared
    if new is not None:
        require_scattered(new, tuple(result))
    positions: list[Value] = []
    passed = 0
    for k, item in enumerate(items):
        if k in places:
            value = values[k] if k in values else _positions(item, dims[axes[k]], axes[k])
            positions.append(_placed(fitted(value, shared), front + len(shared), len(result)))
            continue
        axis = passed if passed < front else passed + len(shared)
        passed += 1
        if k in slices:
            positions.append(_placed(_stretch(slices[k]), axis + 1, len(result)))
    return Selected(tuple(positions), tuple(result))


def _slices_and_single(
    dims: Dims, items: list[Any], axes: dict[int, int]
) -> tuple[dict[int, Slice], dict[int, Value]]:
    """Return the slices, and the positions of single integers, by their places among items."""
    slices, values = {}, {}
    for k, axis in axes.items():
        item = items[k]
        if isinstance(item, slice):
            slices[k] = bounded_slice(item, dims[axis])
        elif not isinstance(item, Array) or item.ndim == 0:
            values[k] = value_of_form(position(index_form(item), dims[axis], axis))
    return slices, values


def gathered(a: Array, items: list[Any]) -> Any:
    """Return `a[items]`, a copy, where at least one item is an integer array."""
    found = selected(a.dims, items)
    return wrap(under_dims(take(a.read(), *found.positions), found.dims))


def scattered(a: Array, items: list[Any], new: Value, op: Op = put) -> None:
    """Do `a[items] = new`, or add with `put_add`, where at least one item is an integer array."""
    found = selected(a.dims, items, new.dims)
    new = fitted_to(without_leading_ones(new, len(found.dims)), found.dims)
    dims = tuple(map(current_tracer().facts.canonical, found.dims))
    positions = [fitted(p, dims) for p in found.positions]
    shape = broadcast_dims([p.dims for p in positions])
    if shape != dims:  # an axis of length 1 that no position stands for
        positions[0] = broadcast_to(positions[0], dims)
    a.write(op(a.read(), fitted(new, dims), *positions))


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


def _positions(item: Array, dim: Affine, axis: int) -> Value:
    """Return index values counted from the start, checked against the axis."""
    if item.dtype.kind not in "iu":
        raise unsupported(f"arrays used as indices must be of integer type, not {item.dtype}")
    given = cast_to(item.read(), INT64)
    if _is_iota_within(given, dim) or _is_found_within(given, dim):
        return given
    zero, size = constant(0, INT64), value_of_form(dim)
    positions: Value = ops.switch(ops.less(given, zero), ops.add(given, size), given)
    within = ops.logical_and(ops.greater_equal(positions, zero), ops.less(positions, size))
    require(within, _outside(given, within, dim, axis))
    return positions


def _outside(given: Value, within: Value, dim: Affine, axis: int) -> str:
    """Return what NumPy says where an index is not within an axis."""
    if given.ndim != 1:
        return f"IndexError: an index is out of bounds for axis {axis} with size {dim}"

    def first() -> Affine:
        return Affine.of(take(given, argmax(ops.logical_not(within), axes=(0,))))

    return Telling(
        IndexError, "index ", first, f" is out of bounds for axis {axis} with size ", dim
    )


def _is_iota_within(value: Value, dim: Affine) -> bool:
    node = value.node
    if node is None or node.op is not iota:
        return False
    return current_tracer().facts.nonnegative(dim - node.attrs["length"])


def _is_found_within(value: Value, dim: Affine) -> bool:
    """Return whether a value has the positions of a mask along an axis of this length."""
    node = value.node
    if node is None or node.op is not nonzero:
        return False
    searched = node.operands[0].dims[node.results.index(value)]
    return current_tracer().facts.equal(searched, dim)
