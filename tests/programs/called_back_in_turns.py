"""Functions that SciPy calls, and that change what is around them, their arguments, or print."""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize
from scipy.integrate import odeint, solve_ivp

from tests.programs.corpus import program


class Counted:
    def __init__(self, target):
        self.target = target
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return (x[0] - self.target) ** 2


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-9, host_calls=("quad", "conversation"))
def integrand_is_counted(a):
    calls, seen = 0, []

    def integrand(x):
        nonlocal calls
        calls += 1
        seen.append(x)
        return np.sin(90.0 * x) * a

    area = integrate.quad(integrand, 0.0, 1.0)[0]
    return area, calls, seen[2], len(seen)


@program(lambda n: (1.5,), sizes=(0,), layouts=(), host_calls=("scipy", "conversation"))
def prints_on_the_way_to_a_root(a):
    def f(x):
        print(f"at {x}")
        return x**3 - a

    return optimize.brentq(f, 0.0, 2.0, xtol=1e-3)


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "conversation"))
def path_of_a_minimizer(a):
    path = []
    found = optimize.minimize(
        lambda x: (x[0] - a) ** 2 + (x[1] + 2.0) ** 4,
        [0.0, 0.0],
        callback=lambda x: path.append(x.copy()),
    )
    return found.x, len(path), np.array(path)[-1]


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "conversation"))
def calls_of_objects_and_dicts(a):
    energy, counts = Counted(a), {"value": 0, "slope": 0}

    def value(x):
        counts["value"] += 1
        return (x[0] - a) ** 2 + x[1] ** 2

    def slope(x):
        counts["slope"] += 1
        return np.array([2.0 * (x[0] - a), 2.0 * x[1]])

    lowest = optimize.minimize(energy, [0.0])
    found = optimize.minimize(value, np.zeros(2), jac=slope, method="L-BFGS-B")
    return lowest.x, energy.calls, found.x, counts


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-9, host_calls=("scipy", "conversation"))
def rates_in_one_buffer(a):
    rates = np.empty(2)

    def right(y, t):
        rates[0] = y[1]
        rates[1] = -a * y[0]
        return rates

    path = odeint(right, [1.0, 0.0], np.linspace(0.0, 1.0, 4))
    steps = solve_ivp(lambda t, y: right(y, t), (0.0, 1.0), [1.0, 0.0])
    return path, steps.y[:, -1], steps.nfev, rates


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "conversation"))
def function_writes_into_its_argument(a):
    def distance(x):
        x -= a
        return np.sum(x * x)

    return optimize.minimize(distance, np.zeros(2), method="Nelder-Mead").x


@program(lambda n: (1.5,), sizes=(0,), layouts=(), host_calls=("scipy", "conversation"))
def search_given_up_by_an_exception(a):
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        if calls > 5:
            raise ValueError("too many")
        return x**3 - a

    try:
        root = optimize.brentq(f, 0.0, 2.0)
    except ValueError:
        root = -1.0
    return root, calls


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "conversation"))
def residuals_are_counted(a):
    calls = 0
    t = np.linspace(0.0, 1.0, 8)

    def residual(p):
        nonlocal calls
        calls += 1
        return p[0] * np.exp(-p[1] * t) - np.exp(-a * t)

    return optimize.least_squares(residual, [1.0, 1.0]).x, calls


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-9, host_calls=("scipy", "conversation"))
def same_root_is_looked_for_again(a):
    calls = []

    def f(x):
        calls.append(x)
        return x**3 - a

    first = optimize.brentq(f, 0.0, 2.0)
    once = len(calls)
    second = optimize.brentq(f, 0.0, 2.0)
    return first, once, second, len(calls)


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-9, host_calls=("scipy", "conversation"))
def roots_of_a_family_are_counted(a):
    calls, roots = 0, []
    for k in range(4):

        def f(x):
            nonlocal calls
            calls += 1
            return x**3 - a - k

        roots.append(optimize.brentq(f, 0.0, 2.0))
    return roots, calls


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "conversation"))
def path_of_a_few_steps(a):
    path = []

    def f(x):
        path.append(x.copy())
        return np.sum((x - a) ** 2)

    options = {"maxfev": 5}
    found = optimize.minimize(f, np.zeros(2), method="Nelder-Mead", options=options)
    return np.array(path), found.x
