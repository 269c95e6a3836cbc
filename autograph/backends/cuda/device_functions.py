"""Small `__device__` functions with NumPy's semantics where those of C++ or CUDA differ.

Enters: the name of an operation and a dtype. Leaves: the text of one function for that dtype; a
module contains those that its kernels call.
"""

from __future__ import annotations

from string import Template

import numpy as np

from autograph.backends.cuda.c_types import c_type, float_suffix, literal, unsigned_type
from autograph.errors import InternalError
from autograph.ir.types import DType, dtype_text

_FLOAT = {
    "maximum": ("a, b", "return (a >= b || a != a) ? a : b;"),
    "minimum": ("a, b", "return (a <= b || a != a) ? a : b;"),
    "sign": ("a", "return a > 0 ? ($T)1 : a < 0 ? ($T)-1 : a == 0 ? ($T)0 : a;"),
    "remainder": (
        "a, b",
        """\
const $T r = fmod$f(a, b);
if (b == 0) return r;
if (r == 0) return copysign$f(($T)0, b);
return (b < 0) != (r < 0) ? r + b : r;""",
    ),
    "floor_divide": (
        "a, b",
        """\
if (b == 0) return a / b;
const $T r = fmod$f(a, b);
$T q = (a - r) / b;
if (r != 0 && (b < 0) != (r < 0)) q -= 1;
if (q == 0) return copysign$f(($T)0, a / b);
const $T whole = floor$f(q);
return q - whole > ($T)0.5 ? whole + 1 : whole;""",
    ),
    "logaddexp": (
        "a, b",
        """\
if (a == b) return a + $LOG2;
const $T d = a - b;
if (d > 0) return a + log1p$f(exp$f(-d));
if (d <= 0) return b + log1p$f(exp$f(d));
return d;""",
    ),
    "sigmoid": ("a", "return 1 / (1 + exp$f(-a));"),
    "log_sigmoid": ("a", "return a < 0 ? a - log1p$f(exp$f(a)) : -log1p$f(exp$f(-a));"),
    "isinf": ("a", "return fabs$f(a) == $INF;"),
    "isfinite": ("a", "return fabs$f(a) < $INF;"),
    "signbit": ("a", "return $BITS(a) < 0;"),
}

# Overflow of signed integers is undefined in C++, and wraps around in NumPy.
_INTEGER = {
    "add": ("a, b", "return ($T)(($U)a + ($U)b);"),
    "subtract": ("a, b", "return ($T)(($U)a - ($U)b);"),
    "multiply": ("a, b", "return ($T)(($U)a * ($U)b);"),
    "negative": ("a", "return ($T)(0 - ($U)a);"),
    "square": ("a", "return ($T)(($U)a * ($U)a);"),
    "power": (
        "a, b",
        """\
$U result = 1;
$U factor = ($U)a;
if (b < 0) return a == 1 ? ($T)1 : a == ($T)-1 ? (b % 2 ? a : ($T)1) : ($T)0;
for ($T n = b; n > 0; n = ($T)(n / 2)) {
  if (n % 2) result *= factor;
  factor *= factor;
}
return ($T)result;""",
    ),
}

_SIGNED = _INTEGER | {
    "absolute": ("a", "return a < 0 ? ($T)(0 - ($U)a) : a;"),
    "sign": ("a", "return ($T)((a > 0) - (a < 0));"),
    "floor_divide": (
        "a, b",
        """\
if (b == 0) return 0;
if (b == -1) return ($T)(0 - ($U)a);
const $T q = ($T)(a / b);
return a % b != 0 && (a < 0) != (b < 0) ? ($T)(q - 1) : q;""",
    ),
    "remainder": (
        "a, b",
        """\
if (b == 0 || b == -1) return 0;
const $T r = ($T)(a % b);
return r != 0 && (r < 0) != (b < 0) ? ($T)(r + b) : r;""",
    ),
    "fmod": ("a, b", "return b == 0 || b == -1 ? ($T)0 : ($T)(a % b);"),
    "reciprocal": ("a", "return a == 0 ? $MIN : ($T)(1 / a);"),
    "left_shift": ("a, b", "return b >= 0 && b < $BITCOUNT ? ($T)(($U)a << b) : ($T)0;"),
    "right_shift": (
        "a, b",
        "return b >= 0 && b < $BITCOUNT ? ($T)(a >> b) : a < 0 ? ($T)-1 : ($T)0;",
    ),
}

_UNSIGNED = _INTEGER | {
    "sign": ("a", "return ($T)(a > 0);"),
    "power": (
        "a, b",
        """\
$U result = 1;
$U factor = a;
for ($T n = b; n > 0; n = ($T)(n / 2)) {
  if (n % 2) result *= factor;
  factor *= factor;
}
return ($T)result;""",
    ),
    "floor_divide": ("a, b", "return b == 0 ? ($T)0 : ($T)(a / b);"),
    "remainder": ("a, b", "return b == 0 ? ($T)0 : ($T)(a % b);"),
    "fmod": ("a, b", "return b == 0 ? ($T)0 : ($T)(a % b);"),
    "reciprocal": ("a", "return a == 0 ? ($T)0 : ($T)(1 / a);"),
    "left_shift": ("a, b", "return b < $BITCOUNT ? ($T)(($U)a << b) : ($T)0;"),
    "right_shift": ("a, b", "return b < $BITCOUNT ? ($T)(a >> b) : ($T)0;"),
}

# No variable has this name, so none hides the functions.
_NAMESPACE = "np"

_PREDICATES = frozenset({"isinf", "isfinite", "signbit"})

_QUOTIENT = """\
__device__ __forceinline__ long long quotient(long long a, long long b)
{
  // Both fit 32 bits almost always, and their division is several times faster.
  if (((a | b) >> 32) == 0) return (long long)((unsigned int)a / (unsigned int)b);
  return a / b;
}
"""

# Whether an element comes before the best one so far: NaN is best, equal ones keep their order.
_BETTER = Template("""\
__device__ __forceinline__ bool $name($T a, long long at, $T best, long long position)
{
  if (at < 0 || position < 0) return at >= 0;
  if ($same) return at < position;
  return $above;
}
""")
_BETTER_FLOAT = {
    "same": "a == best || (a != a && best != best)",
    "above": "a != a || (best == best && a $relation best)",
}
_BETTER_WHOLE = {"same": "a == best", "above": "a $relation best"}

_RELATIONS = {"greater": ">", "less": "<"}


class DeviceFunctions:
    """Collects the functions that the kernels of a module call, each once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    @property
    def source(self) -> str:
        """The functions' definitions, in order of their first call."""
        if not self._texts:
            return ""
        return f"namespace {_NAMESPACE} {{\n\n" + "\n".join(self._texts.values()) + "\n}\n"

    def quotient(self) -> str:
        """Return the name of the division of nonnegative int64 by positive int64."""
        return self._add("quotient", _QUOTIENT)

    def better(self, relation: str, dtype: DType) -> str:
        """Return the name of the test for a better element; `relation` is greater or less."""
        name = f"better_{relation}_{dtype_text(dtype)}"
        tests = _BETTER_FLOAT if dtype.kind == "f" else _BETTER_WHOLE
        same, above = (
            Template(tests[key]).substitute(relation=_RELATIONS[relation])
            for key in ("same", "above")
        )
        text = _BETTER.substitute(name=name, T=c_type(dtype), same=same, above=above)
        return self._add(name, text)

    def operation(self, operation: str, dtype: DType) -> str:
        """Return the name of the function of an operation on operands of a dtype.

        Raises:
            InternalError: If the operation has none for such operands.
        """
        table = {"f": _FLOAT, "i": _SIGNED, "u": _UNSIGNED}.get(dtype.kind, {})
        if operation not in table:
            raise InternalError(f"{operation} of {dtype} has no CUDA form")
        params, body = table[operation]
        result = "bool" if operation in _PREDICATES else c_type(dtype)
        name = f"{operation}_{dtype_text(dtype)}"
        return self._add(name, _function(name, result, params, body, dtype))

    def cast(self, source: DType, target: DType) -> str:
        """Return the name of the conversion of a float to an integer dtype."""
        name = f"cast_{dtype_text(source)}_{dtype_text(target)}"
        return self._add(name, _function(name, c_type(target), "a", _cast_body(target), source))

    def has_operation(self, operation: str, dtype: DType) -> bool:
        """Return whether an operation on operands of a dtype is a function of this module."""
        table = {"f": _FLOAT, "i": _SIGNED, "u": _UNSIGNED}.get(dtype.kind, {})
        return operation in table

    def _add(self, name: str, text: str) -> str:
        self._texts.setdefault(name, text)
        return f"{_NAMESPACE}::{name}"


def _function(name: str, result: str, params: str, body: str, dtype: DType) -> str:
    words = {"T": c_type(dtype), "f": float_suffix(dtype), "BITCOUNT": str(8 * dtype.itemsize)}
    if dtype.kind == "f":
        words["INF"] = literal(dtype.type(np.inf))
        words["LOG2"] = literal(dtype.type(np.log(2.0)))
        words["BITS"] = "__float_as_int" if dtype == np.float32 else "__double_as_longlong"
    else:
        words["U"] = unsigned_type(dtype)
        words["MIN"] = literal(_least(dtype))
    lines = Template(body).substitute(words).splitlines()
    typed = ", ".join(f"{words['T']} {param}" for param in params.split(", "))
    head = f"__device__ __forceinline__ {result} {name}({typed})"
    return "\n".join([head, "{", *(f"  {line}" for line in lines), "}", ""])


def _least(dtype: DType) -> np.generic:
    least: np.generic = dtype.type(np.iinfo(dtype).min)
    return least


def _cast_body(target: DType) -> str:
    """Return how a float becomes an integer as on x86-64, where out of range gives the least.

    Narrow types are cut from the 32-bit result, unsigned 32-bit from the 64-bit one.
    """
    name = c_type(target)
    if target == np.uint64:
        return (
            "const $T half = ($T)9223372036854775808.0;\n"
            "if (a >= half && a < 2 * half) return (unsigned long long)a;\n"
            "return a >= -half && a < half ? (unsigned long long)(long long)a"
            " : 9223372036854775808ULL;"
        )
    wide = target.itemsize == 8 or target == np.uint32
    through = np.dtype(np.int64) if wide else np.dtype(np.int32)
    limit = "9223372036854775808.0" if wide else "2147483648.0"
    below = f"a >= -($T){limit}" if wide else "a > ($T)-2147483649.0"
    convert = f"({c_type(through)})a"
    return f"return ({name})({below} && a < ($T){limit} ? {convert} : {literal(_least(through))});"
