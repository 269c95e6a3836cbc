"""Functions of NumPy and SciPy that are made of others: same results, and derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg
from scipy import special as sp

import autograph as ag

RNG = np.random.default_rng(2)
A = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
M = RNG.normal(size=(4, 3))
V = np.array([0.7, -0.4, 1.3])
W = np.array([0.3, 1.2, -0.7, 0.4])
U = np.array([0.2, 0.45, 0.61, 0.83])


def systems(a, b):
    spd = a @ a.T
    first = linalg.solve(a, b), linalg.solve(spd, b, assume_a="pos"), linalg.inv(a)
    second = linalg.solve(spd, b, assume_a="sym", lower=True), linalg.solve(a, b, transposed=True)
    return first, second, linalg.det(a), linalg.cholesky(spd), linalg.cholesky(spd, lower=True)


def decompositions(a, m):
    general = linalg.eigh(a + a.T, a @ a.T + np.eye(3), eigvals_only=True)
    first = general, linalg.svdvals(m), linalg.eigvalsh(a @ a.T)
    return first, linalg.qr(m, mode="economic"), linalg.pinv(m), linalg.svd(m, False, False)


def patterns(v, w):
    first = linalg.toeplitz(v, w), linalg.toeplitz(v), linalg.hankel(v, w), linalg.hankel(w)
    return first, linalg.circulant(w), linalg.block_diag(np.outer(v, w), v, np.outer(v, v))


def fits(x, y):
    line = np.polyfit(x, y, 1, w=x + 1)
    return np.polyfit(x, y, 2), line, np.polyadd(line, y), np.polysub(x[:1], line)


def sequences(x, w):
    spaced = np.logspace(x[0], x[1], 4), np.geomspace(x[2], x[1], 3), np.unwrap(7 * w)
    return spaced, np.geomspace(-x[0], -x[3], 4)


def contractions(a, m):
    stack = np.stack((m, 2 * m))
    first = np.einsum("...ij,jk->...ik", stack, a), np.einsum("i...,j...", m, m)
    return first, np.einsum("i,j,j->", m[0], a[0], a[1]), np.einsum("i,j,k->ik", m[0], a[0], a[1])


def leaves(x):
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, tuple | list) else [x]


GROUPS = [
    (systems, A, V),
    (decompositions, A, M),
    (patterns, V, W),
    (fits, U, W),
    (sequences, U, W),
    (contractions, A, M),
]


@pytest.mark.parametrize("group", GROUPS, ids=[g[0].__name__ for g in GROUPS])
def test_results_and_derivatives(group):
    f, *args = group
    compiled = ag.compile(f, strict=True)
    for found, wanted in zip(leaves(compiled(*args)), leaves(f(*args)), strict=True):
        assert type(found) is type(wanted)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    ag.check_grads(f, tuple(args), rtol=1e-5, atol=1e-5, order=1, modes=("reverse",))


def test_eigenvectors_are_scipys():
    def f(a):
        return linalg.eigh(a @ a.T)

    compiled = ag.compile(f)
    for found, wanted in zip(compiled(A), f(A), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-10)
    assert "host call: scipy.linalg.eigh" in compiled.explain(A)
    ag.check_grads(f, (A,), rtol=1e-5, atol=1e-5)


def of_several_results(x):
    parts = np.modf(3 * x)[0], np.frexp(x)[0], np.ldexp(x, 3), sp.sici(x), sp.shichi(x)
    return parts, sp.fresnel(x), sp.airy(x), sp.ellipj(x, 0.3)


def inverses(x):
    first = sp.gammaincinv(2.0, x), sp.gammainccinv(2.0, x), sp.betaincinv(2.0, 3.0, x)
    return first, sp.betaincc(2.0, 3.0, x), sp.stdtr(3.0, x), sp.chdtr(3.0, x), sp.rgamma(x)


def polynomials(x):
    first = [sp.eval_legendre(n, x) + sp.eval_chebyt(n, x) + sp.eval_hermite(n, x) for n in (0, 3)]
    return first, sp.eval_chebyu(2, x), sp.eval_genlaguerre(2, 0.5, x), sp.eval_laguerre(2, x)


def others(x):
    first = sp.struve(1.5, x), sp.exprel(x), sp.cosm1(x), sp.powm1(x, 2.3), sp.exp2(x)
    return first, sp.owens_t(x, 2 * x), sp.ellipkinc(x, 0.4), sp.ellipeinc(x, x), sp.ellipkm1(x)


@pytest.mark.parametrize("f", [of_several_results, inverses, polynomials, others])
def test_special_functions(f):
    ag.check_grads(f, (U,), rtol=1e-5, atol=1e-5, order=1, modes=("reverse",))


def test_slopes_of_functions_of_several_results_have_slopes():
    ag.check_grads(lambda x: (sp.sici(x), sp.airy(x)[0]), (U,), rtol=1e-5, atol=1e-5)
    assert ag.grad(lambda x: np.frexp(x)[0])(0.0) == 1.0


def test_unknown_derivatives_say_why():
    with pytest.raises(ag.NondifferentiableError, match=r"argument 0: .* has no closed form"):
        ag.grad(lambda a: sp.hyperu(a, 1.5, 0.5))(1.0)


def test_definition_that_refuses_an_argument_in_a_branch_gives_way_to_the_library():
    def f(a, b, cut):
        return np.linalg.lstsq(a, b, rcond=cut)[0]

    for cut in (1e-10, -1.0):
        np.testing.assert_allclose(ag.compile(f)(M, W, cut), f(M, W, cut))
