"""Functions of `math` and methods of Python's integers, and comparing floats with a tolerance."""

from __future__ import annotations

import math
from typing import Any


def gcd(a: Any, b: Any) -> Any:
    a, b = abs(a), abs(b)
    while b:
        a, b = b, a % b
    return a


def lcm(a: Any, b: Any) -> Any:
    divisor = gcd(a, b)
    return abs(a) // divisor * abs(b) if divisor else 0


def factorial(n: Any) -> Any:
    product = 1
    for k in range(2, n + 1):
        product *= k
    return product


def comb(n: Any, k: Any) -> Any:
    count = 1
    for i in range(min(k, n - k)):
        count = count * (n - i) // (i + 1)
    return count if k <= n else 0


def isqrt(n: Any) -> Any:
    root = int(math.sqrt(n))
    while root * root > n:
        root -= 1
    while (root + 1) * (root + 1) <= n:
        root += 1
    return root


def modular_power(base: Any, exponent: Any, modulus: Any) -> Any:
    result, base = 1 % modulus, base % modulus
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent //= 2
    return result


def bit_length(n: Any) -> Any:
    n, count = abs(n), 0
    while n:
        n, count = n // 2, count + 1
    return count


def bit_count(n: Any) -> Any:
    n, count = abs(n), 0
    while n:
        n, count = n // 2, count + n % 2
    return count


def isclose(a: Any, b: Any, rel_tol: Any = 1e-9, abs_tol: Any = 0.0) -> Any:
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    difference = abs(b - a)
    return difference <= abs(rel_tol * b) or difference <= abs(rel_tol * a) or difference <= abs_tol
