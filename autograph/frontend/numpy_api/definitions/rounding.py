"""`round(x, digits)` of Python's numbers: correctly rounded decimals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LARGEST_POWER = 22
"""10 to this power, and to every smaller one, is a float."""


def _upper(x: Any) -> Any:
    """Return the upper half of the digits of a float."""
    spread = 134217729.0 * x
    return spread - (spread - x)


def product_error(a: Any, b: Any, product: Any) -> Any:
    """Return what rounding the product of two floats took away, exactly.

    Source: T. J. Dekker, A floating-point technique for extending the available precision, 1971.
    """
    a_high, b_high = _upper(a), _upper(b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def round_fraction(x: Any, digits: int) -> Any:
    """Return a float rounded to digits after the point, the even one of two as near.

    The product with a power of ten is below 2**52 (the rest is told by its error), or the float is
    its own nearest decimal.
    """
    scale = 10.0**digits
    product = x * scale
    if not abs(product) < 4503599627370496.0:
        return x
    error = product_error(x, scale, product)
    whole = float(np.rint(product))
    over = product - whole
    if over == 0.5 and error > 0.0:
        whole = whole + 1.0
    elif over == -0.5 and error < 0.0:
        whole = whole - 1.0
    return whole / scale


def round_tens(x: Any, digits: int) -> Any:
    """Return a float rounded to a power of ten."""
    if not abs(x) < 9007199254740992.0:
        return x
    unit = 10.0**digits
    rest = float(np.fmod(x, unit))
    whole, twice = abs(x - rest), 2.0 * abs(rest)
    if twice > unit or (twice == unit and whole / unit % 2.0 == 1.0):
        whole = whole + unit
    return math.copysign(whole, x)


def round_whole_number(x: Any, digits: int) -> Any:
    """Return an integer rounded to a power of ten."""
    unit = 10**digits
    count, rest = divmod(x, unit)
    if 2 * rest > unit or (2 * rest == unit and count % 2 == 1):
        count = count + 1
    return count * unit
