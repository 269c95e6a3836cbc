"""Numerical derivatives of plain functions: what gradients are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from examples.compare import Arguments, fresh


def directional_difference(
    function: Callable[..., Any], arguments: Arguments, argnum: int, direction: Any, step: float
) -> float:
    """Return the derivative of `function` along `direction` in one argument.

    Central differences at `step` and twice `step`, combined so that the error falls with the
    fourth power of `step`.
    """

    def at(distance: float) -> float:
        moved = list(fresh(arguments))
        moved[argnum] = moved[argnum] + distance * direction
        return float(function(*moved))

    near, far = at(step) - at(-step), at(2 * step) - at(-2 * step)
    return (8 * near - far) / (12 * step)


def difference_gradient(
    function: Callable[..., Any], arguments: Arguments, argnum: int, step: float = 3e-4
) -> np.ndarray:
    """Return the gradient by one argument, one component at a time; df/dx + i df/dy by x + iy."""
    shape, is_complex = np.shape(arguments[argnum]), np.iscomplexobj(arguments[argnum])
    gradient = np.zeros(shape, complex if is_complex else float)
    for index in np.ndindex(shape):
        for unit in (1.0, 1.0j) if is_complex else (1.0,):
            direction = np.zeros_like(gradient)
            direction[index] = unit
            along = direction if shape else unit
            slope = directional_difference(function, arguments, argnum, along, step)
            gradient[index] += slope * unit
    return gradient
