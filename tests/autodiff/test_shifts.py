"""Shifts of log-sums are constant, and quotients share their divisions."""

from __future__ import annotations

import numpy as np

import autograph as ag


def smallest(x, y, gamma):
    """Smooth the least of sums along a walk."""
    total = 0.0
    for i in range(len(x)):
        a, b = -x[i] / gamma, -(y[i] + total) / gamma
        top = max(a, b)
        total = total - gamma * (top + np.log(np.exp(a - top) + np.exp(b - top)))
    return total


def test_the_shift_of_a_log_sum_is_constant() -> None:
    x, y = np.random.default_rng(2).standard_normal((2, 6))
    ag.check_grads(smallest, (x, y, 0.7))
    text = ag.grad(smallest, argnums=(0, 1)).show("optimized", x, y, 0.7)
    reverse = text[text.index("reverse=True") :]
    assert "greater" not in reverse
    assert "exp" not in reverse


def test_second_derivatives_of_log_sums() -> None:
    x, y = np.random.default_rng(4).standard_normal((2, 3))
    found = ag.hessian(smallest)(x, y, 0.8)
    step = 1e-6
    for k in range(3):
        up, down = x.copy(), x.copy()
        up[k] += step
        down[k] -= step
        slope = ag.grad(smallest)(up, y, 0.8) - ag.grad(smallest)(down, y, 0.8)
        np.testing.assert_allclose(found[k], slope / (2 * step), rtol=1e-6, atol=1e-8)


def exponentials_used_twice(x):
    """Use a shifted exponential elsewhere, too: there the shift matters."""
    total = 0.0
    for i in range(len(x) - 1):
        top = max(x[i], x[i + 1])
        first, second = np.exp(x[i] - top), np.exp(x[i + 1] - top)
        total += top + np.log(first + second) + 3.0 * first
    return total


def another_shift(x):
    """Add another number than was subtracted."""
    total = 0.0
    for i in range(len(x) - 1):
        top = max(x[i], x[i + 1])
        total += 2.0 * top + np.log(np.exp(x[i] - top) + np.exp(x[i + 1] - top))
        total += x[i] + np.log(np.exp(x[i] - top) + np.exp(x[i + 1] - x[i]))
    return total


def test_other_uses_of_shifts_are_differentiated() -> None:
    x = np.random.default_rng(5).standard_normal(6)
    ag.check_grads(exponentials_used_twice, (x,))
    ag.check_grads(another_shift, (x,))


def quotients(x, y, scale):
    """Divide by what each iteration computes, and by one number in all."""
    total = 1.0
    for i in range(len(x)):
        total = (total + x[i]) / (2.0 + y[i] * total) + x[i] / scale
    return total


def test_quotients_by_the_same_number_share_a_division() -> None:
    x, y = np.random.default_rng(6).uniform(0.5, 1.5, (2, 5))
    ag.check_grads(quotients, (x, y, 1.5))
    text = ag.grad(quotients, argnums=(0, 1)).show("loops", x, y, 1.5)
    reverse = text[text.index("for down") :]
    assert reverse.count("divide(") == 2


def shares(x, y):
    """Divide by numbers whose reciprocals may be too large for a float."""
    total = 0.0
    for i in range(len(x)):
        part = x[i] / y[i]
        total += part * part
    return total


def test_quotients_by_tiny_numbers_are_divided_by_them() -> None:
    x, y = np.array([1e-309, 2.0]), np.array([2e-309, 4.0])
    found = ag.grad(lambda x, y: shares(x, y) * 1e-10)(x, y)
    np.testing.assert_allclose(found, 2e-10 * (x / y) / y, rtol=1e-13)
