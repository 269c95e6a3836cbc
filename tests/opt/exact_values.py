"""Evaluates graphs in multiprecision arithmetic: what their values are, rounding aside."""

from __future__ import annotations

from functools import lru_cache

import mpmath
import numpy as np

from autograph.ir.graph import Graph

# 1 + 1e-320 must not round to 1, nor the argument of exp(1e308) to a neighbour.
CONTEXT = mpmath.mp.clone()
CONTEXT.prec = 1500
NAN = CONTEXT.nan
HUGE = CONTEXT.mpf(10) ** 330  # beyond all doubles: stands for infinity in limits


def real(function):
    """Make NaN of what is undefined or complex; remember results, for grids repeat arguments."""

    @lru_cache(maxsize=1024)
    def wrapped(*args):
        if any(isinstance(x, CONTEXT.mpf) and CONTEXT.isnan(x) for x in args):
            return NAN
        try:
            result = function(*args)
        except (ZeroDivisionError, ValueError, OverflowError):
            return NAN
        return NAN if isinstance(result, CONTEXT.mpc) else result

    return wrapped


def log(x):
    return CONTEXT.log(x) if x > 0 else -CONTEXT.inf if x == 0 else NAN


def sqrt(x):
    return CONTEXT.sqrt(x) if x >= 0 else NAN


def divide(a, b):
    if b == 0:
        return NAN if a == 0 else CONTEXT.inf
    return a / b


def erf_tail(x):
    """Return erfc for all x; beyond 1e3 it underflows any double."""
    if abs(x) > 1000:
        return CONTEXT.mpf(0 if x > 0 else 2)
    return CONTEXT.erfc(x)


def exp(x):
    if CONTEXT.isinf(x):
        return CONTEXT.inf if x > 0 else CONTEXT.mpf(0)
    return CONTEXT.exp(x)


def periodic(function):
    return lambda x: NAN if CONTEXT.isinf(x) else function(x)


ELEMENTWISE = {
    "absolute": abs,
    "add": lambda a, b: a + b,
    "cos": periodic(CONTEXT.cos),
    "cosh": lambda x: (exp(x) + exp(-x)) / 2,
    "divide": divide,
    "erf": lambda x: 1 - erf_tail(x),
    "erfc": erf_tail,
    "exp": exp,
    "exp2": lambda x: exp(x * CONTEXT.log(2)),
    "expm1": lambda x: exp(x) - 1,
    "log": log,
    "log1p": lambda x: log(1 + x),
    "log2": lambda x: log(x) / CONTEXT.log(2),
    "multiply": lambda a, b: a * b,
    "negative": lambda x: -x,
    "power": CONTEXT.power,
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "sin": periodic(CONTEXT.sin),
    "sinh": lambda x: (exp(x) - exp(-x)) / 2,
    "sqrt": sqrt,
    "square": lambda x: x * x,
    "subtract": lambda a, b: a - b,
}


def _total(x, axes):
    return np.add.reduce(x, axes, keepdims=True) if axes else x


def softmax(x, axes):
    terms = EXP(x)
    return DIVIDE(terms, _total(terms, axes))


MAXIMUM = np.frompyfunc(real(max), 2, 1)
REDUCTIONS = {
    "max": lambda x, axes: np.squeeze(MAXIMUM.reduce(x, axes[0], keepdims=True), axes),
    "sum": lambda x, axes: np.squeeze(_total(x, axes), axes),
    "logsumexp": lambda x, axes: LOG(np.squeeze(_total(EXP(x), axes), axes)),
    "softmax": softmax,
    "log_softmax": lambda x, axes: LOG(softmax(x, axes)),
}

EXP, LOG = np.frompyfunc(real(exp), 1, 1), np.frompyfunc(real(log), 1, 1)
DIVIDE = np.frompyfunc(real(divide), 2, 1)
VIEWS = {"get", "transpose", "broadcast", "reshape"}


@np.errstate(all="ignore")
def lift(x) -> np.ndarray:
    """Return numbers as multiprecision numbers."""
    return np.frompyfunc(lambda v: CONTEXT.mpf(float(v)), 1, 1)(np.asarray(x))


@np.errstate(all="ignore")
def evaluate_exactly(graph: Graph, inputs: list[np.ndarray]) -> np.ndarray:
    """Return the result of a graph on arrays of multiprecision numbers.

    Raises:
        KeyError: If an op has no multiprecision version.
    """
    env = dict(zip(graph.params, inputs, strict=True))
    for symbol, (k, axis) in graph.dim_symbols().items():
        env[symbol] = inputs[k].shape[axis]
    for node in graph.nodes:
        operands = [env[v] for v in node.operands]
        name = node.op.name
        if name == "constant":
            result = lift(node.attrs["value"])
        elif node.op.kind == "reduction":
            result = REDUCTIONS[name](operands[0], node.attrs["axes"])
        elif name in VIEWS:
            (result,) = node.op.evaluate(node, operands, lambda form: form.evaluate(env))
        else:
            function = np.frompyfunc(real(ELEMENTWISE[name]), len(operands), 1)
            result = np.asarray(function(*operands), dtype=object)
        env[node.results[0]] = result
    return env[graph.results[0]]
