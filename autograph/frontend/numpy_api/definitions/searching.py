"""Searching, counting and sets, on sorted arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    a = np.asarray(a)
    if a.ndim != 1:
        raise ValueError("object too deep for desired array")
    if side not in ("left", "right", "l", "r"):
        raise ValueError(f"search side must be 'left' or 'right' (got {side!r})")
    if sorter is not None:
        a = a[sorter]
    dtype = np.result_type(a, v)
    a = a.astype(dtype, copy=False)
    right = side[0] == "r"
    if np.ndim(v) == 0:
        key = np.asarray(v).astype(dtype)[()] if isinstance(v, (bool, int, float)) else v
        return np.int64(position_right(a, key) if right else position_left(a, key))
    keys = np.asarray(v).astype(dtype, copy=False).flatten()
    found = np.empty(keys.shape[0], np.int64)
    for k in range(keys.shape[0]):
        found[k] = position_right(a, keys[k]) if right else position_left(a, keys[k])
    return found.reshape(np.shape(v))


def position_left(a: Any, key: Any) -> Any:
    """Return how many elements of a sorted vector come before a key; NaN comes last."""
    low, high = 0, a.shape[0]
    while low < high:
        middle = (low + high) // 2
        x = a[middle]
        if x < key or (key != key and x == x):
            low = middle + 1
        else:
            high = middle
    return low


def position_right(a: Any, key: Any) -> Any:
    """Return how many elements of a sorted vector do not come after a key."""
    low, high = 0, a.shape[0]
    while low < high:
        middle = (low + high) // 2
        x = a[middle]
        if key < x or (x != x and key == key):
            high = middle
        else:
            low = middle + 1
    return low


def digitize(x: Any, bins: Any, right: Any = False) -> Any:
    bins = np.asarray(bins)
    falling = np.any(bins[1:] < bins[:-1])
    if falling and np.any(bins[1:] > bins[:-1]):
        raise ValueError("bins must be monotonically increasing or decreasing")
    rising = np.where(falling, bins[::-1], bins)
    found = searchsorted(rising, x, "left" if right else "right")
    return np.where(falling, bins.shape[0] - found, found)[()]


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    xp, fp = np.asarray(xp).astype(np.float64), np.asarray(fp).astype(np.float64)
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.shape[0] == 0:
        raise ValueError("array of sample points is empty")
    if xp.shape[0] != fp.shape[0]:
        raise ValueError("fp and xp are not of the same length.")
    x = np.asarray(x).astype(np.float64)
    if period is not None:
        period = abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = np.concatenate((fp[-1:], fp, fp[:1]))
        left = right = None
    below = fp[0] if left is None else np.float64(left)
    above = fp[-1] if right is None else np.float64(right)
    if x.ndim == 0:
        return interpolated(x[()], xp, fp, below, above)
    keys = x.flatten()
    result = np.empty(keys.shape[0])
    for k in range(keys.shape[0]):
        result[k] = interpolated(keys[k], xp, fp, below, above)
    return result.reshape(x.shape)


def interpolated(x: Any, xp: Any, fp: Any, below: Any, above: Any) -> Any:
    """Return the value at a point of the polygon through sorted points."""
    n = xp.shape[0]
    j = position_right(xp, x) - 1
    if x != x:
        y = x
    elif j < 0:
        y = below
    elif j >= n - 1:
        y = fp[n - 1] if xp[n - 1] == x else above
    elif xp[j] == x:
        y = fp[j]
    else:
        slope = (fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j])
        y = slope * (x - xp[j]) + fp[j]
        if y != y:
            y = slope * (x - xp[j + 1]) + fp[j + 1]
            if y != y and fp[j] == fp[j + 1]:
                y = fp[j]
    return y


def bincount(x: Any, weights: Any = None, minlength: Any = 0) -> Any:
    x = np.asarray(x)
    if x.ndim != 1:
        raise ValueError("object too deep for desired array")
    if x.dtype.kind not in "biu":
        raise TypeError("Cannot cast array data to dtype('int64') according to the rule 'safe'")
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    keys = x.astype(np.int64, copy=False)
    if np.any(keys < 0):
        raise ValueError("'list' argument must have no negative elements")
    largest = -1
    for k in range(keys.shape[0]):
        largest = max(largest, int(keys[k]))
    length = max(largest + 1, minlength)
    if weights is None:
        counts = np.zeros(length, np.int64)
        for k in range(keys.shape[0]):
            counts[keys[k]] += 1
        return counts
    w = np.asarray(weights).astype(np.float64, copy=False)
    if w.shape[0] != keys.shape[0]:
        raise ValueError("The weights and list don't have the same length.")
    sums = np.zeros(length, np.float64)
    for k in range(keys.shape[0]):
        sums[keys[k]] += w[k]
    return sums


# ---------------------------------------------------------------- histograms


def bin_edges(a: Any, bins: Any, range_: Any) -> Any:
    if np.ndim(bins) == 1:
        edges = np.asarray(bins)
        if np.any(edges[:-1] > edges[1:]):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges, None, None
    if isinstance(bins, str):
        refuse("np.histogram with a rule for the number of bins; give the number")
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    if range_ is not None:
        first, last = range_
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
    elif a.size == 0:
        first, last = 0, 1
    else:
        first, last = a.min(), a.max()
    if first == last:
        first, last = first - 0.5, last + 0.5
    dtype = np.result_type(first, last, a)
    if dtype.kind in "biu":
        dtype = np.result_type(dtype, np.float64)
    return np.linspace(first, last, bins + 1, endpoint=True, dtype=dtype), first, last


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return bin_edges(np.asarray(a).flatten(), bins, range)[0]


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    a = np.asarray(a).flatten()
    if a.dtype.kind == "b":
        a = a.astype(np.uint8)
    edges, first, last = bin_edges(a, bins, range)
    w = None if weights is None else np.asarray(weights).flatten()
    if first is None:
        counts = counted_between(a, edges, w)
    else:
        counts = counted_evenly(a, edges, first, last, w)
    if density:
        widths = np.diff(edges).astype(np.float64)
        return counts / widths / counts.sum(), edges
    return counts, edges


def counted_evenly(a: Any, edges: Any, first: Any, last: Any, w: Any) -> Any:
    """Count in bins of one width, corrected where rounding put an element beside its bin."""
    n = edges.shape[0] - 1
    counts = np.zeros(n, np.int64 if w is None else np.result_type(w.dtype, w.dtype))
    norm_denominator = np.subtract(np.float64(last), np.float64(first))
    for k in count_of(a):
        x = a[k]
        if first <= x <= last:
            position = ((np.float64(x) - np.float64(first)) / norm_denominator) * n
            j = int(position)
            if j == n:
                j -= 1
            if x < edges[j]:
                j -= 1
            elif x >= edges[j + 1] and j != n - 1:
                j += 1
            counts[j] += 1 if w is None else w[k]
    return counts


def count_of(a: Any) -> Any:
    return range(a.shape[0])


def counted_between(a: Any, edges: Any, w: Any) -> Any:
    """Count between edges, the last one included."""
    n = edges.shape[0] - 1
    counts = np.zeros(n, np.int64 if w is None else w.dtype)
    for k in count_of(a):
        x = a[k]
        if edges[0] <= x <= edges[n]:
            j = n - 1 if x == edges[n] else position_right(edges, x) - 1
            counts[j] += 1 if w is None else w[k]
    return counts


# ---------------------------------------------------------------- sets


def unique(
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    sorted: Any = True,
) -> Any:
    ar = np.asarray(ar)
    if axis is not None:
        refuse("np.unique with axis=")
    if not sorted:
        refuse("np.unique with sorted=False")
    flat = ar.flatten()
    if return_index or return_inverse:
        order = np.argsort(flat, kind="stable" if return_index else "quicksort")
        values = flat[order]
    else:
        order = flat
        values = np.sort(flat)
    first = np.ones(values.shape[0], np.bool_)
    if values.dtype.kind == "f" and equal_nan:
        first[1:] = (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))
    else:
        first[1:] = values[1:] != values[:-1]
    starts = np.flatnonzero(first)
    found = [values[starts]]
    if return_index:
        found.append(order[starts])
    if return_inverse:
        inverse = np.empty(flat.shape[0], np.int64)
        number = -1
        for k in range(flat.shape[0]):
            if first[k]:
                number += 1
            inverse[order[k]] = number
        found.append(inverse.reshape(ar.shape))
    if return_counts:
        found.append(np.diff(np.append(starts, flat.shape[0])))
    return found[0] if len(found) == 1 else tuple(found)


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: Any = False,
    invert: Any = False,
    *,
    kind: Any = None,
) -> Any:
    element, wanted = np.asarray(element), np.sort(np.asarray(test_elements).flatten())
    dtype = np.result_type(element, wanted)
    keys, wanted = element.astype(dtype).flatten(), wanted.astype(dtype)
    found = np.empty(keys.shape[0], np.bool_)
    for k in range(keys.shape[0]):
        j = position_left(wanted, keys[k])
        hit = False
        if j < wanted.shape[0]:
            hit = wanted[j] == keys[k]
        found[k] = not hit if invert else hit
    return found.reshape(element.shape)


def union1d(ar1: Any, ar2: Any) -> Any:
    return unique(np.concatenate((np.asarray(ar1).flatten(), np.asarray(ar2).flatten())))


def intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    if return_indices:
        refuse("np.intersect1d with return_indices")
    a, b = np.asarray(ar1).flatten(), np.asarray(ar2).flatten()
    if not assume_unique:
        a, b = unique(a), unique(b)
    both = np.sort(np.concatenate((a, b)))
    return both[np.flatnonzero(both[1:] == both[:-1])]


def setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    a = np.asarray(ar1).flatten() if assume_unique else unique(ar1)
    return a[np.flatnonzero(isin(a, ar2, invert=True))]


def setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    a, b = np.asarray(ar1).flatten(), np.asarray(ar2).flatten()
    if not assume_unique:
        a, b = unique(a), unique(b)
    both = np.sort(np.concatenate((a, b)))
    differs = np.ones(both.shape[0] + 1, np.bool_)
    differs[1:-1] = both[1:] != both[:-1]
    return both[np.flatnonzero(differs[1:] & differs[:-1])]


def argwhere(a: Any) -> Any:
    return np.transpose(np.stack(np.nonzero(a)))


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    positions = np.flatnonzero(condition)
    return np.take(a, positions, axis=axis)


def extract(condition: Any, arr: Any) -> Any:
    return np.asarray(arr).flatten()[np.flatnonzero(condition)]


# ---------------------------------------------------------------- order statistics


def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: Any = False, keepdims: Any = False
) -> Any:
    if out is not None:
        refuse("np.median with out=")
    a = np.asarray(a)
    b = a.flatten() if axis is None else np.moveaxis(a, axis, -1)
    b = np.sort(b, axis=-1)
    n = b.shape[-1]
    if n == 0:
        result = np.mean(b, axis=-1)
    else:
        low, high = b[..., (n - 1) // 2], b[..., n // 2]
        result = np.mean(np.stack((low, high)), axis=0) if n % 2 == 0 else low / 1
        result = with_nan(b, result)
    if keepdims:
        if axis is None:
            return np.reshape(result, (1,) * a.ndim)
        return np.expand_dims(result, axis)
    return result


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: Any = False,
    method: Any = "linear",
    keepdims: Any = False,
) -> Any:
    if out is not None:
        refuse("quantiles with out=")
    a = np.asarray(a)
    if method not in ("linear", "lower", "higher", "nearest", "midpoint"):
        refuse(f"quantiles by method={method!r}; use linear, lower, higher, nearest or midpoint")
    if np.any(np.asarray(q) < 0) or np.any(np.asarray(q) > 1):
        raise ValueError("Quantiles must be in the range [0, 1]")
    b = a.flatten() if axis is None else np.moveaxis(a, axis, -1)
    b = np.sort(b, axis=-1)
    if np.ndim(q) == 0:
        if isinstance(q, (int, float)) and b.dtype.kind == "f":
            q = b.dtype.type(q)
        result = at_quantile(b, q, method)
    else:
        result = np.stack([at_quantile(b, level, method) for level in q])
    if keepdims:
        shape = (1,) * a.ndim if axis is None else np.expand_dims(b[..., 0], axis).shape
        return np.reshape(result, np.shape(q) + shape)
    return result


def at_quantile(b: Any, q: Any, method: Any) -> Any:
    """Return the quantile of arrays sorted along their last axes."""
    n = b.shape[-1]
    virtual = (n - 1) * q
    if method in ("lower", "higher", "nearest"):
        whole = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[method](virtual)
        return with_nan(b, b[..., int(whole)])
    if method == "midpoint":
        virtual = 0.5 * (np.floor(virtual) + np.ceil(virtual))
    previous = int(np.floor(virtual))
    following = min(previous + 1, n - 1)
    gamma = virtual - previous
    low, high = b[..., previous], b[..., following]
    difference = high - low
    upper, lower = high - difference * (1 - gamma), low + difference * gamma
    return with_nan(b, upper if gamma >= 0.5 else lower)


def with_nan(b: Any, result: Any) -> Any:
    """Return a statistic of sorted arrays, NaN where they hold one."""
    if b.dtype.kind != "f":
        return result
    return np.where(np.isnan(b[..., -1]), b[..., -1], result)[()]


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: Any = False,
    method: Any = "linear",
    keepdims: Any = False,
) -> Any:
    if np.ndim(q) == 0:
        scale = np.asarray(a).dtype
        if isinstance(q, (int, float)) and scale.kind == "f":
            return quantile(
                a, scale.type(q) / scale.type(100), axis, out, overwrite_input, method, keepdims
            )
        return quantile(a, np.float64(q) / 100, axis, out, overwrite_input, method, keepdims)
    return quantile(a, np.asarray(q) / 100, axis, out, overwrite_input, method, keepdims)


def lexsort(keys: Any, axis: Any = -1) -> Any:
    order = np.argsort(keys[0], kind="stable")
    for key in keys[1:]:
        order = order[np.argsort(key[order], kind="stable")]
    return order
