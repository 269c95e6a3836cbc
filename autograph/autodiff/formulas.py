"""Formulas for derivatives: values of the graph with Python's operators, and functions of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.graph import Value
from autograph.ir.op import constant_of
from autograph.ops.define import broadcast_dims
from autograph.ops.elementwise import add, cast, divide, multiply, negative, power, subtract
from autograph.ops.library import LibraryCall, Operand, call_library

OF_COMPLEX_VALUE = ("hankel1", "hankel2", "wofz")
"""The functions among those in formulas whose values are complex for real arguments, too."""


class Term:
    """A value with Python's operators, to write formulas with."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def _with(self, op: Any, other: Any, *, swapped: bool = False) -> Term:
        term = other if isinstance(other, Term) else number(other, self)
        return emitted(op, (term, self) if swapped else (self, term))

    def __add__(self, other: Any) -> Term:
        return self._with(add, other)

    def __sub__(self, other: Any) -> Term:
        return self._with(subtract, other)

    def __mul__(self, other: Any) -> Term:
        return self._with(multiply, other)

    def __truediv__(self, other: Any) -> Term:
        return self._with(divide, other)

    def __pow__(self, other: Any) -> Term:
        return self._with(power, other)

    def __rpow__(self, other: Any) -> Term:
        return self._with(power, other, swapped=True)

    def __radd__(self, other: Any) -> Term:
        return self._with(add, other)

    def __rmul__(self, other: Any) -> Term:
        return self._with(multiply, other)

    def __rsub__(self, other: Any) -> Term:
        return self._with(subtract, other, swapped=True)

    def __rtruediv__(self, other: Any) -> Term:
        return self._with(divide, other, swapped=True)

    def __neg__(self) -> Term:
        return Term(negative(self.value))


def number(x: complex, like: Term) -> Term:
    """Return a constant of the dtype of a term, or the complex one of that precision."""
    dtype = like.value.dtype
    return Term(constant_of(x, _complex(dtype) if isinstance(x, complex) else dtype))


def _complex(dtype: Any) -> Any:
    return np.result_type(dtype, np.complex64)


def emitted(op: Any, terms: Sequence[Term]) -> Term:
    """Emit an op on terms; real ones beside complex ones are made complex."""
    values = [term.value for term in terms]
    if any(v.dtype.kind == "c" for v in values):
        values = [cast(v, dtype=_complex(v.dtype)) if v.dtype.kind == "f" else v for v in values]
    return Term(op(*values))


def of_op(op: Any) -> Callable[..., Any]:
    """Return an op as a function of terms and numbers."""

    def emit_op(*args: Any) -> Any:
        if not any(isinstance(x, Term) for x in args):
            return getattr(np, op.name)(*args)
        like = [x for x in args if isinstance(x, Term) and x.value.dtype.kind in "fc"][-1]
        return emitted(op, [x if isinstance(x, Term) else number(x, like) for x in args])

    return emit_op


def special(name: str) -> Callable[..., Any]:
    """Return the function that emits a call of an elementwise function of `scipy.special`."""

    def emit_call(*args: Any) -> Any:
        function = getattr(importlib.import_module("scipy.special"), name)
        if not any(isinstance(x, Term) for x in args):
            return float(function(*args))
        values = [x.value for x in args if isinstance(x, Term)]
        places = iter(range(len(values)))
        packed = tuple(Operand(next(places)) if isinstance(x, Term) else x for x in args)
        dtype = np.result_type(*(v.dtype for v in values if v.dtype.kind in "fc"))
        if name in OF_COMPLEX_VALUE:
            dtype = _complex(dtype)
        dims = broadcast_dims([v.dims for v in values])
        call = LibraryCall(function, packed)
        return Term(call_library(call, values, [dtype], [dims])[0])

    return emit_call
