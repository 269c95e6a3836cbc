"""Gamma and beta functions, whole and incomplete, and zeta functions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.parameters import by_parameter
from autograph.autodiff.special.terms import (
    Partial,
    below,
    call,
    cos,
    powers,
    ratio,
    sin,
    where,
)

psi, gamma, gammaln, betaln = map(call, ("psi", "gamma", "gammaln", "betaln"))
polygamma, zeta = map(call, ("polygamma", "zeta"))


def of_gamma(a: Any, x: Any) -> Any:
    """Return the density of the gamma distribution."""
    return powers([(x, a - 1)], -x - gammaln(a))


def of_beta(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the beta distribution."""
    return powers([(x, a - 1), (1 - x, b - 1)], 0 * x - betaln(a, b))


def _of_reciprocal(y: Any, x: Any) -> Any:
    """Return the slope of 1 / gamma(x), which has no poles."""
    if x.value.dtype.kind == "c":
        return -(y * psi(x))
    low = below(x, 0.5)
    s, z = where(low, x, 0.25), where(low, 1.5, x)
    reflected = gamma(1 - s) * (cos(s * math.pi) - sin(s * math.pi) * psi(1 - s) / math.pi)
    return where(low, reflected, -(y * psi(z)))


def _of_binomial_by_k(y: Any, n: Any, k: Any) -> Any:
    return y * (psi(n - k + 1) - psi(k + 1))


def inverse(name: str, place: int, slope: Any) -> Partial:
    """Return how the inverse of a distribution function changes with a parameter.

    Args:
        name: The distribution function; its inverse is by its last argument.
        place: Which parameter.
        slope: How the distribution function grows with its last argument.
    """
    by_it = by_parameter(name, place)

    def partial(y: Any, *args: Any) -> Any:
        assert by_it is not None
        at = (*args[:-1], y)
        return -ratio(by_it(None, *at), slope(*at))

    return partial


RULES: Mapping[str, Sequence[Partial]] = {
    "gamma": [lambda y, x: y * psi(x)],
    "gammaln": [lambda y, x: psi(x)],
    "gammasgn": [lambda y, x: 0 * x],
    "loggamma": [lambda y, x: psi(x)],
    "rgamma": [_of_reciprocal],
    "psi": [lambda y, x: polygamma(1, x)],
    "polygamma": [None, lambda y, n, x: polygamma(n + 1, x)],
    "zeta": [by_parameter("zeta", 0, pole=1.0), lambda y, s, a: -(s * zeta(s + 1, a))],
    "zetac": [by_parameter("zetac", 0, pole=1.0)],
    "beta": [
        lambda y, a, b: y * (psi(a) - psi(a + b)),
        lambda y, a, b: y * (psi(b) - psi(a + b)),
    ],
    "betaln": [lambda y, a, b: psi(a) - psi(a + b), lambda y, a, b: psi(b) - psi(a + b)],
    "poch": [
        lambda y, x, m: y * (psi(x + m) - psi(x)),
        lambda y, x, m: y * psi(x + m),
    ],
    "binom": [lambda y, n, k: y * (psi(n + 1) - psi(n - k + 1)), _of_binomial_by_k],
    "gammainc": [by_parameter("gammainc", 0), lambda y, a, x: of_gamma(a, x)],
    "gammaincc": [by_parameter("gammaincc", 0), lambda y, a, x: -of_gamma(a, x)],
    "gammaincinv": [inverse("gammainc", 0, of_gamma), lambda y, a, p: 1 / of_gamma(a, y)],
    "gammainccinv": [inverse("gammainc", 0, of_gamma), lambda y, a, p: -1 / of_gamma(a, y)],
    "betainc": [
        by_parameter("betainc", 0),
        by_parameter("betainc", 1),
        lambda y, a, b, x: of_beta(a, b, x),
    ],
    "betaincc": [
        by_parameter("betaincc", 0),
        by_parameter("betaincc", 1),
        lambda y, a, b, x: -of_beta(a, b, x),
    ],
    "betaincinv": [
        inverse("betainc", 0, of_beta),
        inverse("betainc", 1, of_beta),
        lambda y, a, b, p: 1 / of_beta(a, b, y),
    ],
    "betainccinv": [
        inverse("betainc", 0, of_beta),
        inverse("betainc", 1, of_beta),
        lambda y, a, b, p: -1 / of_beta(a, b, y),
    ],
}
