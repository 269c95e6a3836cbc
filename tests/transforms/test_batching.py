"""`vmap`: a function on every item of a batch."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag

A = np.arange(12.0).reshape(4, 3) / 7
W = np.array([1.0, 2.0, 3.0, 4.0])


def collatz(n):
    k = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        k += 1
    return k


def test_loops_of_unlike_length():
    numbers = np.array([1, 2, 7, 27])
    np.testing.assert_array_equal(ag.vmap(collatz)(numbers), [collatz(int(n)) for n in numbers])


def test_axes():
    columns = ag.vmap(lambda c, w: c * w, in_axes=(1, None), out_axes=1)
    np.testing.assert_allclose(columns(A, W), A * W[:, None])
    np.testing.assert_allclose(ag.vmap(lambda a, b: a @ b, (0, 0))(A, A), np.sum(A * A, 1))
    np.testing.assert_allclose(ag.vmap(ag.vmap(lambda a: a * a))(A), A * A)
    np.testing.assert_allclose(ag.vmap(np.sum, in_axes=-1)(A), A.sum(0))
    assert ag.vmap(lambda a: a * 2)(np.zeros((0, 3))).shape == (0, 3)


def test_containers():
    def g(p, k):
        return {"sum": np.sum(p["x"]), "both": (p["x"] * 2, p["n"] + k)}

    given = {"x": A, "n": np.arange(4)}
    found = ag.vmap(g, in_axes=(0, None))(given, 5)
    np.testing.assert_allclose(found["sum"], A.sum(1))
    np.testing.assert_allclose(found["both"][0], 2 * A)
    np.testing.assert_array_equal(found["both"][1], np.arange(4) + 5)
    found = ag.vmap(g, in_axes=({"x": 1, "n": None}, None))({"x": A.T, "n": 1}, 5)
    np.testing.assert_allclose(found["both"][0], 2 * A)
    moved = ag.vmap(lambda a: (a, a), out_axes=(0, 1))(A)
    assert (moved[0].shape, moved[1].shape) == ((4, 3), (3, 4))


def test_items_are_copies():
    def change(a):
        a += 1
        return a

    batch = A.copy()
    np.testing.assert_allclose(ag.vmap(change)(batch), A + 1)
    np.testing.assert_array_equal(batch, A)


def test_inside_a_compiled_function():
    @ag.compile
    def norms(a, k):
        return ag.vmap(lambda row: np.sqrt(np.sum(row * row)) * k)(a)

    np.testing.assert_allclose(norms(A, 2.0), 2 * np.linalg.norm(A, axis=1))


@pytest.mark.parametrize(
    ("axes", "args", "message"),
    [
        ((0, 0), (A,), "2 items for 1 arguments"),
        (0, (1.0,), "without axes"),
        ((None,), (A,), "at least one array"),
        (2, (A,), "2 for an array of 2 axes"),
    ],
)
def test_axes_that_do_not_fit_are_refused(axes, args, message):
    with pytest.raises(ag.AutographError, match=message):
        ag.vmap(lambda *x: x[0], axes)(*args)


def test_batches_of_unlike_size_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        ag.vmap(lambda a, b: a + b)(np.ones(3), np.ones(4))
