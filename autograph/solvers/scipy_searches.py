"""Other functions of `scipy.optimize` and `scipy.integrate` that call the compiled function.

The numbers are SciPy's. What they return is found out by calling them on functions that return the
same types. Minima are differentiated as the points where the gradient is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.derivatives import grad
from autograph.frontend import DOUBLE, FLOAT, called_as, calls_back, on_host_as_tried, shaped
from autograph.solvers.scipy_arguments import refuse_option, with_arguments
from autograph.solvers.scipy_minimization import at_minimum, value_of

SEARCHES = {
    "fmin": "scipy.optimize._optimize.fmin",
    "fmin_powell": "scipy.optimize._optimize.fmin_powell",
}
WITH_SLOPES = ("fmin_bfgs", "fmin_cg")


@calls_back(*SEARCHES.values())
def fmin(scipy: Any, func: Any, x0: Any, args: Any = (), **options: Any) -> Any:
    refuse_callback(scipy, options)
    f = with_arguments(func, args)
    given = (called_as(f, ((shaped((np.size(x0),)),),)), x0)
    return minimum_of(f, on_host_as_tried(scipy, given, options), options)


@calls_back(*(f"scipy.optimize._optimize.{name}" for name in WITH_SLOPES))
def fmin_bfgs(
    scipy: Any, f: Any, x0: Any, fprime: Any = None, args: Any = (), **options: Any
) -> Any:
    refuse_callback(scipy, options)
    way = ((shaped((np.size(x0),)),),)
    g = with_arguments(f, args)
    slope = None if fprime is None else called_as(with_arguments(fprime, args), way)
    given = (called_as(g, way), x0, slope)
    return minimum_of(g, on_host_as_tried(scipy, given, options), options)


@calls_back("scipy.optimize._lbfgsb_py.fmin_l_bfgs_b")
def fmin_l_bfgs_b(
    scipy: Any,
    func: Any,
    x0: Any,
    fprime: Any = None,
    args: Any = (),
    approx_grad: Any = 0,
    bounds: Any = None,
    **options: Any,
) -> Any:
    refuse_callback(scipy, options)
    way = ((shaped((np.size(x0),)),),)
    slope = None if fprime is None else called_as(with_arguments(fprime, args), way)
    given = {"fprime": slope, "approx_grad": approx_grad, "bounds": bounds, **options}
    return on_host_as_tried(scipy, (called_as(with_arguments(func, args), way), x0), given)


@calls_back("scipy.optimize._optimize.fminbound")
def fminbound(scipy: Any, func: Any, x1: Any, x2: Any, args: Any = (), **options: Any) -> Any:
    function = called_as(with_arguments(func, args), ((DOUBLE,), (FLOAT,)))
    return on_host_as_tried(scipy, (function, x1, x2), options)


@calls_back("scipy.optimize._minpack_py.fixed_point")
def fixed_point(scipy: Any, func: Any, x0: Any, args: Any = (), **options: Any) -> Any:
    point = shaped(np.shape(x0))
    ways = ((point,),) if np.ndim(x0) else ((point,), (DOUBLE,))
    return on_host_as_tried(scipy, (called_as(with_arguments(func, args), ways), x0), options)


@calls_back("scipy.optimize._minpack_py.leastsq")
def leastsq(
    scipy: Any, func: Any, x0: Any, args: Any = (), Dfun: Any = None, **options: Any
) -> Any:
    way = ((shaped((np.size(x0),)),),)
    slope = None if Dfun is None else called_as(with_arguments(Dfun, args), way)
    given = (called_as(with_arguments(func, args), way, "the residual"), x0)
    return on_host_as_tried(scipy, given, {"Dfun": slope, **options})


@calls_back("scipy.optimize._optimize.brute")
def brute(scipy: Any, func: Any, ranges: Any, args: Any = (), **options: Any) -> Any:
    way = ((shaped((len(ranges),)),),)
    return on_host_as_tried(scipy, (called_as(with_arguments(func, args), way), ranges), options)


DRAWING = (
    "scipy.optimize._differentialevolution.differential_evolution",
    "scipy.optimize._dual_annealing.dual_annealing",
)


@calls_back(*DRAWING)
def differential_evolution(
    scipy: Any, func: Any, bounds: Any, args: Any = (), **options: Any
) -> Any:
    require_seed(scipy, options)
    refuse_callback(scipy, options)
    way = ((shaped((number_of(bounds),)),),)
    return on_host_as_tried(scipy, (called_as(with_arguments(func, args), way), bounds), options)


@calls_back("scipy.optimize._shgo.shgo")
def shgo(scipy: Any, func: Any, bounds: Any, args: Any = (), **options: Any) -> Any:
    refuse_callback(scipy, options)
    if options.get("constraints"):
        refuse_option(scipy, "constraints", "minimize(..., constraints=...)")
    way = ((shaped((number_of(bounds),)),),)
    return on_host_as_tried(scipy, (called_as(with_arguments(func, args), way), bounds), options)


@calls_back("scipy.optimize._basinhopping.basinhopping")
def basinhopping(scipy: Any, func: Any, x0: Any, **options: Any) -> Any:
    require_seed(scipy, options)
    refuse_callback(scipy, options)
    for name in ("take_step", "accept_test"):
        if options.get(name) is not None:
            refuse_option(scipy, name, "stepsize=...")
    given = {**options}
    inner = {**(given.pop("minimizer_kwargs", None) or {})}
    f = with_arguments(func, inner.pop("args", ()))
    way = ((shaped((np.size(x0),)),),)
    if callable(inner.get("jac")):
        inner["jac"] = called_as(inner["jac"], way)
    return on_host_as_tried(scipy, (called_as(f, way), x0), {**given, "minimizer_kwargs": inner})


@calls_back("scipy.optimize._optimize.approx_fprime")
def approx_fprime(
    scipy: Any, xk: Any, f: Any, epsilon: Any = 1.4901161193847656e-08, *args: Any
) -> Any:
    function = called_as(with_arguments(f, args), ((shaped((np.size(xk),)),),))
    return on_host_as_tried(scipy, (xk, function, epsilon), {})


@calls_back("scipy.optimize._optimize.check_grad")
def check_grad(scipy: Any, func: Any, grad: Any, x0: Any, *args: Any, **options: Any) -> Any:
    if options.get("direction", "all") != "all":
        require_seed(scipy, options)
    way = ((shaped((np.size(x0),)),),)
    functions = [called_as(with_arguments(f, args), way) for f in (func, grad)]
    return on_host_as_tried(scipy, (*functions, x0), options)


# ---------------------------------------------------------------- integrals


@calls_back("scipy.integrate._quadpack_py.tplquad")
def tplquad(
    scipy: Any,
    func: Any,
    a: Any,
    b: Any,
    gfun: Any,
    hfun: Any,
    qfun: Any,
    rfun: Any,
    args: Any = (),
    **options: Any,
) -> Any:
    function = called_as(with_arguments(func, args), ((FLOAT, FLOAT, FLOAT),), "the integrand")
    edges = [called_as(e, ((FLOAT,),)) if callable(e) else e for e in (gfun, hfun)]
    edges += [called_as(e, ((FLOAT, FLOAT),)) if callable(e) else e for e in (qfun, rfun)]
    return on_host_as_tried(scipy, (function, a, b, *edges), options)


@calls_back("scipy.integrate._quadpack_py.nquad")
def nquad(
    scipy: Any,
    func: Any,
    ranges: Any,
    args: Any = None,
    opts: Any = None,
    full_output: Any = False,
) -> Any:
    if opts is not None:
        refuse_option(scipy, "opts", "quad in each other")
    count = len(ranges)
    f = func if args is None else with_arguments(func, args)
    function = called_as(f, ((FLOAT,) * count,), "the integrand")
    limits = [
        called_as(r, ((FLOAT,) * (count - 1 - k),), "a limit") if callable(r) else r
        for k, r in enumerate(ranges)
    ]
    return on_host_as_tried(scipy, (function, limits), {"full_output": full_output})


# ---------------------------------------------------------------- arguments and results


def number_of(bounds: Any) -> Any:
    """Return how many variables bounds are of."""
    return np.size(bounds.lb) if hasattr(bounds, "lb") else len(bounds)


def require_seed(scipy: Any, options: Any) -> None:
    """Refuse to draw from the generator that all programs share."""
    seed = options.get("seed", options.get("rng"))
    if seed is None or not isinstance(seed, int):
        refuse_option(scipy, "random numbers without an integer as seed", "seed=1")


def refuse_callback(scipy: Any, options: Any) -> None:
    """Refuse a function that is called between the steps."""
    if options.get("callback") is not None:
        refuse_option(scipy, "callback=...", "what it does into the function")


def minimum_of(f: Any, found: Any, options: Any) -> Any:
    """Return what a minimizer returned: a point, which comes first, or that alone."""
    slope = grad(value_of(f, None))
    if isinstance(found, tuple):
        return (at_minimum(found[0], slope, None, None), *found[1:])
    return at_minimum(found, slope, None, None)
