"""Running sums, products and extremes, and what is made of neighbouring elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse

NEUTRAL = {
    "add": -0.0,
    "multiply": 1.0,
    "maximum": -np.inf,
    "minimum": np.inf,
    "logaddexp": -np.inf,
}
"""What changes nothing, per ufunc, negative zero included."""


def accumulate(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    array = np.asarray(array)
    if dtype is None:
        dtype = ufunc(np.ones(1, array.dtype), np.ones(1, array.dtype)).dtype
        if ufunc.__name__ in ("add", "multiply") and array.dtype.kind in "biu":
            dtype = np.dtype(np.uint64 if array.dtype.kind == "u" else np.int64)
    values = array.astype(dtype)
    result = np.empty(array.shape, dtype) if out is None else out
    if values.ndim == 1 and dtype.kind == "f" and ufunc.__name__ in NEUTRAL:
        total = dtype.type(NEUTRAL[ufunc.__name__])
        for k in range(values.shape[0]):
            total = ufunc(total, values[k])
            result[k] = total
        return result
    along = np.moveaxis(values, axis, 0)
    target = np.moveaxis(result, axis, 0)
    target[:1] = along[:1]
    for k in range(1, along.shape[0]):
        target[k] = ufunc(target[k - 1], along[k])
    return result


def cumulated(ufunc: Any, a: Any, axis: Any, dtype: Any, out: Any) -> Any:
    a = np.asarray(a)
    if axis is None:
        return accumulate(ufunc, a.flatten(), 0, None if dtype is None else np.dtype(dtype), out)
    return accumulate(ufunc, a, axis, None if dtype is None else np.dtype(dtype), out)


def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumulated(np.add, a, axis, dtype, out)


def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumulated(np.multiply, a, axis, dtype, out)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumsum(np.where(np.isnan(a), 0.0, a), axis, dtype, out)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumprod(np.where(np.isnan(a), 1.0, a), axis, dtype, out)


def along_one_axis(
    cumulate: Any, start: Any, x: Any, axis: Any, dtype: Any, out: Any, include_initial: Any
) -> Any:
    x = np.atleast_1d(x)
    if axis is None and x.ndim > 1:
        raise ValueError(
            "For arrays which have more than one dimension ``axis`` argument is required."
        )
    axis = 0 if axis is None else axis
    result = cumulate(x, axis, dtype, out)
    if not include_initial:
        return result
    if out is not None:
        refuse("running sums with out= and include_initial=True")
    first = np.full_like(np.take(result, np.arange(1), axis=axis), start)
    return np.concatenate((first, result), axis=axis)


def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: Any = False
) -> Any:
    return along_one_axis(cumsum, 0, x, axis, dtype, out, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: Any = False
) -> Any:
    return along_one_axis(cumprod, 1, x, axis, dtype, out, include_initial)


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.asarray(ary).flatten()
    parts = [flat[1:] - flat[:-1]]
    if to_begin is not None:
        parts.insert(0, np.asarray(to_begin).astype(flat.dtype).ravel())
    if to_end is not None:
        parts.append(np.asarray(to_end).astype(flat.dtype).ravel())
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        width = dx
    else:
        x = np.asarray(x)
        width = np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(x, axis, -1))
    return np.sum(width * (y[..., 1:] + y[..., :-1]) / 2.0, -1)


def along(f: Any, spacing: Any, axis: Any, edge_order: Any) -> Any:
    """Return the central differences along an axis."""
    values = np.moveaxis(f, axis, 0)
    kind = f.dtype if f.dtype.kind in "fc" else np.dtype(np.float64)
    result = np.empty(f.shape, kind)
    out = np.moveaxis(result, axis, 0)
    if values.shape[0] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    if np.ndim(spacing) == 0:
        first = last = spacing
        out[1:-1] = (values[2:] - values[:-2]) / (2.0 * spacing)
    else:
        steps = np.diff(np.asarray(spacing))
        before, after = steps[:-1], steps[1:]
        a = -after / (before * (before + after))
        b = (after - before) / (before * after)
        c = before / (after * (before + after))
        if f.ndim > 1:
            shape = (-1,) + (1,) * (f.ndim - 1)
            a, b, c = a.reshape(shape), b.reshape(shape), c.reshape(shape)
        out[1:-1] = a * values[:-2] + b * values[1:-1] + c * values[2:]
        first, last = steps[0], steps[-1]
    if edge_order == 1:
        out[0] = (values[1] - values[0]) / first
        out[-1] = (values[-1] - values[-2]) / last
    elif np.ndim(spacing) == 0:
        out[0] = (-1.5 / first) * values[0] + (2.0 / first) * values[1] + (-0.5 / first) * values[2]
        out[-1] = (0.5 / last) * values[-3] + (-2.0 / last) * values[-2] + (1.5 / last) * values[-1]
    else:
        d1, d2 = steps[0], steps[1]
        out[0] = (
            (-(2.0 * d1 + d2) / (d1 * (d1 + d2))) * values[0]
            + ((d1 + d2) / (d1 * d2)) * values[1]
            + (-d1 / (d2 * (d1 + d2))) * values[2]
        )
        d1, d2 = steps[-2], steps[-1]
        out[-1] = (
            (d2 / (d1 * (d1 + d2))) * values[-3]
            + (-(d2 + d1) / (d1 * d2)) * values[-2]
            + ((2.0 * d2 + d1) / (d2 * (d1 + d2))) * values[-1]
        )
    return result


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    f = np.asarray(f)
    if axis is None:
        axes = tuple(range(f.ndim))
    elif isinstance(axis, tuple):
        axes = axis
    else:
        axes = (axis,)
    if len(varargs) == 0:
        spacings = (1.0,) * len(axes)
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        spacings = varargs * len(axes)
    elif len(varargs) == len(axes):
        spacings = varargs
    else:
        raise TypeError("invalid number of arguments")
    parts = [along(f, h, k, edge_order) for h, k in zip(spacings, axes)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if a.shape[0] == 0:
        raise ValueError("a cannot be empty")
    if v.shape[0] == 0:
        raise ValueError("v cannot be empty")
    return slide(a, v, mode, (min(a.shape[0], v.shape[0]) - 1) // 2)


def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = np.asarray(a), np.asarray(v)
    if v.dtype.kind == "c":
        v = np.conjugate(v)
    n, m = a.shape[0], v.shape[0]
    return slide(a, v[::-1], mode, (m - 1) // 2 if n >= m else n // 2)


def slide(a: Any, v: Any, mode: Any, middle: Any) -> Any:
    """Return the sums of products of two vectors, one of them reversed and shifted."""
    n, m = a.shape[0], v.shape[0]
    if mode == "full":
        offset, count = 0, n + m - 1
    elif mode == "same":
        offset, count = middle, max(n, m)
    elif mode == "valid":
        offset, count = min(n, m) - 1, max(n, m) - min(n, m) + 1
    else:
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    dtype = np.result_type(a.dtype, v.dtype)
    result = np.empty(count, dtype)
    for k in range(count):
        total = dtype.type(0)
        for j in range(max(0, k + offset - n + 1), min(m, k + offset + 1)):
            total += a[k + offset - j] * v[j]
        result[k] = total
    return result
