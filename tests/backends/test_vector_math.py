"""Elementary functions in compiled loops: accuracy, edge cases, vectorisation and fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
import pytest
from numba import njit

from autograph.backends.numba import symbols
from autograph.backends.numba.compilation import polynomials, vector_math

DTYPES = {"f64": np.float64, "f32": np.float32}
NUMPY = {
    **{name: getattr(np, "arc" + name[1:]) for name in ("acos", "acosh", "asin", "asinh", "atan")},
    **{"atanh": np.arctanh, "atan2": np.arctan2, "pow": np.power},
    **{name: getattr(np, name) for name in ("cbrt", "cos", "cosh", "exp", "exp2", "expm1")},
    **{name: getattr(np, name) for name in ("hypot", "log", "log10", "log1p", "log2", "sin")},
    **{name: getattr(np, name) for name in ("sinh", "tan", "tanh")},
    **{name: getattr(np, name) for name in ("ceil", "copysign", "fabs", "floor", "fmax", "fmin")},
    **{name: getattr(np, name) for name in ("maximum", "minimum", "rint", "sqrt", "trunc")},
}
ONE_ARGUMENT = [name for name, arity in vector_math.LIBM_ARITY.items() if arity == 1]
TWO_ARGUMENTS = [name for name, arity in vector_math.LIBM_ARITY.items() if arity == 2]
LIBM = vector_math.LIBM_ARITY
LLVM_ARITY = {name: arity for name, (_, arity) in vector_math.LLVM_ARITY.items()}
HAS_LIBMVEC = bool(vector_math.vector_variants())

#: Edge values; overflow and underflow thresholds of exp and friends for both types among them.
# fmt: off
EDGES = np.array(
    [
     np.nan, np.inf, 0.0, 0.5, 0.99999, 1.0, 1.00001, 1.5, 2.0, 2.5, 3.14159, 20.0, 27.0,
     87.4, 88.7, 88.8, 103.9, 104.0, 127.9, 128.0, 149.0, 150.0, 708.5, 709.78, 709.79, 740.0,
     745.1, 745.2, 1023.9, 1024.0, 1074.0, 1075.0, 1080.0, 1e10, 1e15, 1e22, 1e38, 1e300,
     1e308, np.finfo(np.float64).max, 3.4e38, 1e-8, 1e-40, 1.4e-45, 1e-300, 5e-324,
     float(np.finfo(np.float64).smallest_normal), float(np.finfo(np.float32).smallest_normal),
    ]
)
# fmt: on
EDGES = np.concatenate([EDGES, -EDGES])


def edges(dtype: Any) -> Any:
    """Return the edge values in a dtype, rounded to zero and infinity where it cannot hold them."""
    with np.errstate(all="ignore"):
        return EDGES.astype(dtype)


def compiled_loops(calls: Mapping[str, tuple[Callable[..., Any], int]], **options: Any) -> Any:
    """Compile one function with a loop per call: ``out[k, i] = call_k(x[k, i], y[k, i])``."""
    lines = ["def loops(out, x, y):"]
    for k, (name, (_, arity)) in enumerate(calls.items()):
        lines.append("    for i in range(out.shape[1]):")
        lines.append(f"        out[{k}, i] = {name}(x[{k}, i]{f', y[{k}, i]' * (arity - 1)})")
    scope: dict[str, Any] = {name: function for name, (function, _) in calls.items()}
    exec("\n".join(lines), scope)
    return njit(error_model="numpy", **options)(scope["loops"])


def apply(
    calls: Mapping[str, tuple[Callable[..., Any], int]], x: Any, y: Any, **options: Any
) -> dict[str, Any]:
    """Return the elementwise results of every call; the arguments are for all or one row each."""
    out = np.empty((len(calls), x.shape[-1]), x.dtype)
    x, y = (np.ascontiguousarray(np.broadcast_to(argument, out.shape)) for argument in (x, y))
    compiled_loops(calls, **options)(out, x, y)
    return dict(zip(calls, out, strict=True))


def assert_close(name: str, actual: Any, expected: Any, x: Any, y: Any, ulps: int = 4) -> None:
    """Compare values, NaN and signs of zeros and infinities."""
    with np.errstate(all="ignore"):
        spacing = np.spacing(np.abs(expected))
        same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
        same |= np.abs(actual - expected) <= ulps * spacing
        same &= (np.signbit(actual) == np.signbit(expected)) | np.isnan(expected)
    wrong = np.flatnonzero(~same)[:5]
    listing = [(x[i], y[i], actual[i], expected[i]) for i in wrong]
    assert not listing, f"{name}: (x, y, actual, expected) {listing}"


def sample(name: str, size: int) -> Any:
    """Draw arguments from a function's whole domain, small ones included."""
    rng = np.random.default_rng(7)
    unit = rng.uniform(-0.999, 0.999, size)
    small = np.sign(unit) * 10.0 ** -rng.uniform(0, 8, size)
    wide = {"exp2": 125, "erf": 6, "erfc": 9, "lgamma": 30}.get(name, 87)
    if name in ("acos", "asin", "atanh"):
        wide = 1
    x = np.where(np.arange(size) % 2, unit * wide, small)
    if name == "log1p":
        x = np.where(x <= -0.999, -x, x)
    if name in ("log", "log2", "log10", "lgamma"):
        x = np.abs(x)
    return 1 + np.abs(x) if name == "acosh" else x


EXACT = {
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "log2": lambda x: mpmath.log(x, 2),
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "pow": lambda x, y: x**y,
}


def worst_ulp(name: str, actual: Any, *arguments: Any) -> float:
    """Return the largest error in units in the last place against 200-bit arithmetic."""
    exact = EXACT.get(name) or getattr(mpmath, name)
    tiny = np.finfo(actual.dtype).smallest_normal
    worst = 0.0
    with mpmath.workprec(200):
        for value, *point in zip(actual, *arguments, strict=True):
            truth = exact(*(mpmath.mpf(float(argument)) for argument in point))
            unit = np.spacing(max(np.abs(actual.dtype.type(float(truth))), tiny))
            error = abs(mpmath.mpf(float(value)) - truth) / float(unit)
            worst = max(worst, float(error))
    return worst


@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_edge_values_are_those_of_numpy(suffix: str) -> None:
    table = vector_math.functions(DTYPES[suffix])
    with np.errstate(all="ignore"):
        grids = np.meshgrid(*[edges(DTYPES[suffix])] * 2)
        x, y = (np.ascontiguousarray(grid.ravel()) for grid in grids)
        arities = {**vector_math.LIBM_ARITY, **LLVM_ARITY}
        results = apply({name: (table[name], arities[name]) for name in NUMPY}, x, y)
        for name, reference in NUMPY.items():
            expected = reference(x, y) if arities[name] == 2 else reference(x)
            exact = name in LLVM_ARITY
            if name in ("fmax", "fmin", "maximum", "minimum"):  # which of 0 and -0 is left open
                results[name], expected = results[name] + 0, expected + 0
            assert_close(name, results[name], expected, x, y, ulps=0 if exact else 4)


@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_edge_values_of_functions_that_numpy_lacks(suffix: str) -> None:
    table = vector_math.functions(DTYPES[suffix])
    names = ("erf", "erfc", "lgamma")
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 2.0] * 3, DTYPES[suffix])
    results = apply({name: (table[name], 1) for name in names}, x, x)
    expected = {
        "erf": [np.nan, 1, -1, 0, -0.0, 0.8427007929497149, 0.9953222650189527],
        "erfc": [np.nan, 0, 2, 1, 1, 0.15729920705028513, 0.004677734981047266],
        "lgamma": [np.nan, np.inf, np.inf, np.inf, np.inf, 0, 0],
    }
    for name, values in expected.items():
        assert_close(name, results[name], np.array(values * 3, x.dtype), x, x)


def largest_errors(functions: Mapping[str, Callable[..., Any]], dtype: Any) -> dict[str, float]:
    """Return the largest error of each given function in ulp over its domain."""
    size = 150  # not a multiple of any vector length, so that the scalar remainder is measured too
    rng = np.random.default_rng(3)
    positive = 10.0 ** rng.uniform(-4, 4, size)
    x = np.array([positive if name in TWO_ARGUMENTS else sample(name, size) for name in functions])
    y = np.array(
        [rng.uniform(-9, 9, size) if name == "pow" else positive[::-1] for name in functions]
    )
    x, y = x.astype(dtype), y.astype(dtype)
    calls = {name: (function, vector_math.LIBM_ARITY[name]) for name, function in functions.items()}
    results = apply(calls, x, y)
    return {
        name: worst_ulp(name, results[name], *(x[k], y[k])[: calls[name][1]])
        for k, name in enumerate(functions)
    }


@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_errors_stay_within_four_ulp(suffix: str) -> None:
    table = vector_math.functions(DTYPES[suffix])
    errors = largest_errors({name: table[name] for name in vector_math.LIBM_ARITY}, DTYPES[suffix])
    assert {name: error for name, error in errors.items() if error > 4} == {}


@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_polynomials_err_by_less_than_two_ulp(suffix: str) -> None:
    table = vector_math.build_functions(suffix, {})
    assert table["exp"] is polynomials.functions()[f"exp_{suffix}"]
    errors = largest_errors({name: table[name] for name in ("exp", "log")}, DTYPES[suffix])
    assert max(errors.values()) < 2


@pytest.mark.parametrize("fastmath", [False, True])
@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_polynomials_at_edge_values(suffix: str, fastmath: bool) -> None:
    x = edges(DTYPES[suffix])
    if fastmath:  # by which the caller promises that there are no such values
        x = x[np.abs(x) < 80]
    for name in ("exp", "log"):
        kept = x[x > 0] if fastmath and name == "log" else x
        function = polynomials.functions()[f"{name}_{suffix}"]
        [actual] = apply({name: (function, 1)}, kept, kept, fastmath=fastmath).values()
        with np.errstate(all="ignore"):
            assert_close(name, actual, NUMPY[name](kept), kept, kept, ulps=2)


def test_polynomials_are_vectorised() -> None:
    calls = {name: (function, 1) for name, function in polynomials.functions().items()}
    loops = compiled_loops({name: calls[name] for name in ("exp_f64", "log_f64")})
    x = np.ones((2, 8))
    loops(x, x, x)
    module = loops.inspect_llvm(loops.signatures[0])
    assert "fmul <" in module
    assert "fdiv <" in module


def test_functions_of_the_c_library_without_vector_variants() -> None:
    table = vector_math.build_functions("f64", {})
    x = np.linspace(0.1, 0.9, 9)
    results = apply({"tanh": (table["tanh"], 1), "pow": (table["pow"], 2)}, x, x)
    assert_close("tanh", results["tanh"], np.tanh(x), x, x)
    assert_close("pow", results["pow"], x**x, x, x)


@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_functions_of_numba_without_the_c_library(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_math, "has_symbol", lambda name: False)
    table = vector_math.build_functions(suffix, {})
    monkeypatch.undo()
    assert table["sin"] is np.sin
    x = np.linspace(0.1, 0.9, 9).astype(DTYPES[suffix])
    calls = {name: (table[name], vector_math.LIBM_ARITY[name]) for name in NUMPY if name in LIBM}
    del calls["acosh"]  # its domain starts at 1
    for name, actual in apply(calls, x, x).items():
        expected = NUMPY[name](x, x) if calls[name][1] == 2 else NUMPY[name](x)
        assert_close(name, actual, expected, x, x)


@pytest.mark.skipif(not HAS_LIBMVEC, reason="needs glibc's libmvec")
@pytest.mark.parametrize("suffix", ["f64", "f32"])
def test_every_function_of_libmvec_is_called_by_vectors(suffix: str) -> None:
    table = vector_math.functions(DTYPES[suffix])
    symbols = {name: name + ("" if suffix == "f64" else "f") for name in vector_math.LIBM_ARITY}
    vectorised = [name for name in symbols if symbols[name] in vector_math.vector_variants()]
    assert "exp" in vectorised
    loops = compiled_loops(
        {name: (table[name], vector_math.LIBM_ARITY[name]) for name in vectorised}
    )
    x = np.ones((len(vectorised), 4), DTYPES[suffix])
    loops(x, x, x)
    module = loops.inspect_llvm(loops.signatures[0])
    called = {line.split("@")[1].split("(")[0] for line in module.splitlines() if " call <" in line}
    missing = [n for n in vectorised if not any(c.endswith(f"v_{symbols[n]}") for c in called)]
    assert missing == []


def test_a_call_in_a_branch_is_vectorised_too() -> None:
    if "exp" not in vector_math.vector_variants():
        pytest.skip("needs glibc's libmvec")
    exp_f64 = vector_math.namespace()["exp_f64"]

    def branch(out: Any, x: Any) -> None:
        for i in range(x.shape[0]):
            out[i] = exp_f64(x[i]) if x[i] > 0.5 else x[i]

    compiled = njit(error_model="numpy")(branch)
    x = np.linspace(0, 1, 37)
    out = np.empty_like(x)
    compiled(out, x)
    assert "v_exp" in compiled.inspect_llvm(compiled.signatures[0])
    np.testing.assert_allclose(out, np.where(x > 0.5, np.exp(x), x), rtol=1e-15)


def test_only_instruction_sets_of_the_target_are_used() -> None:
    variants = tuple(
        vector_math.Variant(f"_ZGV{letter}N{size // 8}v_exp", size // 8, size, feature)
        for letter, size, feature in (("e", 64, "avx512f"), ("d", 32, "avx2"), ("c", 32, "avx"))
    )

    def usable(triple: str, features: str) -> list[str]:
        return [v.symbol for v in vector_math.usable_variants(variants, (triple, "cpu", features))]

    linux = "x86_64-unknown-linux-gnu"
    assert usable(linux, "+avx512f,+avx2,+avx") == ["_ZGVeN8v_exp", "_ZGVdN4v_exp"]
    assert usable(linux, "-avx512f,+avx2,+avx") == ["_ZGVdN4v_exp"]
    assert usable(linux, "+avx,-avx2") == ["_ZGVcN4v_exp"]
    assert usable(linux, "") == []
    assert usable("aarch64-unknown-linux-gnu", "+avx2") == []


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "aarch64")])
def test_elsewhere_there_are_no_variants(
    system: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_math.sys, "platform", system)
    monkeypatch.setattr(vector_math.platform, "machine", lambda: machine)
    assert vector_math.vector_variants.__wrapped__() == {}


def test_without_symbols_there_are_no_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not symbols.has_symbol("_ZGVeN8v_no_such_function")
    monkeypatch.setattr(vector_math, "has_symbol", lambda name: False)
    assert vector_math.vector_variants.__wrapped__() == {}


def test_names_of_generated_source() -> None:
    names = vector_math.namespace()
    assert names["exp_f64"] is vector_math.functions("float64")["exp"]
    assert names["atan2_f32"] is vector_math.functions(np.float32)["atan2"]
    with pytest.raises(KeyError):
        vector_math.functions(np.float16)
