"""Asking for memory before it is written: values stay, and only streams are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

import autograph as ag
from autograph.backends.numba.compilation.prefetch import prefetch_row


def test_prefetching_changes_nothing() -> None:
    def fill(out: Any) -> None:
        for i in range(out.shape[0]):
            prefetch_row(out, (i, 0), out.shape[1])
            for j in range(out.shape[1]):
                out[i, j] = i + j

    compiled = njit(error_model="numpy")(fill)
    for shape in ((0, 3), (1, 0), (3, 5), (2, 3000)):
        out = np.full(shape, np.nan)
        compiled(out)
        np.testing.assert_array_equal(out, np.add.outer(*map(np.arange, shape)))


def history(x, steps):
    states = np.zeros((steps, x.shape[0], x.shape[1]))
    for k in range(steps):
        x = 0.5 * x
        states[k] = x
    return states


def pascal(n):
    table = np.ones((n, n))
    for i in range(1, n):
        table[i, 1:] = table[i - 1, 1:] + table[i - 1, :-1]
    return table


def test_rows_filled_one_after_the_other_are_asked_for() -> None:
    x = np.ones((3, 4))
    f = ag.compile(history)
    assert f.show("numba", x, 5).count("prefetch_row(t, (k, i, 0), x_1)") == 1
    np.testing.assert_array_equal(f(x, 5), history(x, 5))


def test_rows_read_again_in_the_same_nest_are_not() -> None:
    assert "prefetch_row" not in ag.compile(pascal).show("numba", 5)


def spread(x, steps):
    x = x.copy()
    for _ in range(steps):
        x[1:-1, 1:-1] *= x[2:, 1:-1] + x[:-2, 1:-1]
    return np.sum(x)


def test_tapes_that_sweeps_go_through_are_asked_for() -> None:
    x = np.full((5, 6), 0.5)
    lines = ag.grad(spread).show("numba", x, 3).splitlines()
    backwards = lines[next(k for k, line in enumerate(lines) if ", -1, -1):" in line) :]
    assert [line.strip() for line in backwards if "prefetch_row" in line] == [
        "prefetch_row(tape, (v, i + 1, 1), x_1 - 2)"
    ]
