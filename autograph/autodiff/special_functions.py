"""The derivatives of special functions, and of others that are called as they are.

Each row gives the partial derivatives of an elementwise function, in terms of ops and of other such
functions, so that they have derivatives in turn. Source of the formulas: NIST Digital Library of
Mathematical Functions, chapters 5 to 8, 10, 13, 15, 18, 19 and 25.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.autodiff.formulas import Term, of_op, special
from autograph.ops.complex_parts import real
from autograph.ops.elementwise import (
    absolute,
    cos,
    cosh,
    equal,
    erf,
    exp,
    exp2,
    less_equal,
    log,
    log1p,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    switch,
)

Partial = Callable[..., Any] | None
"""(result, *arguments) -> the derivative by one argument; None where none is known."""

_exp, _exp2, _log, _log1p, _sqrt = map(of_op, (exp, exp2, log, log1p, sqrt))
_square, _abs, _sign, _where, _within = map(of_op, (square, absolute, sign, switch, less_equal))
_real = of_op(real)
_sin, _cos, _sinh, _cosh, _erf, _equal = map(of_op, (sin, cos, sinh, cosh, erf, equal))


def _size(n: Any) -> Any:
    """Return the magnitude of an order; there are no Hermite polynomials of negative ones."""
    return _abs(n) if isinstance(n, Term) else abs(n)


psi, gammaln, betaln, polygamma, zeta = map(
    special, ("psi", "gammaln", "betaln", "polygamma", "zeta")
)
jv, yv, iv, kv, ive, kve = map(special, ("jv", "yv", "iv", "kv", "ive", "kve"))
eval_gegenbauer, eval_chebyu, eval_hermite, eval_hermitenorm, eval_genlaguerre = map(
    special,
    ("eval_gegenbauer", "eval_chebyu", "eval_hermite", "eval_hermitenorm", "eval_genlaguerre"),
)
struve, ellipkinc = map(special, ("struve", "ellipkinc"))
ellipe, ellipk, hyp2f1, hyp1f1, expn = map(
    special, ("ellipe", "ellipk", "hyp2f1", "hyp1f1", "expn")
)

hankel1, hankel2, jve, yve, hyp0f1, hyperu, modstruve, wright_bessel, wofz, elliprd, expit = map(
    special,
    (
        "hankel1",
        "hankel2",
        "jve",
        "yve",
        "hyp0f1",
        "hyperu",
        "modstruve",
        "wright_bessel",
        "wofz",
        "elliprd",
        "expit",
    ),
)
eval_jacobi, berp, beip, kerp, keip, sindg, cosdg, lpmv = map(
    special, ("eval_jacobi", "berp", "beip", "kerp", "keip", "sindg", "cosdg", "lpmv")
)

spherical_jn, spherical_yn, spherical_in, spherical_kn = map(
    special, ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
)
ber, bei, ker, kei = map(special, ("ber", "bei", "ker", "kei"))

DEGREE = math.pi / 180
ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)


def _of_f(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the F distribution."""
    product = a * x
    below = _log(product + b) * ((a + b) / 2)
    return _exp(
        _log(product) * (a / 2) + math.log(b) * (b / 2) - below - _log(x) - betaln(a / 2, b / 2)
    )


def _of_chi_squared(v: Any, x: Any) -> Any:
    """Return the density of the chi-squared distribution."""
    return _exp((v / 2 - 1) * _log(x / 2) - x / 2 - gammaln(v / 2)) / 2


def _of_t(v: Any, t: Any) -> Any:
    """Return the density of Student's t distribution."""
    return _exp((v + 1) * _log1p(_square(t) / v) * -0.5 - betaln(v / 2, 0.5)) / v**0.5


def _of_gamma(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the gamma distribution with rate `a` and shape `b`."""
    return _exp((b - 1) * _log(a * x) - a * x - gammaln(b)) * a


def _of_binomial(k: Any, n: Any, p: Any) -> Any:
    """Return how the chance of more than `k` among `n` grows with the chance of one."""
    return _exp(k * _log(p) + (n - k - 1) * _log1p(-p) - betaln(k + 1, n - k))


def _of_voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    """Return the slope of Voigt profiles, by the Faddeeva function."""
    at = (x + 1j * gamma) / (sigma * math.sqrt(2))
    return _real(at * wofz(at)) / (-ROOT_PI * sigma**2)


def _spherical(f: Any, y: Any, n: Any, x: Any, is_slope: bool, sign: int) -> Any:
    """Return the slope of a spherical Bessel function, or of its slope, by its equation."""
    if not is_slope:
        return f(n, x, True)
    return (sign + n * (n + 1) / _square(x)) * f(n, x) - 2 * y / x


RULES: Mapping[str, Sequence[Partial]] = {
    "exp10": [lambda y, x: y * math.log(10)],
    "expm1": [lambda y, x: y + 1],
    "log1p": [lambda y, x: 1 / (1 + x)],
    "cbrt": [lambda y, x: 1 / (3 * _square(y))],
    "logaddexp2": [lambda y, a, b: _exp2(a - y), lambda y, a, b: _exp2(b - y)],
    "float_power": [lambda y, a, b: b * a ** (b - 1), lambda y, a, b: y * _log(a)],
    "heaviside": [lambda y, x, h: x * 0, lambda y, x, h: 1 - _square(_sign(x))],
    "gamma": [lambda y, x: y * psi(x)],
    "gammaln": [lambda y, x: psi(x)],
    "loggamma": [lambda y, x: psi(x)],
    "psi": [lambda y, x: polygamma(1, x)],
    "polygamma": [None, lambda y, n, x: polygamma(n + 1, x)],
    "zeta": [None, lambda y, s, a: -(s * zeta(s + 1, a))],
    "beta": [
        lambda y, a, b: y * (psi(a) - psi(a + b)),
        lambda y, a, b: y * (psi(b) - psi(a + b)),
    ],
    "betaln": [lambda y, a, b: psi(a) - psi(a + b), lambda y, a, b: psi(b) - psi(a + b)],
    "poch": [
        lambda y, x, m: y * (psi(x + m) - psi(x)),
        lambda y, x, m: y * psi(x + m),
    ],
    "binom": [
        lambda y, n, k: y * (psi(n + 1) - psi(n - k + 1)),
        lambda y, n, k: y * (psi(n - k + 1) - psi(k + 1)),
    ],
    "gammainc": [None, lambda y, a, x: _exp((a - 1) * _log(x) - x - gammaln(a))],
    "gammaincc": [None, lambda y, a, x: -_exp((a - 1) * _log(x) - x - gammaln(a))],
    "betainc": [
        None,
        None,
        lambda y, a, b, x: _exp((a - 1) * _log(x) + (b - 1) * _log1p(-x) - betaln(a, b)),
    ],
    "logit": [lambda y, x: 1 / (x * (1 - x))],
    "xlogy": [lambda y, x, z: _log(z), lambda y, x, z: x / z],
    "xlog1py": [lambda y, x, z: _log1p(z), lambda y, x, z: x / (1 + z)],
    "entr": [lambda y, x: -_log(x) - 1],
    "rel_entr": [lambda y, a, b: _log(a / b) + 1, lambda y, a, b: -(a / b)],
    "kl_div": [lambda y, a, b: _log(a / b), lambda y, a, b: 1 - a / b],
    "boxcox": [lambda y, x, k: x ** (k - 1), None],
    "inv_boxcox": [lambda y, x, k: y ** (1 - k), None],
    "huber": [
        lambda y, d, r: _where(_within(_abs(r), d), 0 * r, _abs(r) - d),
        lambda y, d, r: _where(_within(_abs(r), d), r, d * _sign(r)),
    ],
    "pseudo_huber": [None, lambda y, d, r: r / _sqrt(1 + _square(r / d))],
    "erfinv": [lambda y, x: _exp(_square(y)) * (ROOT_PI / 2)],
    "erfcinv": [lambda y, x: _exp(_square(y)) * (-ROOT_PI / 2)],
    "erfcx": [lambda y, x: 2 * x * y - 2 / ROOT_PI],
    "dawsn": [lambda y, x: 1 - 2 * x * y],
    "ndtr": [lambda y, x: _exp(_square(x) * -0.5) / ROOT_2PI],
    "log_ndtr": [lambda y, x: _exp(_square(x) * -0.5 - y) / ROOT_2PI],
    "ndtri": [lambda y, x: _exp(_square(y) * 0.5) * ROOT_2PI],
    "expi": [lambda y, x: _exp(x) / x],
    "exp1": [lambda y, x: -(_exp(-x) / x)],
    "expn": [None, lambda y, n, x: -expn(n - 1, x)],
    "spence": [lambda y, x: _log(x) / (1 - x)],
    "j0": [lambda y, x: -jv(1, x)],
    "j1": [lambda y, x: (jv(0, x) - jv(2, x)) / 2],
    "jv": [None, lambda y, v, x: (jv(v - 1, x) - jv(v + 1, x)) / 2],
    "y0": [lambda y, x: -yv(1, x)],
    "y1": [lambda y, x: (yv(0, x) - yv(2, x)) / 2],
    "yv": [None, lambda y, v, x: (yv(v - 1, x) - yv(v + 1, x)) / 2],
    "i0": [lambda y, x: iv(1, x)],
    "i1": [lambda y, x: (iv(0, x) + iv(2, x)) / 2],
    "iv": [None, lambda y, v, x: (iv(v - 1, x) + iv(v + 1, x)) / 2],
    "k0": [lambda y, x: -kv(1, x)],
    "k1": [lambda y, x: (kv(0, x) + kv(2, x)) / -2],
    "kv": [None, lambda y, v, x: (kv(v - 1, x) + kv(v + 1, x)) / -2],
    "i0e": [lambda y, x: ive(1, x) - _sign(x) * y],
    "i1e": [lambda y, x: (ive(0, x) + ive(2, x)) / 2 - _sign(x) * y],
    "ive": [None, lambda y, v, x: (ive(v - 1, x) + ive(v + 1, x)) / 2 - _sign(x) * y],
    "k0e": [lambda y, x: y - kve(1, x)],
    "k1e": [lambda y, x: y - (kve(0, x) + kve(2, x)) / 2],
    "kve": [None, lambda y, v, x: y - (kve(v - 1, x) + kve(v + 1, x)) / 2],
    "struve": [None, lambda y, v, x: struve(v - 1, x) - v * y / x],
    "exprel": [lambda y, x: hyp1f1(2, 3, x) / 2],
    "cosm1": [lambda y, x: -_sin(x)],
    "exp2": [lambda y, x: y * math.log(2)],
    "powm1": [lambda y, a, b: b * a ** (b - 1), lambda y, a, b: (y + 1) * _log(a)],
    "rgamma": [lambda y, x: -(y * psi(x))],
    "ldexp": [lambda y, x, n: _exp2(n + 0 * y), None],
    "gammaincinv": [None, lambda y, a, p: _exp(gammaln(a) + y - (a - 1) * _log(y))],
    "gammainccinv": [None, lambda y, a, p: -_exp(gammaln(a) + y - (a - 1) * _log(y))],
    "betaincc": [
        None,
        None,
        lambda y, a, b, x: -_exp((a - 1) * _log(x) + (b - 1) * _log1p(-x) - betaln(a, b)),
    ],
    "betaincinv": [
        None,
        None,
        lambda y, a, b, p: _exp(betaln(a, b) - (a - 1) * _log(y) - (b - 1) * _log1p(-y)),
    ],
    "stdtr": [None, lambda y, v, t: _of_t(v, t)],
    "chdtr": [None, lambda y, v, x: _of_chi_squared(v, x)],
    "owens_t": [
        lambda y, h, a: _exp(_square(h) * -0.5) * _erf(h * a / math.sqrt(2)) / (-2 * ROOT_2PI),
        lambda y, h, a: (
            _exp(_square(h) * (1 + _square(a)) * -0.5) / ((1 + _square(a)) * (2 * math.pi))
        ),
    ],
    "eval_legendre": [None, lambda y, n, x: eval_gegenbauer(n - 1, 1.5, x)],
    "eval_chebyt": [None, lambda y, n, x: n * eval_chebyu(n - 1, x)],
    "eval_chebyu": [None, lambda y, n, x: 2 * eval_gegenbauer(n - 1, 2.0, x)],
    "eval_hermite": [None, lambda y, n, x: 2 * n * eval_hermite(_size(n - 1), x)],
    "eval_hermitenorm": [None, lambda y, n, x: n * eval_hermitenorm(_size(n - 1), x)],
    "eval_laguerre": [None, lambda y, n, x: -eval_genlaguerre(n - 1, 1.0, x)],
    "eval_genlaguerre": [
        None,
        None,
        lambda y, n, a, x: -eval_genlaguerre(n - 1, a + 1, x),
    ],
    "eval_gegenbauer": [
        None,
        None,
        lambda y, n, a, x: 2 * a * eval_gegenbauer(n - 1, a + 1, x),
    ],
    "ellipkinc": [lambda y, phi, m: 1 / _sqrt(1 - m * _square(_sin(phi))), None],
    "ellipeinc": [
        lambda y, phi, m: _sqrt(1 - m * _square(_sin(phi))),
        lambda y, phi, m: (y - ellipkinc(phi, m)) / (2 * m),
    ],
    "ellipkm1": [lambda y, p: (ellipe(1 - p) / p - y) / (2 * p - 2)],
    "ellipk": [lambda y, m: (ellipe(m) / (1 - m) - y) / (2 * m)],
    "ellipe": [lambda y, m: (y - ellipk(m)) / (2 * m)],
    "erf": [lambda y, x: _exp(-(x * x)) * (2 / ROOT_PI)],
    "erfc": [lambda y, x: _exp(-(x * x)) * (-2 / ROOT_PI)],
    "erfi": [lambda y, x: _exp(x * x) * (2 / ROOT_PI)],
    "wofz": [lambda y, z: 2j / ROOT_PI - 2 * z * y],
    "hankel1": [None, lambda y, v, x: (hankel1(v - 1, x) - hankel1(v + 1, x)) / 2],
    "hankel2": [None, lambda y, v, x: (hankel2(v - 1, x) - hankel2(v + 1, x)) / 2],
    "jve": [None, lambda y, v, x: (jve(v - 1, x) - jve(v + 1, x)) / 2],
    "yve": [None, lambda y, v, x: (yve(v - 1, x) - yve(v + 1, x)) / 2],
    "modstruve": [None, lambda y, v, x: modstruve(v - 1, x) - v * y / x],
    "wright_bessel": [None, None, lambda y, a, b, x: wright_bessel(a, a + b, x)],
    "ber": [lambda y, x: berp(x)],
    "bei": [lambda y, x: beip(x)],
    "ker": [lambda y, x: kerp(x)],
    "kei": [lambda y, x: keip(x)],
    "berp": [lambda y, x: -(bei(x) + y / x)],
    "beip": [lambda y, x: ber(x) - y / x],
    "kerp": [lambda y, x: -(kei(x) + y / x)],
    "keip": [lambda y, x: ker(x) - y / x],
    "lambertw": [lambda y, x: y / (x * (1 + y)), None, None],
    "sindg": [lambda y, x: cosdg(x) * DEGREE],
    "cosdg": [lambda y, x: sindg(x) * -DEGREE],
    "tandg": [lambda y, x: (1 + _square(y)) * DEGREE],
    "cotdg": [lambda y, x: (1 + _square(y)) * -DEGREE],
    "softplus": [lambda y, x: expit(x)],
    "boxcox1p": [lambda y, x, k: (1 + x) ** (k - 1), None],
    "inv_boxcox1p": [lambda y, x, k: (1 + y) ** (1 - k), None],
    "ndtri_exp": [lambda y, x: _exp(x + _square(y) * 0.5) * ROOT_2PI],
    "bdtr": [None, None, lambda y, k, n, p: -_of_binomial(k, n, p)],
    "bdtrc": [None, None, lambda y, k, n, p: _of_binomial(k, n, p)],
    "nbdtr": [None, None, lambda y, k, n, p: _of_binomial(n - 1, n + k, p)],
    "nbdtrc": [None, None, lambda y, k, n, p: -_of_binomial(n - 1, n + k, p)],
    "pdtr": [None, lambda y, k, m: -_of_gamma(1.0, k + 1, m)],
    "pdtrc": [None, lambda y, k, m: _of_gamma(1.0, k + 1, m)],
    "gdtr": [
        lambda y, a, b, x: _of_gamma(a, b, x) * x / a,
        None,
        lambda y, a, b, x: _of_gamma(a, b, x),
    ],
    "gdtrc": [
        lambda y, a, b, x: -(_of_gamma(a, b, x) * x / a),
        None,
        lambda y, a, b, x: -_of_gamma(a, b, x),
    ],
    "fdtr": [None, None, lambda y, a, b, x: _of_f(a, b, x)],
    "fdtrc": [None, None, lambda y, a, b, x: -_of_f(a, b, x)],
    "fdtri": [None, None, lambda y, a, b, p: 1 / _of_f(a, b, y)],
    "chdtrc": [None, lambda y, v, x: -_of_chi_squared(v, x)],
    "chdtri": [None, lambda y, v, p: -1 / _of_chi_squared(v, y)],
    "stdtrit": [None, lambda y, v, p: 1 / _of_t(v, y)],
    "voigt_profile": [lambda y, x, sigma, gamma: _of_voigt(x, sigma, gamma), None, None],
    "elliprf": [
        lambda y, a, b, c: elliprd(b, c, a) / -6,
        lambda y, a, b, c: elliprd(a, c, b) / -6,
        lambda y, a, b, c: elliprd(a, b, c) / -6,
    ],
    "elliprc": [
        lambda y, a, b: elliprd(b, b, a) / -6,
        lambda y, a, b: elliprd(a, b, b) / -3,
    ],
    "gammasgn": [lambda y, x: 0 * x],
    "round": [lambda y, x: 0 * x],
    "fabs": [lambda y, x: _sign(x)],
    "spherical_jn": [None, lambda y, n, x, d=False: _spherical(spherical_jn, y, n, x, d, -1)],
    "spherical_yn": [None, lambda y, n, x, d=False: _spherical(spherical_yn, y, n, x, d, -1)],
    "spherical_in": [None, lambda y, n, x, d=False: _spherical(spherical_in, y, n, x, d, 1)],
    "spherical_kn": [None, lambda y, n, x, d=False: _spherical(spherical_kn, y, n, x, d, 1)],
    "assoc_laguerre": [lambda y, x, n, k=0.0: -eval_genlaguerre(n - 1, k + 1, x), None, None],
    "eval_jacobi": [
        None,
        None,
        None,
        lambda y, n, a, b, x: (n + a + b + 1) / 2 * eval_jacobi(n - 1, a + 1, b + 1, x),
    ],
    "eval_sh_legendre": [None, lambda y, n, x: 2 * eval_gegenbauer(n - 1, 1.5, 2 * x - 1)],
    "eval_sh_chebyt": [None, lambda y, n, x: 2 * n * eval_chebyu(n - 1, 2 * x - 1)],
    "eval_sh_chebyu": [None, lambda y, n, x: 4 * eval_gegenbauer(n - 1, 2.0, 2 * x - 1)],
    "eval_chebyc": [None, lambda y, n, x: n * eval_chebyu(n - 1, x / 2)],
    "eval_chebys": [None, lambda y, n, x: eval_gegenbauer(n - 1, 2.0, x / 2)],
    "lpmv": [
        None,
        None,
        lambda y, m, v, x: (v * x * y - (v + m) * lpmv(m, v - 1, x)) / (_square(x) - 1),
    ],
    "hyp0f1": [None, lambda y, b, x: hyp0f1(b + 1, x) / b],
    "hyperu": [None, None, lambda y, a, b, x: -(a * hyperu(a + 1, b + 1, x))],
    "hyp1f1": [None, None, lambda y, a, b, x: a / b * hyp1f1(a + 1, b + 1, x)],
    "hyp2f1": [
        None,
        None,
        None,
        lambda y, a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
    ],
}
"""The partial derivatives of functions, by name."""

HOLOMORPHIC = frozenset(
    re.findall(
        r"\w+",
        "airy dawsn erf erfc erfcx erfi erfinv exp1 expi expm1 exp2 fresnel gamma hankel1 hankel2 "
        "hyp0f1 hyp1f1 hyp2f1 iv jv kv lambertw log1p loggamma rgamma shichi sici spence wofz "
        "xlog1py xlogy yv",
    )
)
"""Those of which the formulas hold for complex numbers."""

UNKNOWN: Mapping[str, str] = {
    **dict.fromkeys(
        ("gammainc", "gammaincc", "betainc", "betaincc", "gammaincinv", "betaincinv", "stdtr"),
        "the derivative by a parameter has no closed form",
    ),
    **dict.fromkeys(
        ("jv", "yv", "iv", "kv", "ive", "kve", "struve"),
        "the derivative by the order has no closed form",
    ),
    **dict.fromkeys(
        ("expn", "polygamma", "eval_legendre", "eval_hermite", "eval_chebyt", "eval_laguerre"),
        "the order is a whole number",
    ),
    "zeta": "the derivative by the exponent has no closed form",
}
"""Why functions have no derivative by some of their arguments."""


OF_SEVERAL: Mapping[str, Sequence[Sequence[Partial]]] = {
    "modf": [[lambda y, x: 0 * x + 1], [lambda y, x: 0 * x]],
    "frexp": [[lambda y, x: _where(_equal(x, 0), 1, y[0] / _where(_equal(x, 0), 1, x))], [None]],
    "sici": [[lambda y, x: _sin(x) / x], [lambda y, x: _cos(x) / x]],
    "shichi": [[lambda y, x: _sinh(x) / x], [lambda y, x: _cosh(x) / x]],
    "fresnel": [
        [lambda y, x: _sin(_square(x) * (math.pi / 2))],
        [lambda y, x: _cos(_square(x) * (math.pi / 2))],
    ],
    "iti0k0": [[lambda y, x: iv(0, x)], [lambda y, x: kv(0, x)]],
    "itj0y0": [[lambda y, x: jv(0, x)], [lambda y, x: yv(0, x)]],
    "airy": [
        [lambda y, x: y[1]],
        [lambda y, x: x * y[0]],
        [lambda y, x: y[3]],
        [lambda y, x: x * y[2]],
    ],
    "ellipj": [
        [lambda y, u, m: y[1] * y[2], None],
        [lambda y, u, m: -(y[0] * y[2]), None],
        [lambda y, u, m: -(m * y[0] * y[1]), None],
        [lambda y, u, m: y[2], None],
    ],
}
"""The partial derivatives of each result of functions with several; y is all results."""
