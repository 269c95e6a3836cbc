"""Functions of SciPy that tell more: events, dense output, everything about a search."""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize
from scipy.integrate import odeint, solve_ivp

from tests.programs.corpus import program


def reaches_the_ground(t, y):
    return y[0]


reaches_the_ground.terminal = True
reaches_the_ground.direction = -1


@program(lambda n: (1.5, 9.81), sizes=(0,), layouts=(), rtol=1e-7, host_calls=("scipy", "operator"))
def falls_until_it_hits(speed, g):
    flight = solve_ivp(lambda t, y: [y[1], -g], (0, 10), [10.0, speed], events=reaches_the_ground)
    return flight.t_events[0][0], flight.y[:, -1], flight.status, len(flight.t)


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-7, host_calls=("scipy", "operator"))
def turns_and_passes_of_a_swing(speed):
    def passes(t, y):
        return y[0]

    def turns(t, y):
        return y[1]

    passes.direction = 1
    swing = solve_ivp(
        lambda t, y: [y[1], -np.sin(y[0])],
        (0.0, 12.0),
        [0.5, speed],
        events=[passes, turns],
        dense_output=True,
    )
    times = np.linspace(0.0, 12.0, 40)
    angles = swing.sol(times)[0]
    return swing.t_events[0], len(swing.t_events[1]), angles.max(), swing.sol(1.0), swing.message


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-7, host_calls=("scipy", "operator"))
def everything_about_integrals_and_roots(a):
    y, report = odeint(lambda y, t: -a * y, [1.0], np.linspace(0.0, 1.0, 4), full_output=True)
    area, error, info = integrate.quad(lambda x: np.exp(-a * x), 0.0, 3.0, full_output=1)
    root, how = optimize.brentq(lambda x: x**3 - a, 0.0, 2.0, full_output=True)
    other, _ = optimize.newton(lambda x: x**3 - a, 1.5, full_output=True)
    x, _, flag, message = optimize.fsolve(lambda x: x * x - a, [1.0, 2.0], full_output=True)
    counts = report["nst"], info["neval"], how.iterations, flag
    return y, area, error, root, other, x, message, counts


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-7, host_calls=("scipy", "operator"))
def integrals_over_volumes(a):
    cube = integrate.tplquad(lambda z, y, x: a * x * y * z, 0, 1, 0, lambda x: x, 0, 2.0)
    plane = integrate.nquad(lambda x, y: a * x * y, [lambda y: (0, y), (0, 2)])
    return cube[0], plane[0]


@program(
    lambda n: (1.5,),
    sizes=(0,),
    layouts=(),
    rtol=1e-7,
    gradient=(0,),
    host_calls=("scipy", "operator"),
)
def lowest_point_by_older_functions(a):
    def bowl(x):
        return (x[0] - a) ** 2 + (x[1] - a * x[0]) ** 2

    found = optimize.fmin_bfgs(bowl, [0.0, 1.0], gtol=1e-9, disp=False)
    return found[0] * found[1]


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "operator"))
def searches_over_a_landscape(a):
    def waves(x):
        return np.sum(x * x - 2.0 * np.cos(4.0 * x)) + a

    box = [(-3.0, 3.0), (-2.0, 3.5)]
    evolved = optimize.differential_evolution(waves, box, seed=3, maxiter=30)
    annealed = optimize.dual_annealing(waves, box, seed=3, maxiter=20)
    hopped = optimize.basinhopping(waves, [1.0, 1.0], niter=5, seed=3)
    coarse = optimize.brute(waves, ((-3, 3), (-3, 3)), Ns=7)
    return evolved.x, evolved.nit, annealed.fun, hopped.x, coarse


@program(lambda n: (1.5,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("scipy", "operator"))
def fits_and_fixed_points(a):
    t = np.linspace(0.0, 1.0, 12)
    samples = 2.0 * np.exp(-a * t)
    p, flag = optimize.leastsq(lambda p: p[0] * np.exp(-p[1] * t) - samples, [1.0, 0.5])
    return p, flag, optimize.fixed_point(lambda x: np.cos(x) * a / 2.0, 0.5)
