"""Formulas as people write them, at inputs where they fail, through rewriting and evaluation."""

import math

import numpy as np
import pytest

from autograph.autodiff import value_and_gradient
from autograph.ir.affine import Affine
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph
from autograph.ir.verify import verify
from autograph.ops.elementwise import (
    add,
    cos,
    cosh,
    divide,
    erf,
    erfc,
    exp,
    expm1,
    log,
    log1mexp,
    log1p,
    multiply,
    negative,
    power,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
)
from autograph.ops.reduction import log_softmax, logsumexp, max_, softmax, sum_
from autograph.ops.structure import broadcast, iota, take
from autograph.opt import expand
from tests.opt.build import graph_of, op_names, optimized


def sigmoid(x):
    return divide(1.0, add(1.0, exp(negative(x))))


def keepdims(reduced, x):
    return broadcast(reduced, dims=(x.dims[0], Affine(1)), axes=(0,))


def softmax_rows(x):
    e = exp(x)
    return divide(e, keepdims(sum_(e, axes=(1,)), x))


def shifted_softmax_rows(x):
    return softmax_rows(subtract(x, keepdims(max_(x, axes=(1,)), x)))


# (formula, input, value); the comment column is what the formula as written gives
UNARY = {
    "log(1+x)": (lambda x: log(add(x, 1.0)), 1e-18, 1e-18),  # 0
    "log(1-x)": (lambda x: log(subtract(1.0, x)), 1e-18, -1e-18),  # 0
    "exp(x)-1": (lambda x: subtract(exp(x), 1.0), 1e-18, 1e-18),  # 0
    "1-exp(x)": (lambda x: subtract(1.0, exp(x)), 1e-18, -1e-18),  # 0
    "softplus": (lambda x: log(add(1.0, exp(x))), 1000.0, 1000.0),  # inf
    "softplus, small": (lambda x: log(add(exp(x), 1.0)), -50.0, 1.9287498479639178e-22),  # 0
    "log1p(exp)": (lambda x: log1p(exp(x)), 1000.0, 1000.0),  # inf
    "exp/(1+exp)": (lambda x: divide(exp(x), add(1.0, exp(x))), 1000.0, 1.0),  # nan
    "1-sigmoid": (lambda x: subtract(1.0, sigmoid(x)), 40.0, 4.248354255291589e-18),  # 0
    "log sigmoid": (lambda x: log(sigmoid(x)), -1000.0, -1000.0),  # -inf
    "log(1-sigmoid)": (lambda x: log(subtract(1.0, sigmoid(x))), 40.0, -40.0),  # -inf
    "sigmoid*exp(-x)": (lambda x: multiply(sigmoid(x), exp(negative(x))), -1000.0, 1.0),  # nan
    "odds": (
        lambda x: divide(sigmoid(x), subtract(1.0, sigmoid(x))),
        40.0,
        2.3538526683702e17,
    ),  # inf
    "log(1-exp)": (lambda x: log(subtract(1.0, exp(x))), -1e-20, math.log(1e-20)),  # -inf
    "log(-expm1)": (lambda x: log(negative(expm1(x))), -50.0, -1.9287498479639178e-22),  # 0
    "log(exp x)": (lambda x: log(exp(x)), 1000.0, 1000.0),  # inf
    "exp(log x)": (lambda x: exp(log(x)), -1.0, math.nan),
    "sqrt(x*x)": (lambda x: sqrt(multiply(x, x)), -1e200, 1e200),  # inf
    "sqrt(x**2)": (lambda x: sqrt(power(x, 2.0)), 1e-200, 1e-200),  # 0
    "log(x**2)": (lambda x: log(power(x, 2.0)), 1e200, 921.0340371976183),  # inf
    "x*x/x": (lambda x: divide(multiply(x, x), x), 1e200, 1e200),  # inf
    "1-cos": (lambda x: subtract(1.0, cos(x)), 1e-10, 5e-21),  # 0
    "sqrt(1+x)-1": (lambda x: subtract(sqrt(add(1.0, x)), 1.0), 1e-18, 5e-19),  # 0
    "arcsinh": (
        lambda x: log(add(x, sqrt(add(square(x), 1.0)))),
        1e200,
        461.2101657793691,
    ),  # inf
    "arcsinh, small": (lambda x: log(add(x, sqrt(add(square(x), 1.0)))), 1e-18, 1e-18),  # 0
    "1-erf": (lambda x: subtract(1.0, erf(x)), 10.0, 2.088487583762545e-45),  # 0
    "1-erfc": (lambda x: subtract(1.0, erfc(x)), 1e-18, 1.1283791670955126e-18),  # 0
    "tanh": (
        lambda x: divide(subtract(exp(x), exp(negative(x))), add(exp(x), exp(negative(x)))),
        1000.0,
        1.0,
    ),  # nan
    "log cosh": (lambda x: log(cosh(x)), 1000.0, 999.3068528194401),  # inf
    "log cosh, small": (lambda x: log(cosh(x)), 1e-10, 5e-21),  # 0
    "cosh/exp": (lambda x: divide(cosh(x), exp(x)), 1000.0, 0.5),  # nan
    "sinh/exp": (lambda x: divide(sinh(x), exp(x)), 1000.0, 0.5),  # nan
}

BINARY = {
    "logaddexp": (lambda a, b: log(add(exp(a), exp(b))), (1000.0, 1001.0), 1001.3132616875182),
    "logaddexp, small": (
        lambda a, b: log(add(exp(a), exp(b))),
        (-1000.0, -999.0),
        -998.6867383124818,
    ),
    "logsubexp": (
        lambda a, b: log(subtract(exp(a), exp(b))),
        (1000.0, 999.0),
        999.5413248546129,
    ),
    "exp/exp": (lambda a, b: divide(exp(a), exp(b)), (1000.0, 999.0), math.e),
    "exp*exp": (
        lambda a, b: multiply(exp(a), exp(b)),
        (1000.0, -500.0),
        1.4035922178528375e217,
    ),
    "hypot": (
        lambda a, b: sqrt(add(multiply(a, a), square(b))),
        (1e200, 1e200),
        math.sqrt(2) * 1e200,
    ),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    formula, x, expected = UNARY[name]
    graph = optimized(graph_of(formula, x="f8[n]"))
    (found,) = evaluate(graph, [np.array([x])])
    np.testing.assert_allclose(
        found[0], expected, rtol=1e-5 if name == "log cosh, small" else 1e-13
    )


@pytest.mark.parametrize("name", BINARY)
def test_binary(name):
    formula, inputs, expected = BINARY[name]
    graph = optimized(graph_of(formula, a="f8", b="f8"))
    (found,) = evaluate(graph, [np.float64(x) for x in inputs])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def naive(graph: Graph, *inputs):
    return evaluate(graph, list(inputs))[0]


@pytest.mark.parametrize("name", [n for n in UNARY if n != "exp(log x)"])
def test_the_formula_as_written_fails_there(name):
    """Or else the test above would show nothing."""
    formula, x, expected = UNARY[name]
    found = naive(graph_of(formula, x="f8[n]"), np.array([x]))
    assert not np.allclose(found[0], expected, rtol=1e-9, atol=0)


# ---------------------------------------------------------------- reductions

ROW = np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, -1001.0]])


def exact_softmax(x):
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def test_log_of_a_sum_of_exponentials():
    graph = optimized(graph_of(lambda x: log(sum_(exp(x), axes=(0,))), x="f8[n]"))
    np.testing.assert_allclose(naive(graph, ROW[0]), 1001.4076059644443, rtol=1e-14)


@pytest.mark.parametrize("function", [softmax_rows, shifted_softmax_rows])
def test_softmax(function):
    graph = optimized(graph_of(function, x="f8[m, n]"))
    np.testing.assert_allclose(naive(graph, ROW), exact_softmax(ROW), rtol=1e-14)


@pytest.mark.parametrize("function", [softmax_rows, shifted_softmax_rows])
def test_logarithm_of_softmax(function):
    graph = optimized(graph_of(lambda x: log(function(x)), x="f8[m, n]"))
    expected = np.array([[-1.40760596, -0.40760596, -2.40760596], [-1000.0, 0.0, -1001.0]])
    np.testing.assert_allclose(naive(graph, ROW), expected, rtol=2e-8)


def test_softmax_over_columns():
    def function(x):
        e = exp(x)
        return log(divide(e, sum_(e, axes=(0,))))

    graph = optimized(graph_of(function, x="f8[m, n]"))
    np.testing.assert_allclose(
        naive(graph, ROW[:1].T)[:, 0], [-1.40760596, -0.40760596, -2.40760596]
    )


# ---------------------------------------------------------------- losses and their gradients


def loss_gradient(function, *inputs, **params):
    """Return value and gradient with rewriting before and after differentiation."""
    graph = optimized(graph_of(function, **params))
    both = optimized(value_and_gradient(graph, (0,)))
    return evaluate(both, list(inputs))


def test_naive_log_loss_is_finite_with_its_gradient():
    def loss(z, y):
        p = sigmoid(z)
        terms = add(multiply(y, log(p)), multiply(subtract(1.0, y), log(subtract(1.0, p))))
        return negative(sum_(terms, axes=(0,)))

    z, y = np.array([-1000.0, 1000.0, 40.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0])
    value, gradient = loss_gradient(loss, z, y, z="f8[n]", y="f8[n]")
    np.testing.assert_allclose(value, 2040 + math.log(2), rtol=1e-14)
    np.testing.assert_allclose(gradient, [-1.0, 1.0, 1.0, -0.5], rtol=1e-14)


@pytest.mark.parametrize("probabilities", [softmax_rows, shifted_softmax_rows])
def test_naive_softmax_cross_entropy_is_finite_with_its_gradient(probabilities):
    def loss(z, y):
        return negative(sum_(multiply(y, log(probabilities(z))), axes=(0, 1)))

    y = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    value, gradient = loss_gradient(loss, ROW, y, z="f8[m, n]", y="f8[m, n]")
    np.testing.assert_allclose(value, 1002.4076059644443, rtol=1e-14)
    np.testing.assert_allclose(gradient, exact_softmax(ROW) - y, atol=1e-15)


def test_cross_entropy_that_picks_labels():
    def loss(z, labels):
        rows = iota(length=z.dims[0])
        return negative(sum_(log(take(softmax_rows(z), rows, labels)), axes=(0,)))

    value, gradient = loss_gradient(loss, ROW, np.array([2, 0]), z="f8[m, n]", labels="i8[m]")
    picked = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(value, 1002.4076059644443, rtol=1e-14)
    np.testing.assert_allclose(gradient, exact_softmax(ROW) - picked, atol=1e-15)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (sigmoid, -800.0, 0.0),
        (lambda x: log(add(1.0, exp(x))), 1000.0, 1.0),
        (lambda x: log(cosh(x)), 1000.0, 1.0),
        (lambda x: log(sigmoid(x)), -1000.0, 1.0),
    ],
)
def test_derivatives_where_the_formula_as_written_has_none(function, x, expected):
    graph = graph_of(lambda x: sum_(function(x), axes=(0,)), x="f8[n]")
    as_written = evaluate(value_and_gradient(graph, (0,)), [np.array([x])])[1]
    assert not np.isfinite(as_written[0])
    both = optimized(value_and_gradient(optimized(graph), (0,)))
    np.testing.assert_allclose(evaluate(both, [np.array([x])])[1], [expected], rtol=1e-15)


def test_derivative_of_a_root_of_a_square_is_zero_at_zero():
    graph = graph_of(lambda x: sum_(sqrt(multiply(x, x)), axes=(0,)), x="f8[n]")
    x = np.array([0.0, -2.0])
    as_written = evaluate(value_and_gradient(graph, (0,)), [x])[1]
    both = optimized(value_and_gradient(optimized(graph), (0,)))
    np.testing.assert_array_equal(as_written, [0.0, -1.0])
    np.testing.assert_array_equal(evaluate(both, [x])[1], [0.0, -1.0])


def test_derivative_of_log_of_one_minus_exp():
    graph = graph_of(lambda x: sum_(log(subtract(1.0, exp(x))), axes=(0,)), x="f8[n]")
    x = np.array([-1e-20, -0.5, -3.0, -800.0])
    both = optimized(value_and_gradient(optimized(graph), (0,)))
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(evaluate(both, [x])[1], -1 / np.expm1(-x), rtol=1e-15)


# ---------------------------------------------------------------- composite ops


@pytest.mark.parametrize("composite", [softmax, log_softmax, logsumexp])
def test_expanded_composites_are_what_they_stand_for(composite):
    graph = graph_of(lambda x: composite(x, axes=(1,)), x="f8[m, n]")
    after = verify(expand(graph))
    assert not any(node.op.expand for node in after.walk())
    rows = np.vstack([ROW, [[-np.inf, 0.0, 1.0]], [[-np.inf] * 3]])
    before, found = (evaluate(g, [rows])[0] for g in (graph, after))
    np.testing.assert_allclose(found, before, rtol=1e-15)


def test_expanded_log1mexp_is_what_it_stands_for():
    graph = graph_of(lambda x: log1mexp(x), x="f8[n]")
    x = -np.geomspace(1e-30, 1e3, 50)
    before, found = (evaluate(g, [x])[0] for g in (graph, verify(expand(graph))))
    np.testing.assert_allclose(found, before, rtol=1e-15)


def test_expanded_composites_share_their_parts():
    graph = graph_of(lambda x: (softmax(x, axes=(1,)), log_softmax(x, axes=(1,))), x="f8[m, n]")
    names = op_names(expand(graph))
    assert [names.count(op) for op in ("exp", "max", "sum", "log")] == [1, 1, 1, 1]


# ---------------------------------------------------------------- what must not change


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lambda x: multiply(x, 0.0), np.inf),
        (lambda x: subtract(x, x), np.inf),
        (lambda x: divide(x, x), 0.0),
        (lambda x: divide(multiply(x, 3.0), x), 0.0),
        (lambda x: add(x, 0.0), -0.0),
        (lambda x: sin(x), np.inf),
    ],
)
def test_nan_and_signs_of_zero_stay_as_numpy_has_them(function, x):
    graph = graph_of(function, x="f8[n]")
    before, after = (evaluate(g, [np.array([x])])[0] for g in (graph, optimized(graph)))
    np.testing.assert_array_equal(before, after)
    assert np.signbit(before) == np.signbit(after)
