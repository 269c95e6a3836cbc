"""`math` on run-time integers, and their methods; where Python raises, a check fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograph.frontend.arrays.python_numbers import integer_form
from autograph.frontend.arrays.slices import require_nonnegative
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import whole_numbers
from autograph.frontend.numpy_api.operators import binary
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Number, fail


def _require_whole(*numbers: Any, least: int | None = None) -> None:
    """Make all numbers integers, and not less than `least`."""
    for x in numbers:
        if kind_of(x) not in (int, bool):
            if isinstance(x, Number) and x.dtype.kind in "iu":
                raise unsupported("this function of NumPy integers is not supported; use int(x)")
            fail("TypeError: a float cannot be interpreted as an integer")
        if least is not None:
            require_nonnegative(integer_form(x) - least, "ValueError: the integer is too small")


def _of(definition: Callable[..., Any], least: int | None = None) -> Callable[..., Any]:
    handler = defined(definition)

    def function(*numbers: Any) -> Any:
        _require_whole(*numbers, least=least)
        return handler(*numbers)

    return function


def power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    """Return `pow(base, exponent)` or `pow(base, exponent, modulus)`."""
    if modulus is None:
        return binary("pow", base, exponent)
    _require_whole(base)
    _require_whole(exponent, least=0)
    _require_whole(modulus, least=1)
    return defined(whole_numbers.modular_power)(base, exponent, modulus)


CALLS: dict[Any, Callable[..., Any]] = {
    math.gcd: _of(whole_numbers.gcd),
    math.lcm: _of(whole_numbers.lcm),
    math.factorial: _of(whole_numbers.factorial, 0),
    math.comb: _of(whole_numbers.comb, 0),
    math.isqrt: _of(whole_numbers.isqrt, 0),
    math.isclose: defined(whole_numbers.isclose),
}
"""What functions of `math` do on run-time integers."""

METHODS: dict[str, Callable[[Any], Any]] = {
    "bit_length": defined(whole_numbers.bit_length),
    "bit_count": defined(whole_numbers.bit_count),
}
"""Methods of Python's integers."""
