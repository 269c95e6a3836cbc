"""Choosing among items: `min` and `max` with a key or a default."""

import numpy as np

from tests.programs.corpus import program, signed


@program(lambda n: (signed(n, n),), sizes=(1, 4), layouts=())
def pivots_of_elimination(a):
    m = a.copy()
    pivots = []
    for col in range(len(m)):
        pivot = max(range(col, len(m)), key=lambda r: abs(m[r, col]))
        pivots.append(pivot)
        m[[col, pivot]] = m[[pivot, col]]
        for r in range(col + 1, len(m)):
            m[r] -= m[r, col] / m[col, col] * m[col]
    return m, pivots


@program(lambda n: (signed(n),), sizes=(0, 1, 7), special=True, layouts=(), raises=True)
def smallest_by_magnitude(x):
    return min(x, key=abs)


@program(lambda n: (signed(n), 0.5), sizes=(0, 1, 7), special=True, layouts=())
def largest_above_or_default(x, limit):
    return max((v for v in x if v > limit), default=-1.0), max(x, default=None)


@program(lambda n: (signed(n),), sizes=(0, 3), layouts=(), raises=True)
def largest_of_generated_none(x):
    return max(v for v in x if v > 100)


@program(lambda n: (signed(n + 1),), sizes=(1, 6), layouts=())
def first_of_equals(x):
    rounded = np.round(x)
    at, value = max(enumerate(rounded), key=lambda item: item[1])
    back = min(range(len(x)), key=rounded.__getitem__)
    return at, value, back


@program(lambda n: (signed(3),), sizes=(1,), special=True)
def choice_among_a_few(x):
    best = max({"a": x[0], "b": x[1], "c": x[2]}.items(), key=lambda item: item[1])
    return best, max(x[0], x[1], key=abs), min([x[2], x[0]], key=lambda v: v * v, default=0.0)


@program(lambda n: (signed(n + 1),), sizes=(1, 5), layouts=())
def key_is_called_once_for_each(x):
    calls = 0

    def distance(v):
        nonlocal calls
        calls += 1
        return abs(v - 0.25)

    return min(x, key=distance), calls


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=(), raises=True)
def best_pair_unpacked(x):
    best = None
    for v in x:
        error = abs(v - 0.5)
        if best is None or error < best[0]:
            best = (error, v)
    error, v = best
    return error, v


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=(), raises=True)
def tuples_of_several_lengths_unpacked(x):
    found = None
    for v in x:
        if v > 0:
            found = (v, 2.0)
        elif v < -1:
            found = (v,)
    a, b = found
    return a + b


def _clipped(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


@program(lambda n: (signed(n),), sizes=(1, 3), layouts=(), gradient=(0,))
def numpy_number_before_a_choice(x):
    limit = np.sin(1.0)
    total = 0.0
    for value in x:
        if limit > _clipped(value, -1.0, 1.0):
            total = total + limit * _clipped(value, -0.5, 1.0) ** 2
    return total


def _kept_within(value, low, high):
    if value < low:
        return low
    return high if value > high else value


@program(lambda n: (np.array([0.5, 1.5 * n]), 5.0), sizes=(0, 3, 4), layouts=())
def comparisons_of_either_kind_are_summed(y, s):
    first = 5 > _kept_within(y[1], 4.0, s)
    second = 4.2 > _kept_within(y[1], 4.0, s)
    sums = first + second, True + first, first + 1, first * 2.0, abs(first), sum([first, second])
    return sums, first & second, first == second, first < 2, first + y[0], y[0] * first


@program(lambda n: (np.array([0.5, 1.5 * n]), 5.0), sizes=(0, 3, 4), layouts=(), raises=True)
def comparison_of_either_kind_is_subtracted(y, s):
    return True - (5 > _kept_within(y[1], 4.0, s))


@program(lambda n: (signed(n),), sizes=(0, 1, 6))
def truth_values_are_compared_by_identity(x):
    is_low, verdict = False, None
    for v in x:
        if v < 0:
            is_low = True
        if v > 0.5:
            verdict = v < 1
    numpys = np.sum(x) > 0
    found = numpys is True, bool(numpys) is True, numpys is numpys, verdict is None
    match is_low:
        case True:
            return 1, is_low is True, is_low is not False, found
    return 0, is_low is True, is_low is not False, found
