"""Distribution functions and their inverses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.gammas import inverse, of_gamma
from autograph.autodiff.special.parameters import by_parameter
from autograph.autodiff.special.terms import Partial, call, exp, floor, log1p, powers, square

betaln, gammaln = map(call, ("betaln", "gammaln"))


def _of_chi_squared(v: Any, x: Any) -> Any:
    """Return the density of the chi-squared distribution."""
    return of_gamma(v / 2, x / 2) / 2


def _of_t(v: Any, t: Any) -> Any:
    """Return the density of Student's t distribution."""
    return exp((v + 1) * log1p(square(t) / v) * -0.5 - betaln(v / 2, 0.5)) / v**0.5


def _of_rate(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the gamma distribution with rate `a` and shape `b`."""
    return of_gamma(b, a * x) * a


def _by_rate(a: Any, b: Any, x: Any) -> Any:
    """Return how the gamma distribution function grows with its rate."""
    return powers([(a * x, b)], -a * x - gammaln(b)) / a


def _of_f(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the F distribution."""
    part = a * x / (a * x + b)
    density = powers([(part, a / 2 - 1), (1 - part, b / 2 + 1)], 0 * x - betaln(a / 2, b / 2))
    return density * (a / b)


def _of_binomial(k: Any, n: Any, p: Any) -> Any:
    """Return how the chance of more than `k` among `n` grows with the chance of one."""
    k, n = floor(k), floor(n)
    return powers([(p, k), (1 - p, n - k - 1)], 0 * p - betaln(k + 1, n - k))


def _of_poisson(k: Any, m: Any) -> Any:
    """Return how the chance of more than `k` grows with the mean."""
    return of_gamma(floor(k) + 1, m)


RULES: Mapping[str, Sequence[Partial]] = {
    "stdtr": [by_parameter("stdtr", 0), lambda y, v, t: _of_t(v, t)],
    "stdtrit": [inverse("stdtr", 0, _of_t), lambda y, v, p: 1 / _of_t(v, y)],
    "chdtr": [by_parameter("chdtr", 0), lambda y, v, x: _of_chi_squared(v, x)],
    "chdtrc": [by_parameter("chdtrc", 0), lambda y, v, x: -_of_chi_squared(v, x)],
    "chdtri": [
        inverse("chdtr", 0, _of_chi_squared),
        lambda y, v, p: -1 / _of_chi_squared(v, y),
    ],
    "fdtr": [
        by_parameter("fdtr", 0),
        by_parameter("fdtr", 1),
        lambda y, a, b, x: _of_f(a, b, x),
    ],
    "fdtrc": [
        by_parameter("fdtrc", 0),
        by_parameter("fdtrc", 1),
        lambda y, a, b, x: -_of_f(a, b, x),
    ],
    "fdtri": [
        inverse("fdtr", 0, _of_f),
        inverse("fdtr", 1, _of_f),
        lambda y, a, b, p: 1 / _of_f(a, b, y),
    ],
    "gdtr": [
        lambda y, a, b, x: _by_rate(a, b, x),
        by_parameter("gdtr", 1),
        lambda y, a, b, x: _of_rate(a, b, x),
    ],
    "gdtrc": [
        lambda y, a, b, x: -_by_rate(a, b, x),
        by_parameter("gdtrc", 1),
        lambda y, a, b, x: -_of_rate(a, b, x),
    ],
    "bdtr": [None, None, lambda y, k, n, p: -_of_binomial(k, n, p)],
    "bdtrc": [None, None, lambda y, k, n, p: _of_binomial(k, n, p)],
    "nbdtr": [None, None, lambda y, k, n, p: _of_binomial(floor(n) - 1, floor(n) + floor(k), p)],
    "nbdtrc": [None, None, lambda y, k, n, p: -_of_binomial(floor(n) - 1, floor(n) + floor(k), p)],
    "pdtr": [None, lambda y, k, m: -_of_poisson(k, m)],
    "pdtrc": [None, lambda y, k, m: _of_poisson(k, m)],
    "kolmogorov": [by_parameter("kolmogorov", 0)],
}
