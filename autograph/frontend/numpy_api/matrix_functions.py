"""Factorisations of one run-time matrix, and what is solved with them.

Enters and leaves: matrices as they are meant; the transposes that LAPACK wants are made here. A
factorisation that fails makes NumPy raise, so there is a check that it does not.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.symbols import integers
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    array,
    numpy_scalar,
    require,
    under_dims,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, emit
from autograph.ir.op import Op
from autograph.ops import linear_algebra as ops
from autograph.ops.elementwise import add, equal, negative, not_equal, remainder, sign, switch
from autograph.ops.reduction import prod, sum_
from autograph.ops.structure import iota, take, transpose


def _swapped(value: Value) -> Value:
    result: Value = transpose(value, permutation=(1, 0)) if value.ndim == 2 else value
    return result


def _transposed_square(a: Array) -> Value:
    """Return the transpose of a matrix that has to be square."""
    require_equal(a.dims[0], a.dims[1])
    value = a.read()
    return _swapped(under_dims(value, (value.dims[0], value.dims[0])))


def _checked(op: Op, operands: list[Value], message: str, **attrs: Any) -> tuple[Value, ...]:
    """Emit a factorisation and a check that it succeeds; return the results without `ok`."""
    *results, ok = emit(op, operands, attrs)
    require(ok, f"LinAlgError: {message}")
    return tuple(results)


def _right_hand_side(b: Array, n: Affine) -> Value:
    require_equal(b.dims[0], n)
    value = b.read()
    return _swapped(under_dims(value, (n, *value.dims[1:])))


# ---------------------------------------------------------------- LU


def solve_matrix(a: Array, b: Array, transposed: bool = False) -> Any:
    """Return the solution of A x = b for a matrix and a vector or matrix."""
    matrix = _transposed_square(a)
    right = _right_hand_side(b, matrix.dims[0])
    known = _checked(ops.lu, [matrix], "Singular matrix")
    return array(_swapped(ops.solve_factored(matrix, *known, right, transposed=transposed)))


def invert_matrix(a: Array) -> Any:
    """Return the inverse of a matrix."""
    matrix = _transposed_square(a)
    known = _checked(ops.lu, [matrix], "Singular matrix")
    unit = ops.identity_matrix(matrix.dims[0], matrix.dtype)
    return array(_swapped(ops.solve_factored(matrix, *known, unit, transposed=False)))


def log_determinant(a: Array) -> Any:
    """Return the sign of the determinant of a matrix, and the logarithm of its magnitude."""
    matrix = _transposed_square(a)
    factors, pivots, _ = emit(ops.lu, [matrix])
    at = iota(length=matrix.dims[0])
    exchanged = not_equal(cast_to(pivots, INT64), add(at, 1))
    count = sum_(switch(exchanged, 1, 0), axes=(0,))
    signs = prod(sign(take(factors, at, at)), axes=(0,))
    odd = equal(remainder(count, 2), 1)
    signed = switch(odd, negative(signs), signs)
    if signed.dtype.kind == "c":
        signed = ops.determinant_phase(matrix, factors, pivots, signed)
    logarithm = ops.log_determinant(matrix, factors, pivots)
    return numpy_scalar(signed.dtype, signed), numpy_scalar(logarithm.dtype, logarithm)


# ---------------------------------------------------------------- triangles


def solve_triangle(
    a: Array, b: Array, lower: bool, transposed: bool = False, unit: bool = False
) -> Any:
    """Return the solution of A x = b for a triangle of a matrix."""
    matrix = _transposed_square(a)
    right = _right_hand_side(b, matrix.dims[0])
    found = ops.triangular_solve(matrix, right, lower=lower, transposed=transposed, unit=unit)
    return array(_swapped(found))


def cholesky_factor(a: Array) -> Any:
    """Return the lower Cholesky factor of a matrix."""
    message = "Matrix is not positive definite"
    (factor,) = _checked(ops.cholesky, [_transposed_square(a)], message)
    return array(_swapped(factor))


def solve_equation(a: Array, b: Array, q: Array) -> Any:
    """Return the solution of A X + X B = Q for matrices of one dtype."""
    m, n = q.dims
    for given, wanted in zip((*a.dims, *b.dims), (m, m, n, n), strict=True):
        require_equal(given, wanted)
    left, right = under_dims(a.read(), (m, m)), under_dims(b.read(), (n, n))
    return array(ops.sylvester(left, right, under_dims(q.read(), (m, n))))


# ---------------------------------------------------------------- eigenvalues, singular values


def eigenvectors(a: Array, lower: bool) -> Any:
    """Return eigenvalues and eigenvectors of a symmetric matrix."""
    message = "Eigenvalues did not converge"
    values, vectors = _checked(ops.eigh, [_transposed_square(a)], message, lower=lower)
    return array(values), array(_swapped(vectors))


def eigenvalues(a: Array, lower: bool) -> Any:
    """Return the eigenvalues of a symmetric matrix."""
    message = "Eigenvalues did not converge"
    (values,) = _checked(ops.eigvalsh, [_transposed_square(a)], message, lower=lower)
    return array(values)


def general_eigenvectors(a: Array) -> Any:
    """Return eigenvalues and eigenvectors of any matrix, as complex numbers."""
    message = "Eigenvalues did not converge"
    values, vectors = _checked(ops.eig, [_transposed_square(a)], message)
    return array(values), array(_swapped(vectors))


def general_eigenvalues(a: Array) -> Any:
    """Return the eigenvalues of any matrix, as complex numbers."""
    message = "Eigenvalues did not converge"
    (values,) = _checked(ops.eigvals, [_transposed_square(a)], message)
    return array(values)


def _rank(a: Array) -> Affine:
    """Return the smaller extent of a matrix, which of the two it is assumed if need be."""
    facts, (m, n) = current_tracer().facts, a.dims
    if facts.assume_nonnegative(m - n):
        return facts.canonical(n)
    if facts.assume_nonnegative(n - m):
        return facts.canonical(m)
    return integers.minimum(m, n)


def is_tall(a: Array) -> bool:
    """Return whether a matrix has at least as many rows as columns, which is assumed if need be."""
    m, n = a.dims
    return current_tracer().facts.assume_nonnegative(m - n)


def singular_vectors(a: Array, full: bool) -> Any:
    """Return the singular value decomposition of a matrix."""
    facts, (m, n) = current_tracer().facts, a.dims
    full = full and not facts.assume_equal(m, n)
    attrs = {"full": full, "rank": _rank(a)}
    u, s, v = _checked(ops.svd, [_swapped(a.read())], "SVD did not converge", **attrs)
    return array(_swapped(u)), array(s), array(_swapped(v))


def singular_values(a: Array) -> Any:
    """Return the singular values of a matrix."""
    attrs = {"rank": _rank(a)}
    (s,) = _checked(ops.singular_values, [_swapped(a.read())], "SVD did not converge", **attrs)
    return array(s)


def orthogonal_factors(a: Array, full: bool) -> Any:
    """Return the factors Q and R of a matrix."""
    facts, (m, n) = current_tracer().facts, a.dims
    rank = _rank(a)
    full = full and not facts.nonnegative(n - m)
    q, r = emit(ops.qr, [_swapped(a.read())], {"full": full, "rank": rank})
    return array(_swapped(q)), array(_swapped(r))


PRIMITIVES = {
    f: f
    for f in (
        solve_matrix,
        invert_matrix,
        log_determinant,
        solve_triangle,
        cholesky_factor,
        solve_equation,
        eigenvectors,
        eigenvalues,
        general_eigenvectors,
        general_eigenvalues,
        is_tall,
        singular_vectors,
        singular_values,
        orthogonal_factors,
    )
}
"""What definitions call: for arrays with two axes, of a dtype that LAPACK has."""
