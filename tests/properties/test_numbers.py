"""Every op on every dtype at the values that break careless code: exactly NumPy's results.

The cases are generated from the table of ops. Functions that NumPy and the compiled code both round
by a library of their own may differ by a few units in the last place, all others not at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.ir.op import Op, all_ops

ULPS = 4
INEXACT = {"cbrt", "hypot", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp"}
INEXACT |= {"sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"}
INEXACT |= {"arcsinh", "arccosh", "arctanh", "power"}
INTEGERS = ("int8", "int64", "uint32", "uint64")
UNDEFINED = {"maximum", "minimum", "fmax", "fmin"}
"""Of zeros of both signs NumPy takes one or the other, depending on their place in the array."""

FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 7.0, -7.0, 1e16, 0.1, np.inf, -np.inf, np.nan)


def special_values(dtype: Any) -> np.ndarray:
    """Return zeros, ones, extremes, subnormals and what is not finite."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        extremes = [limits.max, limits.min, limits.smallest_normal, limits.smallest_subnormal]
        return np.array([*FLOATS, *extremes], dtype)
    least, most = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    wanted = (0, 1, -1, 2, -2, 3, 7, -7, 31, 63, 64, most // 2, most - 1, most, least + 1, least)
    return np.array([x for x in wanted if least <= x <= most], dtype)


def written(folder: Path, name: str, params: str, results: Iterable[str]) -> Callable[..., Any]:
    """Return a function of a file of its own, which the compiler can read."""
    path = folder / f"{name}.py"
    path.write_text(f"def {name}({params}):\n    return ({', '.join(results)},)\n")
    scope: dict[str, Any] = {"np": np}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    return scope[name]


def assert_close(name: str, found: Any, wanted: Any, ulps: int) -> None:
    assert type(found) is type(wanted), name
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.dtype == wanted.dtype, name
    if ulps:
        same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        np.testing.assert_array_max_ulp(found[~same], wanted[~same], ulps)
        return
    np.testing.assert_array_equal(found, wanted, name)
    if found.dtype.kind == "f" and name not in UNDEFINED:
        number = ~np.isnan(wanted)
        signs = np.signbit(found)[number], np.signbit(wanted)[number]
        np.testing.assert_array_equal(*signs, f"sign of {name}")


def taken_by_numpy(op: Op, dtype: str) -> bool:
    if op.kind != "elementwise" or op.ufunc is None or not hasattr(np, op.ufunc.__name__):
        return False
    try:
        resolved = op.ufunc.resolve_dtypes((*[np.dtype(dtype)] * op.ufunc.nin, None))
    except TypeError:
        return False
    return "float16" not in map(str, resolved)


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS, "float32", "float64"])
@np.errstate(all="ignore")
def test_ops(dtype: str, tmp_path: Path) -> None:
    x = special_values(dtype)
    a, b = (grid.ravel().copy() for grid in np.meshgrid(x, x))
    is_float = dtype.startswith("float")
    for arity, inexact in itertools.product((1, 2), (False, True)):
        chosen = [
            op.ufunc
            for op in all_ops()
            if taken_by_numpy(op, dtype)
            and op.ufunc is not None
            and op.ufunc.nin == arity
            and (op.name in INEXACT) == inexact
            and (is_float or not inexact)
        ]
        if not chosen:
            continue
        texts = [f"np.{u.__name__}({'a, b' if arity == 2 else 'a'})" for u in chosen]
        function = written(tmp_path, f"f{arity}{inexact:d}", "a, b", texts)
        with_scalars = [(x[1], x[-1])] if dtype in ("int64", "float64") else []
        for args in [(a, b), *with_scalars]:
            compiled = ag.compile(function)
            for u, wanted, found in zip(chosen, function(*args), compiled(*args), strict=True):
                ulps = ULPS if inexact else 0
                assert_close(u.__name__, np.atleast_1d(found)[()], np.atleast_1d(wanted)[()], ulps)
                assert type(found) is type(wanted)
            assert compiled.stats()["replays"] == 0


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS, "float32", "float64"])
@np.errstate(all="ignore")
def test_promotion_and_casts(dtype: str, tmp_path: Path) -> None:
    """Arithmetic and comparisons with arrays and Python numbers of other types, and casts."""
    x = special_values(dtype)
    within = x if x.dtype.kind != "f" else x[np.abs(x) < 100]
    others = [np.resize(special_values(other), len(within)) for other in ("int64", "uint64")]
    others += [within.astype(np.float32)]
    names = [f"b{k}" for k in range(len(others))]
    texts = [f"a {sign} {name}" for name in names for sign in ("+", "<", "==", ">=")]
    texts += ["a + 1", "a * 2.5", "1 / (a + 3)", "a < 2", "a == 0.5"]
    texts += [f"a.astype(np.{other})" for other in ("bool_", *INTEGERS, "float32", "float64")]
    function = written(tmp_path, "f", ", ".join(["a", *names]), texts)
    pairs = zip(
        texts, function(within, *others), ag.compile(function)(within, *others), strict=True
    )
    for text, wanted, found in pairs:
        assert_close(text, found, wanted, 0)
