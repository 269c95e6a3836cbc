"""Bessel, Airy, Struve, Kelvin and parabolic cylinder functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.parameters import by_order
from autograph.autodiff.special.terms import (
    ROOT_PI,
    Partial,
    call,
    chosen,
    is_zero,
    magnitude,
    sign,
    square,
    trunc,
)

jv, yv, iv, kv, ive, kve = map(call, ("jv", "yv", "iv", "kv", "ive", "kve"))
hankel1, hankel2, jve, yve = map(call, ("hankel1", "hankel2", "jve", "yve"))
struve, modstruve, gamma = map(call, ("struve", "modstruve", "gamma"))
spherical_jn, spherical_yn, spherical_in, spherical_kn = map(
    call, ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
)
ber, bei, ker, kei, berp, beip, kerp, keip = map(
    call, ("ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip")
)


def _central(f: Any, sign: int = -1) -> Partial:
    """Return the slope as half a difference, or sum, of the functions of neighbouring orders."""
    return lambda y, v, x: (f(v - 1, x) + sign * f(v + 1, x)) / 2


def _spherical(f: Any, n: Any, x: Any, is_slope: bool, before: int, after: int) -> Any:
    """Return the slope of a spherical Bessel function, or of its slope, by neighbouring orders."""
    if not is_slope:
        return f(n, x, True)
    sides = before * n * f(magnitude(n - 1), x, True) + after * (n + 1) * f(n + 1, x, True)
    return sides / (2 * n + 1)


def _of_struve(f: Any, v: Any, x: Any, sign: int) -> Any:
    """Return the slope of a Struve function (11.4.27, 11.4.31 of the library)."""
    rest = (x / 2) ** v / (ROOT_PI * gamma(v + 1.5))
    return (f(v - 1, x) + sign * f(v + 1, x) + rest) / 2


def _at_zero(x: Any, series: Any, formula: Any) -> Any:
    zero = is_zero(x)
    return chosen(zero, series, formula(chosen(zero, 1 + 0 * x, x)))


RULES: Mapping[str, Sequence[Partial]] = {
    "j0": [lambda y, x: -jv(1, x)],
    "j1": [lambda y, x: (jv(0, x) - jv(2, x)) / 2],
    "jv": [by_order("jv", 0), _central(jv)],
    "jn": [None, _central(jv)],
    "y0": [lambda y, x: -yv(1, x)],
    "y1": [lambda y, x: (yv(0, x) - yv(2, x)) / 2],
    "yv": [by_order("yv", 0), _central(yv)],
    "yn": [None, lambda y, n, x: (yv(trunc(n) - 1, x) - yv(trunc(n) + 1, x)) / 2],
    "i0": [lambda y, x: iv(1, x)],
    "i1": [lambda y, x: (iv(0, x) + iv(2, x)) / 2],
    "iv": [by_order("iv", 0), _central(iv, 1)],
    "k0": [lambda y, x: -kv(1, x)],
    "k1": [lambda y, x: (kv(0, x) + kv(2, x)) / -2],
    "kv": [by_order("kv", 0), lambda y, v, x: (kv(v - 1, x) + kv(v + 1, x)) / -2],
    "kn": [None, lambda y, n, x: (kv(trunc(n) - 1, x) + kv(trunc(n) + 1, x)) / -2],
    "i0e": [lambda y, x: ive(1, x) - sign(x) * y],
    "i1e": [lambda y, x: (ive(0, x) + ive(2, x)) / 2 - sign(x) * y],
    "ive": [
        by_order("ive", 0),
        lambda y, v, x: (ive(v - 1, x) + ive(v + 1, x)) / 2 - sign(x) * y,
    ],
    "k0e": [lambda y, x: y - kve(1, x)],
    "k1e": [lambda y, x: y - (kve(0, x) + kve(2, x)) / 2],
    "kve": [by_order("kve", 0), lambda y, v, x: y - (kve(v - 1, x) + kve(v + 1, x)) / 2],
    "jve": [by_order("jve", 0), _central(jve)],
    "yve": [by_order("yve", 0), _central(yve)],
    "hankel1": [by_order("hankel1", 0), _central(hankel1)],
    "hankel2": [by_order("hankel2", 0), _central(hankel2)],
    "struve": [by_order("struve", 0), lambda y, v, x: _of_struve(struve, v, x, -1)],
    "modstruve": [by_order("modstruve", 0), lambda y, v, x: _of_struve(modstruve, v, x, 1)],
    "ber": [lambda y, x: berp(x)],
    "bei": [lambda y, x: beip(x)],
    "ker": [lambda y, x: kerp(x)],
    "kei": [lambda y, x: keip(x)],
    "berp": [lambda y, x: _at_zero(x, square(x) * (-3 / 16), lambda z: -(bei(x) + y / z))],
    "beip": [
        lambda y, x: _at_zero(x, 0.5 - square(square(x)) * (5 / 384), lambda z: ber(x) - y / z)
    ],
    "kerp": [lambda y, x: -(kei(x) + y / x)],
    "keip": [lambda y, x: ker(x) - y / x],
    "spherical_jn": [None, lambda y, n, x, d=False: _spherical(spherical_jn, n, x, d, 1, -1)],
    "spherical_yn": [None, lambda y, n, x, d=False: _spherical(spherical_yn, n, x, d, 1, -1)],
    "spherical_in": [None, lambda y, n, x, d=False: _spherical(spherical_in, n, x, d, 1, 1)],
    "spherical_kn": [None, lambda y, n, x, d=False: _spherical(spherical_kn, n, x, d, -1, -1)],
}

OF_SEVERAL: Mapping[str, Sequence[Sequence[Partial]]] = {
    "iti0k0": [[lambda y, x: iv(0, x)], [lambda y, x: kv(0, x)]],
    "itj0y0": [[lambda y, x: jv(0, x)], [lambda y, x: yv(0, x)]],
    "airy": [
        [lambda y, x: y[1]],
        [lambda y, x: x * y[0]],
        [lambda y, x: y[3]],
        [lambda y, x: x * y[2]],
    ],
    "pbdv": [
        [None, lambda y, v, x: y[1]],
        [None, lambda y, v, x: (square(x) / 4 - v - 0.5) * y[0]],
    ],
    "pbvv": [
        [None, lambda y, v, x: y[1]],
        [None, lambda y, v, x: (square(x) / 4 - v - 0.5) * y[0]],
    ],
    "pbwa": [
        [None, lambda y, a, x: y[1]],
        [None, lambda y, a, x: (a - square(x) / 4) * y[0]],
    ],
}
