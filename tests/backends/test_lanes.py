"""Loops over elements whose own loops stop when their data say so take many elements at a time."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from autograph.backends.lanes.lane_loops import FEW, LANES, PATIENCE

SIZES = (0, 1, FEW, FEW + 1, LANES - 1, LANES, 2 * LANES + 11)


def values(n, seed=0):
    return np.random.default_rng(seed).uniform(-2.0, 3.0, n)


def square_roots(x):
    """Iterate each root until it stands still; there is none of what is negative or NaN."""
    out = np.empty_like(x)
    steps = np.zeros(len(x), dtype=np.int64)
    for i in range(len(x)):
        guess = 1.0
        change = 1.0
        count = 0
        while abs(change) > 1e-14 and count < 30:
            change = 0.5 * (x[i] / guess - guess)
            guess += change
            count += 1
        out[i] = guess
        steps[i] = count
    return out, steps


def escapes(x, limit):
    """Count the steps until a bound is passed, with the test in the middle and a branch around."""
    counts = np.full(len(x), limit)
    last = np.zeros_like(x)
    for i in range(len(x)):
        z = 0.0
        for k in range(limit):
            before = z
            if z > 0.5:
                z = z * z - x[i]
            else:
                z = z * z + x[i]
                if z > 0.25:
                    z -= 0.125
            if abs(z) > 4.0:
                counts[i] = k
                break
            last[i] += before
    return counts, last


def far_apart(x):
    """Go on a thousand times longer for one element than for the others."""
    trips = np.zeros(len(x), dtype=np.int64)
    for i in range(len(x)):
        left = 5000.0 if i % 50 == 20 else 3.0 * x[i]
        while left > 0.0:
            left -= 1.0
            trips[i] += 1
    return trips


def two_loops(x):
    """Run one such loop after another, the second as the first has left things."""
    out = np.zeros((2, len(x)))
    for i in range(len(x)):
        a = x[i]
        while a < 10.0:
            a = 2.0 * a + 1.5 if a > -1.0 else a + 0.75
        out[0, i] = a
        b = 1.0
        k = 0
        while b < a:
            k += 2
            b *= 1.5
        out[1, i] = b + k
    return out


def total(x):
    """Add up, in the order of the elements, what the loops find."""
    found = 0.0
    most = 0
    for i in range(len(x)):
        a = abs(x[i]) + 0.1
        n = 0
        while a < 7.0:
            a *= 1.25
            n += 1
        found += a
        most = max(most, n)
    return found, most


def in_place(x, y):
    """Write the elements themselves, again and again, and a shifted one of another array."""
    for i in range(len(x)):
        while x[i] < 5.0:
            x[i] = 1.5 * x[i] + 3.5
            y[i + 1] = x[i]
    return y


def flags(x, stop):
    """Carry a truth and a single-precision number."""
    seen = np.zeros(len(x), dtype=bool)
    small = np.zeros(len(x), dtype=np.float32)
    for i in range(len(x)):
        a = np.float32(x[i])
        was = False
        while a < stop:
            was = was != (a > np.float32(0.5))
            a = a * np.float32(1.5) + np.float32(1.25)
        seen[i] = was
        small[i] = a
    return seen, small


def rows(x, limit):
    """Do it for the rows of a matrix, whose bounds depend on the row."""
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            a = x[i, j]
            for k in range(i):
                if a * a > limit:
                    break
                a = a * a + x[i, j] + k
            out[i, j] = a
    return out


def until_own_end(x, ends):
    """Run each loop as often as an array says, or less."""
    out = np.zeros_like(x)
    for i in range(len(x)):
        a = x[i]
        for k in range(ends[i]):
            a = 0.5 * a + k
            if a > 6.0:
                break
        out[i] = a
    return out


def made(plain, n):
    x = values(n)
    if n > 5:
        x[3], x[5] = np.nan, np.inf
    extra = {
        escapes: (40,),
        in_place: (np.zeros(n + 1),),
        flags: (np.float32(9.0),),
        rows: (3.0,),
        until_own_end: (np.random.default_rng(1).integers(-1, 20, n),),
    }
    if plain in (in_place, far_apart):
        x[~np.isfinite(x)] = 1.0
    if plain is rows:
        x = values(6 * n).reshape(6, n)
    return x, *extra.get(plain, ())


PROGRAMS = (
    square_roots,
    escapes,
    far_apart,
    two_loops,
    total,
    in_place,
    flags,
    rows,
    until_own_end,
)


def assert_same(found, expected):
    found, expected = (x if isinstance(x, tuple) else (x,) for x in (found, expected))
    for a, b in zip(found, expected, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


def lanes_in(compiled, *arguments) -> bool:
    return "_lanes" in compiled.show("loops", *arguments)


@pytest.mark.parametrize("plain", PROGRAMS, ids=lambda f: f.__name__)
def test_every_element_is_what_it_is_alone(plain) -> None:
    compiled = ag.compile(plain)
    for n in SIZES[::-1]:
        one, other = made(plain, n), made(plain, n)
        with np.errstate(all="ignore"):
            expected = plain(*one)
        assert_same(compiled(*other), expected)
        assert_same(other[0], one[0])
    assert lanes_in(compiled, *made(plain, SIZES[-1]))
    assert compiled.stats()["replays"] == 0
