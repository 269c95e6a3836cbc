"""Positions at which a condition holds: arrays whose lengths are known only at run time."""

from __future__ import annotations

from typing import Any

from autograph.frontend.arrays.elementwise import as_operand
from autograph.frontend.arrays.masked import positions_where
from autograph.frontend.numpy_api.numpy_reduce import as_truth
from autograph.frontend.numpy_api.numpy_shape import as_array, ravel
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import Array, array, fail


def nonzero(a: Any) -> tuple[Array, ...]:
    """Return `np.nonzero`."""
    mask = as_truth(value_of(as_operand(a)))
    if not mask.ndim:
        fail("ValueError: Calling nonzero on 0d arrays is not allowed.")
    return tuple(map(array, positions_where(mask)))


def flatnonzero(a: Any) -> Array:
    """Return `np.flatnonzero`."""
    return nonzero(ravel(as_array(as_operand(a))))[0]
