"""Products with Jacobians, whole Jacobians and Hessians, inside and outside compiled functions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import autograph as ag

X = np.array([0.3, 1.2, -0.7])
V = np.array([1.0, -2.0, 0.5])


def f(x):
    return np.sin(x) * np.sum(x * x)


def s(x):
    return np.sum(np.sin(x) * x) * x[0]


JACOBIAN = np.diag(np.cos(X)) * np.sum(X * X) + np.outer(np.sin(X), 2 * X)
SLOPES = np.sin(X) + X * np.cos(X)
CURVATURES = np.diag(X[0] * (2 * np.cos(X) - X * np.sin(X)))
CURVATURES[0] += SLOPES
CURVATURES[:, 0] += SLOPES

EXPRESSIONS = {
    "jacobian": (lambda x: ag.jacobian(f)(x), JACOBIAN),
    "jacfwd": (lambda x: ag.jacfwd(f)(x), JACOBIAN),
    "jacrev": (lambda x: ag.jacrev(f)(x), JACOBIAN),
    "hessian": (lambda x: ag.hessian(s)(x), CURVATURES),
    "jacobian of grad": (lambda x: ag.jacobian(ag.grad(s))(x), CURVATURES),
    "jacrev of grad": (lambda x: ag.jacrev(ag.grad(s))(x), CURVATURES),
    "hvp": (lambda x: ag.hvp(s)(x, V), CURVATURES @ V),
    "jvp": (lambda x: ag.jvp(f, (x,), (V,))[1], JACOBIAN @ V),
    "vjp": (lambda x: ag.vjp(f, x)[1](V)[0], V @ JACOBIAN),
    "linearize": (lambda x: ag.linearize(f, x)[1](V), JACOBIAN @ V),
    "jvp of grad": (lambda x: ag.jvp(ag.grad(s), (x,), (V,))[1], CURVATURES @ V),
    "grad of jvp": (lambda x: ag.grad(lambda y: ag.jvp(s, (y,), (V,))[1])(x), CURVATURES @ V),
    "vjp of grad": (lambda x: ag.vjp(ag.grad(s), x)[1](V)[0], CURVATURES @ V),
    "grad of vjp": (
        lambda x: ag.grad(lambda y: np.sum(ag.vjp(s, y)[1](1.0)[0] * V))(x),
        CURVATURES @ V,
    ),
    "linearize of grad": (lambda x: ag.linearize(ag.grad(s), x)[1](V), CURVATURES @ V),
    "grad of vmap": (lambda x: ag.grad(lambda y: np.sum(ag.vmap(np.sin)(y)))(x), np.cos(X)),
    "jacobian of vmap": (lambda x: ag.jacobian(ag.vmap(np.exp))(x), np.diag(np.exp(X))),
    "vmap of grad": (lambda x: ag.vmap(ag.grad(lambda y: y**3))(x), 3 * X**2),
    "vmap of hessian": (lambda x: ag.vmap(ag.hessian(lambda y: y**3))(x), 6 * X),
    "vmap of jvp": (
        lambda x: ag.vmap(lambda v: ag.jvp(f, (x,), (v,))[1])(np.eye(3)),
        JACOBIAN.T,
    ),
    "checkpoint": (lambda x: ag.jacobian(ag.checkpoint(f))(x), JACOBIAN),
    "hessian of checkpoint": (lambda x: ag.hessian(ag.checkpoint(s))(x), CURVATURES),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_inside_and_outside_compiled_functions(name):
    expression, expected = EXPRESSIONS[name]
    np.testing.assert_allclose(ag.compile(expression)(X), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(expression(X), expected, rtol=1e-12, atol=1e-14)


def test_pulls_and_pushes_in_later_loops():
    @ag.compile
    def sums(x, n):
        _, pull = ag.vjp(f, x)
        _, push = ag.linearize(f, x)
        rows, columns = np.zeros(3), np.zeros(3)
        for k in range(n):
            unit = np.zeros(3)
            unit[k] = 1.0
            rows += pull(unit)[0]
            columns += push(unit)
        return rows, columns

    rows, columns = sums(X, 3)
    np.testing.assert_allclose(rows, JACOBIAN.sum(0))
    np.testing.assert_allclose(columns, JACOBIAN.sum(1))


def test_blocks_of_containers():
    blocks = ag.hessian(lambda p: np.sum(p["a"] ** 2) * p["b"])({"a": X, "b": 2.0})
    np.testing.assert_allclose(blocks["a"]["a"], 4 * np.eye(3))
    np.testing.assert_allclose(blocks["a"]["b"], 2 * X)
    np.testing.assert_allclose(blocks["b"]["a"], 2 * X)
    assert blocks["b"]["b"] == 0.0
    by_x, by_y = ag.jacobian(lambda x, y: x * y, (0, 1))(X, 2.0)
    np.testing.assert_allclose(by_x, 2 * np.eye(3))
    np.testing.assert_allclose(by_y, X)
    outputs = ag.jacobian(lambda x: (x[0], [x * x]))(X)
    np.testing.assert_allclose(outputs[0], [1, 0, 0])
    np.testing.assert_allclose(outputs[1][0], np.diag(2 * X))


def test_axes_of_jacobians():
    a = np.arange(6.0).reshape(2, 3)
    by_columns, by_rows = (g(lambda a: a.T @ a)(a) for g in (ag.jacfwd, ag.jacrev))
    assert by_columns.shape == (3, 3, 2, 3)
    np.testing.assert_allclose(by_columns, by_rows)
    assert ag.jacobian(lambda x: x * x)(3.0) == 6.0
    assert ag.jacobian(lambda x: x * 2)(np.zeros(0)).shape == (0, 0)
    found, aux = ag.jacobian(lambda x: (x * x, "aux"), has_aux=True)(X)
    assert aux == "aux"
    np.testing.assert_allclose(found, np.diag(2 * X))


def test_directions_of_containers():
    def g(p, n):
        return {"y": p[0] * p[1] * n, "n": n}

    value, change = ag.jvp(g, ([X, 2.0], 3), ([V, None], None))
    assert value["n"] == 3
    assert change["n"] is None
    np.testing.assert_allclose(change["y"], V * 6)
    _, pull = ag.vjp(g, [X, 2.0], 3)
    (by_p, by_n) = pull({"y": V, "n": None})
    np.testing.assert_allclose(by_p[0], 6 * V)
    np.testing.assert_allclose(by_p[1], 3 * np.sum(X * V))
    assert by_n is None
    with pytest.raises(ag.NondifferentiableError, match="structure"):
        pull([V, None])
    with pytest.raises(ag.NondifferentiableError, match="axes"):
        ag.jvp(f, (X,), (1.0,))
    with pytest.raises(ValueError, match="broadcast"):
        ag.jvp(f, (X,), (np.ones(2),))


def test_hessian_by_several_arguments_and_vectors_behind():
    def g(a, x, k):
        return np.sum(a * x**2) * k

    product = ag.hvp(g, argnums=1)(2.0, X, V, 3.0)
    np.testing.assert_allclose(product, 12 * V)
    by_a, by_x = ag.hvp(g, argnums=(0, 1))(2.0, X, (1.0, V), 3.0)
    np.testing.assert_allclose(by_a, 6 * np.sum(X * V))
    np.testing.assert_allclose(by_x, 6 * X + 12 * V)


def test_minimiser_of_scipy_takes_gradients_and_products():
    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    found = optimize.minimize(
        rosenbrock,
        np.zeros(4),
        jac=ag.grad(rosenbrock),
        hessp=ag.hvp(rosenbrock),
        method="trust-ncg",
    )
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-6)


def raising(x):
    if np.max(x) > 1:
        raise ValueError("too large")
    return np.sum(x * x)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ag.hvp(raising)(x, x),
        lambda x: ag.hessian(raising)(x),
        lambda x: ag.jvp(raising, (x,), (x,)),
        lambda x: ag.vjp(raising, x)[1](1.0),
        lambda x: ag.vmap(raising)(x),
    ],
)
def test_exceptions_are_the_functions(call):
    call(np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="too large"):
        call(np.array([2.0, 0.5]))


def test_new_functions_of_the_same_code_are_compiled_once():
    counts = []
    for k in (1.0, 2.0, 3.0):
        _, change = ag.jvp(lambda x, k=k: x * x, (3.0,), (k,))
        counts.append(change)
    assert counts == [6.0, 12.0, 18.0]


@pytest.mark.parametrize("transform", [ag.jacobian, ag.jacfwd, ag.jacrev])
def test_results_of_as_many_elements_as_the_data_say_are_refused(transform):
    with pytest.raises(ag.NondifferentiableError, match=r"depends on the data.*ag\.vjp"):
        transform(lambda x: x[x > 0] * 2)(np.array([1.0, -1.0, 2.0]))
