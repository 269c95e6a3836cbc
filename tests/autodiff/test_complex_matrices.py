"""Derivatives of factorisations of complex matrices, by their parts; phases as LAPACK chooses."""

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

RNG = np.random.default_rng(2)
SQUARE = (RNG.normal(size=(3, 3)) + 3 * np.eye(3), RNG.normal(size=(3, 3)))
TALL = (RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)))
WIDE = (RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4)))
WEIGHTS = RNG.normal(size=(4, 4)) + 1j * RNG.normal(size=(4, 4))


def seen(weights, *results):
    """Make a number of arrays that depends on all parts and phases of them."""
    total = 0.0
    for x in results:
        m = x.reshape(-1, x.shape[-1]) if x.ndim > 1 else x.reshape(1, -1)
        w = weights[: m.shape[0], : m.shape[1]]
        total += np.sum((m * w).real) + np.sum(np.abs(m) ** 2 * w.imag)
    return total


def hermitian(a):
    return a @ a.conj().T + np.eye(len(a))


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, Any]]] = {
    "solve": (lambda a, w: seen(w, np.linalg.solve(a, a[:, :2] + 1)), SQUARE),
    "solve, adjoint": (lambda a, w: seen(w, np.linalg.solve(a.conj().T, a[0])), SQUARE),
    "inv": (lambda a, w: seen(w, np.linalg.inv(a)), SQUARE),
    "det": (lambda a, w: (np.linalg.det(a) * (0.1 + 0.2j)).real, SQUARE),
    "slogdet": (lambda a, w: np.linalg.slogdet(a)[0].imag + np.linalg.slogdet(a)[1] ** 2, SQUARE),
    "cholesky": (lambda a, w: seen(w, np.linalg.cholesky(hermitian(a))), SQUARE),
    "triangle read": (lambda a, w: seen(w, np.linalg.cholesky(a + 9 * np.eye(3))), SQUARE),
    "eigvalsh": (lambda a, w: seen(w, np.linalg.eigvalsh(a)), SQUARE),
    "eigh": (lambda a, w: seen(w, *np.linalg.eigh(a)), SQUARE),
    "eigh, upper": (lambda a, w: seen(w, *np.linalg.eigh(a, "U")), SQUARE),
    "svd, values": (lambda a, w: seen(w, np.linalg.svd(a, compute_uv=False)), TALL),
    "svd, tall": (lambda a, w: seen(w, *np.linalg.svd(a, full_matrices=False)), TALL),
    "svd, wide": (lambda a, w: seen(w, *np.linalg.svd(a, full_matrices=False)), WIDE),
    "svd, one side": (lambda a, w: seen(w, np.linalg.svd(a, full_matrices=False)[0]), TALL),
    "qr": (lambda a, w: seen(w, *np.linalg.qr(a)), TALL),
    "qr, one factor": (lambda a, w: seen(w, np.linalg.qr(a)[0]), TALL),
    "least squares": (lambda a, w: seen(w, np.linalg.lstsq(a, a[:, 0] + 1)[0]), TALL),
    "triangle": (
        lambda a, w: seen(w, scipy.linalg.solve_triangular(a, a[:, 0], trans="C")),
        SQUARE,
    ),
}
cases = pytest.mark.parametrize("name", CASES)


def graph_of(name: str) -> tuple[Any, list[Any], list[int]]:
    function, parts = CASES[name]
    arguments = [*parts, WEIGHTS]
    traced = trace(lambda x, y, w: function(x + 1j * y, w), arguments)
    return traced.graph, arguments, [0, 1]


@cases
def test_reverse_is_central_difference(name: str) -> None:
    check_gradient(*graph_of(name), tolerance=1e-6)


@cases
def test_forward_is_reverse(name: str) -> None:
    check_forward(*graph_of(name))


@pytest.mark.parametrize("name", ["det", "slogdet", "cholesky", "eigh", "svd, tall", "qr"])
def test_second_order_by_three_routes(name: str) -> None:
    check_second_order(*graph_of(name))


def test_vectors_of_all_columns_have_no_derivative() -> None:
    def loss(x, y):
        return np.abs(np.linalg.svd(x + 1j * y)[0][0, -1])

    with pytest.raises(NondifferentiableError, match="use full_matrices=False"):
        value_and_gradient(trace(loss, TALL).graph, [0, 1])
