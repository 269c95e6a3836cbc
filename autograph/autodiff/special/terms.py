"""What formulas for derivatives are written with: ops and special functions of terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.autodiff.formulas import Term, of_op, special
from autograph.ops import complex_parts, elementwise

Partial = Callable[..., Any] | None
"""(result, *arguments) -> the derivative by one argument; None where none is known."""

exp, exp2, log2, log1p, sqrt = map(
    of_op,
    (
        elementwise.exp,
        elementwise.exp2,
        elementwise.log2,
        elementwise.log1p,
        elementwise.sqrt,
    ),
)
square, absolute, sign, where, within, below = map(
    of_op,
    (
        elementwise.square,
        elementwise.absolute,
        elementwise.sign,
        elementwise.switch,
        elementwise.less_equal,
        elementwise.less,
    ),
)
sin, cos, sinh, cosh, erf, equal, minimum, real = map(
    of_op,
    (
        elementwise.sin,
        elementwise.cos,
        elementwise.sinh,
        elementwise.cosh,
        elementwise.erf,
        elementwise.equal,
        elementwise.minimum,
        complex_parts.real,
    ),
)
_log, _floor, _trunc = map(of_op, (elementwise.log, elementwise.floor, elementwise.trunc))

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)


def log(x: Any) -> Any:
    """Return the logarithm of a term or a number."""
    return _log(x) if isinstance(x, Term) else math.log(x) if x else -math.inf


def floor(x: Any) -> Any:
    """Return the largest whole number that is no larger."""
    return _floor(x) if isinstance(x, Term) else math.floor(x)


def trunc(x: Any) -> Any:
    """Return a number without its fraction, as functions take orders that are whole."""
    return _trunc(x) if isinstance(x, Term) else math.trunc(x)


def as_integer(n: Any) -> Any:
    """Return an order as an integer, as functions ask for that know no other orders."""
    return (
        Term(elementwise.cast(n.value, dtype=np.dtype(np.int64))) if isinstance(n, Term) else int(n)
    )


def magnitude(x: Any) -> Any:
    """Return the absolute value of a term or a number."""
    return absolute(x) if isinstance(x, Term) else abs(x)


def chosen(condition: Any, a: Any, b: Any) -> Any:
    """Return one of two terms; nothing of the other one counts."""
    return where(condition, a, b) if isinstance(condition, Term) else a if condition else b


def is_zero(x: Any) -> Any:
    """Return whether a term or a number is zero."""
    return equal(x, 0) if isinstance(x, Term) else x == 0


def by_distance(d: Any, at: Any, near: Callable[[Any], Any], far: Callable[[Any], Any]) -> Any:
    """Return one of two formulas of a number that are both exact, by how far it is from a point.

    Args:
        d: How far; one that is far if it is a quarter or more.
        at: The number.
        near: The formula without a quotient that is zero by zero at the point.
        far: The formula for other numbers.
    """
    is_near = below(absolute(d), 0.25)
    return where(is_near, near(at), far(where(is_near, at - d + 0.5, at)))


def ratio(a: Any, b: Any) -> Any:
    """Return a quotient that is zero where both are."""
    b = _as_term(b, a) if isinstance(a, Term) else b
    return a / chosen(is_zero(magnitude(a) + magnitude(b)), 1 + 0 * b, b)


def powers(factors: Sequence[tuple[Any, Any]], exponent: Any) -> Any:
    """Return a product of powers and an exponential, which does not overflow halfway.

    Args:
        factors: Bases, which are not negative, and exponents.
        exponent: That of the exponential.
    """
    product, plain, scaled = 1.0, exp(exponent), exponent
    for base, _ in factors:
        product = product * base
    at_edge = is_zero(product)
    for base, power in factors:
        if isinstance(base, Term) or isinstance(power, Term):
            plain = plain * _as_term(base, exponent) ** power
            scaled = scaled + power * log(chosen(at_edge, 1.0, base))
        else:
            plain, scaled = plain * base**power, scaled + power * log(base)
    return chosen(at_edge, plain, exp(scaled))


def _as_term(x: Any, like: Term) -> Any:
    return x if isinstance(x, Term) else like * 0 + x


def of_lower_order(polynomial: Any, n: Any, *args: Any, also: int = 0) -> Any:
    """Return a polynomial of the order before one, zero where the order is zero or `also`."""
    is_constant = is_zero(n * (n - also))
    return chosen(is_constant, 0.0, polynomial(chosen(is_constant, 1.0 + 0 * n, n) - 1, *args))


def call(name: str) -> Any:
    """Return a function of `scipy.special`, to be called with terms and numbers."""
    return special(name)
