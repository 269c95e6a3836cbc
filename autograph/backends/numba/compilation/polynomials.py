"""Exponential and logarithm as branch-free polynomials in plain numba code.

Enters: one float. Leaves: its exponential or logarithm, by the numba callables of `functions`. They
serve where the C library has no vector variants: without branches and calls, LLVM vectorises them
itself. Errors stay below 2 ulp.

They are compiled on their own and without fast-math flags, whatever their caller's flags are:
reassociation would cancel the large constant against itself that rounds to an integer here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numba import njit

#: C names of the functions that are there.
NAMES = frozenset({"exp", "log"})

# Both add up to log(2). The upper part ends in zero bits, so that its products with the integers
# that occur here are exact.
_LOG2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
_LOG2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_INVERSE_LOG2 = 1.0 / math.log(2.0)
# A float plus this has the float's nearest integer in the low bits of its representation.
_ROUNDER = 1.5 * 2.0**52
_ROUNDER_BITS = int(np.float64(_ROUNDER).view(np.int64))
_SQRT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
_SMALLEST_NORMAL = float(np.finfo(np.float64).smallest_normal)
_EXPONENT_BIAS = 1023


def _exp(x: float) -> Any:
    """Return e**x as 2**k * e**r with ``|r| <= log(2) / 2``."""
    inside = -746.0 if x < -746.0 else x
    inside = 710.0 if inside > 710.0 else inside
    shifted = inside * _INVERSE_LOG2 + _ROUNDER
    k = shifted - _ROUNDER
    r = (inside - k * _LOG2_HIGH) - k * _LOG2_LOW
    q = 1.0 / 6227020800.0
    q = q * r + 1.0 / 479001600.0
    q = q * r + 1.0 / 39916800.0
    q = q * r + 1.0 / 3628800.0
    q = q * r + 1.0 / 362880.0
    q = q * r + 1.0 / 40320.0
    q = q * r + 1.0 / 5040.0
    q = q * r + 1.0 / 720.0
    q = q * r + 1.0 / 120.0
    q = q * r + 1.0 / 24.0
    q = q * r + 1.0 / 6.0
    q = q * r + 0.5
    power = 1.0 + (r + r * r * q)
    # Two factors, since 2**k itself may overflow or be subnormal where the result is not.
    biased = np.float64(shifted).view(np.int64) - (_ROUNDER_BITS - 2 * _EXPONENT_BIAS)
    half = biased >> 1
    scale = np.int64(half << 52).view(np.float64)
    return power * scale * np.int64((biased - half) << 52).view(np.float64)


def _log(x: float) -> Any:
    """Return log(x) as ``k*log(2) + log(1 + f)`` with ``sqrt(1/2) <= 1 + f < sqrt(2)``.

    Source: the formula for log(1 + f) is that of fdlibm's e_log.c, with the Taylor coefficients of
    the inverse hyperbolic tangent.
    """
    tiny = x < _SMALLEST_NORMAL
    scaled = x * 2.0**54 if tiny else x
    bits = np.float64(scaled).view(np.int64)
    exponent = (bits - _SQRT_HALF_BITS) >> 52
    f = np.int64(bits - (exponent << 52)).view(np.float64) - 1.0
    k = np.float64(exponent - 54 if tiny else exponent)
    s = f / (2.0 + f)
    z = s * s
    q = 2.0 / 25.0
    q = q * z + 2.0 / 23.0
    q = q * z + 2.0 / 21.0
    q = q * z + 2.0 / 19.0
    q = q * z + 2.0 / 17.0
    q = q * z + 2.0 / 15.0
    q = q * z + 2.0 / 13.0
    q = q * z + 2.0 / 11.0
    q = q * z + 2.0 / 9.0
    q = q * z + 2.0 / 7.0
    q = q * z + 2.0 / 5.0
    q = q * z + 2.0 / 3.0
    half_square = 0.5 * f * f
    correction = s * (half_square + z * q) + k * _LOG2_LOW
    regular = k * _LOG2_HIGH - ((half_square - correction) - f)
    positive = x if x == math.inf else regular
    defined = -math.inf if x == 0.0 else positive
    return defined if x >= 0.0 else math.nan


@functools.cache
def functions() -> Mapping[str, Callable[..., Any]]:
    """Return the polynomials by the names of generated source, such as ``exp_f64``."""
    exp, log = njit(error_model="numpy")(_exp), njit(error_model="numpy")(_log)

    def exp_single(x: float) -> Any:
        return np.float32(exp(np.float64(x)))

    def log_single(x: float) -> Any:
        return np.float32(log(np.float64(x)))

    return MappingProxyType(
        {
            "exp_f64": exp,
            "log_f64": log,
            "exp_f32": njit(error_model="numpy")(exp_single),
            "log_f32": njit(error_model="numpy")(log_single),
        }
    )
