"""Triangles, diagonals and products of vectors; polynomials by their coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Any:
    rows, columns = np.arange(N), np.arange(N if M is None else M)
    return (rows[:, np.newaxis] >= columns - k).astype(dtype)


def tril(m: Any, k: Any = 0) -> Any:
    m = np.asarray(m)
    inside = tri(m.shape[-2], m.shape[-1], k, bool)
    return np.where(inside, m, np.zeros(1, m.dtype))


def triu(m: Any, k: Any = 0) -> Any:
    m = np.asarray(m)
    outside = tri(m.shape[-2], m.shape[-1], k - 1, bool)
    return np.where(outside, np.zeros(1, m.dtype), m)


def diag(v: Any, k: Any = 0) -> Any:
    v = np.asarray(v)
    if v.ndim == 1:
        n = v.shape[0] + abs(k)
        result = np.zeros((n, n), v.dtype)
        row, column = max(-k, 0), max(k, 0)
        for j in range(v.shape[0]):
            result[row + j, column + j] = v[j]
        return result
    if v.ndim != 2:
        raise ValueError("Input must be 1- or 2-d.")
    return np.diagonal(v, k)


def diagonal_copy(a: Any, k: Any) -> Any:
    row, column = max(-k, 0), max(k, 0)
    n = max(min(a.shape[0] - row, a.shape[1] - column), 0)
    at = np.arange(n)
    return a[at + row, at + column]


def diagflat(v: Any, k: Any = 0) -> Any:
    return diag(np.asarray(v).flatten(), k)


def trace(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None) -> Any:
    a = np.asarray(a)
    if a.ndim == 2 and axis1 % 2 == 0 and axis2 % 2 == 1:
        return np.sum(diagonal_copy(a, offset), dtype=dtype)
    moved = np.moveaxis(np.moveaxis(a, axis1, -1), axis2 - (axis2 % a.ndim > axis1 % a.ndim), -1)
    row, column = max(-offset, 0), max(offset, 0)
    at = np.arange(max(min(moved.shape[-2] - row, moved.shape[-1] - column), 0))
    return np.sum(moved[..., at + row, at + column], axis=-1, dtype=dtype)


def tril_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return np.nonzero(tri(n, m, k, bool))


def triu_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return np.nonzero(tri(n, m, k - 1, bool) == False)  # noqa: E712


def cross(
    a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Any:
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    a, b = np.moveaxis(np.asarray(a), axisa, -1), np.moveaxis(np.asarray(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("Both input arrays must be (arrays of) 3-dimensional vectors")
    x = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    y = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    z = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.moveaxis(np.stack((x, y, z), axis=-1), -1, axisc)


# ---------------------------------------------------------------- polynomials


def polyval(p: Any, x: Any) -> Any:
    p = np.asarray(p)
    y = np.zeros_like(x, dtype=np.result_type(p, x))
    for k in range(p.shape[0]):
        y = y * x + p[k]
    return y


def polyder(p: Any, m: Any = 1) -> Any:
    p = np.asarray(p)
    for _ in range(m):
        n = p.shape[0] - 1
        p = p[:-1] * np.arange(n, 0, -1)
    return p


def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    p = np.asarray(p)
    if k is not None:
        refuse("np.polyint with constants; add them to the result")
    for _ in range(m):
        n = p.shape[0]
        p = np.concatenate((p / np.arange(n, 0, -1), np.zeros(1, p.dtype)))
    return p


def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    x = np.asarray(x)
    n = x.shape[0]
    columns = n if N is None else N
    dtype = np.result_type(x.dtype, np.int64)
    result = np.empty((n, columns), dtype)
    target = result if increasing else result[:, ::-1]
    for i in range(n):
        power = dtype.type(1)
        for j in range(columns):
            target[i, j] = power
            power = power * x[i]
    return result
