"""Calls of library functions without a compiled form: what they return, when they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import autograph as ag
from autograph.errors import NondifferentiableError, UnsupportedError


def definite(n: int) -> np.ndarray:
    a = np.random.default_rng(n).uniform(-1, 1, (n, n))
    return a @ a.T + n * np.eye(n)


def test_one_specialisation_serves_all_sizes():
    def f(a, b):
        return np.linalg.solve(a, b) + b

    compiled = ag.compile(f)
    for n in (2, 5, 9):
        a, b = definite(n), np.arange(float(n))
        np.testing.assert_allclose(compiled(a, b), f(a, b), rtol=1e-12)
    assert compiled.stats()["specialisations"] == 1
    assert compiled.stats()["replays"] == 0


def test_sizes_that_depend_on_the_data():
    def f(x):
        values = np.unique(x)
        return values * 2, len(values)

    compiled = ag.compile(f)
    for x in (np.array([3, 1, 3]), np.zeros(9, int), np.arange(7), np.array([], int)):
        found, count = compiled(x)
        np.testing.assert_array_equal(found, np.unique(x) * 2)
        assert count == len(np.unique(x))
    assert compiled.stats()["replays"] == 0
    assert compiled.stats()["specialisations"] <= 2


def test_sizes_that_are_zero_in_all_samples():
    def f(x, order, cut):
        b, a = signal.butter(order, cut)
        smooth = signal.filtfilt(b, a, x)
        return signal.find_peaks(smooth, height=0)[0]

    compiled = ag.compile(f)
    x = np.sin(np.arange(60.0))
    np.testing.assert_array_equal(compiled(x, 3, 0.2), f(x, 3, 0.2))
    assert compiled.stats()["replays"] == 0


def test_explain_lists_the_call():
    def f(a):
        return np.spacing(a)

    text = ag.compile(f).explain(definite(3))
    assert "host call: numpy.spacing(x0) at line" in text


def test_strict_refuses_the_call_where_it_is():
    @ag.compile(strict=True)
    def f(a):
        b = a + 1.0
        return np.spacing(b)

    with pytest.raises(UnsupportedError, match=r"numpy\.spacing has no compiled form") as error:
        f(definite(3))
    assert "return np.spacing(b)\n           ^" in str(error.value)


def test_errors_are_those_of_the_function():
    def f(a, log):
        log[0] += 1.0
        return np.linalg.inv(a) + log[0]

    compiled = ag.compile(f)
    log = np.zeros(1)
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        compiled(np.zeros((2, 2)), log)
    assert log[0] == 1.0
    np.testing.assert_allclose(compiled(definite(2), log), f(definite(2), np.ones(1)))


def test_unused_results_are_still_computed():
    @ag.compile
    def f(a):
        np.linalg.cholesky(a)
        return True

    assert f(definite(3)) is True
    with pytest.raises(np.linalg.LinAlgError):
        f(-definite(3))


def test_keyword_and_structured_arguments():
    def f(a, b):
        q, r = np.linalg.qr(np.block([[a, b], [b, a]]), mode="reduced")
        return np.abs(r), np.tensordot(a, b, axes=([0], [1])), q.shape

    a, b = definite(3), definite(3) - 1.0
    for found, expected in zip(ag.compile(f)(a, b), f(a, b), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_results_keep_their_kinds():
    def f(x, q):
        return np.quantile(x, q), np.ndim(np.median(x)), np.interp(q, x, x), np.lexsort((x,))

    x = np.arange(5.0)
    found, expected = ag.compile(f)(x, 0.5), f(x, 0.5)
    assert [type(v) for v in found] == [type(v) for v in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_calls_in_loops_and_branches():
    def f(x, n):
        total = 0.0
        for k in range(n):
            if x[0] < 10.0:
                x = np.sort(x)[::-1] + k
                total -= 1.0
            else:
                x = np.cumsum(x)
            total += np.median(x)
        return x, total

    compiled = ag.compile(f)
    for n in (0, 1, 6):
        found, expected = compiled(np.arange(4.0), n), f(np.arange(4.0), n)
        np.testing.assert_allclose(found[0], expected[0])
        assert found[1] == expected[1]


def test_constant_arrays_are_new_in_each_call():
    @ag.compile
    def f(x):
        table = np.tri(2)
        table[0, 0] += x[0]
        return table

    first = f(np.ones(1))
    np.testing.assert_array_equal(first, [[2, 0], [1, 1]])
    np.testing.assert_array_equal(f(np.ones(1)), [[2, 0], [1, 1]])


def refused(f, *args):
    with pytest.raises(UnsupportedError) as error:
        ag.compile(f)(*args)
    return str(error.value)


def test_functions_that_change_their_argument_are_refused():
    assert "changes its argument" in refused(lambda x: np.nan_to_num(x, copy=False), np.ones(3))


def test_results_whose_type_depends_on_the_data_are_refused():
    assert "depends on the data" in refused(
        lambda x: np.polynomial.polynomial.polyroots(x), np.ones(3)
    )


def test_functions_of_functions_are_refused():
    message = refused(lambda x: np.apply_over_axes(lambda a, k: a.sum(k), x, 0), np.ones((3, 2)))
    assert "a function cannot be passed to numpy.apply_over_axes" in message


def test_gradients_name_the_function():
    with pytest.raises(NondifferentiableError, match=r"numpy\.spacing"):
        ag.grad(lambda x: np.sum(np.spacing(x) * x))(np.ones(3))
