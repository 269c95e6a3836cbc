"""Derivatives of functions of SciPy that are called as they are, and of norms at zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special as sp

import autograph as ag
from tests.properties.interpreting import interpreting

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
    with interpreting():
        ag.check_grads(functions, (X, Z), rtol=1e-5, atol=1e-5, order=1)


def distributions(x, z):
    first = (
        sp.bdtr(2, 5, x),
        sp.nbdtr(2, 5, x),
        sp.pdtr(2, x),
        sp.gdtr(1.3, 2.0, x),
        sp.fdtr(2.0, 3.0, x),
    )
    second = sp.fdtri(2.0, 3.0, x), sp.chdtrc(3.0, x), sp.chdtri(3.0, x), sp.stdtrit(3.0, x)
    return first, second, sp.ndtri_exp(-x), sp.voigt_profile(x, 0.3, 0.4), sp.gdtrc(x, 2.0, z)


def more_polynomials(x, z):
    first = sp.eval_jacobi(3, 0.5, 0.3, x), sp.eval_sh_legendre(3, x), sp.eval_sh_chebyt(3, x)
    return (
        first,
        sp.eval_chebyc(3, x),
        sp.eval_chebys(3, x),
        sp.lpmv(1, 2, x),
        sp.assoc_laguerre(x, 2, 1),
    )


def more_bessels(x, z):
    first = (
        sp.jve(1.5, x),
        sp.hankel1(1.0, x),
        sp.modstruve(1.5, x),
        sp.ber(x),
        sp.kei(x),
        sp.iti0k0(x),
    )
    return first, [
        f(1, x) for f in (sp.spherical_jn, sp.spherical_yn, sp.spherical_in, sp.spherical_kn)
    ]


def still_others(x, z):
    first = sp.erfi(x), sp.hyp0f1(1.5, x), sp.hyperu(1.0, 2.5, x), sp.wright_bessel(1.0, 2.0, x)
    second = sp.boxcox1p(x, 0.3), sp.inv_boxcox1p(x, 0.3), sp.sindg(x), sp.tandg(x), sp.lambertw(x)
    return first, second, sp.elliprf(x, z, z[0]), sp.elliprc(x, x[1]), np.fabs(x - 0.5), sp.wofz(x)


def of_complex(x, z):
    w = x + 1j * z
    first = sp.gamma(w), sp.loggamma(w), sp.erf(w), sp.erfcx(w), sp.wofz(w), sp.dawsn(w), sp.exp1(w)
    second = sp.jv(1.5, w), sp.kv(0.5, w), sp.hankel1(1.0, w), sp.airy(w), sp.sici(w), sp.fresnel(w)
    return (
        first,
        second,
        sp.hyp2f1(1.0, 2.0, 3.0, w / 2),
        sp.lambertw(w),
        sp.spence(w),
        sp.xlogy(w, w),
    )


@pytest.mark.parametrize(
    "functions", [distributions, more_polynomials, more_bessels, still_others, of_complex]
)
def test_further_special_functions(functions):
    with interpreting():
        ag.check_grads(functions, (X, Z), rtol=1e-5, atol=1e-5, order=1)


def test_slopes_of_slopes_of_spherical_bessel_functions():
    with interpreting():
        ag.check_grads(lambda x: (sp.spherical_jn(2, x), sp.spherical_kn(1, x)), (X,), atol=1e-4)


def test_calls_that_differ_in_which_operands_are_numbers():
    # One number stood for both calls of the same function.
    with interpreting():
        ag.check_grads(lambda x, z: sp.elliprf(x, z[0], z[1]), (X, Z), order=1)


def test_lists_of_operands():
    with interpreting():
        slope = ag.grad(lambda a: np.sum(sp.gammaln([a, 2 * a])))(1.5)
    np.testing.assert_allclose(slope, sp.psi(1.5) + 2 * sp.psi(3.0))


def test_slopes_have_slopes():
    def f(x):
        return sp.gammaln(x), sp.j0(x), sp.erfinv(x), sp.i1(x)

    ag.check_grads(f, (X,), rtol=1e-5, atol=1e-5)


def test_operands_that_broadcast():
    ag.check_grads(lambda x, z: sp.beta(x[:, None], z), (X, Z), rtol=1e-5, atol=1e-5)
    with pytest.raises(ag.NondifferentiableError, match="no derivative rule for its argument 0"):
        ag.grad(lambda v: sp.hyperu(v, 1.5, 0.5))(1.0)


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
