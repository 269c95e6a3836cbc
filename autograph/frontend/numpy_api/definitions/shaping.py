"""Functions that repeat, pad, cut or rearrange arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.flatten(), 0
    axis = axis % a.ndim
    if mode not in ("raise", "clip", "wrap"):
        refuse(f"np.take with mode={mode!r}")
    if np.ndim(indices) > 0:
        indices = np.asarray(indices)
    if mode == "clip":
        indices = np.clip(indices, 0, a.shape[axis] - 1)
    elif mode == "wrap":
        indices = indices % a.shape[axis]
    result = a[(slice(None),) * axis + (indices,)]
    if out is not None:
        out[...] = result
        return out
    return result if np.ndim(result) == 0 else np.copy(result)


def grid(shape: Any) -> list[Any]:
    """Return the index arrays that select everything, to be broadcast against each other."""
    parts = []
    for k, n in enumerate(shape):
        parts.append(np.arange(n).reshape((1,) * k + (-1,) + (1,) * (len(shape) - k - 1)))
    return parts


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    arr, indices = np.asarray(arr), np.asarray(indices)
    if axis is None:
        return arr.flatten()[indices]
    axis = axis % arr.ndim
    if arr.ndim == 1:
        return arr[indices]
    index = grid(indices.shape)
    index[axis] = indices
    return arr[tuple(index)]


def tile(A: Any, reps: Any) -> Any:
    A = np.asarray(A)
    counts = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    if len(counts) < A.ndim:
        counts = (1,) * (A.ndim - len(counts)) + counts
    shape = (1,) * (len(counts) - A.ndim) + A.shape
    result = np.empty(tuple([n * count for n, count in zip(shape, counts)]), A.dtype)
    if len(counts) == 1:
        n = shape[0]
        for k in range(counts[0]):
            result[k * n : (k + 1) * n] = A
        return result
    pairs = []
    for n, count in zip(shape, counts):
        pairs += [count, n]
    ones = []
    for n in shape:
        ones += [1, n]
    wide = np.broadcast_to(A.reshape(tuple(ones)), tuple(pairs))
    return np.copy(wide).reshape(result.shape)


def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.flatten(), 0
    along = np.moveaxis(a, axis, 0)
    if np.ndim(repeats) == 0:
        n = along.shape[0]
        wide = np.broadcast_to(
            along.reshape((n, 1) + along.shape[1:]), (n, repeats) + along.shape[1:]
        )
        return np.moveaxis(np.copy(wide).reshape((n * repeats,) + along.shape[1:]), 0, axis)
    counts = np.asarray(repeats)
    if counts.shape[0] != along.shape[0]:
        raise ValueError("operands could not be broadcast together")
    result = np.empty((int(np.sum(counts)),) + along.shape[1:], a.dtype)
    at = 0
    for k in range(along.shape[0]):
        for _ in range(counts[k]):
            result[at] = along[k]
            at += 1
    return np.moveaxis(result, 0, axis)


def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    m = np.asarray(m)
    k = k % 4
    a, b = axes[0] % m.ndim, axes[1] % m.ndim
    if k == 0:
        return m[:]
    if k == 2:
        return np.flip(np.flip(m, a), b)
    if k == 1:
        return np.swapaxes(np.flip(m, b), a, b)
    return np.flip(np.swapaxes(m, a, b), b)


def flipud(m: Any) -> Any:
    return np.flip(m, 0)


def fliplr(m: Any) -> Any:
    return np.flip(m, 1)


def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    vectors = [np.asarray(x).flatten() for x in xi]
    count = len(vectors)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[0], places[1] = 1, 0
    shape = [1] * count
    for x, place in zip(vectors, places):
        shape[place] = x.shape[0]
    grids = []
    for x, place in zip(vectors, places):
        ones = [1] * count
        ones[place] = x.shape[0]
        part = x.reshape(tuple(ones))
        if not sparse:
            part = np.broadcast_to(part, tuple(shape))
        grids.append(np.copy(part) if copy else part)
    return tuple(grids)


def indices(dimensions: Any, dtype: Any = int, sparse: Any = False) -> Any:
    vectors = [np.arange(n).astype(dtype) for n in dimensions]
    grids = meshgrid(*vectors, sparse=sparse, indexing="ij")
    return grids if sparse else np.stack(grids)


def pairs_of(width: Any, ndim: Any) -> Any:
    """Return what lies before and after each axis, as `np.pad` understands its argument."""
    if isinstance(width, (list, tuple)):
        if len(width) == 1:
            return pairs_of(width[0], ndim)
        if isinstance(width[0], (list, tuple)):
            return [tuple(pair) if len(pair) == 2 else (pair[0], pair[0]) for pair in width]
        return [(width[0], width[1])] * ndim
    if np.ndim(width) > 0:
        refuse("np.pad with widths in an array; give a tuple of pairs")
    return [(width, width)] * ndim


def pad(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Any:
    x = np.asarray(array)
    widths = pairs_of(pad_width, x.ndim)
    fills = pairs_of(constant_values, x.ndim)
    for axis in range(x.ndim):
        before, after = widths[axis]
        x = padded(x, axis, before, after, mode, fills[axis])
    return x


def padded(x: Any, axis: Any, before: Any, after: Any, mode: Any, fill: Any) -> Any:
    """Return an array with more elements before and after those of one axis."""
    n = x.shape[axis]
    rest = (slice(None),) * axis
    if mode == "constant":
        shape = x.shape[:axis] + (before + n + after,) + x.shape[axis + 1 :]
        result = np.empty(shape, x.dtype)
        result[rest + (slice(0, before),)] = fill[0]
        result[rest + (slice(before, before + n),)] = x
        result[rest + (slice(before + n, before + n + after),)] = fill[1]
        return result
    position = np.arange(-before, n + after)
    if mode == "edge":
        position = np.clip(position, 0, n - 1)
    elif mode == "wrap":
        position = position % n
    elif mode == "reflect":
        position = np.abs((position + (n - 1)) % max(2 * (n - 1), 1) - (n - 1))
    elif mode == "symmetric":
        position = position % (2 * n)
        position = np.minimum(position, 2 * n - 1 - position)
    elif mode in ("maximum", "minimum", "mean"):
        value = getattr(np, mode[:3] if mode != "mean" else mode)(x, axis=axis, keepdims=True)
        if mode == "mean" and x.dtype.kind in "iu":
            value = np.rint(value).astype(x.dtype)
        head = np.repeat(value, before, axis=axis)
        tail = np.repeat(value, after, axis=axis)
        return np.concatenate((head, x, tail), axis=axis)
    else:
        refuse(f"np.pad with mode={mode!r}; use constant, edge, wrap, reflect or symmetric")
    return x[rest + (position,)]


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    arr = np.asarray(arr)
    if axis is None:
        arr, axis = arr.flatten(), 0
    n = arr.shape[axis]
    rest = (slice(None),) * (axis % arr.ndim)
    if isinstance(obj, slice) or np.ndim(obj) > 0:
        kept = np.ones(n, np.bool_)
        if isinstance(obj, slice):
            kept[obj] = False
        elif np.asarray(obj).dtype.kind == "b":
            kept = ~np.asarray(obj)
        else:
            for k in np.asarray(obj):
                kept[k] = False
        return arr[rest + (np.flatnonzero(kept),)]
    if obj < -n or obj >= n:
        raise IndexError("index out of bounds")
    place = obj + n if obj < 0 else obj
    result = np.empty(
        arr.shape[: axis % arr.ndim] + (n - 1,) + arr.shape[axis % arr.ndim + 1 :], arr.dtype
    )
    result[rest + (slice(0, place),)] = arr[rest + (slice(0, place),)]
    result[rest + (slice(place, n - 1),)] = arr[rest + (slice(place + 1, n),)]
    return result


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    arr = np.asarray(arr)
    if axis is None:
        arr, axis = arr.flatten(), 0
    if isinstance(obj, slice) or np.ndim(obj) > 0:
        refuse("np.insert at several positions; insert at one position at a time")
    axis = axis % arr.ndim
    n = arr.shape[axis]
    if obj < -n or obj > n:
        raise IndexError("index out of bounds")
    place = obj + n if obj < 0 else obj
    value = np.asarray(values).astype(arr.dtype)
    if arr.ndim > 1 and value.ndim == arr.ndim:
        count = value.shape[axis]
    elif arr.ndim == 1 and value.ndim == 1:
        count = value.shape[0]
    else:
        count = 1
        if value.ndim > 0:
            value = np.expand_dims(value, axis) if value.ndim == arr.ndim - 1 else value
    rest = (slice(None),) * axis
    result = np.empty(arr.shape[:axis] + (n + count,) + arr.shape[axis + 1 :], arr.dtype)
    result[rest + (slice(0, place),)] = arr[rest + (slice(0, place),)]
    result[rest + (slice(place, place + count),)] = value
    result[rest + (slice(place + count, n + count),)] = arr[rest + (slice(place, n),)]
    return result


def resize(a: Any, new_shape: Any) -> Any:
    a = np.asarray(a).flatten()
    shape = new_shape if isinstance(new_shape, (tuple, list)) else (new_shape,)
    count = 1
    for n in shape:
        count = count * n
    if a.shape[0] == 0:
        return np.zeros(tuple(shape), a.dtype)
    return a[np.arange(count) % a.shape[0]].reshape(tuple(shape))


def dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], 2)


def block(arrays: Any) -> Any:
    if not isinstance(arrays, list):
        return np.atleast_1d(arrays)
    if not isinstance(arrays[0], list):
        parts = [np.atleast_1d(x) for x in arrays]
        return np.concatenate(parts, -1)
    rows = [np.atleast_2d(block(row)) for row in arrays]
    return np.concatenate(rows, 0)


def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    n = ary.shape[axis]
    rest = (slice(None),) * (axis % ary.ndim)
    parts = []
    if isinstance(indices_or_sections, (list, tuple)):
        bounds = [0, *indices_or_sections]
        for k in range(len(bounds)):
            stop = bounds[k + 1] if k + 1 < len(bounds) else None
            parts.append(ary[rest + (slice(bounds[k], stop),)])
        return parts
    count = int(indices_or_sections)
    each, extras = n // count, n % count
    start = 0
    for k in range(count):
        stop = start + each + (1 if k < extras else 0)
        parts.append(ary[rest + (slice(start, stop),)])
        start = stop
    return parts


def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    if not isinstance(indices_or_sections, (list, tuple)):
        if ary.shape[axis] % indices_or_sections != 0:
            raise ValueError("array split does not result in an equal division")
        each = ary.shape[axis] // indices_or_sections
        rest = (slice(None),) * (axis % ary.ndim)
        parts = []
        for k in range(int(indices_or_sections)):
            parts.append(ary[rest + (slice(k * each, (k + 1) * each),)])
        return parts
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 0)


def unravel_index(indices: Any, shape: Any, order: Any = "C") -> Any:
    found = []
    rest = indices
    for n in shape[::-1]:
        found.append(rest % n)
        rest = rest // n
    return tuple(found[::-1])


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Any:
    flat = 0
    for k, n in zip(multi_index, dims):
        flat = flat * n + k
    return flat


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        result = np.where(condition, choice, result)
    return result


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = np.asarray(x)
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) else [condlist]
    default = 0
    if len(funclist) == len(conditions) + 1:
        default = funclist[-1](x, *args, **kw) if callable(funclist[-1]) else funclist[-1]
    result = np.where(np.zeros(x.shape, bool), x, default).astype(x.dtype)
    for condition, f in zip(conditions, funclist):
        value = f(x, *args, **kw) if callable(f) else f
        result = np.where(condition, value, result).astype(x.dtype)
    return result


def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = np.asarray(arr)
    moved = np.moveaxis(arr, axis, -1)
    if moved.ndim == 1:
        return func1d(moved, *args, **kwargs)
    outer = moved.shape[:-1]
    rows = moved.reshape((-1, moved.shape[-1]))
    first = np.asarray(func1d(rows[0], *args, **kwargs))
    result = np.empty((rows.shape[0],) + first.shape, first.dtype)
    for k in range(rows.shape[0]):
        result[k] = func1d(rows[k], *args, **kwargs)
    shaped = result.reshape(outer + first.shape)
    if first.ndim == 1:
        return np.moveaxis(shaped, -1, axis)
    return shaped


def vectorized(f: Any, otypes: Any, *args: Any) -> Any:
    """Return what `np.vectorize(f, otypes)` makes of its arguments."""
    arrays = np.broadcast_arrays(*[np.asarray(a) for a in args])
    flat = [np.copy(a).flatten() for a in arrays]
    first = f(*[a[0].item() for a in flat])
    if isinstance(first, tuple):
        refuse("np.vectorize of a function with several results")
    dtype = np.asarray(first).dtype if otypes is None else np.dtype(otypes[0])
    result = np.empty(flat[0].shape[0], dtype)
    for k in range(flat[0].shape[0]):
        result[k] = f(*[a[k].item() for a in flat])
    return result.reshape(arrays[0].shape)[()]


def tolist(a: Any) -> Any:
    """Do what `a.tolist()` does."""
    if a.ndim == 0:
        return a.item()
    return [x.item() for x in a] if a.ndim == 1 else [tolist(row) for row in a]
