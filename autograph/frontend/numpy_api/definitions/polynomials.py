"""Polynomials fitted to data, by least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


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
    x, y = np.asarray(x) + 0.0, np.asarray(y) + 0.0
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.shape[0] == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    powers = np.vander(x, deg + 1)
    if w is not None:
        weights = np.asarray(w) + 0.0
        powers = powers * weights[:, np.newaxis]
        y = y * (weights if y.ndim == 1 else weights[:, np.newaxis])
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
