"""Programs that are hard to differentiate: history overwritten, branches not taken, ties, kinks."""

import math
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import floats, program, signed

# ---------------------------------------------------------------- overwritten history


@program(lambda n: (signed(n), 4), sizes=(2, 3, 7), layouts=(), rtol=1e-12, gradient=(0,))
def burgers_line(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] -= 0.1 * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u**2)


@program(lambda n: (signed(n), 0.3, 4), sizes=(1, 2, 7), layouts=(), rtol=1e-12, gradient=(0, 1))
def upwind_square(u, k, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:] = u[1:] - k * (u[1:] ** 2 - u[:-1] ** 2)
    return np.sum(u**3)


@program(lambda n: (signed(n), 0.3, 2), sizes=(3, 6), layouts=(), rtol=1e-12, gradient=(0, 1))
def old_and_new_contents_used(u, k, steps):
    u = u.copy()
    total = 0.0
    for _ in range(steps):
        before = np.sum(u**2)
        u[1:-1] = u[1:-1] + k * np.tanh(u[1:-1] * (u[2:] + u[:-2]))
        total += before * np.sum(np.sin(u))
    return total


@program(lambda n: (signed(n), 0.2, 3), sizes=(3, 6), layouts=(), rtol=1e-12, gradient=(0, 1))
def step_then_borders(u, k, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += k * u[1:-1] * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[0] = u[1] ** 2
        u[-1] = u[-2] * k
    return np.sum(u**2)


@program(
    lambda n: (signed(n, n + 2), 0.1, 0.2, 3),
    sizes=(2, 3, 4, 6),
    layouts=(),
    rtol=1e-12,
    gradient=(0, 1, 2),
)
def advected_plate(u, a, b, steps):
    u = u.copy()
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        u[1:-1, 1:-1] = (
            inner
            + a * inner * (u[2:, 1:-1] - u[:-2, 1:-1])
            + b * (u[1:-1, 2:] - 2 * inner + u[1:-1, :-2])
        )
    return np.sum(u**2)


@program(lambda n: (signed(n), 0.3), sizes=(3, 6), layouts=(), rtol=1e-12, gradient=(0, 1))
def relaxed_until_flat(u, k):
    u = u.copy()
    sweeps = 0
    while np.max(np.abs(u[2:] - 2 * u[1:-1] + u[:-2])) > 0.3 and sweeps < 20:
        u[1:-1] = u[1:-1] + k * np.tanh(u[2:] - 2 * u[1:-1] + u[:-2])
        sweeps += 1
    return np.sum(u**2)


@program(lambda n: (floats(n), 3), sizes=(1, 5), layouts=(), rtol=1e-11, gradient=(0,))
def squared_in_place(x, times):
    y = x.copy()
    for i in range(len(y)):
        for _ in range(times):
            y[i] = y[i] * y[i - 1]
    return np.sum(y)


@program(lambda n: (floats(n),), sizes=(0, 1, 6), layouts=(), rtol=1e-12, gradient=(0,))
def input_overwritten(x):
    total = np.sum(x**2)
    x[:] = 3.0 * x
    total += np.sum(x**3)
    x[:] = 0.0
    return total


# ---------------------------------------------------------------- loops left early


@program(lambda n: (0.4 * n, 1.3), sizes=(1, 2, 9), layouts=(), rtol=1e-12, gradient=(0, 1))
def grown_until_large(x, rate):
    y = x
    while y < 3.0:
        y = y * rate + 0.1 * x
        if y * y > 7.0:
            break
    return y * x


@program(lambda n: (signed(n), 0.9), sizes=(0, 1, 7), layouts=(), rtol=1e-12, gradient=(0, 1))
def nested_while_with_break(x, r):
    total = 0.0
    for i in range(len(x)):
        y = x[i]
        k = 0
        while y * y < 4.0:
            k += 1
            if k > 6:
                break
            j = 0
            while j < k:
                y = y * 1.1 + r * 0.1
                j += 1
        else:
            total += y * r
        total += y * y
    return total


# ---------------------------------------------------------------- branches not taken


@program(lambda n: (1.0 * n, 2.0), sizes=(0, 1, 3), layouts=(), rtol=1e-12, gradient=(1,))
def logarithm_not_taken(x, k):
    return k * math.log(x) if x > 0 else k * k


@program(lambda n: (np.arange(1.0 * n), 2.0), sizes=(1, 4), layouts=(), gradient=(1,))
def where_hides_logarithm_of_zero(x, k):
    safe = np.where(x > 0, x, 1.0)
    return np.sum(np.where(x > 0, k * np.log(safe * k), k))


@program(lambda n: (floats(n), 1.5), sizes=(1, 4), layouts=(), rtol=1e-12, gradient=(0, 1))
def position_out_of_bounds_not_taken(x, k):
    total = 0.0
    for i in range(len(x)):
        if i + 2 < len(x):
            total += x[i + 2] * x[i]
        elif k > 100.0:
            raise ValueError("too large")
        else:
            total += k * x[i]
    return total


@program(lambda n: (1.0 * n, 0.5), sizes=(0, 2), layouts=(), rtol=1e-12, gradient=(1,))
def power_at_zero(x, k):
    return k * x**2 + k * np.sqrt(x + k)


# ---------------------------------------------------------------- state kept elsewhere


@dataclass
class Body:
    position: float
    speed: float


@program(lambda n: (0.7, 0.1, n), sizes=(0, 1, 6), layouts=(), rtol=1e-12, gradient=(0, 1))
def oscillator(x, dt, steps):
    body = Body(x, 0.0)
    energies = []
    for _ in range(steps):
        body.speed -= dt * np.sin(body.position)
        body.position += dt * body.speed
    for k in range(3):
        energies.append(body.speed**2 * (k + 1))
    return sum(energies) + body.position


@program(lambda n: (floats(n), 2.0), sizes=(0, 1, 5), layouts=(), rtol=1e-12, gradient=(0, 1))
def counted_in_a_closure(x, k):
    total = 0.0
    seen = {"last": 1.0}

    def add(value):
        nonlocal total
        total += value * seen["last"]
        seen["last"] = value

    for i in range(len(x)):
        add(x[i] * k)
    return total


# ---------------------------------------------------------------- infinite slopes not chosen


def logarithm_where_positive(x):
    return np.sum(np.where(x > 0, -np.log(x * 2.0), x * x))


def distance_or_zero(x):
    return np.sum(np.where(np.sum(x * x) > 0, 2.0 * np.sqrt(np.sum(x * x)), 0.0))


def root_where_positive(x):
    return np.sum(np.where(x > 0, -(np.sqrt(x) * 3.0), 0.5 * x))


def nested_choice(x):
    return np.sum(np.where(x > 0, np.where(x > 1, 1.0 / (x - 1.0), np.sqrt(x)), 0.0))


@program(lambda n: (np.linspace(0.5, 2.0, n), 0.3), sizes=(0, 1, 5), gradient=(0,))
def fixed_points_of_a_recurrence(a, damping):
    total = 0.0
    for i in range(len(a)):
        x, change = 1.0, 1.0
        while abs(change) > 1e-10:
            target = np.cos(a[i] * x) if x > 0.4 else 0.4 + 0.1 * a[i]
            change = damping * (target - x)
            x = x + change
        total += x * a[i]
    return total


@program(lambda n: (0.4, 2.7, n), sizes=(0, 1, 300), gradient=(0, 1))
def derivative_of_a_settling_recurrence(x, rate, n):
    steps = 0
    while steps < n and abs(x) < 10.0:
        before = x
        x = rate * x * (1.0 - x) if steps % 3 else rate * np.sin(x) * (1.0 - x)
        steps += 1
        if abs(x - before) < 1e-300:
            break
    return x + 0.1 * x * x


@program(lambda n: (signed(n), 3), sizes=(1, 4), gradient=(0,))
def carries_what_is_around_the_loop(x, n):
    y, z = np.zeros(len(x)), 0.5
    for k in range(n):
        y, z = x, np.sin(z) + k
    return np.sum(y * y) * z
