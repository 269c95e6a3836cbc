"""Elementary functions that keep loops vectorised.

Enters: nothing but the machine. Leaves: numba callables for elementary functions of one or two
scalars, for use in generated source under the stable names of `namespace`: a function's C name,
``_``, and ``f64`` or ``f32``::

    out[i] = exp_f64(x[i]) + pow_f64(x[i], y[i])
    out[i] = maximum_f32(x[i], tanh_f32(y[i]))

Available, each for float64 and float32 (arguments are cast to that type):

- one argument: acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp2 expm1 lgamma log
  log10 log1p log2 sin sinh tan tanh; ceil fabs floor rint sqrt trunc
- two arguments: atan2 hypot pow; copysign fmax fmin maximum minimum (the last two propagate NaN,
  as NumPy's do; fmax and fmin ignore it)

numba by itself calls the scalar function of the C library once per element. Here each call says
which vector variants exist, so that LLVM's loop vectoriser uses glibc's libmvec (x86-64, errors of
at most 4 ulp). Which of them exist is asked of the loaded library, function by function. Without
libmvec, `exp` and `log` are branch-free polynomials that LLVM vectorises, and everything else calls
the C library's scalar function, or numba's own where that has no symbol (Windows).
"""

from __future__ import annotations

import functools
import math
import platform
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from autograph.backends.numba.compilation import polynomials
from autograph.backends.numba.compilation.external import external_function
from autograph.backends.numba.symbols import has_symbol

#: Functions of the C library, with numba's own implementation for where the process has no symbol.
_NUMBA_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": math.erf,
    "erfc": math.erfc,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "hypot": np.hypot,
    "lgamma": math.lgamma,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "pow": math.pow,
    "sin": np.sin,
    "sinh": np.sinh,
    "tan": np.tan,
    "tanh": np.tanh,
}

#: Functions of the C library and their number of arguments.
LIBM_ARITY = {name: 2 if name in ("atan2", "hypot", "pow") else 1 for name in _NUMBA_FUNCTIONS}

#: Functions that are LLVM intrinsics: name, number of arguments.
LLVM_ARITY: dict[str, tuple[str, int]] = {
    "ceil": ("ceil", 1),
    "copysign": ("copysign", 2),
    "fabs": ("fabs", 1),
    "floor": ("floor", 1),
    "fmax": ("maxnum", 2),
    "fmin": ("minnum", 2),
    "maximum": ("maximum", 2),
    "minimum": ("minimum", 2),
    "rint": ("rint", 1),
    "sqrt": ("sqrt", 1),
    "trunc": ("trunc", 1),
}

#: x86-64 vector ABI: letter of the instruction set, bytes of a vector, LLVM's name of the CPU
#: feature. The first one that the CPU has wins for each size.
_INSTRUCTION_SETS = (
    ("e", 64, "avx512f"),
    ("d", 32, "avx2"),
    ("c", 32, "avx"),
    ("b", 16, "sse2"),
)

_SUFFIXES = {"float64": "f64", "float32": "f32"}
_PURE = ("nounwind", "willreturn", "memory(none)")
_KEPT = "llvm.compiler.used"


class Variant(NamedTuple):
    """One vector version of a scalar function."""

    symbol: str
    lanes: int
    size: int
    feature: str


@functools.cache
def vector_variants() -> Mapping[str, tuple[Variant, ...]]:
    """Find out what libmvec offers.

    Returns:
        The vector variants of each scalar C function that has any, best instruction set first;
        empty where there is no libmvec.
    """
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return {}
    found = {}
    for name, arity in LIBM_ARITY.items():
        for scalar, width in ((name, 8), (name + "f", 4)):
            candidates = [
                Variant(
                    f"_ZGV{letter}N{size // width}{'v' * arity}_{scalar}",
                    size // width,
                    size,
                    feature,
                )
                for letter, size, feature in _INSTRUCTION_SETS
            ]
            variants = tuple(v for v in candidates if has_symbol(v.symbol))
            if variants:
                found[scalar] = variants
    return MappingProxyType(found)


def functions(dtype: np.typing.DTypeLike) -> Mapping[str, Callable[..., Any]]:
    """Return the elementary functions of one floating-point type.

    Args:
        dtype: float64 or float32, as anything that `numpy.dtype` accepts.

    Returns:
        Callables for numba code by C name, such as ``"exp"``.

    Raises:
        KeyError: If the dtype is neither float64 nor float32.
    """
    return _functions(_SUFFIXES[np.dtype(dtype).name])


@functools.cache
def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return all functions by the names that generated source uses, such as ``exp_f64``."""
    return MappingProxyType(
        {
            f"{name}_{suffix}": function
            for suffix in _SUFFIXES.values()
            for name, function in _functions(suffix).items()
        }
    )


@functools.cache
def _functions(suffix: str) -> Mapping[str, Callable[..., Any]]:
    return MappingProxyType(build_functions(suffix, vector_variants()))


def build_functions(
    suffix: str, variants: Mapping[str, tuple[Variant, ...]]
) -> dict[str, Callable[..., Any]]:
    """Choose the best implementation of every function, given the vector variants at hand."""
    chosen: dict[str, Callable[..., Any]] = {}
    for name, (stem, arity) in LLVM_ARITY.items():
        chosen[name] = _external(f"llvm.{stem}.{suffix}", arity, suffix, ())
    for name, arity in LIBM_ARITY.items():
        symbol = name if suffix == "f64" else name + "f"
        if symbol not in variants and name in polynomials.NAMES:
            chosen[name] = polynomials.functions()[f"{name}_{suffix}"]
        elif not has_symbol(symbol):
            chosen[name] = _NUMBA_FUNCTIONS[name]
        else:
            chosen[name] = _external(symbol, arity, suffix, variants.get(symbol, ()))
    return chosen


def _external(
    symbol: str, arity: int, suffix: str, variants: tuple[Variant, ...]
) -> Callable[..., Any]:
    """Return a numba intrinsic that calls a pure external function of floats."""
    scalar = types.float64 if suffix == "f64" else types.float32
    signature = scalar(*[scalar] * arity)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        module, float_type = builder.module, context.get_value_type(scalar)
        function_type = ir.FunctionType(float_type, [float_type] * arity)
        function = external_function(module, function_type, symbol)
        call = builder.call(function, args)
        attributes = list(_PURE)
        usable = usable_variants(variants, context.codegen().magic_tuple())
        if usable:
            _declare_variants(module, float_type, arity, usable)
            names = ",".join(
                f"_ZGV_LLVM_N{v.lanes}{'v' * arity}_{symbol}({v.symbol})" for v in usable
            )
            attributes.append(f'"vector-function-abi-variant"="{names}"')
        for attribute in attributes:  # llvmlite's own `add` knows only a few attribute names
            set.add(call.attributes, attribute)
        return call

    def type_unary(typing_context: Any, x: Any) -> Any:
        return signature, generate

    def type_binary(typing_context: Any, x: Any, y: Any) -> Any:
        return signature, generate

    typer = type_unary if arity == 1 else type_binary
    typer.__name__ = typer.__qualname__ = symbol
    made: Callable[..., Any] = intrinsic(typer)
    return made


def usable_variants(variants: tuple[Variant, ...], target: tuple[str, str, str]) -> list[Variant]:
    """Return the best variant of each vector size for a target (triple, CPU, features)."""
    triple, _, features = target
    if not triple.startswith("x86_64"):
        return []
    enabled = {feature[1:] for feature in features.split(",") if feature.startswith("+")}
    best: dict[int, Variant] = {}
    for variant in variants:
        if variant.feature in enabled:
            best.setdefault(variant.size, variant)
    return list(best.values())


def _declare_variants(module: Any, float_type: Any, arity: int, variants: list[Variant]) -> None:
    """Declare vector functions and keep LLVM from dropping them before the loop vectoriser runs."""
    new = [v for v in variants if v.symbol not in module.globals]
    if not new:
        return
    byte_pointer = ir.IntType(8).as_pointer()
    kept = module.globals.get(_KEPT)
    pointers = list(kept.initializer.constant) if kept is not None else []
    for variant in new:
        vector = ir.VectorType(float_type, variant.lanes)
        type_ = ir.FunctionType(vector, [vector] * arity)
        function = external_function(module, type_, variant.symbol)
        pointers.append(function.bitcast(byte_pointer))
    array = ir.ArrayType(byte_pointer, len(pointers))
    if kept is None:
        kept = ir.GlobalVariable(module, array, _KEPT)
        kept.linkage, kept.section = "appending", "llvm.metadata"
    kept.value_type, kept.type = array, array.as_pointer()
    kept.initializer = ir.Constant(array, pointers)
