"""The table of elementwise ops. To add one, add one row.

A row says: the NumPy ufunc (values, dtypes, and the name users write), the scalar expression of
each backend, and the derivative. `{f}` in a CUDA expression is the suffix of single precision
functions. A Python expression that is a bare name is a function of the backend's vector math.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, Type
from autograph.ops.complex_parts import conjugate, imag, make_complex, real
from autograph.ops.define import (
    BOOLEAN,
    PIECEWISE_CONSTANT,
    ScipyFunction,
    array_types,
    broadcast_dims,
    elementwise,
    nondifferentiable,
)

# ---------------------------------------------------------------- selection and casts


def _infer_switch(node: Node) -> Sequence[Type]:
    condition, a, b = array_types(node)
    if condition.dtype != np.bool_ or a.dtype != b.dtype:
        raise TypeError(f"switch takes (bool, T, T), got ({condition}, {a}, {b})")
    return (ArrayType(a.dtype, broadcast_dims([condition.dims, a.dims, b.dims])),)


def _selection(name: str, python: str) -> Op:
    """Return an op that selects between two operands."""

    def derivative(g: Any, y: Any, c: Any, a: Any, b: Any) -> tuple[Any, ...]:
        return nondifferentiable("it is a condition"), op(c, g, 0), op(c, 0, g)

    op = Op(
        name,
        "elementwise",
        _infer_switch,
        lambda node, operands, form: (np.where(*operands)[()],),
        python=python,
        cuda="({0} ? {1} : {2})",
        derivative=derivative,
        cheap=True,
    )
    return op


switch = _selection("switch", "({1} if {0} else {2})")
"""Elementwise select: `a` where the condition holds, else `b`."""

blend = _selection("blend", "chosen({0}, {1}, {2})")
"""The same where both have been computed: machine code has no branch for it."""


def _evaluate_cast(
    node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
) -> Sequence[Any]:
    with np.errstate(all="ignore"):
        return (np.asarray(operands[0]).astype(node.attrs["dtype"])[()],)


cast: Op = Op(
    "cast",
    "elementwise",
    lambda node: (ArrayType(node.attrs["dtype"], node.operands[0].dims),),
    _evaluate_cast,
    cheap=True,
)
"""Conversion to `dtype`, as NumPy's `astype` does it. Differentiable between float dtypes."""

# ---------------------------------------------------------------- arithmetic

add: Op = elementwise(
    np.add, "({0} + {1})", "({0} + {1})", lambda g, y, a, b: (g, g), commutative=True, cheap=True
)
subtract: Op = elementwise(
    np.subtract, "({0} - {1})", "({0} - {1})", lambda g, y, a, b: (g, -g), cheap=True
)
multiply: Op = elementwise(
    np.multiply,
    "({0} * {1})",
    "({0} * {1})",
    lambda g, y, a, b: (g * b, g * a),
    commutative=True,
    cheap=True,
)
divide: Op = elementwise(
    np.divide,
    "({0} / {1})",
    "({0} / {1})",
    lambda g, y, a, b: (g / b, -(g / b * y)),
    cheap=True,
)
negative: Op = elementwise(np.negative, "(-{0})", "(-{0})", lambda g, y, a: (-g,), cheap=True)
positive: Op = elementwise(np.positive, "{0}", "{0}", lambda g, y, a: (g,), cheap=True)
reciprocal: Op = elementwise(
    np.reciprocal, "(1 / {0})", "(1 / {0})", lambda g, y, a: (-(g * y * y),), cheap=True
)


def _toward(part: Op, z: Any, size: Any) -> Any:
    """Return a part of the direction of a complex number, zero for zero."""
    return switch(equal(size, 0), 0, part(z) / size)


absolute: Op = elementwise(
    np.absolute,
    "abs({0})",
    "fabs{f}({0})",
    lambda g, y, a: (g * sign(a),),
    complex_derivative=lambda g, y, z: (
        make_complex(g * _toward(real, z, y), -(g * _toward(imag, z, y))),
    ),
    complex_tangent=lambda t, y, z: (
        real(t) * _toward(real, z, y) + imag(t) * _toward(imag, z, y),
    ),
    cheap=True,
)


def _turn(z: Any, y: Any, change: Any) -> Any:
    """Return by how much a change of a complex number turns its direction `y`."""
    size = absolute(z)
    return switch(equal(size, 0), 0, imag(conjugate(y) * change) / size)


sign: Op = elementwise(
    np.sign,
    "sign",
    "sign",
    PIECEWISE_CONSTANT,
    complex_derivative=lambda g, y, z: (conjugate(y) * make_complex(0, _turn(z, conjugate(y), g)),),
    complex_tangent=lambda t, y, z: (y * make_complex(0, _turn(z, y, t)),),
    cheap=True,
)
square: Op = elementwise(
    np.square, "({0} * {0})", "({0} * {0})", lambda g, y, a: (g * (2 * a),), cheap=True
)
sqrt: Op = elementwise(
    np.sqrt, "sqrt", "sqrt{f}({0})", lambda g, y, a: (g * (0.5 / y),), cheap=True
)
cbrt: Op = elementwise(np.cbrt, "cbrt", "cbrt{f}({0})", lambda g, y, a: (g / (3 * (y * y)),))
power: Op = elementwise(
    np.power,
    "pow",
    "pow{f}({0}, {1})",
    lambda g, y, a, b: (
        # Zero to the power of zero has the slope zero.
        g * (b * power(switch(equal(b, 0), switch(equal(a, 0), 1, a), a), b - 1)),
        g * switch(equal(a, 0), switch(b >= 0, 0, y), y * log(a)),
    ),
    complex_derivative=lambda g, y, a, b: (
        g * (b * power(a, b - 1)),
        g * switch(equal(a, 0), 0, y * log(a)),
    ),
)
floor_divide: Op = elementwise(np.floor_divide, "floor_divide", "floor_divide", PIECEWISE_CONSTANT)
remainder: Op = elementwise(
    np.remainder, "remainder", "remainder", lambda g, y, a, b: (g, -(g * floor(a / b)))
)
fmod: Op = elementwise(
    np.fmod, "fmod", "fmod{f}({0}, {1})", lambda g, y, a, b: (g, -(g * trunc(a / b)))
)
maximum: Op = elementwise(
    np.maximum,
    "maximum",
    "maximum",
    lambda g, y, a, b: (
        g * switch(a > b, 1, switch(equal(a, b), 0.5, 0)),
        g * switch(b > a, 1, switch(equal(a, b), 0.5, 0)),
    ),
    commutative=True,
    cheap=True,
)
minimum: Op = elementwise(
    np.minimum,
    "minimum",
    "minimum",
    lambda g, y, a, b: (
        g * switch(a < b, 1, switch(equal(a, b), 0.5, 0)),
        g * switch(b < a, 1, switch(equal(a, b), 0.5, 0)),
    ),
    commutative=True,
    cheap=True,
)
fmax: Op = elementwise(
    np.fmax,
    "fmax",
    "fmax{f}({0}, {1})",
    lambda g, y, a, b: (switch(equal(y, a), g, 0), switch(equal(y, a), 0, g)),
    commutative=True,
    cheap=True,
)
fmin: Op = elementwise(
    np.fmin,
    "fmin",
    "fmin{f}({0}, {1})",
    lambda g, y, a, b: (switch(equal(y, a), g, 0), switch(equal(y, a), 0, g)),
    commutative=True,
    cheap=True,
)
hypot: Op = elementwise(
    np.hypot,
    "hypot",
    "hypot{f}({0}, {1})",
    lambda g, y, a, b: (
        g * switch(equal(y, 0), 0, a / y),
        g * switch(equal(y, 0), 0, b / y),
    ),
    commutative=True,
)
copysign: Op = elementwise(
    np.copysign,
    "copysign",
    "copysign{f}({0}, {1})",
    lambda g, y, a, b: (g * sign(a) * copysign(1, b), nondifferentiable("only its sign counts")),
    cheap=True,
)

# ---------------------------------------------------------------- rounding

floor: Op = elementwise(np.floor, "floor", "floor{f}({0})", PIECEWISE_CONSTANT, cheap=True)
ceil: Op = elementwise(np.ceil, "ceil", "ceil{f}({0})", PIECEWISE_CONSTANT, cheap=True)
trunc: Op = elementwise(np.trunc, "trunc", "trunc{f}({0})", PIECEWISE_CONSTANT, cheap=True)
rint: Op = elementwise(np.rint, "rint", "rint{f}({0})", PIECEWISE_CONSTANT, cheap=True)

# ---------------------------------------------------------------- exponentials and logarithms

exp: Op = elementwise(np.exp, "exp", "exp{f}({0})", lambda g, y, a: (g * y,))
exp2: Op = elementwise(np.exp2, "exp2", "exp2{f}({0})", lambda g, y, a: (g * (y * math.log(2.0)),))
expm1: Op = elementwise(np.expm1, "expm1", "expm1{f}({0})", lambda g, y, a: (g * (y + 1),))
log: Op = elementwise(np.log, "log", "log{f}({0})", lambda g, y, a: (g / a,))
log2: Op = elementwise(np.log2, "log2", "log2{f}({0})", lambda g, y, a: (g / (a * math.log(2.0)),))
log10: Op = elementwise(
    np.log10, "log10", "log10{f}({0})", lambda g, y, a: (g / (a * math.log(10.0)),)
)
log1p: Op = elementwise(np.log1p, "log1p", "log1p{f}({0})", lambda g, y, a: (g / (1 + a),))
logaddexp: Op = elementwise(
    np.logaddexp,
    "logaddexp",
    "logaddexp",
    lambda g, y, a, b: (g * sigmoid(a - b), g * sigmoid(b - a)),
    commutative=True,
)

# ---------------------------------------------------------------- trigonometry

sin: Op = elementwise(np.sin, "sin", "sin{f}({0})", lambda g, y, a: (g * cos(a),))
cos: Op = elementwise(np.cos, "cos", "cos{f}({0})", lambda g, y, a: (-(g * sin(a)),))
tan: Op = elementwise(np.tan, "tan", "tan{f}({0})", lambda g, y, a: (g * (1 + y * y),))
arcsin: Op = elementwise(
    np.arcsin, "asin", "asin{f}({0})", lambda g, y, a: (g / sqrt((1 - a) * (1 + a)),)
)
arccos: Op = elementwise(
    np.arccos, "acos", "acos{f}({0})", lambda g, y, a: (-(g / sqrt((1 - a) * (1 + a))),)
)
arctan: Op = elementwise(np.arctan, "atan", "atan{f}({0})", lambda g, y, a: (g / (1 + a * a),))
arctan2: Op = elementwise(
    np.arctan2,
    "atan2",
    "atan2{f}({0}, {1})",
    lambda g, y, a, b: (
        g * (b / switch(equal(a * a + b * b, 0), 1, a * a + b * b)),
        -(g * (a / switch(equal(a * a + b * b, 0), 1, a * a + b * b))),
    ),
)
sinh: Op = elementwise(np.sinh, "sinh", "sinh{f}({0})", lambda g, y, a: (g * cosh(a),))
cosh: Op = elementwise(np.cosh, "cosh", "cosh{f}({0})", lambda g, y, a: (g * sinh(a),))
tanh: Op = elementwise(np.tanh, "tanh", "tanh{f}({0})", lambda g, y, a: (g * ((1 - y) * (1 + y)),))
arcsinh: Op = elementwise(
    np.arcsinh,
    "asinh",
    "asinh{f}({0})",
    lambda g, y, a: (g / hypot(a, 1.0),),
    complex_derivative=lambda g, y, a: (g / sqrt(1 + a * a),),
)
arccosh: Op = elementwise(
    np.arccosh,
    "acosh",
    "acosh{f}({0})",
    lambda g, y, a: (g / sqrt((a - 1) * (a + 1)),),
    complex_derivative=lambda g, y, a: (g / (sqrt(a - 1) * sqrt(a + 1)),),
)
arctanh: Op = elementwise(
    np.arctanh, "atanh", "atanh{f}({0})", lambda g, y, a: (g / ((1 - a) * (1 + a)),)
)

# ---------------------------------------------------------------- special functions

erf: Op = elementwise(
    ScipyFunction("erf"),
    "erf",
    "erf{f}({0})",
    lambda g, y, a: (g * ((2 / math.sqrt(math.pi)) * exp(-(a * a))),),
)
erfc: Op = elementwise(
    ScipyFunction("erfc"),
    "erfc",
    "erfc{f}({0})",
    lambda g, y, a: (-(g * ((2 / math.sqrt(math.pi)) * exp(-(a * a)))),),
)


def _expand_sigmoid(node: Node, x: Value) -> Value:
    """Expand so that sigmoid and log_sigmoid of x and -x share one exponential."""
    decay = exp(negative(absolute(x)))
    result: Value = divide(switch(less(x, 0), decay, 1), add(1, decay))
    return result


def _expand_log_sigmoid(node: Node, x: Value) -> Value:
    result: Value = subtract(minimum(x, 0), log1p(exp(negative(absolute(x)))))
    return result


sigmoid: Op = elementwise(
    ScipyFunction("expit"),
    "sigmoid",
    "sigmoid",
    lambda g, y, a: (g * (y * sigmoid(-a)),),
    name="sigmoid",
    expand=_expand_sigmoid,
)
log_sigmoid: Op = elementwise(
    ScipyFunction("log_expit"),
    "log_sigmoid",
    "log_sigmoid",
    lambda g, y, a: (g * sigmoid(-a),),
    name="log_sigmoid",
    expand=_expand_log_sigmoid,
)


def _evaluate_log1mexp(
    node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
) -> Sequence[Any]:
    x = np.asarray(operands[0])
    near, far = np.log(-np.expm1(x)), np.log1p(-np.exp(x))
    return (np.where(x > -math.log(2.0), near, far).astype(x.dtype)[()],)


def _expand_log1mexp(node: Node, x: Value) -> Value:
    result: Value = switch(
        greater(x, -math.log(2.0)), log(negative(expm1(x))), log1p(negative(exp(x)))
    )
    return result


log1mexp: Op = Op(
    "log1mexp",
    "elementwise",
    lambda node: (node.operands[0].array_type,),
    _evaluate_log1mexp,
    derivative=lambda g, y, a: (-(g / expm1(-a)),),
    expand=_expand_log1mexp,
)
"""log(1 - exp(x)) for x <= 0, without cancellation near 0 and far from it.

Source: M. Maechler, "Accurately computing log(1 - exp(-|a|))", 2012.
"""

# ---------------------------------------------------------------- comparisons and logic

less: Op = elementwise(np.less, "({0} < {1})", "({0} < {1})", BOOLEAN, cheap=True)
less_equal: Op = elementwise(np.less_equal, "({0} <= {1})", "({0} <= {1})", BOOLEAN, cheap=True)
greater: Op = elementwise(np.greater, "({0} > {1})", "({0} > {1})", BOOLEAN, cheap=True)
greater_equal: Op = elementwise(
    np.greater_equal, "({0} >= {1})", "({0} >= {1})", BOOLEAN, cheap=True
)
equal: Op = elementwise(
    np.equal, "({0} == {1})", "({0} == {1})", BOOLEAN, commutative=True, cheap=True
)
not_equal: Op = elementwise(
    np.not_equal, "({0} != {1})", "({0} != {1})", BOOLEAN, commutative=True, cheap=True
)
logical_and: Op = elementwise(
    np.logical_and,
    "(({0} != 0) & ({1} != 0))",
    "(({0} != 0) & ({1} != 0))",
    BOOLEAN,
    commutative=True,
    cheap=True,
)
logical_or: Op = elementwise(
    np.logical_or,
    "(({0} != 0) | ({1} != 0))",
    "(({0} != 0) | ({1} != 0))",
    BOOLEAN,
    commutative=True,
    cheap=True,
)
logical_xor: Op = elementwise(
    np.logical_xor,
    "(({0} != 0) != ({1} != 0))",
    "(({0} != 0) != ({1} != 0))",
    BOOLEAN,
    commutative=True,
    cheap=True,
)
logical_not: Op = elementwise(np.logical_not, "({0} == 0)", "({0} == 0)", BOOLEAN, cheap=True)
isnan: Op = elementwise(np.isnan, "({0} != {0})", "({0} != {0})", BOOLEAN, cheap=True)
isinf: Op = elementwise(np.isinf, "isinf", "isinf", BOOLEAN, cheap=True)
isfinite: Op = elementwise(np.isfinite, "isfinite", "isfinite", BOOLEAN, cheap=True)
signbit: Op = elementwise(np.signbit, "signbit", "signbit", BOOLEAN, cheap=True)
bitwise_and: Op = elementwise(
    np.bitwise_and, "({0} & {1})", "({0} & {1})", BOOLEAN, commutative=True, cheap=True
)
bitwise_or: Op = elementwise(
    np.bitwise_or, "({0} | {1})", "({0} | {1})", BOOLEAN, commutative=True, cheap=True
)
bitwise_xor: Op = elementwise(
    np.bitwise_xor, "({0} ^ {1})", "({0} ^ {1})", BOOLEAN, commutative=True, cheap=True
)
invert: Op = elementwise(np.invert, "invert", "invert", BOOLEAN, cheap=True)
left_shift: Op = elementwise(np.left_shift, "left_shift", "left_shift", BOOLEAN, cheap=True)
right_shift: Op = elementwise(np.right_shift, "right_shift", "right_shift", BOOLEAN, cheap=True)
