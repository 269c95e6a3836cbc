"""Python's complex numbers: conversion, powers, and `cmath`, computed as CPython computes them.

Where CPython has a table of special values (infinities, NaN, overflow), a check makes it compute.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import Number, constant, python_number, require
from autograph.ir.graph import Value
from autograph.ops import elementwise as ops
from autograph.ops.complex_parts import imag, make_complex, real

FLOAT64, COMPLEX128 = np.dtype(np.float64), np.dtype(np.complex128)

SMALL_POWERS = 100
"""The largest whole exponent by which CPython multiplies instead of taking logarithms."""


def _float(x: float) -> Value:
    return constant(x, FLOAT64)


def parts(x: Any) -> tuple[Value, Value]:
    """Return the real and the imaginary part of a number."""
    if np.dtype(kind_of(x)).kind != "c":
        return value_of(x, FLOAT64), _float(0.0)
    value = value_of(x, COMPLEX128)
    return real(value), imag(value)


def of_parts(x: Value, y: Value) -> Any:
    """Return the Python complex number with these parts."""
    return python_number(complex, make_complex(x, y))


def finite_parts(x: Any) -> tuple[Value, Value]:
    """Return the parts of a number, which must be finite."""
    a, b = parts(x)
    require(ops.logical_and(ops.isfinite(a), ops.isfinite(b)), "a complex number is not finite")
    return a, b


def to_complex(re: Any = 0, im: Any = None) -> Any:
    """Return `complex(re, im)`."""
    if im is None:
        return python_number(complex, cast_to(value_of(re), COMPLEX128))
    if any(np.dtype(kind_of(x)).kind == "c" for x in (re, im)):
        raise unsupported("complex(a, b) of complex numbers is not supported; use a + b * 1j")
    return of_parts(value_of(re, FLOAT64), value_of(im, FLOAT64))


def power(base: Any, exponent: Any) -> Any:
    """Return `base ** exponent`, one of which is complex."""
    if isinstance(exponent, Number) and exponent.kind in (int, bool):
        return _counted_power(base, exponent)
    if isinstance(exponent, Number):
        return _general_power(base, exponent)
    exponent = complex(exponent)
    whole = exponent.imag == 0 and float(exponent.real).is_integer()
    if whole and abs(exponent.real) <= SMALL_POWERS:
        return _whole_power(base, int(exponent.real))
    return _general_power(base, exponent)


def _whole_power(base: Any, count: int) -> Any:
    """Multiply as CPython does: by the bits of the exponent, the lowest first."""
    value, result = value_of(base, COMPLEX128), constant(1, COMPLEX128)
    remaining = abs(count)
    if count < 0:
        require(ops.not_equal(value, constant(0, COMPLEX128)), "0.0 to a negative power")
    while remaining:
        if remaining & 1:
            result = ops.multiply(result, value)
        remaining >>= 1
        value = ops.multiply(value, value)
    if count <= 0:
        result = ops.divide(constant(1, COMPLEX128), result) if count else result
    _require_finite(result)
    return python_number(complex, result)


def _counted_power(base: Any, exponent: Number) -> Any:
    """Return a power with a whole exponent, which the op computes by multiplication, too."""
    count = value_of(exponent, FLOAT64)
    least, most = _float(0.0), _float(float(SMALL_POWERS - 1))
    within = ops.logical_and(ops.greater_equal(count, least), ops.less_equal(count, most))
    require(within, "a whole exponent is negative or large")
    result = ops.power(value_of(base, COMPLEX128), cast_to(count, COMPLEX128))
    _require_finite(result)
    return python_number(complex, result)


def divide(a: Value, b: Value) -> Value:
    """Return the quotient of two complex128.

    Source: R. L. Smith, Algorithm 116: complex division, 1962.
    """
    (x, y), (u, v) = (real(a), imag(a)), (real(b), imag(b))
    wide = ops.greater_equal(ops.absolute(u), ops.absolute(v))
    larger, smaller = ops.switch(wide, u, v), ops.switch(wide, v, u)
    ratio = ops.divide(smaller, larger)
    divisor = ops.add(larger, ops.multiply(smaller, ratio))
    first, second = ops.switch(wide, x, y), ops.switch(wide, y, x)
    top = ops.add(first, ops.multiply(second, ratio))
    scaled = ops.multiply(first, ratio)
    side = ops.switch(wide, ops.subtract(y, ops.multiply(x, ratio)), ops.subtract(scaled, x))
    quotient: Value = make_complex(ops.divide(top, divisor), ops.divide(side, divisor))
    return quotient


def _require_finite(result: Value) -> None:
    whole = ops.logical_and(ops.isfinite(real(result)), ops.isfinite(imag(result)))
    require(whole, "OverflowError: complex exponentiation")


def _general_power(base: Any, exponent: Any) -> Any:
    (x, y), (a, b) = finite_parts(base), finite_parts(exponent)
    size = ops.hypot(x, y)
    require(ops.greater(size, _float(0.0)), "0.0 to a complex power")
    whole = ops.logical_and(ops.equal(b, _float(0.0)), ops.equal(a, ops.trunc(a)))
    small = ops.less_equal(ops.absolute(a), _float(float(SMALL_POWERS)))
    if isinstance(exponent, Number):
        require(ops.logical_not(ops.logical_and(whole, small)), "a small power is a product")
    angle = ops.arctan2(y, x)
    length, phase = ops.power(size, a), ops.multiply(angle, a)
    turned = ops.not_equal(b, _float(0.0))
    shrunk = ops.divide(length, ops.exp(ops.multiply(angle, b)))
    length = ops.switch(turned, shrunk, length)
    phase = ops.switch(turned, ops.add(phase, ops.multiply(b, ops.log(size))), phase)
    result = make_complex(
        ops.multiply(length, ops.cos(phase)), ops.multiply(length, ops.sin(phase))
    )
    _require_finite(result)
    return python_number(complex, result)


# ---------------------------------------------------------------- cmath


def _exp(z: Any) -> Any:
    x, y = finite_parts(z)
    size = ops.exp(x)
    require(ops.isfinite(size), "OverflowError: math range error")
    return of_parts(ops.multiply(size, ops.cos(y)), ops.multiply(size, ops.sin(y)))


def _sqrt(z: Any) -> Any:
    """Return the square root.

    Source: the comment on `cmath.sqrt` in CPython, after W. Kahan, Branch cuts for complex
    elementary functions, 1987.
    """
    x, y = finite_parts(z)
    zero, least = _float(0.0), _float(float(np.finfo(np.float64).smallest_normal))
    a, b = ops.absolute(x), ops.absolute(y)
    is_zero = ops.logical_and(ops.equal(a, zero), ops.equal(b, zero))
    normal = ops.logical_or(ops.greater_equal(a, least), ops.greater_equal(b, least))
    require(ops.logical_or(is_zero, normal), "the square root of a subnormal complex number")
    eighth = ops.multiply(a, _float(0.125))
    distance = ops.hypot(eighth, ops.multiply(b, _float(0.125)))
    s = ops.multiply(_float(2.0), ops.sqrt(ops.add(eighth, distance)))
    d = ops.divide(b, ops.multiply(_float(2.0), ops.switch(is_zero, _float(1.0), s)))
    right = ops.greater_equal(x, zero)
    first = ops.switch(right, s, d)
    second = ops.copysign(ops.switch(right, d, s), y)
    return of_parts(ops.switch(is_zero, zero, first), ops.switch(is_zero, y, second))


def _phase(z: Any) -> Any:
    x, y = finite_parts(z)
    return python_number(float, ops.arctan2(y, x))


def _polar(z: Any) -> tuple[Any, Any]:
    x, y = finite_parts(z)
    size = ops.hypot(x, y)
    require(ops.isfinite(size), "OverflowError: math range error")
    return python_number(float, size), python_number(float, ops.arctan2(y, x))


def _rect(r: Any, phi: Any) -> Any:
    size, angle = (value_of(x, FLOAT64) for x in (r, phi))
    for value in (size, angle):
        require(ops.isfinite(value), "a polar coordinate is not finite")
    return of_parts(ops.multiply(size, ops.cos(angle)), ops.multiply(size, ops.sin(angle)))


def _test(op: Any, both: Any) -> Callable[[Any], Any]:
    def function(z: Any) -> Any:
        x, y = parts(z)
        return python_number(bool, both(op(x), op(y)))

    return function


CALLS: dict[Any, Callable[..., Any]] = {
    complex: to_complex,
    cmath.exp: _exp,
    cmath.sqrt: _sqrt,
    cmath.phase: _phase,
    cmath.polar: _polar,
    cmath.rect: _rect,
    cmath.isnan: _test(ops.isnan, ops.logical_or),
    cmath.isinf: _test(ops.isinf, ops.logical_or),
    cmath.isfinite: _test(ops.isfinite, ops.logical_and),
}
"""What `complex` and the functions of `cmath` do on run-time numbers."""
