"""Reductions of some elements only, or that begin with a value, as plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def total(x: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.sum` with `initial` or `where` does."""
    x = np.asarray(x)
    found = np.sum(np.where(where, x, np.zeros((), x.dtype)), axis, dtype, keepdims=keepdims)
    return found + _stored(initial, found.dtype)


def product(x: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.prod` with `initial` or `where` does."""
    x = np.asarray(x)
    found = np.prod(np.where(where, x, np.ones((), x.dtype)), axis, dtype, keepdims=keepdims)
    return found * _stored(initial, found.dtype)


def extreme(largest: bool, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.max`, or `np.min`, with `initial` does."""
    x = np.asarray(x)
    first = _stored(initial, x.dtype)
    kept = np.where(where, x, first)
    if kept.size == 0:  # The sum of none is zero, in the right shape.
        return np.sum(kept, axis=axis, dtype=kept.dtype, keepdims=keepdims) + first
    if largest:
        return np.maximum(np.max(kept, axis=axis, keepdims=keepdims), first)
    return np.minimum(np.min(kept, axis=axis, keepdims=keepdims), first)


def _stored(initial: Any, dtype: Any) -> Any:
    """Return a value as NumPy stores it in an array: one that does not fit raises."""
    first = np.empty((), dtype)
    first[()] = initial
    return first
