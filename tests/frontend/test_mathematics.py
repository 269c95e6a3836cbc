"""Functions of `math` and `statistics` that are traced as plain Python, on unusual numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import autograph as ag

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 3.7, 1e16, 1e308, 5e-324, 1e-310]
FLOATS += [math.inf, -math.inf, math.nan]
ROUNDING = 4e-16


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    try:
        return f(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)


def agree(expected: Any, found: Any) -> bool:
    if repr(expected) == repr(found):
        return True
    both = isinstance(expected, float) and type(expected) is type(found)
    return both and abs(expected - found) <= ROUNDING * abs(expected)


def check(f: Callable[..., Any], cases: Any) -> None:
    compiled = ag.compile(f)
    for args in cases:
        expected, found = outcome(f, *args), outcome(compiled, *args)
        assert agree(expected, found), (args, expected, found)


@pytest.mark.parametrize("name", ["frexp", "modf", "ulp"])
def test_of_one_float(name: str) -> None:
    function = getattr(math, name)
    check(lambda x: function(x), [(x,) for x in FLOATS])


@pytest.mark.parametrize("name", ["remainder", "nextafter", "hypot"])
def test_of_two_floats(name: str) -> None:
    function = getattr(math, name)
    check(lambda x, y: function(x, y), product(FLOATS, FLOATS))


def test_lengths_in_three_dimensions() -> None:
    check(lambda x, y: math.hypot(x, y, 1.0), product(FLOATS, FLOATS))
    check(lambda x, y: math.dist([x, y, 1.0], (y, 2.0, x)), product(FLOATS, FLOATS))


def test_powers_of_two() -> None:
    check(lambda x, i: math.ldexp(x, i), product(FLOATS, (0, 5, -5, 2000, -2000, -1074)))


def test_sums_are_exact() -> None:
    rng = np.random.default_rng(1)
    cases = [
        np.array([1e16, 1.0, -1e16]),
        np.array([1e100, 1e50, 1.0, -1e100, -1e50]),
        np.array([1.0, 2.0**-53, 2.0**-106]),
        np.array([math.inf, -math.inf, 1.0]),
        np.array([1e308, 1e308, -1e308]),
        np.array([1.0, math.nan, math.inf]),
        np.array([math.nan, -math.inf, 2.0, math.inf]),
        np.zeros(0),
    ]
    for size in rng.integers(0, 30, 40):
        x = rng.normal(size=size) * 10.0 ** rng.integers(-18, 18, size)
        cases += [x, np.concatenate([x, -x, [2.0**-60, 1.0]])]
    check(lambda x: math.fsum(x), [(x,) for x in cases])


@pytest.mark.parametrize("name", ["mean", "variance", "pvariance", "stdev", "pstdev"])
def test_spreads(name: str) -> None:
    function = getattr(statistics, name)
    rng = np.random.default_rng(2)
    check(lambda x: function(x), [(rng.normal(size=n) + 100.0,) for n in (0, 1, 2, 9)])


def test_the_mean_of_whole_numbers_is_whole_if_it_can_be() -> None:
    pairs = [(1, 2), (1, 3), (True, 2), (True, True), (1.0, 2), (1, 3.0), (np.float64(1), 3)]
    for pair in pairs:
        check(lambda a, b: statistics.mean([a, b]), [pair])


def test_numbers_as_text_in_other_bases() -> None:
    check(lambda n: (hex(n), oct(n), bin(n)), [(0,), (37,), (-5,)])


def test_products_and_permutations() -> None:
    check(lambda x: math.prod(x, start=2.0), [(np.arange(1.0, n + 1),) for n in (0, 1, 5)])
    check(lambda n, k: (math.perm(n, k), math.perm(n)), [(5, 2), (3, 4), (0, 0), (-1, 1), (2, -1)])
