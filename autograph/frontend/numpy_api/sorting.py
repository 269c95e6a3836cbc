"""Sorting of run-time arrays, as NumPy's own routines do it."""

from __future__ import annotations

from typing import Any

from autograph.frontend.arrays.slices import index_form, position
from autograph.frontend.numpy_api.numpy_reduce import normal_axis
from autograph.frontend.numpy_api.numpy_shape import as_array, ravel
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.symbolic import Array, array, python_number, require
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops import routine
from autograph.ops.elementwise import isnan, logical_not


def _operand(a: Any, axis: Any, order: Any) -> tuple[Array, int]:
    if order is not None:
        raise unsupported("sorting by fields (order=) is not supported")
    a = as_array(a)
    if axis is None:
        a, axis = ravel(a), 0
    if a.ndim == 0:
        raise unsupported("a number cannot be sorted; give an array with at least one axis")
    return a, normal_axis(axis, a.ndim)


def _kind(kind: Any, stable: Any) -> str:
    """Return the algorithm that the arguments ask for."""
    if stable is not None and kind is not None:
        raise unsupported("sorting takes kind= or stable=, not both")
    return "stable" if stable else "quicksort" if kind is None else str(kind)


def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Array:
    """Return `np.sort`."""
    a, axis = _operand(a, axis, order)
    return array(routine.sort(a.read(), axis=axis, kind=_kind(kind, stable)))


def sort_in_place(
    a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> None:
    """Do `a.sort()`."""
    a, axis = _operand(a, axis, order)
    a.write(routine.sort(a.read(), axis=axis, kind=_kind(kind, stable)))


def argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Array:
    """Return `np.argsort`."""
    a, axis = _operand(a, axis, order)
    return array(routine.argsort(a.read(), axis=axis, kind=_kind(kind, stable)))


def stable_order(keys: Any) -> Any:
    """Return the positions that put numbers in order, as Python does; there must be no NaN."""
    value = keys.read()
    if value.dtype.kind == "f":
        require(logical_not(isnan(value)), "Python's order of NaN depends on where they stand")
    return array(routine.argsort(value, axis=0, kind="stable"))


def partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Array:
    """Return `np.partition`."""
    a, axis = _operand(a, axis, order)
    return array(routine.partition(a.read(), _positions(kth, a.dims[axis]), axis=axis))


def argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Array:
    """Return `np.argpartition`."""
    a, axis = _operand(a, axis, order)
    return array(routine.argpartition(a.read(), _positions(kth, a.dims[axis]), axis=axis))


def _positions(kth: Any, size: Affine) -> Value:
    """Return positions within an axis, as a vector."""
    items = kth if isinstance(kth, tuple | list) else (kth,)
    if any(isinstance(item, Array) and item.ndim for item in items):
        raise unsupported("partition at the positions in an array; give a tuple of positions")
    return as_array([python_number(int, position(index_form(item), size)) for item in items]).read()
