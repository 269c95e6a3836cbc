"""Universal functions on run-time values: operands promoted and broadcast, one op emitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.floating_errors import (
    WHOLE_DIVISIONS,
    Evaluation,
    doubt_whole,
    require_no_errors,
)
from autograph.frontend.arrays.masked import Masked, common_mask, with_elements
from autograph.frontend.arrays.mismatches import require_broadcast
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.broadcasting import common_dims, fitted, fitted_to
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.floating_errors import are_raised, without_certainty
from autograph.frontend.symbols.promotion import (
    CONVERT,
    cast_to,
    is_supported,
    kind_of,
    resolve,
    value_of,
)
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    Cell,
    Number,
    constant,
    constant_content,
    fail,
    form_of,
    numpy_scalar,
    require,
    wrap,
)
from autograph.frontend.symbols.view import broadcast_to
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op
from autograph.ir.types import DType
from autograph.ops import elementwise as ops
from autograph.ops.define import op_of_ufunc

FORMS: dict[str, Callable[..., Affine]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": integers.wrapping_product,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "absolute": integers.absolute,
    "floor_divide": integers.floor_divide,
    "remainder": integers.remainder,
    "minimum": integers.minimum,
    "maximum": integers.maximum,
}
"""What ops on int64 scalars do to forms, as long as nothing wraps around."""

EXTREMES: dict[str, Callable[..., Affine]] = {
    "absolute": lambda a: -a,
    "floor_divide": lambda a, b: -a,
    "minimum": lambda a, b: a - b,
    "maximum": lambda a, b: a - b,
}
"""What else must not wrap around."""


def _on_forms(name: str, forms: Sequence[Affine]) -> Affine | None:
    """Return an op on int64 scalars as a form, None if it is to be emitted."""
    facts, on_forms = current_tracer().facts, FORMS.get(name)
    if on_forms is None or (name in ("floor_divide", "remainder") and forms[1] == 0):
        return None
    if name in EXTREMES and not facts.assume_fits(EXTREMES[name](*forms)):
        return None
    result = on_forms(*forms)
    if result.symbol is not None or facts.assume_fits(result):
        return result
    return integers.operation(name, *forms) if len(forms) == 2 else None


def _op(ufunc: np.ufunc) -> Op:
    op = op_of_ufunc(ufunc)
    if op is None:
        raise unsupported(f"np.{ufunc.__name__} is not supported on run-time values")
    return op


def apply_ufunc(
    ufunc: np.ufunc,
    *args: Any,
    out: Any = None,
    where: Any = True,
    dtype: Any = None,
    casting: str = "same_kind",
    by_operator: bool = False,
    **options: Any,
) -> Any:
    """Return `ufunc(*args)`, written to `out` if that is given, only where `where` holds."""
    _op(ufunc)
    if options or casting not in ("same_kind", "unsafe") or (casting != "same_kind" and dtype):
        given = ", ".join(f"{name}=" for name in options) or f"casting={casting!r}"
        raise unsupported(f"np.{ufunc.__name__} with {given} is not supported; use astype")
    if len(args) > ufunc.nin:
        *args, out = args  # type: ignore[assignment]
    if isinstance(out, tuple):
        (out,) = out
    operands = [as_operand(x) for x in args]
    mask = common_mask(operands)
    if mask is None:
        operands = list(map(with_elements, operands))
    operands = [Array(Cell(x.full)) if isinstance(x, Masked) else x for x in operands]
    wanted = None if dtype is None else np.dtype(dtype)
    if where is not True:
        where = with_elements(as_operand(where))
    dims = [x.dims if isinstance(x, Array) else () for x in operands]
    into = as_operand(out) if where is True else None
    require_broadcast(dims, into.dims if isinstance(into, Array) else None)
    notice = _notice(ufunc, operands, wanted, by_operator) if are_raised() else None
    result = _applied(ufunc, operands, wanted, is_noticed=notice is not None)
    if where is not True:
        made = _chosen(ufunc, result, out, where, casting)
    elif out is not None:
        write_out(out, result, ufunc.__name__, casting)
        made = out
    elif mask is None:
        made = wrap_scalar_or_array(result)
    else:
        assert isinstance(result, Value)
        made = Masked(broadcast_to(result, mask.dims), mask)
    if notice is not None:
        notice(result, mask if where is True else value_of(where, np.dtype(np.bool_)))
    return made


def apply_operator(ufunc: np.ufunc, *args: Any) -> Any:
    """Return what an operator gives that NumPy makes a call of a ufunc, but for scalars."""
    return apply_ufunc(ufunc, *args, by_operator=True)


def _notice(
    ufunc: np.ufunc, operands: Sequence[Any], wanted: DType | None, by_operator: bool
) -> Callable[[Value | Affine, Value | None], None]:
    """Return what raises the floating-point errors of a ufunc, given its result and where."""
    try:
        inputs = resolve(ufunc, [kind_of(x) for x in operands], wanted)[: ufunc.nin]
    except TypeError as error:
        fail(f"{type(error).__name__}: {error}")
    values = [value_of(x, d) for x, d in zip(operands, inputs, strict=True)]
    scalar = by_operator and not any(isinstance(x, Array) for x in operands)
    name = f"scalar {ufunc.__name__}" if scalar else ufunc.__name__

    def notice(result: Value | Affine, where: Value | None) -> None:
        made = result if isinstance(result, Value) else Number(INT64, result).value()
        if scalar and made.dtype.kind in "iu":
            doubt_whole(_op(ufunc), values)
        dims = common_dims([v.dims for v in values])
        fitting = [fitted(v, dims) for v in values]
        require_no_errors(Evaluation(ufunc, fitting, made, name, where))

    return notice


def _chosen(ufunc: np.ufunc, result: Value | Affine, out: Any, where: Any, casting: str) -> Any:
    """Return the result where a condition holds; elsewhere `out` keeps what it has."""
    value = result if isinstance(result, Value) else Number(INT64, result).value()
    condition = value_of(where, np.dtype(np.bool_))
    if out is None:
        dims = common_dims([value.dims, condition.dims])
        kept = constant(0, value.dtype)
        return wrap(ops.switch(fitted(condition, dims), fitted(value, dims), kept))
    target = as_operand(out)
    if not isinstance(target, Array):
        raise unsupported(f"out= must be an array, not {type(out).__name__}")
    _require_casts(value.dtype, target.dtype, ufunc.__name__, casting)
    dims = target.dims
    new = fitted_to(cast_to(value, target.dtype), dims)
    write_out(out, ops.switch(fitted_to(condition, dims), new, target.read()), ufunc.__name__)
    return out


def _require_casts(own: DType, wanted: DType, name: str, casting: str) -> None:
    if not np.can_cast(own, wanted, casting):  # type: ignore[arg-type]
        fail(f"UFuncTypeError: cannot cast {name!r} output from {own} to {wanted}")


def wrap_scalar_or_array(result: Value | Affine) -> Any:
    """Return the handle or NumPy scalar for a result that may still be a form."""
    return numpy_scalar(INT64, result) if isinstance(result, Affine) else wrap(result)


def as_operand(x: Any) -> Any:
    """Return what stands for an operand: a number, an array handle, or a constant scalar."""
    if isinstance(x, np.ndarray):
        return current_tracer().lift(x)
    return array_of(x) if isinstance(x, list | tuple) else x


def _applied(
    ufunc: np.ufunc, operands: Sequence[Any], wanted: DType | None, *, is_noticed: bool
) -> Value | Affine:
    try:
        *inputs, output = resolve(ufunc, [kind_of(x) for x in operands], wanted)
    except TypeError as error:
        fail(f"{type(error).__name__}: {error}")
    for d in (*inputs, output):
        if not is_supported(d):
            raise unsupported(f"np.{ufunc.__name__} in {d} is not supported: {CONVERT}")
        if d.kind == "c" and not hasattr(np, ufunc.__name__):
            raise unsupported(f"{ufunc.__name__} of complex numbers has no compiled form")
    forms = [form_of(x) for x in operands]
    whole = all(d == INT64 for d in (*inputs, output)) and None not in forms
    if whole and not (is_noticed and ufunc.__name__ in WHOLE_DIVISIONS):
        form = _on_forms(_op(ufunc).name, forms)  # type: ignore[arg-type]
        if form is not None:
            return form
    known = compare_forms(ufunc, forms)
    if known is not None:
        return constant(known, np.bool_)
    values = [value_of(x, d) for x, d in zip(operands, inputs, strict=True)]
    return emit_unnoticed(ufunc, values)


def compare_forms(ufunc: np.ufunc, forms: Sequence[Affine | None]) -> bool | None:
    """Return what a comparison of two forms is known to give, or None."""
    if len(forms) != 2 or forms[0] is None or forms[1] is None:
        return None
    facts, difference = current_tracer().facts, forms[1] - forms[0]
    if ufunc in (np.greater, np.greater_equal):
        difference = -difference
    if ufunc in (np.less, np.greater):
        return _decided(facts.positive(difference), facts.nonnegative(-difference))
    if ufunc in (np.less_equal, np.greater_equal):
        return _decided(facts.nonnegative(difference), facts.positive(-difference))
    if ufunc in (np.equal, np.not_equal):
        differs = facts.positive(difference) or facts.negative(difference)
        same = facts.zero(difference)
        return _decided(same, differs) if ufunc is np.equal else _decided(differs, same)
    return None


def _decided(true: bool, false: bool) -> bool | None:
    return True if true else False if false else None


def emit_ufunc(ufunc: np.ufunc, values: Sequence[Value]) -> Value:
    """Emit the op of a ufunc as a step of one of NumPy's functions."""
    result = emit_unnoticed(ufunc, values)
    if are_raised():
        values = [fitted(v, result.dims) for v in values]
        step = Evaluation(ufunc, values, result, ufunc.__name__)
        without_certainty(require_no_errors)(step)
    return result


def emit_unnoticed(ufunc: np.ufunc, values: Sequence[Value]) -> Value:
    """Emit the op of a ufunc on values whose dtypes one of its loops takes."""
    dims = common_dims([v.dims for v in values])
    values = [fitted(v, dims) for v in values]
    if ufunc is np.power:
        return _emit_power(*values)
    if ufunc in _OF_SMALLER and {v.dtype.kind for v in values} == {"i", "u"}:
        return _compared_exactly(ufunc, *values)
    if ufunc is np.positive or (ufunc is np.absolute and values[0].dtype.kind in "bu"):
        return values[0]
    result: Value = _op(ufunc)(*values)
    return result


_OF_SMALLER: dict[np.ufunc, tuple[bool, bool]] = {
    np.less: (True, False),
    np.less_equal: (True, False),
    np.greater: (False, True),
    np.greater_equal: (False, True),
    np.equal: (False, False),
    np.not_equal: (True, True),
}
"""Of each comparison what it gives where the first operand is smaller, and where it is larger."""


def _compared_exactly(ufunc: np.ufunc, a: Value, b: Value) -> Value:
    """Emit the comparison of an int64 with a uint64, as unsigned ones unless it is negative."""
    signed, (smaller, larger) = (a if a.dtype.kind == "i" else b), _OF_SMALLER[ufunc]
    unsigned = [cast_to(v, np.dtype(np.uint64)) for v in (a, b)]
    negative = ops.less(signed, constant(0, signed.dtype))
    otherwise = constant(smaller if signed is a else larger, np.bool_)
    result: Value = ops.switch(negative, otherwise, _op(ufunc)(*unsigned))
    return result


def _emit_power(base: Value, exponent: Value) -> Value:
    known = constant_content(exponent)
    if exponent.dtype.kind == "i" and (known is None or known < 0):
        allowed = ops.greater_equal(exponent, constant(0, exponent.dtype))
        require(allowed, "ValueError: Integers to negative integer powers are not allowed.")
    if known is not None and known == 2:
        squared: Value = ops.square(base)
        return squared
    result: Value = ops.power(base, exponent)
    return result


def write_out(out: Any, result: Value | Affine, name: str, casting: str = "same_kind") -> None:
    """Write a computed value to an `out` array, under NumPy's rules for dtype and shape."""
    out = as_operand(out)
    if not isinstance(out, Array):
        raise unsupported(f"out= must be an array, not {type(out).__name__}")
    value = result if isinstance(result, Value) else Number(INT64, result).value()
    _require_casts(value.dtype, out.dtype, name, casting)
    if out.view.readonly:
        fail("ValueError: output array is read-only")
    out.write(cast_to(fitted_to(value, out.dims), out.dtype))
