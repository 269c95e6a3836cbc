"""Integrals by `scipy.integrate`, which calls the compiled function, and their derivatives.

The numbers are SciPy's. Derivatives are by Leibniz' rule: the integrand at the limits, and the
integral of the derivative of the integrand, which SciPy computes, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.custom import custom_gradient
from autograph.directions import closed, is_differentiated, jvp, vjp
from autograph.frontend import FLOAT, RETURNED, called_as, calls_back, on_host, on_host_as_tried
from autograph.solvers.scipy_arguments import of_scipy, refuse_option, with_arguments


@calls_back("scipy.integrate._quadpack_py.quad")
def quad(
    scipy: Any,
    func: Any,
    a: Any,
    b: Any,
    args: Any = (),
    full_output: Any = 0,
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
    limit: Any = 50,
    points: Any = None,
    weight: Any = None,
    wvar: Any = None,
    wopts: Any = None,
    maxp1: Any = 50,
    limlst: Any = 50,
    complex_func: Any = False,
) -> Any:
    if complex_func:
        refuse_option(scipy, "complex_func=True", "two integrals, of f(x).real and f(x).imag")
    f = with_arguments(func, args)
    limits = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit, "points": points}
    weights = {"weight": weight, "wvar": wvar, "maxp1": maxp1, "limlst": limlst, "wopts": wopts}
    options = limits if weight is None else {**limits, **weights}
    function = called_as(f, ((FLOAT,),), "the integrand")
    if full_output:
        return on_host_as_tried(scipy, (function, a, b), {**options, "full_output": full_output})
    if weight is not None:
        return on_host(scipy, (function, a, b), options, (float, float))
    value, error = on_host(scipy, (function, a, b), options, (float, float), constant=(0,))
    return integral(value, a * 1.0, b * 1.0, f, points), error


@calls_back("scipy.integrate._quad_vec.quad_vec")
def quad_vec(
    scipy: Any,
    f: Any,
    a: Any,
    b: Any,
    epsabs: Any = 1e-200,
    epsrel: Any = 1e-8,
    norm: Any = "2",
    cache_size: Any = 100e6,
    limit: Any = 10000,
    workers: Any = 1,
    points: Any = None,
    quadrature: Any = None,
    full_output: Any = False,
    *,
    args: Any = (),
) -> Any:
    if full_output:
        refuse_option(scipy, "full_output=True", "value, error = quad_vec(f, a, b)")
    g = with_arguments(f, args)
    options = {
        "epsabs": epsabs,
        "epsrel": epsrel,
        "norm": norm,
        "limit": limit,
        "points": points,
        "quadrature": quadrature,
    }
    function = called_as(g, ((FLOAT,),), "the integrand")
    value, error = on_host(scipy, (function, a, b), options, (RETURNED, float), constant=(0,))
    return integral(value, a * 1.0, b * 1.0, g, points), error


@calls_back("scipy.integrate._quadpack_py.dblquad")
def dblquad(
    scipy: Any,
    func: Any,
    a: Any,
    b: Any,
    gfun: Any,
    hfun: Any,
    args: Any = (),
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
) -> Any:
    f = with_arguments(func, args)
    function = called_as(f, ((FLOAT, FLOAT),), "the integrand")
    limits = tuple(
        called_as(edge, ((FLOAT,),), "a limit") if callable(edge) else edge for edge in (gfun, hfun)
    )
    options = {"epsabs": epsabs, "epsrel": epsrel}
    given = (function, a, b, *limits)
    value, error = on_host(scipy, given, options, (float, float), constant=(0,))
    inner = of_scipy("scipy.integrate", "quad")

    def along(x: Any) -> Any:
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return inner(lambda y: f(y, x), low, high, epsabs=epsabs, epsrel=epsrel)[0]

    return integral(value, a * 1.0, b * 1.0, along, None), error


# ---------------------------------------------------------------- derivatives


def integral(value: Any, a: Any, b: Any, f: Any, points: Any) -> Any:
    """Return a value that is differentiated as the integral of f from a to b."""
    if not is_differentiated():
        return value
    function, around = closed(f, a)
    return integrated(value, a, b, function, around, points)


def at_limit(f: Any, x: Any, around: Any) -> Any:
    """Return an integrand at a limit, where an infinite one counts nothing."""
    return f(x, *around) if np.isfinite(x) else 0.0


def pushed(
    t: Any,
    t_a: Any,
    t_b: Any,
    t_f: Any,
    t_around: Any,
    t_points: Any,
    y: Any,
    value: Any,
    a: Any,
    b: Any,
    f: Any,
    around: Any,
    points: Any,
) -> Any:
    """Return the tangent of an integral."""
    change = at_limit(f, b, around) * t_b - at_limit(f, a, around) * t_a
    if len(around) == 0:
        return change

    def changed(x: Any) -> Any:
        return np.atleast_1d(jvp(lambda *around: f(x, *around), around, t_around)[1])

    inside = of_scipy("scipy.integrate", "quad_vec")(changed, a, b, points=points)[0]
    return change + (inside if np.ndim(y) else inside[0])


def pulled(g: Any, y: Any, value: Any, a: Any, b: Any, f: Any, around: Any, points: Any) -> Any:
    """Return the cotangents of the limits of an integral, and of what is around the integrand."""
    low, high = (np.sum(g * at_limit(f, x, around)) for x in (a, b))
    if len(around) == 0:
        return None, -low, high, None, (), None

    def slopes(x: Any) -> Any:
        _, pull = vjp(lambda *around: f(x, *around), *around)
        return np.concatenate([np.ravel(part) for part in pull(g)])

    flat = of_scipy("scipy.integrate", "quad_vec")(slopes, a, b, points=points)[0]
    parts = []
    start = 0
    for x in around:
        part = flat[start : start + np.size(x)]
        parts.append(np.reshape(part, np.shape(x)) if np.ndim(x) else part[0])
        start += np.size(x)
    return None, -low, high, None, tuple(parts), None


integrated = custom_gradient(lambda value, a, b, f, around, points: value, vjp=pulled, jvp=pushed)
