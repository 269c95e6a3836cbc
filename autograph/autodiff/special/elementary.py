"""Powers, logarithms, entropies, error functions and the integrals of exponentials."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograph.autodiff.special.terms import (
    ROOT_2PI,
    ROOT_PI,
    Partial,
    absolute,
    by_distance,
    call,
    chosen,
    cos,
    cosh,
    equal,
    exp,
    exp2,
    is_zero,
    log,
    log1p,
    magnitude,
    ratio,
    real,
    sign,
    sin,
    sqrt,
    square,
    trunc,
    where,
    within,
)

expit, wofz, expn, xlogy = map(call, ("expit", "wofz", "expn", "xlogy"))
hyp0f1, hyp1f1, hyp2f1 = map(call, ("hyp0f1", "hyp1f1", "hyp2f1"))
sindg, cosdg = map(call, ("sindg", "cosdg"))

DEGREE = math.pi / 180


def _power_slope(a: Any, b: Any) -> Any:
    """Return how a power grows with its base: not at all where both are zero."""
    return b * chosen(is_zero(magnitude(a) + magnitude(b)), 1 + 0 * a, a) ** (b - 1)


def _of_box_cox(y: Any, base: Any, k: Any) -> Any:
    """Return how a Box-Cox transform grows with its exponent."""
    near = within(magnitude(k), 1e-5)
    safe = chosen(near, 1 + 0 * k, k)
    t = log(chosen(is_zero(base), 1 + 0 * base, base))
    series = square(t) * (0.5 + k * t / 3 + square(k * t) / 8)
    return chosen(near, series, (base**safe * t - (base**safe - 1) / safe) / safe)


def _of_inverse_box_cox(base: Any, z: Any, k: Any) -> Any:
    """Return how the inverse of a Box-Cox transform grows with its exponent."""
    near = within(magnitude(k * z), 1e-4)
    safe = chosen(near, 1 + 0 * k, k)
    grown = 1 + safe * z
    t = log(chosen(near, 1 + 0 * grown, grown))
    series = square(z) * (-0.5 + k * z * 2 / 3 - square(k * z) * 3 / 4)
    return base * chosen(near, series, (z / grown - t / safe) / safe)


def _of_exponential_integral(y: Any, n: Any, x: Any) -> Any:
    """Return the slope of an integral of whole order: that of the order before, from zero on."""
    order = trunc(n)
    first = is_zero(order)
    before = expn(chosen(first, 0 * order, order - 1), x)
    return -chosen(first, exp(-x) * (1 + x) / square(x), before)


def _at(x: Any, sigma: Any, gamma: Any) -> Any:
    return (x + 1j * gamma) / (sigma * math.sqrt(2))


def _of_dilogarithm(x: Any) -> Any:
    """Return the slope of Spence's function."""
    if x.value.dtype.kind == "c":
        return log(x) / (1 - x)
    return by_distance(
        x - 1, x, lambda z: -hyp2f1(1.0, 1.0, 2.0, 1 - z), lambda z: log(z) / (1 - z)
    )


def _of_voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    """Return the slope of Voigt profiles, by the Faddeeva function."""
    at = _at(x, sigma, gamma)
    return real(at * wofz(at)) / (-ROOT_PI * sigma**2)


def _voigt_by_sigma(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    """Return how Voigt profiles change with the deviation: by diffusion."""
    at = _at(x, sigma, gamma)
    return (real(wofz(at) * (square(at) * 2 - 1) - at * (2j / ROOT_PI))) / (
        ROOT_2PI * square(sigma)
    )


def _voigt_by_gamma(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    at = _at(x, sigma, gamma)
    slope = (at * wofz(at) * -2 + 2j / ROOT_PI) * 1j
    return real(slope) / (2 * ROOT_PI * square(sigma))


RULES: Mapping[str, Sequence[Partial]] = {
    "exp10": [lambda y, x: y * math.log(10)],
    "exp2": [lambda y, x: y * math.log(2)],
    "expm1": [lambda y, x: y + 1],
    "log1p": [lambda y, x: 1 / (1 + x)],
    "cbrt": [lambda y, x: 1 / (3 * square(y))],
    "logaddexp2": [lambda y, a, b: exp2(a - y), lambda y, a, b: exp2(b - y)],
    "float_power": [
        lambda y, a, b: _power_slope(a, b),
        lambda y, a, b: xlogy(y, chosen(is_zero(y), 1 + 0 * y, a)),
    ],
    "powm1": [
        lambda y, a, b: _power_slope(a, b),
        lambda y, a, b: xlogy(y + 1, chosen(is_zero(y + 1), 1 + 0 * y, a)),
    ],
    "heaviside": [lambda y, x, h: x * 0, lambda y, x, h: 1 - square(sign(x))],
    "logit": [lambda y, x: 1 / (x * (1 - x))],
    "softplus": [lambda y, x: expit(x)],
    "xlogy": [lambda y, x, z: log(z), lambda y, x, z: ratio(x, z)],
    "xlog1py": [lambda y, x, z: log1p(z), lambda y, x, z: ratio(x, 1 + z)],
    "entr": [lambda y, x: -log(x) - 1],
    "rel_entr": [lambda y, a, b: log(ratio(a, b)) + 1, lambda y, a, b: -ratio(a, b)],
    "kl_div": [lambda y, a, b: log(ratio(a, b)), lambda y, a, b: 1 - ratio(a, b)],
    "boxcox": [lambda y, x, k: x ** (k - 1), _of_box_cox],
    "boxcox1p": [lambda y, x, k: (1 + x) ** (k - 1), lambda y, x, k: _of_box_cox(y, 1 + x, k)],
    "inv_boxcox": [lambda y, x, k: y ** (1 - k), _of_inverse_box_cox],
    "inv_boxcox1p": [
        lambda y, x, k: (1 + y) ** (1 - k),
        lambda y, x, k: _of_inverse_box_cox(1 + y, x, k),
    ],
    "huber": [
        lambda y, d, r: where(within(absolute(r), d), 0 * r, absolute(r) - d),
        lambda y, d, r: where(within(absolute(r), d), r, d * sign(r)),
    ],
    "pseudo_huber": [
        lambda y, d, r: 2 * y / d - square(r) / (d * sqrt(1 + square(r / d))),
        lambda y, d, r: r / sqrt(1 + square(ratio(r, d))),
    ],
    "erf": [lambda y, x: exp(-(x * x)) * (2 / ROOT_PI)],
    "erfc": [lambda y, x: exp(-(x * x)) * (-2 / ROOT_PI)],
    "erfi": [lambda y, x: exp(x * x) * (2 / ROOT_PI)],
    "erfinv": [lambda y, x: exp(square(y)) * (ROOT_PI / 2)],
    "erfcinv": [lambda y, x: exp(square(y)) * (-ROOT_PI / 2)],
    "erfcx": [lambda y, x: 2 * x * y - 2 / ROOT_PI],
    "wofz": [lambda y, z: 2j / ROOT_PI - 2 * z * y],
    "dawsn": [lambda y, x: 1 - 2 * x * y],
    "voigt_profile": [
        lambda y, x, sigma, gamma: _of_voigt(x, sigma, gamma),
        _voigt_by_sigma,
        _voigt_by_gamma,
    ],
    "ndtr": [lambda y, x: exp(square(x) * -0.5) / ROOT_2PI],
    "log_ndtr": [lambda y, x: exp(square(x) * -0.5 - y) / ROOT_2PI],
    "ndtri": [lambda y, x: exp(square(y) * 0.5) * ROOT_2PI],
    "ndtri_exp": [lambda y, x: exp(x + square(y) * 0.5) * ROOT_2PI],
    "owens_t": [
        lambda y, h, a: exp(square(h) * -0.5) * call("erf")(h * a / math.sqrt(2)) / (-2 * ROOT_2PI),
        lambda y, h, a: exp(square(h) * (1 + square(a)) * -0.5) / ((1 + square(a)) * 2 * math.pi),
    ],
    "expi": [lambda y, x: exp(x) / x],
    "exp1": [lambda y, x: -(exp(-x) / x)],
    "expn": [None, _of_exponential_integral],
    "spence": [lambda y, x: _of_dilogarithm(x)],
    "exprel": [lambda y, x: hyp1f1(2, 3, x) / 2],
    "cosm1": [lambda y, x: -sin(x)],
    "ldexp": [lambda y, x, n: exp2(n + 0 * y), None],
    "lambertw": [lambda y, x: exp(-y) / (1 + y), None, None],
    "wrightomega": [lambda y, x: y / (1 + y)],
    "sindg": [lambda y, x: cosdg(x) * DEGREE],
    "cosdg": [lambda y, x: sindg(x) * -DEGREE],
    "tandg": [lambda y, x: (1 + square(y)) * DEGREE],
    "cotdg": [lambda y, x: (1 + square(y)) * -DEGREE],
    "radian": [
        lambda y, d, m, s: 0 * d + DEGREE,
        lambda y, d, m, s: 0 * m + DEGREE / 60,
        lambda y, d, m, s: 0 * s + DEGREE / 3600,
    ],
    "round": [lambda y, x: 0 * x],
    "fabs": [lambda y, x: sign(x)],
}

OF_SEVERAL: Mapping[str, Sequence[Sequence[Partial]]] = {
    "modf": [[lambda y, x: 0 * x + 1], [lambda y, x: 0 * x]],
    "frexp": [[lambda y, x: where(equal(x, 0), 1, y[0] / where(equal(x, 0), 1, x))], [None]],
    "sici": [[lambda y, x: hyp0f1(1.5, x * x / -4)], [lambda y, x: cos(x) / x]],
    "shichi": [[lambda y, x: hyp0f1(1.5, x * x / 4)], [lambda y, x: cosh(x) / x]],
    "fresnel": [
        [lambda y, x: sin(square(x) * (math.pi / 2))],
        [lambda y, x: cos(square(x) * (math.pi / 2))],
    ],
}
