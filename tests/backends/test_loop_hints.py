"""Loops of independent iterations, and rows that do not fill vectors."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from autograph.backends.numba.argument_types import ArrayType
from autograph.backends.numba.compilation.compiler import compile_function

THREE = [ArrayType("float64", 1)] * 3


def llvm_of(body: str) -> str:
    source = f"def f(x, y, z):\n{body}    return 0\n"
    return compile_function(source, "f", "<f>", "f_1", THREE, frozenset(), {}).llvm_ir


def test_independent_iterations_need_no_test_for_overlaps() -> None:
    body = "    for i in {}(x.shape[0]):\n        z[i] = x[i] * y[i]\n"
    assert "vector.memcheck" in llvm_of(body.format("range"))
    found = llvm_of(body.format("independent"))
    assert "vector.body" in found
    assert "vector.memcheck" not in found


def test_a_rest_runs_on_masks() -> None:
    body = "    for i in independent_rest(x.shape[0]):\n        z[i] = x[i] * y[i]\n"
    assert "llvm.masked.load" in llvm_of(body)


def test_groups_of_accesses_are_told_apart() -> None:
    one = "    for i in independent(x.shape[0]):\n        z[i] = x[i] * y[i]\n"
    other = "    for i in independent(x.shape[0]):\n        y[i] = x[i] - z[i]\n"
    assert llvm_of(one + other).count("= distinct !{}") == 2


def rows(x, shift):
    total = 0.0
    y = np.zeros_like(x)
    for k in range(len(x)):
        y[k] = np.exp(x[k] - shift) * np.tanh(x[k])
        total += np.log(np.sum(np.exp(y[k])))
    return y, total


compiled = ag.compile(rows)


@pytest.mark.parametrize("width", [1, 5, 7, 8, 9, 14, 16, 31, 33, 600, 1027])
def test_rows_of_all_lengths(width) -> None:
    x = np.random.default_rng(width).standard_normal((3, width))
    values, total = compiled(x, 0.5)
    expected, sum_of_all = rows(x, 0.5)
    assert np.allclose(values, expected, rtol=1e-14)
    assert np.isclose(total, sum_of_all, rtol=1e-14)


def test_empty_rows() -> None:
    values, total = ag.compile(rows)(np.empty((0, 4)), 0.5)
    assert values.shape == (0, 4)
    assert total == 0.0


def sweep(x):
    """Write what the next iteration reads."""
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = 0.5 * y[i - 1] + y[i]
    y[1:] += y[:-1].copy()
    y[:-1] = y[1:] * 2.0
    y[1:] = y[:-1] - 1.0
    return y


@pytest.mark.parametrize("size", [2, 9, 40, 100])
def test_iterations_in_order_stay_in_order(size) -> None:
    x = np.random.default_rng(size).standard_normal(size)
    assert np.array_equal(ag.compile(sweep)(x), sweep(x))
