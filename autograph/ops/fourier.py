"""Discrete Fourier transforms along one axis, by the routines of NumPy.

`norm` says which direction is scaled: "backward" (the inverse), "ortho" (both) or "forward". A
transform has the length of its operand; padding and cropping come before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from autograph.ir.graph import Node
from autograph.ir.types import ArrayType, DType, Type
from autograph.ops.complex_parts import complex_dtype, part_dtype
from autograph.ops.define import array_types
from autograph.ops.routine import routine_op

Norm = Literal["backward", "ortho", "forward"]
FLOATS = (np.float32, np.float64, np.complex64, np.complex128)


def _with_length(x: ArrayType, dtype: DType, node: Node) -> Sequence[Type]:
    """Return an array like `x` of another dtype, whose axis has the length that a node says."""
    dims = list(x.dims)
    dims[node.attrs["axis"]] = node.attrs["length"]
    return (ArrayType(dtype, tuple(dims)),)


def _infer_fft(node: Node) -> Sequence[Type]:
    (x,) = array_types(node)
    if x.dtype not in FLOATS:
        raise TypeError(f"a Fourier transform of {x}")
    return (ArrayType(x.dtype if x.dtype.kind == "c" else complex_dtype(x.dtype), x.dims),)


def _fft(x: Any, axis: int, inverse: bool, norm: Norm) -> Sequence[Any]:
    if x.size == 0:
        return (np.zeros(x.shape, np.result_type(x.dtype, np.complex64)),)
    return ((np.fft.ifft if inverse else np.fft.fft)(x, axis=axis, norm=norm),)


fft = routine_op("fft", _infer_fft, _fft)
"""The discrete Fourier transform, or its inverse, along `axis`."""


def _infer_rfft(node: Node) -> Sequence[Type]:
    (x,) = array_types(node)
    if x.dtype not in FLOATS[:2]:
        raise TypeError(f"a Fourier transform of real numbers, of {x}")
    return _with_length(x, complex_dtype(x.dtype), node)


def _rfft(x: Any, axis: int, norm: Norm) -> Sequence[Any]:
    return (np.fft.rfft(x, axis=axis, norm=norm),)


rfft = routine_op("rfft", _infer_rfft, _rfft)
"""The first half, n // 2 + 1 numbers along `axis`, of the transform of n real numbers."""


def _infer_irfft(node: Node) -> Sequence[Type]:
    x, n = array_types(node)
    if x.dtype not in FLOATS[2:] or n.dtype != np.int64 or n.ndim:
        raise TypeError(f"the real inverse Fourier transform of {x} to {n} numbers")
    return _with_length(x, part_dtype(x.dtype), node)


def _irfft(x: Any, n: Any, axis: int, norm: Norm) -> Sequence[Any]:
    return (np.fft.irfft(x, int(n), axis=axis, norm=norm),)


irfft = routine_op("irfft", _infer_irfft, _irfft)
"""The n real numbers of whose transform the first half is given; operands: it, and n."""
