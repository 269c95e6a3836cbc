"""Eigenvalues and eigenvectors of any matrix, roots of polynomials, and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from tests.properties.interpreting import interpreting


@pytest.fixture(autouse=True)
def interpreted():
    """Spare the machine code: what is tested here is emitted before it."""
    with interpreting():
        yield


RNG = np.random.default_rng(7)
A = RNG.normal(size=(4, 4))
REAL = np.diag([1.0, 2.0, 3.5]) + 0.3 * RNG.normal(size=(3, 3))
C = A + 1j * RNG.normal(size=(4, 4))
STACK = np.stack((REAL, REAL.T + 1))


def gains(a):
    """Return what there is of eigenvectors that no phase can change."""
    values, vectors = np.linalg.eig(a)
    return np.abs(values), np.abs(vectors), values.real * vectors.real**2


def radius(a):
    return np.max(np.abs(np.linalg.eigvals(a)))


def growth(a):
    return np.sort(np.linalg.eigvals(a).real), np.abs(np.linalg.eigvals(np.stack((a, 2 * a))))


def same(found, wanted):
    assert type(found) is type(wanted)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


def test_values_are_real_where_all_of_them_are():
    values, pairs = (ag.compile(lambda a, f=f: f(a)) for f in (np.linalg.eigvals, np.linalg.eig))
    for a in (A, REAL, np.eye(2), np.array([[0.0, 1.0], [-1.0, 0.0]]), C, STACK, A.astype("f4")):
        same(values(a), np.linalg.eigvals(a))
        for found, wanted in zip(pairs(a), np.linalg.eig(a), strict=True):
            same(found, wanted)
    assert values.stats()["replays"] == 0


@pytest.mark.parametrize("f", [gains, radius, growth])
@pytest.mark.parametrize("a", [A, REAL, C], ids=["real", "of real eigenvalues", "complex"])
def test_derivatives(f, a):
    ag.check_grads(f, (a,), order=1, rtol=1e-5, atol=1e-5)


def test_derivatives_have_derivatives():
    ag.check_grads(
        lambda a: np.sum(np.log(np.abs(np.linalg.eigvals(a)))), (A,), rtol=1e-4, atol=1e-4
    )


def test_spectral_abscissa_descends():
    @ag.compile
    def stabilised(a):
        for _ in range(30):
            a = a - 0.1 * ag.grad(lambda m: np.max(np.linalg.eigvals(m).real))(a)
        return a

    assert np.max(np.linalg.eigvals(stabilised(A)).real) < np.max(np.linalg.eigvals(A).real) - 1


def test_infinite_matrix_raises_as_numpy_does():
    with pytest.raises(np.linalg.LinAlgError, match="must not contain infs or NaNs"):
        ag.compile(lambda a: np.linalg.eigvals(a))(np.full((2, 2), np.inf))


def polynomials(p, q):
    quotient, rest = np.polydiv(p, q)
    return np.polymul(p, q), quotient, rest, np.poly(q), np.poly(np.outer(q, q) + np.eye(3)).real


def test_polynomials():
    p, q = np.array([0.5, 1.0, -2.0, 0.3, 0.7]), np.array([0.8, 1.2, -0.4])
    for args in ((p, q), (np.concatenate(([0.0], p)), q), (q, p[:3])):
        for found, wanted in zip(ag.compile(polynomials)(*args), polynomials(*args), strict=True):
            same(found, wanted)
    ag.check_grads(polynomials, (p, q), order=1, rtol=1e-5, atol=1e-5)


def test_roots():
    roots = ag.compile(lambda p: np.roots(p))
    for p in (
        [1.0, -3.0, 2.0],
        [1.0, 0.0, 1.0],
        [0.0, 2.0, 1.0, 0.0],
        [3.0],
        [0.0, 0.0],
        [1, 2, 3],
    ):
        same(roots(np.array(p)), np.roots(np.array(p)))
    ag.check_grads(lambda p: np.abs(np.roots(p)), (np.array([1.0, 0.4, -2.0, 0.7]),), order=1)


def test_order_statistics_without_missing_values():
    def f(x):
        return (
            np.nanmedian(x), np.nanmedian(x, axis=0), np.nanmedian(x, axis=1, keepdims=True),
            np.nanquantile(x, 0.3), np.nanpercentile(x, 70, axis=1), np.nancumprod(x, axis=1),
        )  # fmt: skip

    x = RNG.normal(size=(4, 5))
    x[0, 1] = x[2, 3] = x[2, 4] = np.nan
    for found, wanted in zip(ag.compile(f, strict=True)(x), f(x), strict=True):
        same(found, wanted)
    slope = ag.grad(lambda x: np.nanmedian(x) + np.nanquantile(x, 0.3))(x)
    np.testing.assert_allclose(np.sum(slope), 2.0)
    assert not np.any(slope[np.isnan(x)])
