"""Distributions of `scipy.stats`: densities, distribution functions and their inverses.

A distribution is known by functions of the standardised variable and of its shapes. Special
functions are those of `scipy.special`, which have derivatives in their turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.linear_algebra import solve_triangular
from autograph.frontend.numpy_api.library_calls import as_it_is

Function = Callable[..., Any]
LOG_ROOT_2PI = float(0.5 * np.log(2 * np.pi))
ROOT_2 = float(np.sqrt(2))
INF = float("inf")
SPECIAL = "scipy.special"
erfc, gammaln, betaln, ndtri, stdtr, stdtrit = (
    as_it_is(SPECIAL, name) for name in ("erfc", "gammaln", "betaln", "ndtri", "stdtr", "stdtrit")
)
gammainc, gammaincinv, betainc, betaincinv = (
    as_it_is(SPECIAL, name) for name in ("gammainc", "gammaincinv", "betainc", "betaincinv")
)


def bound(names: Any, args: Any, named: Any) -> Any:
    """Return the shapes, the location and the scale that a call gives."""
    found = list(args)
    for name in names[len(args) :]:
        if name in named:
            found.append(named[name])
        elif name == "loc":
            found.append(0.0)
        elif name == "scale":
            found.append(1.0)
        else:
            raise TypeError(f"_parse_args() missing 1 required positional argument: '{name}'")
    return found


def methods_of(
    name: str,
    shapes: tuple[str, ...],
    support: tuple[float, float],
    logpdf: Function,
    cdf: Function,
    ppf: Function,
) -> dict[str, Function]:
    """Return the definitions of the methods of a continuous distribution, by their full names.

    Args:
        name: Its name in SciPy.
        shapes: The names of its shapes.
        support: Between what values it lies.
        logpdf: The logarithm of its density: of a value in its support, and of the shapes.
        cdf: How likely smaller values are.
        ppf: The inverse of that.
    """
    names = (*shapes, "loc", "scale")
    low, high = support
    middle = 0.5 * (low + high) if abs(low + high) < INF else 0.0 if low == -INF else low + 1.0

    def log_density(x: Any, *args: Any, **named: Any) -> Any:
        *rest, loc, scale = bound(names, args, named)
        y = (x - loc) / scale
        inside = (y >= low) & (y <= high)
        found = logpdf(np.where(inside, y, middle), *rest) - np.log(scale)
        return np.where(scale > 0, np.where(inside, found, -INF), np.nan)[()]

    def density(x: Any, *args: Any, **named: Any) -> Any:
        return np.exp(log_density(x, *args, **named))

    def lower_tail(x: Any, *args: Any, **named: Any) -> Any:
        *rest, loc, scale = bound(names, args, named)
        y = (x - loc) / scale
        inside = (y > low) & (y < high)
        found = cdf(np.where(inside, y, middle), *rest)
        outside = np.where(y >= high, 1.0, np.where(y <= low, 0.0, np.nan))
        return np.where(scale > 0, np.where(inside, found, outside), np.nan)[()]

    def quantile(q: Any, *args: Any, **named: Any) -> Any:
        *rest, loc, scale = bound(names, args, named)
        inside = (q > 0) & (q < 1)
        found = ppf(np.where(inside, q, 0.5), *rest)
        edge = np.where(q == 0, low, np.where(q == 1, high, np.nan))
        return np.where(scale > 0, np.where(inside, found, edge) * scale + loc, np.nan)[()]

    def upper_tail(x: Any, *args: Any, **named: Any) -> Any:
        return 1.0 - lower_tail(x, *args, **named)

    methods = {
        "logpdf": log_density,
        "pdf": density,
        "cdf": lower_tail,
        "sf": upper_tail,
        "ppf": quantile,
    }
    return {f"scipy.stats.{name}_gen.{method}": f for method, f in methods.items()}


def ndtr(x: Any) -> Any:
    return 0.5 * erfc(x / -ROOT_2)


def xlogy(a: Any, x: Any) -> Any:
    return np.where(a == 0, 0.0, a * np.log(x))


def xlog1py(a: Any, x: Any) -> Any:
    return np.where(a == 0, 0.0, a * np.log1p(x))


def logit(q: Any) -> Any:
    return np.log(q) - np.log1p(-q)


def logistic_logpdf(x: Any) -> Any:
    y = -np.abs(x)
    return y - 2.0 * np.log1p(np.exp(y))


def logistic_cdf(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def laplace_cdf(x: Any) -> Any:
    half = 0.5 * np.exp(-np.abs(x))
    return np.where(x > 0, 1.0 - half, half)


def laplace_ppf(q: Any) -> Any:
    return np.where(q > 0.5, -np.log(2.0 * (1.0 - q)), np.log(2.0 * q))


def t_logpdf(x: Any, df: Any) -> Any:
    size = gammaln((df + 1.0) / 2.0) - gammaln(df / 2.0) - 0.5 * np.log(df * np.pi)
    return size - (df + 1.0) / 2.0 * np.log1p(x * x / df)


def gamma_logpdf(x: Any, a: Any) -> Any:
    return xlogy(a - 1.0, x) - x - gammaln(a)


def beta_logpdf(x: Any, a: Any, b: Any) -> Any:
    return xlog1py(b - 1.0, -x) + xlogy(a - 1.0, x) - betaln(a, b)


def chi2_logpdf(x: Any, df: Any) -> Any:
    half = df / 2.0
    return xlogy(half - 1.0, x) - x / 2.0 - gammaln(half) - np.log(2.0) * half


def weibull_logpdf(x: Any, c: Any) -> Any:
    return np.log(c) + xlogy(c - 1.0, x) - x**c


METHODS: dict[str, Function] = {
    **methods_of("norm", (), (-INF, INF), lambda x: -x * x / 2.0 - LOG_ROOT_2PI, ndtr, ndtri),
    **methods_of("uniform", (), (0.0, 1.0), lambda x: 0.0 * x, lambda x: x, lambda q: q),
    **methods_of(
        "expon", (), (0.0, INF), lambda x: -x, lambda x: -np.expm1(-x), lambda q: -np.log1p(-q)
    ),
    **methods_of(
        "laplace", (), (-INF, INF), lambda x: -np.abs(x) - np.log(2.0), laplace_cdf, laplace_ppf
    ),
    **methods_of("logistic", (), (-INF, INF), logistic_logpdf, logistic_cdf, logit),
    **methods_of(
        "cauchy",
        (),
        (-INF, INF),
        lambda x: -np.log(np.pi) - np.log1p(x * x),
        lambda x: 0.5 + np.arctan(x) / np.pi,
        lambda q: np.tan(np.pi * q - np.pi / 2.0),
    ),
    **methods_of(
        "lognorm",
        ("s",),
        (0.0, INF),
        lambda x, s: -(np.log(x) ** 2) / (2.0 * s * s) - np.log(s * x) - LOG_ROOT_2PI,
        lambda x, s: ndtr(np.log(x) / s),
        lambda q, s: np.exp(s * ndtri(q)),
    ),
    **methods_of(
        "gamma",
        ("a",),
        (0.0, INF),
        gamma_logpdf,
        lambda x, a: gammainc(a, x),
        lambda q, a: gammaincinv(a, q),
    ),
    **methods_of(
        "chi2",
        ("df",),
        (0.0, INF),
        chi2_logpdf,
        lambda x, df: gammainc(df / 2.0, x / 2.0),
        lambda q, df: 2.0 * gammaincinv(df / 2.0, q),
    ),
    **methods_of(
        "beta",
        ("a", "b"),
        (0.0, 1.0),
        beta_logpdf,
        lambda x, a, b: betainc(a, b, x),
        lambda q, a, b: betaincinv(a, b, q),
    ),
    **methods_of(
        "t",
        ("df",),
        (-INF, INF),
        t_logpdf,
        lambda x, df: stdtr(df, x),
        lambda q, df: stdtrit(df, q),
    ),
    **methods_of(
        "weibull_min",
        ("c",),
        (0.0, INF),
        weibull_logpdf,
        lambda x, c: -np.expm1(-(x**c)),
        lambda q, c: (-np.log1p(-q)) ** (1.0 / c),
    ),
}


# ---------------------------------------------------------------- distributions of integers


def counted(names: Any, logpmf: Function, name: str) -> dict[str, Function]:
    """Return the definitions of the methods of a distribution of whole numbers.

    Args:
        names: The names of its shapes, and `loc`.
        logpmf: The logarithm of how likely a number is, -inf where it is impossible.
        name: Its name in SciPy.
    """

    def log_mass(k: Any, *args: Any, **named: Any) -> Any:
        *rest, loc = bound(names, args, named)
        at = np.asarray(k) - loc
        possible = (at >= 0) & (np.floor(at) == at)
        return np.where(possible, logpmf(np.where(possible, at, 0.0), *rest), -INF)[()]

    def mass(k: Any, *args: Any, **named: Any) -> Any:
        return np.exp(log_mass(k, *args, **named))

    return {f"scipy.stats.{name}_gen.logpmf": log_mass, f"scipy.stats.{name}_gen.pmf": mass}


def poisson_logpmf(k: Any, mu: Any) -> Any:
    return xlogy(k, mu) - gammaln(k + 1.0) - mu


def binom_logpmf(k: Any, n: Any, p: Any) -> Any:
    possible = k <= n
    k = np.where(possible, k, 0.0)
    ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.where(possible, ways + xlogy(k, p) + xlog1py(n - k, -p), -INF)


def bernoulli_logpmf(k: Any, p: Any) -> Any:
    return binom_logpmf(k, 1.0, p)


# ---------------------------------------------------------------- normal vectors


def normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: Any = False) -> Any:
    if allow_singular or np.ndim(cov) != 2:
        refuse("scipy.stats.multivariate_normal of other than a regular matrix as covariance")
    x, cov = np.asarray(x) + 0.0, np.asarray(cov) + 0.0
    n = cov.shape[0]
    if n == 1 and x.ndim == 1:
        raise ValueError("the items of a vector are points on a line")
    factor = np.linalg.cholesky(cov)
    apart = x if mean is None else x - np.asarray(mean)
    rows = np.reshape(apart, (-1, n))
    white = solve_triangular(factor, rows.T, lower=True)
    squares = np.sum(white * white, axis=0)
    found = -0.5 * squares - np.sum(np.log(np.diagonal(factor))) - n * LOG_ROOT_2PI
    return found[0] if x.ndim == 1 else np.reshape(found, x.shape[:-1])


def normal_pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: Any = False) -> Any:
    return np.exp(normal_logpdf(x, mean, cov, allow_singular))


SCIPY_NAMES: dict[str, Function] = {
    **METHODS,
    **counted(("mu", "loc"), poisson_logpmf, "poisson"),
    **counted(("n", "p", "loc"), binom_logpmf, "binom"),
    **counted(("p", "loc"), bernoulli_logpmf, "bernoulli"),
    "scipy.stats.multivariate_normal_gen.logpdf": normal_logpdf,
    "scipy.stats.multivariate_normal_gen.pdf": normal_pdf,
}
"""The functions that are defined here, by the classes that SciPy has them in."""
