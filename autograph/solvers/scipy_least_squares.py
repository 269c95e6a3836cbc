"""Least squares by `scipy.optimize`, which calls the compiled function, and their derivatives.

The numbers are SciPy's. A minimum is differentiated as the point where the gradient is zero, but in
directions in which a bound holds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.derivatives import grad
from autograph.frontend import (
    DOUBLE,
    LONG,
    called_as,
    calls_back,
    has_effects,
    library_object,
    on_host,
    parameter_count,
    shaped,
)
from autograph.solvers.scipy_arguments import differentiated_as, refuse_option, with_arguments
from autograph.solvers.scipy_equations import is_whole
from autograph.solvers.scipy_minimization import at_minimum

MESSAGES = (
    "`gtol` termination condition is satisfied.",
    "`ftol` termination condition is satisfied.",
    "`xtol` termination condition is satisfied.",
    "Both `ftol` and `xtol` termination conditions are satisfied.",
    "The maximum number of function evaluations is exceeded.",
)


@calls_back("scipy.optimize._lsq.least_squares.least_squares")
def least_squares(
    scipy: Any,
    fun: Any,
    x0: Any,
    jac: Any = "2-point",
    bounds: Any = (-np.inf, np.inf),
    method: Any = "trf",
    loss: Any = "linear",
    args: Any = (),
    kwargs: Any = None,
    callback: Any = None,
    **options: Any,
) -> Any:
    if callback is not None or kwargs is not None or jac == "cs" or callable(loss):
        refuse_option(scipy, 'callback, kwargs, jac="cs" or a function as loss', "args=(...)")
    f = with_arguments(fun, args)
    n = np.size(x0)
    way = ((shaped((n,)),),)
    given = {"bounds": bounds, "method": method, "loss": loss, **options}
    given["jac"] = called_as(with_arguments(jac, args), way) if callable(jac) else jac
    count = None if has_effects(f, way) else rows_of(f, x0)
    low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    is_free = np.ndim(low) == 0 and np.ndim(high) == 0 and is_endless(low, high)
    results = {
        "x": shaped((n,)),
        "cost": np.float64,
        "fun": shaped((count,)),
        "jac": shaped((count, n)),
        "grad": shaped((n,)),
        "optimality": np.float64,
        "active_mask": shaped((n,), np.float64 if is_free and method == "trf" else np.int64),
        "nfev": int,
        "njev": int,
        "status": int,
        "message": str,
        "success": bool,
    }
    texts = {"message": MESSAGES}
    smooth = ("x", "cost", "fun") if loss == "linear" else ()
    if method == "lm" and not callable(jac):
        results.pop("njev")
    found = on_host(scipy, (called_as(f, way, "the residual"), x0), given, results, texts, smooth)
    if "njev" not in found:
        last = {name: found.pop(name) for name in ("status", "message", "success")}
        found = {**found, "njev": None, **last}
    if loss == "linear":
        edges = (None, None) if is_free else (np.broadcast_to(low, n), np.broadcast_to(high, n))
        x = at_minimum(found["x"], grad(half_of_squares(f)), *edges)
        found["fun"] = differentiated_as(found["fun"], lambda: np.ravel(np.asarray(f(x))))
        found["cost"] = differentiated_as(found["cost"], lambda: half_of_squares(f)(x))
        found["x"] = x
    return library_object("scipy.optimize", "OptimizeResult", found)


def rows_of(f: Any, x0: Any) -> Any:
    """Return how many residuals there are."""
    return np.size(np.asarray(f(np.asarray(x0) * 1.0)))


def is_endless(low: Any, high: Any) -> Any:
    """Return whether bounds are none."""
    return low == -np.inf and high == np.inf


def half_of_squares(f: Any) -> Any:
    """Return the function that is least."""

    def value(x: Any) -> Any:
        residuals = np.asarray(f(x))
        return 0.5 * np.sum(residuals * residuals)

    return value


@calls_back("scipy.optimize._minpack_py.curve_fit")
def curve_fit(
    scipy: Any,
    f: Any,
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: Any = False,
    check_finite: Any = None,
    bounds: Any = (-np.inf, np.inf),
    method: Any = None,
    jac: Any = None,
    *,
    full_output: Any = False,
    nan_policy: Any = None,
    **options: Any,
) -> Any:
    if full_output or nan_policy is not None or callable(jac):
        refuse_option(scipy, "full_output, nan_policy or a function as jac", "p, cov = curve_fit()")
    count = parameter_count(f) - 1 if p0 is None else np.size(p0)
    n = int(count)
    at = np.asarray(xdata) * 1.0
    position = shaped(np.shape(at))
    ways: Any = ((position, *(DOUBLE,) * n),)
    if p0 is not None and is_whole(p0):
        ways = (*ways, (position, *(LONG,) * n))
    given = {"p0": np.ones(n) if p0 is None else p0, "sigma": sigma, "bounds": bounds}
    given = {**given, "absolute_sigma": absolute_sigma, "method": method, **options}
    if check_finite is not None:
        given["check_finite"] = check_finite
    low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    free = np.ndim(low) == 0 and np.ndim(high) == 0 and is_endless(low, high)
    if p0 is None and not free:
        refuse_option(scipy, "bounds without p0", "curve_fit(f, x, y, p0=..., bounds=...)")
    results = (shaped((n,)), shaped((n, n)))
    model = called_as(f, ways, "the model")
    found, covariance = on_host(scipy, (model, xdata, ydata), given, results, constant=(0,))
    edges = (None, None) if free else (np.broadcast_to(low, n), np.broadcast_to(high, n))

    def missed(p: Any) -> Any:
        misses = f(at, *[p[k] for k in range(n)]) - ydata
        if sigma is None:
            return misses
        if np.ndim(sigma) < 2:
            return misses / sigma
        return np.linalg.solve(np.linalg.cholesky(sigma), misses)

    return at_minimum(found, grad(half_of_squares(missed)), *edges), covariance
