"""Functions that choose, round or compare elementwise and are no ufuncs of one op."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.elementwise import (
    apply_ufunc,
    as_operand,
    emit_ufunc,
    wrap_scalar_or_array,
    write_out,
)
from autograph.frontend.arrays.gather import scattered
from autograph.frontend.arrays.indexing import expanded, select
from autograph.frontend.arrays.mismatches import require_broadcast
from autograph.frontend.numpy_api.library_calls import change_on_host
from autograph.frontend.numpy_api.numpy_reduce import all_, as_truth, static_integer
from autograph.frontend.numpy_api.selection import nonzero
from autograph.frontend.symbols.broadcasting import common_dims, fitted, require_equal
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import kind_of, resolve, result_dtype, value_of
from autograph.frontend.symbols.symbolic import Array, array, fail, python_number
from autograph.ops import elementwise as ops
from autograph.ops.structure import put_add


def where(condition: Any, *alternatives: Any) -> Any:
    """Return `np.where(condition, a, b)`, or `np.nonzero(condition)`."""
    if not alternatives:
        return nonzero(condition)
    if len(alternatives) != 2:
        fail("ValueError: either both or neither of x and y should be given")
    a, b = (as_operand(x) for x in alternatives)
    dtype = result_dtype([kind_of(a), kind_of(b)])
    values = [as_truth(value_of(as_operand(condition))), value_of(a, dtype), value_of(b, dtype)]
    require_broadcast([v.dims for v in values])
    dims = common_dims([v.dims for v in values])
    return array(ops.switch(*(fitted(v, dims) for v in values)))


def clip(x: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **bounds: Any) -> Any:
    """Return `np.clip`."""
    low, high = bounds.pop("min", a_min), bounds.pop("max", a_max)
    if bounds:
        raise unsupported(f"np.clip with {', '.join(bounds)}= is not supported")
    operands = [as_operand(x) for x in (x, low, high) if x is not None]
    functions = [f for f, bound in ((np.maximum, low), (np.minimum, high)) if bound is not None]
    dtype = result_dtype([kind_of(x) for x in operands])
    result, *limits = (value_of(x, dtype) for x in operands)
    for function, limit in zip(functions, limits, strict=True):
        result = emit_ufunc(function, [result, limit])
    if out is None:
        return wrap_scalar_or_array(result)
    write_out(out, result, "clip")
    return out


def round_(x: Any, decimals: Any = 0, out: Any = None) -> Any:
    """Return `np.round`."""
    x, digits = as_operand(x), static_integer(decimals)
    if np.dtype(kind_of(x)).kind in "biu":
        if digits < 0:
            raise unsupported("rounding integers to tens is not supported")
        return apply_ufunc(np.positive, x, out=out)
    if digits == 0:
        return apply_ufunc(np.rint, x, out=out)
    scale = 10.0 ** abs(digits)
    there, back = (np.multiply, np.divide) if digits > 0 else (np.divide, np.multiply)
    return apply_ufunc(back, apply_ufunc(np.rint, apply_ufunc(there, x, scale)), scale, out=out)


def fix(x: Any) -> Any:
    """Return `np.fix`, the integer towards zero."""
    return apply_ufunc(np.trunc, x)


def radians(x: Any) -> Any:
    """Return `np.radians`."""
    return _scaled(np.radians, x, math.pi / 180.0)


def degrees(x: Any) -> Any:
    """Return `np.degrees`."""
    return _scaled(np.degrees, x, 180.0 / math.pi)


def _scaled(ufunc: np.ufunc, x: Any, factor: float) -> Any:
    x = as_operand(x)
    dtype = resolve(ufunc, [kind_of(x)])[0]
    return wrap_scalar_or_array(
        emit_ufunc(np.multiply, [value_of(x, dtype), value_of(factor, dtype)])
    )


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Return `np.isclose`."""
    a, b = as_operand(a), as_operand(b)
    bound = apply_ufunc(np.add, atol, apply_ufunc(np.multiply, rtol, apply_ufunc(np.absolute, b)))
    distance = apply_ufunc(np.absolute, apply_ufunc(np.subtract, a, b))
    near = apply_ufunc(
        np.logical_and, apply_ufunc(np.less_equal, distance, bound), apply_ufunc(np.isfinite, b)
    )
    found = apply_ufunc(np.logical_or, near, apply_ufunc(np.equal, a, b))
    return apply_ufunc(np.logical_or, found, both_nan(a, b)) if equal_nan else found


def both_nan(a: Any, b: Any) -> Any:
    """Return where both of two values are no numbers."""
    unequal = [apply_ufunc(np.not_equal, x, x) for x in (a, b)]
    return apply_ufunc(np.logical_and, *unequal)


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Return `np.allclose`, a Python bool."""
    return _as_python_bool(all_(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a: Any, b: Any) -> Any:
    """Return `np.array_equal` of arrays with the same number of axes, a Python bool."""
    a, b = as_operand(a), as_operand(b)
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.ndim != b.ndim:
        raise unsupported("np.array_equal takes arrays with the same number of axes")
    facts = current_tracer().facts
    for own, other in zip(a.dims, b.dims, strict=True):
        if facts.estimate(own) == facts.estimate(other):
            require_equal(own, other)
        elif facts.assume_unequal(own, other):
            return False
    return _as_python_bool(all_(apply_ufunc(np.equal, a, b)))


def _as_python_bool(x: Any) -> Any:
    return python_number(bool, value_of(x))


def add_at(a: Any, indices: Any, values: Any) -> None:
    """Do `np.add.at(a, indices, values)`: repeated positions add up."""
    a = as_operand(a)
    if not isinstance(a, Array):
        raise unsupported("np.add.at takes an array")
    items = expanded(indices, a)
    if not any(isinstance(item, Array) and item.ndim for item in items):
        items = [array_of([item]) if _is_position(item) else item for item in items]
    values = as_operand(values)
    dtype = resolve(np.add, [a.dtype, kind_of(values)])[-1]
    if not np.can_cast(dtype, a.dtype, "same_kind"):  # Each sum is cast before the next is made.
        change_on_host(np.add.at, a, indices, values)
        return
    if not any(isinstance(item, Array) for item in items):
        part = Array(a.cell, a.view.select(select(a.dims, items)))
        apply_ufunc(np.add, part, values, out=part)
        return
    scattered(a, items, value_of(values, a.dtype), put_add)


def _is_position(item: Any) -> bool:
    return item is not None and not isinstance(item, slice)


def angle(z: Any, deg: Any = False) -> Any:
    """Return `np.angle`."""
    z = as_operand(z)
    if np.dtype(kind_of(z)).kind == "c":
        y, x = z.imag, z.real
    else:
        y, x = 0, z
    result = apply_ufunc(np.arctan2, y, x)
    return apply_ufunc(np.multiply, result, 180 / np.pi) if deg else result
