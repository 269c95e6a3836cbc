"""Polynomials by their coefficients: fitted to data, multiplied, divided, made of their roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


def points(x: Any, y: Any) -> Any:
    """Return as floats where something is to be fitted, and to what."""
    x, y = np.asarray(x) + 0.0, np.asarray(y) + 0.0
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.shape[0] == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    return x, y


def weighted(basis: Any, y: Any, w: Any) -> Any:
    """Return both sides of the equations of a fit, each times its weight."""
    if w is None:
        return basis, y
    weights = np.asarray(w) + 0.0
    return basis * weights[:, np.newaxis], y * (weights if y.ndim == 1 else weights[:, np.newaxis])


def polyfit(
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: Any = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    if full or cov:
        refuse("np.polyfit with full or cov")
    if deg < 0:
        raise ValueError("expected deg >= 0")
    x, y = points(x, y)
    powers, y = weighted(np.vander(x, deg + 1), y, w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.lstsq(powers / scale, y, rcond)[0]
    return found / scale if y.ndim == 1 else (found.T / scale).T


def polyadd(a1: Any, a2: Any) -> Any:
    a, b = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a), len(b))
    result = np.zeros(n, np.result_type(a.dtype, b.dtype))
    result[n - len(a) :] += a
    result[n - len(b) :] += b
    return result


def polysub(a1: Any, a2: Any) -> Any:
    a, b = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a), len(b))
    result = np.zeros(n, np.result_type(a.dtype, b.dtype))
    result[n - len(a) :] += a
    result[n - len(b) :] -= b
    return result


def without_leading_zeros(p: Any) -> Any:
    """Return the coefficients of a polynomial from the first that is not zero."""
    p = np.atleast_1d(p)
    if p.ndim != 1:
        refuse("polynomials of other than a vector of coefficients")
    first = 0
    while first < p.shape[0] - 1 and p[first] == 0:
        first += 1
    return p[first:]


def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(without_leading_zeros(a1), without_leading_zeros(a2))


def polydiv(u: Any, v: Any) -> Any:
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    dtype = np.result_type(u.dtype, v.dtype)
    excess = u.shape[0] - v.shape[0]
    rest = u.astype(dtype)
    quotient = np.zeros(max(excess + 1, 1), dtype)
    scale = 1.0 / v[0]
    for k in range(excess + 1):
        d = scale * rest[k]
        quotient[k] = d
        rest[k : k + v.shape[0]] -= d * v
    first = 0
    while first < rest.shape[0] - 1 and np.abs(rest[first]) <= 1e-8:
        first += 1
    return quotient, rest[first:]


def poly(seq_of_zeros: Any) -> Any:
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.shape[0] != 0:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    elif zeros.dtype.kind in "biu":
        zeros = zeros + 0.0
    result = np.zeros(zeros.shape[0] + 1, zeros.dtype)
    result[0] = 1
    for k in range(zeros.shape[0]):
        result[1 : k + 2] -= zeros[k] * result[: k + 1]
    if zeros.dtype.kind == "c" and np.all(np.sort(zeros) == np.sort(np.conj(zeros))):
        return result.real.copy()
    return result


def roots(p: Any) -> Any:
    p = without_leading_zeros(p) + 0.0
    last = p.shape[0]
    while last > 1 and p[last - 1] == 0:
        last -= 1
    count = last - 1
    companion = np.zeros((count, count), p.dtype)
    companion[:1] = -p[1:last] / p[0]
    for k in range(count - 1):
        companion[k + 1, k] = 1
    found = np.linalg.eigvals(companion)
    return np.concatenate((found, np.zeros(p.shape[0] - last, found.dtype)))
