"""Calls with as many arguments as a list has items, which only the running program knows."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


def discounted(*terms):
    total = 0.0
    for term in terms:
        total = 0.5 * total + term
    return total


def weighted(weight, *terms, scale=1.0):
    total = 0.0
    for k, term in enumerate(terms):
        total += k * term
    return weight * total * scale


def head_and_tail(first, *rest):
    return first, list(rest), len(rest)


@program(lambda n: (signed(n),), sizes=(0, 1, 7))
def positives_as_arguments(x):
    found = [v for v in x if v > 0]
    mixed = weighted(2.0, *found, scale=3.0), weighted(1.0, 4.0, *found, 5.0, *found)
    return discounted(*found), discounted(1.0, *found), mixed


@program(lambda n: (signed(n), 0.0), lambda n: (floats(n), 2.0), sizes=(0, 1, 7), raises=True)
def first_positive_and_others(x, least):
    return head_and_tail(*[v for v in x if v > least])


@program(
    *(lambda n, given=given: (np.array(given),) for given in ([3.0, -1.0, 4.0], [1.0, 2.0, 3.0])),
    sizes=(0,),
    raises=True,
)
def as_many_as_the_function_takes(x):
    def difference(a, b):
        return a - b

    found = [v for v in x if v > 0]
    return difference(*found), np.hypot(*found)


@program(lambda n: (integers(n, low=1, high=7),), sizes=(0, 1, 7))
def common_divisors_and_multiples(k):
    even = [2 * int(v) for v in k if v % 2 == 0]
    return math.gcd(*even), math.lcm(*even), math.lcm(5, *even)


@program(lambda n: (floats(n),), sizes=(2, 7))
def rows_turned_into_columns(x):
    points = [(v, v * v, 1.0) for v in x if v > 0]
    lists = [[v, 2 * v] for v in x if v > 0.4]
    a, b, c = zip(*points)
    return sum(a), max(b), len(c), [sum(column) for column in zip(*lists)]


@program(lambda n: (signed(n),), sizes=(0, 7))
def tuples_with_lists_in_them(x):
    found = [v for v in x if v > 0]
    return (*found,), (0.0, *found, *found), len((1.0, *found))


def horner(x, a, b=0.0, c=0.0):
    return a + x * (b + x * c)


@program(lambda n: (floats(n, low=0.6), 0.5), lambda n: (floats(n), 9.0), sizes=(1, 3))
def functions_with_defaults(x, limit):
    found = [v for v in x if v < limit + 1.0]
    return horner(0.5, *found), horner(2.0, 1.0, *found[:1], c=limit)


@program(lambda n: (floats(5), 0.5), sizes=(1,), layouts=(), raises=True)
def too_many_for_the_defaults(x, limit):
    return horner(*[v for v in x if v > limit])


@program(lambda n: (floats(n), 0.9), sizes=(0, 1, 7), layouts=())
def length_of_what_is_left(x, limit):
    return math.hypot(*[v for v in x if v > limit])


@program(lambda n: (signed(3), 1.0), lambda n: (signed(3), -1.0), sizes=(1,))
def starred_targets_of_several_lengths(x, sign):
    items = [1.0, x[0], 3.0, 7.0] if sign > 0 else (x[1], 5.0)
    first, *rest, last = items
    total = 0.0
    for r in rest:
        total += r
    rest.append(last)
    return first, last, total, len(rest), rest
