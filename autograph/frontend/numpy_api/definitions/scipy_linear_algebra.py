"""Functions of `scipy.linalg` in terms of those of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.linear_algebra import (
    EPS,
    cho_factor,
    cho_solve,
    floats,
    matrices,
)
from autograph.frontend.numpy_api.matrix_functions import is_tall

SYMMETRIC = ("sym", "symmetric")
HERMITIAN = ("her", "hermitian")
POSITIVE = ("pos", "positive definite")


def stack_of_matrices(a: Any, check_finite: Any) -> Any:
    """Return one matrix or more in the dtype that LAPACK computes in."""
    a = matrices(a)
    if check_finite and not np.all(np.isfinite(a)):
        raise ValueError("array must not contain infs or NaNs")
    return a


def stack_of_squares(a: Any, check_finite: Any) -> Any:
    a = stack_of_matrices(a, check_finite)
    if a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Expected a square matrix, got shape {a.shape}")
    return a


def one_matrix(a: Any, check_finite: Any) -> Any:
    a = stack_of_matrices(a, check_finite)
    if a.ndim != 2:
        refuse("functions of scipy.linalg on stacks of matrices")
    return a


def square_matrix(a: Any, check_finite: Any) -> Any:
    return stack_of_squares(one_matrix(a, check_finite), False)


def of_triangle(a: Any, lower: Any) -> Any:
    """Return the Hermitian matrix of which one triangle is given."""
    triangle, rest = (np.tril(a), np.tril(a, -1)) if lower else (np.triu(a), np.triu(a, 1))
    return triangle + np.conj(rest.T)


def mirrored(a: Any, lower: Any) -> Any:
    """Return the symmetric matrix of which one triangle is given."""
    return np.tril(a) + np.tril(a, -1).T if lower else np.triu(a) + np.triu(a, 1).T


def solve(
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    a, b = square_matrix(a, check_finite), floats(b)
    if check_finite and not np.all(np.isfinite(b)):
        raise ValueError("array must not contain infs or NaNs")
    if transposed:
        a = a.T
        lower = not lower
    if assume_a in POSITIVE:
        return cho_solve(cho_factor(a, lower), b)
    if assume_a in SYMMETRIC:
        a = mirrored(a, lower)
    elif assume_a in HERMITIAN:
        a = of_triangle(a, lower)
    elif assume_a not in (None, "gen", "general"):
        refuse(f"scipy.linalg.solve with assume_a={assume_a!r}")
    return np.linalg.solve(a, b)


def inv(
    a: Any,
    overwrite_a: Any = False,
    check_finite: Any = True,
    *,
    assume_a: Any = None,
    lower: Any = False,
) -> Any:
    if assume_a not in (None, "gen", "general"):
        refuse("scipy.linalg.inv with assume_a")
    return np.linalg.inv(stack_of_squares(a, check_finite))


def det(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.det(stack_of_squares(a, check_finite))


def pinv(
    a: Any,
    *,
    atol: Any = None,
    rtol: Any = None,
    return_rank: Any = False,
    check_finite: Any = True,
) -> Any:
    a = stack_of_matrices(a, check_finite)
    if atol is not None or return_rank:
        refuse("scipy.linalg.pinv with atol or return_rank")
    rtol = max(a.shape[-2], a.shape[-1]) * EPS[a.dtype] if rtol is None else rtol
    return np.linalg.pinv(a, rtol)


def cholesky(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = stack_of_squares(a, check_finite)
    if lower:
        return np.linalg.cholesky(a)
    return np.swapaxes(np.linalg.cholesky(np.swapaxes(a, -1, -2)), -1, -2)


def svd(
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    overwrite_a: Any = False,
    check_finite: Any = True,
) -> Any:
    a = stack_of_matrices(a, check_finite)
    if not compute_uv:
        return np.linalg.svdvals(a)
    u, s, vt = np.linalg.svd(a, full_matrices)
    return u, s, vt


def svdvals(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.svdvals(stack_of_matrices(a, check_finite))


def qr(
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
) -> Any:
    a = stack_of_matrices(a, check_finite)
    if pivoting or mode not in ("full", "economic"):
        refuse("scipy.linalg.qr with pivoting, or a mode other than full and economic")
    q, r = np.linalg.qr(a, "complete" if mode == "full" else "reduced")
    return q, r


def lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = None,
) -> Any:
    a, b = one_matrix(a, check_finite), floats(b)
    x, squares, rank, s = np.linalg.lstsq(a, b, cond)
    if b.ndim > 1 or is_tall(a.T):
        return x, squares, int(rank), s
    if rank < a.shape[1]:  # then SciPy returns something else, and the call is replayed
        raise np.linalg.LinAlgError("the residual of a deficient system")
    return x, squares[0], int(rank), s


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True
) -> Any:
    a = np.asarray(a)
    if check_finite and not np.all(np.isfinite(a)):
        raise ValueError("array must not contain infs or NaNs")
    return np.linalg.norm(a, ord, axis, keepdims)


def orthogonal_procrustes(A: Any, B: Any, check_finite: Any = True) -> Any:
    a, b = stack_of_matrices(A, check_finite), stack_of_matrices(B, check_finite)
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"the shapes of A and B differ ({a.shape} vs {b.shape})")
    u, w, vt = np.linalg.svd(np.dot(b.T, np.conj(a)).T, full_matrices=False)
    return np.dot(u, vt), np.sum(w)


# ---------------------------------------------------------------- matrices of a pattern


def toeplitz(c: Any, r: Any = None) -> Any:
    c = np.asarray(c)
    r = c if r is None else np.asarray(r)
    if c.ndim != 1 or r.ndim != 1 or c.dtype.kind == "c":
        refuse("scipy.linalg.toeplitz of other than real vectors")
    return np.concatenate((c[::-1], r[1:]))[pattern(len(c), -1) + np.arange(len(r))]


def hankel(c: Any, r: Any = None) -> Any:
    c = np.asarray(c)
    r = np.zeros_like(c) if r is None else np.asarray(r)
    if c.ndim != 1 or r.ndim != 1:
        refuse("scipy.linalg.hankel of other than vectors")
    return np.concatenate((c, r[1:]))[pattern(len(c), 1) + np.arange(len(r))]


def pattern(n: Any, step: Any) -> Any:
    """Return where the rows of a matrix begin in its diagonals."""
    return (np.arange(n) if step > 0 else np.arange(n - 1, -1, -1))[:, np.newaxis]


def circulant(c: Any) -> Any:
    c = np.asarray(c)
    if c.ndim != 1:
        refuse("scipy.linalg.circulant of other than a vector")
    at = np.arange(len(c))
    return c[(at[:, np.newaxis] - at) % len(c)]


def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: Any = False, workers: Any = None) -> Any:
    if isinstance(c_or_cr, (tuple, list)):
        return np.dot(toeplitz(c_or_cr[0], c_or_cr[1]), x)
    return np.dot(toeplitz(c_or_cr), x)


def companion(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim != 1:
        refuse("scipy.linalg.companion of other than a vector")
    n = len(a) - 1
    result = np.zeros((n, n), (a / 1.0).dtype)
    result[0] = -a[1:] / (1.0 * a[0])
    for k in range(1, n):
        result[k, k - 1] = 1
    return result


def khatri_rao(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError("The both arrays should be 2-dimensional.")
    if a.shape[1] != b.shape[1]:
        raise ValueError("The number of columns for both arrays should be equal.")
    return (a[:, np.newaxis] * b).reshape((a.shape[0] * b.shape[0], a.shape[1]))


def block_diag(*arrs: Any) -> Any:
    blocks = [np.atleast_2d(x) for x in arrs]
    if not blocks or any([x.ndim != 2 for x in blocks]):
        refuse("scipy.linalg.block_diag of other than matrices")
    rows = sum([x.shape[0] for x in blocks])
    columns = sum([x.shape[1] for x in blocks])
    result = np.zeros((rows, columns), np.result_type(*[x.dtype for x in blocks]))
    row, column = 0, 0
    for x in blocks:
        result[row : row + x.shape[0], column : column + x.shape[1]] = x
        row, column = row + x.shape[0], column + x.shape[1]
    return result


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    "scipy.linalg._basic.solve": solve,
    "scipy.linalg._basic.inv": inv,
    "scipy.linalg._basic.det": det,
    "scipy.linalg._basic.pinv": pinv,
    "scipy.linalg._basic.lstsq": lstsq,
    "scipy.linalg._decomp_cholesky.cholesky": cholesky,
    "scipy.linalg._decomp_svd.svd": svd,
    "scipy.linalg._decomp_svd.svdvals": svdvals,
    "scipy.linalg._decomp_qr.qr": qr,
    "scipy.linalg._special_matrices.toeplitz": toeplitz,
    "scipy.linalg._special_matrices.hankel": hankel,
    "scipy.linalg._special_matrices.circulant": circulant,
    "scipy.linalg._special_matrices.block_diag": block_diag,
    "scipy.linalg._special_matrices.companion": companion,
    "scipy.linalg._matfuncs.khatri_rao": khatri_rao,
    "scipy.linalg._basic.matmul_toeplitz": matmul_toeplitz,
    "scipy.linalg._misc.norm": norm,
    "scipy.linalg._procrustes.orthogonal_procrustes": orthogonal_procrustes,
}
"""The functions that are defined here, by where SciPy has them."""
