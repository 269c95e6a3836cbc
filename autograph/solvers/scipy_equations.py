"""Roots found by `scipy.optimize`, which calls the compiled function, and their derivatives.

The numbers are SciPy's. What it found is differentiated as the solution of the equation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.directions import stop_gradient
from autograph.frontend import (
    DOUBLE,
    EITHER,
    FLOAT,
    INTEGER,
    called_as,
    calls_back,
    library_object,
    on_host,
    on_host_as_tried,
    shaped,
)
from autograph.solvers.equations import solution
from autograph.solvers.scipy_arguments import of_scipy, refuse_option, with_arguments


def all_of_roots() -> Any:
    """Return the function of SciPy that tells everything about a root."""
    return of_scipy("scipy.optimize", "root_scalar")


def with_all(found: Any, disp: Any) -> Any:
    """Return a root, and what is known about it."""
    if disp and not found.converged:
        raise RuntimeError("failed to converge")
    return found.root, found


def rooted(f: Any, found: Any) -> Any:
    """Return a root, and what else was found, with the derivatives of the root."""
    return (solution(f, stop_gradient(found[0])), *found[1:])


BRACKETED = ("brentq", "brenth", "bisect", "ridder")


@calls_back(*(f"scipy.optimize._zeros_py.{name}" for name in BRACKETED))
def bracketed(
    scipy: Any,
    f: Any,
    a: Any,
    b: Any,
    args: Any = (),
    xtol: Any = 2e-12,
    rtol: Any = 8.881784197001252e-16,
    maxiter: Any = 100,
    full_output: Any = False,
    disp: Any = True,
) -> Any:
    options = {"xtol": xtol, "rtol": rtol, "maxiter": maxiter, "disp": disp}
    return root_between(scipy, f, a, b, args, full_output, ((FLOAT,),), options, float)


@calls_back("scipy.optimize._zeros_py.toms748")
def toms748(
    scipy: Any,
    f: Any,
    a: Any,
    b: Any,
    args: Any = (),
    k: Any = 1,
    xtol: Any = 2e-12,
    rtol: Any = 8.881784197001252e-16,
    maxiter: Any = 100,
    full_output: Any = False,
    disp: Any = True,
) -> Any:
    options = {"k": k, "xtol": xtol, "rtol": rtol, "maxiter": maxiter, "disp": disp}
    ways = ((EITHER,), (INTEGER,))
    return root_between(scipy, f, a, b, args, full_output, ways, options, np.float64)


def root_between(
    scipy: Any,
    f: Any,
    a: Any,
    b: Any,
    args: Any,
    full_output: Any,
    ways: Any,
    options: Any,
    kind: Any,
) -> Any:
    """Return the root that a function of SciPy finds between two ends."""
    g = with_arguments(f, args)
    if full_output and "k" in options:
        refuse_option(scipy, "full_output=True", "root_scalar(f, bracket=(a, b))")
    if full_output:
        limits = {name: options[name] for name in ("xtol", "rtol", "maxiter")}
        found = root_scalar(all_of_roots(), g, method=scipy.__name__, bracket=(a, b), **limits)
        return with_all(found, options["disp"])
    return solution(g, on_host(scipy, (called_as(g, ways), a, b), options, kind, constant=(0,)))


@calls_back("scipy.optimize._zeros_py.newton")
def newton(
    scipy: Any,
    func: Any,
    x0: Any,
    fprime: Any = None,
    args: Any = (),
    tol: Any = 1.48e-8,
    maxiter: Any = 50,
    fprime2: Any = None,
    x1: Any = None,
    rtol: Any = 0.0,
    full_output: Any = False,
    disp: Any = True,
) -> Any:
    f = with_arguments(func, args)
    point = shaped(np.shape(x0)) if np.ndim(x0) else DOUBLE
    ways = ((point,),) if np.ndim(x0) or x1 is None else ((EITHER,), (INTEGER,))
    slopes = {
        name: None if g is None else called_as(with_arguments(g, args), ways)
        for name, g in (("fprime", fprime), ("fprime2", fprime2))
    }
    options = {"tol": tol, "maxiter": maxiter, "x1": x1, "rtol": rtol, "disp": disp, **slopes}
    result = shaped(np.shape(x0)) if np.ndim(x0) else np.float64
    if full_output:
        if np.ndim(x0):
            refuse_option(scipy, "full_output=True with an array", "scipy.optimize.root(f, x0)")
        method = "secant" if fprime is None else "newton" if fprime2 is None else "halley"
        given = {"fprime": fprime, "fprime2": fprime2, "x0": x0, "x1": x1}
        limits = {"xtol": tol, "rtol": rtol, "maxiter": maxiter}
        found = root_scalar(all_of_roots(), func, args, method, **given, **limits)
        return with_all(found, disp)
    return solution(f, on_host(scipy, (called_as(f, ways), x0), options, result, constant=(0,)))


FOUND = {"root": float, "iterations": int, "function_calls": int, "converged": bool}
FLAGS = ("converged", "sign error", "convergence error", "value error", "No error")


@calls_back("scipy.optimize._root_scalar.root_scalar")
def root_scalar(
    scipy: Any,
    f: Any,
    args: Any = (),
    method: Any = None,
    bracket: Any = None,
    fprime: Any = None,
    fprime2: Any = None,
    x0: Any = None,
    x1: Any = None,
    xtol: Any = None,
    rtol: Any = None,
    maxiter: Any = None,
    options: Any = None,
) -> Any:
    if fprime is True or fprime2 is True:
        refuse_option(scipy, "fprime=True", "fprime=... as a function of its own")
    g = with_arguments(f, args)
    if method is None:
        method = "brentq" if bracket is not None else "newton" if fprime is not None else "secant"
        method = "halley" if bracket is None and fprime2 is not None else method
    is_float = method in BRACKETED
    ways = ((FLOAT,),) if is_float else ((EITHER,), (INTEGER,))
    given = {"method": method, "bracket": bracket, "x0": x0, "x1": x1, "options": options}
    limits = {"xtol": xtol, "rtol": rtol, "maxiter": maxiter}
    slopes = {
        name: called_as(with_arguments(slope, args), ways)
        for name, slope in (("fprime", fprime), ("fprime2", fprime2))
        if slope is not None
    }
    results = {**FOUND, "root": float if is_float else np.float64, "flag": str, "method": str}
    texts = {"flag": FLAGS, "method": (method,)}
    given = {**given, **limits, **slopes}
    found = on_host(scipy, (called_as(g, ways),), given, results, texts, constant=("x", "root"))
    root = solution(g, found["root"])
    return library_object("scipy.optimize", "RootResults", {**found, "root": root})


@calls_back("scipy.optimize._minpack_py.fsolve")
def fsolve(
    scipy: Any,
    func: Any,
    x0: Any,
    args: Any = (),
    fprime: Any = None,
    full_output: Any = 0,
    **options: Any,
) -> Any:
    f = with_arguments(func, args)
    point = shaped((np.size(x0),))
    ways = ((point,), (shaped((np.size(x0),), np.int64),)) if is_whole(x0) else ((point,),)
    if fprime is not None:
        options = {**options, "fprime": called_as(with_arguments(fprime, args), ways)}
    if full_output:
        given = (called_as(f, ways), x0)
        return rooted(flat(f), on_host_as_tried(scipy, given, {**options, "full_output": True}))
    return solution(
        flat(f), on_host(scipy, (called_as(f, ways), x0), options, point, constant=(0,))
    )


def is_whole(x: Any) -> Any:
    """Return whether what a search begins with is made of integers."""
    return np.asarray(x).dtype.kind in "iu"


def flat(f: Any) -> Any:
    """Return a function whose result is a vector."""

    def function(x: Any) -> Any:
        return np.ravel(np.asarray(f(x)))

    return function


SOLVED = "The solution converged."


@calls_back("scipy.optimize._root.root")
def root(
    scipy: Any,
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    if callback is not None:
        refuse_option(scipy, "callback=...", "the loop yourself, or call it outside")
    if method not in ("hybr", "lm"):
        refuse_option(scipy, f"method={method!r}", 'method="hybr" or method="lm"')
    if jac is True:
        refuse_option(scipy, "jac=True", "jac=... as a function of its own")
    f = with_arguments(fun, args)
    n = np.size(x0)
    way = ((shaped((n,)),),)
    slope = called_as(with_arguments(jac, args), way) if callable(jac) else jac
    given = {"method": method, "jac": slope, "tol": tol, "options": options}
    point, square = shaped((n,)), shaped((n, n))
    types = {"x": point, "success": bool, "status": int, "message": str, "fun": point}
    types = {**types, "fjac": square, "cov_x": square, "ipvt": shaped((n,), np.int32)}
    types = {**types, "qtf": point, "r": shaped((n * (n + 1) // 2,)), "method": str}
    counts = "nfev" if jac is None else "nfev njev"
    names = OF_HYBR if method == "hybr" else OF_LM
    named = names.replace("nfev", counts).split(" ")
    results = {name: types.get(name, int) for name in named}
    texts = {"message": MESSAGES, "method": (method,)}
    found = on_host(scipy, (called_as(f, way), x0), given, results, texts, constant=("x", "root"))
    x = solution(flat(f), found["x"])
    return library_object("scipy.optimize", "OptimizeResult", {**found, "x": x})


OF_HYBR = "x success status method nfev fjac r qtf fun message"
OF_LM = "x message status success cov_x fun method nfev fjac ipvt qtf"
MESSAGES = (
    "The solution converged.",
    "The relative error between two consecutive iterates is at most 0.000000",
    "Both actual and predicted relative reductions in the sum of squares\n  are at most 0.000000",
    "Both actual and predicted relative reductions in the sum of squares\n  are at most 0.000000 "
    "and the relative error between two consecutive iterates is at \n  most 0.000000",
    "Improper input parameters were entered.",
    "The iteration is not making good progress, as measured by the \n "
    "improvement from the last five Jacobian evaluations.",
    "The iteration is not making good progress, as measured by the \n "
    "improvement from the last ten iterations.",
)
