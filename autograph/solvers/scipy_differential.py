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
    on_host_as_tried,
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
    if vectorized:
        refuse_option(scipy, "vectorized=True", "the equation for one state")
    if not isinstance(method, str):
        refuse_option(scipy, "a class as method", 'its name: method="RK45"')
    f = fun if args is None else with_arguments(fun, (*args,))
    n = len(y0)
    ways = ((FLOAT if method == "LSODA" else EITHER, shaped((n,))),)
    if dense_output or events is not None:
        options = {**options, "method": method, "t_eval": t_eval, "dense_output": dense_output}
        if "jac" in options and callable(options["jac"]):
            options["jac"] = called_as(with_arguments(options["jac"], args or ()), ways)
        happenings = [events] if callable(events) else events
        if happenings is not None:
            options["events"] = [event_of(event, args or (), ways) for event in happenings]
        right = called_as(f, ways, "the right-hand side")
        return on_host_as_tried(scipy, (right, t_span, np.asarray(y0) * 1.0), options)
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


def event_of(event: Any, args: Any, ways: Any) -> Any:
    """Return a function whose zeros are events."""
    way = ((EITHER, ways[0][1]),)
    terminal = event.terminal if hasattr(event, "terminal") else False
    direction = event.direction if hasattr(event, "direction") else 0.0
    attributes = (("terminal", terminal), ("direction", direction))
    return called_as(with_arguments(event, args), way, "an event", attributes)


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
    f = with_arguments(func, args)
    state = shaped((np.size(y0),))
    ways = ((FLOAT, state),) if tfirst else ((state, FLOAT),)
    given = {"tfirst": tfirst, "col_deriv": col_deriv, **options}
    if Dfun is not None:
        given["Dfun"] = called_as(with_arguments(Dfun, args), ways, "the Jacobian")
    result = shaped((np.size(t), np.size(y0)))
    equation = called_as(f, ways, "the right-hand side")
    if full_output:
        return on_host_as_tried(scipy, (equation, y0, t), {**given, "full_output": full_output})
    found = on_host(scipy, (equation, y0, t), given, result, constant=(0,))

    def rate(y: Any, t: Any) -> Any:
        return np.reshape(np.asarray(f(t, y) if tfirst else f(y, t)), np.shape(y))

    def states() -> Any:
        return solved(rate, np.reshape(np.asarray(y0), np.size(y0)), t, rtol=RTOL, atol=ATOL)

    return differentiated_as(found, states)
