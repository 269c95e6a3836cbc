"""Rules that keep accuracy where the formula as written overflows, cancels or underflows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Node, Value
from autograph.ir.pattern import (
    AttrWildcard,
    Bindings,
    Kept,
    Pattern,
    Wildcard,
    kept_reduction,
    matches,
)
from autograph.ops.elementwise import (
    absolute,
    arcsinh,
    cos,
    cosh,
    equal,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    hypot,
    isnan,
    log,
    log1mexp,
    log1p,
    log2,
    log_sigmoid,
    logaddexp,
    sigmoid,
    sin,
    sinh,
    sqrt,
    square,
    switch,
    tanh,
)
from autograph.ops.reduction import log_softmax, logsumexp, max_, softmax, sum_
from autograph.ops.structure import broadcast, get, reshape, take, transpose
from autograph.opt.rule import Context, procedure, rewrite

a, b, x, y = (Wildcard(name) for name in "abxy")
AXES = AttrWildcard("axes")
stabler = partial(rewrite, claim="stabler", phase="stabilize")

# ---------------------------------------------------------------- inverse functions

stabler(log(exp(x)), x)
stabler(log2(exp2(x)), x)
stabler(exp(log(x)), switch(x >= 0, x, math.nan))
stabler(sqrt(square(x)), absolute(x))
stabler(log(square(x)), 2 * log(absolute(x)))
stabler(square(x) / x, switch(equal(x, 0), math.nan, x))

# ---------------------------------------------------------------- near one and near zero

stabler(log(1 + x), log1p(x))
stabler(log(1 - x), log1p(-x))
stabler(exp(x) - 1, expm1(x))
stabler(1 - exp(x), -expm1(x))
stabler(1 - cos(x), 2 * square(sin(0.5 * x)))
stabler(cos(x) - 1, -2 * square(sin(0.5 * x)))
stabler(
    sqrt(1 + x) - 1,
    switch(x < 1, x / (sqrt(1 + x) + 1), sqrt(1 + x) + -1),
)
stabler(log(x + sqrt(1 + square(x))), arcsinh(x))
stabler(1 - erf(x), erfc(x))
stabler(1 + erf(x), erfc(-x))
stabler(1 - erfc(x), erf(x))

# ---------------------------------------------------------------- sigmoid, softplus, tanh

stabler(1 / (1 + exp(-x)), sigmoid(x))
stabler(1 / (1 + exp(x)), sigmoid(-x))
stabler(exp(x) / (1 + exp(x)), sigmoid(x))
stabler(1 - sigmoid(x), sigmoid(-x))
stabler(log(sigmoid(x)), log_sigmoid(x))
stabler(sigmoid(x) * exp(-x), sigmoid(-x))
stabler(sigmoid(-x) * exp(x), sigmoid(x))
stabler(sigmoid(x) / sigmoid(-x), exp(x))
stabler(sigmoid(-x) / sigmoid(x), exp(-x))
stabler(log(1 + exp(x)), -log_sigmoid(-x))
stabler(log1p(exp(x)), -log_sigmoid(-x))
stabler(
    (exp(x) - exp(-x)) / (exp(x) + exp(-x)),
    tanh(x),
)
stabler(
    log(cosh(x)),
    absolute(x) + log1p(0.5 * expm1(-2 * absolute(x))),
)
stabler(cosh(x) / exp(x), 1 + 0.5 * expm1(-2 * x))
stabler(sinh(x) / exp(x), -0.5 * expm1(-2 * x))

# ---------------------------------------------------------------- logarithms of sums

stabler(log(-expm1(x)), log1mexp(x))
stabler(log1p(-exp(x)), log1mexp(x))
stabler(log(exp(a) + exp(b)), logaddexp(a, b))
stabler(
    log(exp(a) - exp(b)),
    a + log1mexp(switch(equal(a, b), 0, b - a)),
)
stabler(
    sqrt(square(x) + square(y)),
    switch(isnan(x), x, switch(isnan(y), y, hypot(x, y))),
)

# ---------------------------------------------------------------- products of exponentials


def _exp_of_sum(a: Pattern, b: Pattern) -> Pattern:
    """Return exp(a + b), corrected for the rounding of the sum.

    Source: D. Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B (TwoSum).
    """
    total = a + b
    rest = total - a
    error = (a - (total - rest)) + (b - rest)
    corrected: Pattern = exp(total) * (1 + switch(absolute(total) < 1000, error, 0))
    return corrected


merged = partial(stabler, phase="specialize", single_use=True)
merged(exp(a) * exp(b), _exp_of_sum(a, b), name="(exp(a) * exp(b)) -> exp(a + b)")
merged(exp(a) / exp(b), _exp_of_sum(a, -b), name="(exp(a) / exp(b)) -> exp(a - b)")

# ---------------------------------------------------------------- softmax


def is_shifted(value: Value, axes: tuple[int, ...]) -> bool:
    """Return whether a value is some x less its maximum over axes: then exp is safe as it is."""
    node = value.node
    if node is None or node.op.name != "subtract":
        return False
    largest = kept_reduction(node.operands[1])
    if largest is None or largest.node is None or largest.node.op is not max_:
        return False
    return largest.node.operands[0] is node.operands[0] and largest.node.attrs["axes"] == axes


def _not_shifted(bindings: Bindings, attrs: Mapping[AttrWildcard, Any]) -> bool:
    return not is_shifted(bindings[x], attrs[AXES])


_SHIFTED = x - Kept(max_(x, axes=AXES))
_EXP_SHARE = exp(x) / Kept(sum_(exp(x), axes=AXES))

stabler(_EXP_SHARE, softmax(x, axes=AXES), ndim=2, when=_not_shifted)
stabler(
    log(exp(_SHIFTED) / Kept(sum_(exp(_SHIFTED), axes=AXES))),
    _SHIFTED - log(Kept(sum_(exp(_SHIFTED), axes=AXES))),
    ndim=2,
    name="log(softmax(z)) -> z - log(sum(exp(z))), z = x - max(x)",
)
stabler(log(_EXP_SHARE), log_softmax(x, axes=AXES), ndim=2)
stabler(log(softmax(x, axes=AXES)), log_softmax(x, axes=AXES), ndim=2)
stabler(
    log(sum_(exp(x), axes=AXES)),
    logsumexp(x, axes=AXES),
    ndim=2,
    when=_not_shifted,
)
stabler(x - Kept(logsumexp(x, axes=AXES)), log_softmax(x, axes=AXES), ndim=2)

# ---------------------------------------------------------------- logarithm of a selection

_SELECTIONS = (get, take, transpose, broadcast, reshape)
_FRIENDS = (exp, sigmoid, softmax)


@procedure(
    log,
    "log(get(p)) -> get(log(p)), where log(p) simplifies",
    lambda x: log(get(softmax(x, axes=(0,)), index=(At(Affine(1)),))),
    phase="stabilize",
    kinds="f",
)
def _log_before_selecting(node: Node, context: Context) -> Value | None:
    """Take the logarithm before elements are picked or moved: of each label's probability, say."""
    selections: list[Node] = []
    p = node.operands[0]
    while p.node is not None and p.node.op in _SELECTIONS:
        selections.append(p.node)
        p = p.node.operands[0]
    simplifies = p.node is not None and (p.node.op in _FRIENDS or matches(_EXP_SHARE, p, {}, {}))
    if not selections or not simplifies:
        return None
    result: Value = log(p)
    for selection in reversed(selections):
        result = selection.op(result, *selection.operands[1:], **selection.attrs)
    return result
