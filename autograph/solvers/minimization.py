"""Minimisation: `minimize`, by Newton's method or the one of Broyden, Fletcher and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.derivatives import grad, hessian, value_and_grad
from autograph.directions import stop_gradient
from autograph.errors import ConvergenceError
from autograph.solvers.equations import solution, started
from autograph.solvers.solver import solver


@solver
def minimize(
    f: Callable[..., Any],
    x0: Any,
    *args: Any,
    method: str = "bfgs",
    tol: float = 1e-9,
    max_iter: int = 1000,
) -> Any:
    """Return where `f(x, *args)` has a minimum, by descending from `x0`.

    The derivatives by `args`, and by all that `f` reads around it, are those of the exact minimum,
    of any order; by `x0` they are zero. They need the second derivatives of `f`. To differentiate
    a minimum found by other means, such as by `scipy.optimize.minimize`, write
    `ag.solution(ag.grad(f), x, *args)`.

    Args:
        f: A smooth function of x, and of more, that returns a float.
        x0: Where to begin: an array of any shape, or a number.
        *args: Further arguments of `f`.
        method: "bfgs" needs gradients; "newton" needs the Hessian, and fewer steps.
        tol: How small a gradient ends the descent, relative to 1 + abs(f(x)).
        max_iter: How many steps there may be.

    Raises:
        ConvergenceError: If there were as many steps, or no step leads further down.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.minimize(lambda x: np.cosh(x - 2.0), 0.0)
        2.0
    """
    if method not in ("bfgs", "newton"):
        raise ValueError(f'method is "bfgs" or "newton", not {method!r}')
    x, held = started(x0), stop_gradient(args)
    value, slope = value_and_grad(f)(x, *held)
    inverse = np.eye(np.size(x))
    steps = 0
    while not np.max(np.abs(slope)) <= tol * (1 + abs(value)):
        if steps == max_iter:
            raise ConvergenceError("minimize found no minimum within max_iter steps")
        if method == "newton":
            step = downhill(hessian(f)(x, *held), slope)
        else:
            step = shaped(-np.dot(inverse, flat(slope)), x)
        moved, value, found = searched(f, x, held, step, value, slope)
        if method == "bfgs":
            improve(inverse, flat(moved - x), flat(found - slope), steps == 0)
        x, slope = moved, found
        steps += 1
    return solution(grad(f), x, *args)


def flat(x: Any) -> Any:
    """Return a number or an array as a vector."""
    return np.reshape(x, np.size(x))


def shaped(vector: Any, like: Any) -> Any:
    """Return a vector as a number or an array of another one's shape."""
    return np.reshape(vector, np.shape(like)) if np.ndim(like) else vector[0]


def downhill(curvature: Any, slope: Any) -> Any:
    """Return the step of Newton's method, with curvatures taken as positive."""
    n = np.size(slope)
    values, vectors = np.linalg.eigh(np.reshape(curvature, (n, n)))
    values = np.maximum(np.abs(values), 1e-10 * (1e-10 + np.max(np.abs(values))))
    return shaped(-np.dot(vectors, np.dot(vectors.T, flat(slope)) / values), slope)


def searched(f: Any, x: Any, held: Any, step: Any, value: Any, slope: Any) -> Any:
    """Return a point along a step, its value and gradient, that satisfies the conditions of Wolfe.

    Source: A. S. Lewis, M. L. Overton, Mathematical Programming 141 (2013) 135-163.
    """
    along = np.sum(slope * step)
    low, high, part, trials = 0.0, np.inf, 1.0, 0
    while True:
        moved = x + part * step
        lower, found = value_and_grad(f)(moved, *held)
        far = not lower <= value + 1e-4 * part * along + 1e-14 * abs(value)
        if not far and np.sum(found * step) >= 0.9 * along:
            break
        if trials == 60:
            raise ConvergenceError("minimize stands still: no step leads further down")
        low, high = (low, part) if far else (part, high)
        part = 2 * low if high == np.inf else (low + high) / 2
        trials += 1
    return moved, lower, found


def improve(inverse: Any, step: Any, change: Any, is_first: Any) -> None:
    """Make an approximate inverse Hessian right for one more step, in place."""
    along = np.sum(step * change)
    if along > 0:
        if is_first:
            inverse *= along / np.sum(change * change)
        ahead = np.dot(inverse, change)
        inverse += np.outer(step, step) * ((1 + np.sum(change * ahead) / along) / along)
        inverse -= (np.outer(step, ahead) + np.outer(ahead, step)) / along
