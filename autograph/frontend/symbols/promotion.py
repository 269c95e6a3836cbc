"""Which dtype an operation runs in: NumPy's promotion, in which Python numbers are weak.

Enters: numbers, arrays and constants. Leaves: graph values of the dtypes that an op's loop takes,
every cast explicit. NumPy itself is asked for the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.floating_errors import doubt_cast
from autograph.frontend.symbols.symbolic import (
    Array,
    Kind,
    Number,
    constant,
    constant_content,
    fail,
    require,
)
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops.elementwise import cast, greater_equal, less_equal, logical_and

BOOL = np.dtype(np.bool_)

CONVERT = (
    "compiled code computes with float32 and float64, complex numbers of these, integers and "
    "bool; convert with astype"
)


def is_supported(dtype: DType) -> bool:
    """Return whether compiled code computes with a dtype."""
    sizes = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (4, 8), "c": (8, 16)}
    return dtype.isnative and dtype.itemsize in sizes.get(dtype.kind, ())


def instead_of(name: str, array: np.ndarray[Any, Any]) -> str:
    """Return what to pass instead of an array that compiled code cannot take.

    Args:
        name: What the array is called.
        array: Of a dtype that is not supported, or of a subclass of arrays.
    """
    if isinstance(array, np.ma.MaskedArray):
        return f"pass {name}.filled(np.nan), or {name}.data and {name}.mask"
    if array.dtype.names:
        return f"pass one array for each field, such as {name}[{array.dtype.names[0]!r}]"
    if type(array) is not np.ndarray and is_supported(array.dtype):
        return f"pass np.asarray({name})"
    if array.dtype.kind in "SUO":
        return f"pass a list, {name}.tolist(), or an array of numbers"
    if array.dtype.kind in "mM":
        return f"pass counts of a unit, {name}.astype(np.int64)"
    wanted = {"f": "np.float64", "c": "np.complex128"}.get(array.dtype.kind)
    return f"pass {name}.astype({wanted or 'np.' + array.dtype.name})"


def kind_of(x: Any) -> Kind:
    """Return the kind of an operand: a Python number's type, or the dtype of anything of NumPy's.

    Raises:
        UnsupportedError: If `x` is no number and no array.
    """
    if isinstance(x, Number):
        return x.kind
    if isinstance(x, Array | np.generic):
        return x.dtype
    for kind in (bool, int, float, complex):
        if type(x) is kind:
            return kind
    raise unsupported(
        f"a {type(x).__name__} is not supported as an operand of NumPy, where only numbers are"
    )


@lru_cache(maxsize=4096)
def _resolved(ufunc: np.ufunc, kinds: tuple[Kind, ...], dtype: DType | None) -> tuple[DType, ...]:
    operands = tuple(BOOL if kind is bool else kind for kind in kinds)
    nothing = (None,) * ufunc.nout
    if dtype is None:
        return tuple(ufunc.resolve_dtypes((*operands, *nothing)))
    signature = (None,) * ufunc.nin + (dtype,) * ufunc.nout
    return tuple(ufunc.resolve_dtypes((*operands, *nothing), signature=signature))


def resolve(
    ufunc: np.ufunc, kinds: Sequence[Kind], dtype: DType | None = None
) -> tuple[DType, ...]:
    """Return the dtypes of operands and results of the loop that NumPy would choose.

    Args:
        ufunc: The function.
        kinds: Kinds of the operands.
        dtype: The result dtype, where the user asks for one.

    Raises:
        TypeError: If there is no such loop.
    """
    return _resolved(ufunc, tuple(kinds), dtype)


def result_dtype(kinds: Sequence[Kind]) -> DType:
    """Return the dtype that `np.result_type` gives operands of these kinds."""
    operands = [kind(0) if isinstance(kind, type) else kind for kind in kinds]
    return np.result_type(*operands)


def cast_to(value: Value, dtype: DType) -> Value:
    """Return the value converted to a dtype; itself if it has it."""
    if value.dtype == dtype:
        return value
    if not is_supported(dtype):
        raise unsupported(f"arrays of dtype {dtype} are not supported: {CONVERT}")
    content = constant_content(value)
    if content is not None:
        return constant(content, dtype)
    result: Value = cast(value, dtype=dtype)
    if value.dtype.kind in "fc":
        doubt_cast(value, result)
    return result


def value_of(x: Any, dtype: DType | None = None) -> Value:
    """Return the graph value of an operand, converted to `dtype` (its own if None).

    A Python integer that `dtype` cannot hold makes NumPy raise; so there is a check where that can
    happen.
    """
    if isinstance(x, Array):
        value = x.read()
        return value if dtype is None else cast_to(value, dtype)
    kind = kind_of(x)
    own = np.dtype(kind) if isinstance(kind, type) else kind
    dtype = own if dtype is None else dtype
    if kind is int and dtype.kind in "iu":
        _require_fits(x, dtype)
    if isinstance(x, Number):
        return cast_to(x.value(), dtype)
    return constant(x, dtype)


def _require_fits(x: Any, dtype: DType) -> None:
    """Make a Python integer fit a dtype's range."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    message = f"OverflowError: Python integer out of bounds for {dtype}"
    if not isinstance(x, Number):
        if not low <= x <= high:
            fail(message)
        return
    facts, form = current_tracer().facts, x.form
    assert form is not None
    high = min(high, int(np.iinfo(np.int64).max))
    if dtype == np.int64 or (facts.nonnegative(form - low) and facts.nonnegative(high - form)):
        return
    value = x.value()
    lower = greater_equal(value, constant(low, np.int64))
    upper = less_equal(value, constant(high, np.int64))
    require(logical_and(lower, upper), message)
