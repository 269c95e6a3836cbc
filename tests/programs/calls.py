"""Calls of helpers, nested functions, closures, defaults and keywords."""

import numpy as np

from tests.programs.corpus import floats, program, signed

GRAVITY = 9.81


def square(x):
    return x * x


def scale_in_place(x, factor):
    x *= factor


def norm_and_direction(x):
    length = np.sqrt(np.sum(x * x))
    return length, x / length


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


def accumulate(x, i, total):
    while i < len(x):
        total += x[i]
        i += 2
    return total


@program(lambda n: (signed(n),), gradient=(0,))
def helper_call(x):
    return np.sum(square(x) + square(2.0 * x))


@program(lambda n: (signed(n),))
def helper_mutates(x):
    scale_in_place(x[1:], 3.0)
    scale_in_place(x, 0.5)
    return x


@program(lambda n: (signed(n),), sizes=(1, 7), rtol=1e-12)
def helper_returns_tuple(x):
    length, direction = norm_and_direction(x)
    return direction * 2.0, length


@program(lambda n: (signed(n),))
def helper_with_returns_in_loop(x):
    total = 0.0
    for i in range(len(x)):
        total += clamp(x[i], -1.0, 1.0)
    return total


@program(lambda n: (signed(n),), rtol=1e-12)
def helper_with_loop_in_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = accumulate(x, i, total)
    return total


@program(lambda n: (signed(n), 2.0))
def nested_function(x, k):
    def shifted(values):
        return values + k

    y = shifted(x)
    k = 10.0
    return y + shifted(x)


@program(lambda n: (signed(n),))
def nested_function_writes(x):
    def set_first(value):
        if len(x) > 0:
            x[0] = value

    set_first(5.0)
    set_first(x[-1] if len(x) > 0 else 0.0)
    return x


@program(lambda n: (floats(n), 3), sizes=(1, 7), rtol=1e-12, gradient=(0,))
def function_as_argument(x, steps):
    def flow(state):
        return -state * state

    def step(derivative, state, dt):
        middle = state + 0.5 * dt * derivative(state)
        return state + dt * derivative(middle)

    for _ in range(steps):
        x = step(flow, x, 0.1)
    return np.sum(x)


@program(lambda n: (signed(n), 2), lambda n: (signed(n),), sizes=(7,), layouts=())
def default_arguments(x, repeats=3, offset=0.5):
    for _ in range(repeats):
        x = x * 0.5 + offset
    return x


@program(lambda n: (signed(n),), sizes=(7,))
def keyword_calls(x):
    return clamp(high=1.0, value=x[0], low=-1.0), default_arguments(x, offset=1.0)


@program(lambda n: (signed(n),))
def global_constant(x):
    return x * GRAVITY + np.pi


@program(lambda n: (signed(n),), sizes=(7,))
def lambda_call(x):
    half = lambda values: values / 2  # noqa: E731
    return half(x) + half(half(x))


@program(lambda n: (signed(n),), sizes=(1, 7), layouts=())
def tuples_and_unpacking(x):
    pair = (x, x + 1.0)
    first, second = pair
    (a, b), c = (first * 2.0, second), len(pair)
    return a + b, c, pair[1]


@program(lambda n: (signed(n),), sizes=(7,), layouts=(), gradient=(0,))
def list_of_static_length(x):
    layers = [0.5, 1.5, 2.5]
    for factor in layers:
        x = np.tanh(factor * x)
    return np.sum(x)


def power_by_squaring(x, n):
    if n == 0:
        return np.ones_like(x)
    half = power_by_squaring(x, n // 2)
    return half * half * x if n % 2 else half * half


@program(lambda n: (signed(n),))
def helper_calls_itself(x):
    return power_by_squaring(x, 5)


@program(lambda n: (np.linspace(0.5, 2.0, n),), sizes=(0, 4))
def imports_inside(x):
    import math
    import os.path as paths
    from math import pi
    from math import sqrt as root

    import numpy.linalg

    total = 0.0
    for value in x:
        total += math.sin(value) * pi + root(value)
    return total, numpy.linalg.norm(x), paths.sep


@program(lambda n: (signed(5), n - 1), sizes=(0, 2))
def settings_chosen_by_data_are_unpacked(x, n):
    def scaled(weights, rate, shift=0.0):
        return weights * rate + shift

    settings, pair = {"weights": x, "rate": 2.0}, (x, 1)
    if n > 0:
        settings, pair = {"weights": x[::-1] + n, "rate": n}, (x * 2, n)
    settings = {**settings, "shift": 0.5}
    return scaled(**settings), scaled(*pair), [*pair, 3], settings


@program(lambda n: (signed(n),), sizes=(1, 4))
def rest_of_three_in_a_loop(x):
    last = 0
    for k in range(len(x)):
        first, *rest = (k, last, k + 1)
        rest[0] += first
        last = rest[-1] - rest[0]
    return first, rest, last


@program(lambda n: (signed(n),), sizes=(0, 1, 6), layouts=())
def as_many_arguments_as_found(x):
    found = [float(v) for v in x if v > 0]
    print("found", *found, sep=", ")
    print(*found)
    pair = (1.0, 2.0) if len(x) > 1 and x[0] > 0 else (3.0,)
    return (
        max(*found, 0.5, 0.0),
        min(-1.0, *found, 5.0, key=abs),
        sum_of(*pair, scale=2.0),
        max(*pair, 0.0),
    )


def sum_of(*values, scale=1.0):
    return sum(values) * scale
