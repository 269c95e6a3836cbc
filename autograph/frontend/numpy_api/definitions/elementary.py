"""Functions of single elements, and of neighbours, that NumPy itself writes in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse, with_tangent


def sine_over_angle(x: Any) -> Any:
    angle = np.pi * np.where(x == 0, 1.0e-20, x).astype(x.dtype)
    return np.where(x == 0, 1.0, np.sin(angle) / angle).astype(x.dtype)[()]


def change_of_sinc(dx: Any, y: Any, x: Any) -> Any:
    """Return the tangent of sinc: near zero by a series, where the quotient loses its digits."""
    angle = np.pi * x
    near = np.abs(angle) < 0.5
    z = np.where(near, angle, 0 * angle)
    far = np.where(near, 1 + 0 * angle, angle)
    series = 0 * z
    for k in range(8, 0, -1):
        series = series * (z * z) + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    return dx * np.pi * np.where(near, series * z, (np.cos(far) - np.sin(far) / far) / far)


def sinc(x: Any) -> Any:
    x = np.asarray(x)
    if x.dtype.kind in "biu":
        x = x.astype(np.float64)
    return with_tangent(sine_over_angle, (x,), change_of_sinc)


def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    if np.ndim(base) or dtype is not None:
        refuse("np.logspace with several bases or a dtype")
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


def geomspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    if dtype is not None:
        refuse("np.geomspace with a dtype")
    if np.ndim(start) or np.ndim(stop):
        return geomspace_of_arrays(np.asarray(start), np.asarray(stop), num, endpoint, axis)
    if start == 0 or stop == 0:
        raise ValueError("Geometric sequence cannot include zero")
    sign = -1.0 if start < 0 and stop < 0 else 1.0
    exponents = np.linspace(np.log10(sign * start), np.log10(sign * stop), num, endpoint)
    result = sign * np.power(10.0, exponents)
    if num > 0:
        result[0] = start
        if num > 1 and endpoint:
            result[-1] = stop
    return result


def geomspace_of_arrays(start: Any, stop: Any, num: Any, endpoint: Any, axis: Any) -> Any:
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("Geometric sequence cannot include zero")
    sign = np.where((start < 0) & (stop < 0), -1.0, 1.0)
    exponents = np.linspace(np.log10(sign * start), np.log10(sign * stop), num, endpoint)
    result = sign * np.power(10.0, exponents)
    result[0] = start
    if endpoint:
        result[-1] = stop
    return np.moveaxis(result, 0, axis)


def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2 * np.pi) -> Any:
    p = np.asarray(p)
    if p.ndim != 1 or p.dtype.kind != "f" or isinstance(period, int):
        refuse("np.unwrap of other than a vector of floats")
    change = np.diff(p)
    half = period / 2
    turned = np.mod(change + half, period) - half
    turned = np.where((turned == -half) & (change > 0), half, turned)
    limit = half if discont is None else discont
    correction = np.where(np.abs(change) < limit, 0.0, turned - change)
    result = p.copy()
    result[1:] += np.cumsum(correction)
    return result


def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    a, n = np.asarray(a), len(choices)
    if out is not None:
        refuse("np.choose with out")
    if mode == "raise":
        if np.any((a < 0) | (a >= n)):
            raise ValueError("invalid entry in choice array")
    elif mode == "wrap":
        a = a % n
    elif mode == "clip":
        a = np.clip(a, 0, n - 1)
    else:
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    if isinstance(choices, (tuple, list)):
        dtype = np.result_type(*[np.asarray(x).dtype for x in choices])
        result: Any = np.asarray(choices[0]).astype(dtype)
        for k in range(1, n):
            result = np.where(a == k, np.asarray(choices[k]).astype(dtype), result)
        return result if n > 1 else np.where(a == 0, result, result)
    shape = np.shape(np.where(a == 0, choices[0], choices[0]))
    ones = (1,) * (len(shape) + 1 - np.ndim(choices))
    wide = np.broadcast_to(choices.reshape((n,) + ones + choices.shape[1:]), (n,) + shape)
    result = wide[0].copy()
    for k in range(1, n):
        result = np.where(a == k, wide[k], result)
    return result
