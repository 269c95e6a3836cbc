"""Extremes of complex arrays: NumPy compares real parts first, then imaginary parts."""

from __future__ import annotations

from typing import Any

import numpy as np


def argmax_of_complex(x: Any) -> Any:
    """Return `np.argmax` of a complex array, all axes taken as one."""
    return np.int64(_position(x.reshape(-1), True))


def argmin_of_complex(x: Any) -> Any:
    """Return `np.argmin` of a complex array, all axes taken as one."""
    return np.int64(_position(x.reshape(-1), False))


def max_of_complex(x: Any) -> Any:
    """Return `np.max` of a complex array, all axes taken as one."""
    x = x.reshape(-1)
    return x[_position(x, True)]


def min_of_complex(x: Any) -> Any:
    """Return `np.min` of a complex array, all axes taken as one."""
    x = x.reshape(-1)
    return x[_position(x, False)]


def _position(x: Any, largest: bool) -> Any:
    """Return the first position of the extreme, or of the first that is not a number."""
    if x.shape[0] == 0:
        raise ValueError("attempt to get an extreme of an empty sequence")
    at = 0
    for k in range(1, x.shape[0]):
        if np.isnan(x[at]):
            break
        if np.isnan(x[k]) or _is_better(x[k], x[at], largest):
            at = k
    return at


def _is_better(a: Any, b: Any, largest: bool) -> Any:
    if a.real == b.real:
        return a.imag > b.imag if largest else a.imag < b.imag
    return a.real > b.real if largest else a.real < b.real
