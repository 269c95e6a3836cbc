"""Linear algebra on matrices and stacks of them, in terms of factorisations of one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.matrix_functions import (
    cholesky_factor,
    eigenvalues,
    eigenvectors,
    invert_matrix,
    log_determinant,
    orthogonal_factors,
    singular_values,
    singular_vectors,
    solve_matrix,
    solve_triangle,
)

SLOGDET = type(np.linalg.slogdet(np.eye(1)))
EIGH = type(np.linalg.eigh(np.eye(1)))
QR = type(np.linalg.qr(np.eye(1)))
SVD = type(np.linalg.svd(np.eye(1)))
LAPACK_DTYPES = tuple(np.dtype(x) for x in ("f4", "f8", "c8", "c16"))
EPS = {np.dtype(np.float32): np.finfo(np.float32).eps, np.dtype(np.float64): np.finfo(float).eps}


def floats(a: Any) -> Any:
    """Return an array in the dtype that LAPACK computes in."""
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        a = a.astype(np.float64)
    if a.dtype not in LAPACK_DTYPES:
        raise TypeError(f"array type {a.dtype} is unsupported in linalg")
    return a


def parts_dtype(a: Any) -> Any:
    """Return the dtype of the real and imaginary parts of an array."""
    return np.dtype(f"f{a.dtype.itemsize // 2}") if a.dtype.kind == "c" else a.dtype


def matrices(a: Any) -> Any:
    a = floats(a)
    if a.ndim < 2:
        raise np.linalg.LinAlgError(
            f"{a.ndim}-dimensional array given. Array must be at least two-dimensional"
        )
    return a


def in_stack(a: Any) -> Any:
    """Return a stack of matrices along one axis."""
    return np.copy(a).reshape((-1,) + a.shape[-2:])


# ---------------------------------------------------------------- numpy.linalg


def solve(a: Any, b: Any) -> Any:
    a, b = matrices(a), floats(b)
    dtype = np.result_type(a.dtype, b.dtype)
    a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if a.ndim == 2 and 1 <= b.ndim <= 2:
        return solve_matrix(a, b)
    if b.ndim == 1:
        stack = in_stack(a)
        result = np.empty(stack.shape[:-1], dtype)
        for k in range(stack.shape[0]):
            result[k] = solve_matrix(stack[k], b)
        return result.reshape(a.shape[:-1])
    outer = outer_shape(a, b)
    left, right = (
        in_stack(np.broadcast_to(a, outer + a.shape[-2:])),
        np.broadcast_to(b, outer + b.shape[-2:]),
    )
    right = in_stack(right)
    result = np.empty(right.shape, dtype)
    for k in range(right.shape[0]):
        result[k] = solve_matrix(left[k], right[k])
    return result.reshape(outer + b.shape[-2:])


def outer_shape(a: Any, b: Any) -> Any:
    """Return the shape of the stack that two stacks of matrices broadcast to."""
    first, second = a[..., 0, 0], b[..., 0, 0]
    if np.ndim(first) == 0:
        return np.shape(second)
    if np.ndim(second) == 0:
        return np.shape(first)
    return np.shape(np.broadcast_arrays(first, second)[0])


def inv(a: Any) -> Any:
    a = matrices(a)
    if a.ndim == 2:
        return invert_matrix(a)
    stack = in_stack(a)
    result = np.empty(stack.shape, a.dtype)
    for k in range(stack.shape[0]):
        result[k] = invert_matrix(stack[k])
    return result.reshape(a.shape)


def slogdet(a: Any) -> Any:
    a = matrices(a)
    if a.ndim == 2:
        sign, logarithm = log_determinant(a)
        return SLOGDET(sign, logarithm)
    stack = in_stack(a)
    signs = np.empty(stack.shape[0], a.dtype)
    logarithms = np.empty(stack.shape[0], parts_dtype(a))
    for k in range(stack.shape[0]):
        signs[k], logarithms[k] = log_determinant(stack[k])
    return SLOGDET(signs.reshape(a.shape[:-2]), logarithms.reshape(a.shape[:-2]))


def det(a: Any) -> Any:
    sign, logarithm = slogdet(a)
    return sign * np.exp(logarithm)


def cholesky(a: Any, /, *, upper: Any = False) -> Any:
    a = matrices(a)
    if upper:
        return np.swapaxes(cholesky(np.swapaxes(a, -1, -2)), -1, -2)
    if a.ndim == 2:
        return cholesky_factor(a)
    stack = in_stack(a)
    result = np.empty(stack.shape, a.dtype)
    for k in range(stack.shape[0]):
        result[k] = cholesky_factor(stack[k])
    return result.reshape(a.shape)


def eigh(a: Any, UPLO: Any = "L") -> Any:
    a = matrices(a)
    if UPLO not in ("L", "l", "U", "u"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    lower = UPLO in ("L", "l")
    if a.ndim == 2:
        values, vectors = eigenvectors(a, lower)
        return EIGH(values, vectors)
    stack = in_stack(a)
    values = np.empty(stack.shape[:-1], parts_dtype(a))
    vectors = np.empty(stack.shape, a.dtype)
    for k in range(stack.shape[0]):
        values[k], vectors[k] = eigenvectors(stack[k], lower)
    return EIGH(values.reshape(a.shape[:-1]), vectors.reshape(a.shape))


def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    a = matrices(a)
    if UPLO not in ("L", "l", "U", "u"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    lower = UPLO in ("L", "l")
    if a.ndim == 2:
        return eigenvalues(a, lower)
    stack = in_stack(a)
    values = np.empty(stack.shape[:-1], parts_dtype(a))
    for k in range(stack.shape[0]):
        values[k] = eigenvalues(stack[k], lower)
    return values.reshape(a.shape[:-1])


def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    a = matrices(a)
    if hermitian:
        refuse("np.linalg.svd with hermitian=True; use eigh")
    if a.ndim == 2:
        if not compute_uv:
            return singular_values(a)
        u, s, vt = singular_vectors(a, full_matrices)
        return SVD(u, s, vt)
    return in_stack_svd(a, full_matrices) if compute_uv else svdvals(a)


def in_stack_svd(a: Any, full_matrices: Any) -> Any:
    """Return the singular vectors and values of a stack of matrices."""
    stack, outer = in_stack(a), a.shape[:-2]
    count, m, n = stack.shape
    rank = min(m, n)
    left, right = (m, n) if full_matrices else (rank, rank)
    u, vt = np.empty((count, m, left), a.dtype), np.empty((count, right, n), a.dtype)
    s = np.empty((count, rank), parts_dtype(a))
    for k in range(count):
        u[k], s[k], vt[k] = singular_vectors(stack[k], full_matrices)
    return SVD(
        u.reshape(outer + u.shape[1:]), s.reshape((*outer, rank)), vt.reshape(outer + vt.shape[1:])
    )


def svdvals(x: Any, /) -> Any:
    a = matrices(x)
    if a.ndim == 2:
        return singular_values(a)
    stack = in_stack(a)
    result = np.empty((stack.shape[0], min(a.shape[-2], a.shape[-1])), parts_dtype(a))
    for k in range(stack.shape[0]):
        result[k] = singular_values(stack[k])
    return result.reshape(a.shape[:-2] + result.shape[-1:])


def qr(a: Any, mode: Any = "reduced") -> Any:
    a = matrices(a)
    if mode not in ("reduced", "complete", "r"):
        refuse(f"np.linalg.qr with mode={mode!r}; use reduced, complete or r")
    if a.ndim == 2:
        q, r = orthogonal_factors(a, mode == "complete")
    else:
        q, r = in_stack_qr(a, mode == "complete")
    return r if mode == "r" else QR(q, r)


def in_stack_qr(a: Any, complete: Any) -> Any:
    """Return the orthogonal and triangular factors of a stack of matrices."""
    stack, outer = in_stack(a), a.shape[:-2]
    count, m, n = stack.shape
    inner = m if complete else min(m, n)
    q, r = np.empty((count, m, inner), a.dtype), np.empty((count, inner, n), a.dtype)
    for k in range(count):
        q[k], r[k] = orthogonal_factors(stack[k], complete)
    return q.reshape(outer + q.shape[1:]), r.reshape(outer + r.shape[1:])


def pinv(a: Any, rcond: Any = None, hermitian: Any = False) -> Any:
    a = matrices(a)
    if hermitian:
        refuse("np.linalg.pinv with hermitian=True")
    if a.ndim > 2:
        stack = in_stack(a)
        result = np.empty((stack.shape[0], stack.shape[2], stack.shape[1]), a.dtype)
        for k in range(stack.shape[0]):
            result[k] = pinv(stack[k], rcond)
        return result.reshape(a.shape[:-2] + result.shape[1:])
    u, s, vt = singular_vectors(a, False)
    large = s > (1e-15 if rcond is None else rcond) * np.max(s)
    inverse = np.where(large, 1 / np.where(large, s, 1), 0).astype(a.dtype)
    return np.matmul(np.conj(vt.T), inverse[:, np.newaxis] * np.conj(u.T))


def matrix_rank(A: Any, tol: Any = None, hermitian: Any = False) -> Any:
    A = np.asarray(A)
    if A.ndim < 2:
        return int(not np.all(A == 0))
    s = svdvals(A)
    if tol is None:
        tol = np.max(s, axis=-1, keepdims=True) * (max(A.shape[-2], A.shape[-1]) * EPS[s.dtype])
    return np.count_nonzero(s > tol, axis=-1)


def cond(x: Any, p: Any = None) -> Any:
    x = matrices(x)
    if p is None or p in (2, -2):
        s = svdvals(x)
        result = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    else:
        result = norm(x, p, axis=(-2, -1)) * norm(inv(x), p, axis=(-2, -1))
    spoiled = np.any(np.isnan(x), axis=(-2, -1))
    return np.where(np.isnan(result) & ~spoiled, np.inf, result).astype(parts_dtype(x))[()]


def matrix_power(a: Any, n: Any) -> Any:
    a = np.asarray(a)
    if a.ndim != 2:
        refuse("np.linalg.matrix_power of a stack of matrices; loop over it")
    if n < 0:
        a, n = invert_matrix(floats(a)), -n
    if n == 0:
        return np.eye(a.shape[0], dtype=a.dtype)
    result, square = None, a
    while n > 0:
        if n % 2 == 1:
            result = square if result is None else np.dot(result, square)
        n //= 2
        if n > 0:
            square = np.dot(square, square)
    return np.array(result)


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    result = arrays[0]
    for a in arrays[1:]:
        result = np.dot(result, a)
    return result


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = matrices(a), floats(b)
    dtype = np.result_type(a.dtype, b.dtype)
    a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    m, n = a.shape
    u, s, vt = singular_vectors(a, False)
    if rcond is None:
        rcond = EPS[s.dtype] * max(m, n)
    elif rcond < 0:
        rcond = EPS[s.dtype]
    large = s > rcond * s[0]
    inverse = np.where(large, 1 / np.where(large, s, 1), 0).astype(dtype)
    rank = np.count_nonzero(large)
    projected = np.dot(np.conj(u.T), b)
    x = np.dot(
        np.conj(vt.T), inverse * projected if b.ndim == 1 else inverse[:, np.newaxis] * projected
    )
    rest = b - np.dot(a, x)
    squares = np.sum((rest * np.conj(rest)).real, axis=0, keepdims=b.ndim == 1)
    known = squares[: squares.shape[0] if rank == n and m > n else 0]
    return x, known, np.int32(rank), s


# ---------------------------------------------------------------- norms


def squares(x: Any) -> Any:
    """Return the squares of magnitudes."""
    return x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x


def norm_of_vectors(x: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    magnitude = np.abs(x)
    if ord == np.inf:
        return np.max(magnitude, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(magnitude, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(magnitude.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(magnitude, axis=axis, keepdims=keepdims)
    if ord is None or ord == 2:
        return np.sqrt(np.sum(squares(x), axis=axis, keepdims=keepdims))
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    return np.sum(magnitude**ord, axis=axis, keepdims=keepdims) ** np.reciprocal(
        np.asarray(ord).astype(magnitude.dtype)[()]
    )


def norm_of_matrices(x: Any, ord: Any, keepdims: Any) -> Any:
    """Return the norm of the matrices in the last two axes."""
    magnitude = np.abs(x)
    if ord in (None, "fro", "f"):
        result = np.sqrt(np.sum(squares(x), axis=(-2, -1)))
    elif ord == 2:
        result = np.max(svdvals(x), axis=-1)
    elif ord == -2:
        result = np.min(svdvals(x), axis=-1)
    elif ord == "nuc":
        result = np.sum(svdvals(x), axis=-1)
    elif ord == 1:
        result = np.max(np.sum(magnitude, axis=-2), axis=-1)
    elif ord == -1:
        result = np.min(np.sum(magnitude, axis=-2), axis=-1)
    elif ord == np.inf:
        result = np.max(np.sum(magnitude, axis=-1), axis=-1)
    elif ord == -np.inf:
        result = np.min(np.sum(magnitude, axis=-1), axis=-1)
    else:
        raise ValueError("Invalid norm order for matrices.")
    return np.reshape(result, x.shape[:-2] + (1, 1)) if keepdims else result


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    x = np.asarray(x)
    if x.dtype.kind not in "fc":
        x = x.astype(np.float64)
    if axis is None:
        if ord is None or (ord in ("fro", "f", 2) and x.ndim <= 2 and (ord != 2 or x.ndim == 1)):
            root = np.sqrt(np.sum(squares(x)))
            return np.reshape(root, (1,) * x.ndim) if keepdims else root
        if x.ndim == 1:
            return norm_of_vectors(x, ord, None, keepdims)
        if x.ndim == 2:
            return norm_of_matrices(x, ord, keepdims)
        raise ValueError("Improper number of dimensions to norm.")
    if isinstance(axis, tuple) and len(axis) == 2:
        first, second = axis[0] % x.ndim, axis[1] % x.ndim
        moved = np.moveaxis(x, first, -1)
        moved = np.moveaxis(moved, second - (1 if second > first else 0), -1)
        result = norm_of_matrices(moved, ord, False)
        return np.expand_dims(result, (first, second)) if keepdims else result
    return norm_of_vectors(x, ord, axis[0] if isinstance(axis, tuple) else axis, keepdims)


# ---------------------------------------------------------------- scipy.linalg


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    a, b = matrices(a), floats(b)
    dtype = np.result_type(a.dtype, b.dtype)
    a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    finite = np.all(np.isfinite(a)) and np.all(np.isfinite(b))
    if check_finite and not finite:
        raise ValueError("array must not contain infs or NaNs")
    at = np.arange(a.shape[0])
    if np.any(a[at, at] == 0) and not unit_diagonal:
        raise np.linalg.LinAlgError("singular matrix")
    if trans in (2, "C"):
        return np.conj(solve_triangle(a, np.conj(b), lower, True, unit_diagonal))
    return solve_triangle(a, b, lower, trans not in (0, "N"), unit_diagonal)


def cho_factor(
    a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True
) -> Any:
    a = matrices(a)
    if lower:
        return cholesky_factor(a) + np.triu(a, 1), True
    return cholesky_factor(a.T).T + np.tril(a, -1), False


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    c, lower = c_and_lower
    c, b = matrices(c), floats(b)
    dtype = np.result_type(c.dtype, b.dtype)
    c, b = c.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if lower:
        half = solve_triangle(c, b, True)
        return np.conj(solve_triangle(c, np.conj(half), True, True))
    half = np.conj(solve_triangle(c, np.conj(b), False, True))
    return solve_triangle(c, half, False)


PADE = (
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
)
"""Coefficients of the diagonal approximation of degree 13 to the exponential function.

Source: N. J. Higham, SIAM J. Matrix Anal. Appl. 26 (2005) 1179-1193.
"""


def expm(A: Any) -> Any:
    a = matrices(A)
    if a.ndim != 2:
        stack = in_stack(a)
        for k in range(stack.shape[0]):
            stack[k] = expm(stack[k])
        return stack.reshape(a.shape)
    size = np.max(np.sum(np.abs(a), axis=0))
    halvings = 0
    while size > 5.371920351148152:
        size = size / 2
        halvings += 1
    a = a * np.exp2(-float(halvings)).astype(a.dtype)
    unit = np.eye(a.shape[0], dtype=a.dtype)
    a2 = np.dot(a, a)
    a4 = np.dot(a2, a2)
    a6 = np.dot(a4, a2)
    b = PADE
    u = np.dot(a6, b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2
    u = np.dot(a, u + b[1] * unit)
    v = np.dot(a6, b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2
    v = v + b[0] * unit
    result = solve_matrix(v - u, v + u)
    for _ in range(halvings):
        result = np.dot(result, result)
    return result
