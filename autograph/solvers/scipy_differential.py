"""Differential equations by `scipy.integrate`, which calls the compiled function.

The numbers are SciPy's. Derivatives are those of the solution that `autograph.odeint` computes for
the same equation, to a small tolerance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend import (
    EITHER,
    FLOAT,
    called_as,
    calls_back,
    library_object,
    on_host,
    shaped,
)
from autograph.solvers.differential import odeint as solved
from autograph.solvers.scipy_arguments import differentiated_as, refuse_option, with_arguments

RTOL, ATOL = 1e-9, 1e-11
"""Tolerances of the solution whose derivatives are taken."""

ENDS = ("The solver successfully reached the end of the integration interval.",)
FAILS = (
    "Required step size is less than spacing between numbers.",
    "A termination event occurred.",
)
EXPLICIT = ("RK45", "RK23", "DOP853", "LSODA")


@calls_back("scipy.integrate._ivp.ivp.solve_ivp")
def solve_ivp(
    scipy: Any,
    fun: Any,
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: Any = False,
    events: Any = None,
    vectorized: Any = False,
    args: Any = None,
    **options: Any,
) -> Any:
    if dense_output or events is not None or vectorized:
        refuse_option(scipy, "dense_output, events or vectorized", "t_eval=times")
    if not isinstance(method, str):
        refuse_option(scipy, "a class as method", 'its name: method="RK45"')
    f = fun if args is None else with_arguments(fun, (*args,))
    n = len(y0)
    ways = ((FLOAT if method == "LSODA" else EITHER, shaped((n,))),)
    if "jac" in options and callable(options["jac"]):
        jac = options["jac"] if args is None else with_arguments(options["jac"], (*args,))
        options = {**options, "jac": called_as(jac, ways, "the Jacobian")}
    count = None if t_eval is None else np.size(t_eval)
    counter = np.int32 if method == "LSODA" else int
    results = {
        "t": shaped((count,)),
        "y": shaped((n, count)),
        "nfev": int,
        "njev": counter,
        "nlu": counter,
        "status": int,
        "message": str,
        "success": bool,
    }
    given = {"method": method, "t_eval": t_eval, **options}
    smooth = ("t", "y") if method in EXPLICIT else ("t",)
    texts = {"message": (*ENDS, *FAILS)}
    equation = called_as(f, ways, "the right-hand side")
    found = on_host(scipy, (equation, t_span, y0), given, results, texts, smooth)
    if method in EXPLICIT:
        # Where SciPy's steps end is a constant; what it was asked for need not be.
        times = found["t"] if t_eval is None else np.asarray(t_eval)

        def states() -> Any:
            first = np.concatenate((np.reshape(t_span[0] * 1.0, 1), times))
            return solved(lambda y, t: np.asarray(f(t, y)), y0, first, rtol=RTOL, atol=ATOL)[1:].T

        found["y"] = differentiated_as(found["y"], states)
        if t_eval is not None:
            found["t"] = differentiated_as(found["t"], lambda: times)
    first = {"t": found["t"], "y": found["y"], "sol": None, "t_events": None, "y_events": None}
    return library_object("scipy.integrate._ivp.ivp", "OdeResult", {**first, **found})


@calls_back("scipy.integrate._odepack_py.odeint")
def odeint(
    scipy: Any,
    func: Any,
    y0: Any,
    t: Any,
    args: Any = (),
    Dfun: Any = None,
    col_deriv: Any = 0,
    full_output: Any = 0,
    tfirst: Any = False,
    **options: Any,
) -> Any:
    if full_output:
        refuse_option(scipy, "full_output=1", "solve_ivp(f, (t[0], t[-1]), y0, t_eval=t)")
    f = with_arguments(func, args)
    state = shaped((np.size(y0),))
    ways = ((FLOAT, state),) if tfirst else ((state, FLOAT),)
    given = {"tfirst": tfirst, "col_deriv": col_deriv, **options}
    if Dfun is not None:
        given["Dfun"] = called_as(with_arguments(Dfun, args), ways, "the Jacobian")
    result = shaped((np.size(t), np.size(y0)))
    equation = called_as(f, ways, "the right-hand side")
    found = on_host(scipy, (equation, y0, t), given, result, constant=(0,))

    def rate(y: Any, t: Any) -> Any:
        return np.reshape(np.asarray(f(t, y) if tfirst else f(y, t)), np.shape(y))

    def states() -> Any:
        return solved(rate, np.reshape(np.asarray(y0), np.size(y0)), t, rtol=RTOL, atol=ATOL)

    return differentiated_as(found, states)
