"""Eigenvalues and eigenvectors of any matrix, which may be complex; derivatives are by tangents.

LAPACK scales an eigenvector to length one; of a complex one, the component of largest magnitude is
real. Their derivatives are those of vectors that stay so. Source: M. B. Giles, Collected matrix
derivative results for forward and reverse mode (2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import with_tangent
from autograph.frontend.numpy_api.definitions.linear_algebra import in_stack, matrices
from autograph.frontend.numpy_api.matrix_functions import (
    general_eigenvalues,
    general_eigenvectors,
)

EIG = type(np.linalg.eig(np.eye(1)))


def in_basis(da: Any, v: Any) -> Any:
    """Return a change of a matrix as seen in the basis of its eigenvectors."""
    return np.linalg.solve(v, np.matmul(da.astype(v.dtype), v))


def change_of_values(da: Any, w: Any, a: Any) -> Any:
    _, v = vectors_of(a)
    return np.diagonal(in_basis(da, v))


def change_of_vectors(da: Any, y: Any, a: Any) -> Any:
    w, v = y
    inner = in_basis(da, v)
    gaps = w - w[:, np.newaxis]
    same = gaps == 0
    turned = np.where(same, 0, inner / np.where(same, 1, gaps))
    dv = np.matmul(v, turned)
    dv = dv - v * np.sum((np.conj(v) * dv).real, axis=0)
    size = np.where(v.imag == 0, np.abs(v), -1.0)
    at, column = np.argmax(size, axis=0), np.arange(v.shape[1])
    turn = dv[at, column].imag / v[at, column].real
    return np.diagonal(inner), dv - 1j * (v * turn)


def values_of(a: Any) -> Any:
    return with_tangent(general_eigenvalues, (a,), change_of_values)


def vectors_of(a: Any) -> Any:
    return with_tangent(general_eigenvectors, (a,), change_of_vectors)


def finite_matrices(a: Any) -> Any:
    a = matrices(a)
    if a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    if not np.all(np.isfinite(a)):
        raise np.linalg.LinAlgError("Array must not contain infs or NaNs")
    return a


def complex_dtype(a: Any) -> Any:
    return np.result_type(a.dtype, np.complex64)


def eigvals(a: Any) -> Any:
    a = finite_matrices(a)
    if a.ndim == 2:
        w = values_of(a)
    else:
        stack = in_stack(a)
        w = np.empty(stack.shape[:-1], complex_dtype(a))
        for k in range(stack.shape[0]):
            w[k] = values_of(stack[k])
        w = w.reshape(a.shape[:-1])
    if a.dtype.kind != "c" and np.all(w.imag == 0):
        return w.real
    return w


def eig(a: Any) -> Any:
    a = finite_matrices(a)
    if a.ndim == 2:
        w, v = vectors_of(a)
    else:
        stack = in_stack(a)
        w = np.empty(stack.shape[:-1], complex_dtype(a))
        v = np.empty(stack.shape, complex_dtype(a))
        for k in range(stack.shape[0]):
            w[k], v[k] = vectors_of(stack[k])
        w, v = w.reshape(a.shape[:-1]), v.reshape(a.shape)
    if a.dtype.kind != "c" and np.all(w.imag == 0):
        return EIG(w.real, v.real)
    return EIG(w, v)
