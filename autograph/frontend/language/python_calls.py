"""Python's builtins and `math` on run-time numbers, with the errors they raise as checks."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import as_operand, emit_unnoticed
from autograph.frontend.arrays.one_value import chosen, one_value
from autograph.frontend.arrays.python_numbers import (
    MATH_DOMAIN,
    MATH_RANGE,
    RANK,
    integer_form,
    is_python_number,
    kind_of_python,
    require_no_overflow,
    require_nonzero,
)
from autograph.frontend.flow.control import fork
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import rounding
from autograph.frontend.numpy_api.numpy_reduce import require_elements
from autograph.frontend.numpy_api.numpy_select import round_
from autograph.frontend.numpy_api.operators import (
    binary,
    compare,
    divide_with_remainder,
    item,
    length,
    truth,
)
from autograph.frontend.numpy_api.operators import unary as apply_unary
from autograph.frontend.symbols.condition import Condition, positive
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.leaves import kind_key
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    Number,
    constant,
    python_number,
    require,
    wrap,
)
from autograph.frontend.symbols.union import Union, narrow
from autograph.ir.graph import Value
from autograph.ops import elementwise as ops
from autograph.ops import reduction

FLOAT64 = np.dtype(np.float64)


def _scalar(x: Any) -> Any:
    """Return a number for a scalar or an array without axes."""
    x = as_operand(x)
    if isinstance(x, Array):
        if x.ndim:
            raise unsupported("only arrays without axes convert to Python numbers; index first")
        return item(x)
    return x


# ---------------------------------------------------------------- conversions


def to_float(x: Any = 0.0) -> Any:
    """Return `float(x)`."""
    x = _scalar(x)
    if isinstance(x, Number) and x.dtype.kind == "c":
        raise unsupported("a complex number does not convert to float; take .real")
    return python_number(float, value_of(x, FLOAT64))


def to_int(x: Any = 0) -> Any:
    """Return `int(x)` within 64 bits."""
    x = _scalar(x)
    if isinstance(x, Number) and x.dtype.kind == "c":
        raise unsupported("a complex number does not convert to int; take .real")
    if not isinstance(x, Number) or x.dtype.kind != "f":
        return _as_int(x)
    return _integer_of(cast_to(x.value(), FLOAT64))


def _as_int(x: Any) -> Any:
    if isinstance(x, Number) and x.form is None and x.dtype.kind in "iu":
        return python_number(int, cast_to(x.value(), INT64))
    if isinstance(x, Number) and x.dtype.kind == "b":
        return python_number(int, integer_form(Number(bool, x.value())))
    if isinstance(x, Number) and x.form is not None:
        return python_number(int, x.form)
    return int(x)


def _integer_of(value: Value) -> Any:
    """Return a float truncated to a Python integer, which must be within 64 bits."""
    limit = constant(2.0**63, FLOAT64)
    within = ops.less(ops.absolute(value), limit)
    require(within, "a float out of the range of 64-bit integers is converted to int")
    return python_number(int, cast_to(value, INT64))


def is_float(x: Any) -> bool:
    """Return whether a scalar is a floating-point number of Python or NumPy."""
    return x.dtype.kind == "f" if isinstance(x, Number | np.generic) else isinstance(x, float)


def to_bool(x: Any = False) -> Any:
    """Return `bool(x)`."""
    return truth(as_operand(x))


def round_number(x: Any, ndigits: Any = None) -> Any:
    """Return `round(x)` or `round(x, ndigits)`."""
    x = _scalar(x)
    is_whole = not is_float(x)
    if ndigits is not None and not is_python_number(x):
        return round_(x, ndigits)
    if ndigits is not None:
        is_known = not isinstance(ndigits, Number)
        digits = ndigits if is_known else current_tracer().need_static(ndigits)
        return _to_digits(x, digits, is_whole)
    return _as_int(x) if is_whole else _integer_of(emit_unnoticed(np.rint, [value_of(x, FLOAT64)]))


def _to_digits(x: Any, digits: int, is_whole: bool) -> Any:
    """Return a Python number rounded to digits after the point."""
    if abs(digits) > rounding.LARGEST_POWER:
        raise unsupported(f"round to {digits} digits is not supported; at most 22 are")
    if is_whole:
        return x if digits >= 0 else defined(rounding.round_whole_number)(x, -digits)
    value = value_of(x, FLOAT64)
    if digits < 0:
        _require_apart(value, 2.0**53, math.inf)
        return defined(rounding.round_tens)(x, -digits)
    scale = constant(10.0**digits, FLOAT64)
    _require_apart(ops.multiply(value, scale), 2.0**52, 2.0**54)
    return defined(rounding.round_fraction)(x, digits)


def _require_apart(value: Value, low: float, high: float) -> None:
    """Require that a float is not between two limits, where its digits cannot be told."""
    size = ops.absolute(value)
    above = ops.greater_equal(size, constant(high, FLOAT64))
    known = ops.logical_or(ops.less(size, constant(low, FLOAT64)), above)
    require(ops.logical_or(known, ops.isnan(value)), "a float of too many digits is rounded")


# ---------------------------------------------------------------- several numbers


def smallest(*args: Any) -> Any:
    """Return `min(...)`."""
    return _extreme("lt", reduction.min_, args)


def largest(*args: Any) -> Any:
    """Return `max(...)`."""
    return _extreme("gt", reduction.max_, args)


def _extreme(better: str, op: Any, args: tuple[Any, ...]) -> Any:
    if len(args) == 1:
        (only,) = args
        only = as_operand(only) if isinstance(only, np.ndarray) else only
        if isinstance(only, Array):
            return _extreme_of_array(only, op, builtins.max if better == "gt" else builtins.min)
        args = tuple(only)
    best, *others = args
    for candidate in others:
        best = _best(better, candidate, best)
    return best


def _best(name: str, a: Any, b: Any) -> Any:
    """Return the better of two numbers, which may be one of several themselves."""
    x, y = (one_value(v) if isinstance(v, Union) else v for v in (a, b))
    if x is None or y is None or (x is a and y is b):
        return fork(b, lambda d: fork(a, lambda c: _better(name, c, d)))
    test = compare(name, x, y)
    found = chosen(test.value(), a, b) if isinstance(test, Number) else NotImplemented
    if found is NotImplemented:
        return fork(b, lambda d: fork(a, lambda c: _better(name, c, d)))
    return found


def _better(name: str, a: Any, b: Any) -> Any:
    """Return `a` where it compares as `name` says to `b`, else `b`: exactly Python's choice."""
    test = compare(name, a, b)
    if not isinstance(test, Number):
        return a if test else b
    if kind_key(kind_of(a)) == kind_key(kind_of(b)):
        return select_number(test.value(), a, b)
    found = chosen(test.value(), a, b)
    if found is not NotImplemented:
        return found
    condition = Condition(test.value())
    return Union(((condition, a), (~condition, b)))


def select_number(condition: Value, a: Any, b: Any) -> Any:
    """Return `a` where the condition holds, else `b`, which may be a number of a related kind.

    A Python float and a NumPy float64 become a float64. Kinds whose values differ are refused.
    """
    a, b = _scalar(a), _scalar(b)
    if is_python_number(a) and is_python_number(b):
        kinds = [kind_of_python(x) for x in (a, b)]
        if kinds[0] is not kinds[1] and bool in kinds:
            raise unsupported("min and max of a bool and another number are not supported")
        kind = max(kinds, key=RANK.__getitem__)
        values = [value_of(x, np.dtype(kind)) for x in (a, b)]
        return python_number(kind, ops.switch(condition, *values))
    dtypes = [x.dtype for x in (a, b) if not is_python_number(x)]
    dtype = np.result_type(*dtypes)
    for x in (a, b):
        exact = not isinstance(x, Number) and dtype.type(x) == x
        if is_python_number(x) and not exact and dtype not in (FLOAT64, INT64):
            raise unsupported(f"min and max of a Python number and a {dtype} are not supported")
    if dtype == INT64 and any(map(is_float, (a, b))):
        dtype = FLOAT64
    return wrap(ops.switch(condition, value_of(a, dtype), value_of(b, dtype)))


def _extreme_of_array(x: Array, op: Any, function: Any) -> Any:
    if x.ndim != 1:
        raise unsupported("min and max of an array with several axes are not defined; use np.max")
    value = x.read()
    require_elements(value, (0,), function)
    if value.dtype.kind == "f":
        # Python's answer depends on where a NaN stands.
        require(ops.logical_not(ops.isnan(value)), "min or max of an array with NaN")
    return wrap(op(value, axes=(0,)))


def total(items: Any, start: Any = 0) -> Any:
    """Return `sum(items)`."""
    if isinstance(items, np.ndarray):
        items = as_operand(items)
    if not isinstance(items, Array):
        for x in items:
            start = binary("add", start, x)
        return start
    if items.ndim != 1 or items.dtype.kind == "b":
        raise unsupported("the builtin sum is supported over numeric vectors; use np.sum")
    value = items.read()
    summed = binary("add", start, wrap(reduction.sum_(value, axes=(0,))))
    some = positive(value.dims[0])
    return narrow(Union(((some, summed), (~some, start))))


def magnitude(x: Any) -> Any:
    """Return `abs(x)`."""
    return apply_unary("abs", x)


# ---------------------------------------------------------------- math


def _not(condition: Value) -> Value:
    result: Value = ops.logical_not(condition)
    return result


def _float(x: float) -> Value:
    return constant(x, FLOAT64)


def _finite_or_nan(x: Value) -> Value:
    return _not(ops.isinf(x))


DOMAINS: dict[str, Callable[[Value], Value]] = {
    "sqrt": lambda x: _not(ops.less(x, _float(0.0))),
    "log": lambda x: _not(ops.less_equal(x, _float(0.0))),
    "log2": lambda x: _not(ops.less_equal(x, _float(0.0))),
    "log10": lambda x: _not(ops.less_equal(x, _float(0.0))),
    "log1p": lambda x: _not(ops.less_equal(x, _float(-1.0))),
    "asin": lambda x: _not(ops.greater(ops.absolute(x), _float(1.0))),
    "acos": lambda x: _not(ops.greater(ops.absolute(x), _float(1.0))),
    "acosh": lambda x: _not(ops.less(x, _float(1.0))),
    "atanh": lambda x: _not(ops.greater_equal(ops.absolute(x), _float(1.0))),
    "sin": _finite_or_nan,
    "cos": _finite_or_nan,
    "tan": _finite_or_nan,
}
"""Where a function of `math` does not raise ValueError."""

OVERFLOWING = {"exp", "exp2", "expm1", "sinh", "cosh"}

UNARY: dict[str, Any] = {
    "sqrt": ops.sqrt,
    "cbrt": ops.cbrt,
    "exp": ops.exp,
    "exp2": ops.exp2,
    "expm1": ops.expm1,
    "log": ops.log,
    "log2": ops.log2,
    "log10": ops.log10,
    "log1p": ops.log1p,
    "sin": ops.sin,
    "cos": ops.cos,
    "tan": ops.tan,
    "asin": ops.arcsin,
    "acos": ops.arccos,
    "atan": ops.arctan,
    "sinh": ops.sinh,
    "cosh": ops.cosh,
    "tanh": ops.tanh,
    "asinh": ops.arcsinh,
    "acosh": ops.arccosh,
    "atanh": ops.arctanh,
    "erf": ops.erf,
    "erfc": ops.erfc,
    "fabs": ops.absolute,
}
"""The op of each function of `math` from floats to floats."""

TESTS: dict[str, Any] = {"isnan": ops.isnan, "isinf": ops.isinf, "isfinite": ops.isfinite}
ROUNDINGS: dict[str, Any] = {"floor": ops.floor, "ceil": ops.ceil, "trunc": ops.trunc}
BINARY: dict[str, Any] = {"atan2": ops.arctan2, "copysign": ops.copysign}


def _argument(x: Any) -> Value:
    return value_of(_scalar(x), FLOAT64)


def _math_unary(name: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        value = _argument(x)
        if name in DOMAINS:
            require(DOMAINS[name](value), MATH_DOMAIN)
        result = UNARY[name](value)
        if name in OVERFLOWING:
            require_no_overflow(result, [value], MATH_RANGE)
        return python_number(float, result)

    return function


def _math_test(name: str) -> Callable[[Any], Any]:
    return lambda x: python_number(bool, TESTS[name](_argument(x)))


def _math_rounding(name: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        x = _scalar(x)
        if isinstance(x, Number) and x.dtype.kind in "iub":
            return _as_int(x)
        return _integer_of(ROUNDINGS[name](_argument(x)))

    return function


def _math_binary(name: str) -> Callable[[Any, Any], Any]:
    return lambda x, y: python_number(float, BINARY[name](_argument(x), _argument(y)))


def _log(x: Any, base: Any = math.e) -> Any:
    natural = _math_unary("log")
    return natural(x) if base is math.e else binary("truediv", natural(x), natural(base))


def _pow(x: Any, y: Any) -> Any:
    base, exponent = _argument(x), _argument(y)
    finite = ops.logical_and(ops.isfinite(base), ops.isfinite(exponent))
    zero = _float(0.0)
    pole = ops.logical_and(ops.equal(base, zero), ops.less(exponent, zero))
    broken = ops.not_equal(exponent, ops.trunc(exponent))
    imaginary = ops.logical_and(ops.less(base, zero), broken)
    wrong = ops.logical_and(finite, ops.logical_or(pole, imaginary))
    require(ops.logical_not(wrong), MATH_DOMAIN)
    result = emit_unnoticed(np.power, [base, exponent])
    require_no_overflow(result, [base, exponent], MATH_RANGE)
    return python_number(float, result)


def _fmod(x: Any, y: Any) -> Any:
    a, b = _argument(x), _argument(y)
    require_nonzero(b, MATH_DOMAIN)
    require(_finite_or_nan(a), MATH_DOMAIN)
    return python_number(float, ops.fmod(a, b))


def _scaled_by(factor: float) -> Callable[[Any], Any]:
    return lambda x: python_number(float, ops.multiply(_argument(x), _float(factor)))


def _math_table() -> dict[Any, Callable[..., Any]]:
    families: list[tuple[dict[str, Any], Callable[[str], Callable[..., Any]]]] = [
        (UNARY, _math_unary),
        (TESTS, _math_test),
        (ROUNDINGS, _math_rounding),
        (BINARY, _math_binary),
    ]
    return {
        getattr(math, name): make(name)
        for table, make in families
        for name in table
        if hasattr(math, name)
    }


CALLS: dict[Any, Callable[..., Any]] = {
    builtins.float: to_float,
    builtins.int: to_int,
    builtins.bool: to_bool,
    builtins.abs: magnitude,
    builtins.min: smallest,
    builtins.max: largest,
    builtins.sum: total,
    builtins.len: length,
    builtins.divmod: divide_with_remainder,
    builtins.round: round_number,
    **_math_table(),
    math.log: _log,
    math.pow: _pow,
    math.fmod: _fmod,
    math.degrees: _scaled_by(180.0 / math.pi),
    math.radians: _scaled_by(math.pi / 180.0),
}
"""What Python's own functions do on run-time numbers."""
