"""Eigenvalue problems of `scipy.linalg`, some of two matrices.

Eigenvectors of real symmetric matrices are SciPy's own, whose signs are not NumPy's. Derivatives
are by tangents. Source: M. B. Giles, Collected matrix derivative results for forward and reverse
mode (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse, with_tangent
from autograph.frontend.numpy_api.definitions.eigenvalues import values_of, vectors_of
from autograph.frontend.numpy_api.definitions.scipy_linear_algebra import of_triangle, square_matrix
from autograph.frontend.numpy_api.library_calls import as_it_is

host_eigh = as_it_is("scipy.linalg", "eigh")


def in_basis(inner: Any, w: Any, v: Any) -> Any:
    """Return how eigenvectors move into the other ones, given the change in their basis."""
    gaps = w - w[:, np.newaxis]
    same = gaps == 0
    return np.dot(v, np.where(same, 0, inner / np.where(same, 1, gaps)))


def change_of_symmetric(da: Any, y: Any, a: Any) -> Any:
    w, v = y
    inner = np.dot(v.T, np.dot(da, v))
    return np.diagonal(inner), in_basis(inner, w, v)


def change_of_pair(da: Any, db: Any, y: Any, a: Any, b: Any) -> Any:
    w, v = y
    weight = np.dot(v.T, np.dot(db, v))
    inner = np.dot(v.T, np.dot(da, v)) - weight * w
    return np.diagonal(inner), in_basis(inner, w, v) - v * (np.diagonal(weight) / 2)


def eigh(
    a: Any, b: Any = None, *, lower: Any = True, eigvals_only: Any = False, check_finite: Any = True
) -> Any:
    a = of_triangle(square_matrix(a, check_finite), lower)
    if b is not None:
        b = of_triangle(square_matrix(b, check_finite), lower)
        return generalised(a, b, eigvals_only)
    if eigvals_only:
        return np.linalg.eigvalsh(a)
    if a.dtype.kind == "c":
        values, vectors = np.linalg.eigh(a)
        return values, vectors
    return with_tangent(host_eigh, (a,), change_of_symmetric)


def generalised(a: Any, b: Any, eigvals_only: Any) -> Any:
    """Return what A v = w B v holds for: with B = C C^H, the eigenvalues of C^-1 A C^-H."""
    if not eigvals_only and a.dtype.kind != "c" and b.dtype.kind != "c":
        return with_tangent(host_eigh, (a, b), change_of_pair)
    factor = np.linalg.cholesky(b)
    half = np.linalg.solve(factor, a)
    values, vectors = np.linalg.eigh(np.linalg.solve(factor, np.conj(half.T)))
    return values if eigvals_only else (values, np.linalg.solve(np.conj(factor.T), vectors))


def eigvalsh(a: Any, b: Any = None, *, lower: Any = True, check_finite: Any = True) -> Any:
    return eigh(a, b, lower=lower, eigvals_only=True, check_finite=check_finite)


def eigvals(a: Any, b: Any = None, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    if b is not None:
        refuse("scipy.linalg.eigvals of two matrices; solve for one: eigvals(solve(b, a))")
    return values_of(square_matrix(a, check_finite))


def eig(
    a: Any,
    b: Any = None,
    left: Any = False,
    right: Any = True,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    if b is not None or left or not right:
        refuse("scipy.linalg.eig of two matrices, or of other than right eigenvectors")
    a = square_matrix(a, check_finite)
    w, v = vectors_of(a)
    if a.dtype.kind != "c" and np.all(w.imag == 0):
        return w, v.real
    return w, v


SCIPY_NAMES: dict[str, Callable[..., Any]] = {
    f"scipy.linalg._decomp.{f.__name__}": f for f in (eig, eigvals, eigh, eigvalsh)
}
"""The functions that are defined here, by where SciPy has them."""
