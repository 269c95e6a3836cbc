"""Scalar expressions as numba source.

Enters: expressions of the loop form. Leaves: Python source that numba compiles to the value that
NumPy defines, in exactly the dtype that the loop form says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.naming import Names
from autograph.backends.numba.vocabulary import EXPONENTS, power_name
from autograph.errors import UnsupportedError
from autograph.ir.affine import Affine
from autograph.ir.op import Op
from autograph.ir.types import DType

# Templates over operands; {T} is the constructor of the operands' dtype, {f} its function suffix.
_FLOAT = {
    "absolute": "fabs_{f}({0})",
    "sign": "({0} if {0} != {0} else {T}({0} > 0) - {T}({0} < 0))",
    "maximum": "maximum_{f}({0}, {1})",
    "minimum": "minimum_{f}({0}, {1})",
    "reciprocal": "({T}(1) / {0})",
    "floor_divide": "floor_divide({0}, {1})",
    "remainder": "remainder({0}, {1})",
    "fmod": "np.fmod({0}, {1})",
    "sigmoid": "({T}(1) / ({T}(1) + exp_{f}(-{0})))",
    "log_sigmoid": "(minimum_{f}({0}, {T}(0)) - log1p_{f}(exp_{f}(-fabs_{f}({0}))))",
    "logaddexp": (
        "({0} + {T}(0.6931471805599453) if {0} == {1} else "
        "maximum_{f}({0}, {1}) + log1p_{f}(exp_{f}(-fabs_{f}({0} - {1}))))"
    ),
    "isinf": "(fabs_{f}({0}) == np.inf)",
    "isfinite": "(fabs_{f}({0}) < np.inf)",
    "signbit": "(copysign_{f}({T}(1), {0}) < 0)",
}
_INTEGER = {
    "sign": "({T}({0} > 0) - {T}({0} < 0))",
    "maximum": "max({0}, {1})",
    "minimum": "min({0}, {1})",
    "fmax": "max({0}, {1})",
    "fmin": "min({0}, {1})",
    "floor": "{0}",
    "ceil": "{0}",
    "trunc": "{0}",
    "rint": "{0}",
    "power": "({0} ** {1})",
    # The processor traps the division of the least integer by -1, and by 0; NumPy defines both.
    "floor_divide": "(0 if {1} == 0 else -{0} if {1} == -1 else {0} // {1})",
    "remainder": "(0 if {1} == 0 or {1} == -1 else {0} % {1})",
    "fmod": (
        "(0 if {1} == 0 or {1} == -1 else {0} % {1} - "
        "({1} if {0} % {1} != 0 and ({0} < 0) != ({1} < 0) else 0))"
    ),
    "isnan": "False",
    "isinf": "False",
    "isfinite": "True",
    "signbit": "({0} < 0)",
    "reciprocal": "({T}({least}) if {0} == 0 else {T}({0} == 1) - {T}({0} == -1))",
    "invert": "(~{0})",
    "left_shift": "({0} << {1} if 0 <= {1} and {1} < {bits} else {T}(0))",
    "right_shift": "({0} >> {1} if 0 <= {1} and {1} < {bits} else {T}(-({0} < 0)))",
}
# In numba's own arithmetic LLVM takes it that int64 does not overflow.
_WRAPPING = {
    "add": "wrapping_add({0}, {1})",
    "subtract": "wrapping_subtract({0}, {1})",
    "multiply": "wrapping_multiply({0}, {1})",
    "square": "wrapping_multiply({0}, {0})",
}
_UNSIGNED = {
    **_INTEGER,
    "sign": "{T}({0} > 0)",
    "floor_divide": "({T}(0) if {1} == 0 else {0} // {1})",
    "remainder": "({T}(0) if {1} == 0 else {0} % {1})",
    "fmod": "({T}(0) if {1} == 0 else {0} % {1})",
    "power": "unsigned_power({0}, {1})",
    "left_shift": "({0} << {1} if {1} < {bits} else {T}(0))",
    "right_shift": "({0} >> {1} if {1} < {bits} else {T}(0))",
    "reciprocal": "{T}({0} == 1)",
    "signbit": "False",
}
_BOOLEAN = {
    "add": "({0} | {1})",
    "multiply": "({0} & {1})",
    **dict.fromkeys(("maximum", "fmax"), "({0} | {1})"),
    **dict.fromkeys(("minimum", "fmin"), "({0} & {1})"),
    **dict.fromkeys(("floor", "ceil", "trunc"), "{0}"),
    "logical_and": "({0} & {1})",
    "logical_or": "({0} | {1})",
    "logical_xor": "({0} != {1})",
    "logical_not": "(not {0})",
    "invert": "(not {0})",
    "absolute": "{0}",
    "isnan": "False",
    "isinf": "False",
    "isfinite": "True",
}
_COMPLEX = {
    "divide": "complex_divide({0}, {1})",
    "reciprocal": "complex_reciprocal({0})",
    "power": "complex_power({0}, {1})",
    "less": "complex_less({0}, {1})",
    "greater": "complex_less({1}, {0})",
    "less_equal": "complex_less_equal({0}, {1})",
    "greater_equal": "complex_less_equal({1}, {0})",
    "absolute": "hypot_{p}({0}.real, {0}.imag)",
    "isinf": "(fabs_{p}({0}.real) == np.inf or fabs_{p}({0}.imag) == np.inf)",
    "isfinite": "(fabs_{p}({0}.real) < np.inf and fabs_{p}({0}.imag) < np.inf)",
}
_TABLES = {"f": _FLOAT, "i": _INTEGER, "u": _UNSIGNED, "b": _BOOLEAN, "c": _COMPLEX}
_SUFFIXES = {"float64": "f64", "float32": "f32"}
_PART_SUFFIXES = {"complex128": "f64", "complex64": "f32"}


def type_text(dtype: DType) -> str:
    """Return the constructor of a dtype."""
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype.name}"


def literal(value: np.generic) -> str:
    """Return a literal of exactly the value's dtype."""
    dtype = value.dtype
    if dtype.kind == "b":
        return str(bool(value))
    if dtype.kind == "c":
        real, imaginary = (literal(np.float64(x)) for x in (value.real, value.imag))
        return f"{type_text(dtype)}(complex({real}, {imaginary}))"
    if dtype.kind in "iu":
        text = str(int(value))
        return text if dtype == np.int64 else f"{type_text(dtype)}({text})"
    number = float(value)
    text = "np.nan" if number != number else repr(number).replace("inf", "np.inf")
    return text if dtype == np.float64 else f"{type_text(dtype)}({text})"


class Expressions:
    """Prints expressions; operands that a template repeats are named first.

    Args:
        names: Names of variables.
        statement: Receives a line that has to come before the expression.
    """

    def __init__(self, names: Names, statement: Callable[[str], None]) -> None:
        self.names = names
        self.statement = statement
        self.known: tuple[lp.Inside, ...] = ()

    @contextmanager
    def knowing(self, *boxes: lp.Inside) -> Iterator[None]:
        """Leave out tests for boxes that follow from being inside of these boxes."""
        before, self.known = self.known, (*self.known, *boxes)
        yield
        self.known = before

    def form(self, form: Affine) -> str:
        """Return the text of an affine form."""
        return form.text({s: self.names.of(s) for s in form.symbols})

    def factor(self, form: Affine) -> str:
        """Return the text of an affine form, in parentheses where it needs them."""
        return self.text(lp.Form(form))

    def element(self, buffer: lp.Buffer, index: Sequence[Affine]) -> str:
        """Return the text of an element of a buffer."""
        if buffer.waves is not None:
            row, column = index
            width = self.names.of(buffer.waves.width)
            wave = self.factor(row * buffer.waves.skew + column)
            return f"{self.names.of(buffer)}[{width} * {wave} + {self.factor(row)}]"
        return f"{self.names.of(buffer)}[{', '.join(map(self.form, index))}]"

    def text(self, expr: lp.Expr) -> str:
        """Return the text of an expression, in parentheses where it needs them."""
        match expr:
            case lp.Constant(value):
                text = literal(value)
                return f"({text})" if text.startswith("-") else text
            case lp.Read(value):
                return self.names.of(value)
            case lp.Form(form):
                text = self.form(form)
                return text if form.symbol is not None else f"({text})"
            case lp.Load(buffer, index):
                return self.element(buffer, index)
            case lp.Inside():
                return self._inside(expr)
            case lp.Apply(op, args, dtype):
                return self._apply(op, args, dtype)

    def bare(self, expr: lp.Expr) -> str:
        """Return the text of an expression without parentheses around all of it."""
        text = self.text(expr)
        return text[1:-1] if _enclosed(text) else text

    def _inside(self, box: lp.Inside) -> str:
        tests = []
        for x, low, high in zip(box.point, box.lower, box.upper, strict=True):
            least, most = self._bounds(x)
            if any(_at_least(a, high) for a in least) or any(_at_least(low, b) for b in most):
                return "False"
            left = "" if any(_at_least(a, low) for a in least) else f"{self.form(low)} <= "
            right = "" if any(_at_least(high, b) for b in most) else f" < {self.form(high)}"
            if left or right:
                tests.append(f"{left}{self.form(x)}{right}")
        return f"({' and '.join(tests)})" if tests else "True"

    def _bounds(self, x: Affine) -> tuple[list[Affine], list[Affine]]:
        """Return what is known about a position: lower bounds, and bounds that it stays below."""
        found = [
            (low, high)
            for box in self.known
            for point, low, high in zip(box.point, box.lower, box.upper, strict=True)
            if point == x
        ]
        return [low for low, _ in found], [high for _, high in found]

    def _apply(self, op: Op, args: Sequence[lp.Expr], dtype: DType) -> str:
        if op.name == "cast":
            return self._cast(args[0], dtype)
        operand = args[-1].dtype
        exponent = _small_exponent(op, args)
        if exponent is not None:
            return f"{power_name(exponent)}({self.bare(args[0])})"
        template = _template(op, operand)
        texts = [self.text(arg) for arg in args]
        for k, text in enumerate(texts):
            if template.count(f"{{{k}}}") > 1 and not text.isidentifier():
                texts[k] = self.names.fresh("t")
                self.statement(f"{texts[k]} = {text}")
        names = {"T": type_text(operand), "f": _SUFFIXES.get(operand.name, "")}
        names |= {"p": _PART_SUFFIXES.get(operand.name, ""), "least": _least(operand)}
        names["bits"] = str(8 * operand.itemsize)
        result = template.format(*texts, **names)
        narrow = dtype.kind in "iub" and dtype not in (np.int64, np.uint64)
        if narrow and dtype.kind != "b":
            return f"{type_text(dtype)}({result})"
        return result

    def _cast(self, arg: lp.Expr, dtype: DType) -> str:
        text = self.text(arg)
        if arg.dtype == dtype:
            return text
        if dtype.kind == "b":
            return f"({text} != 0)"
        if arg.dtype.kind == "c" and dtype.kind != "c":
            text = f"{text}.real"
        if arg.dtype.kind == "f" and dtype == np.uint64:
            return f"float_to_uint64({text})"
        if arg.dtype.kind == "f" and dtype.kind in "iu" and dtype != np.int64:
            text = f"np.int64({text})"  # beyond the range of the dtype it is cut
        return f"{type_text(dtype)}({text})"


def _small_exponent(op: Op, args: Sequence[lp.Expr]) -> int | None:
    """Return the exponent of a power that multiplications compute."""
    if op.name == "power" and isinstance(args[1], lp.Constant) and args[1].dtype.kind == "f":
        exponent = float(args[1].value)
        if exponent in EXPONENTS:
            return int(exponent)
    return None


def _least(dtype: DType) -> str:
    """Return what a processor makes of an infinite float that becomes an integer."""
    if dtype.kind != "i" or dtype.itemsize < 4:
        return "0"
    return f"{np.iinfo(dtype).min + 1} - 1"


def _template(op: Op, operand: DType) -> str:
    """Return the template of an op on operands of a dtype."""
    table = _TABLES[operand.kind]
    if op.name in table:
        return table[op.name]
    if operand == np.int64 and op.name in _WRAPPING:
        return _WRAPPING[op.name]
    if "{" in op.python:
        return op.python
    args = ", ".join(f"{{{k}}}" for k in range(op.ufunc.nin if op.ufunc is not None else 1))
    if operand.kind == "c" and op.ufunc is not None and hasattr(np, op.ufunc.__name__):
        return f"np.{op.ufunc.__name__}({args})"
    if operand.name not in _SUFFIXES:
        raise UnsupportedError(f"{op.name} of {operand} in compiled code")
    return f"{op.python}_{{f}}({args})"


def _at_least(a: Affine, b: Affine) -> bool:
    """Return whether a form is known to be at least another."""
    gap = (a - b).constant
    return gap is not None and gap >= 0


def _enclosed(text: str) -> bool:
    """Return whether the first parenthesis is closed by the last character."""
    if not text.startswith("("):
        return False
    depth = 0
    for k, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return k == len(text) - 1
    return False
