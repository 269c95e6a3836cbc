"""Constant folding, and integer arithmetic as affine forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ir.types import scalar

INT64 = scalar(np.int64)
_LIMIT = 2**62  # forms beyond it would not wrap as int64 does


def fold_constant(node: Node) -> np.generic | None:
    """Return what an elementwise node on scalar constants evaluates to, or None."""
    if node.op.kind != "elementwise" or node.op.evaluate is None or node.op.name == "barrier":
        return None
    numbers = []
    for operand in node.operands:
        if operand.node is None or operand.node.op.name != "constant":
            return None
        numbers.append(operand.node.attrs["value"])
    with np.errstate(all="ignore"):
        (result,) = node.op.evaluate(node, numbers, _no_form)
    value: np.generic = node.results[0].dtype.type(result)
    return value


def _no_form(form: Affine) -> int:
    raise AssertionError("an elementwise op has no forms")


def affine_form(op: Op, operands: Sequence[Value], attrs: Mapping[str, Any]) -> Affine | None:
    """Return the affine form of an int64 scalar operation, or None if it has none."""
    if op.name == "affine":
        form = attrs["form"]
        assert isinstance(form, Affine)
        return form if form.symbol is not None or form.constant is not None else None
    if op.name not in _ARITHMETIC or any(v.type != INT64 for v in operands):
        return None
    form = _ARITHMETIC[op.name](*map(Affine.of, operands))
    return form if form is not None and _fits(form) else None


def _product(a: Affine, b: Affine) -> Affine | None:
    if a.constant is not None:
        return b * a.constant
    return a * b.constant if b.constant is not None else None


_ARITHMETIC: Mapping[str, Any] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "multiply": _product,
}


def _fits(form: Affine) -> bool:
    return all(abs(k) < _LIMIT for k in (form.const, *(k for _, k in form.terms)))
