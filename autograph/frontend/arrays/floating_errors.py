"""The floating-point errors of universal functions, where `np.errstate` has them raise.

Enters: the operands and the result of an op. Leaves: the exception that NumPy raises, told by
them: of finite operands an infinity is an overflow, unless the function has a pole there; a NaN is
invalid, unless an operand is one. Whether NumPy notices an underflow depends on how it computes, so
where there may have been one plain Python runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.broadcasting import common_dims, fitted
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.floating_errors import KINDS, require_none
from autograph.frontend.symbols.implicit import message_of
from autograph.frontend.symbols.symbolic import constant, require
from autograph.ir.graph import Value
from autograph.ir.op import Op
from autograph.ops import elementwise as ops

WORDS = {
    "divide": "divide by zero",
    "over": "overflow",
    "under": "underflow",
    "invalid": "invalid value",
}
"""What NumPy calls each kind of error."""

EXACT = ("positive", "negative", "absolute", "fabs", "sign", "copysign", "conjugate", "heaviside")
CHOOSING = ("minimum", "maximum", "fmin", "fmax", "floor", "ceil", "trunc", "rint")
SILENT = frozenset((*EXACT, *CHOOSING))
"""Functions that make no errors."""

DEPENDENT = ("power", "logaddexp", "logaddexp2")
"""Functions whose errors of infinite operands and of NaN depend on the machine."""

DIVISIONS = ("divide", "floor_divide")
WHOLE_DIVISIONS = ("floor_divide", "remainder", "fmod")

POLES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(DIVISIONS, lambda a, b: _equals(b, 0)),
    **dict.fromkeys(("reciprocal", "log", "log2", "log10"), lambda a: _equals(a, 0)),
    "log1p": lambda a: _equals(a, -1),
    "arctanh": lambda a: _equals(ops.absolute(a), 1),
    "power": lambda a, b: _equals(a, 0),
}
"""Where a function has an infinite value of finite operands, by its name."""

NEVER_SMALL = frozenset(["add", "subtract", "sqrt", "log", "log2", "log10"])
"""Functions whose results do not underflow."""

ARITHMETIC = frozenset(["multiply", "divide", "square", "reciprocal"])
"""Functions that underflow only where their results are small."""

SMALL = {np.dtype(np.float32): 1e-10, np.dtype(np.float64): 1e-50}
"""What is so small that powers of it may underflow within a function."""


class Evaluation(Struct, frozen=True):
    """A universal function that was evaluated.

    Attributes:
        ufunc: The function.
        operands: Its operands, in the dtypes of its loop.
        result: What it gave.
        name: What NumPy calls it in texts.
        where: Where it was evaluated, None: everywhere.
    """

    ufunc: np.ufunc
    operands: Sequence[Value]
    result: Value
    name: str
    where: Value | None = None


def require_no_errors(done: Evaluation) -> None:
    """Raise what NumPy raises for the floating-point errors of an evaluation."""
    errors = current_tracer().floating_errors
    if done.ufunc.__name__ in SILENT or done.result.dtype.kind == "b":
        return
    found = {kind: _where(done, value) for kind, value in _found(done) if kind in errors.raising}
    if done.ufunc.__name__ in DEPENDENT:
        for x in done.operands:
            require_none(ops.logical_not(_where(done, ops.logical_not(ops.isfinite(x)))))
    if "under" in errors.raising:
        for doubt in _underflows(done):
            require_none(ops.logical_not(_where(done, doubt)))
    certain = errors.certain and getattr(np, done.ufunc.__name__, None) is done.ufunc
    if done.result.dtype.kind == "c" or not certain:
        for value in found.values():
            require_none(ops.logical_not(value))
        return
    for kind in KINDS:
        if kind in found:
            text = f"{WORDS[kind]} encountered in {done.name}"
            require(ops.logical_not(found[kind]), message_of(FloatingPointError(text)))


def _where(done: Evaluation, condition: Value) -> Value:
    if done.where is None:
        return condition
    dims = common_dims([condition.dims, done.where.dims])
    result: Value = ops.logical_and(fitted(condition, dims), fitted(done.where, dims))
    return result


def _equals(x: Value, number: float) -> Value:
    result: Value = ops.equal(x, constant(number, x.dtype))
    return result


def _all(values: Sequence[Value]) -> Value:
    return reduce(ops.logical_and, values)


def _any(values: Sequence[Value]) -> Value:
    return reduce(ops.logical_or, values)


def _found(done: Evaluation) -> Iterator[tuple[str, Value]]:
    """Yield where which errors are, but underflows."""
    name, result = done.ufunc.__name__, done.result
    if result.dtype.kind in "iu":
        if name in WHOLE_DIVISIONS:
            yield "divide", _equals(done.operands[1], 0)
        if name == "floor_divide" and result.dtype.kind == "i":
            lowest = _equals(done.operands[0], np.iinfo(result.dtype).min)
            yield "over", ops.logical_and(lowest, _equals(done.operands[1], -1))
        return
    floats = [x for x in done.operands if x.dtype.kind in "fc"]
    infinite = ops.logical_and(ops.isinf(result), _all([ops.isfinite(x) for x in floats]))
    if name in POLES:
        pole = POLES[name](*done.operands)
        yield "divide", ops.logical_and(infinite, pole)
        infinite = ops.logical_and(infinite, ops.logical_not(pole))
    yield "over", infinite
    known = ops.logical_not(_any([ops.isnan(x) for x in floats]))
    yield "invalid", ops.logical_and(ops.isnan(result), known)


def _underflows(done: Evaluation) -> Iterator[Value]:
    """Yield where there may have been underflows."""
    name, result = done.ufunc.__name__, done.result
    if result.dtype.kind == "c" or name in DEPENDENT[1:]:
        yield constant(True, np.bool_)
    if result.dtype.kind != "f" or name in NEVER_SMALL:
        return
    tiny = constant(np.finfo(result.dtype).tiny, result.dtype)
    vanished = ops.logical_and(_equals(result, 0), _any([_equals(x, 0) for x in done.operands]))
    yield ops.logical_and(ops.less_equal(ops.absolute(result), tiny), ops.logical_not(vanished))
    if name not in ARITHMETIC:
        for x in done.operands:
            small = ops.less(ops.absolute(x), constant(SMALL[result.dtype], x.dtype))
            yield ops.logical_and(small, ops.logical_not(_equals(x, 0)))


def doubt_whole(op: Op, operands: Sequence[Value]) -> None:
    """Have plain Python run if an operator on NumPy's integers may leave their range."""
    if "over" in current_tracer().floating_errors.raising:
        floats = [ops.cast(x, dtype=np.dtype(np.float64)) for x in operands]
        bits = 8 * operands[0].dtype.itemsize - 2
        require_none(ops.less(ops.absolute(op(*floats)), constant(2.0**bits, np.dtype(np.float64))))
