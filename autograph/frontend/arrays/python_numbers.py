"""Arithmetic of Python's own numbers: its result types, its errors, its rounding of `//` and `%`.

An operand is a run-time `Number` of a Python kind, or a bool, int, float or complex. Where Python
raises, a check makes the original function run instead. So it does where an integer leaves 64 bits.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import compare_forms, emit_unnoticed
from autograph.frontend.arrays.python_complex import divide as complex_divide
from autograph.frontend.arrays.python_complex import power as complex_power
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.implicit import raised_by
from autograph.frontend.symbols.leaves import leaf_value
from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.symbols.promotion import cast_to, value_of
from autograph.frontend.symbols.symbolic import (
    BEYOND_64_BITS,
    INT64,
    PYTHON_DTYPES,
    Number,
    constant,
    constant_content,
    fail,
    python_number,
    require,
    require_fits,
    require_fits_after,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops import elementwise as ops
from autograph.ops.complex_parts import imag, real

RANK: dict[Any, int] = {kind: rank for rank, kind in enumerate(PYTHON_DTYPES)}

EXACT_IN_FLOAT64 = 2**53

DIVISIONS = ("truediv", "floordiv", "mod")
DIVISION_BY_ZERO: dict[tuple[str, type], str] = {
    (name, kind): raised_by(getattr(operator, name), kind(1), kind(0))
    for name in DIVISIONS
    for kind in (int, float, complex)
    if kind is not complex or name == "truediv"
}
"""What Python says of a division by zero, by its name and the type of its result."""

OUT_OF_RANGE = raised_by(operator.pow, 1e300, 2.0)
MATH_RANGE = raised_by(math.exp, 1e300)
MATH_DOMAIN = raised_by(math.fmod, math.inf, 1.0)

COMPARISONS: dict[str, np.ufunc] = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}

_BITWISE: dict[str, np.ufunc] = {
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
}

_FLOAT: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
}


def is_python_number(x: Any) -> bool:
    """Return whether `x` is a number of a Python kind, constant or not."""
    return x.is_python if isinstance(x, Number) else type(x) in RANK


def kind_of_python(x: Any) -> type:
    """Return the Python type of a number."""
    found = x.kind if isinstance(x, Number) else type(x)
    assert isinstance(found, type)
    return found


def integer_form(x: Any) -> Affine:
    """Return a Python int or bool as a form."""
    if not isinstance(x, Number):
        if is_long(x):
            fail(BEYOND_64_BITS)
        return Affine(int(x))
    if x.form is not None:
        return x.form
    facts = current_tracer().facts
    value = facts.once(("as int", x.value()), lambda: cast_to(x.value(), INT64))
    facts.bound(value, 0, 1)
    return Affine.of(value)


def binary(name: str, a: Any, b: Any) -> Any:
    """Return `operator.<name>(a, b)` for Python numbers of which one is symbolic."""
    result = max(kind_of_python(a), kind_of_python(b), key=RANK.__getitem__)
    if name in _BITWISE and result is bool:
        value = emit_unnoticed(_BITWISE[name], [value_of(a), value_of(b)])
        return python_number(bool, value)
    if RANK[result] <= RANK[int]:
        return _INTEGER[name](integer_form(a), integer_form(b))
    if name == "pow":
        return complex_power(a, b) if result is complex else _float_power(a, b, result)
    if name not in _FLOAT or (result is complex and name in ("floordiv", "mod")):
        kinds = " and ".join(kind_of_python(x).__name__ for x in (a, b))
        raise unsupported(f"{name} is not defined on {kinds}")
    return _float_binary(name, a, b, result)


def compare(name: str, a: Any, b: Any) -> Any:
    """Return the comparison of two Python numbers: a bool if it is known, else a number."""
    result = max(kind_of_python(a), kind_of_python(b), int, key=RANK.__getitem__)
    if result is int:
        forms = integer_form(a), integer_form(b)
        known = compare_forms(COMPARISONS[name], forms)
        if known is not None:
            return known
        a, b = (python_number(int, form) for form in forms)
    else:
        if result is complex and name not in ("eq", "ne"):
            fail(f"TypeError: {name} not supported between complex numbers")
        for x in (a, b):
            if RANK[kind_of_python(x)] == RANK[int]:
                # Python compares exactly; as a float the integer must be the same.
                require_exact(integer_form(x))
    dtype = PYTHON_DTYPES[result]
    return python_number(
        bool, emit_unnoticed(COMPARISONS[name], [value_of(a, dtype), value_of(b, dtype)])
    )


def unary(name: str, x: Any) -> Any:
    """Return `operator.<name>(x)` for a Python number."""
    if RANK[kind_of_python(x)] <= RANK[int]:
        form = integer_form(x)
        results: dict[str, Callable[[], Affine]] = {
            "neg": lambda: -form,
            "pos": lambda: form,
            "abs": lambda: integers.absolute(form),
            "invert": lambda: -form - 1,
        }
        return python_number(int, results[name]())
    ufuncs = {"neg": np.negative, "pos": np.positive, "abs": np.absolute}
    if name not in ufuncs:
        raise unsupported(f"{name} is not defined on {kind_of_python(x).__name__}")
    value = value_of(x)
    result = emit_unnoticed(ufuncs[name], [value])
    if name == "abs" and value.dtype.kind == "c":
        require_no_overflow(result, [real(value), imag(value)])
    return python_number(float if name == "abs" else kind_of_python(x), result)


# ---------------------------------------------------------------- integers


def require_nonzero_form(form: Affine, message: str) -> None:
    """Make an integer nonzero: proved, assumed of the arguments, or checked."""
    facts = current_tracer().facts
    form = facts.canonical(form)
    if form.constant == 0:
        fail(message)
    elif not (
        facts.negative(form)
        or facts.assume_nonnegative(form - 1)
        or facts.assume_nonnegative(-form - 1)
    ):
        divisor = python_number(int, form).value()
        require(ops.not_equal(divisor, constant(0, INT64)), message)


def require_exact(form: Affine) -> None:
    """Make an integer one that a float represents without rounding."""
    if form.constant is None:
        require_fits(form, EXACT_IN_FLOAT64)
    elif float(form.constant) != form.constant:
        fail("an integer is not exact as a float")


def _int(form: Affine) -> Any:
    return python_number(int, form)


def _quotient(a: Affine, b: Affine) -> Any:
    require_nonzero_form(b, DIVISION_BY_ZERO["floordiv", int])
    if b == 0:
        return _int(a)
    if b.constant is None and not current_tracer().facts.positive(b):
        require_fits(-a)  # The divisor may be -1.
    return _int(integers.floor_divide(a, b))


def _modulus(a: Affine, b: Affine) -> Any:
    require_nonzero_form(b, DIVISION_BY_ZERO["mod", int])
    return _int(a) if b == 0 else _int(integers.remainder(a, b))


def _ratio(a: Affine, b: Affine) -> Any:
    """Return the quotient, rounded once: so both have to be floats without rounding."""
    require_nonzero_form(b, DIVISION_BY_ZERO["truediv", int])
    for form in (a, b):
        require_exact(form)
    values = [value_of(_int(form), np.dtype(np.float64)) for form in (a, b)]
    return python_number(float, emit_unnoticed(np.divide, values))


def _integer_power(a: Affine, b: Affine) -> Any:
    facts = current_tracer().facts
    if facts.assume_nonnegative(b):
        if b.constant is not None and b.constant <= 2:
            return _int([Affine(1), a, integers.product(a, a)][b.constant])
    elif facts.assume_nonnegative(-b - 1):
        return _float_power(_int(a), _int(b), float)
    else:
        value = python_number(int, b).value()
        require(ops.greater_equal(value, constant(0, INT64)), "a negative power is no integer")
    result = integers.operation("power", a, b)
    require_fits_after(ops.power, a, b, result)
    return _int(result)


def _shift_left(a: Affine, b: Affine) -> Any:
    if b.constant is not None and 0 <= b.constant < 62:
        return _int(a * 2**b.constant)
    _require_shift(b)
    result = integers.operation("left_shift", a, b)
    back = leaf_value(integers.operation("right_shift", result, b))
    kept = ops.equal(back, leaf_value(a))
    few = ops.less(leaf_value(b), constant(63, INT64))
    require(ops.logical_and(kept, few), BEYOND_64_BITS)
    return _int(result)


def _shift_right(a: Affine, b: Affine) -> Any:
    if b.constant is not None and 0 <= b.constant < 62:
        return _int(integers.floor_divide(a, Affine(2**b.constant)))
    _require_shift(b)
    return _int(integers.operation("right_shift", a, b))


def _require_shift(count: Affine) -> None:
    if not current_tracer().facts.assume_nonnegative(count):
        value = python_number(int, count).value()
        require(ops.greater_equal(value, constant(0, INT64)), "ValueError: negative shift count")


_INTEGER: dict[str, Callable[[Affine, Affine], Any]] = {
    "add": lambda a, b: _int(a + b),
    "sub": lambda a, b: _int(a - b),
    "mul": lambda a, b: _int(integers.product(a, b)),
    "truediv": _ratio,
    "floordiv": _quotient,
    "mod": _modulus,
    "pow": _integer_power,
    "lshift": _shift_left,
    "rshift": _shift_right,
    "and_": lambda a, b: _int(integers.operation("bitwise_and", a, b)),
    "or_": lambda a, b: _int(integers.operation("bitwise_or", a, b)),
    "xor": lambda a, b: _int(integers.operation("bitwise_xor", a, b)),
}


# ---------------------------------------------------------------- floats


def require_nonzero(divisor: Value, message: str) -> None:
    """Make a float or complex divisor nonzero, with a check unless it is constant."""
    known = constant_content(divisor)
    if known is None:
        require(ops.not_equal(divisor, constant(0, divisor.dtype)), message)
    elif known == 0:
        fail(message)


def require_no_overflow(result: Value, operands: list[Value], message: str = OUT_OF_RANGE) -> None:
    """Make a result finite if its operands are: Python raises OverflowError otherwise."""
    finite = ops.isfinite(result)
    for operand in operands:
        if constant_content(operand) is None:
            finite = ops.logical_or(finite, ops.logical_not(ops.isfinite(operand)))
    require(finite, message)


def _float_binary(name: str, a: Any, b: Any, result: type) -> Any:
    values = [value_of(x, PYTHON_DTYPES[result]) for x in (a, b)]
    if name in DIVISIONS:
        require_nonzero(values[1], DIVISION_BY_ZERO[name, result])
    if name == "truediv" and result is complex:
        return python_number(complex, complex_divide(*values))
    return python_number(result, emit_unnoticed(_FLOAT[name], values))


def _float_power(a: Any, b: Any, result: type) -> Any:
    base, exponent = (value_of(x, PYTHON_DTYPES[result]) for x in (a, b))
    known_base, known = constant_content(base), constant_content(exponent)
    if known is not None and known == 0:
        return 1.0
    if known is not None and known == 1:
        return python_number(float, base)
    zero = constant(0, np.float64)
    if known is None or known < 0:
        defined = ops.not_equal(base, zero)
        if known is None:
            defined = ops.logical_or(defined, ops.greater_equal(exponent, zero))
        require(defined, "ZeroDivisionError: zero to a negative power")
    may_be_negative = known_base is None or known_base < 0
    if may_be_negative and (known is None or not float(known).is_integer()):
        real = ops.greater_equal(base, zero)
        if known is None:
            real = ops.logical_or(real, ops.equal(exponent, ops.trunc(exponent)))
        require(real, "a power of a negative number may be complex")
    power = emit_unnoticed(np.power, [base, exponent])
    require_no_overflow(power, [base, exponent])
    return python_number(float, power)


NAMES = {name: getattr(operator, name) for name in (*_INTEGER, *COMPARISONS)}
"""The operators by the names that the `operator` module gives them."""
