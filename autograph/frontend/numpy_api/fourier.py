"""Fourier transforms of run-time arrays along one axis: `np.fft.fft` and its kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import fourier as definitions
from autograph.frontend.numpy_api.numpy_reduce import normal_axis
from autograph.frontend.numpy_api.numpy_shape import as_array
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    Array,
    array,
    constant,
    fail,
    form_of,
    python_number,
    require,
    value_of_form,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops import fourier as ops
from autograph.ops.elementwise import less

NORMS = (None, "backward", "ortho", "forward")
TWO = Affine(2)


def _checked(a: Any, axis: Any, norm: Any, out: Any) -> tuple[Array, int, str]:
    if out is not None:
        raise unsupported("np.fft with out= is not supported; assign to out[...] instead")
    if norm not in NORMS:
        fail(f"ValueError: Invalid norm value {norm}")
    a = as_array(a)
    if a.ndim == 0:
        fail("IndexError: a Fourier transform of a number")
    return a, normal_axis(axis, a.ndim), norm or "backward"


def _of_length(a: Array, n: Affine | None, axis: int) -> Array:
    """Return an array cropped or filled up with zeros to a length along an axis."""
    facts = current_tracer().facts
    if n is not None and not facts.assume_equal(n, a.dims[axis]):
        size = python_number(int, n)
        resized = defined(definitions.of_length)(a, size, axis)
        assert isinstance(resized, Array)
        return resized
    return a


def _length(n: Any) -> Affine | None:
    """Return the form of the length that a call asks for."""
    if n is None:
        return None
    form = form_of(n)
    if form is None:
        raise unsupported("the length of a Fourier transform is an int")
    return form


def _require_positive(n: Affine) -> None:
    if not current_tracer().facts.assume_nonnegative(n - 1):
        message = "ValueError: a Fourier transform of no numbers"
        require(less(constant(0, np.int64), value_of_form(n)), message)


def _value(a: Array, dtype: DType) -> Value:
    value = a.read()
    return value if value.dtype == dtype else cast_to(value, dtype)


def _float(dtype: DType) -> DType:
    """Return the dtype that real numbers are transformed in."""
    if dtype.kind in "fc":
        return dtype
    return np.dtype(np.float64)


def fft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Array:
    """Return `np.fft.fft`."""
    return _transform(a, n, axis, norm, out, inverse=False)


def ifft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Array:
    """Return `np.fft.ifft`."""
    return _transform(a, n, axis, norm, out, inverse=True)


def _transform(a: Any, n: Any, axis: Any, norm: Any, out: Any, *, inverse: bool) -> Array:
    a, axis, norm = _checked(a, axis, norm, out)
    a = _of_length(a, _length(n), axis)
    _require_positive(a.dims[axis])
    value = _value(a, _float(a.dtype))
    return array(ops.fft(value, axis=axis, inverse=inverse, norm=norm))


def rfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Array:
    """Return `np.fft.rfft`."""
    a, axis, norm = _checked(a, axis, norm, out)
    if a.dtype.kind == "c":
        fail("TypeError: np.fft.rfft of complex numbers")
    a = _of_length(a, _length(n), axis)
    _require_positive(a.dims[axis])
    value = _value(a, _float(a.dtype))
    length = integers.floor_divide(value.dims[axis], TWO) + 1
    return array(ops.rfft(value, axis=axis, norm=norm, length=length))


def irfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Array:
    """Return `np.fft.irfft`."""
    a, axis, norm = _checked(a, axis, norm, out)
    length = _length(n)
    if length is None:
        length = (a.dims[axis] - 1) * 2
    _require_positive(length)
    a = _of_length(a, integers.floor_divide(length, TWO) + 1, axis)
    dtype = np.result_type(_float(a.dtype), np.complex64)
    value = _value(a, np.dtype(dtype))
    size = value_of_form(length)
    return array(ops.irfft(value, size, axis=axis, norm=norm, length=length))


CALLS = {
    **{getattr(np.fft, f.__name__): f for f in (fft, ifft, rfft, irfft)},
    **{
        getattr(np.fft, name): defined(getattr(definitions, name))
        for name in (
            "fft2", "ifft2", "fftn", "ifftn", "rfft2", "irfft2", "rfftn", "irfftn", "hfft", "ihfft",
            "fftfreq", "rfftfreq", "fftshift", "ifftshift",
        )
    },
}  # fmt: skip
"""The transforms, and what is defined by them."""
