"""Orthogonal polynomials, associated Legendre and hypergeometric functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.parameters import by_order, by_parameter
from autograph.autodiff.special.terms import (
    Partial,
    as_integer,
    call,
    magnitude,
    of_lower_order,
    square,
)

gegenbauer, second_kind, hermite, hermite_normal, laguerre, jacobi = map(
    call,
    (
        "eval_gegenbauer",
        "eval_chebyu",
        "eval_hermite",
        "eval_hermitenorm",
        "eval_genlaguerre",
        "eval_jacobi",
    ),
)
lpmv, hyp0f1, hyp1f1, hyp2f1, hyperu, wright_bessel = map(
    call, ("lpmv", "hyp0f1", "hyp1f1", "hyp2f1", "hyperu", "wright_bessel")
)


def _before(n: Any) -> Any:
    """Return the order before an order; there are no Hermite polynomials of negative ones."""
    return as_integer(magnitude(n - 1))


def _of_legendre(n: Any, x: Any) -> Any:
    return of_lower_order(gegenbauer, n, 1.5, x, also=-1)


def _of_second_kind(n: Any, x: Any) -> Any:
    return of_lower_order(gegenbauer, n, 2.0, x, also=-1)


RULES: Mapping[str, Sequence[Partial]] = {
    "eval_legendre": [None, lambda y, n, x: _of_legendre(n, x)],
    "eval_sh_legendre": [None, lambda y, n, x: 2 * _of_legendre(n, 2 * x - 1)],
    "eval_chebyt": [None, lambda y, n, x: n * of_lower_order(second_kind, n, x)],
    "eval_sh_chebyt": [None, lambda y, n, x: 2 * n * of_lower_order(second_kind, n, 2 * x - 1)],
    "eval_chebyc": [None, lambda y, n, x: n * of_lower_order(second_kind, n, x / 2)],
    "eval_chebyu": [None, lambda y, n, x: 2 * _of_second_kind(n, x)],
    "eval_sh_chebyu": [None, lambda y, n, x: 4 * _of_second_kind(n, 2 * x - 1)],
    "eval_chebys": [None, lambda y, n, x: _of_second_kind(n, x / 2)],
    "eval_hermite": [None, lambda y, n, x: 2 * n * hermite(_before(n), x)],
    "eval_hermitenorm": [None, lambda y, n, x: n * hermite_normal(_before(n), x)],
    "eval_laguerre": [None, lambda y, n, x: -of_lower_order(laguerre, n, 1.0, x)],
    "eval_genlaguerre": [
        None,
        by_order("eval_genlaguerre", 1),
        lambda y, n, a, x: -of_lower_order(laguerre, n, a + 1, x),
    ],
    "assoc_laguerre": [
        lambda y, x, n, k=0.0: -of_lower_order(laguerre, n, k + 1, x),
        None,
        None,
    ],
    "eval_gegenbauer": [
        None,
        None,
        lambda y, n, a, x: 2 * a * of_lower_order(gegenbauer, n, a + 1, x),
    ],
    "eval_jacobi": [
        None,
        by_order("eval_jacobi", 1),
        by_order("eval_jacobi", 2),
        lambda y, n, a, b, x: (n + a + b + 1) / 2 * of_lower_order(jacobi, n, a + 1, b + 1, x),
    ],
    "lpmv": [
        None,
        None,
        lambda y, m, v, x: (v * x * y - (v + m) * lpmv(m, v - 1, x)) / (square(x) - 1),
    ],
    "hyp0f1": [by_parameter("hyp0f1", 0), lambda y, b, x: hyp0f1(b + 1, x) / b],
    "hyp1f1": [
        by_order("hyp1f1", 0),
        by_parameter("hyp1f1", 1),
        lambda y, a, b, x: a / b * hyp1f1(a + 1, b + 1, x),
    ],
    "hyp2f1": [
        by_order("hyp2f1", 0),
        by_order("hyp2f1", 1),
        by_parameter("hyp2f1", 2),
        lambda y, a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
    ],
    "hyperu": [None, None, lambda y, a, b, x: -(a * hyperu(a + 1, b + 1, x))],
    "wright_bessel": [None, None, lambda y, a, b, x: wright_bessel(a, a + b, x)],
}
