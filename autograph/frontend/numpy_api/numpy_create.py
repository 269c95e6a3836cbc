"""Functions that make arrays: zeros, arange, linspace, eye, array and their kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import as_operand, emit_ufunc
from autograph.frontend.arrays.slices import index_form, require_nonnegative
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import grids
from autograph.frontend.numpy_api.numpy_reduce import FLOAT64, static_integer
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.broadcasting import fitted_to
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to, kind_of, result_dtype, value_of
from autograph.frontend.symbols.symbolic import (
    INT64,
    PYTHON_DTYPES,
    Array,
    Number,
    array,
    constant,
    fail,
    form_of,
    python_number,
    value_of_form,
)
from autograph.frontend.symbols.view import Dims, broadcast_to
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Value
from autograph.ir.types import DType
from autograph.ops import elementwise as ops
from autograph.ops.structure import broadcast, iota, set_
from autograph.ops.structure import empty as empty_op


def dims_of(shape: Any) -> Dims:
    """Return the dims that a `shape` argument means, each made nonnegative."""
    if isinstance(shape, Array):
        raise unsupported("a shape must be an integer or a tuple of integers, not an array")
    items = shape if isinstance(shape, tuple | list) else (shape,)
    dims = tuple(index_form(item) for item in items)
    for dim in dims:
        require_nonnegative(dim, "ValueError: negative dimensions are not allowed")
    return tuple(map(current_tracer().facts.canonical, dims))


def _require_order(order: Any) -> None:
    if order not in ("C", "K", "A", None):
        raise unsupported("arrays in Fortran order are not supported")


def _filled(dims: Dims, fill: Any, dtype: DType) -> Array:
    return array(broadcast_to(value_of(fill, dtype), dims))


def _spread(fill: Value, dims: Dims) -> Array:
    """Return a new array of some dims, filled with what is broadcast to them."""
    fitting = fitted_to(fill, dims)
    return array(broadcast_to(fitting, tuple(map(current_tracer().facts.canonical, dims))))


def zeros(shape: Any, dtype: Any = float, order: Any = "C") -> Array:
    """Return `np.zeros`."""
    _require_order(order)
    return _filled(dims_of(shape), 0, np.dtype(dtype or float))


def ones(shape: Any, dtype: Any = None, order: Any = "C") -> Array:
    """Return `np.ones`."""
    _require_order(order)
    return _filled(dims_of(shape), 1, np.dtype(dtype or float))


def empty(shape: Any, dtype: Any = float, order: Any = "C") -> Array:
    """Return `np.empty`."""
    _require_order(order)
    return array(empty_op(dims=dims_of(shape), dtype=np.dtype(dtype or float)))


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Array:
    """Return `np.full`."""
    _require_order(order)
    fill = as_operand(fill_value)
    own = kind_of(fill)
    default = PYTHON_DTYPES[own] if isinstance(own, type) else own
    dims = dims_of(shape)
    wanted = default if dtype is None else np.dtype(dtype)
    return _spread(value_of(fill, wanted), dims)


def _like(x: Any, dtype: Any, shape: Any) -> tuple[Dims, DType]:
    x = as_operand(x)
    dims = x.dims if isinstance(x, Array) else ()
    return (dims if shape is None else dims_of(shape)), np.dtype(dtype or np.dtype(kind_of(x)))


def zeros_like(x: Any, dtype: Any = None, order: Any = "K", shape: Any = None) -> Array:
    """Return `np.zeros_like`."""
    _require_order(order)
    dims, like = _like(x, dtype, shape)
    return _filled(dims, 0, like)


def ones_like(x: Any, dtype: Any = None, order: Any = "K", shape: Any = None) -> Array:
    """Return `np.ones_like`."""
    _require_order(order)
    dims, like = _like(x, dtype, shape)
    return _filled(dims, 1, like)


def empty_like(x: Any, dtype: Any = None, order: Any = "K", shape: Any = None) -> Array:
    """Return `np.empty_like`."""
    _require_order(order)
    dims, like = _like(x, dtype, shape)
    return array(empty_op(dims=dims, dtype=like))


def full_like(
    x: Any, fill_value: Any, dtype: Any = None, order: Any = "K", shape: Any = None
) -> Array:
    """Return `np.full_like`."""
    _require_order(order)
    dims, like = _like(x, dtype, shape)
    return _spread(value_of(as_operand(fill_value), like), dims)


# ---------------------------------------------------------------- copies and conversions


def array_(x: Any, dtype: Any = None, copy: Any = True, order: Any = "K", ndmin: int = 0) -> Array:
    """Return `np.array`."""
    _require_order(order)
    if ndmin:
        raise unsupported("np.array with ndmin= is not supported; use np.expand_dims")
    return array_of(x, None if dtype is None else np.dtype(dtype)) if copy else asarray(x, dtype)


def asarray(x: Any, dtype: Any = None, order: Any = None) -> Array:
    """Return `np.asarray`: the array itself if its dtype is the wanted one."""
    _require_order(order)
    if isinstance(x, np.ndarray):
        x = current_tracer().lift(x)
    wanted = None if dtype is None else np.dtype(dtype)
    return x if isinstance(x, Array) and wanted in (None, x.dtype) else array_of(x, wanted)


def ascontiguousarray(x: Any, dtype: Any = None) -> Array:
    """Return `np.ascontiguousarray`: the array itself if it lies in row-major order."""
    result = asarray(x, dtype)
    if result.ndim == 0:
        raise unsupported("np.ascontiguousarray of a scalar is not supported; use np.array([x])")
    return result if result.view.contiguous and result.cell.contiguous else array(result.read())


def copy(x: Any, order: Any = "K") -> Array:
    """Return `np.copy`."""
    _require_order(order)
    return array_of(x)


def astype(x: Any, dtype: Any, order: Any = "K", casting: str = "unsafe", copy: Any = True) -> Any:
    """Return `x.astype(dtype)`."""
    _require_order(order)
    wanted = np.dtype(dtype)
    if not np.can_cast(x.dtype, wanted, casting):  # type: ignore[arg-type]
        fail(f"TypeError: cannot cast from {x.dtype} to {wanted} by the rule {casting!r}")
    if x.dtype.kind == "c" and wanted.kind not in "cb":
        raise unsupported("conversion of complex to real numbers is not supported; use .real")
    if not copy and x.dtype == wanted:
        return x
    return array(value_of(x, wanted))


# ---------------------------------------------------------------- ranges


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Array:
    """Return `np.arange`."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    wanted = None if dtype is None else np.dtype(dtype)
    forms = [form_of(x) for x in (start, stop)]
    if None in forms or not isinstance(step, int | np.integer | Number) or form_of(step) is None:
        return _float_range(start, stop, step, wanted)
    first, last = forms
    assert first is not None
    assert last is not None
    stride = static_integer(step)
    if stride == 0:
        fail("ZeroDivisionError: the step of a range is zero")
    distance = (last - first) * (1 if stride > 0 else -1)
    if not current_tracer().facts.assume_nonnegative(distance):
        distance = integers.maximum(distance, Affine(0))
    size = abs(stride)
    value: Value = iota(length=integers.floor_divide(distance + (size - 1), Affine(size)))
    if stride != 1:
        value = ops.multiply(value, constant(stride, INT64))
    if first != 0:
        value = ops.add(value, value_of_form(first))
    return array(cast_to(value, wanted or INT64))


def _float_range(start: Any, stop: Any, step: Any, wanted: DType | None) -> Array:
    dtype = np.result_type(result_dtype([kind_of(x) for x in (start, stop, step)]), np.float64)
    if wanted not in (None, dtype):
        raise unsupported("np.arange of floats with another dtype is not supported; use astype")
    if all(isinstance(x, int | float) for x in (start, stop, step)):
        length = Affine(max(math.ceil((stop - start) / step), 0))
    else:
        first, last, stride = (value_of(x, dtype) for x in (start, stop, step))
        count = ops.ceil(ops.divide(ops.subtract(last, first), stride))
        length = integers.maximum(Affine.of(cast_to(count, INT64)), Affine(0))
    first, stride = value_of(start, dtype), value_of(step, dtype)
    # NumPy steps by the difference of the first two elements, not by `step` itself.
    delta = emit_ufunc(np.subtract, [emit_ufunc(np.add, [first, stride]), first])
    counted = cast_to(iota(length=length), dtype)
    return array(emit_ufunc(np.add, [first, emit_ufunc(np.multiply, [counted, delta])]))


_linspace_of_arrays = defined(grids.linspace)


def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    """Return `np.linspace`."""
    start, stop = as_operand(start), as_operand(stop)
    if retstep or any(isinstance(x, Array) and x.ndim for x in (start, stop)):
        return _linspace_of_arrays(start, stop, num, endpoint, retstep, dtype, axis)
    count = index_form(num)
    require_nonnegative(count, "ValueError: the number of samples must not be negative")
    first, last = value_of(start, FLOAT64), value_of(stop, FLOAT64)
    divisions = count - 1 if endpoint else count
    if count.constant in (0, 1):
        result = broadcast_to(first, (count,))
        return array(cast_to(result, np.dtype(dtype or FLOAT64)))
    require_nonnegative(divisions - 1, "np.linspace of one sample")
    width = emit_ufunc(np.subtract, [last, first])
    step = emit_ufunc(np.divide, [width, value_of(python_number(int, divisions), FLOAT64)])
    counted = cast_to(iota(length=count), FLOAT64)
    result = emit_ufunc(np.add, [emit_ufunc(np.multiply, [counted, step]), first])
    if endpoint:
        result = set_(result, last, index=(At(count - 1),))
    wanted = np.dtype(dtype or FLOAT64)
    if wanted.kind in "iu":
        result = ops.floor(result)
    return array(cast_to(result, wanted))


def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = float, order: Any = "C") -> Array:
    """Return `np.eye`."""
    _require_order(order)
    (rows,) = dims_of(N)
    (columns,) = (rows,) if M is None else dims_of(M)
    row: Value = broadcast(iota(length=rows), dims=(rows, Affine(1)), axes=(0,))
    offset = index_form(k)
    if offset != 0:
        row = ops.add(row, value_of_form(offset))
    return array(cast_to(ops.equal(row, iota(length=columns)), np.dtype(dtype)))


def identity(n: Any, dtype: Any = None) -> Array:
    """Return `np.identity`."""
    return eye(n, dtype=dtype or float)


def result_type(*operands: Any) -> DType:
    """Return `np.result_type`."""
    return np.result_type(*map(_promoting, operands))


def _promoting(x: Any) -> Any:
    """Return what promotes as an operand does: a Python number, or a dtype."""
    if isinstance(x, np.dtype | type | str):
        return np.dtype(x)
    kind = kind_of(as_operand(x))
    return kind(0) if isinstance(kind, type) else kind
