"""Functions of NumPy and SciPy by other names or with other arguments: results and derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

import autograph as ag
from tests.properties.interpreting import interpreting
from tests.transforms.test_library_functions import leaves

RNG = np.random.default_rng(5)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3)) + 2 * np.eye(3)
S = RNG.normal(size=(2, 3, 3))
X, Y = RNG.uniform(0.2, 0.9, size=5), RNG.uniform(1.2, 1.9, size=5)


def joined(a, s):
    first = np.concatenate(a), np.concatenate(s, axis=1), np.concatenate(s, axis=None)
    second = np.hstack(a), np.hstack(s), np.vstack(s), np.vstack(a[0]), np.stack(s, axis=2)
    return first, second, np.column_stack(a), np.column_stack(s), np.dstack(a), np.dstack(s)


def by_second_names(a, b):
    v = a[:, 0]
    first = np.matvec(b, v), np.vecmat(v, b), np.vecdot(b, v), np.matrix_transpose(a)
    second = np.linalg.matmul(b, a), np.linalg.outer(v, v), np.linalg.cross(b, v)
    third = np.linalg.trace(b), np.linalg.diagonal(a), np.linalg.tensordot(b, a, axes=1)
    return first, second, third, np.linalg.matrix_norm(b), np.linalg.vector_norm(a, keepdims=True)


def spaced(x, y):
    first = np.linspace(x, y, 4), np.linspace(x, 2.0, 3, endpoint=False, axis=1)
    second = np.logspace(x, y, 3), np.geomspace(x, y, 4), np.linspace(x[0], y[0], 5, retstep=True)
    return first, second, np.ediff1d(x, to_end=y[:2], to_begin=y[0])


def rolled(a, s):
    first = np.roll(a, 1, axis=(0, 1)), np.roll(a, (1, -2), axis=(0, 1)), np.roll(a, (1, 3), axis=1)
    return first, np.roll(a, 5), np.roll(s, -1), np.roll(s, (2, 1, 4), (2, 0, 1)), np.roll(a[0], 2)


def filled(x, y):
    rows = np.outer(x, y)
    return np.full_like(rows, x), np.full((2, 5), y), np.full_like(rows, y[:, np.newaxis])


def chosen(x, y):
    which = np.array([1, 0, 4, 1, 3])
    return np.choose(which, x), np.choose(which, np.outer(y, x)), np.heaviside(np.zeros(5), y)


def bessel(s, b):
    return np.i0(s), np.i0(b)


def symmetric(a, b):
    s, w = b + b.T, a @ a.T + np.eye(3)
    first = linalg.eigh(s), linalg.eigh(s, w), linalg.eigh(s, w, eigvals_only=True)
    return first, linalg.eigvals(s).real, linalg.norm(a), linalg.norm(b, 1, axis=0)


def of_patterns(x, b):
    first = linalg.companion(x), linalg.khatri_rao(b, b[:2]), linalg.matmul_toeplitz(x, x)
    return first, linalg.orthogonal_procrustes(b, b.T @ b)


def stacks(s, b):
    wide = s + 3 * np.eye(3)
    first = linalg.inv(wide), linalg.det(wide), linalg.expm(s), linalg.svdvals(wide)
    return first, linalg.cholesky(s @ np.swapaxes(s, -1, -2) + np.eye(3)), linalg.pinv(wide)


def hermitian(z, b):
    h = z + np.conj(z.T) + 9 * np.eye(3)
    w = z @ np.conj(z.T) + np.eye(3)
    first = linalg.solve(h, b, assume_a="her"), linalg.solve(h, b, assume_a="sym")
    return first, linalg.eigvalsh(h, w), np.abs(linalg.eigh(h, w)[1])


GROUPS = [
    (rolled, A, S),
    (joined, A, S),
    (by_second_names, A, B),
    (spaced, X, Y),
    (filled, X, Y),
    (chosen, X, Y),
    (bessel, S, B),
    (symmetric, A, B),
    (of_patterns, X, B),
    (stacks, S, B),
    (hermitian, B + 1j * RNG.normal(size=(3, 3)), B),
]


@pytest.mark.parametrize("group", GROUPS, ids=[g[0].__name__ for g in GROUPS])
def test_results_and_derivatives(group):
    f, *args = group
    with interpreting():
        for found, wanted in zip(leaves(ag.compile(f)(*args)), leaves(f(*args)), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12)
            assert np.shape(found) == np.shape(wanted)
        ag.check_grads(f, tuple(args), rtol=2e-5, atol=2e-5, order=2)


def test_norms_of_complex_arrays():
    z = A + 1j * A[::-1]

    def norms(z):
        first = [np.linalg.norm(z, ord, axis=1) for ord in (None, 1, 2, 3, np.inf)]
        return first, [np.linalg.norm(z, ord) for ord in ("fro", "nuc", 2, 1)]

    with interpreting():
        for found, wanted in zip(leaves(ag.compile(norms)(z)), leaves(norms(z)), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12)
        ag.check_grads(norms, (z,), rtol=2e-5, atol=2e-5)


def test_eigenvectors_of_complex_matrices_to_second_order():
    z = B + 1j * B[::-1]
    with interpreting():
        ag.check_grads(lambda z: tuple(np.linalg.eig(z)), (z,), rtol=2e-5, atol=2e-5)
