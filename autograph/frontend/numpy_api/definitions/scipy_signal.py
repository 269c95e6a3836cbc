"""Functions of `scipy.signal`: convolutions, recursive filters, what is made of spectra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.scipy_images import convolve1d
from autograph.frontend.numpy_api.library_calls import as_it_is

savgol_coeffs = as_it_is("scipy.signal", "savgol_coeffs")

# ---------------------------------------------------------------- convolutions


def of_one_rank(in1: Any, in2: Any, name: Any) -> Any:
    a, b = np.asarray(in1), np.asarray(in2)
    if a.ndim != b.ndim:
        raise ValueError(f"{name} inputs should have the same dimensionality")
    if a.ndim == 0:
        refuse(f"scipy.signal.{name} of numbers; multiply them")
    return a, b


def full_convolution(a: Any, b: Any) -> Any:
    """Return all sums of products of two arrays, one of them reversed and shifted."""
    if a.ndim == 1:
        return np.convolve(a, b)
    shape = [m + n - 1 for m, n in zip(a.shape, b.shape, strict=True)]
    result = np.zeros(shape, np.result_type(a.dtype, b.dtype))
    for j in range(b.shape[0]):
        for i in range(a.shape[0]):
            result[i + j] += full_convolution(a[i], b[j])
    return result


def part(full: Any, a: Any, b: Any, mode: Any) -> Any:
    """Return the part of a full convolution that a mode asks for."""
    if mode == "full":
        return full
    if mode == "same":
        sizes = a.shape
    elif mode == "valid":
        sizes = [max(m, n) - min(m, n) + 1 for m, n in zip(a.shape, b.shape, strict=True)]
    else:
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    for axis in range(full.ndim):
        begin = (full.shape[axis] - sizes[axis]) // 2
        full = np.moveaxis(np.moveaxis(full, axis, 0)[begin : begin + sizes[axis]], 0, axis)
    return full.copy()


def convolve(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    a, b = of_one_rank(in1, in2, "convolve")
    if method == "fft":
        return fftconvolve(a, b, mode)
    return part(full_convolution(a, b), a, b, mode)


def reversed_conjugate(a: Any) -> Any:
    for axis in range(a.ndim):
        a = np.flip(a, axis)
    return np.conj(a)


def correlate(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    a, b = of_one_rank(in1, in2, "correlate")
    return convolve(a, reversed_conjugate(b), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    a, b = of_one_rank(in1, in2, "fftconvolve")
    if axes is not None:
        refuse("scipy.signal.fftconvolve with axes")
    shape = [m + n - 1 for m, n in zip(a.shape, b.shape, strict=True)]
    full: Any
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        full = np.fft.ifftn(np.fft.fftn(a, shape) * np.fft.fftn(b, shape), shape)
    else:
        full = np.fft.irfftn(np.fft.rfftn(a, shape) * np.fft.rfftn(b, shape), shape)
    return part(full, a, b, mode)


def oaconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    return fftconvolve(in1, in2, mode, axes)


def convolve2d(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    a, b = of_one_rank(in1, in2, "convolve2d")
    if a.ndim != 2:
        raise ValueError("convolve2d inputs must both be 2-D arrays")
    if boundary in ("fill", "pad") and isinstance(fillvalue, (int, float)) and fillvalue == 0:
        return part(full_convolution(a, b), a, b, mode)
    if mode == "valid":
        return part(full_convolution(a, b), a, b, mode)
    rows, columns = b.shape[0] - 1, b.shape[1] - 1
    widths = ((rows, rows), (columns, columns))
    if boundary in ("wrap", "circular"):
        wide = np.pad(a, widths, mode="wrap")
    elif boundary in ("symm", "symmetric"):
        wide = np.pad(a, widths, mode="symmetric")
    else:
        wide = np.pad(a, widths, mode="constant", constant_values=fillvalue)
    full = part(full_convolution(wide, b), wide, b, "valid")
    return part(full, a, b, mode)


def correlate2d(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    a, b = of_one_rank(in1, in2, "correlate2d")
    return convolve2d(a, reversed_conjugate(b), mode, boundary, fillvalue)


# ---------------------------------------------------------------- recursive filters


def coefficients(b: Any, a: Any) -> Any:
    """Return the coefficients of a filter, of equal number, such that the first of `a` is one."""
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    if b.ndim != 1 or a.ndim != 1:
        refuse("filters whose coefficients are no vectors")
    if a[0] == 0:
        raise ValueError("The first element of a must be nonzero")
    count = max(b.shape[0], a.shape[0])
    dtype = np.result_type(b.dtype, a.dtype, np.float32)
    above, below = np.zeros(count, dtype), np.zeros(count, dtype)
    above[: b.shape[0]] = b / a[0]
    below[: a.shape[0]] = a / a[0]
    return above, below


def filtered(b: Any, a: Any, x: Any, state: Any) -> Any:
    """Return an array filtered along its first axis; `state` holds what it begins with."""
    y = np.empty_like(x)
    order = b.shape[0] - 1
    for n in range(x.shape[0]):
        now = b[0] * x[n] + state[0]
        for k in range(order):
            state[k] = b[k + 1] * x[n] - a[k + 1] * now + state[k + 1]
        y[n] = now
    return y


def lfilter(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    b, a = coefficients(b, a)
    x = np.asarray(x)
    dtype = np.result_type(b.dtype, x.dtype)
    if zi is not None:
        zi = np.asarray(zi)
        dtype = np.result_type(dtype, zi.dtype)
    moved = np.moveaxis(x.astype(dtype), axis, 0)
    state = np.zeros((b.shape[0],) + moved.shape[1:], dtype)
    if zi is None:
        return np.moveaxis(filtered(b, a, moved, state), 0, axis)
    state[:-1] = np.moveaxis(zi, axis, 0)
    y = filtered(b, a, moved, state)
    return np.moveaxis(y, 0, axis), np.moveaxis(state[:-1], 0, axis)


def lfilter_zi(b: Any, a: Any) -> Any:
    b, a = coefficients(b, a)
    n = b.shape[0] - 1
    system = np.eye(n, dtype=b.dtype)
    system[:, :1] += a[1:, np.newaxis]
    for k in range(n - 1):
        system[k, k + 1] -= 1
    return np.linalg.solve(system, b[1:] - a[1:] * b[0])


def extended(x: Any, kind: Any, width: Any) -> Any:
    """Return an array with more before its beginning and after its end, along the first axis."""
    before, after = x[width:0:-1], x[-2 : -(width + 2) : -1]
    if kind == "odd":
        before, after = 2 * x[:1] - before, 2 * x[-1:] - after
    elif kind == "constant":
        before, after = np.ones_like(before) * x[:1], np.ones_like(after) * x[-1:]
    elif kind != "even":
        raise ValueError(f"Unknown value '{kind}' for padtype.")
    return np.concatenate((before, x, after))


def filtfilt(
    b: Any,
    a: Any,
    x: Any,
    axis: Any = -1,
    padtype: Any = "odd",
    padlen: Any = None,
    method: Any = "pad",
    irlen: Any = None,
) -> Any:
    if method != "pad":
        refuse("scipy.signal.filtfilt by other methods than pad")
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    x = np.moveaxis(np.asarray(x), axis, 0)
    width = 3 * max(b.shape[0], a.shape[0]) if padlen is None else padlen
    if padtype is None:
        width = 0
    if x.shape[0] <= width:
        raise ValueError(
            f"The length of the input vector x must be greater than padlen, which is {width}."
        )
    wide = extended(x, padtype, width) if padtype is not None and width > 0 else x
    start = lfilter_zi(b, a)
    start = start.reshape((-1,) + (1,) * (x.ndim - 1))
    forth = lfilter(b, a, wide, 0, start * wide[:1])[0]
    back = lfilter(b, a, forth[::-1], 0, start * forth[-1:])[0]
    return np.moveaxis(back[::-1][width : width + x.shape[0]].copy(), 0, axis)


def sosfilt(sos: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    sos = np.asarray(sos)
    if zi is not None:
        refuse("scipy.signal.sosfilt with zi; use lfilter for each section")
    if sos.ndim != 2 or sos.shape[1] != 6:
        raise ValueError("sos array must be shape (n_sections, 6)")
    if not np.all(sos[:, 3] == 1):
        raise ValueError("sos[:, 3] should be all ones")
    x = np.asarray(x)
    y = x.astype(np.result_type(sos.dtype, x.dtype))
    for k in range(sos.shape[0]):
        y[...] = lfilter(sos[k, :3], sos[k, 3:], y, axis)
    return y


# ---------------------------------------------------------------- trends and spectra


def detrend(
    data: Any, axis: Any = -1, type: Any = "linear", bp: Any = 0, overwrite_data: Any = False
) -> Any:
    if not isinstance(bp, int) or bp != 0:
        refuse("scipy.signal.detrend with break points")
    x = np.asarray(data)
    if x.dtype.kind != "f":
        refuse("scipy.signal.detrend of other than real numbers")
    centred = x - np.mean(x, axis=axis, keepdims=True)
    if type in ("constant", "c"):
        return centred
    if type not in ("linear", "l"):
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    moved = np.moveaxis(centred, axis, -1)
    n = moved.shape[-1]
    time = np.arange(n).astype(x.dtype) - x.dtype.type(0.5) * x.dtype.type(n - 1)
    slope = np.sum(moved * time, axis=-1, keepdims=True) / np.sum(time * time)
    return np.moveaxis(moved - slope * time, -1, axis)


def hilbert(x: Any, N: Any = None, axis: Any = -1) -> Any:
    x = np.asarray(x)
    if x.dtype.kind == "c":
        raise ValueError("x must be real.")
    spectrum = np.fft.fft(x, N, axis)
    n = spectrum.shape[axis]
    k = np.arange(n)
    weights = np.where((k == 0) | (2 * k == n), 1, np.where(2 * k < n, 2, 0))
    moved = np.moveaxis(spectrum, axis, -1) * weights.astype(spectrum.real.dtype)
    return np.fft.ifft(np.moveaxis(moved, -1, axis), None, axis)


def resample(
    x: Any, num: Any, t: Any = None, axis: Any = 0, window: Any = None, domain: Any = "time"
) -> Any:
    if t is not None or window is not None or domain != "time":
        refuse("scipy.signal.resample with t, window or domain")
    x = np.moveaxis(np.asarray(x), axis, -1)
    if x.dtype.kind != "f":
        refuse("scipy.signal.resample of other than real numbers")
    n = x.shape[-1]
    shorter = min(n, num)
    spectrum = np.fft.rfft(x)
    kept = np.zeros(x.shape[:-1] + (num // 2 + 1,), spectrum.dtype)
    kept[..., : shorter // 2 + 1] = spectrum[..., : shorter // 2 + 1]
    if shorter % 2 == 0 and num != n:
        kept[..., shorter // 2] *= 2.0 if num < n else 0.5
    return np.moveaxis(np.fft.irfft(kept, num) * (num / n), -1, axis)


def savgol_filter(
    x: Any,
    window_length: Any,
    polyorder: Any,
    deriv: Any = 0,
    delta: Any = 1.0,
    axis: Any = -1,
    mode: Any = "interp",
    cval: Any = 0.0,
) -> Any:
    if polyorder >= window_length:
        raise ValueError("polyorder must be less than window_length.")
    x = np.moveaxis(np.asarray(x) + 0.0, axis, -1)
    weights = savgol_coeffs(window_length, polyorder, deriv, delta)
    if mode != "interp":
        return np.moveaxis(convolve1d(x, weights, -1, None, mode, cval), -1, axis).copy()
    if window_length > x.shape[-1]:
        raise ValueError(
            "If mode is 'interp', window_length must be less than or equal to the size of x."
        )
    y = convolve1d(x, weights, -1, None, "constant")
    half = window_length // 2
    if half > 0:
        y[..., :half] = along_edge(x[..., :window_length], 0, half, polyorder, deriv, delta)
        start = window_length - half
        edge = x[..., x.shape[-1] - window_length :]
        last = along_edge(edge, start, window_length, polyorder, deriv, delta)
        y[..., y.shape[-1] - half :] = last
    return np.moveaxis(y, -1, axis).copy()


def along_edge(x: Any, first: Any, last: Any, polyorder: Any, deriv: Any, delta: Any) -> Any:
    """Return the values of a polynomial fitted to the last axis, from one position to another."""
    rows = np.reshape(x, (-1, x.shape[-1])).T
    fitted = np.polyfit(np.arange(x.shape[-1]) + 0.0, rows, polyorder)
    for _ in range(deriv):
        degree = fitted.shape[0] - 1
        fitted = fitted[:-1] * np.arange(degree, 0, -1)[:, np.newaxis]
    powers = np.vander(np.arange(first, last) + 0.0, fitted.shape[0])
    values = np.dot(powers, fitted) / delta**deriv
    return np.reshape(values.T, x.shape[:-1] + (last - first,))


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    "scipy.signal._savitzky_golay.savgol_filter": savgol_filter,
    **{
        f"scipy.signal._signaltools.{f.__name__}": f
        for f in (
            convolve,
            correlate,
            fftconvolve,
            oaconvolve,
            convolve2d,
            correlate2d,
            lfilter,
            lfilter_zi,
            filtfilt,
            sosfilt,
            detrend,
            hilbert,
            resample,
        )
    },
}
"""The functions that are defined here, by where SciPy has them."""
