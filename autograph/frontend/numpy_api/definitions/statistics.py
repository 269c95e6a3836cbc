"""Means and spreads: weighted, without missing values, of several variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.matrices import diagonal_copy


def nan_parts(a: Any) -> Any:
    a = np.asarray(a)
    missing = np.isnan(a)
    return a, missing


def nansum(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    return np.sum(np.where(missing, 0.0, a).astype(a.dtype), axis=axis, keepdims=keepdims)


def nanprod(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    return np.prod(np.where(missing, 1.0, a).astype(a.dtype), axis=axis, keepdims=keepdims)


def nanmean(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    total = np.sum(np.where(missing, 0.0, a).astype(a.dtype), axis=axis, keepdims=keepdims)
    count = np.sum(~missing, axis=axis, keepdims=keepdims)
    return (total / count).astype(a.dtype)


def nanvar(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    count = np.sum(~missing, axis=axis, keepdims=True)
    zero = np.where(missing, 0.0, a).astype(a.dtype)
    mean = np.sum(zero, axis=axis, keepdims=True) / count
    deviation = np.where(missing, 0.0, a - mean).astype(a.dtype)
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    freedom = np.sum(~missing, axis=axis, keepdims=keepdims) - ddof
    return np.where(freedom > 0, total / freedom, np.nan).astype(a.dtype)[()]


def nanstd(a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    return np.sqrt(nanvar(a, axis, ddof, keepdims))


def nanmax(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    found = np.max(np.where(missing, -np.inf, a).astype(a.dtype), axis=axis, keepdims=keepdims)
    none = np.all(missing, axis=axis, keepdims=keepdims)
    return np.where(none, np.nan, found).astype(a.dtype)[()]


def nanmin(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    a, missing = nan_parts(a)
    found = np.min(np.where(missing, np.inf, a).astype(a.dtype), axis=axis, keepdims=keepdims)
    none = np.all(missing, axis=axis, keepdims=keepdims)
    return np.where(none, np.nan, found).astype(a.dtype)[()]


def nanargmax(a: Any, axis: Any = None) -> Any:
    a, missing = nan_parts(a)
    if np.any(np.all(missing, axis=axis)):
        raise ValueError("All-NaN slice encountered")
    return np.argmax(np.where(missing, -np.inf, a), axis=axis)


def nanargmin(a: Any, axis: Any = None) -> Any:
    a, missing = nan_parts(a)
    if np.any(np.all(missing, axis=axis)):
        raise ValueError("All-NaN slice encountered")
    return np.argmin(np.where(missing, np.inf, a), axis=axis)


def present_first(a: Any, axis: Any) -> Any:
    """Return arrays sorted along their last axes, and how many numbers there are not missing."""
    a = np.asarray(a)
    if a.dtype.kind != "f" or isinstance(axis, tuple):
        refuse("order statistics without missing values of integers, or along several axes")
    moved = a.flatten() if axis is None else np.moveaxis(a, axis, -1)
    missing = np.isnan(moved)
    return np.sort(moved, axis=-1), np.sum(~missing, axis=-1, keepdims=True)


def with_axis(result: Any, a: Any, axis: Any) -> Any:
    """Return a statistic with an axis of length one for each that it was taken along."""
    if axis is None:
        return np.reshape(result, (1,) * np.ndim(a))
    return np.expand_dims(result, axis)


def nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    if method != "linear" or np.ndim(q) > 0:
        refuse("np.nanquantile of several levels, or by other methods than linear")
    if q < 0 or q > 1:
        raise ValueError("Quantiles must be in the range [0, 1]")
    b, count = present_first(a, axis)
    virtual = np.maximum(count - 1, 0) * q
    previous = np.floor(virtual).astype(np.int64)
    gamma = (virtual - previous).astype(b.dtype)
    following = np.minimum(previous + 1, np.maximum(count - 1, 0))
    low = np.take_along_axis(b, previous, axis=-1)
    high = np.take_along_axis(b, following, axis=-1)
    upper, lower = high - (high - low) * (1 - gamma), low + (high - low) * gamma
    result = np.where(gamma >= 0.5, upper, lower)[..., 0]
    return with_axis(result, a, axis) if keepdims else result[()]


def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    if np.ndim(q) > 0:
        refuse("np.nanpercentile of several levels")
    return nanquantile(a, np.true_divide(q, 100), axis, method=method, keepdims=keepdims)


def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    b, count = present_first(a, axis)
    low = np.take_along_axis(b, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(b, np.maximum(count, 1) // 2, axis=-1)
    result = np.where(count % 2 == 0, np.mean(np.stack((low, high)), axis=0), low)[..., 0]
    result = np.where(count[..., 0] == 0, np.nan, result).astype(b.dtype)[()]
    return with_axis(result, a, axis) if keepdims else result[()]


def nan_to_num(
    x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    x = np.asarray(x)
    if not copy:
        refuse("np.nan_to_num in place")
    if x.dtype.kind != "f":
        return np.copy(x) if x.ndim else x[()]
    limits = np.finfo(x.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    finite = np.where(np.isnan(x), nan, np.where(x == np.inf, high, np.where(x == -np.inf, low, x)))
    return finite.astype(x.dtype)[()] if x.ndim == 0 else finite.astype(x.dtype)


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    a = np.asarray(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        if returned:
            refuse("np.average with returned=True and without weights")
        return mean
    w = np.asarray(weights)
    if w.ndim != a.ndim:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        w = w.reshape((1,) * (axis % a.ndim) + (-1,) + (1,) * (a.ndim - axis % a.ndim - 1))
    dtype = np.result_type(a.dtype, w.dtype)
    if dtype.kind in "biu":
        dtype = np.dtype(np.float64)
    wide = np.broadcast_to(w, a.shape)
    scale = np.sum(wide, axis=axis, dtype=dtype, keepdims=keepdims)
    if np.any(scale == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(np.multiply(a, w).astype(dtype), axis=axis, keepdims=keepdims) / scale
    return (mean, scale) if returned else mean


def cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    x = np.atleast_2d(np.asarray(m))
    if x.dtype.kind in "biu":
        x = x.astype(np.float64)
    if not rowvar and np.ndim(m) > 1:
        x = x.T
    if y is not None:
        other = np.atleast_2d(np.asarray(y))
        if not rowvar and np.ndim(y) > 1:
            other = other.T
        x = np.concatenate((x, other), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    centred = x - np.mean(x, axis=1, keepdims=True)
    product = np.dot(centred, centred.T) * np.true_divide(1, x.shape[1] - ddof)
    return np.squeeze(product) if x.shape[0] == 1 else product


def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(diagonal_copy(c, 0))
    scaled = c / scale[:, np.newaxis] / scale[np.newaxis, :]
    return np.clip(scaled, -1, 1)
