"""Functions of SciPy that call functions of the program: integrals, roots, minima."""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize
from scipy.integrate import quad

from tests.programs.corpus import floats, program

BELL = 0.3


@program(
    lambda n: (1.3, 0.7), sizes=(0,), layouts=(), rtol=1e-9, gradient=(0, 1), host_calls=("quad",)
)
def area_under_a_curve(width, end):
    area, error = quad(lambda x: np.exp(-((x / width) ** 2)) * x, 0, end)
    return area * (error < 1e-6)


@program(lambda n: (1.3,), sizes=(0,), layouts=(), gradient=(0,), host_calls=("quad",))
def moments_of_a_density(width):
    def density(x, power):
        return x**power * np.exp(-0.5 * (x / width) ** 2)

    norm = quad(density, -np.inf, np.inf, args=(0,))[0]
    second = quad(density, -np.inf, np.inf, args=(2,), epsabs=1e-10)[0]
    return second / norm + quad(lambda x: abs(x - BELL), 0.0, 1.0, points=[BELL])[0]


@program(
    lambda n: (floats(n), 1.2), sizes=(1, 3), layouts=(), gradient=(0, 1), host_calls=("quad",)
)
def series_integrated(weights, end):
    def wave(x):
        total = 0.0
        for k in range(len(weights)):
            total += weights[k] * np.sin((k + 1) * x)
        return total

    return quad(wave, 0.0, end)[0]


@program(lambda n: (1.1,), sizes=(0,), layouts=(), gradient=(0,), host_calls=("dblquad",))
def volume_under_a_surface(side):
    return integrate.dblquad(lambda y, x: x * y * side, 0, side, lambda x: 0.0, lambda x: x)[0]


@program(lambda n: (floats(n),), sizes=(3,), layouts=(), gradient=(0,), host_calls=("quad_vec",))
def several_integrals_at_once(rates):
    return np.sum(integrate.quad_vec(lambda t: np.exp(-rates * t) * t, 0.0, 2.0)[0])


@program(
    lambda n: (0.4, 0.8),
    sizes=(0,),
    layouts=(),
    rtol=1e-12,
    gradient=(0, 1),
    host_calls=("brentq",),
)
def equation_of_kepler(anomaly, eccentricity):
    return optimize.brentq(lambda e: e - eccentricity * np.sin(e) - anomaly, -10, 10)


@program(
    lambda n: (-2.0,),
    lambda n: (2.0,),
    sizes=(0,),
    layouts=(),
    raises=True,
    host_calls=("bisect", "brentq"),
)
def roots_that_may_not_be_there(a):
    x = optimize.bisect(lambda x: x**3 - a, -10.0, 10.0)
    return x + optimize.brentq(lambda x: x * x + a, 0.0, 10.0)


@program(
    lambda n: (1.7,),
    sizes=(0,),
    layouts=(),
    gradient=(0,),
    host_calls=("newton", "toms748", "root_scalar"),
)
def roots_by_several_methods(a):
    def cube(x):
        return x**3 - a

    x = optimize.newton(cube, 1.0)
    x += optimize.newton(cube, 1.0, fprime=lambda x: 3 * x * x)
    x += optimize.toms748(cube, 0, 5)
    found = optimize.root_scalar(cube, bracket=(0, 5), method="brentq")
    if found.converged and found.iterations < 50:
        x += found.root
    return x


@program(lambda n: (1.7,), sizes=(0,), layouts=(), gradient=(0,), host_calls=("root", "fsolve"))
def circle_meets_line(radius):
    def residual(x):
        return [x[0] ** 2 + x[1] ** 2 - radius**2, x[1] - 0.5 * x[0]]

    first = optimize.fsolve(residual, [1, 1])
    found = optimize.root(residual, np.array([1.0, 1.0]))
    return first[0] + found.x[1] if found.success else 0.0


@program(lambda n: (floats(n),), sizes=(2, 3), layouts=(), host_calls=("root",))
def everything_about_a_root(a):
    return optimize.root(lambda x: x**3 + np.sum(x) - a, np.zeros(len(a)))


@program(
    lambda n: (floats(n), 0.3),
    sizes=(2, 3),
    layouts=(),
    rtol=1e-7,
    host_calls=("minimize",),
)
def everything_about_a_minimum(center, stiffness):
    def energy(x, k):
        total = 0.0
        for j in range(len(center)):
            total += (x[j] - center[j]) * (x[j] - center[j]) + k * x[j] * x[j] * x[j] * x[j]
        return total

    return optimize.minimize(energy, np.zeros(len(center)), args=(stiffness,))


@program(lambda n: (0.9,), sizes=(0,), layouts=(), gradient=(0,), host_calls=("minimize",))
def minimum_within_bounds(a):
    def energy(x):
        return (x[0] - a) ** 2 + (x[1] + a) ** 2 + 0.5 * x[0] * x[1] + x[0] ** 4

    def slope(x):
        return np.array([2 * (x[0] - a) + 0.5 * x[1] + 4 * x[0] ** 3, 2 * (x[1] + a) + 0.5 * x[0]])

    found = optimize.minimize(
        energy, [0.1, 0.1], jac=slope, bounds=[(0, None), (-0.5 * a, 3)], tol=1e-12
    )
    return found.x[0] + 2 * found.x[1] + found.fun


@program(lambda n: (0.9,), sizes=(0,), layouts=(), rtol=1e-7, host_calls=("minimize",))
def minima_by_several_methods(a):
    def energy(x):
        return (x[0] - a) ** 2 + (x[1] - x[0] ** 2) ** 2

    found = []
    for method in ("Nelder-Mead", "CG", "SLSQP"):
        result = optimize.minimize(energy, np.ones(2), method=method)
        found.append(result.x)
        print(method, result.success, result.message)
    return found


@program(lambda n: (0.9,), sizes=(0,), layouts=(), host_calls=("minimize",))
def minimum_on_a_line(a):
    on_line = {"type": "eq", "fun": lambda x: x[0] + x[1] - a}
    return optimize.minimize(lambda x: x[0] ** 2 + 2 * x[1] ** 2, [1.0, 1.0], constraints=on_line).x


@program(
    lambda n: (0.9,),
    sizes=(0,),
    layouts=(),
    rtol=1e-8,
    gradient=(0,),
    host_calls=("minimize_scalar",),
)
def lowest_point_of_a_curve(a):
    def curve(x):
        return (x - a) ** 2 + 0.5 * x**4

    free = optimize.minimize_scalar(curve, tol=1e-10)
    held = optimize.minimize_scalar(curve, bounds=(0.0, 0.25 * a), options={"xatol": 1e-10})
    return free.x + free.fun + held.fun


@program(lambda n: (floats(n),), sizes=(0, 1, 5), layouts=(), host_calls=("brentq",))
def root_for_each_element(values):
    roots = np.empty(len(values))
    for k in range(len(values)):
        roots[k] = optimize.brentq(lambda x: x + np.exp(x) - values[k], -5.0, 5.0)
    return roots


@program(lambda n: (1.2,), sizes=(0,), layouts=(), rtol=1e-9, gradient=(0,), host_calls=("brentq",))
def where_an_integral_reaches(level):
    def missing(end):
        return quad(lambda x: np.exp(-0.1 * x * x), 0.0, end)[0] - level

    return optimize.brentq(missing, 0.0, 5.0)


@program(lambda n: (1.2,), sizes=(0,), layouts=(), raises=True)
def integrand_that_raises(a):
    def integrand(x):
        if x > 0.9:
            raise ValueError("too far")
        return x * a

    return quad(integrand, 0.0, 1.0)[0]


TIMES = np.linspace(0.0, 2.0, 5)


@program(
    lambda n: (1.3, 0.2),
    sizes=(0,),
    layouts=(),
    rtol=1e-9,
    gradient=(0, 1),
    host_calls=("solve_ivp",),
)
def pendulum(length, damping):
    def rates(t, y, c):
        angle, speed = y
        return [speed, -9.81 / length * np.sin(angle) - c * speed]

    found = integrate.solve_ivp(
        rates, (0.0, 2.0), [0.5, 0.0], args=(damping,), t_eval=TIMES, rtol=1e-10, atol=1e-10
    )
    return np.sum(found.y[0]) if found.success else 0.0


@program(
    lambda n: (np.array([1.0, 0.5]), 0.8),
    sizes=(0,),
    layouts=(),
    rtol=1e-7,
    host_calls=("odeint",),
)
def predators_and_prey(start, rate):
    def rates(y, t, k):
        return np.array([y[0] - y[0] * y[1], k * y[0] * y[1] - y[1]])

    path = integrate.odeint(rates, start, TIMES, args=(rate,), rtol=1e-10, atol=1e-10)
    return path


@program(lambda n: (40.0,), sizes=(0,), layouts=(), rtol=1e-6, host_calls=("solve_ivp",))
def stiff_reaction(speed):
    def rates(t, y):
        return np.array([-speed * (y[0] - np.cos(t)), y[0] - y[1]])

    paths = []
    for method in ("Radau", "BDF", "LSODA"):
        found = integrate.solve_ivp(rates, (0.0, 1.0), [0.0, 1.0], method=method, t_eval=TIMES[:3])
        paths.append(found.y)
    return paths


@program(lambda n: (1.3,), sizes=(0,), layouts=(), rtol=1e-9, host_calls=("solve_ivp",))
def steps_as_the_solver_chooses(rate):
    return integrate.solve_ivp(lambda t, y: -rate * y, (0, 2), np.array([1.0, 2.0]))


@program(
    lambda n: (np.linspace(0.0, 1.0, 9), 2.0 + 3.0 * np.linspace(0.0, 1.0, 9) ** 2, 1.1),
    sizes=(0,),
    layouts=(),
    rtol=1e-5,
    gradient=(2,),
    host_calls=("curve_fit",),
)
def fit_with_uncertainty(x, y, scale):
    def model(x, a, b):
        return a + b * x * x

    found, _ = optimize.curve_fit(model, x, scale * y, p0=(1, 1), sigma=1.0 + x)
    return found[0] + 2.0 * found[1]


@program(
    lambda n: (floats(8), 0.9),
    sizes=(0,),
    layouts=(),
    rtol=1e-5,
    gradient=(0, 1),
    host_calls=("least_squares",),
)
def decay_fitted_to_samples(y, scale):
    t = np.linspace(0.0, 1.0, len(y))

    def residuals(p, s):
        return s * p[0] * np.exp(-p[1] * t) - y

    found = optimize.least_squares(
        residuals, [1.0, 0.5], jac="3-point", args=(scale,), xtol=1e-12, ftol=1e-12, gtol=1e-12
    )
    return found.x[0] + found.x[1] + found.cost


@program(lambda n: (floats(8),), sizes=(0,), layouts=(), rtol=1e-4, host_calls=("least_squares",))
def fit_within_bounds(y):
    t = np.linspace(0.0, 1.0, len(y))
    found = optimize.least_squares(
        lambda p: p[0] + p[1] * t - y, np.array([0.1, 0.1]), bounds=([0.0, 0.0], [0.5, np.inf])
    )
    return found.x, found.status, found.active_mask
