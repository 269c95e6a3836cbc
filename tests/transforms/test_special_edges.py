"""Derivatives of special functions at zero, at whole orders, at the ends of their domains, and by
parameters that have no closed form."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import special as sp

import autograph as ag
from tests.properties.interpreting import interpreting

FINITE = {
    "ellipk": (lambda x: sp.ellipk(x), 0.0, np.pi / 8, 9 * np.pi / 64),
    "ellipe": (lambda x: sp.ellipe(x), 0.0, -np.pi / 8, -3 * np.pi / 64),
    "ellipkm1": (lambda x: sp.ellipkm1(x), 1.0, -np.pi / 8, 9 * np.pi / 64),
    "sici": (lambda x: sp.sici(x)[0], 0.0, 1.0, 0.0),
    "shichi": (lambda x: sp.shichi(x)[0], 0.0, 1.0, 0.0),
    "spence": (lambda x: sp.spence(x), 1.0, -1.0, 0.5),
    "rgamma": (lambda x: sp.rgamma(x), -1.0, -1.0, 2 * (1 - np.euler_gamma)),
    "lambertw": (lambda x: sp.lambertw(x + 0j).real, 0.0, 1.0, -2.0),
    "struve": (lambda x: sp.struve(1.0, x), 0.0, 0.0, 4 / (3 * np.pi)),
    "beip": (lambda x: sp.beip(x), 0.0, 0.5, 0.0),
    "spherical": (lambda x: sp.spherical_jn(0, x), 0.0, 0.0, -1 / 3),
    "gammainc": (lambda x: sp.gammainc(1.0, x), 0.0, 1.0, -1.0),
    "betainc": (lambda x: sp.betainc(2.0, 1.0, x), 0.0, 0.0, 2.0),
    "chdtr": (lambda x: sp.chdtr(2.0, x), 0.0, 0.5, -0.25),
    "xlogy": (lambda x: sp.xlogy(0.0, x), 0.0, 0.0, 0.0),
    "xlog1py": (lambda x: sp.xlog1py(0.0, x), -1.0, 0.0, 0.0),
    "legendre": (lambda x: sp.eval_legendre(0, x), -1.5, 0.0, 0.0),
    "hermite": (lambda x: sp.eval_hermite(np.array(2), x), 0.5, 4.0, 8.0),
    "expn": (lambda x: sp.expn(np.float64(0.0), x), 1.0, -2 * np.exp(-1), 5 * np.exp(-1)),
    "pdtr": (lambda x: sp.pdtr(np.float64(1.6), x), 1.0, -np.exp(-1), 0.0),
    "ellipeinc": (lambda m: sp.ellipeinc(np.pi, m), 0.0, -np.pi / 4, -3 * np.pi / 32),
    "fdtr": (lambda x: sp.fdtr(np.float64(2.0), np.float64(2.0), x), 1.0, 0.25, -0.25),
    "agm": (lambda x: sp.agm(x, 1.0), 1.0, 0.5, -1 / 8),
    "boxcox": (lambda k: sp.boxcox(2.0, k), 0.0, np.log(2) ** 2 / 2, np.log(2) ** 3 / 3),
}


@pytest.mark.parametrize("name", FINITE)
def test_slopes_where_formulas_divide_zero_by_zero(name):
    f, x, slope, curvature = FINITE[name]
    with interpreting():
        found = ag.grad(f)(x), ag.grad(ag.grad(f))(x)
    np.testing.assert_allclose(found, (slope, curvature), rtol=1e-7, atol=1e-9)


def lower_gamma(a, x):
    return mpmath.gammainc(a, 0, x, regularized=True)


def beta(a, b, x):
    return mpmath.betainc(a, b, 0, x, regularized=True)


def student(v, t):
    return 1 - beta(v / 2, mpmath.mpf(0.5), v / (v + t * t)) / 2


PARAMETERS = [
    (sp.gammainc, lower_gamma, (0.7, 1.9)),
    (sp.gammainc, lower_gamma, (80.0, 90.0)),
    (sp.betainc, beta, (0.4, 2.5, 0.3)),
    (sp.stdtr, student, (3.5, 1.2)),
    (sp.jv, mpmath.besselj, (0.0, 2.5)),
    (sp.yv, mpmath.bessely, (1.0, 2.5)),
    (sp.iv, mpmath.besseli, (2.0, 1.5)),
    (sp.kv, mpmath.besselk, (0.5, 1.5)),
    (sp.hyp1f1, mpmath.hyp1f1, (1.0, 2.5, 0.7)),
    (sp.ellipkinc, mpmath.ellipf, (0.7, 0.4)),
]


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case[0].__name__)
def test_slopes_by_parameters(case):
    f, exact, at = case
    count = len(at)
    with interpreting():
        gradient = ag.grad(lambda *args: f(*args), argnums=tuple(range(count)))(*at)
    for k in range(count):
        orders = tuple(int(k == j) for j in range(count))
        np.testing.assert_allclose(gradient[k], float(mpmath.diff(exact, at, orders)), rtol=1e-9)


def test_mixed_and_second_slopes_by_parameters():
    with interpreting():
        ag.check_grads(lambda a, x: sp.gammainc(a, x), (1.7, 0.9))
        ag.check_grads(lambda v, x: sp.jv(v, x), (np.array([0.0, 1.3]), np.array([0.9, 2.1])))
        slope = ag.grad(lambda a: sp.gammainc(a, np.float32(0.9)))(np.float32(1.7))
    assert type(slope) is np.float32


def test_slopes_of_quantiles_by_parameters():
    with interpreting():
        ag.check_grads(lambda a, p: sp.gammaincinv(a, p), (1.7, 0.4), rtol=1e-5)
        ag.check_grads(lambda a, b, p: sp.betaincinv(a, b, p), (1.7, 0.8, 0.4), rtol=1e-5)
        ag.check_grads(lambda v, p: sp.stdtrit(v, p), (3.7, 0.3), rtol=1e-5)


def test_orders_that_are_whole_say_so():
    with pytest.raises(ag.NondifferentiableError, match="argument 0: it is a whole number"):
        ag.grad(lambda n: sp.eval_legendre(n, 0.5))(2.0)
