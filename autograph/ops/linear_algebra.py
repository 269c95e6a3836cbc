"""Factorisations of matrices and what is solved with them, by the routines of LAPACK.

LAPACK keeps matrices column by column. So every matrix operand here is the transpose of the one
that is meant, and so is every matrix result: the row-major buffer of the transpose is what LAPACK
reads and writes. The transposes around a node are views, which cost nothing.

Factorisations that fail say so in a bool result, `ok`; the others then are of any content.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, Type, array, scalar
from autograph.ops.define import array_types, nondifferentiable
from autograph.ops.elementwise import absolute, cast, equal, log
from autograph.ops.reduction import sum_
from autograph.ops.routine import routine_op
from autograph.ops.structure import broadcast, iota, take

PIVOT = np.dtype(np.int32)
BOOL = scalar(np.bool_)


@cache
def _lapack() -> Any:
    return importlib.import_module("scipy.linalg.lapack")


def _routine(name: str, *arrays: Any) -> Any:
    """Return the routine of LAPACK for the dtype of the arrays."""
    return _lapack().get_lapack_funcs((name,), arrays)[0]


def _matrix(x: ArrayType) -> ArrayType:
    if x.ndim != 2 or x.dtype not in (np.float32, np.float64, np.complex64, np.complex128):
        raise TypeError(f"{x} is no matrix that LAPACK takes")
    return x


def _square(x: ArrayType) -> Affine:
    if _matrix(x).dims[0] != x.dims[1]:
        raise TypeError(f"{x} is not square")
    return x.dims[0]


def _real(x: ArrayType) -> Any:
    return np.zeros(0, x.dtype).real.dtype


# ---------------------------------------------------------------- LU


def _infer_lu(node: Node) -> Sequence[Type]:
    (a,) = array_types(node)
    return (a, array(PIVOT, [_square(a)]), BOOL)


def _lu(a: Any) -> Sequence[Any]:
    if a.size == 0:
        return a, np.zeros(0, PIVOT), True
    factors, pivots, info = _routine("getrf", a)(a.T)
    return factors.T, pivots + 1, info == 0


lu = routine_op(
    "lu",
    _infer_lu,
    _lu,
    nondifferentiable("what is solved with the factors is differentiated by the matrix itself"),
)
"""The factors of a matrix with row exchanges, `pivots` (from 1), and `ok`: if it is regular."""


def _infer_solved(node: Node, *, composite: bool) -> Sequence[Type]:
    first, *rest = array_types(node)
    factors, pivots, b = rest if composite else (first, *rest)
    n = _square(factors)
    if pivots != array(PIVOT, [n]) or b.dtype != factors.dtype or b.dims[-1] != n:
        raise TypeError(f"a solution with factors {factors}, {pivots} of {b}")
    return (b,)


def _lu_solve(factors: Any, pivots: Any, b: Any, transposed: bool) -> Sequence[Any]:
    if b.size == 0:
        return (b,)
    x, _ = _routine("getrs", factors, b)(factors.T, pivots - 1, b.T, trans=int(transposed))
    return (x.T,)


lu_solve = routine_op("lu_solve", lambda node: _infer_solved(node, composite=False), _lu_solve)
"""The solution of A x = b, or of A.T x = b if `transposed`, given the factors of A.

`b` is a vector, or has the right-hand sides as its rows; so has the result.
"""

solve_factored = Op(
    "solve_factored",
    "linalg",
    lambda node: _infer_solved(node, composite=True),
    lambda node, operands, form: _lu_solve(*operands[1:], **node.attrs),
    expand=lambda node, a, factors, pivots, b: lu_solve(factors, pivots, b, **node.attrs),
)
"""`lu_solve` with the matrix itself as first operand, by which it is differentiated."""


def _diagonal(factors: Value) -> Value:
    at = iota(length=factors.dims[0])
    result: Value = take(factors, at, at)
    return result


def _evaluate_log_determinant(node: Node, operands: Sequence[Any], form: Any) -> Sequence[Any]:
    diagonal = np.diagonal(operands[1])
    return (np.sum(np.log(np.abs(diagonal)), dtype=node.result.dtype),)


log_determinant = Op(
    "log_determinant",
    "linalg",
    lambda node: (scalar(_real(array_types(node)[0])),),
    _evaluate_log_determinant,
    expand=lambda node, a, factors, pivots: sum_(log(absolute(_diagonal(factors))), axes=(0,)),
)
"""The logarithm of the magnitude of a determinant; operands: the matrix and its factors."""


determinant_phase = Op(
    "determinant_phase",
    "linalg",
    lambda node: (scalar(array_types(node)[0].dtype),),
    lambda node, operands, form: (operands[3],),
    expand=lambda node, a, factors, pivots, sign: sign,
)
"""The sign of the determinant of a complex matrix, which turns with the matrix.

Operands: the matrix, its factors, and the sign itself.
"""


# ---------------------------------------------------------------- triangles


def _infer_triangular(node: Node) -> Sequence[Type]:
    a, b = array_types(node)
    if b.dtype != a.dtype or b.dims[-1] != _square(a):
        raise TypeError(f"a solution with {a} of {b}")
    return (b,)


def _triangular_solve(a: Any, b: Any, lower: bool, transposed: bool, unit: bool) -> Sequence[Any]:
    if b.size == 0:
        return (b,)
    solve = _routine("trtrs", a, b)
    x, _ = solve(a.T, b.T, lower=lower, trans=int(transposed), unitdiag=unit)
    return (x.T,)


triangular_solve = routine_op("triangular_solve", _infer_triangular, _triangular_solve)
"""The solution of A x = b, or of A.T x = b if `transposed`, for the `lower` or upper triangle of A.

The diagonal counts as ones if it is `unit`, else it must not have a zero.
"""


def _infer_cholesky(node: Node) -> Sequence[Type]:
    (a,) = array_types(node)
    _square(a)
    return (a, BOOL)


def _cholesky(a: Any) -> Sequence[Any]:
    if a.size == 0:
        return a, True
    factor, info = _routine("potrf", a)(a.T, lower=True, clean=True)
    return factor.T, info == 0


cholesky = routine_op("cholesky", _infer_cholesky, _cholesky)
"""The lower triangular factor of a matrix of which the lower triangle is read, and `ok`."""


# ---------------------------------------------------------------- eigenvalues


def _infer_eigh(node: Node) -> Sequence[Type]:
    (a,) = array_types(node)
    n = _square(a)
    return (array(_real(a), [n]), a, BOOL)


def _eigh(a: Any, lower: bool) -> Sequence[Any]:
    try:
        values, vectors = np.linalg.eigh(a.T, "L" if lower else "U")
    except np.linalg.LinAlgError:
        return np.zeros(len(a), _real_of(a)), a, False
    return values, vectors.T, True


def _real_of(a: Any) -> Any:
    return a.real.dtype


eigh = routine_op("eigh", _infer_eigh, _eigh)
"""Eigenvalues and eigenvectors of a Hermitian matrix of which one triangle is read, and `ok`."""


def _eigvalsh(a: Any, lower: bool) -> Sequence[Any]:
    try:
        return np.linalg.eigvalsh(a.T, "L" if lower else "U"), True
    except np.linalg.LinAlgError:
        return np.zeros(len(a), _real_of(a)), False


eigvalsh = routine_op(
    "eigvalsh",
    lambda node: (array(_real(array_types(node)[0]), [_square(array_types(node)[0])]), BOOL),
    _eigvalsh,
)
"""Eigenvalues of a Hermitian matrix of which one triangle is read, and `ok`."""


def _complex(x: ArrayType) -> Any:
    return np.result_type(x.dtype, np.complex64)


def _infer_general(node: Node, *, vectors: bool) -> Sequence[Type]:
    (a,) = array_types(node)
    values = array(_complex(a), [_square(a)])
    return (values, array(_complex(a), a.dims), BOOL) if vectors else (values, BOOL)


def _eig(a: Any) -> Sequence[Any]:
    try:
        values, vectors = np.linalg.eig(a.T)
    except np.linalg.LinAlgError:
        return np.zeros(len(a)), a, False
    return values, vectors.T, True


def _eigvals(a: Any) -> Sequence[Any]:
    try:
        return np.linalg.eigvals(a.T), True
    except np.linalg.LinAlgError:
        return np.zeros(len(a)), False


BY_TANGENT = nondifferentiable("differentiated by the definition that calls it")

eig = routine_op("eig", lambda node: _infer_general(node, vectors=True), _eig, BY_TANGENT)
"""Eigenvalues and eigenvectors of any matrix, as complex numbers, and `ok`."""

eigvals = routine_op(
    "eigvals", lambda node: _infer_general(node, vectors=False), _eigvals, BY_TANGENT
)
"""Eigenvalues of any matrix, as complex numbers, and `ok`."""


# ---------------------------------------------------------------- orthogonal factors


def _infer_svd(node: Node) -> Sequence[Type]:
    (a,) = array_types(node)
    n, m = _matrix(a).dims
    k = node.attrs["rank"]
    left = m if node.attrs["full"] else k
    right = n if node.attrs["full"] else k
    return (
        array(a.dtype, [left, m]),
        array(_real(a), [k]),
        array(a.dtype, [n, right]),
        BOOL,
    )


def _svd(a: Any, full: bool) -> Sequence[Any]:
    try:
        u, s, vt = np.linalg.svd(a.T, full_matrices=full)
    except np.linalg.LinAlgError:
        n, m = a.shape
        k = min(m, n)
        shapes = ((m, m), (n, n)) if full else ((k, m), (n, k))
        return np.zeros(shapes[0]), np.zeros(k), np.zeros(shapes[1]), False
    return u.T, s, vt.T, True


svd = routine_op("svd", _infer_svd, _svd)
"""The singular value decomposition; `rank` is the smaller extent; results U, S, V.T and `ok`."""


def _singular_values(a: Any) -> Sequence[Any]:
    try:
        return np.linalg.svd(a.T, compute_uv=False), True
    except np.linalg.LinAlgError:
        return np.zeros(min(a.shape)), False


singular_values = routine_op(
    "singular_values",
    lambda node: (array(_real(_matrix(array_types(node)[0])), [node.attrs["rank"]]), BOOL),
    _singular_values,
)
"""The singular values, and `ok`."""


def _infer_qr(node: Node) -> Sequence[Type]:
    (a,) = array_types(node)
    n, m = _matrix(a).dims
    k = m if node.attrs["full"] else node.attrs["rank"]
    return (array(a.dtype, [k, m]), array(a.dtype, [n, k]))


def _qr(a: Any, full: bool) -> Sequence[Any]:
    q, r = np.linalg.qr(a.T, "complete" if full else "reduced")
    return q.T, r.T


qr = routine_op("qr", _infer_qr, _qr)
"""The factors of A = Q R, Q with orthonormal columns, all of them if `full`, and R triangular."""


# ---------------------------------------------------------------- matrix equations


def _infer_sylvester(node: Node) -> Sequence[Type]:
    a, b, q = array_types(node)
    if q.dims != (_square(a), _square(b)) or not a.dtype == b.dtype == q.dtype:
        raise TypeError(f"an equation of {a} and {b} with {q} on the right")
    return (q,)


def _sylvester(a: Any, b: Any, q: Any) -> Sequence[Any]:
    if q.size == 0:
        return (q,)
    return (importlib.import_module("scipy.linalg").solve_sylvester(a, b, q),)


sylvester = routine_op("sylvester", _infer_sylvester, _sylvester)
"""The solution of A X + X B = Q, of matrices as they are meant, none of them transposed."""


# ---------------------------------------------------------------- helpers


def identity_matrix(n: Affine, dtype: Any) -> Value:
    """Emit the identity matrix."""
    row: Value = broadcast(iota(length=n), dims=(n, Affine(1)), axes=(0,))
    return cast(equal(row, iota(length=n)), dtype=np.dtype(dtype))  # type: ignore[no-any-return]
