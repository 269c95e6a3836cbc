"""`np.concatenate` and its kin given one array, whose items along the first axis they join."""

from __future__ import annotations

from typing import Any

import numpy as np


def joined(rows: Any, axis: Any) -> Any:
    """Return the items of an array joined along one of their axes."""
    along = np.moveaxis(rows, 0, axis)
    shape = along.shape
    both = (shape[axis] * shape[axis + 1],)
    return np.copy(along.reshape(shape[:axis] + both + shape[axis + 2 :]))


def concatenate(arrays: Any, axis: Any = 0) -> Any:
    if axis is None:
        return arrays.flatten()
    if arrays.ndim < 2:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    return joined(arrays, axis % (arrays.ndim - 1))


def stack(arrays: Any, axis: Any = 0) -> Any:
    return np.copy(np.moveaxis(arrays, 0, axis))


def vstack(tup: Any) -> Any:
    if tup.ndim < 3:
        return np.copy(tup.reshape((-1, 1)) if tup.ndim == 1 else tup)
    return joined(tup, 0)


def hstack(tup: Any) -> Any:
    return np.copy(tup) if tup.ndim == 1 else joined(tup, 0 if tup.ndim == 2 else 1)


def column_stack(tup: Any) -> Any:
    if tup.ndim < 3:
        return np.copy(tup.reshape((1, -1)) if tup.ndim == 1 else tup.T)
    return joined(tup, 1)


def dstack(tup: Any) -> Any:
    if tup.ndim > 3:
        return joined(tup, 2)
    columns = np.moveaxis(tup, 0, -1)
    return np.copy(columns.reshape((1,) * (3 - tup.ndim) + columns.shape))
