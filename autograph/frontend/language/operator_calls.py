"""The functions of the `operator` module, which do what the syntax does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograph.frontend.flow import control
from autograph.frontend.language.operations import Operations

BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("lshift", "rshift", "and_", "or_", "xor"),
    *("eq", "ne", "lt", "le", "gt", "ge"),
)
UNARY = ("neg", "pos", "invert")
IN_PLACE = BINARY[:13]


def _binary(name: str) -> Callable[..., Any]:
    return lambda run, a, b: run.binary(name, a, b)


def _unary(name: str) -> Callable[..., Any]:
    return lambda run, x: run.unary(name, x)


def _in_place(name: str) -> Callable[..., Any]:
    return lambda run, target, value: run.augment(name, target, value)


OPERATORS: dict[Any, Callable[..., Any]] = {
    **{getattr(operator, name): _binary(name) for name in BINARY},
    **{getattr(operator, name): _unary(name) for name in UNARY},
    **{getattr(operator, "i" + name.rstrip("_")): _in_place(name) for name in IN_PLACE},
    operator.abs: lambda run, x: run.call(abs, x),
    operator.not_: lambda run, x: control.value_not(x),
    operator.truth: lambda run, x: run.call(bool, x),
    operator.is_: Operations.is_,
    operator.is_not: Operations.is_not,
    operator.contains: lambda run, a, b: run.in_(b, a),
    operator.getitem: Operations.item,
    operator.setitem: Operations.set_item,
    operator.delitem: Operations.delete_item,
}
"""By function: what does the same, given the interpreter first."""


def operator_function(f: Any) -> Callable[..., Any] | None:
    """Return what a function of `operator` does, or `items.__getitem__`; None for any other."""
    owner = getattr(f, "__self__", None)
    if isinstance(owner, list | tuple) and getattr(f, "__name__", "") == "__getitem__":
        return lambda run, key: run.item(owner, key)
    return OPERATORS.get(f) if getattr(f, "__module__", None) == "_operator" else None
