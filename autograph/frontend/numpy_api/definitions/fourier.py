"""Fourier transforms along several axes and of Hermitian arrays, by those along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

SWAPPED: Any = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def of_length(a: Any, n: Any, axis: Any) -> Any:
    """Return an array cropped or filled up with zeros to a length along an axis."""
    a = np.moveaxis(a, axis, 0)
    kept = min(n, a.shape[0])
    result = np.zeros((n,) + a.shape[1:], a.dtype)
    result[:kept] = a[:kept]
    return np.moveaxis(result, 0, axis)


def axes_of(a: Any, s: Any, axes: Any) -> Any:
    """Return the axes of a transform, and its length along each of them."""
    if axes is None:
        axes = tuple(range(-len(s), 0)) if s is not None else tuple(range(-a.ndim, 0))
    if s is None:
        return [None] * len(axes), axes
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [None if n == -1 else n for n in s], axes


def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    lengths, axes = axes_of(a, s, axes)
    for n, axis in zip(lengths[::-1], axes[::-1], strict=True):
        a = np.fft.fft(a, n, axis, norm)
    return a


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    lengths, axes = axes_of(a, s, axes)
    for n, axis in zip(lengths[::-1], axes[::-1], strict=True):
        a = np.fft.ifft(a, n, axis, norm)
    return a


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    lengths, axes = axes_of(a, s, axes)
    a = np.fft.rfft(a, lengths[-1], axes[-1], norm)
    for n, axis in zip(lengths[-2::-1], axes[-2::-1], strict=True):
        a = np.fft.fft(a, n, axis, norm)
    return a


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    lengths, axes = axes_of(a, s, axes)
    for n, axis in zip(lengths[:-1], axes[:-1], strict=True):
        a = np.fft.ifft(a, n, axis, norm)
    return np.fft.irfft(a, lengths[-1], axes[-1], norm)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return fftn(a, s, axes, norm)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return ifftn(a, s, axes, norm)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return rfftn(a, s, axes, norm)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return irfftn(a, s, axes, norm)


def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = np.asarray(a)
    if n is None:
        n = (a.shape[axis] - 1) * 2
    return np.fft.irfft(np.conj(a), n, axis, SWAPPED[norm])


def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    return np.conj(np.fft.rfft(a, n, axis, SWAPPED[norm]))


# ---------------------------------------------------------------- frequencies


def fftfreq(n: Any, d: Any = 1.0) -> Any:
    count = (n - 1) // 2 + 1
    result = np.empty(n, int)
    result[:count] = np.arange(0, count)
    result[count:] = np.arange(-(n // 2), 0)
    return result * (1.0 / (n * d))


def rfftfreq(n: Any, d: Any = 1.0) -> Any:
    return np.arange(0, n // 2 + 1) * (1.0 / (n * d))


def fftshift(x: Any, axes: Any = None) -> Any:
    x = np.asarray(x)
    if axes is None:
        axes = tuple(range(x.ndim))
    if isinstance(axes, int):
        axes = (axes,)
    for axis in axes:
        x = np.roll(x, x.shape[axis] // 2, axis)
    return x


def ifftshift(x: Any, axes: Any = None) -> Any:
    x = np.asarray(x)
    if axes is None:
        axes = tuple(range(x.ndim))
    if isinstance(axes, int):
        axes = (axes,)
    for axis in axes:
        x = np.roll(x, -(x.shape[axis] // 2), axis)
    return x
