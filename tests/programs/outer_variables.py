"""Programs that rebind variables of the module or of functions around them."""

from __future__ import annotations

import sys

import numpy as np

from tests.programs.corpus import program

THIS = sys.modules[__name__]
COUNT = 0
LAST = None
TABLE = np.zeros(3)
PREVIOUS = 1.0


def vector(n):
    return (np.linspace(-1.0, 2.0, n),)


@program(vector, sizes=(0, 1, 7))
def counts_positives_in_a_global(x):
    global COUNT
    COUNT = 0
    for k in range(len(x)):
        if x[k] > 0.0:
            COUNT += 1
    return COUNT


def _remember(value):
    global LAST, COUNT
    LAST = value
    COUNT += 1


@program(vector, sizes=(1, 7))
def helper_writes_globals(x):
    global COUNT, LAST
    COUNT, LAST = 0, None
    for value in x:
        if value > 0.5 or LAST is None:
            _remember(value)
    return LAST, COUNT


@program(vector, sizes=(3,))
def rebinds_a_global_array(x):
    global TABLE
    TABLE = np.zeros(3)
    TABLE = TABLE + x
    TABLE[0] = 5.0
    return TABLE.sum(), x


@program(lambda n: (n,), sizes=(0, 3, 12))
def bisection_with_global_state(n):
    global PREVIOUS
    PREVIOUS = 1.0
    low, high = 0.0, 2.0
    while high - low > 1e-6 and abs(PREVIOUS) > 1e-9:
        middle = 0.5 * (low + high)
        PREVIOUS = middle * middle - 2.0 + 0.01 * n
        if PREVIOUS > 0:
            high = middle
        else:
            low = middle
    return low, PREVIOUS


def _make_counter():
    calls, best = 0, -1.0

    def largest(x):
        nonlocal calls, best
        calls, best = 0, -1.0
        for value in x:
            calls += 1
            if value > best:
                best = value
        return calls, best

    return largest


largest_in_a_closure = program(vector, sizes=(0, 7))(_make_counter())


@program(vector, sizes=(7,))
def inner_function_writes_a_global(x):
    def step(value):
        global COUNT
        COUNT = COUNT + int(value > 0)

    global COUNT
    COUNT = 10
    for value in x:
        step(value)
    return COUNT


@program(vector, sizes=(7,))
def loops_over_a_global(x):
    global LAST, COUNT
    total = 0.0
    for LAST in x:
        total += LAST
    COUNT, total = 3, total * 2
    return total, LAST


@program(lambda n: (np.arange(float(n)),), sizes=(0, 4), raises=True)
def global_survives_an_exception(x):
    global COUNT
    COUNT = 0
    for value in x:
        COUNT += 1
        if value > 2.0:
            raise ValueError("too large")
    return COUNT


class Particle:
    made = 0
    mass = 0.0
    heaviest = None

    def __init__(self, mass):
        self.mass = mass
        self.number = Particle.made
        Particle.made += 1
        type(self).heaviest = mass if self.heaviest is None else max(mass, self.heaviest)

    @classmethod
    def forget(cls):
        cls.made, cls.heaviest = 0, None

    def behind(self):
        return self.made - self.number


@program(vector, sizes=(1, 7))
def particles_are_counted_by_their_class(x):
    Particle.forget()
    particles = [Particle(value) for value in x if value > -2.0]
    return [p.number for p in particles], particles[0].behind(), Particle.heaviest, Particle.mass


@program(vector, sizes=(0, 1, 7))
def attribute_of_the_module_changes(x):
    THIS.COUNT = 0
    for value in x:
        THIS.COUNT += 1
        if value > 0.5:
            _remember(value)
    return COUNT, THIS.COUNT
