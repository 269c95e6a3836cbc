"""Programs that random testing found to be traced wrongly."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.harness import compare


def every_other(x, i, total):
    while i < len(x):
        total += x[i]
        i += 2
    return total


def test_loop_of_a_helper_called_in_a_loop():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total = every_other(x, i, total)
        return total

    compare(f, (np.arange(5.0),), (np.arange(1.0),), (np.zeros(0),))


def test_step_of_range_known_only_at_run_time():
    def f(start, stop, step):
        total = 0
        for i in range(start, stop, step):
            total += i
        return total

    compare(f, (0, 7, 2), (7, 0, -2), (5, 1, 2), (1, 5, -2), (3, 3, 1), (1, 2, 0))


def test_sizes_clamped_in_different_ways_are_equal():
    def f(a):
        a[:, 1:] += a[:, :-1] * 0.5

    compare(f, (np.ones((2, 2)),), (np.ones((3, 7)),), (np.ones((1, 1)),), (np.ones((1, 0)),))


def test_buffers_swapped_under_clamped_slices():
    def f(a, steps):
        b = a.copy()
        for _ in range(steps):
            b[1:-1] = a[2:] + a[:-2]
            a, b = b, a
        return a

    compare(f, (np.arange(2.0), 3), (np.arange(6.0), 2), (np.arange(1.0), 1))


@pytest.mark.parametrize("short", [0, 1, 3])
def test_mask_is_not_broadcast(short):
    def f(x, y):
        x[y > 0] += 1.0
        return x[y > 0].sum()

    compare(f, (np.arange(float(short)), np.ones(4)), (np.ones(4), np.ones(1)))


def test_number_of_two_kinds_added_to_a_selection():
    def f(x, y):
        y[y > 1] += 3 if x.sum() != 2 else x[0]
        return np.dot(x, y)

    compare(f, (np.ones(3), np.arange(3.0)), (np.ones(2), np.arange(2.0)))


def test_extremes_of_numbers_of_two_kinds():
    def f(a, b):
        return min(a, b), max(a, b), max(b, a, 1)

    compare(f, (2.0, 3), (3.0, 2), (2.0, 2), (0.5, 0))
