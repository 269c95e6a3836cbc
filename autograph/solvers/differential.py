"""Ordinary differential equations: `odeint`, by the method of Dormand and Prince.

The derivative is that of the steps that were made (the discrete adjoint): what the solver returns
is differentiated through them, with their lengths taken as constant. A rejected step has no part.

Source: E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I (1993),
sections II.4 to II.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.directions import stop_gradient
from autograph.errors import ConvergenceError
from autograph.solvers.equations import checked, started
from autograph.solvers.solver import solver


@solver
def odeint(
    f: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    max_steps: int = 100000,
) -> Any:
    """Return the solution of dy/dt = f(y, t, *args) at times t, which starts at y0.

    Steps are as long as the tolerances allow; between their ends the solution is a polynomial. The
    derivatives by `y0`, `t`, `args`, and all that `f` reads around it are those of the steps.

    Args:
        f: The right-hand side: of the state, the time and more; returns the shape of the state.
        y0: The state at t[0]: an array of any shape, or a number.
        t: Times `(n,)`, all ascending or all descending.
        *args: Further arguments of `f`.
        rtol: The error allowed in a step, relative to the state.
        atol: The error allowed in a step where the state is zero.
        max_steps: How many steps there may be.

    Returns:
        The states `(n, ...)`.

    Raises:
        ConvergenceError: If there were as many steps, or they became too short.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.odeint(lambda y, t: -y, 1.0, np.array([0.0, 1.0, 2.0])).round(6)
        array([1.      , 0.367879, 0.135335])
    """
    t, y = np.asarray(t) * 1.0, started(y0)
    if np.ndim(t) != 1 or len(t) == 0:
        raise ValueError("the times of odeint are a vector of at least one")
    heading = 1.0 if t[-1] >= t[0] else -1.0
    if np.any(np.diff(t) * heading < 0):
        raise ValueError("the times of odeint must be all ascending or all descending")
    now, end = t[0], stop_gradient(t[-1])
    slope = rate(f, y, now, args)
    step = first_step(f, y, now, slope, args, rtol, atol) * heading
    states = np.empty((len(t), *np.shape(y)))
    states[0] = y
    known, steps = 1, 0
    while known < len(t):
        if steps == max_steps:
            raise ConvergenceError("odeint has made max_steps steps")
        left = end - stop_gradient(now)
        step = heading * np.minimum(abs(step), abs(left))
        after, miss, slope_after, inside = stepped(f, y, now, step, slope, args)
        error = deviation(miss, y, after, rtol, atol)
        is_good = error <= 1.0
        if not is_good and abs(step) <= 1e-14 * abs(now):
            raise ConvergenceError("odeint needs steps that are too short to move time")
        later = now + step
        while is_good and known < len(t) and (t[known] - later) * heading <= 1e-14 * abs(step):
            part = (t[known] - now) / step
            states[known] = between(part, y, after, step, slope, slope_after, inside)
            known += 1
        y = np.where(is_good, after, y)[()]
        slope = np.where(is_good, slope_after, slope)[()]
        now = np.where(is_good, later, now)[()]
        step = step * growth(error)
        steps += 1
    return states


def rate(f: Any, y: Any, time: Any, args: Any) -> Any:
    """Return the right-hand side."""
    return checked(y, f(y, time, *args))


def stepped(f: Any, y: Any, now: Any, h: Any, k1: Any, args: Any) -> Any:
    """Return the state after a step, its error, the slope there, and what `between` needs."""
    k2 = rate(f, y + h * (k1 / 5), now + h / 5, args)
    k3 = rate(f, y + h * (3 / 40 * k1 + 9 / 40 * k2), now + 3 / 10 * h, args)
    moved = y + h * (44 / 45 * k1 - 56 / 15 * k2 + 32 / 9 * k3)
    k4 = rate(f, moved, now + 4 / 5 * h, args)
    moved = y + h * (19372 / 6561 * k1 - 25360 / 2187 * k2 + 64448 / 6561 * k3 - 212 / 729 * k4)
    k5 = rate(f, moved, now + 8 / 9 * h, args)
    moved = y + h * (
        9017 / 3168 * k1 - 355 / 33 * k2 + 46732 / 5247 * k3 + 49 / 176 * k4 - 5103 / 18656 * k5
    )
    k6 = rate(f, moved, now + h, args)
    after = y + h * (
        35 / 384 * k1 + 500 / 1113 * k3 + 125 / 192 * k4 - 2187 / 6784 * k5 + 11 / 84 * k6
    )
    k7 = rate(f, after, now + h, args)
    error = h * (
        71 / 57600 * k1
        - 71 / 16695 * k3
        + 71 / 1920 * k4
        - 17253 / 339200 * k5
        + 22 / 525 * k6
        - k7 / 40
    )
    inside = h * (
        -12715105075 / 11282082432 * k1
        + 87487479700 / 32700410799 * k3
        - 10690763975 / 1880347072 * k4
        + 701980252875 / 199316789632 * k5
        - 1453857185 / 822651844 * k6
        + 69997945 / 29380423 * k7
    )
    return after, error, k7, inside


def between(part: Any, y: Any, after: Any, h: Any, k1: Any, k7: Any, inside: Any) -> Any:
    """Return the state in a step, after a part of it."""
    change, rest = after - y, 1.0 - part
    first = h * k1 - change
    last = change - h * k7 - first
    return y + part * (change + rest * (first + part * (last + rest * inside)))


def deviation(error: Any, before: Any, after: Any, rtol: Any, atol: Any) -> Any:
    """Return the size of an error in multiples of what is allowed, a constant."""
    largest = np.maximum(np.abs(stop_gradient(before)), np.abs(stop_gradient(after)))
    return np.sqrt(np.mean((stop_gradient(error) / (atol + rtol * largest)) ** 2))


def growth(error: Any) -> Any:
    """Return how much longer the next step is, by the error of this one."""
    known = np.where(error < np.inf, error, np.inf)[()]
    return np.clip(0.9 * np.maximum(known, 1e-9) ** -0.2, 0.2, 10.0)


def first_step(f: Any, y: Any, now: Any, slope: Any, args: Any, rtol: Any, atol: Any) -> Any:
    """Return the length of a first step that is not too long, a constant."""
    y, slope, now, args = stop_gradient((y, slope, now, args))
    size, speed = deviation(y, y, y, rtol, atol), deviation(slope, y, y, rtol, atol)
    short = np.where(np.minimum(size, speed) > 1e-5, 0.01 * size / speed, 1e-6)[()]
    turned = rate(f, y + short * slope, now + short, args)
    bend = deviation(turned - slope, y, y, rtol, atol) / short
    longer = (0.01 / np.maximum(np.maximum(speed, bend), 1e-15)) ** 0.2
    return np.minimum(100 * short, longer)
