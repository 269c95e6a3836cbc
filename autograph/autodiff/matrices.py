"""Matrix algebra for the derivative rules, on matrices as they are meant, not transposed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Value, emit
from autograph.ir.op import constant_of
from autograph.ops import linear_algebra
from autograph.ops.complex_parts import conjugate, real
from autograph.ops.elementwise import (
    add,
    cast,
    divide,
    equal,
    greater,
    greater_equal,
    multiply,
    subtract,
    switch,
)
from autograph.ops.reduction import dot
from autograph.ops.structure import broadcast, iota, take, transpose


def swapped(a: Value) -> Value:
    """Return the transpose of a matrix, a vector itself."""
    result: Value = transpose(a, permutation=(1, 0)) if a.ndim == 2 else a
    return result


def conjugated(x: Value) -> Value:
    """Return the conjugate of complex numbers, and real ones as they are."""
    result: Value = conjugate(x) if x.dtype.kind == "c" else x
    return result


def adjoint(a: Value) -> Value:
    """Return the conjugate transpose of a matrix."""
    return conjugated(swapped(a))


def in_dtype(x: Value, dtype: Any) -> Value:
    """Return real numbers as they are, or as complex ones, or of complex ones the real part."""
    if x.dtype.kind == "c" and np.dtype(dtype).kind != "c":
        x = real(x)
    result: Value = x if x.dtype == dtype else cast(x, dtype=np.dtype(dtype))
    return result


def real_part(x: Value) -> Value:
    """Return complex numbers without their imaginary parts, and real ones as they are."""
    return in_dtype(real(x), x.dtype) if x.dtype.kind == "c" else x


def product(*factors: Value) -> Value:
    """Return the product of matrices and vectors."""
    result = factors[0]
    for factor in factors[1:]:
        result = dot(result, factor)
    return result


def outer(a: Value, b: Value) -> Value:
    """Return a b^T for vectors, or for matrices."""
    if a.ndim == 2:
        return product(a, swapped(b))
    dims = (*a.dims, *b.dims)
    left, right = broadcast(a, dims=dims, axes=(0,)), broadcast(b, dims=dims, axes=(1,))
    result: Value = multiply(left, right)
    return result


def _rows_and_columns(a: Value) -> tuple[Value, Value]:
    row = broadcast(iota(length=a.dims[0]), dims=(a.dims[0], Affine(1)), axes=(0,))
    return row, iota(length=a.dims[1])


def column(v: Value) -> Value:
    """Return a vector as a matrix of one column."""
    result: Value = broadcast(v, dims=(v.dims[0], Affine(1)), axes=(0,))
    return result


def lower(a: Value, *, strictly: bool = False) -> Value:
    """Return the lower triangle of a matrix, zero elsewhere."""
    row, column = _rows_and_columns(a)
    result: Value = switch((greater if strictly else greater_equal)(row, column), a, 0)
    return result


def lower_half(a: Value) -> Value:
    """Return the lower triangle of a matrix with half the diagonal."""
    result: Value = multiply(add(lower(a), lower(a, strictly=True)), half(a.dtype))
    return result


def half(dtype: Any) -> Value:
    """Return the number one half."""
    return constant_of(0.5, dtype)


def diagonal(a: Value) -> Value:
    """Return the diagonal of a square matrix."""
    at = iota(length=a.dims[0])
    result: Value = take(a, at, at)
    return result


def diagonal_matrix(v: Value) -> Value:
    """Return the square matrix with a vector on its diagonal."""
    result: Value = multiply(linear_algebra.identity_matrix(v.dims[0], v.dtype), v)
    return result


def of_read_triangle(symmetric: Value, is_lower: bool) -> Value:
    """Return the cotangent of a Hermitian matrix as that of the one triangle that is read."""
    total = add(symmetric, adjoint(symmetric))
    inner = subtract(lower(total), lower(lower_diagonal(real_part(symmetric))))
    return inner if is_lower else adjoint(inner)


def lower_diagonal(a: Value) -> Value:
    """Return the diagonal of a matrix, as a matrix."""
    row, column = _rows_and_columns(a)
    result: Value = switch(equal(row, column), a, 0)
    return result


def from_read_triangle(a: Value, is_lower: bool) -> Value:
    """Return the Hermitian matrix of which one triangle is given."""
    triangle = lower(a if is_lower else adjoint(a))
    if a.dtype.kind == "c":
        imaginary = subtract(triangle, real_part(triangle))
        triangle = subtract(triangle, lower_diagonal(imaginary))
    result: Value = add(triangle, adjoint(lower(triangle, strictly=True)))
    return result


def solved(
    a: Value, b: Value, *, is_lower: bool, transposed: bool = False, unit: bool = False
) -> Value:
    """Return A^-1 B, or A^-T B, for a triangular matrix."""
    found: Value = linear_algebra.triangular_solve(
        swapped(a), swapped(b), lower=is_lower, transposed=transposed, unit=unit
    )
    return swapped(found)


def solved_adjoint(a: Value, b: Value, *, is_lower: bool) -> Value:
    """Return A^-H B for a triangular matrix."""
    return conjugated(solved(a, conjugated(b), is_lower=is_lower, transposed=True))


def gap_inverses(values: Value) -> Value:
    """Return 1 / (v_j - v_i) for the pairs of a vector, 0 for equal ones."""
    n = values.dims[0]
    left = broadcast(values, dims=(n, Affine(1)), axes=(0,))
    gap = subtract(values, left)
    same = equal(gap, 0)
    result: Value = switch(same, 0, divide(1, switch(same, 1, gap)))
    return result


def emitted(op: Any, a: Value, **attrs: Any) -> tuple[Value, ...]:
    """Return all results of an op on one matrix."""
    return emit(op, [a], attrs)
