"""The gamma function of `math` and its logarithm, as plain Python.

They are computed as Python does it, by the same approximation in the same order.

Source: C. Lanczos, "A precision approximation of the gamma function" (1964), as a quotient of
polynomials, whose coefficients are those of Boost's `lanczos13m53`.
"""

from __future__ import annotations

import math
from typing import Any

G = 6.024680040776729583740234375
G_LESS_HALF = 5.524680040776729583740234375

ABOVE = (
    *(23531376880.41076, 42919803642.6491),
    *(35711959237.35567, 17921034426.03721),
    *(6039542586.352028, 1439720407.3117216),
    *(248874557.86205417, 31426415.585400194),
    *(2876370.6289353725, 186056.26539522348),
    *(8071.672002365816, 210.82427775157936),
    2.5066282746310002,
)
BELOW = (
    *(0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0),
    *(2637558.0, 357423.0, 32670.0, 1925.0, 66.0, 1.0),
)
"""The coefficients of both polynomials, the lowest first."""

LARGEST_WHOLE = 23
"""Up to this whole number the values are whole numbers that floats can hold."""

FACTORIALS = [float(math.factorial(n)) for n in range(LARGEST_WHOLE)]


def lanczos_sum(x: float) -> float:
    """Return the quotient of the polynomials at a positive number."""
    above = below = 0.0
    if x < 5.0:
        for a, b in zip(reversed(ABOVE), reversed(BELOW), strict=True):
            above = above * x + a
            below = below * x + b
    else:
        for a, b in zip(ABOVE, BELOW, strict=True):
            above = above / x + a
            below = below / x + b
    return above / below


def sine_of_turns(x: float) -> float:
    """Return the sine of pi times a positive number."""
    y = math.fmod(x, 2.0)
    if y < 0.25:
        return math.sin(math.pi * y)
    if y < 0.75:
        return math.cos(math.pi * (y - 0.5))
    if y < 1.25:
        return math.sin(math.pi * (1.0 - y))
    if y < 1.75:
        return -math.cos(math.pi * (y - 1.5))
    return math.sin(math.pi * (y - 2.0))


def gamma(x: Any) -> Any:
    x = float(x)
    if math.isnan(x) or x == math.inf:
        return x
    if x == -math.inf or x == 0.0:
        raise ValueError("math domain error")
    if x == math.floor(x):
        if x < 0.0:
            raise ValueError("math domain error")
        if x <= LARGEST_WHOLE:
            return FACTORIALS[int(x) - 1]
    size = abs(x)
    if size < 1e-20:
        result = 1.0 / x
    elif size > 200.0:
        if x > 0.0:
            raise OverflowError("math range error")
        return 0.0 / -sine_of_turns(size)
    else:
        result = of_ordinary(x, size)
    if math.isinf(result):
        raise OverflowError("math range error")
    return result


def of_ordinary(x: float, size: float) -> Any:
    """Return the gamma function where it neither overflows nor vanishes."""
    y = size + G_LESS_HALF
    lost = (y - size) - G_LESS_HALF if size > G_LESS_HALF else (y - G_LESS_HALF) - size
    correction = lost * G / y
    if x < 0.0:
        result = -math.pi / sine_of_turns(size) / size * math.exp(y) / lanczos_sum(size)
        result -= correction * result
        if size < 140.0:
            return result / y ** (size - 0.5)
        root = y ** (size / 2.0 - 0.25)
        return result / root / root
    result = lanczos_sum(size) / math.exp(y)
    result += correction * result
    if size < 140.0:
        return result * y ** (size - 0.5)
    root = y ** (size / 2.0 - 0.25)
    return result * root * root


def lgamma(x: Any) -> Any:
    x = float(x)
    if math.isnan(x):
        return x
    if math.isinf(x):
        return math.inf
    if x == math.floor(x) and x <= 2.0:
        if x <= 0.0:
            raise ValueError("math domain error")
        return 0.0
    size = abs(x)
    if size < 1e-20:
        return -math.log(size)
    result = math.log(lanczos_sum(size)) - G
    result += (size - 0.5) * (math.log(size + G - 0.5) - 1.0)
    if x < 0.0:
        reflected = math.log(abs(sine_of_turns(size)))
        result = math.log(math.pi) - reflected - math.log(size) - result
    if math.isinf(result):
        raise OverflowError("math range error")
    return result
