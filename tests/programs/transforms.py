"""Programs that differentiate inside themselves, and are differentiated in turn."""

import numpy as np

import autograph as ag
from tests.programs.corpus import floats, program, signed


@program(lambda n: (np.zeros(3), signed(3 * n).reshape(n, 3), floats(n), 5), sizes=(1, 4))
def trained_weights(weights, x, y, steps):
    def loss(w):
        residual = np.tanh(x @ w) - y
        return np.sum(residual * residual) / len(y)

    history = []
    for _ in range(steps):
        value, slope = ag.value_and_grad(loss)(weights)
        weights = weights - 0.1 * slope
        history.append(value)
    return weights, np.array(history)


@program(lambda n: (0.3 * n,), sizes=(1, 4), rtol=1e-6, gradient=(0,))
def energy_at_the_minimum(a):
    def energy(x):
        return (x - a) ** 2 + 0.1 * x**4

    x = 0.0
    while abs(ag.grad(energy)(x)) > 1e-9:
        x -= ag.grad(energy)(x) / ag.hessian(energy)(x)
    return energy(x) + x


def residuals(p, t):
    return p[0] * np.exp(-p[1] * t) + p[2]


@program(lambda n: (np.array([1.0, 0.5, 0.1]), np.linspace(0, 2, n), floats(n)), sizes=(5,))
def gauss_newton_steps(p, t, data):
    for _ in range(3):
        jacobian = ag.jacobian(residuals)(p, t)
        misfit = residuals(p, t) - data
        p = p - np.linalg.solve(jacobian.T @ jacobian + 1e-3 * np.eye(3), jacobian.T @ misfit)
    return p


@program(lambda n: (signed(n),), sizes=(1, 4), layouts=(), gradient=(0,))
def curvature_along_itself(x):
    def bumpy(y):
        return np.sum(np.sin(y) * y**2) + y[0] * y[-1]

    _, change = ag.jvp(ag.grad(bumpy), (x,), (x,))
    return np.sum(change * x)


@program(
    lambda n: (np.linspace(1.0, 2.0, n), 0.5), sizes=(3,), layouts=(), rtol=1e-9, gradient=(0, 1)
)
def voltages_of_a_diode(supply, resistance):
    def currents(v):
        return (supply - v) / resistance - 1e-3 * (np.exp(v / 0.2) - 1)

    return np.sum(ag.root(currents, 0.5 * supply) ** 2)


@program(lambda n: (0.3, 0.2 * n), sizes=(3,), rtol=1e-8, gradient=(0, 1))
def settled_by_iteration(eccentricity, mean):
    return ag.fixed_point(lambda e: mean + eccentricity * np.sin(e), mean, tol=1e-12)


@program(lambda n: (signed(n), 0.7), sizes=(5,), layouts=(), rtol=1e-7)
def trend_with_penalty(y, penalty):
    def cost(x):
        return np.sum((x - y) ** 2) + penalty * np.sum(np.sqrt(1 + np.diff(x) ** 2))

    return np.sum((ag.minimize(cost, y) - y) ** 2)


@program(
    lambda n: (20.0, 0.1, np.linspace(0.0, 2.0, n)),
    sizes=(4,),
    layouts=(),
    rtol=1e-8,
    gradient=(0, 1),
)
def cooled_in_changing_air(warmth, rate, times):
    def flow(y, t):
        return rate * (5.0 * np.cos(t) - y)

    return np.mean(ag.odeint(flow, warmth, times, rtol=1e-9))
