"""Arrays of a few elements, whose number is known, become variables."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag


def orbit(state, steps):
    """Carry an array of two elements through a loop and return it."""
    for _ in range(steps):
        turned = np.array([state[1], -state[0]])
        state = state + 0.1 * turned
    return state


def swings(x, steps):
    """Write single elements in turn, in a branch too, and add up what is left."""
    pair = np.zeros(2)
    for k in range(steps):
        pair[0] += x[k]
        if pair[0] > 1.0:
            pair[1] = pair[0] * pair[1] + 1.0
            pair[0] = 0.0
    return np.sum(pair) + pair[0] * pair[1]


def corners(x):
    """Fill a matrix backwards, so that what comes first is read from what comes last."""
    table = np.zeros((2, 2))
    table[1, 1] = x[0]
    table[1] = table[1, ::-1] + table[1]
    table[0] = table[1] * x[1]
    return table


def chosen(x, k):
    """Read an element at a place that only the call knows."""
    pair = np.array([x[0], x[1]])
    return pair[k] + pair[0]


def logical(x, steps):
    """Carry two truths."""
    seen = np.zeros(2, dtype=bool)
    for k in range(steps):
        seen[0] = seen[1] | (x[k] > 1.0)
        seen[1] = seen[0] ^ seen[1]
    return seen


X = np.array([0.5, 0.75, -1.25, 2.0, 1.5])
PROGRAMS = [
    (orbit, (X[:2], 3)),
    (orbit, (X[:2], 0)),
    (swings, (X, 5)),
    (swings, (X, 0)),
    (corners, (X,)),
    (chosen, (X, 1)),
    (logical, (X, 5)),
]


@pytest.mark.parametrize(("plain", "arguments"), PROGRAMS)
def test_values_are_those_of_arrays(plain, arguments) -> None:
    found, expected = ag.compile(plain)(*arguments), plain(*arguments)
    np.testing.assert_array_equal(found, expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype


def test_what_is_carried_is_in_variables() -> None:
    f = ag.compile(orbit)
    text = f.show("loops", X[:2], 3)
    assert "nest" not in text
    assert text.count("empty") == 1  # the result
    assert "of few elements held in variables" in f.explain(X[:2], 3)


def test_an_array_read_at_an_unknown_place_stays_one() -> None:
    assert "empty" in ag.compile(chosen).show("loops", X, 1)


def test_loops_side_by_side_keep_arrays() -> None:
    cuda = ag.compile(orbit).show("cuda", X[:2], 3)
    assert "state" in cuda


def energy(state, steps):
    return np.sum(orbit(state, steps) ** 3)


def test_gradients() -> None:
    ag.check_grads(lambda state: energy(state, 4), (X[:2],))
    ag.check_grads(lambda x: swings(x, 5), (X,))
