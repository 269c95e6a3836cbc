"""Functions that call each other, and also themselves, as deep as the data say."""

from __future__ import annotations

import functools

import numpy as np

from tests.programs.corpus import floats, program, signed


@program(lambda n: (n,), sizes=(0, 9))
def sequences_of_hofstadter(n):
    def female(k):
        return 1 if k == 0 else k - male(female(k - 1))

    def male(k):
        return 0 if k == 0 else k - female(male(k - 1))

    return [(female(k), male(k)) for k in range(n)]


@program(lambda n: (0.02 * n,), sizes=(0, 3))
def sine_and_cosine_by_halves(x):
    def sine(t):
        return t if abs(t) < 1e-3 else 2 * sine(t / 2) * cosine(t / 2)

    def cosine(t):
        return 1 - t * t / 2 if abs(t) < 1e-3 else cosine(t / 2) ** 2 - sine(t / 2) ** 2

    return sine(x), cosine(x)


@program(lambda n: (n,), sizes=(1, 3))
def curve_of_hilbert(n):
    moves = []

    def up(k):
        if k > 0:
            right(k - 1)
            moves.append((0, 1))
            up(k - 1)
            moves.append((1, 0))
            up(k - 1)
            moves.append((0, -1))
            left(k - 1)

    def right(k):
        if k > 0:
            up(k - 1)
            moves.append((1, 0))
            right(k - 1)
            moves.append((0, 1))
            right(k - 1)
            moves.append((-1, 0))
            left(k - 1)

    def left(k):
        if k > 0:
            left(k - 1)
            moves.append((-1, 0))
            up(k - 1)

    up(n)
    return moves


@program(lambda n: (np.zeros(n),), sizes=(0, 9))
def halves_written_in_turn(x):
    def raised(a, depth):
        if len(a) > 0:
            middle = len(a) // 2
            a[middle] += depth
            raised(a[:middle], depth + 1)
            lowered(a[middle + 1 :], depth + 1, 0.5)

    def lowered(a, depth, step):
        if len(a) > 0:
            middle = len(a) // 2
            a[middle] -= step
            lowered(a[:middle], depth + 1, step / 2)
            raised(a[middle + 1 :], depth + 1)

    raised(x, 1)
    return np.sum(x)


@program(lambda n: (n, floats(2)), sizes=(0, 5))
def mutual_with_unlike_results(n, x):
    def number(k):
        if k <= 0:
            return x[0]
        factor, count = pair(k - 1)
        return factor + count * number(k - 1)

    def pair(k):
        return (x[1], 1) if k <= 0 else (number(k - 1) * 0.5, pair(k - 1)[1] + 1)

    return number(n), pair(n)


@program(lambda n: (n,), sizes=(0, 1, 4), raises=True)
def raises_by_way_of_another(n):
    def fails(k):
        if k == 0:
            raise ValueError("the bottom")
        return fails(k - 1) + recovers(k - 1) if k > 1 else recovers(k - 1)

    def recovers(k):
        try:
            return fails(k - 1) + recovers(k - 1) if k > 0 else 1
        except ValueError:
            return 5

    return fails(n)


class Grammar:
    """Counts the words of two kinds of symbols."""

    def __init__(self):
        self.calls = 0

    def long(self, n):
        self.calls += 1
        return 1.0 if n <= 0 else self.long(n - 1) + self.short(n - 1, 0.5)

    def short(self, n, weight):
        return weight if n <= 0 else self.short(n - 1, weight / 2) + self.long(n - 2)


@program(lambda n: (n,), sizes=(0, 5))
def methods_that_call_each_other(n):
    grammar = Grammar()
    return grammar.long(n), grammar.calls


@program(lambda n: (floats(3),), sizes=(3,), gradient=(0,))
def mutual_differentiated(x):
    def wave(t, k):
        return t * x[0] if k == 0 else np.sin(wave(t, k - 1)) + ramp(t, k - 1, x[1])

    def ramp(t, k, slope):
        return slope * t if k == 0 else ramp(t, k - 1, slope * x[2]) * wave(t, k - 1)

    return wave(0.7, 3)


@program(lambda n: (signed(n), n), sizes=(1, 4), gradient=(0,))
def costs_of_all_orders(x, n):
    total = [0.0]

    def search(cost, depth):
        def extend(j):
            search(cost + depth * x[j], depth + 1)

        if depth == n:
            total[0] += cost * cost
            return
        for j in range(n):
            extend(j)

    search(0.0, 0)
    return total[0]


@program(lambda n: (n,), sizes=(0, 1, 6))
def inner_function_that_calls_its_parent(n):
    def outer(k):
        def inner(j):
            return 1 if j <= 0 else inner(j - 1) + outer(j - 2) + k

        return inner(k - 1) + outer(k - 1) if k > 0 else 1

    return outer(n)


@program(lambda n: (signed(n + 1), n), sizes=(0, 1, 5), gradient=(0,))
def halves_by_two_inner_functions(x, n):
    def solve(low, high, weight):
        middle = (low + high) // 2

        def left(v):
            return solve(low, middle, v * 0.5) + weight * x[low]

        def right(v):
            return solve(middle + 1, high, v * 0.25) - 0.01 * left(v)

        return weight * x[high] if high <= low else left(weight) + right(weight + 1.0)

    return solve(0, n, 1.0)


@program(lambda n: (signed(n + 1), n), sizes=(0, 1, 5))
def parts_gathered_by_an_inner_function(x, n):
    def outer(k):
        parts = []

        def add(j):
            if j > 0:
                add(j - 2)
                parts.append(outer(j - 1) + x[j])

        add(k)
        total = float(k)
        for part in parts:
            total += part
        return total

    return outer(n)


@program(lambda n: (signed(n + 1), n), sizes=(0, 4))
def array_of_the_parent_written(x, n):
    def outer(k, y):
        z = y * 0.5

        def inner(j):
            if j <= 0:
                return z.sum()
            z[0] += 1.0
            return inner(j - 1) + outer(k - 1, z) if k > 0 else z[0]

        return inner(k)

    return outer(n, x.copy())


@program(lambda n: (signed(n + 1), n), sizes=(0, 1, 5))
def cached_function_of_known_arguments(x, n):
    @functools.lru_cache(None)
    def best(i, used):
        if i == n:
            return 0.0
        skipped = best(i + 1, used)
        return skipped if used else max(skipped, best(i + 1, True) + x[i])

    @functools.cache
    def fibonacci(k):
        return x[0] if k < 2 else fibonacci(k - 1) + fibonacci(k - 2)

    total = best(0, False)
    for i in range(n):
        if x[i] > 0:
            total += fibonacci(40)
    return total, fibonacci(30)
