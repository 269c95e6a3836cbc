"""Arithmetic on forms: affine where it can be, else a new symbol about which bounds are known.

The same operation on the same forms gives the same symbol wherever it is visible, so that sizes
computed twice are known to be equal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.symbolic import constant, require_fits_after, value_of_form
from autograph.ir.affine import Affine
from autograph.ir.op import Op, get_op
from autograph.ops.elementwise import less, multiply, switch


def operation(name: str, a: Affine, b: Affine) -> Affine:
    """Return the result of an elementwise op on two int64 scalars, computed once.

    A maximum over entry symbols is computed at entry: clamped sizes are the same on all paths.
    """
    facts, op = current_tracer().facts, get_op(name)
    a, b = facts.canonical(a), facts.canonical(b)
    if name == "maximum" and facts.known_at_entry(a) and facts.known_at_entry(b):
        with current_tracer().at_entry():
            result = facts.once((name, a, b), lambda: _emitted(op, a, b))
        facts.computed_at_entry.update(result.symbols)
        return result
    return facts.once((name, a, b), lambda: _emitted(op, a, b))


def _emitted(op: Op, a: Affine, b: Affine) -> Affine:
    facts = current_tracer().facts
    result = op(value_of_form(a), value_of_form(b))
    x, y = facts.estimate(a), facts.estimate(b)
    if x is not None and y is not None and op.ufunc is not None:
        # Outside 64 bits, or to a negative power, there is nothing to expect.
        with np.errstate(all="ignore"), contextlib.suppress(OverflowError, ValueError):
            facts.expect(result, int(op.ufunc(np.int64(x), np.int64(y))))
    return Affine.of(result)


def _bounded(name: str, a: Affine, b: Affine, learn: Callable[[Affine], None]) -> Affine:
    result = operation(name, a, b)
    learn(result)
    return result


def minimum(a: Affine, b: Affine) -> Affine:
    """Return the smaller of two forms."""
    facts = current_tracer().facts
    if facts.nonnegative(b - a):
        return a
    if facts.nonnegative(a - b):
        return b
    result = a - _positive_part(a - b)
    if facts.nonnegative(a) and facts.nonnegative(b):
        facts.learn(result)
    return result


def maximum(a: Affine, b: Affine) -> Affine:
    """Return the larger of two forms."""
    facts = current_tracer().facts
    if facts.nonnegative(a - b):
        return a
    if facts.nonnegative(b - a):
        return b
    return b + _positive_part(a - b)


def _positive_part(form: Affine) -> Affine:
    """Return max(form, 0).

    Minima and maxima are written by it so that sizes clamped in different ways are seen to be
    equal: n - min(1, n) is max(n - 1, 0).
    """
    form = current_tracer().facts.canonical(form)
    if form.terms[-1][1] < 0:
        return form + _positive_part(-form)

    def learn(result: Affine) -> None:
        facts = current_tracer().facts
        facts.learn(result)
        facts.learn(result - form)

    return _bounded("maximum", form, Affine(0), learn)


def product(a: Affine, b: Affine) -> Affine:
    """Return the product of two of Python's integers."""
    result = _times(a, b)
    if a.constant is None and b.constant is None:
        require_fits_after(multiply, a, b, result)
        _learn_sign(a, b, result)
    return result


def size_product(a: Affine, b: Affine) -> Affine:
    """Return the product of two dims of one array."""
    result = _times(a, b)
    facts = current_tracer().facts
    if result.symbol is not None:
        facts.magnitudes.limits.setdefault(result.symbol, COUNTABLE)
    _learn_sign(a, b, result)
    return result


def wrapping_product(a: Affine, b: Affine) -> Affine:
    """Return the product of two of NumPy's integers, which wraps around."""
    result = _times(a, b)
    if current_tracer().facts.assume_fits(result):
        _learn_sign(a, b, result)
    return result


def _times(a: Affine, b: Affine) -> Affine:
    if b.constant is not None:
        return a * b.constant
    if a.constant is not None:
        return b * a.constant
    a, b = sorted((a, b), key=lambda form: (form.const, [(s.id, k) for s, k in form.terms]))
    return operation("multiply", a, b)


def _learn_sign(a: Affine, b: Affine, result: Affine) -> None:
    facts = current_tracer().facts
    if facts.nonnegative(a) and facts.nonnegative(b):
        facts.learn(result)


def floor_divide(a: Affine, b: Affine) -> Affine:
    """Return the quotient rounded down; the divisor must not be zero."""
    facts = current_tracer().facts
    divisor = b.constant
    if divisor is None:
        result = operation("floor_divide", a, b)
        if facts.nonnegative(a) and facts.positive(b):
            facts.learn(result)
            facts.learn(a - result)
        return result
    if divisor < 0:
        a, divisor = -a, -divisor
    # The multiples of the divisor come out whole: (2n + m) // 2 is n + m // 2.
    whole = Affine(a.const // divisor, {s: k // divisor for s, k in a.terms if k % divisor == 0})
    rest = a - whole * divisor
    if rest.terms and divisor > 1:

        def learn(result: Affine) -> None:
            facts.learn(rest - result * divisor)
            facts.learn(result * divisor + (divisor - 1) - rest)

        return whole + _bounded("floor_divide", rest, Affine(divisor), learn)
    return whole


def remainder(a: Affine, b: Affine) -> Affine:
    """Return the remainder with the sign of the divisor, which must not be zero."""
    facts = current_tracer().facts
    divisor = b.constant
    if divisor is None:
        result = operation("remainder", a, b)
        if facts.positive(b):
            facts.learn(result)
            facts.learn(b - 1 - result)
        return result
    rest = Affine(a.const, {s: k for s, k in a.terms if k % divisor != 0})
    if rest.constant is not None:
        return Affine(rest.constant % divisor)
    if divisor > 0 and facts.nonnegative(rest) and facts.nonnegative(divisor - 1 - rest):
        return rest

    def learn(result: Affine) -> None:
        low, high = (0, divisor - 1) if divisor > 0 else (divisor + 1, 0)
        facts.learn(result - low)
        facts.learn(high - result)

    return _bounded("remainder", rest, Affine(divisor), learn)


def absolute(a: Affine) -> Affine:
    """Return the absolute value of a form."""
    facts = current_tracer().facts
    if facts.nonnegative(a):
        return a
    if facts.nonnegative(-a):
        return -a

    def learn(result: Affine) -> None:
        for bound in (Affine(0), a, -a):
            facts.learn(result - bound)

    return _bounded("maximum", a, -a, learn)


def by_sign(form: Affine, negative: Affine, otherwise: Affine) -> Affine:
    """Return one form where another is negative, else the other one."""
    facts = current_tracer().facts

    def emit() -> Affine:
        test = less(value_of_form(form), constant(0, np.int64))
        chosen = switch(test, value_of_form(negative), value_of_form(otherwise))
        sign = facts.estimate(form)
        if sign is not None:
            facts.expect(chosen, facts.estimate(negative if sign < 0 else otherwise))
        return Affine.of(chosen)

    result = facts.once(("by sign", form, negative, otherwise), emit)
    for low, high in ((negative, otherwise), (otherwise, negative)):
        if facts.nonnegative(high - low):
            facts.learn(result - low)
            facts.learn(high - result)
    if facts.nonnegative(negative) and facts.nonnegative(otherwise):
        facts.learn(result)
    return result
