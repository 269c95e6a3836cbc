"""Loops that read what they wrote a few iterations before keep it in variables."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag


def relaxed(u):
    """Sweep over a plane in place, from element to element."""
    m, n = u.shape
    for i in range(1, m - 1):
        for j in range(1, n - 1):
            u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return u


def backwards(x, k):
    """Run down an array with a recurrence of second order."""
    for i in range(len(x) - 3, -1, -1):
        x[i] = x[i] + k * x[i + 1] - x[i + 2]
    return x


def upwards(x):
    """Write ahead of what is read, with a gap."""
    for i in range(len(x) - 3):
        x[i + 3] = 0.5 * x[i] + x[i + 3]
    return x


def down_columns(u):
    """Go along the first axis."""
    for j in range(u.shape[1]):
        for i in range(1, u.shape[0]):
            u[i, j] += u[i - 1, j]
    return u


def distance(a, b):
    """Fill a table of distances, whose elements depend on a branch."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                table[i + 1, j + 1] = table[i, j]
            else:
                table[i + 1, j + 1] = min(table[i, j + 1], table[i + 1, j]) + 1.0
    return table


def crossing(u):
    """Read a row that may be the one that is written."""
    n = len(u)
    for i in range(n):
        for j in range(1, n):
            u[i, j] += u[i, j - 1] + u[j, i]
    return u


def shifted(x, k):
    """Read from a place that only the call knows."""
    for i in range(1, len(x) - k):
        x[i] += x[i - 1] + x[i + k]
    return x


def doubled(x):
    """Go in steps of two."""
    for i in range(len(x) // 2 - 1):
        x[2 * i + 2] += x[2 * i]
    return x


RNG = np.random.default_rng(2)
A, B = RNG.integers(0, 3, 9), RNG.integers(0, 3, 7)


def plane(m, n):
    return np.random.default_rng(7).standard_normal((m, n))


PROGRAMS = [
    *((relaxed, lambda m=m, n=n: (plane(m, n),)) for m, n in ((6, 7), (3, 3), (3, 2), (5, 4))),
    *((backwards, lambda n=n: (plane(1, n)[0], 0.5)) for n in (8, 3, 2, 0)),
    *((upwards, lambda n=n: (plane(1, n)[0],)) for n in (9, 4, 3)),
    *((down_columns, lambda m=m: (plane(m, 4),)) for m in (5, 1)),
    (distance, lambda: (A, B)),
    (distance, lambda: (A, B[:0])),
    (crossing, lambda: (plane(5, 5),)),
    (shifted, lambda: (plane(1, 9)[0], 0)),
    (shifted, lambda: (plane(1, 9)[0], 2)),
    (doubled, lambda: (plane(1, 9)[0],)),
]


@pytest.mark.parametrize(("plain", "inputs"), PROGRAMS)
def test_values_are_those_of_the_plain_program(plain, inputs) -> None:
    mine, theirs = inputs(), inputs()
    np.testing.assert_array_equal(ag.compile(plain)(*mine), plain(*theirs))
    for found, expected in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_an_array_with_steps_of_its_own() -> None:
    mine, theirs = plane(12, 7)[::2], plane(12, 7)[::2]
    np.testing.assert_array_equal(ag.compile(relaxed)(mine), relaxed(theirs))


def test_each_element_is_loaded_and_stored_once() -> None:
    text = ag.compile(backwards).show("loops", np.ones(8), 0.5)
    loop = text[text.index("for ") :].split("\n      ")[1:]
    assert sum("x[" in line.split("\n")[0] for line in loop) == 2


@pytest.mark.parametrize(
    ("plain", "arguments"), [(crossing, (plane(5, 5),)), (shifted, (plane(1, 9)[0], 2))]
)
def test_rows_that_may_overlap_stay_in_memory(plain, arguments) -> None:
    text = ag.compile(plain).show("loops", *arguments)
    assert "if " not in text


def energy(u):
    return np.sum(relaxed(u.copy()) ** 3)


def test_gradients() -> None:
    ag.check_grads(energy, (plane(5, 6),))
