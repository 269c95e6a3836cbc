"""Solutions of equations, minima and differential equations, with their derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize

import autograph as ag
from tests.properties.interpreting import interpreting


def central(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


def circle_and_line(x, p):
    return np.array([x[0] ** 2 + x[1] ** 2 - p[0], x[1] - p[1] * x[0]])


def crossing(p):
    return ag.root(circle_and_line, np.ones(2), p)


def test_root_of_a_system():
    p = np.array([2.0, 0.5])
    expected = math.sqrt(p[0] / (1 + p[1] ** 2)) * np.array([1, p[1]])
    np.testing.assert_allclose(crossing(p), expected, rtol=1e-14)
    by_hand = np.array([expected / (2 * p[0]), expected[0] * np.array([-0.4, 0.8])]).T
    np.testing.assert_allclose(ag.jacrev(crossing)(p), by_hand, rtol=1e-12)


def test_root_has_derivatives_of_any_order_by_what_is_around_it():
    def cube_root(a):
        return ag.root(lambda x: x**3 - a, 2.0)

    slope = ag.grad(cube_root)
    assert cube_root(8.0) == pytest.approx(2.0, rel=1e-15)
    assert slope(8.0) == pytest.approx(1 / 12, rel=1e-12)
    assert ag.grad(slope)(8.0) == pytest.approx(-2 / 9 * 8 ** (-5 / 3), rel=1e-12)
    assert ag.grad(ag.grad(slope))(8.0) == pytest.approx(10 / 27 * 8 ** (-8 / 3), rel=1e-12)
    assert ag.grad(lambda x0: ag.root(lambda x: x**3 - 8, x0))(1.0) == 0.0


def test_roots_in_a_compiled_loop():
    def implicit_euler(y, k, steps):
        for _ in range(steps):
            y = ag.root(lambda new, y: new - y + 0.1 * k * new**3, y, y)
        return y

    found = ag.compile(implicit_euler)(1.0, 2.0, 4)
    assert found == pytest.approx(float(implicit_euler(1.0, 2.0, 4)), rel=1e-14)
    expected = central(lambda k: implicit_euler(1.0, k, 4), 2.0)
    assert ag.grad(implicit_euler, 1)(1.0, 2.0, 4) == pytest.approx(expected, rel=1e-8)


def test_residuals_may_be_lists():
    assert ag.root(lambda x: [x[0] - 1, x[1] - 2 * x[0]], np.zeros(2)).tolist() == [1.0, 2.0]


def test_solution_of_another_solver():
    def cost(x, a):
        return np.sum(np.cosh(x - a)) + x[0] * x[1]

    def least(a):
        return ag.solution(ag.grad(cost), found.x, a)

    a = np.array([0.3, -0.4])
    found = optimize.minimize(ag.value_and_grad(cost), np.zeros(2), (a,), jac=True, tol=1e-12)
    hessian = ag.hessian(cost)(found.x, a)
    mixed = -np.diag(np.cosh(found.x - a))
    np.testing.assert_allclose(ag.jacrev(least)(a), -np.linalg.solve(hessian, mixed), rtol=1e-6)


def dottie(a, derivative="solve"):
    return ag.fixed_point(lambda x: np.cos(a * x), 1.0, derivative=derivative)


@pytest.mark.parametrize("derivative", ["solve", "iterate"])
def test_fixed_point(derivative):
    x = optimize.brentq(lambda x: np.cos(x) - x, 0, 1, xtol=1e-14)
    assert dottie(1.0) == pytest.approx(x, abs=1e-9)
    slope = -x * math.sin(x) / (1 + math.sin(x))
    first = ag.grad(dottie)
    assert first(1.0, derivative) == pytest.approx(slope, rel=1e-8)
    pushed = ag.jvp(lambda a: dottie(a, derivative), (1.0,), (2.0,))[1]
    assert pushed == pytest.approx(2 * slope, rel=1e-8)
    second = ag.grad(lambda a: first(a, derivative))(1.0)
    assert second == pytest.approx(0.1533378914, rel=1e-7)


def test_second_derivatives_of_a_sum_that_begins_with_zero():
    """At the target the cotangent is zero, and yet varies."""

    def misfit(a):
        x = ag.fixed_point(lambda x: 0.9 * x + a, np.zeros(2), derivative="iterate")
        return 0.5 * np.sum((x - target) ** 2)

    target = ag.fixed_point(lambda x: 0.9 * x + 1.0, np.zeros(2))
    assert ag.grad(ag.grad(misfit))(1.0) == pytest.approx(200.0, rel=1e-6)


def ridge(w, x, y, penalty):
    return np.sum((x @ w - y) ** 2) + penalty * np.sum(w * w)


X = np.random.default_rng(0).normal(size=(12, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 0.1


def ridge_by_hand(penalty):
    return np.linalg.solve(X.T @ X + penalty * np.eye(3), X.T @ Y)


def test_minimum():
    def norm(penalty):
        w = ag.minimize(ridge, np.zeros(3), X, Y, penalty)
        return np.sum(w**2)

    expected = ag.value_and_grad(lambda k: np.sum(ridge_by_hand(k) ** 2))
    np.testing.assert_allclose(ag.value_and_grad(norm)(2.0), expected(2.0), rtol=1e-7)


def test_minimum_has_derivatives_of_any_order():
    def least(a):
        return ag.minimize(lambda x: x * x / 2 + np.log1p(a * x * x) - x, 0.0, method="newton")

    slope = ag.grad(least)
    assert slope(0.7) == pytest.approx(central(least, 0.7), rel=1e-6)
    assert ag.grad(slope)(0.7) == pytest.approx(central(slope, 0.7), rel=1e-6)


def test_minimum_of_a_curved_valley():
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    np.testing.assert_allclose(ag.minimize(rosenbrock, np.zeros(5)), np.ones(5), atol=1e-8)


def least_of_leasts(a):
    def cost(x):
        y = ag.minimize(lambda y: (y - x) ** 2 + 0.1 * y**4 * a, 0.5)
        return (x - 1.0) ** 2 + y**2

    return ag.minimize(cost, 0.3, method="newton")


def root_of_roots(a):
    return ag.root(lambda x: ag.root(lambda y: y**3 + y - x, 0.5) + x - a, 0.3)


def least_over_roots(a):
    def cost(x):
        return (x - 1.0) ** 2 + ag.root(lambda y: y**3 + y - x * a, 0.5) ** 2

    return ag.minimize(cost, 0.3)


@pytest.mark.parametrize("f", [least_of_leasts, root_of_roots, least_over_roots])
def test_solvers_within_solvers(f):
    with interpreting():
        slope = ag.grad(f)
        assert slope(1.3) == pytest.approx(central(f, 1.3), rel=1e-5)
        if f is not least_of_leasts:
            assert ag.grad(slope)(1.3) == pytest.approx(central(slope, 1.3), rel=1e-4)


def volterra(y, t, a, b):
    return np.array([y[0] * (a - b * y[1]), -y[1] * (a - b * y[0])])


TIMES = np.array([0.0, 0.3, 0.35, 2.0, 4.0])


def test_differential_equation():
    found = ag.odeint(volterra, np.array([1, 0.5]), TIMES, 1.1, 0.4, rtol=1e-9, atol=1e-12)
    expected = integrate.solve_ivp(
        lambda t, y: volterra(y, t, 1.1, 0.4),
        (0, 4),
        [1, 0.5],
        t_eval=TIMES,
        rtol=1e-12,
        atol=1e-12,
    )
    np.testing.assert_allclose(found, expected.y.T, rtol=1e-7)


def test_differential_equation_backward_in_time():
    back = ag.odeint(lambda y, t: -y * t, 1.0, np.array([2.0, 1.0, 0.0]))
    np.testing.assert_allclose(back, np.exp([0.0, 1.5, 2.0]), rtol=1e-6)


def test_derivatives_of_a_differential_equation():
    def misfit(y0, k, t):
        found = ag.odeint(lambda y, t: -k * y * t, y0, t, rtol=1e-10)
        return np.sum(found[1:])

    t = np.array([0.2, 0.9, 1.5])
    by_start, by_rate, by_t = ag.grad(misfit, (0, 1, 2))(3.0, 0.7, t)
    half = (t[1:] ** 2 - t[0] ** 2) / 2
    y = 3.0 * np.exp(-0.7 * half)
    assert by_start == pytest.approx(np.sum(y) / 3.0, rel=1e-8)
    assert by_rate == pytest.approx(-np.sum(half * y), rel=1e-8)
    expected = [0.7 * t[0] * np.sum(y), *(-0.7 * t[1:] * y)]
    np.testing.assert_allclose(by_t, expected, rtol=1e-6)


def test_solvers_say_when_they_fail():
    with pytest.raises(ag.ConvergenceError, match=r"stands still|no solution"):
        ag.compile(lambda x: ag.root(lambda x: x * x + 1, x))(0.5)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        ag.root(lambda x: x - x + 1.0, np.ones(2))
    with pytest.raises(ag.ConvergenceError, match="did not settle"):
        ag.fixed_point(lambda x: -x, 1.0, max_iter=10)
    with pytest.raises(ag.ConvergenceError, match="diverges"), np.errstate(over="ignore"):
        ag.fixed_point(lambda x: 2 * x, 1.0)
    with pytest.raises(ag.ConvergenceError, match="no step leads further down"):
        ag.minimize(lambda x: x, 1.0)
    with pytest.raises(ag.ConvergenceError, match="too short"), np.errstate(over="ignore"):
        ag.odeint(lambda y, t: y * y, 1.0, np.array([0.0, 2.0]))


def test_solvers_check_what_they_are_given():
    with pytest.raises(ValueError, match=r"shape \(3,\) for one of shape \(2,\)"):
        ag.root(lambda x: np.ones(3) * x[0], np.ones(2))
    with pytest.raises(ValueError, match="ascending"):
        ag.odeint(lambda y, t: -y, 1.0, np.array([0.0, 2.0, 1.0]))
    with pytest.raises(ValueError, match='"bfgs" or "newton"'):
        ag.minimize(lambda x: x * x, 1.0, method="simplex")
    with pytest.raises(ValueError, match='"solve" or "iterate"'):
        ag.fixed_point(lambda x: x / 2, 1.0, derivative="guess")
    with pytest.raises(ag.NondifferentiableError, match="returns an array"):
        ag.minimize(lambda x: x, np.ones(2))


def test_rules_differentiate_the_result_that_they_are_given():
    @ag.custom_gradient(vjp=lambda g, y, x: g * y)
    def rounded_exp(x):
        return np.round(np.exp(x), 10)

    assert ag.grad(ag.grad(rounded_exp))(0.5) == pytest.approx(math.exp(0.5))
