"""Arithmetic of complex numbers as NumPy does it, which numba's own is not always.

Leaves: numba functions by their names in generated source. They compute in the precision of their
operands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numba import njit

SMALL_POWERS = 100
"""Whole exponents below this are products."""


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    made: Callable[..., Any] = njit(error_model="numpy")(function)
    return made


@_compiled
def complex_divide(a: Any, b: Any) -> Any:
    """Return a / b by Smith's method.

    Source: R. L. Smith, Algorithm 116: complex division, 1962.
    """
    one = type(a.real)(1)
    if abs(b.real) >= abs(b.imag):
        if b.real == 0 and b.imag == 0:
            return complex(a.real / abs(b.real), a.imag / abs(b.real))
        ratio = b.imag / b.real
        scale = one / (b.real + b.imag * ratio)
        return complex((a.real + a.imag * ratio) * scale, (a.imag - a.real * ratio) * scale)
    ratio = b.real / b.imag
    scale = one / (b.imag + b.real * ratio)
    return complex((a.real * ratio + a.imag) * scale, (a.imag * ratio - a.real) * scale)


@_compiled
def complex_reciprocal(a: Any) -> Any:
    """Return 1 / a."""
    one = type(a.real)(1)
    if abs(a.real) <= abs(a.imag):
        ratio = a.real / a.imag
        divisor = a.imag + a.real * ratio
        return complex(ratio / divisor, -one / divisor)
    ratio = a.imag / a.real
    divisor = a.real + a.imag * ratio
    return complex(one / divisor, -ratio / divisor)


@_compiled
def complex_less(a: Any, b: Any) -> Any:
    """Return whether a < b, real parts first; nothing is less than NaN."""
    if a.real == b.real:
        return a.imag < b.imag
    return a.real < b.real and a.imag == a.imag and b.imag == b.imag


@_compiled
def complex_less_equal(a: Any, b: Any) -> Any:
    """Return whether a <= b, real parts first; nothing is less than NaN."""
    if a.real == b.real:
        return a.imag <= b.imag
    return a.real < b.real and a.imag == a.imag and b.imag == b.imag


@_compiled
def complex_power(a: Any, b: Any) -> Any:
    """Return a ** b, by multiplication for small whole exponents."""
    whole = int(b.real) if abs(b.real) < SMALL_POWERS else SMALL_POWERS
    if b.imag != 0 or b.real != whole or (a.real == 0 and a.imag == 0):
        return a**b if b != 0 else a * 0 + 1
    result, factor, remaining = type(a)(1), a, abs(whole)
    while remaining:
        if remaining & 1:
            result = result * factor
        factor = factor * factor
        remaining >>= 1
    return result if whole >= 0 else complex_divide(type(a)(1), result)


_NAMESPACE: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "complex_divide": complex_divide,
        "complex_reciprocal": complex_reciprocal,
        "complex_less": complex_less,
        "complex_less_equal": complex_less_equal,
        "complex_power": complex_power,
    }
)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return _NAMESPACE
