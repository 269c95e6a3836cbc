"""Products of a number and its root have their finite slopes at zero."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag


def number_times_root(x):
    return x * np.sqrt(x)


def root_of_cube(x):
    return np.sqrt(x * x * x)


def scaled(x):
    return 3.0 * np.sqrt(x) * x**2


SLOPES = [
    (number_times_root, lambda x: 1.5 * np.sqrt(x)),
    (root_of_cube, lambda x: 1.5 * np.sqrt(x)),
    (scaled, lambda x: 7.5 * x * np.sqrt(x)),
]


@pytest.mark.parametrize(("function", "slope"), SLOPES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.0, 0.7])
def test_slopes_are_those_of_the_power(function, slope, x):
    assert ag.grad(function)(x) == pytest.approx(slope(x), rel=1e-14)
    value, tangent = ag.jvp(function, (x,), (2.0,))
    assert value == function(x)
    assert tangent == pytest.approx(2 * slope(x), rel=1e-14)


def drained(depth, area):
    """Let tanks run out, whose outflow is proportional to a root of what is left."""
    lost = 0.0
    for i in range(len(depth)):
        level = depth[i]
        for _ in range(3):
            level = level - 0.1 * area * level * np.sqrt(level)
        lost += depth[i] - level
    return lost


def test_empty_tanks_in_a_loop():
    depth = np.array([0.0, 0.5, 2.0])
    by_depth, by_area = ag.grad(drained, argnums=(0, 1))(depth, 0.8)
    assert by_depth[0] == 0.0
    inside = depth[1:]
    one, other = ag.grad(drained, argnums=(0, 1))(inside, 0.8)
    np.testing.assert_array_equal(by_depth[1:], one)
    assert by_area == pytest.approx(other)
    ag.check_grads(drained, (inside, 0.8))


def several_factors(x, y, z):
    return np.sum(x * np.sqrt(x) * np.sqrt(y) * z)


def test_other_factors_keep_their_derivatives():
    x, y = np.array([0.0, 0.5, 2.0]), np.array([1.0, 0.3, 0.8])
    by_x, by_y, by_z = ag.grad(several_factors, argnums=(0, 1, 2))(x, y, 1.5)
    np.testing.assert_allclose(by_x, 2.25 * np.sqrt(x * y))
    np.testing.assert_allclose(by_y, 0.75 * x * np.sqrt(x / y))
    assert by_z == pytest.approx(np.sum(x * np.sqrt(x * y)))


def chosen(x, on):
    return np.sum(np.where(on, x * np.sqrt(x), 0.0))


def test_what_is_not_chosen_contributes_nothing():
    x = np.array([-1.0, 0.0, 4.0])
    np.testing.assert_array_equal(ag.grad(chosen)(x, x >= 0), [0.0, 0.0, 3.0])


def test_where_the_limit_depends_on_more_the_slope_is_no_number():
    """Of other products of an infinite slope and zero the rule cannot say what they come to."""
    assert np.isnan(ag.grad(lambda x: np.sqrt(x) ** 2)(0.0))
    assert np.isinf(ag.grad(lambda x: np.sqrt(x))(0.0))


def test_second_derivatives():
    assert ag.grad(ag.grad(number_times_root))(4.0) == pytest.approx(0.375)
    ag.check_grads(drained, (np.array([0.4, 1.1]), 0.3), order=2)


def growing(x):
    """Return a number to a power that Fibonacci would know: a product of five million factors."""
    before, after = x, x * 1.0
    for _ in (0,) * 32:
        before, after = after, before * after
    return after


def many_factors(x, c):
    y = x
    for _ in (0,) * 600:
        y = y * c[0]
    return y


def test_products_of_products_have_more_factors_than_are_told():
    assert ag.grad(growing)(1.0) == 5702887.0
    assert ag.grad(many_factors)(2.0, np.array([1.001])) == pytest.approx(1.001**600, rel=1e-12)
