"""Functions of `scipy.integrate` for samples: the rules of trapezia and of Simpson."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.definitions.accumulation import trapezoid


def steps_of(y: Any, x: Any, dx: Any, axis: Any) -> Any:
    """Return the distances between samples, whose axis is the last; a number where all are one."""
    if x is None:
        return dx
    x = np.asarray(x)
    if x.ndim == 1:
        if x.shape[0] != y.shape[-1]:
            raise ValueError("If given, length of x along axis must be the same as y.")
        return np.diff(x)
    return np.diff(np.moveaxis(x, axis, -1))


def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    y = np.asarray(y)
    if y.shape[axis] == 0:
        raise ValueError("At least one point is required along `axis`.")
    moved = np.moveaxis(y, axis, -1)
    sums = np.cumsum(steps_of(moved, x, dx, axis) * (moved[..., 1:] + moved[..., :-1]) / 2.0, -1)
    if initial is not None:
        if initial != 0:
            raise ValueError("`initial` must be `None` or `0`.")
        sums = np.concatenate((np.zeros(moved.shape[:-1] + (1,), sums.dtype), sums), -1)
    return np.moveaxis(sums, -1, axis).copy()


def of_pairs(y: Any, steps: Any, first: Any, last: Any) -> Any:
    """Return the integral over pairs of intervals, from sample `first` to `last`."""
    a, b, c = (
        y[..., first : last - 1 : 2],
        y[..., first + 1 : last : 2],
        y[..., first + 2 : last + 1 : 2],
    )
    if np.ndim(steps) == 0:
        return np.sum(a + 4.0 * b + c, axis=-1) * (steps / 3.0)
    h0, h1 = steps[..., first : last - 1 : 2], steps[..., first + 1 : last : 2]
    total, ratio = h0 + h1, h0 / h1
    terms = a * (2.0 - 1.0 / ratio) + b * (total * total / (h0 * h1)) + c * (2.0 - ratio)
    return np.sum(total / 6.0 * terms, axis=-1)


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    y = np.moveaxis(np.asarray(y) + 0.0, axis, -1)
    n = y.shape[-1]
    steps = steps_of(y, x, dx, axis)
    if n % 2 == 1:
        return of_pairs(y, steps, 0, n - 1)
    if n == 2:
        step = steps if np.ndim(steps) == 0 else steps[..., -1]
        return 0.5 * step * (y[..., -1] + y[..., -2])
    result = of_pairs(y, steps, 0, n - 2)
    if np.ndim(steps) == 0:
        h0 = h1 = steps
    else:
        h0, h1 = steps[..., -2], steps[..., -1]
    last = (2 * h1**2 + 3 * h0 * h1) / (6 * (h1 + h0))
    middle = (h1**2 + 3.0 * h0 * h1) / (6 * h0)
    first = h1**3 / (6 * h0 * (h0 + h1))
    return result + last * y[..., -1] + middle * y[..., -2] - first * y[..., -3]


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    f"scipy.integrate._quadrature.{f.__name__}": f
    for f in (trapezoid, simpson, cumulative_trapezoid)
}
"""The functions that are defined here, by where SciPy has them."""
