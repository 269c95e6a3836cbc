"""Derivatives of functions of SciPy and NumPy that are called as they are.

Each row gives the partial derivatives of an elementwise function, in terms of ops and of other such
functions, so that they have derivatives in turn. Source of the formulas: NIST Digital Library of
Mathematical Functions, chapters 5 to 8, 10, 15, 19 and 25.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.autodiff.cotangents import Cotangents, fit
from autograph.autodiff.primal import Frame
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Node, Value
from autograph.ir.op import constant_of
from autograph.ops.define import broadcast_dims
from autograph.ops.elementwise import (
    absolute,
    add,
    cast,
    cos,
    cosh,
    divide,
    equal,
    erf,
    exp,
    exp2,
    less_equal,
    log,
    log1p,
    multiply,
    negative,
    power,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    switch,
)
from autograph.ops.library import LibraryCall, Operand, call_library

Partial = Callable[..., Any] | None
"""(result, *arguments) -> the derivative by one argument; None where none is known."""


class _Term:
    """A value with Python's operators, to write formulas with."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def _with(self, op: Any, other: Any, *, swapped: bool = False) -> _Term:
        term = other if isinstance(other, _Term) else number(other, self)
        a, b = (term, self) if swapped else (self, term)
        return _Term(op(a.value, b.value))

    def __add__(self, other: Any) -> _Term:
        return self._with(add, other)

    def __sub__(self, other: Any) -> _Term:
        return self._with(subtract, other)

    def __mul__(self, other: Any) -> _Term:
        return self._with(multiply, other)

    def __truediv__(self, other: Any) -> _Term:
        return self._with(divide, other)

    def __pow__(self, other: Any) -> _Term:
        return self._with(power, other)

    def __radd__(self, other: Any) -> _Term:
        return self._with(add, other)

    def __rmul__(self, other: Any) -> _Term:
        return self._with(multiply, other)

    def __rsub__(self, other: Any) -> _Term:
        return self._with(subtract, other, swapped=True)

    def __rtruediv__(self, other: Any) -> _Term:
        return self._with(divide, other, swapped=True)

    def __neg__(self) -> _Term:
        return _Term(negative(self.value))


def number(x: float, like: _Term) -> _Term:
    """Return a constant of the dtype of a term."""
    return _Term(constant_of(x, like.value.dtype))


def _of(op: Any) -> Callable[..., Any]:
    """Return an op as a function of terms and numbers."""

    def emit_op(*args: Any) -> _Term:
        like = [x for x in args if isinstance(x, _Term) and x.value.dtype.kind == "f"][-1]
        terms = [x if isinstance(x, _Term) else number(x, like) for x in args]
        return _Term(op(*(t.value for t in terms)))

    return emit_op


_exp, _exp2, _log, _log1p, _sqrt = map(_of, (exp, exp2, log, log1p, sqrt))
_square, _abs, _sign, _where, _within = map(_of, (square, absolute, sign, switch, less_equal))
_sin, _cos, _sinh, _cosh, _erf, _equal = map(_of, (sin, cos, sinh, cosh, erf, equal))


def _size(n: Any) -> Any:
    """Return the magnitude of an order; there are no Hermite polynomials of negative ones."""
    return _abs(n) if isinstance(n, _Term) else abs(n)


def special(name: str) -> Callable[..., Any]:
    """Return the function that emits a call of an elementwise function of `scipy.special`."""

    def emit_call(*args: Any) -> Any:
        function = getattr(importlib.import_module("scipy.special"), name)
        if not any(isinstance(x, _Term) for x in args):
            return float(function(*args))
        values = [x.value for x in args if isinstance(x, _Term)]
        places = iter(range(len(values)))
        packed = tuple(Operand(next(places)) if isinstance(x, _Term) else x for x in args)
        floats = [v.dtype for v in values if v.dtype.kind == "f"]
        dims = broadcast_dims([v.dims for v in values])
        call = LibraryCall(function, packed)
        return _Term(call_library(call, values, [np.result_type(*floats)], [dims])[0])

    return emit_call


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

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)

RULES: Mapping[str, Sequence[Partial]] = {
    "exp10": [lambda y, x: y * math.log(10)],
    "expm1": [lambda y, x: y + 1],
    "log1p": [lambda y, x: 1 / (1 + x)],
    "cbrt": [lambda y, x: 1 / (3 * _square(y))],
    "logaddexp2": [lambda y, a, b: _exp2(a - y), lambda y, a, b: _exp2(b - y)],
    "float_power": [lambda y, a, b: b * a ** (b - 1), lambda y, a, b: y * _log(a)],
    "heaviside": [lambda y, x, h: x * 0, None],
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
    "stdtr": [
        None,
        lambda y, v, t: _exp((v + 1) * _log1p(_square(t) / v) * -0.5 - betaln(v / 2, 0.5)) / v**0.5,
    ],
    "chdtr": [
        None,
        lambda y, v, x: _exp((v / 2 - 1) * _log(x / 2) - x / 2 - gammaln(v / 2)) / 2,
    ],
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
    "hyp1f1": [None, None, lambda y, a, b, x: a / b * hyp1f1(a + 1, b + 1, x)],
    "hyp2f1": [
        None,
        None,
        None,
        lambda y, a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
    ],
}
"""The partial derivatives of functions, by name."""

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


def rule_of(node: Node) -> Sequence[Sequence[Partial]] | None:
    """Return the partial derivatives of each result of what a library node calls, if known.

    Those of functions of complex numbers are not: formulas here take sizes and signs of real ones.
    """
    if any(v.dtype.kind == "c" for v in (*node.operands, *node.results)):
        return None
    call: LibraryCall = node.attrs["call"]
    package, _, name = call.name.rpartition(".")
    if package.partition(".")[0] not in ("numpy", "scipy") or call.kwargs:
        return None
    rows = [RULES[name]] if name in RULES else OF_SEVERAL.get(name)
    return rows if rows is not None and len(rows) == len(node.results) else None


def partials(
    node: Node,
    position: int,
    primal: Callable[[Value], Value],
    wanted: Callable[[Value], bool],
) -> list[tuple[Value, Value]]:
    """Return the wanted operands of a library node, each with the derivative of a result by it.

    Raises:
        NondifferentiableError: If the derivative is not known.
    """
    call: LibraryCall = node.attrs["call"]
    rows = rule_of(node) or ()
    results = [_Term(primal(v)) for v in node.results]
    y, args = results[position], []
    for x in call.args:
        args.append(
            _as_float(primal(node.operands[x.position]), y) if isinstance(x, Operand) else x
        )
    found = []
    for place, x in enumerate(call.args):
        if not isinstance(x, Operand) or not wanted(node.operands[x.position]):
            continue
        partial = rows[position][place] if place < len(rows[position]) else None
        if partial is None:
            reason = f": {UNKNOWN[call_name(call)]}" if call_name(call) in UNKNOWN else ""
            raise NondifferentiableError(
                f"{call.name} has no derivative rule for its argument {place}{reason}", node.site
            )
        slope = partial(results if len(rows) > 1 else y, *args)
        found.append((node.operands[x.position], slope.value))
    return found


def call_name(call: LibraryCall) -> str:
    """Return the name of a function without its module."""
    return call.name.rpartition(".")[2]


def _as_float(value: Value, like: _Term) -> _Term:
    dtype = like.value.dtype
    return _Term(value if value.dtype.kind in "f" else cast(value, dtype=dtype))


def reverse(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangents of the results of a library function on to its operands."""
    active = frame.plan.active
    for position, g in enumerate(gs):
        if g is None:
            continue
        for operand, slope in partials(node, position, frame.demand, active.__contains__):
            x = multiply(g, slope)
            cotangents.add(operand, x if x.dtype == operand.dtype else cast(x, dtype=operand.dtype))


def forward(
    node: Node, primal: Callable[[Value], Value], tangents: Mapping[Value, Value]
) -> list[Value | None]:
    """Return the tangents of the results of a library function, None where one does not vary."""
    return [
        _tangent(node, position, primal, tangents) if v.dtype.kind == "f" else None
        for position, v in enumerate(node.results)
    ]


def _tangent(
    node: Node, position: int, primal: Callable[[Value], Value], tangents: Mapping[Value, Value]
) -> Value:
    result = primal(node.results[position])
    total: Value | None = None
    for operand, slope in partials(node, position, primal, lambda v: v in tangents):
        t = tangents[operand]
        t = t if t.dtype == result.dtype else cast(t, dtype=result.dtype)
        term = multiply(t, slope)
        total = term if total is None else add(total, term)
    assert total is not None
    return fit(total, result.dims)
