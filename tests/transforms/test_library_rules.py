"""Derivatives of functions of SciPy that are called as they are, and of norms at zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special as sp

import autograph as ag

X = np.array([0.31, 0.62, 0.87])
Z = np.array([0.45, 0.71, 0.23])


def gammas(x, z):
    return (sp.gamma(x), sp.gammaln(x), sp.digamma(x), sp.polygamma(1, x), sp.beta(x, z)), (
        sp.betaln(x, z),
        sp.loggamma(x),
        sp.poch(x, z),
        sp.binom(3.0, x),
        sp.gammainc(2.0, x),
        sp.betainc(2.0, 3.0, x),
    )


def bessels(x, z):
    first = (sp.j0(x), sp.j1(x), sp.jv(1.5, x), sp.y0(x), sp.y1(x), sp.i0(x), sp.i1(x))
    return first, (sp.iv(1.5, x), sp.k0(x), sp.k1(x), sp.kv(0.5, x), sp.i0e(x), sp.ive(1.0, x))


def errors(x, z):
    first = (sp.erfinv(x), sp.erfcinv(x), sp.erfcx(x), sp.dawsn(x), sp.ndtr(x), sp.log_ndtr(x))
    return first, (sp.ndtri(x), sp.expi(x), sp.exp1(x), sp.expn(2, x), sp.spence(x))


def entropies(x, z):
    first = (sp.xlogy(x, z), sp.xlog1py(x, z), sp.entr(x), sp.rel_entr(x, z), sp.kl_div(x, z))
    return first, (sp.logit(x), sp.boxcox(x, 0.5), sp.inv_boxcox(x, 0.5), sp.huber(0.5, x))


def others(x, z):
    first = (sp.ellipk(x), sp.ellipe(x), sp.hyp2f1(1.0, 2.0, 3.0, x), sp.hyp1f1(1.0, 2.0, x))
    second = (sp.expm1(x), sp.log1p(x), sp.cbrt(x), sp.exp10(x), sp.pseudo_huber(0.5, x))
    return first, second, (np.logaddexp2(x, z), np.float_power(x, z), np.sinc(x), sp.log_softmax(x))


@pytest.mark.parametrize("functions", [gammas, bessels, errors, entropies, others])
def test_special_functions(functions):
    ag.check_grads(functions, (X, Z), rtol=1e-5, atol=1e-5, order=1)


def test_slopes_have_slopes():
    def f(x):
        return sp.gammaln(x), sp.j0(x), sp.erfinv(x), sp.i1(x)

    ag.check_grads(f, (X,), rtol=1e-5, atol=1e-5)


def test_operands_that_broadcast():
    ag.check_grads(lambda x, z: sp.beta(x[:, None], z), (X, Z), rtol=1e-5, atol=1e-5)
    with pytest.raises(ag.NondifferentiableError, match="no derivative rule for its argument 0"):
        ag.grad(lambda v: sp.jv(v, 0.5))(1.0)


def test_shifted_spectra():
    x = np.arange(10.0).reshape(2, 5)
    for shift in (np.fft.fftshift, np.fft.ifftshift):
        for axes in (None, (0, 1)):
            shifted = ag.compile(lambda x, s=shift, a=axes: s(x, a))
            np.testing.assert_array_equal(shifted(x), shift(x, axes))
    np.testing.assert_allclose(ag.compile(lambda x: np.sinc(x))(x - 3), np.sinc(x - 3), atol=1e-16)


def summed(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return np.sqrt(total)


@pytest.mark.parametrize(
    "norm",
    [
        np.linalg.norm,
        summed,
        lambda x: np.sqrt(x @ x),
        lambda x: np.sqrt(np.mean(x**2)),
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.sum(np.linalg.norm(x.reshape(1, 3), axis=1)),
        lambda x: np.hypot(x[0], x[1]),
        np.std,
    ],
)
def test_norms_are_flat_at_zero(norm):
    np.testing.assert_array_equal(ag.grad(lambda x: norm(x))(np.zeros(3)), np.zeros(3))
    by_rows = ag.jacfwd(lambda x: norm(x))(np.zeros(3))
    np.testing.assert_array_equal(by_rows, np.zeros(3))


def test_other_roots_keep_their_slope():
    assert ag.grad(lambda x: np.sqrt(x))(0.0) == np.inf
    assert ag.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(np.zeros(1)) == 0.0
