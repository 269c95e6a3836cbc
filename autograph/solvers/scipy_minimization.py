"""Minima found by `scipy.optimize`, which calls the compiled function, and their derivatives.

The numbers are SciPy's. A minimum is differentiated as the point where the gradient is zero, but in
directions in which a bound holds it: there it moves with the bound.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.derivatives import grad
from autograph.directions import is_differentiated, stop_gradient
from autograph.frontend import (
    DOUBLE,
    LONG,
    NUMBER,
    Lost,
    called_as,
    calls_back,
    library_object,
    names_of_parameters,
    on_host,
    shaped,
)
from autograph.solvers.equations import solution
from autograph.solvers.scipy_arguments import differentiated_as, refuse_option, with_arguments

OF_MOST = (
    "Optimization terminated successfully.",
    "Maximum number of iterations has been exceeded.",
    "Desired error not necessarily achieved due to precision loss.",
)
OF_METHODS = {
    "Nelder-Mead": (*OF_MOST[:2], "Maximum number of function evaluations has been exceeded."),
    "Powell": (*OF_MOST[:2], "Maximum number of function evaluations has been exceeded."),
    "L-BFGS-B": (
        "CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL",
        "CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH",
        "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT",
        "ABNORMAL: ",
    ),
    "TNC": (
        "Local minimum reached (|pg| ~= 0)",
        "Converged (|f_n-f_(n-1)| ~= 0)",
        "Converged (|x_n-x_(n-1)| ~= 0)",
        "Max. number of function evaluations reached",
    ),
    "SLSQP": (
        "Optimization terminated successfully",
        "Inequality constraints incompatible",
        "Positive directional derivative for linesearch",
        "Iteration limit reached",
    ),
    "COBYLA": (
        "Return from COBYLA because the trust region radius reaches its lower bound.",
        "Return from COBYLA because the objective function has been evaluated MAXFUN times.",
    ),
    "bounded": ("Solution found.", "Maximum number of function calls reached."),
}
"""What SciPy says of a minimum; where it says something else, the call runs as plain Python."""

OF_NEWTON = "x success status fun jac nfev njev nhev nit message hess"
ATTRIBUTES = {
    "Nelder-Mead": "fun nit nfev status success message x final_simplex",
    "Powell": "fun direc nit nfev status success message x",
    "CG": "fun jac nfev njev status success message x nit",
    "BFGS": "fun jac hess_inv nfev njev status success message x nit",
    "Newton-CG": "fun jac nfev njev nhev status success message x nit",
    "L-BFGS-B": "fun jac nfev njev nit status message x success hess_inv",
    "TNC": "x fun jac nfev nit status message success",
    "COBYLA": "x status success message nfev fun maxcv",
    "SLSQP": "x fun jac nit nfev njev status message success multipliers",
    **dict.fromkeys(("dogleg", "trust-ncg", "trust-krylov", "trust-exact"), OF_NEWTON),
    "line": "fun x nit nfev success message",
    "golden": "fun nfev x nit success message",
    "bounded": "fun status success message x nfev nit",
}
"""The attributes of a minimum in SciPy's order, by method."""

LOST = {("Nelder-Mead", "final_simplex"), ("L-BFGS-B", "hess_inv"), ("SLSQP", "multipliers")}
"""Attributes that cannot be had in a traced program."""


def messages_of(method: Any) -> Any:
    """Return what SciPy says of a minimum found by a method, in most cases."""
    return OF_METHODS.get(method, OF_MOST)


def attributes_of(method: Any, point: Any, square: Any) -> Any:
    """Return the types of the attributes of a minimum found by a method."""
    types = {"x": point, "jac": point, "direc": square, "hess_inv": square, "hess": square}
    types = {**types, "success": bool, "message": str, "maxcv": np.float64}
    types["fun"] = np.float64 if method in ("Nelder-Mead", "COBYLA") else NUMBER
    for name in ("nfev", "njev", "nhev", "nit", "status"):
        types[name] = np.int64 if (method, name) == ("COBYLA", "nfev") else int
    names = ATTRIBUTES[method].split(" ")
    return {name: types[name] for name in names if (method, name) not in LOST}


def minimum(method: Any, found: Any) -> Any:
    """Return the result of a minimizer."""
    names = ATTRIBUTES[method].split(" ")
    attributes = {name: Lost if (method, name) in LOST else found[name] for name in names}
    return library_object("scipy.optimize", "OptimizeResult", attributes)


@calls_back("scipy.optimize._minimize.minimize")
def minimize(
    scipy: Any,
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    if method is None:
        method = "SLSQP" if constraints else "BFGS" if bounds is None else "L-BFGS-B"
    known = [name for name in ATTRIBUTES if name.lower() == method.lower()]
    if len(known) == 0 or jac == "cs":
        refuse_option(scipy, f"method={method!r}, jac={jac!r}", 'method="BFGS" or "L-BFGS-B"')
    way = ((shaped((np.size(x0),)),),)
    f = with_arguments(fun, args)
    given = {"method": method, "bounds": bounds, "tol": tol, "options": options}
    for name, g in (("jac", jac), ("hess", hess), ("hessp", hessp)):
        if g is not None:
            ways = (way[0] + way[0],) if name == "hessp" else way
            given[name] = called_as(with_arguments(g, args), ways) if callable(g) else g
    if callback is not None:
        if "intermediate_result" in names_of_parameters(callback):
            refuse_option(scipy, "callback(intermediate_result)", "callback(xk)")
        given["callback"] = called_as(callback, way, "the callback")
    if constraints:
        given["constraints"] = constrained(constraints, way)
    n = np.size(x0)
    results = attributes_of(known[0], shaped((n,)), shaped((n, n)))
    texts = {"message": messages_of(known[0])}
    smooth = () if constraints else ("x", "fun")
    found = on_host(scipy, (called_as(f, way), x0), given, results, texts, smooth)
    if not constraints:
        slope = with_arguments(jac, args) if callable(jac) else grad(value_of(f, jac))
        low, high = (None, None) if bounds is None else limits(bounds)
        found["x"] = at_minimum(found["x"], slope, low, high)
        found["fun"] = differentiated_as(found["fun"], lambda: value_of(f, jac)(found["x"]))
    return minimum(known[0], found)


def constrained(constraints: Any, way: Any) -> Any:
    """Return constraints with functions that a library can call."""
    made = []
    for given in [constraints] if isinstance(constraints, dict) else constraints:
        constraint = dict(given)
        args = constraint.pop("args", ())
        for name in ("fun", "jac"):
            if name in constraint and callable(constraint[name]):
                constraint[name] = called_as(with_arguments(constraint[name], args), way)
        made.append(constraint)
    return made


# ---------------------------------------------------------------- derivatives


def value_of(f: Any, jac: Any) -> Any:
    """Return the function whose value is a number."""

    def value(x: Any) -> Any:
        found = f(x)[0] if jac is True else f(x)
        return np.sum(found) if np.ndim(found) else found

    return value


def at_minimum(x: Any, slope: Any, low: Any, high: Any) -> Any:
    """Return a minimum with its derivatives, given the gradient of the function."""
    x = stop_gradient(x)
    if not is_differentiated():
        return x
    if low is None:
        return solution(slope, x)
    # A bound holds what would cross it along the gradient, also if x is not quite there.
    downhill = stop_gradient(x - slope(x))
    below, above = downhill < low, downhill > high

    def residual(x: Any) -> Any:
        inside = np.where(below, x - np.where(below, low, 0.0), slope(x))
        return np.where(above, x - np.where(above, high, 0.0), inside)[()]

    return solution(residual, x)


def limits(bounds: Any) -> Any:
    """Return the lower and the upper bounds as arrays."""
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    pairs = [(low, high) for low, high in bounds]
    return (
        np.array([-np.inf if low is None else low for low, _ in pairs]),
        np.array([np.inf if high is None else high for _, high in pairs]),
    )


@calls_back("scipy.optimize._minimize.minimize_scalar")
def minimize_scalar(
    scipy: Any,
    fun: Any,
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: Any = None,
    tol: Any = None,
    options: Any = None,
) -> Any:
    f = with_arguments(fun, args)
    given = {"bracket": bracket, "bounds": bounds, "method": method, "tol": tol}
    given["options"] = options
    name = "bounded" if bounds is not None else "golden" if method == "golden" else "line"
    results = {**attributes_of(name, np.float64, None), "fun": np.float64}
    ways = ((DOUBLE,), (LONG,)) if bracket is not None else ((DOUBLE,),)
    if bounds is None:
        texts = {"message": said_on_lines(tol, options)}
    else:
        texts = {"message": messages_of("bounded")}
    found = on_host(scipy, (called_as(f, ways),), given, results, texts, ("x", "fun"))
    low, high = (None, None) if bounds is None else bounds
    found["x"] = at_minimum(found["x"], grad(f), low, high)
    found["fun"] = differentiated_as(found["fun"], lambda: f(found["x"]))
    return minimum(name, found)


def said_on_lines(tol: Any, options: Any) -> Any:
    """Return what SciPy says of a minimum along a line, found without bounds."""
    given = {"xtol": 1.48e-8} if options is None else {"xtol": 1.48e-8, **options}
    xtol = given["xtol"] if tol is None else tol
    return (
        "\nOptimization terminated successfully;\nThe returned value satisfies the termination "
        f"criteria\n(using xtol = {xtol} )",
        "\nMaximum number of iterations exceeded",
    )
