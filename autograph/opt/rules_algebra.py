"""Rules of arithmetic, logic and selection."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograph.ir.graph import Node, Value
from autograph.ir.pattern import Wildcard
from autograph.ir.types import DType
from autograph.ops.elementwise import (
    absolute,
    cast,
    divide,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    positive,
    power,
    sqrt,
    square,
    switch,
)
from autograph.opt.rule import Context, a_constant, constant_value, procedure, rewrite

a, b, c, x, y = (Wildcard(name) for name in "abcxy")
NUMBER, INTEGER = "fiu", "iu"

# ---------------------------------------------------------------- neutral and absorbing elements

rewrite(x + 0, x, kinds=INTEGER)
rewrite(x + -0.0, x)
rewrite(x + 0.0, x, "rounding")  # -0.0 + 0.0 is 0.0
rewrite(x - 0, x, kinds=NUMBER)
rewrite(x * 1, x, kinds=NUMBER)
rewrite(x / 1, x)
rewrite(x * -1, -x, kinds="fi")
rewrite(x / -1, -x)
rewrite(x * 0, 0, kinds=INTEGER)
rewrite(x * 0, 0, "unsafe")  # nan where x is infinite or nan
rewrite(x - x, 0, kinds=INTEGER)
rewrite(x - x, 0, "unsafe")
rewrite(x / x, 1, "unsafe")
rewrite((a + b) - b, a, "unsafe")  # would undo compensated sums
rewrite((x * y) / x, y, "unsafe")

# ---------------------------------------------------------------- signs

rewrite(negative(-x), x, kinds=NUMBER)
rewrite(positive(x), x, kinds="fiuc")
rewrite(x - (-y), x + y, kinds="fi")
rewrite(x + (-y), x - y, kinds="fi")
rewrite((-x) * y, -(x * y), kinds="fi")
rewrite((-x) / (-y), x / y)
rewrite((-x) / y, -(x / y))
rewrite(x / (-y), -(x / y))
rewrite(absolute(-x), absolute(x), kinds="fi")
rewrite(absolute(absolute(x)), absolute(x), kinds="fi")
rewrite(absolute(square(x)), square(x))
rewrite(square(-x), square(x), kinds="fi")
rewrite(square(absolute(x)), square(x), kinds="fi")

# ---------------------------------------------------------------- powers

rewrite(x * x, square(x), kinds=NUMBER)
rewrite(power(x, 1), x)
rewrite(power(x, 0), 1)
rewrite(power(1, x), 1)
rewrite(power(x, 2), square(x), kinds=NUMBER)
rewrite(power(x, -1), 1 / x)
rewrite(power(x, 3), square(x) * x, "rounding", "specialize")
rewrite(power(x, 4), square(square(x)), "rounding", "specialize")
rewrite(power(x, 0.5), sqrt(x))


def _has_exact_reciprocal(number: Any) -> bool:
    mantissa, exponent = math.frexp(abs(float(number)))
    return mantissa == 0.5 and abs(exponent) < 100


_power_of_two = a_constant("c", _has_exact_reciprocal, (2.0, 0.25, -8.0, 2.0**60))


@procedure(
    divide,
    "(x / c) -> (x * (1 / c)), c a power of two",
    lambda x, c: divide(x, c),
    (1, _power_of_two.samples),
    phase="specialize",
    kinds="f",
)
def _multiply_by_reciprocal(node: Node, context: Context) -> Value | None:
    x, divisor = node.operands
    number = constant_value(divisor)
    if number is None or not _has_exact_reciprocal(number) or number == 1:
        return None
    result: Value = multiply(x, 1 / float(number))
    return result


# ---------------------------------------------------------------- comparison, selection, logic

rewrite(maximum(x, x), x, kinds=NUMBER)
rewrite(minimum(x, x), x, kinds=NUMBER)
rewrite(equal(x, x), True, kinds=INTEGER)
rewrite(not_equal(x, x), False, kinds=INTEGER)
rewrite(less(x, x), False, kinds=NUMBER)
rewrite(greater(x, x), False, kinds=NUMBER)
rewrite(less_equal(x, x), True, kinds=INTEGER)
rewrite(greater_equal(x, x), True, kinds=INTEGER)

rewrite(switch(c, a, a), a, kinds="b")
rewrite(switch(True, a, b), a, kinds="b")
rewrite(switch(False, a, b), b, kinds="b")
rewrite(switch(logical_not(c), a, b), switch(c, b, a), kinds="b")
rewrite(switch(c, switch(c, a, b), x), switch(c, a, x), kinds="b")
rewrite(switch(c, x, switch(c, a, b)), switch(c, x, b), kinds="b")

rewrite(logical_not(logical_not(c)), c, kinds="b")
rewrite(logical_not(equal(x, y)), not_equal(x, y), kinds="b")
rewrite(logical_not(not_equal(x, y)), equal(x, y), kinds="b")
rewrite(logical_and(c, c), c, kinds="b")
rewrite(logical_and(c, True), c, kinds="b")
rewrite(logical_and(c, False), False, kinds="b")
rewrite(logical_or(c, c), c, kinds="b")
rewrite(logical_or(c, True), True, kinds="b")
rewrite(logical_or(c, False), c, kinds="b")
rewrite(logical_xor(c, False), c, kinds="b")
rewrite(logical_xor(c, True), logical_not(c), kinds="b")

# ---------------------------------------------------------------- casts


def _keeps_all_values(narrow: DType, wide: DType) -> bool:
    """Return whether every value of one dtype is a value of the other."""
    if narrow == wide or narrow.kind == "b":
        return True
    if narrow.kind in "iu" and wide.kind in "fc":
        mantissa = np.finfo(wide).nmant + 1
        return narrow.itemsize * 8 <= mantissa
    return np.can_cast(narrow, wide, "safe")


_WIDE = {kind: np.dtype("f8" if kind == "f" else "i8") for kind in "fiub"}


@procedure(cast, "cast(x: T, T) -> x", lambda x: cast(x, dtype=x.dtype))
def _drop_cast(node: Node, context: Context) -> Value | None:
    (x,) = node.operands
    return x if x.dtype == node.attrs["dtype"] else None


@procedure(
    cast,
    "cast(cast(x, wide), T) -> cast(x, T)",
    lambda x: cast(cast(x, dtype=_WIDE[x.dtype.kind]), dtype=np.dtype("f4")),
    kinds="fiub",
)
def _join_casts(node: Node, context: Context) -> Value | None:
    inner = node.operands[0].node
    if inner is None or inner.op is not cast:
        return None
    (x,) = inner.operands
    if not _keeps_all_values(x.dtype, inner.attrs["dtype"]):
        return None
    result: Value = cast(x, dtype=node.attrs["dtype"])
    return result
