"""Elliptic integrals and functions, and the arithmetic-geometric mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.parameters import by_parameter
from autograph.autodiff.special.terms import (
    Partial,
    by_distance,
    call,
    chosen,
    cos,
    magnitude,
    sin,
    sqrt,
    square,
    within,
)

ellipe, ellipk, ellipkinc, ellipeinc, elliprd, hyp2f1 = map(
    call, ("ellipe", "ellipk", "ellipkinc", "ellipeinc", "elliprd", "hyp2f1")
)

NEAR_ZERO = 1e-3
"""Parameters for which incomplete integrals are differentiated as series."""

TERMS = 7


def _first_by_m(m: Any) -> Any:
    """Return how the first complete integral grows with its parameter."""
    return by_distance(
        m,
        m,
        lambda n: hyp2f1(1.5, 1.5, 2.0, n) * (math.pi / 8),
        lambda n: (ellipe(n) / (1 - n) - ellipk(n)) / (2 * n),
    )


def _second_by_m(m: Any) -> Any:
    """Return how the second complete integral changes with its parameter."""
    return by_distance(
        m,
        m,
        lambda n: hyp2f1(0.5, 1.5, 2.0, n) * (-math.pi / 8),
        lambda n: (ellipe(n) - ellipk(n)) / (2 * n),
    )


def _of_complement(y: Any, p: Any) -> Any:
    """Return how the first complete integral changes with the complement of its parameter."""
    small = within(p, 0.5)
    near, far = chosen(small, p, 0.25), chosen(small, 0.75, p)
    return chosen(small, (ellipe(1 - near) / near - y) / (2 * near - 2), -_first_by_m(1 - far))


def _series(phi: Any, m: Any, power: float) -> Any:
    """Return the slope by m of the integral of (1 - m sin^2)^power, by powers of m."""
    total: Any = 0.0
    integral, s, c, factor = phi, sin(phi), cos(phi), 1.0
    for k in range(1, TERMS + 1):
        integral = (integral * (2 * k - 1) - s ** (2 * k - 1) * c) / (2 * k)
        factor *= -(power - k + 1) / k
        total = total + integral * (factor * k) * m ** (k - 1) if k > 1 else integral * factor
    return total


def _first_incomplete_by_m(y: Any, phi: Any, m: Any) -> Any:
    near = within(magnitude(m), NEAR_ZERO)
    n = chosen(near, 0.5 + 0 * m, m)
    s, c = sin(phi), cos(phi)
    formula = (ellipeinc(phi, n) / (1 - n) - y) / (2 * n) - s * c / (
        2 * (1 - n) * sqrt(1 - n * square(s))
    )
    return chosen(near, _series(phi, m, -0.5), formula)


def _second_incomplete_by_m(y: Any, phi: Any, m: Any) -> Any:
    near = within(magnitude(m), NEAR_ZERO)
    n = chosen(near, 0.5 + 0 * m, m)
    return chosen(near, _series(phi, m, 0.5), (y - ellipkinc(phi, n)) / (2 * n))


def _amplitude_by_m(y: Sequence[Any], u: Any, m: Any) -> Any:
    """Return how the amplitude of elliptic functions changes with the parameter."""
    return -(y[2] * _first_incomplete_by_m(u, y[3], m))


def _mean_by_first(y: Any, a: Any, b: Any) -> Any:
    """Return how the arithmetic-geometric mean grows with its first number."""
    s, d = a + b, a - b
    m = square(d / s)
    return y / s - y * _first_by_m(m) / ellipk(m) * (4 * d * b) / s**3


RULES: Mapping[str, Sequence[Partial]] = {
    "ellipk": [lambda y, m: _first_by_m(m)],
    "ellipkm1": [_of_complement],
    "ellipe": [lambda y, m: _second_by_m(m)],
    "ellipkinc": [
        lambda y, phi, m: 1 / sqrt(1 - m * square(sin(phi))),
        _first_incomplete_by_m,
    ],
    "ellipeinc": [
        lambda y, phi, m: sqrt(1 - m * square(sin(phi))),
        _second_incomplete_by_m,
    ],
    "elliprf": [
        lambda y, a, b, c: elliprd(b, c, a) / -6,
        lambda y, a, b, c: elliprd(a, c, b) / -6,
        lambda y, a, b, c: elliprd(a, b, c) / -6,
    ],
    "elliprc": [
        lambda y, a, b: elliprd(b, b, a) / -6,
        lambda y, a, b: elliprd(a, b, b) / -3,
    ],
    "elliprd": [by_parameter("elliprd", k) for k in range(3)],
    "elliprg": [by_parameter("elliprg", k) for k in range(3)],
    "elliprj": [by_parameter("elliprj", k) for k in range(4)],
    "agm": [_mean_by_first, lambda y, a, b: _mean_by_first(y, b, a)],
}

OF_SEVERAL: Mapping[str, Sequence[Sequence[Partial]]] = {
    "ellipj": [
        [lambda y, u, m: y[1] * y[2], lambda y, u, m: y[1] * _amplitude_by_m(y, u, m)],
        [lambda y, u, m: -(y[0] * y[2]), lambda y, u, m: -(y[0] * _amplitude_by_m(y, u, m))],
        [
            lambda y, u, m: -(m * y[0] * y[1]),
            lambda y, u, m: (
                -(square(y[0]) + 2 * m * y[0] * y[1] * _amplitude_by_m(y, u, m)) / (2 * y[2])
            ),
        ],
        [lambda y, u, m: y[2], _amplitude_by_m],
    ],
}
