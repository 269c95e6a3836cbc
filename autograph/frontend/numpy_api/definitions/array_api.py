"""What NumPy has under a second name, or with other arguments, since it follows the array API."""

from __future__ import annotations

from typing import Any

import numpy as np


def matrix_transpose(x: Any) -> Any:
    return np.swapaxes(np.asarray(x), -1, -2)


def matvec(x1: Any, x2: Any) -> Any:
    x1, x2 = np.asarray(x1), np.asarray(x2)
    return np.matmul(x1, x2[..., np.newaxis])[..., 0]


def vecmat(x1: Any, x2: Any) -> Any:
    x1, x2 = np.asarray(x1), np.asarray(x2)
    return np.matmul(np.conj(x1)[..., np.newaxis, :], x2)[..., 0, :]


def vecdot(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    x1, x2 = np.moveaxis(np.asarray(x1), axis, -1), np.moveaxis(np.asarray(x2), axis, -1)
    return np.sum(np.conj(x1) * x2, axis=-1)


def matmul(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2)


def outer(x1: Any, x2: Any) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError("Input arrays must be one-dimensional")
    return np.outer(x1, x2)


def cross(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes)


def diagonal(x: Any, *, offset: Any = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


def trace(x: Any, *, offset: Any = 0, dtype: Any = None) -> Any:
    return np.trace(x, offset, -2, -1, dtype)


def matrix_norm(x: Any, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


def vector_norm(x: Any, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    x = np.asarray(x)
    if axis is not None:
        return np.linalg.norm(x, ord, axis, keepdims)
    length = np.linalg.norm(x.ravel(), ord)
    return np.reshape(length, (1,) * x.ndim) if keepdims else length


OF_NUMPY = (matrix_transpose, matvec, vecmat, vecdot)
"""Those that NumPy has itself; all but `matvec` and `vecmat` are in `numpy.linalg`, too."""
