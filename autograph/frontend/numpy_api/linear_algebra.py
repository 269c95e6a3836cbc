"""Matrix products of run-time arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import apply_ufunc, as_operand, emit_ufunc
from autograph.frontend.arrays.mismatches import require_dot, require_matmul
from autograph.frontend.symbols.broadcasting import common_dims, require_equal
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.floating_errors import doubt_sum
from autograph.frontend.symbols.promotion import kind_of, resolve, value_of
from autograph.frontend.symbols.symbolic import Array, under_dims, wrap
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops import reduction
from autograph.ops.structure import broadcast


def matmul(a: Any, b: Any) -> Any:
    """Return `a @ b`, of stacks of matrices too."""
    a, b = as_operand(a), as_operand(b)
    if not (isinstance(a, Array) and isinstance(b, Array)) or 0 in (a.ndim, b.ndim):
        raise unsupported("@ takes arrays with at least one axis")
    require_matmul(a.dims, b.dims)
    dtype = _dtype(np.matmul, a, b)
    if (a.ndim > 2 or b.ndim > 2) and dtype.kind != "b":
        return wrap(_stacked_product(a, b, dtype))
    return wrap(_product(a, b, dtype))


def dot(a: Any, b: Any) -> Any:
    """Return `np.dot(a, b)` for scalars, vectors and matrices."""
    a, b = as_operand(a), as_operand(b)
    if not (isinstance(a, Array) and isinstance(b, Array)) or 0 in (a.ndim, b.ndim):
        return apply_ufunc(np.multiply, a, b)
    require_dot(a.dims, b.dims)
    dtype = _dtype(np.multiply, a, b)
    if a.ndim > 2 or b.ndim > 2:
        if b.ndim > 2 or dtype.kind == "b":
            raise unsupported("np.dot with an array of more than two axes on the right; use @")
        return wrap(_stacked_product(a, b, dtype))
    return wrap(_product(a, b, dtype))


def _dtype(ufunc: np.ufunc, a: Array, b: Array) -> DType:
    return resolve(ufunc, [kind_of(a), kind_of(b)])[0]


def _stacked_product(a: Array, b: Array, dtype: DType) -> Value:
    """Return the products of stacks of matrices, which broadcast."""
    left, right = value_of(a, dtype), value_of(b, dtype)
    inner = right.dims[-2] if right.ndim > 1 else right.dims[0]
    require_equal(left.dims[-1], inner)
    rows = [] if left.ndim == 1 else [left.dims[-2]]
    columns = [] if right.ndim == 1 else [right.dims[-1]]
    tail = len(rows) + 1 + len(columns)
    stack = common_dims([left.dims[:-2], right.dims[:-2]])
    lead_a, lead_b = max(left.ndim - 2, 0), max(right.ndim - 2, 0)
    left = broadcast(
        left,
        dims=(*left.dims[:lead_a], *rows, left.dims[-1], *(Affine(1) for _ in columns)),
        axes=tuple(range(left.ndim)),
    )
    axes = (*range(lead_b), *range(lead_b + len(rows), lead_b + tail))
    right = broadcast(
        right,
        dims=(*right.dims[:lead_b], *(Affine(1) for _ in rows), inner, *columns),
        axes=axes,
    )
    terms = emit_ufunc(np.multiply, [left, right])
    doubt_sum(terms)
    result: Value = reduction.sum_(terms, axes=(len(stack) + len(rows),))
    return result


def _product(a: Array, b: Array, dtype: DType) -> Value:
    require_equal(a.dims[-1], b.dims[0])
    left, right = value_of(a, dtype), value_of(b, dtype)
    right = under_dims(right, (left.dims[-1], *right.dims[1:]))
    if dtype.kind == "b":
        raise unsupported("products of bool arrays are not supported; convert with astype")
    doubt_sum(left, right)
    result: Value = reduction.dot(left, right)
    return result
