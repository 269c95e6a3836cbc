"""Matrix equations, images, integrals, distributions and series: same results, and derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import polynomial
from scipy import integrate, linalg, ndimage, signal, stats

import autograph as ag
from tests.properties.interpreting import interpreting
from tests.transforms.test_library_functions import leaves

RNG = np.random.default_rng(7)
A = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
B = RNG.normal(size=(3, 3)) / 2
M = RNG.normal(size=(4, 3))
S = RNG.normal(size=(2, 4, 3))
X = np.array([0.31, 0.62, 0.87, 0.45, 0.71])
C = np.array([0.4, -0.7, 0.3, 0.2])
IMAGE = RNG.normal(size=(4, 5))


def equations(a, b):
    first = linalg.solve_sylvester(a, b, a + b), linalg.solve_continuous_lyapunov(a, b)
    second = (
        linalg.solve_discrete_lyapunov(b, a),
        linalg.solve_discrete_lyapunov(b, a, method="bilinear"),
    )
    return first, second


def riccati(a, b):
    weights = np.eye(3) + b @ b.T, np.eye(2) + b[:2] @ b[:2].T
    first = linalg.solve_continuous_are(a / 3, b[:, :2], *weights)
    return first, linalg.solve_discrete_are(a / 3, b[:, :2], *weights)


def functions_of_matrices(a, b):
    spd = a @ a.T
    return linalg.sqrtm(spd), linalg.logm(spd), linalg.cosm(a / 3), linalg.sinhm(b)


def factors(a, m):
    first = linalg.polar(a), linalg.polar(m), linalg.polar(m.T, side="left"), linalg.lu(a)
    found = linalg.lu_factor(a)
    second = found[0], linalg.lu_solve(found, m.T), linalg.lu_solve(found, m[0], trans=1)
    return first, second, linalg.lu(a, permute_l=True), linalg.lstsq(m, m[:, 0] + m[:, 1] ** 2)[0]


def stacks(s, a):
    return np.linalg.pinv(s), np.linalg.qr(s), np.linalg.svd(s, full_matrices=False)[1:2], a


def series(x, c):
    found = []
    for name, kind in (
        ("poly", polynomial.polynomial),
        ("cheb", polynomial.chebyshev),
        ("leg", polynomial.legendre),
        ("herm", polynomial.hermite),
        ("herme", polynomial.hermite_e),
        ("lag", polynomial.laguerre),
    ):
        found.append(getattr(kind, f"{name}val")(x, c))
        found.append(getattr(kind, f"{name}vander")(x, 3))
        found.append(getattr(kind, f"{name}fit")(x, x**4, 2))
    return found, polynomial.chebyshev.chebval(x, c[:1]), polynomial.polynomial.polyval(2.0, c)


def images(m, c):
    first = [ndimage.correlate1d(m, c, mode=k) for k in ("reflect", "mirror", "nearest", "wrap")]
    second = ndimage.convolve1d(m, c, axis=0, mode="constant", cval=2.0), ndimage.laplace(m)
    third = ndimage.convolve(m, m[:2, :3]), ndimage.correlate(m, m[:3, :2], mode="nearest")
    fourth = ndimage.gaussian_filter(m, 0.8), ndimage.gaussian_filter1d(m, 0.7, order=1)
    fifth = ndimage.gaussian_filter(m, (0.7, 0.4), order=(0, 2), mode="wrap")
    sixth = ndimage.uniform_filter(m, 3), ndimage.uniform_filter1d(m, 2), ndimage.sobel(m, 0)
    return first, second, third, fourth, fifth, sixth, ndimage.prewitt(m)


def between_elements(m, x):
    at = np.stack((3 * x, 4 * x**2))
    first = ndimage.map_coordinates(m, at, order=1), ndimage.map_coordinates(m, at, order=0)
    return first, ndimage.map_coordinates(m, at * 1.4, order=1, mode="nearest")


def integrals(m, x):
    along = np.cumsum(x)
    first = integrate.trapezoid(m, along), integrate.simpson(m, x=along), integrate.simpson(m)
    second = integrate.simpson(m, dx=0.3, axis=0), integrate.simpson(m[:, :4], x=along[:4])
    third = integrate.cumulative_trapezoid(m, along, initial=0), integrate.cumulative_trapezoid(x)
    return first, second, third


def smoothed(x, m):
    wide = np.concatenate((x, 2 * x))
    first = signal.savgol_filter(wide, 5, 2), signal.savgol_filter(wide, 5, 3, deriv=1, delta=0.3)
    return first, signal.savgol_filter(m, 3, 1, mode="nearest")


def densities(x, c):
    loc, scale = c[0], 1 + c[1] ** 2
    first = [
        (d.logpdf(x, loc, scale), d.pdf(x), d.cdf(x, loc=loc), d.ppf(x, loc, scale), d.sf(x))
        for d in (stats.norm, stats.laplace, stats.logistic, stats.cauchy)
    ]
    second = [
        (d.logpdf(x, scale=scale), d.pdf(x), d.cdf(x, 0.0, scale), d.ppf(x))
        for d in (stats.uniform, stats.expon)
    ]
    third = [
        (d.logpdf(x, scale), d.cdf(x, 1.3, loc=-0.1), d.ppf(x, 1.4, scale=scale))
        for d in (stats.gamma, stats.chi2, stats.t)
    ]
    fourth = stats.lognorm.logpdf(x, scale), stats.lognorm.cdf(x, s=scale)
    fifth = stats.beta.logpdf(x, scale, 2.0), stats.weibull_min.pdf(x, scale)
    return first, second, third, fourth, fifth


def masses(x, c):
    counts, impossible = np.array([0, 2, 3, 6, 1]), np.array([-1, 1.5, 7, 2, 0])
    first = stats.poisson.logpmf(counts, x), stats.binom.logpmf(counts, 6, x)
    second = stats.poisson.pmf(2, x), stats.bernoulli.logpmf(1 * (counts > 2), x)
    return first, second, stats.poisson.pmf(impossible, x), stats.binom.pmf(impossible, 6, x)


def normal_vectors(a, b):
    cov = a @ a.T
    one = stats.multivariate_normal.logpdf(b[0], b[1], cov)
    return (
        one,
        stats.multivariate_normal.logpdf(b, cov=cov),
        stats.multivariate_normal.pdf(b, a[0], cov),
    )


def chosen(x, c):
    which = np.array([1, 0, 2, 1, 0])
    first = np.choose(which, [x, x**2, 3.0]), np.choose(which + 2, (x, c[0]), mode="wrap")
    return first, np.choose(np.array([1, 0, 3]), np.stack((c[:3], c[1:])), mode="clip")


GROUPS = [
    (equations, A, B),
    (riccati, A, B),
    (functions_of_matrices, A, B),
    (factors, A, M),
    (stacks, S, A),
    (series, X, C),
    (images, IMAGE, C),
    (between_elements, IMAGE, X),
    (integrals, IMAGE, X),
    (smoothed, X, IMAGE),
    (densities, X, C),
    (masses, X, C),
    (normal_vectors, A, B),
    (chosen, X, C),
]


@pytest.fixture(autouse=True)
def interpreted():
    """Spare the machine code: what is tested here is emitted before it."""
    with interpreting():
        yield


@pytest.mark.parametrize("group", GROUPS, ids=[g[0].__name__ for g in GROUPS])
def test_results_and_derivatives(group):
    f, *args = group
    for found, wanted in zip(leaves(ag.compile(f)(*args)), leaves(f(*args)), strict=True):
        assert type(found) is type(wanted)
        if not isinstance(wanted, int):
            assert found.dtype == wanted.dtype
            assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)
    ag.check_grads(f, tuple(args), rtol=2e-5, atol=2e-5, order=1)
