"""Reductions: sum, mean, max, argmax and their kin over all axes, one or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import as_operand, emit_ufunc, write_out
from autograph.frontend.arrays.masked import Masked, with_elements
from autograph.frontend.arrays.slices import require_nonnegative
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import complex_order, reductions
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.floating_errors import doubt_product, doubt_sum
from autograph.frontend.symbols.implicit import raised_by
from autograph.frontend.symbols.promotion import cast_to, kind_of, resolve, value_of
from autograph.frontend.symbols.symbolic import (
    INT64,
    Number,
    array,
    constant,
    fail,
    numpy_scalar,
    value_of_form,
    wrap,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op
from autograph.ir.types import DType
from autograph.ops import reduction
from autograph.ops.complex_parts import imag, real
from autograph.ops.elementwise import not_equal, switch
from autograph.ops.structure import broadcast

Axes = tuple[int, ...]
FLOAT64 = np.dtype(np.float64)
NO_VALUE: Any = np._NoValue
"""What stands for no `initial`."""


def static_integer(x: Any) -> int:
    """Return an integer that decides what is emitted, such as an axis."""
    if isinstance(x, Number):
        return int(current_tracer().need_static(x))
    if not isinstance(x, int | np.integer):
        raise unsupported(f"an integer is needed here, not {x!r}")
    return int(x)


def normal_axis(axis: Any, ndim: int) -> int:
    """Return an axis counted from the front."""
    k = static_integer(axis)
    if not -ndim <= k < ndim:
        fail(f"AxisError: axis {k} is out of bounds for array of dimension {ndim}")
    return k % ndim


def normal_axes(axis: Any, ndim: int) -> Axes:
    """Return the axes that an `axis` argument means, sorted."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted({normal_axis(k, ndim) for k in given}))


def operand_of(x: Any) -> Any:
    """Return what a reduction is applied to: an array or a number."""
    return with_elements(as_operand(x))


def reduced(op: Op, value: Value, axes: Axes, keepdims: bool) -> Value:
    """Emit a reduction; none over no axes, and axes of length 1 in their places if asked for."""
    result: Value = op(value, axes=axes) if axes else value
    if op is reduction.sum_:
        doubt_sum(value)
    elif op is reduction.prod:
        doubt_product(value)
    if not keepdims or not axes:
        return result
    kept = tuple(k for k in range(value.ndim) if k not in axes)
    dims = tuple(Affine(1) if k in axes else dim for k, dim in enumerate(value.dims))
    restored: Value = broadcast(result, dims=dims, axes=kept)
    return restored


def finished(result: Value, out: Any, name: str) -> Any:
    """Return a result as NumPy does, or write it to `out`."""
    if out is None:
        return wrap(result)
    write_out(out, result, name)
    return out


def _accumulator(ufunc: np.ufunc, x: Any, dtype: Any) -> DType:
    """Return the dtype a sum or product runs in: at least 64 bits for integers and bools."""
    own: DType = np.dtype(kind_of(x) if dtype is None else dtype)
    if dtype is None and own.kind in "biu":
        own = np.dtype(np.uint64 if own.kind == "u" else np.int64)
    return resolve(ufunc, [own, own])[-1]


def _is_plain(initial: Any, where: Any) -> bool:
    """Return whether a reduction is of all elements, and begins with the first of them."""
    return initial is NO_VALUE and where is True


def sum_(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Any:
    """Return `np.sum`."""
    if _is_plain(initial, where):
        if isinstance(x, Masked) and x.intact:
            return _masked_sum(x)
        return _accumulated(np.add, reduction.sum_, x, axis, dtype, out, keepdims)
    first = 0 if initial is NO_VALUE else initial
    found = defined(reductions.total)(x, axis, dtype, keepdims, first, where)
    return finished(value_of(found), out, "sum")


def _accumulated(
    ufunc: np.ufunc, op: Op, x: Any, axis: Any, dtype: Any, out: Any, keepdims: Any
) -> Any:
    """Return the sum or product of all elements."""
    x = operand_of(x)
    value = value_of(x, _accumulator(ufunc, x, dtype))
    axes = normal_axes(axis, value.ndim)
    return finished(reduced(op, value, axes, keepdims), out, op.name)


def _masked_sum(x: Masked) -> Any:
    dtype = _accumulator(np.add, Number(x.dtype, x.full), None)
    full = switch(x.mask, cast_to(x.full, dtype), constant(0, dtype))
    return wrap(reduced(reduction.sum_, full, tuple(range(full.ndim)), False))


def prod(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Any:
    """Return `np.prod`."""
    if _is_plain(initial, where):
        return _accumulated(np.multiply, reduction.prod, x, axis, dtype, out, keepdims)
    first = 1 if initial is NO_VALUE else initial
    found = defined(reductions.product)(x, axis, dtype, keepdims, first, where)
    return finished(value_of(found), out, "prod")


def require_elements(value: Value, axes: Axes, function: Callable[..., Any]) -> None:
    """Make the axes that are reduced nonempty: the reduction has no value for none."""
    for axis in axes:
        require_nonnegative(value.dims[axis] - 1, _of_none(function))


@cache
def _of_none(function: Callable[..., Any]) -> str:
    """Return what a function says that is given no elements."""
    return raised_by(function, [])


def max_(
    x: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Any:
    """Return `np.max`."""
    return _extreme(reduction.max_, x, axis, out, keepdims, initial, where)


def min_(
    x: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Any:
    """Return `np.min`."""
    return _extreme(reduction.min_, x, axis, out, keepdims, initial, where)


def _extreme(op: Op, x: Any, axis: Any, out: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    if not _is_plain(initial, where):
        if initial is NO_VALUE:
            fail(f"ValueError: np.{op.name} with where needs initial")
        largest = op is reduction.max_
        found = defined(reductions.extreme)(largest, x, axis, keepdims, initial, where)
        return finished(value_of(found), out, op.name)
    value = value_of(operand_of(x))
    if value.dtype.kind == "c":
        return _extreme_of_complex(op, x, axis is None and out is None and not keepdims)
    axes = normal_axes(axis, value.ndim)
    require_elements(value, axes, getattr(np, op.name))
    return finished(reduced(op, value, axes, keepdims), out, op.name)


def _extreme_of_complex(op: Op, x: Any, of_all: bool) -> Any:
    """Return an extreme element of a complex array, or its position."""
    if not of_all:
        raise unsupported(f"np.{op.name} of a complex array along an axis; go through its rows")
    return defined(getattr(complex_order, f"{op.name}_of_complex"))(x)


def ptp(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return `np.ptp`, the largest element minus the smallest."""
    value = value_of(operand_of(x))
    axes = normal_axes(axis, value.ndim)
    require_elements(value, axes, np.ptp)
    extremes = [reduced(op, value, axes, keepdims) for op in (reduction.max_, reduction.min_)]
    return wrap(emit_ufunc(np.subtract, extremes))


def any_(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return `np.any`."""
    value = as_truth(value_of(operand_of(x)))
    axes = normal_axes(axis, value.ndim)
    return finished(reduced(reduction.any_, value, axes, keepdims), out, "any")


def all_(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return `np.all`."""
    value = as_truth(value_of(operand_of(x)))
    axes = normal_axes(axis, value.ndim)
    return finished(reduced(reduction.all_, value, axes, keepdims), out, "all")


def as_truth(value: Value) -> Value:
    """Return where a value is not zero."""
    if value.dtype == np.bool_:
        return value
    result: Value = not_equal(value, constant(0, value.dtype))
    return result


def count_nonzero(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return `np.count_nonzero`."""
    value = cast_to(as_truth(value_of(operand_of(x))), INT64)
    return wrap(reduced(reduction.sum_, value, normal_axes(axis, value.ndim), keepdims))


def argmax(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return `np.argmax`."""
    return _position(reduction.argmax, x, axis, out, keepdims)


def argmin(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return `np.argmin`."""
    return _position(reduction.argmin, x, axis, out, keepdims)


def _position(op: Op, x: Any, axis: Any, out: Any, keepdims: Any) -> Any:
    value = value_of(operand_of(x))
    if value.dtype.kind == "c":
        return _extreme_of_complex(op, x, axis is None and out is None and not keepdims)
    axes = normal_axes(axis, value.ndim)
    require_elements(value, axes, getattr(np, op.name))
    if not axes:
        return numpy_scalar(INT64, Affine(0))
    return finished(reduced(op, value, axes, keepdims), out, op.name)


# ---------------------------------------------------------------- moments


def product_of(dims: Sequence[Affine]) -> Affine:
    """Return the product of dims; the same symbol for the same dims in any order."""
    facts = current_tracer().facts
    canonical = [facts.canonical(dim) for dim in dims]
    canonical.sort(key=lambda dim: (bool(dim.terms), dim.const, [(s.id, k) for s, k in dim.terms]))
    result = Affine(1)
    for dim in canonical:
        result = integers.size_product(result, dim)
    return result


def _count(value: Value, axes: Axes) -> Affine:
    return product_of([value.dims[axis] for axis in axes])


def _floating(x: Any, dtype: Any) -> DType:
    """Return the dtype a mean runs in."""
    own = np.dtype(kind_of(x)) if dtype is None else np.dtype(dtype)
    if own == np.float16:
        raise unsupported("means of float16 arrays are not supported; convert with astype")
    return FLOAT64 if own.kind in "biu" else own


def _mean_value(value: Value, axes: Axes, keepdims: bool) -> Value:
    total = reduced(reduction.sum_, value, axes, keepdims)
    count = cast_to(value_of_form(_count(value, axes)), value.dtype)
    return emit_ufunc(np.divide, [total, count])


def mean(
    x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
) -> Any:
    """Return `np.mean`."""
    if isinstance(x, Masked) and x.intact:
        total, count = _masked_sum(x), x.count()
        divisor = value_of(count, _floating(total, dtype))
        return wrap(emit_ufunc(np.divide, [value_of(total, divisor.dtype), divisor]))
    x = operand_of(x)
    value = value_of(x, _floating(x, dtype))
    return finished(_mean_value(value, normal_axes(axis, value.ndim), keepdims), out, "mean")


def var(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
) -> Any:
    """Return `np.var` of real numbers."""
    return finished(_variance(x, axis, dtype, ddof, keepdims), out, "var")


def std(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
) -> Any:
    """Return `np.std` of real numbers."""
    variance = _variance(x, axis, dtype, ddof, keepdims)
    return finished(emit_ufunc(np.sqrt, [variance]), out, "std")


def _variance(x: Any, axis: Any, dtype: Any, ddof: Any, keepdims: bool) -> Value:
    x = operand_of(x)
    value = value_of(x, _floating(x, dtype))
    axes = normal_axes(axis, value.ndim)
    deviation = emit_ufunc(np.subtract, [value, _mean_value(value, axes, keepdims=True)])
    parts = [real(deviation), imag(deviation)] if value.dtype.kind == "c" else [deviation]
    first, *others = [emit_ufunc(np.square, [part]) for part in parts]
    squares = emit_ufunc(np.add, [first, *others]) if others else first
    freedom = integers.maximum(_count(value, axes) - static_integer(ddof), Affine(0))
    divisor = cast_to(value_of_form(freedom), squares.dtype)
    return emit_ufunc(np.divide, [reduced(reduction.sum_, squares, axes, keepdims), divisor])


# ---------------------------------------------------------------- composites


def softmax(x: Any, axis: Any = None) -> Any:
    """Return `scipy.special.softmax`."""
    x = operand_of(x)
    value = value_of(x, _floating(x, None))
    return array(reduction.softmax(value, axes=normal_axes(axis, value.ndim)))


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return `scipy.special.log_softmax`."""
    x = operand_of(x)
    value = value_of(x, _floating(x, None))
    return array(reduction.log_softmax(value, axes=normal_axes(axis, value.ndim)))


def logsumexp(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return `scipy.special.logsumexp` without weights."""
    x = operand_of(x)
    value = value_of(x, _floating(x, None))
    axes = normal_axes(axis, value.ndim)
    return wrap(reduced(reduction.logsumexp, value, axes, keepdims))
