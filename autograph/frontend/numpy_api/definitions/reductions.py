"""Reductions of some elements only, or that begin with a value, as plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def total(x: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.sum` with `initial` or `where` does."""
    x = np.asarray(x)
    found = np.sum(np.where(where, x, np.zeros((), x.dtype)), axis, dtype, keepdims=keepdims)
    return found + np.asarray(initial).astype(found.dtype)


def product(x: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.prod` with `initial` or `where` does."""
    x = np.asarray(x)
    found = np.prod(np.where(where, x, np.ones((), x.dtype)), axis, dtype, keepdims=keepdims)
    return found * np.asarray(initial).astype(found.dtype)


def largest(x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.max` with `initial` does."""
    x = np.asarray(x)
    first = np.asarray(initial).astype(x.dtype)
    kept = np.where(where, x, first)
    if kept.size == 0:
        return _of_none(kept, axis, keepdims) + first
    return np.maximum(np.max(kept, axis=axis, keepdims=keepdims), first)


def smallest(x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Do what `np.min` with `initial` does."""
    x = np.asarray(x)
    first = np.asarray(initial).astype(x.dtype)
    kept = np.where(where, x, first)
    if kept.size == 0:
        return _of_none(kept, axis, keepdims) + first
    return np.minimum(np.min(kept, axis=axis, keepdims=keepdims), first)


def _of_none(x: Any, axis: Any, keepdims: bool) -> Any:
    """Return zeros in the shape of a reduction of an array without elements."""
    return np.sum(x, axis=axis, dtype=x.dtype, keepdims=keepdims)
