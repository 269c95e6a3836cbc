"""Derivatives of factorisations, norms and sorting: differences, forward mode, second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from autograph.autodiff import value_and_gradient
from autograph.errors import NondifferentiableError
from autograph.frontend import trace
from tests.autodiff.checking import check_forward, check_gradient, check_second_order

RNG = np.random.default_rng(1)
A = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
B = RNG.normal(size=(3, 2))
V = RNG.normal(size=3)
SYMMETRIC = A @ A.T + np.eye(3)
TALL = RNG.normal(size=(4, 3))
WIDE = RNG.normal(size=(2, 4))
WEIGHTS = RNG.normal(size=(4, 3))


def solve_in_loop(a, b):
    for k in range(2):
        b = np.tanh(np.linalg.solve(a + k * np.eye(3), b))
    return np.sum(b * b)


CASES: dict[str, tuple[Callable[..., Any], ...]] = {
    "solve": (lambda a, b: np.sum(np.sin(np.linalg.solve(a, b))), A, V),
    "solve, matrix": (lambda a, b: np.sum(np.sin(np.linalg.solve(a, b))), A, B),
    "solve, loop": (solve_in_loop, A, V),
    "inv": (lambda a: np.sum(np.sin(np.linalg.inv(a))), A),
    "det": (lambda a: np.sin(np.linalg.det(a) / 20), A),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1] ** 2, A),
    "cholesky": (lambda a, w: np.sum(np.linalg.cholesky(a) ** 2 * w[:3]), SYMMETRIC, WEIGHTS),
    "cholesky of product": (
        lambda x, w: np.sum(np.sin(np.linalg.cholesky(x @ x.T + np.eye(3)) * w[:3])),
        A,
        WEIGHTS,
    ),
    "eigvalsh": (lambda a: np.sum(np.linalg.eigvalsh(a) ** 3), SYMMETRIC),
    "eigh": (lambda a, w: np.sum(np.linalg.eigh(a)[1] ** 2 * w[:3]), SYMMETRIC, WEIGHTS),
    "eigh, upper": (lambda a: np.sum(np.linalg.eigh(a, "U")[1][0] ** 4), SYMMETRIC),
    "svd, values": (lambda a: np.sum(np.linalg.svd(a)[1] ** 3), TALL),
    "svd, tall": (
        lambda a, w: (
            np.sum(np.linalg.svd(a, full_matrices=False)[0] ** 2 * w)
            + np.sum(np.sin(np.linalg.svd(a, full_matrices=False)[2] ** 2 * w[:3]))
        ),
        TALL,
        WEIGHTS,
    ),
    "svd, wide": (lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[2][1] ** 4), WIDE),
    "qr": (
        lambda a, w: np.sum(np.linalg.qr(a)[0] ** 2 * w) + np.sum(np.linalg.qr(a)[1] ** 4),
        TALL,
        WEIGHTS,
    ),
    "norms": (
        lambda a: np.linalg.norm(a, 2) + np.linalg.norm(a, "nuc") ** 2 + np.linalg.norm(a) ** 3,
        TALL,
    ),
    "triangle": (
        lambda a, b: np.sum(np.sin(scipy.linalg.solve_triangular(a, b, lower=True))),
        A,
        B,
    ),
    "triangle, transposed": (
        lambda a, b: np.sum(np.sin(scipy.linalg.solve_triangular(a, b, trans=1))),
        A,
        V,
    ),
    "least squares": (lambda a, w: np.sum(np.linalg.lstsq(a, w[:, 0])[0] ** 3), TALL, WEIGHTS),
    "sort": (lambda x: np.sum(np.sort(x, axis=0) ** 2 * np.arange(4.0)[:, None]), TALL),
    "median": (lambda x: np.median(x, axis=1) @ np.arange(4.0) + np.percentile(x, 30), TALL),
    "partition": (lambda x: np.sum(np.partition(x.ravel(), 4)[:5] ** 3), TALL),
}
cases = pytest.mark.parametrize("name", CASES)


def graph_of(name: str) -> tuple[Any, list[Any], list[int]]:
    function, *arguments = CASES[name]
    traced = trace(function, arguments)
    return traced.graph, arguments, list(range(len(arguments)))


@cases
def test_reverse_is_central_difference(name: str) -> None:
    check_gradient(*graph_of(name), tolerance=1e-6)


@cases
def test_forward_is_reverse(name: str) -> None:
    check_forward(*graph_of(name))


@pytest.mark.parametrize("name", ["solve", "det", "cholesky", "eigh", "svd, values", "qr", "sort"])
def test_second_order_by_three_routes(name: str) -> None:
    check_second_order(*graph_of(name))


def test_vectors_of_all_columns_have_no_derivative() -> None:
    graph = trace(lambda a: np.sum(np.linalg.svd(a)[0][:, -1] ** 4), (TALL,)).graph
    with pytest.raises(NondifferentiableError, match="use full_matrices=False"):
        value_and_gradient(graph, [0])


def test_factors_are_shared_by_a_solution_and_its_gradient() -> None:
    gradient = value_and_gradient(graph_of("solve")[0], [0, 1])
    assert [node.op.name for node in gradient.walk()].count("lu") == 1
