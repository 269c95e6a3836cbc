"""Equations: `root`, `fixed_point`, and `solution`, which gives their derivatives.

Where F(x, a) = 0, small changes of a and x go together by F_x dx + F_a da = 0. So the derivative of
x needs F at the solution only, however that was found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.custom import custom_gradient
from autograph.derivatives import jacobian
from autograph.directions import closed, is_differentiated, jvp, stop_gradient, vjp
from autograph.errors import ConvergenceError
from autograph.solvers.solver import solver


def solve_jacobian(slope: Any, b: Any, transposed: bool) -> Any:
    """Return the solution of J x = b, or J^T x = b, for the Jacobian by an array of any shape."""
    if np.ndim(b) == 0:
        if slope == 0:
            raise np.linalg.LinAlgError("Singular matrix")
        return b / slope
    matrix = np.reshape(slope, (np.size(b), np.size(b)))
    flat = np.linalg.solve(matrix.T if transposed else matrix, np.reshape(b, np.size(b)))
    return np.reshape(flat, np.shape(b))


def pulled(g: Any, y: Any, x: Any, residual: Any, around: Any) -> Any:
    """Return the cotangent of what is around an equation, given that of its solution."""
    slope = jacobian(lambda y: residual(y, *around))(y)
    g = solve_jacobian(slope, g, True)
    _, pull = vjp(lambda *around: residual(y, *around), *around)
    return None, None, pull(-g)


def pushed(
    t: Any, t_residual: Any, t_around: Any, y: Any, x: Any, residual: Any, around: Any
) -> Any:
    """Return the tangent of the solution of an equation, given that of what is around it."""
    slope = jacobian(lambda y: residual(y, *around))(y)
    _, change = jvp(lambda *around: residual(y, *around), around, t_around)
    return -solve_jacobian(slope, change, False)


solved = custom_gradient(lambda x, residual, around: x, vjp=pulled, jvp=pushed)


def checked(x: Any, residual: Any) -> Any:
    """Return what a function is at a point; it must have the shape of the point."""
    residual = np.asarray(residual) if np.ndim(x) else residual
    if np.shape(residual) != np.shape(x):
        raise ValueError(
            f"the function returns shape {np.shape(residual)} for one of shape {np.shape(x)}"
        )
    return residual


@solver
def solution(f: Callable[..., Any], x: Any, *args: Any) -> Any:
    """Return `x`, differentiated as the solution of `f(x, *args) = 0` that it is.

    Use it on what a solver of any kind found.

    Args:
        f: A function of x, and of more, that returns as many floats as there are in x.
        x: Where it is zero: an array of any shape, or a number.
        *args: What x depends on. What `f` reads around it counts, too.

    Example:
        >>> import autograph as ag
        >>> ag.grad(lambda a: ag.solution(lambda x: x * x - a, 3.0))(9.0)
        0.16666666666666666
    """
    x = stop_gradient(x)
    if not is_differentiated():
        return x
    residual, around = closed(lambda x: checked(x, f(x, *args)), x)
    return solved(x, residual, around) if around else x


@solver
def root(
    f: Callable[..., Any], x0: Any, *args: Any, tol: float = 1e-12, max_iter: int = 100
) -> Any:
    """Return the solution of `f(x, *args) = 0` that Newton's method finds.

    Steps are halved until the residual shrinks. The derivatives by `args`, and by all that `f`
    reads around it, are those of the exact solution, of any order; by `x0` they are zero.

    Args:
        f: A function of x, and of more, that returns as many floats as there are in x.
        x0: Where to begin: an array of any shape, or a number.
        *args: Further arguments of `f`.
        tol: How small a step ends the search, relative to 1 + max(abs(x)).
        max_iter: How many steps there may be.

    Raises:
        ConvergenceError: If there were as many steps, or no step makes the residual smaller.
        numpy.linalg.LinAlgError: If the Jacobian is singular on the way.

    Example:
        >>> import autograph as ag
        >>> ag.root(lambda x, a: x * x - a, 1.0, 9.0)
        3.0
    """
    x, held = started(x0), stop_gradient(args)
    residual = checked(x, f(x, *held))
    slopes = jacobian(lambda x, *args: checked(x, f(x, *args)))
    steps, done = 0, False
    while not done:
        if steps == max_iter:
            raise ConvergenceError("root found no solution within max_iter steps")
        step = solve_jacobian(slopes(x, *held), residual, False)
        done = bool(np.max(np.abs(step)) <= tol * (1 + np.max(np.abs(x))))
        size, part = np.sum(residual * residual), 1.0
        while True:
            moved = x - part * step
            residual = checked(x, f(moved, *held))
            if done or np.sum(residual * residual) < size:
                break
            part = part / 2
            if part < 1e-10:
                raise ConvergenceError("root stands still: no step of Newton's method helps")
        x = moved
        steps += 1
    return solution(f, x, *args)


@solver
def fixed_point(
    f: Callable[..., Any],
    x0: Any,
    *args: Any,
    tol: float = 1e-10,
    max_iter: int = 10000,
    derivative: str = "solve",
) -> Any:
    """Return the solution of `x = f(x, *args)` that repeated application of f leads to.

    The derivatives by `args`, and by all that `f` reads around it, are those of the exact solution;
    by `x0` they are zero.

    Args:
        f: A function of x, and of more, that returns as many floats as there are in x.
        x0: Where to begin: an array of any shape, or a number.
        *args: Further arguments of `f`.
        tol: How small a change ends the iteration, relative to 1 + max(abs(x)).
        max_iter: How many iterations there may be.
        derivative: "solve" makes the whole Jacobian and solves with it; right to any order.
            "iterate" repeats products with the Jacobian, for x with many elements; first
            derivatives are then as close as `tol` says.

    Raises:
        ConvergenceError: If there were as many iterations.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> round(ag.grad(lambda a: ag.fixed_point(lambda x: np.cos(a * x), 1.0))(1.0), 9)
        -0.297473248
    """
    if derivative not in ("solve", "iterate"):
        raise ValueError(f'derivative is "solve" or "iterate", not {derivative!r}')
    x, held = started(x0), stop_gradient(args)
    count, change = 0, np.inf
    while not change <= tol * (1 + np.max(np.abs(x))):
        if count == max_iter:
            raise ConvergenceError("fixed_point did not settle within max_iter iterations")
        moved = checked(x, f(x, *held))
        change = np.max(np.abs(moved - x))
        if not np.isfinite(change):
            raise ConvergenceError("fixed_point diverges: an iteration is not finite")
        x = moved
        count += 1
    if derivative == "solve":
        return solution(lambda x: x - f(x, *args), x)
    x = stop_gradient(x)
    if not is_differentiated():
        return x
    function, around = closed(lambda x: f(x, *args), x)
    return settled(x, function, around, tol, count) if around else x


def started(x0: Any) -> Any:
    """Return where a search begins: NumPy's floats, and none of the caller's."""
    return np.multiply(x0, 1.0)


def summed(push: Callable[[Any], Any], first: Any, tol: Any, count: Any) -> Any:
    """Return the sum of `first` and what `push` makes of it again and again.

    There are at least as many terms as the solution took iterations: what is first may be zero, and
    yet be varied by a derivative of this.
    """
    total, made, change = first, 0, np.inf
    while not (change <= tol * (1 + np.max(np.abs(total))) and made >= count):
        if made == 10 * count + 1000:
            raise ConvergenceError("the derivative of fixed_point does not settle")
        moved = first + push(total)
        change = np.max(np.abs(moved - total))
        if not np.isfinite(change):
            raise ConvergenceError("the derivative of fixed_point diverges")
        total = moved
        made += 1
    return total


def pulled_by_iterating(
    g: Any, y: Any, x: Any, function: Any, around: Any, tol: Any, count: Any
) -> Any:
    """Do what `pulled` does, for the solution of x = function(x)."""
    g = summed(lambda w: vjp(lambda y: function(y, *around), y)[1](w)[0], g, tol, count)
    _, pull = vjp(lambda *around: function(y, *around), *around)
    return None, None, pull(g), None, None


def pushed_by_iterating(
    t: Any,
    t_function: Any,
    t_around: Any,
    t_tol: Any,
    t_count: Any,
    y: Any,
    x: Any,
    function: Any,
    around: Any,
    tol: Any,
    count: Any,
) -> Any:
    """Do what `pushed` does, for the solution of x = function(x)."""
    _, first = jvp(lambda *around: function(y, *around), around, t_around)
    return summed(lambda w: jvp(lambda y: function(y, *around), (y,), (w,))[1], first, tol, count)


settled = custom_gradient(
    lambda x, function, around, tol, count: x, vjp=pulled_by_iterating, jvp=pushed_by_iterating
)
