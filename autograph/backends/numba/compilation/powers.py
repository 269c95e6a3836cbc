"""Small whole powers of floats: faster than the C library's `pow`, and as accurate.

Leaves: numba callables by the names of `power_name`. They are free of branches and calls, so that
LLVM vectorises the loops around them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from autograph.backends.numba.vocabulary import EXPONENTS, power_name

_DOUBLE = ir.DoubleType()
_INFINITY = ir.Constant(_DOUBLE, np.inf)
_ZERO = ir.Constant(_DOUBLE, 0.0)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the functions by their names in generated source."""
    return _FUNCTIONS


def _power(exponent: int) -> Any:
    def typer(typing_context: Any, x: Any) -> Any:
        if not isinstance(x, types.Float):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if x.bitwidth < 64:
                wide = builder.fpext(args[0], _DOUBLE)
                return builder.fptrunc(_accurate(builder, wide, exponent)[0], args[0].type)
            head, tail = _accurate(builder, args[0], exponent)
            return _sum(builder, head, tail)

        return x(x), generate

    typer.__name__ = typer.__qualname__ = power_name(exponent)
    return intrinsic(typer)


def _accurate(builder: Any, x: Any, exponent: int) -> tuple[Any, Any]:
    """Return a float64 raised to the exponent as the unevaluated sum of two floats.

    A fused multiply-add gives the error that rounding a product has made.

    Source: T. J. Dekker, A floating-point technique for extending the available precision, 1971.
    """
    head, tail = x, _ZERO
    for digit in f"{exponent:b}"[1:]:
        product = builder.fmul(head, head)
        error = builder.fma(head, head, builder.fneg(product))
        twice = builder.fadd(head, head)
        head, tail = product, builder.fma(twice, tail, error)
        if digit == "1":
            product = builder.fmul(head, x)
            error = builder.fma(head, x, builder.fneg(product))
            head, tail = product, builder.fma(tail, x, error)
    return head, tail


def _sum(builder: Any, head: Any, tail: Any) -> Any:
    """Return head + tail, or head where the tail is zero, infinite or no number.

    Then the head is exact, or has overflowed; adding would lose its sign or its infinity.
    """
    magnitude = builder.call(builder.module.declare_intrinsic("llvm.fabs", [_DOUBLE]), [tail])
    positive = builder.fcmp_ordered(">", magnitude, _ZERO)
    finite = builder.fcmp_ordered("<", magnitude, _INFINITY)
    return builder.select(builder.and_(positive, finite), builder.fadd(head, tail), head)


_FUNCTIONS = MappingProxyType({power_name(n): _power(n) for n in EXPONENTS})
