"""`scipy.fft` by the transforms of NumPy; cosine and sine transforms by those of longer arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.fourier import fftshift, ifftshift, of_length

INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}
OPPOSITE: Any = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
ROOT_2 = np.sqrt(2.0)


def along_axis(transform: Any) -> Any:
    """Return a transform of SciPy along one axis, given NumPy's."""

    def transformed(
        x: Any,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        *,
        plan: Any = None,
    ) -> Any:
        return transform(x, n, axis, norm)

    return transformed


def along_axes(transform: Any, default: Any) -> Any:
    """Return a transform of SciPy along several axes, given NumPy's."""

    def transformed(
        x: Any,
        s: Any = None,
        axes: Any = default,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        *,
        plan: Any = None,
    ) -> Any:
        return transform(x, s, axes, norm)

    return transformed


# ---------------------------------------------------------------- cosines and sines


def reals(x: Any, n: Any, axis: Any) -> Any:
    """Return real arrays of the right length along their last axes."""
    x = np.asarray(x)
    if x.dtype.kind == "c":
        refuse("cosine and sine transforms of complex arrays; transform their parts")
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    return np.moveaxis(x if n is None else of_length(x, n, axis), axis, -1)


def scaled_ends(x: Any, first: Any, last: Any) -> Any:
    """Return arrays with the first and last of their last axes multiplied."""
    n = x.shape[-1]
    factors = np.ones(n, x.dtype)
    factors[0] = first
    factors[n - 1] *= last
    return x * factors


def phases(n: Any, step: Any, like: Any) -> Any:
    """Return exp(-i pi k step) for k < n, in the precision of an array."""
    return np.exp(-1j * np.pi * step * np.arange(n)).astype(np.result_type(like, np.complex64))


def cosines(x: Any, kind: Any) -> Any:
    """Return the cosine transform of a kind along the last axis, not normalised."""
    n = x.shape[-1]
    if kind == 1:
        return np.fft.rfft(np.concatenate((x, x[..., -2:0:-1]), axis=-1)).real
    if kind == 2:
        spectrum = np.fft.rfft(np.concatenate((x, x[..., ::-1]), axis=-1))
        return (spectrum[..., :n] * phases(n, 0.5 / n, x)).real
    if kind == 3:
        spectrum = x * np.conj(phases(n, 0.5 / n, x))
        return 2 * n * np.fft.irfft(spectrum, 2 * n)[..., :n]
    spectrum = np.fft.fft(x * phases(n, 0.5 / n, x), 2 * n)[..., :n]
    turn = phases(n, 0.5 / n, x) * np.exp(-0.25j * np.pi / n).astype(spectrum.dtype)
    return 2 * (spectrum * turn).real


def period(n: Any, kind: Any, sines: Any) -> Any:
    """Return the number that the transform of a kind, and back again, multiplies by."""
    if kind == 1:
        return 2 * (n + 1) if sines else 2 * (n - 1)
    return 2 * n


def normalised(y: Any, size: Any, norm: Any) -> Any:
    if norm is None or norm == "backward":
        return y
    if norm == "ortho":
        return y * np.asarray(1 / np.sqrt(size), y.dtype)
    if norm != "forward":
        raise ValueError(f"Invalid norm value {norm!r}; should be 'backward', 'ortho' or 'forward'")
    return y * np.asarray(1 / size, y.dtype)


def signs(n: Any, dtype: Any) -> Any:
    """Return 1, -1, 1, ..."""
    return (1 - 2 * (np.arange(n) % 2)).astype(dtype)


def checked_kind(kind: Any) -> Any:
    if kind not in (1, 2, 3, 4):
        raise ValueError("invalid transform type")
    return kind


def dct(
    x: Any,
    type: Any = 2,
    n: Any = None,
    axis: Any = -1,
    norm: Any = None,
    overwrite_x: Any = False,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    kind = checked_kind(type)
    x = reals(x, n, axis)
    straight = norm == "ortho" if orthogonalize is None else orthogonalize
    if straight and kind in (1, 3):
        x = scaled_ends(x, ROOT_2, ROOT_2 if kind == 1 else 1)
    y = cosines(x, kind)
    if straight and kind in (1, 2):
        y = scaled_ends(y, 1 / ROOT_2, 1 / ROOT_2 if kind == 1 else 1)
    return np.moveaxis(normalised(y, period(x.shape[-1], kind, False), norm), -1, axis)


def dst(
    x: Any,
    type: Any = 2,
    n: Any = None,
    axis: Any = -1,
    norm: Any = None,
    overwrite_x: Any = False,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    kind = checked_kind(type)
    x = reals(x, n, axis)
    length = x.shape[-1]
    straight = norm == "ortho" if orthogonalize is None else orthogonalize
    if kind == 1:
        zero = np.zeros(x.shape[:-1] + (1,), x.dtype)
        odd = np.concatenate((zero, x, zero, -x[..., ::-1]), axis=-1)
        y = -np.fft.rfft(odd).imag[..., 1 : length + 1]
    elif kind == 2:
        y = cosines(x * signs(length, x.dtype), 2)[..., ::-1]
        y = scaled_ends(y, 1, 1 / ROOT_2) if straight else y
    elif kind == 3:
        x = scaled_ends(x, 1, ROOT_2) if straight else x
        y = cosines(x[..., ::-1], 3) * signs(length, x.dtype)
    else:
        y = cosines(x[..., ::-1], 4) * signs(length, x.dtype)
    return np.moveaxis(normalised(y, period(length, kind, True), norm), -1, axis)


def inverse(transform: Any) -> Any:
    """Return the inverse of a cosine or sine transform."""

    def inverted(
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        kind = INVERSE[checked_kind(type)]
        straight = norm == "ortho" if orthogonalize is None else orthogonalize
        return transform(x, kind, n, axis, OPPOSITE[norm], orthogonalize=straight)

    return inverted


idct, idst = inverse(dct), inverse(dst)


def of_several_axes(transform: Any) -> Any:
    """Return a cosine or sine transform along several axes."""

    def transformed(
        x: Any,
        type: Any = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        x = np.asarray(x)
        if s is not None:
            refuse("cosine and sine transforms along several axes with s=")
        if axes is None:
            axes = tuple(range(x.ndim))
        for axis in (axes,) if isinstance(axes, int) else axes:
            x = transform(x, type, None, axis, norm, orthogonalize=orthogonalize)
        return x

    return transformed


def shifted(x: Any, axes: Any = None) -> Any:
    return fftshift(x, axes)


def shifted_back(x: Any, axes: Any = None) -> Any:
    return ifftshift(x, axes)


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    **{
        f"scipy.fft._basic.{f.__name__}": along_axis(f)
        for f in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
    },
    **{
        f"scipy.fft._basic.{f.__name__}": along_axes(f, axes)
        for f, axes in (
            (np.fft.fft2, (-2, -1)),
            (np.fft.ifft2, (-2, -1)),
            (np.fft.rfft2, (-2, -1)),
            (np.fft.irfft2, (-2, -1)),
            (np.fft.fftn, None),
            (np.fft.ifftn, None),
            (np.fft.rfftn, None),
            (np.fft.irfftn, None),
        )
    },
    **{
        f"scipy.fft._realtransforms.{name}": f
        for name, f in (("dct", dct), ("idct", idct), ("dst", dst), ("idst", idst))
    },
    **{
        f"scipy.fft._realtransforms.{name}n": of_several_axes(f)
        for name, f in (("dct", dct), ("idct", idct), ("dst", dst), ("idst", idst))
    },
    "scipy.fft._helper.fftshift": shifted,
    "scipy.fft._helper.ifftshift": shifted_back,
}
"""The functions that are defined here, by where SciPy has them."""
