"""Derivatives by parameters and orders that have no closed form: central differences.

The functions are analytic in these parameters, so that differences of eighth order are exact to
about eleven digits. They are formulas like others: their derivatives by the arguments are those of
the function at the shifted parameters, and so need no differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.autodiff.formulas import Term
from autograph.autodiff.special.terms import (
    Partial,
    absolute,
    call,
    exp2,
    floor,
    log2,
    minimum,
    sqrt,
)
from autograph.ops.elementwise import cast

WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Of the differences between the values at one, two, ... steps to both sides."""

LONGEST = 1 / 64
"""The longest step: orders change by one from a function to the next."""


def by_order(name: str, place: int) -> Partial:
    """Return the derivative by an order, at any number."""
    return _by_differences(call(name), place, lambda p: p * 0 + LONGEST)


def by_parameter(name: str, place: int, *, pole: float = 0.0) -> Partial:
    """Return the derivative by a parameter, which has a pole somewhere, at zero for most.

    Steps stay away from the pole; for large parameters functions change over their square roots.
    They are powers of two, so that they add no rounding, and are constant for derivatives.
    """

    def step(p: Any) -> Any:
        room = absolute(p - pole)
        return exp2(floor(log2(minimum(room, 2 * sqrt(room)) * LONGEST)))

    return _by_differences(call(name), place, step)


def _by_differences(function: Any, place: int, step: Callable[[Any], Any]) -> Partial:
    def partial(y: Any, *args: Any) -> Any:
        dtype = args[place].value.dtype
        wide = [_in_double(x) for x in args]
        h = step(wide[place])
        total: Any = None
        for k, weight in enumerate(WEIGHTS, 1):
            ends = []
            for shift in (h * k, h * -k):
                moved = [*wide[:place], wide[place] + shift, *wide[place + 1 :]]
                ends.append(function(*moved))
            term = (ends[0] - ends[1]) * weight
            total = term if total is None else total + term
        slope = total / h
        return Term(cast(slope.value, dtype=dtype)) if dtype == np.float32 else slope

    return partial


def _in_double(x: Any) -> Any:
    if isinstance(x, Term) and x.value.dtype in (np.float32, np.complex64):
        wide = np.float64 if x.value.dtype == np.float32 else np.complex128
        return Term(cast(x.value, dtype=np.dtype(wide)))
    return x
