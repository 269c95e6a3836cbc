"""Slopes where functions have none, or formulas meet infinities: finite, in both directions."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograph as ag
from tests.properties.interpreting import interpreting

AT_ZERO = [
    lambda x: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf),
    lambda x: np.linalg.norm(np.outer(x, x)) + np.sum(np.abs(x + 0j)),
    lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0) + np.where(x > 0, np.log(x), 0.0)),
    lambda x: np.sum(np.where(x != 0, np.sin(x) / x, 1.0) + np.where(x != 0, 1 / x, 0.0)),
    lambda x: np.sum(np.maximum(x, 0) + np.minimum(x, 0) + np.clip(x, 0, 1) + np.sort(x)),
    lambda x: np.prod(x) + np.sum(np.cumprod(x)) + np.max(x) + np.ptp(x) + np.median(x),
    lambda x: np.sum(x**0 + x**1 + x**2 + x**2.0 + x**1.5),
    lambda x: np.sum(np.power(x, x)) + x[0] ** x[1] + np.sum(np.float_power(x, 2)),
    lambda x: np.sum(np.hypot(x, x) + np.hypot(x, 0) + np.arctan2(x, x) + np.sinc(x)),
    lambda x: np.std(x) + np.sqrt(x @ x) + np.sum(np.angle(x + 0j)) + np.sum(np.copysign(x, x)),
    lambda x: np.sum(np.sqrt(np.sum((x[:, None] - x[None, :]) ** 2, axis=1))),
    lambda x: math.hypot(x[0], x[1]) + math.atan2(x[0], x[1]) + math.sqrt(x[0] ** 2 + x[2] ** 2),
    lambda x: sum(max(v, 0.0) + abs(v) for v in x),
]


@pytest.mark.parametrize("f", AT_ZERO)
def test_slopes_at_zero_are_finite(f):
    with interpreting():
        slope = ag.grad(f)(np.zeros(3))
        assert np.all(np.isfinite(slope))
        np.testing.assert_allclose(ag.jacfwd(f)(np.zeros(3)), slope)


def test_powers_of_zero_keep_their_other_slopes():
    with interpreting():
        curvature = ag.hessian(lambda x: x[0] ** x[1])(np.array([2.0, 0.0]))
        assert ag.grad(lambda x: x**1.0)(0.0) == 1.0
    np.testing.assert_allclose(curvature, [[0, 0.5], [0.5, math.log(2) ** 2]], atol=1e-12)


def test_powers_of_what_was_cut_off_are_flat():
    """As the force of a contact is; the second derivative was zero times infinity."""

    def energy(x):
        depth = np.maximum(-x, 0.0)
        return np.sum(depth**1.5) + np.sum(np.sqrt(np.maximum(x - 1.0, 0.0)))

    x = np.array([-0.3, 0.2, 2.0])
    np.testing.assert_allclose(ag.grad(energy)(x), [-1.5 * 0.3**0.5, 0.0, 0.5])
    np.testing.assert_allclose(ag.hessian(energy)(x), np.diag([0.75 / 0.3**0.5, 0.0, -0.25]))


def test_slopes_of_sinc_at_and_near_zero():
    # NumPy's formula is a constant at zero, and loses all digits of second slopes near it.
    def f(x):
        return np.sinc(x)

    with interpreting():
        curvature = ag.grad(ag.grad(f))
        np.testing.assert_allclose(curvature(0.0), -(np.pi**2) / 3, rtol=1e-12)
        np.testing.assert_allclose(curvature(1e-7), -(np.pi**2) / 3, rtol=1e-12)
        ag.check_grads(f, (np.array([0.0, 0.15, 0.16, 1.0, -2.3]),))
