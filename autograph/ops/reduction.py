"""Reductions over axes, the composite ones built on them, and the dot product."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, DType, Type
from autograph.ops.define import array_types
from autograph.ops.elementwise import add as add_
from autograph.ops.elementwise import divide, exp, isfinite, log, subtract, switch
from autograph.ops.structure import broadcast


def kept_dims(x: ArrayType, axes: tuple[int, ...]) -> tuple[Affine, ...]:
    """Return the dims without those of the reduced axes."""
    return tuple(dim for axis, dim in enumerate(x.dims) if axis not in axes)


def keep_axes(reduced: Value, x: Value, axes: tuple[int, ...]) -> Value:
    """Broadcast a reduction of `x` over `axes` back to the dims of `x`."""
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    result: Value = broadcast(reduced, dims=x.dims, axes=kept)
    return result


def _reduction(
    name: str,
    function: Callable[..., Any],
    dtype: Callable[[DType], DType],
    ufunc: np.ufunc,
) -> Op:
    """Declare a reduction over the axes of the attribute `axes` (sorted, removed)."""

    def infer(node: Node) -> Sequence[Type]:
        (x,), axes = array_types(node), node.attrs["axes"]
        if list(axes) != sorted(set(axes)) or any(not 0 <= axis < x.ndim for axis in axes):
            raise TypeError(f"axes {axes} of {x}")
        return (ArrayType(dtype(x.dtype), kept_dims(x, axes)),)

    def evaluate(
        node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
    ) -> Sequence[Any]:
        x, axes = np.asarray(operands[0]), node.attrs["axes"]
        result = np.asarray(function(x, axes)).astype(dtype(x.dtype), copy=False)
        return (result[()],)

    return Op(name, "reduction", infer, evaluate, load_ufunc=lambda: ufunc)


def _positions(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return argmax or argmin over several axes, counted in row-major order over them."""

    def apply(x: Any, axes: tuple[int, ...]) -> Any:
        kept = x.ndim - len(axes)
        moved = np.moveaxis(x, axes, range(kept, x.ndim))
        # Not -1 for the last axis: it is unknown when another axis is empty.
        flat = moved.reshape(*moved.shape[:kept], math.prod(moved.shape[kept:]))
        return function(flat, axis=-1)

    return apply


def _same(dtype: DType) -> DType:
    return dtype


def _boolean(dtype: DType) -> DType:
    return np.dtype(np.bool_)


def _position(dtype: DType) -> DType:
    return np.dtype(np.int64)


sum_ = _reduction("sum", lambda x, axes: np.sum(x, axes, dtype=x.dtype), _same, np.add)
prod = _reduction("prod", lambda x, axes: np.prod(x, axes, dtype=x.dtype), _same, np.multiply)
max_ = _reduction("max", lambda x, axes: np.max(x, axes), _same, np.maximum)
min_ = _reduction("min", lambda x, axes: np.min(x, axes), _same, np.minimum)
any_ = _reduction("any", np.any, _boolean, np.logical_or)
all_ = _reduction("all", np.all, _boolean, np.logical_and)
argmax = _reduction("argmax", _positions(np.argmax), _position, np.maximum)
argmin = _reduction("argmin", _positions(np.argmin), _position, np.minimum)


# ---------------------------------------------------------------- composites


def _shifted(x: Value, axes: tuple[int, ...]) -> tuple[Value, Value]:
    """Return exp(x - m) and the finite shift m, the largest element along the axes."""
    largest = max_(x, axes=axes)
    shift = switch(isfinite(largest), largest, 0)
    return exp(subtract(x, keep_axes(shift, x, axes))), shift


def _numpy_terms(x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    largest = np.max(x, axes, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
    return np.exp(x - shift), shift


def _logsumexp(x: Any, axes: tuple[int, ...]) -> Any:
    terms, shift = _numpy_terms(x, axes)
    return (np.log(np.sum(terms, axes, keepdims=True)) + shift).squeeze(axes)[()]


def _softmax(x: Any, axes: tuple[int, ...]) -> Any:
    terms, _ = _numpy_terms(x, axes)
    return terms / np.sum(terms, axes, keepdims=True)


def _expand_logsumexp(node: Node, x: Value) -> Value:
    axes = node.attrs["axes"]
    terms, shift = _shifted(x, axes)
    result: Value = add_(log(sum_(terms, axes=axes)), shift)
    return result


def _expand_softmax(node: Node, x: Value) -> Value:
    axes = node.attrs["axes"]
    terms, _ = _shifted(x, axes)
    result: Value = divide(terms, keep_axes(sum_(terms, axes=axes), x, axes))
    return result


def _log_softmax(x: Any, axes: tuple[int, ...]) -> Any:
    terms, shift = _numpy_terms(x, axes)
    return (x - shift) - np.log(np.sum(terms, axes, keepdims=True))


def _expand_log_softmax(node: Node, x: Value) -> Value:
    axes = node.attrs["axes"]
    terms, shift = _shifted(x, axes)
    total = log(sum_(terms, axes=axes))
    result: Value = subtract(subtract(x, keep_axes(shift, x, axes)), keep_axes(total, x, axes))
    return result


logsumexp = Op(
    "logsumexp",
    "reduction",
    lambda node: (
        ArrayType(
            node.operands[0].dtype, kept_dims(node.operands[0].array_type, node.attrs["axes"])
        ),
    ),
    lambda node, operands, form: (_logsumexp(operands[0], node.attrs["axes"]),),
    expand=_expand_logsumexp,
)
"""log(sum(exp(x))) over `axes` without overflow."""

softmax = Op(
    "softmax",
    "reduction",
    lambda node: (node.operands[0].array_type,),
    lambda node, operands, form: (_softmax(operands[0], node.attrs["axes"]),),
    expand=_expand_softmax,
)
"""exp(x) / sum(exp(x)) over `axes` without overflow; keeps the dims of x."""

log_softmax = Op(
    "log_softmax",
    "reduction",
    lambda node: (node.operands[0].array_type,),
    lambda node, operands, form: (_log_softmax(operands[0], node.attrs["axes"]),),
    expand=_expand_log_softmax,
)
"""log(softmax(x)) over `axes` without overflow or cancellation; keeps the dims of x."""


# ---------------------------------------------------------------- linear algebra


def _infer_dot(node: Node) -> Sequence[Type]:
    a, b = array_types(node)
    if a.dtype != b.dtype or not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        raise TypeError(f"dot of {a} and {b}")
    if a.dims[-1] != b.dims[0]:
        raise TypeError(f"dot of {a} and {b}: inner dims differ")
    return (ArrayType(a.dtype, a.dims[:-1] + b.dims[1:]),)


dot = Op(
    "dot",
    "linalg",
    _infer_dot,
    lambda node, operands, form: (np.dot(*operands),),
)
"""The matrix product of vectors and matrices."""
