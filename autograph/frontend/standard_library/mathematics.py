"""Functions of `math` on floats, as plain Python.

Source: J. R. Shewchuk, "Adaptive precision floating-point arithmetic" (1997), for exact sums.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

PARTS = 64
"""More than the floats of different magnitude that an exact sum of floats can take (40)."""


FAR = 2.0**700
"""What brings the smallest and the largest floats to where squares neither vanish nor overflow."""


def modf(x: Any) -> tuple[float, float]:
    x = float(x)
    whole = float(np.trunc(x))
    return math.copysign(0.0 if np.isinf(x) else x - whole, x), whole


def frexp(x: Any) -> tuple[float, int]:
    x = float(x)
    if x == 0.0 or not math.isfinite(x):
        return x, 0
    exponent = math.floor(math.log2(abs(x))) + 1
    half = exponent // 2
    mantissa = x * 2.0**-half * 2.0 ** (half - exponent)
    # The logarithm may have been rounded up or down to a whole number.
    if abs(mantissa) >= 1.0:
        return mantissa / 2.0, exponent + 1
    if abs(mantissa) < 0.5:
        return mantissa * 2.0, exponent - 1
    return mantissa, exponent


def ldexp(x: Any, i: Any) -> Any:
    mantissa, exponent = frexp(x)
    if mantissa == 0.0 or not math.isfinite(mantissa):
        return mantissa
    exponent += max(min(i, 5000), -5000)
    if exponent > 1024:
        raise OverflowError("math range error")
    if exponent < -1100:
        return 0.0 * mantissa
    # The first product is exact, so that a result below the normal numbers is rounded once.
    half = exponent // 2
    return mantissa * 2.0**half * 2.0 ** (exponent - half)


def remainder(x: Any, y: Any) -> Any:
    x, y = float(x), float(y)
    if np.isnan(x) or np.isnan(y):
        return x + y
    if np.isinf(x) or y == 0.0:
        raise ValueError("math domain error")
    if np.isinf(y):
        return x
    size = abs(y)
    over = math.fmod(abs(x), size)
    short = size - over
    if over < short:
        rest = over
    elif over > short:
        rest = -short
    else:
        rest = over - 2.0 * math.fmod(0.5 * (abs(x) - over), size)
    return math.copysign(1.0, x) * rest


def nextafter(x: Any, y: Any) -> Any:
    return float(np.nextafter(float(x), float(y)))


def ulp(x: Any) -> Any:
    x = abs(float(x))
    if np.isnan(x) or np.isinf(x):
        return x
    above = float(np.nextafter(x, np.inf))
    return x - float(np.nextafter(x, 0.0)) if np.isinf(above) else above - x


def hypot(*coordinates: Any) -> Any:
    if len(coordinates) != 2:
        return norm([float(x) for x in coordinates])
    x, y = coordinates
    length = float(np.hypot(float(x), float(y)))
    if np.isinf(length) and not (np.isinf(x) or np.isinf(y)):
        raise OverflowError("math range error")
    return length


def hypot_of(before: list[Any], items: list[Any], after: list[Any]) -> Any:
    """Do what `math.hypot(*before, *items, *after)` does."""
    coordinates = [float(x) for x in [*before, *items, *after]]
    if len(coordinates) == 2:
        return hypot(coordinates[0], coordinates[1])
    return norm(coordinates)


def dist(p: Any, q: Any) -> Any:
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return norm([float(a) - float(b) for a, b in zip(p, q)])  # noqa: B905  (the lengths agree)


def norm(coordinates: Any) -> Any:
    """Return the length of a vector; no square overflows or vanishes."""
    largest, unknown = 0.0, False
    for x in coordinates:
        unknown = unknown or np.isnan(x)
        largest = max(largest, abs(x))
    if np.isinf(largest):
        return largest
    if unknown:
        return math.nan
    if largest == 0.0:
        return 0.0
    scale = 1.0 / FAR if largest > 1e140 else FAR if largest < 1e-140 else 1.0
    total = 0.0
    for x in coordinates:
        total += (x * scale) ** 2
    return math.sqrt(total) / scale


def prod(iterable: Any, *, start: Any = 1) -> Any:
    product = start
    for x in iterable:
        product = product * x
    return product


def hexadecimal(number: int) -> str:
    return f"{number:#x}"


def octal(number: int) -> str:
    return f"{number:#o}"


def binary(number: int) -> str:
    return f"{number:#b}"


def perm(n: Any, k: Any = None) -> int:
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    taken = n if k is None else k
    if taken < 0:
        raise ValueError("k must be a non-negative integer")
    count = 1
    for i in range(taken):
        count *= n - i
    return count


def fsum(seq: Any) -> float:
    parts = np.zeros(PARTS)
    count, special, infinite = 0, 0.0, 0.0
    for item in seq:
        x = float(item)
        if not math.isfinite(x):
            special += x
            infinite += x if np.isinf(x) else 0.0
            continue
        kept = 0
        for k in range(count):
            y = parts[k]
            large, small = (y, x) if abs(x) < abs(y) else (x, y)
            high = large + small
            low = small - (high - large)
            if low != 0.0:
                parts[kept] = low
                kept += 1
            x = float(high)
        if np.isinf(x):
            raise OverflowError("intermediate overflow in fsum")
        parts[kept] = x
        count = kept + 1
    if np.isnan(infinite):
        raise ValueError("-inf + inf in fsum")
    return special if special != 0.0 else rounded_sum(parts, count)


def rounded_sum(parts: Any, count: int) -> float:
    """Return the float next to the sum of parts that do not overlap, the smallest first."""
    if count == 0:
        return 0.0
    k = count - 1
    high, low = float(parts[k]), 0.0
    while k > 0 and low == 0.0:
        k -= 1
        before = high
        high = before + float(parts[k])
        low = float(parts[k]) - (high - before)
    # Half-way cases are decided by the sign of what is left.
    if k > 0 and low * float(np.sign(parts[k - 1])) > 0.0:
        doubled = low * 2.0
        other = high + doubled
        if other - high == doubled:
            high = other
    return high
