"""Functions of `scipy.ndimage`: linear filters of arrays with any number of axes, interpolation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse

PADDING = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}
"""What NumPy calls the ways to go on beyond the edges."""


def real_array(x: Any, output: Any, axes: Any = None) -> Any:
    if axes is not None:
        refuse("filters of scipy.ndimage with axes")
    x = np.asarray(x)
    if x.dtype.kind != "f" or output is not None:
        refuse("functions of scipy.ndimage of other than real floats, or with output")
    return x


def of_axes(value: Any, ndim: Any) -> Any:
    """Return one value for each axis."""
    if isinstance(value, (tuple, list)):
        return value
    return (value,) * ndim


def widened(x: Any, widths: Any, mode: Any, cval: Any) -> Any:
    """Return an array with what lies beyond its edges."""
    if mode not in PADDING:
        raise RuntimeError("boundary mode not supported")
    if mode in ("constant", "grid-constant"):
        return np.pad(x, widths, mode="constant", constant_values=cval)
    kind: Any = PADDING[mode]
    return np.pad(x, widths, mode=kind)


def slid(x: Any, weights: Any) -> Any:
    """Return the sums of products of weights with what lies under them, where all of them do."""
    count = x.shape[0] - weights.shape[0] + 1
    if weights.ndim == 1:
        result = np.zeros((count,) + x.shape[1:], x.dtype)
        for k in range(weights.shape[0]):
            result += weights[k] * x[k : k + count]
        return result
    shape = [m - n + 1 for m, n in zip(x.shape, weights.shape, strict=True)]
    result = np.zeros(shape, x.dtype)
    for k in range(weights.shape[0]):
        for i in range(count):
            result[i] += slid(x[i + k], weights[k])
    return result


def before_of(n: Any, origin: Any) -> Any:
    """Return how many of so many weights lie before the element that they are for."""
    if abs(origin) > n // 2:
        raise ValueError("invalid origin")
    return n // 2 + origin


def correlate1d(
    input: Any,
    weights: Any,
    axis: Any = -1,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
) -> Any:
    x, weights = real_array(input, output), np.asarray(weights) + 0.0
    if weights.ndim != 1 or weights.shape[0] < 1:
        raise RuntimeError("no filter weights given")
    n = weights.shape[0]
    before = before_of(n, origin)
    moved = np.moveaxis(x, axis, 0)
    widths = [(before, n - 1 - before)] + [(0, 0)] * (x.ndim - 1)
    found = slid(widened(moved, widths, mode, cval), weights)
    return np.moveaxis(found, 0, axis).copy()


def mirrored_origin(n: Any, origin: Any) -> Any:
    return -origin - 1 if n % 2 == 0 else -origin


def convolve1d(
    input: Any,
    weights: Any,
    axis: Any = -1,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
) -> Any:
    weights = np.asarray(weights)[::-1]
    origin = mirrored_origin(weights.shape[0], origin)
    return correlate1d(input, weights, axis, output, mode, cval, origin)


def correlate(
    input: Any,
    weights: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    x, weights = real_array(input, output, axes), np.asarray(weights) + 0.0
    if weights.ndim != x.ndim:
        refuse("filters of scipy.ndimage whose weights have fewer axes than the array")
    origins = of_axes(origin, x.ndim)
    widths = []
    for axis in range(x.ndim):
        before = before_of(weights.shape[axis], origins[axis])
        widths.append((before, weights.shape[axis] - 1 - before))
    return slid(widened(x, widths, mode, cval), weights)


def convolve(
    input: Any,
    weights: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    weights = np.asarray(weights)
    origins = of_axes(origin, weights.ndim)
    mirrored = []
    for axis in range(weights.ndim):
        mirrored.append(mirrored_origin(weights.shape[axis], origins[axis]))
        weights = np.flip(weights, axis)
    return correlate(input, weights, output, mode, cval, mirrored, axes=axes)


# ---------------------------------------------------------------- separable filters


def gaussian_weights(sigma: Any, order: Any, radius: Any) -> Any:
    """Return a Gaussian, or a derivative of it, at whole numbers from -radius to radius."""
    at = np.arange(-radius, radius + 1)
    variance = sigma * sigma
    bell = np.exp(-0.5 / variance * at**2)
    bell = bell / np.sum(bell)
    now, last = np.ones(at.shape), np.zeros(at.shape)
    for k in range(order):
        now, last = -(at * now + k * last) / variance, now
    return now * bell


def gaussian_filter1d(
    input: Any,
    sigma: Any,
    axis: Any = -1,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    *,
    radius: Any = None,
) -> Any:
    if radius is None:
        radius = int(truncate * float(sigma) + 0.5)
    weights = gaussian_weights(sigma, order, radius)[::-1]
    return correlate1d(input, weights, axis, output, mode, cval)


def gaussian_filter(
    input: Any,
    sigma: Any,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    *,
    radius: Any = None,
    axes: Any = None,
) -> Any:
    x = real_array(input, output, axes)
    sigmas, orders = of_axes(sigma, x.ndim), of_axes(order, x.ndim)
    modes, reaches = of_axes(mode, x.ndim), of_axes(radius, x.ndim)
    for axis in range(x.ndim):
        if sigmas[axis] > 1e-15:
            x = gaussian_filter1d(
                x,
                sigmas[axis],
                axis,
                orders[axis],
                None,
                modes[axis],
                cval,
                truncate,
                radius=reaches[axis],
            )
    return x.copy()


def uniform_filter1d(
    input: Any,
    size: Any,
    axis: Any = -1,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
) -> Any:
    if size < 1:
        raise RuntimeError("incorrect filter size")
    return correlate1d(input, np.ones(size) / size, axis, output, mode, cval, origin)


def uniform_filter(
    input: Any,
    size: Any = 3,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    x = real_array(input, output, axes)
    sizes, modes = of_axes(size, x.ndim), of_axes(mode, x.ndim)
    origins = of_axes(origin, x.ndim)
    for axis in range(x.ndim):
        if sizes[axis] > 1:
            x = uniform_filter1d(x, sizes[axis], axis, None, modes[axis], cval, origins[axis])
    return x.copy()


def laplace(
    input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None
) -> Any:
    x = real_array(input, output, axes)
    result = np.zeros_like(x)
    for axis in range(x.ndim):
        result += correlate1d(x, np.array([1.0, -2.0, 1.0]), axis, None, mode, cval)
    return result


def slope_filter(x: Any, axis: Any, across: Any, mode: Any, cval: Any) -> Any:
    """Return differences along one axis, smoothed along the others."""
    found = correlate1d(x, np.array([-1.0, 0.0, 1.0]), axis, None, mode, cval)
    for other in range(x.ndim):
        if other != axis % x.ndim:
            found = correlate1d(found, np.array(across), other, None, mode, cval)
    return found


def sobel(
    input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    return slope_filter(real_array(input, output), axis, [1.0, 2.0, 1.0], mode, cval)


def prewitt(
    input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    return slope_filter(real_array(input, output), axis, [1.0, 1.0, 1.0], mode, cval)


# ---------------------------------------------------------------- interpolation


def interpolated(x: Any, at: Any, below: Any) -> Any:
    """Return an array between its elements, linear along each axis.

    Args:
        x: The array.
        at: For each axis, where.
        below: For each axis, the index of the elements below.
    """
    total: Any = 0.0
    for corner in np.ndindex(*(2,) * x.ndim):
        weight: Any = 1.0
        places = []
        for axis in range(x.ndim):
            part = at[axis] - below[axis]
            weight = weight * (part if corner[axis] else 1.0 - part)
            places.append(np.minimum(below[axis] + corner[axis], x.shape[axis] - 1))
        total = total + weight * x[tuple(places)]
    return total


def map_coordinates(
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: Any = 3,
    mode: Any = "constant",
    cval: Any = 0.0,
    prefilter: Any = True,
) -> Any:
    x, at = real_array(input, output), np.asarray(coordinates) + 0.0
    if order not in (0, 1) or mode not in ("constant", "nearest"):
        refuse(
            "scipy.ndimage.map_coordinates of another order than 0 and 1, or of other modes "
            "than constant and nearest"
        )
    outside: Any = False
    inside, below = [], []
    for axis in range(x.ndim):
        last = x.shape[axis] - 1
        outside = outside | (at[axis] < 0) | (at[axis] > last)
        held = np.clip(at[axis], 0, last)
        inside.append(held)
        whole = np.floor(held + 0.5) if order == 0 else np.floor(held)
        below.append(whole.astype(np.int64))
    found = x[tuple(below)] if order == 0 else interpolated(x, inside, below)
    return np.where(outside, cval, found) if mode == "constant" else found


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    **{
        f"scipy.ndimage._filters.{f.__name__}": f
        for f in (
            correlate1d,
            convolve1d,
            correlate,
            convolve,
            gaussian_filter1d,
            gaussian_filter,
            uniform_filter1d,
            uniform_filter,
            laplace,
            sobel,
            prewitt,
        )
    },
    "scipy.ndimage._interpolation.map_coordinates": map_coordinates,
}
"""The functions that are defined here, by where SciPy has them."""
