"""Python's operators on run-time values, by the names that the `operator` module gives them.

Python numbers among themselves follow Python; whatever meets a NumPy scalar or an array follows
NumPy. Where neither operand is symbolic, the operator itself is applied.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograph.frontend.arrays import python_numbers
from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import (
    apply_operator,
    apply_ufunc,
    as_operand,
    write_out,
)
from autograph.frontend.arrays.indexing import getitem, setitem
from autograph.frontend.arrays.masked import Masked
from autograph.frontend.numpy_api.linear_algebra import matmul
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.context import current_tracer, run, unsupported
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    Symbolic,
    constant,
    fail,
    numpy_scalar,
    python_number,
)
from autograph.frontend.symbols.view import Selection
from autograph.ir.affine import Affine
from autograph.ir.graph import At
from autograph.ops.elementwise import not_equal

UFUNCS: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
    "matmul": np.matmul,
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "invert": np.invert,
    **python_numbers.COMPARISONS,
}
"""The ufunc of each operator."""

_OPERANDS = (Symbolic, np.ndarray, np.generic, bool, int, float, complex)


def _is_staged(*operands: Any) -> bool:
    return any(isinstance(x, Symbolic | np.ndarray) for x in operands)


def _require_operands(name: str, *operands: Any) -> None:
    for x in operands:
        if x is None:
            kinds = " and ".join("None" if y is None else "number" for y in operands)
            fail(f"TypeError: unsupported operand types for {name}: {kinds}")
        if not isinstance(x, _OPERANDS):
            others = " and ".join(type(y).__name__ for y in operands)
            raise unsupported(f"the operator {name!r} is not supported on {others}")


def _beside(x: Any, other: Any) -> Any:
    """Return an operand, a list or range as an array where the other operand is one of NumPy's."""
    if not isinstance(x, list | tuple | range) or python_numbers.is_python_number(other):
        return x
    is_numpys = isinstance(other, Symbolic | np.ndarray | np.generic)
    return array_of(list(x) if isinstance(x, range) else x) if is_numpys else x


def _differ(x: Any, result: bool) -> Any:
    """Return the comparison with what no number equals: of each element of an array."""
    if not isinstance(x, Array | np.ndarray | Masked):
        return result
    return apply_ufunc(np.logical_or if result else np.logical_and, x, result)


def binary(name: str, a: Any, b: Any) -> Any:
    """Return `operator.<name>(a, b)`, where `name` is `add`, `sub`, `truediv`, `and_`, ..."""
    if not _is_staged(a, b):
        return run(getattr(operator, name), (a, b), {})
    a, b = _beside(a, b), _beside(b, a)
    _require_operands(name, a, b)
    if python_numbers.is_python_number(a) and python_numbers.is_python_number(b):
        return python_numbers.binary(name, a, b)
    a, b = as_operand(a), as_operand(b)
    if name == "matmul":
        return matmul(a, b)
    if name == "pow":
        return _power(a, b)
    return apply_operator(UFUNCS[name], a, b)


def _power(a: Any, b: Any) -> Any:
    """Return `a ** b`; for some constant exponents of float arrays NumPy takes another ufunc."""
    if isinstance(a, Array) and a.dtype.kind == "b" and type(b) is int and b == 2:
        return apply_ufunc(np.square, a)
    is_float = isinstance(a, Array) and a.dtype.kind in "fc"
    if is_float and type(b) in (int, float) and b in _FAST_POWERS:
        return apply_ufunc(_FAST_POWERS[b], a)
    return apply_operator(np.power, a, b)


_FAST_POWERS: dict[Any, np.ufunc] = {
    1: np.positive,
    2: np.square,
    0.5: np.sqrt,
    -1: np.reciprocal,
}


def compare(name: str, a: Any, b: Any) -> Any:
    """Return the comparison `operator.<name>(a, b)`, where `name` is `lt`, `le`, `eq`, ..."""
    if not _is_staged(a, b):
        return run(getattr(operator, name), (a, b), {})
    a, b = _beside(a, b), _beside(b, a)
    if not (isinstance(a, _OPERANDS) and isinstance(b, _OPERANDS)):
        if name in ("eq", "ne"):
            return _differ(a if isinstance(a, Symbolic | np.ndarray) else b, name == "ne")
        _require_operands(name, a, b)
    if python_numbers.is_python_number(a) and python_numbers.is_python_number(b):
        return python_numbers.compare(name, a, b)
    return apply_ufunc(UFUNCS[name], a, b)


def unary(name: str, x: Any) -> Any:
    """Return `operator.<name>(x)`, where `name` is `neg`, `pos`, `abs` or `invert`."""
    if not _is_staged(x):
        return run(getattr(operator, name), (x,), {})
    if python_numbers.is_python_number(x):
        return python_numbers.unary(name, x)
    return apply_operator(UFUNCS[name], x)


def inplace(name: str, a: Any, b: Any) -> Any:
    """Return what `a <op>= b` binds `a` to; an array is written in place and returned."""
    if isinstance(a, np.ndarray):
        a = current_tracer().lift(a)
    if isinstance(a, Masked):
        inplace(name, a.changeable(), b)
        return a
    if not isinstance(a, Array):
        if _is_staged(a, b):
            return binary(name, a, b)
        return run(getattr(operator, "i" + name.rstrip("_")), (a, b), {})
    b = _beside(b, a)
    _require_operands(name, a, b)
    if name == "matmul":
        write_out(a, matmul(a, as_operand(b)).read(), name)
        return a
    if name == "pow" and a.dtype.kind in "fc" and type(b) in (int, float) and b in _FAST_POWERS:
        return apply_ufunc(_FAST_POWERS[b], a, out=a)
    return apply_ufunc(UFUNCS[name], a, b, out=a)


def inplace_of_new(name: str, a: Masked, b: Any) -> Any:
    """Return what `a <op>= b` makes of a selection that nothing else refers to."""
    result = binary(name, a, b)
    if not isinstance(result, Masked):
        return inplace(name, a, b)
    if not np.can_cast(result.dtype, a.dtype, "same_kind"):
        fail(f"UFuncTypeError: cannot cast {name!r} output from {result.dtype} to {a.dtype}")
    return Masked(cast_to(result.full, a.dtype), result.mask)


def truth(x: Any) -> Any:
    """Return `bool(x)`: a bool where it is known, else a bool number."""
    if isinstance(x, np.ndarray):
        x = current_tracer().lift(x)
    if not isinstance(x, Symbolic):
        return bool(x)
    if isinstance(x, Array):
        for dim in x.dims:
            require_equal(dim, Affine(1))
        x = item(x)
    if not isinstance(x, Number):
        raise unsupported(f"the truth of {x!r} is not defined")
    if x.form is not None:
        return compare("ne", python_number(int, x.form), 0)
    value = x.value()
    if value.dtype != np.bool_:
        value = not_equal(value, constant(0, value.dtype))
    return python_number(bool, value)


def item(x: Array) -> Any:
    """Return the only element of an array with one element, as a NumPy scalar."""
    first = tuple(At(Affine(0)) for _ in x.dims)
    view = x.view.select(Selection(first, ()))
    return numpy_scalar(x.dtype, Array(x.cell, view).read())


def length(x: Any) -> Any:
    """Return `len(x)`, an int where it is known."""
    if isinstance(x, Masked):
        return x.count()
    if not isinstance(x, Array):
        return len(x)
    if x.ndim == 0:
        fail("TypeError: len() of unsized object")
    return python_number(int, x.dims[0])


def divide_with_remainder(a: Any, b: Any) -> tuple[Any, Any]:
    """Return `divmod(a, b)`."""
    return binary("floordiv", a, b), binary("mod", a, b)


def _install() -> None:
    """Make the special methods of symbolic values apply these functions."""
    table = Symbolic.operators
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        _install_binary(table, name, name)
    for name in ("lshift", "rshift", "xor"):
        _install_binary(table, name, name)
    for name in ("and", "or"):
        _install_binary(table, name, name + "_")
    for name in python_numbers.COMPARISONS:
        table[f"__{name}__"] = partial(compare, name)
    for name in ("neg", "pos", "abs", "invert"):
        table[f"__{name}__"] = partial(unary, name)
    table["__divmod__"] = divide_with_remainder
    table["__rdivmod__"] = lambda a, b: divide_with_remainder(b, a)
    table["__getitem__"] = getitem
    table["__setitem__"] = setitem


def _install_binary(table: dict[str, Callable[..., Any]], special: str, name: str) -> None:
    table[f"__{special}__"] = partial(binary, name)
    table[f"__r{special}__"] = lambda a, b: binary(name, b, a)
    table[f"__i{special}__"] = partial(inplace, name)


_install()
