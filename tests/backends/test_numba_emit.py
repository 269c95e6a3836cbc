"""Scalar expressions in compiled code: NumPy's values in NumPy's dtypes, also at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograph.ir.graph import Graph, Value
from autograph.ir.op import all_ops
from autograph.ops import control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from tests.backends.graphs import INT, add, graph, mul, total
from tests.backends.harness import Affine, Program, param, typed

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-8, 1e30, -1e30, np.inf, -np.inf, np.nan, 37.25]
INTEGERS = [0, 1, -1, 2, 3, -7, 5, 100, -100, 2**31 - 1, -(2**31)]
EDGES: dict[str, list[Any]] = {
    "float64": [*FLOATS, 1e308, 5e-324],
    "float32": [*FLOATS, 3e38, 1e-45],
    "int64": [*INTEGERS, 2**63 - 1, -(2**63)],
    "int32": INTEGERS,
    "bool": [False, True],
    "complex128": [1 + 2j, -3.5 + 0.25j, 2j, -1 - 1j, 0.5 + 0j],
}
#: NumPy refuses these, or warns and gives what depends on the machine.
NOT_TESTED = {
    ("int64", "power"),
    ("int32", "power"),
    ("int64", "left_shift"),
    ("int64", "right_shift"),
    ("int32", "left_shift"),
    ("int32", "right_shift"),
    ("complex128", "sign"),
    ("complex128", "maximum"),
    ("complex128", "minimum"),
    ("complex128", "fmax"),
    ("complex128", "fmin"),
    ("complex128", "erf"),
    ("complex128", "erfc"),
    *(("complex128", f"arc{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")),
}


def pairs(dtype: str) -> tuple[Any, Any]:
    """All pairs of edge values."""
    x = np.array(EDGES[dtype], dtype)
    a, b = np.meshgrid(x, x)
    return a.ravel().copy(), b.ravel().copy()


def ops_of(dtype: str) -> list[Any]:
    """The elementwise ops that take operands of a dtype without a cast."""
    found = []
    for op in all_ops():
        if op.kind != "elementwise" or op.ufunc is None or (dtype, op.name) in NOT_TESTED:
            continue
        try:
            resolved = op.ufunc.resolve_dtypes((*[np.dtype(dtype)] * op.ufunc.nin, None))
        except TypeError:
            continue
        if all(d == dtype for d in resolved[:-1]) and resolved[-1].name != "float16":
            found.append(op)
    return found


def all_ops_of(dtype: str) -> tuple[Graph, list[str]]:
    ops = ops_of(dtype)
    a = param("a", 1, np.dtype(dtype))
    b = param("b", dtype=np.dtype(dtype), dims=a.dims)

    @graph(a, b)
    def g(a: Value, b: Value) -> Any:
        return [op(*(a, b)[: op.ufunc.nin]) for op in ops]

    return g, [op.name for op in ops]


def distance_in_ulp(got: Any, want: Any) -> Any:
    """How many representable numbers lie between two floats (0 where both are NaN or equal)."""
    with np.errstate(all="ignore"):
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        return np.where(same, 0, np.abs(got - want) / np.spacing(np.abs(want)))


@pytest.mark.parametrize("dtype", EDGES)
def test_elementwise_ops(dtype: str) -> None:
    g, names = all_ops_of(dtype)
    assert len(names) > 15
    p = Program(g)
    a, b = pairs(dtype)
    status, *results = p.compiled(a, b)
    _, wanted = p.expected((a, b))
    assert status == 0
    for name, got, want in zip(names, results, wanted, strict=True):
        assert got.dtype == want.dtype, name
        if want.dtype.kind == "f":
            # float32 pow and trigonometry of huge numbers: the C library's, not NumPy's own
            apart = distance_in_ulp(got, want)
            worst = int(np.argmax(np.nan_to_num(apart, nan=np.inf, posinf=np.inf)))
            assert apart[worst] <= 4, f"{name}({a[worst]!r}, {b[worst]!r}) = {got[worst]!r}"
        elif want.dtype.kind == "c":
            np.testing.assert_allclose(got, want, rtol=1e-13, err_msg=name)
        else:
            differ = np.flatnonzero(got != want)
            shown = [(a[k], b[k], got[k], want[k]) for k in differ[:5]]
            assert not differ.size, f"{name}: {shown}"


@pytest.mark.parametrize("dtype", EDGES)
def test_casts(dtype: str) -> None:
    targets = [np.dtype(t) for t in EDGES if t not in ("complex128",) or dtype == "complex128"]
    if dtype == "complex128":
        targets = [np.dtype(np.complex128)]
    if np.dtype(dtype).kind == "f":
        targets = [t for t in targets if t.kind not in "i"]
    x = param("x", 1, np.dtype(dtype))

    @graph(x)
    def g(x: Value) -> Any:
        return [ew.cast(x, dtype=t) for t in targets]

    Program(g).check(np.array(EDGES[dtype], dtype), compile_=True)


def test_floats_become_integers_by_truncation() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return ew.cast(x, dtype=np.dtype(np.int64)), ew.cast(x, dtype=np.dtype(np.int32))

    Program(g).check(np.array([0.0, 1.9, -1.9, -0.5, 1e6, -1e6]), compile_=True)


def test_switch_and_constants_keep_their_dtype() -> None:
    x, k = param("x", 1, np.float32), param("k", 1, np.int32)

    @graph(x, k)
    def g(x: Value, k: Value) -> Any:
        y = ew.switch(ew.less(x, 0.5), mul(x, 0.1), np.float32(-1e-3))
        return y, add(y, np.float32(0.1)), add(k, np.int32(2**31 - 1)), mul(k, k)

    p = Program(g)
    a = np.array([0.1, 0.7, np.nan], np.float32)
    results = p.check(a, np.array([1, 2, 2**30], np.int32), compile_=True, rtol=0)
    assert [r.dtype for r in results] == [np.float32] * 2 + [np.int32] * 2


def test_scalars_of_all_dtypes_pass_through() -> None:
    values = [
        param("a", dtype=np.float32),
        param("n", dtype=INT),
        param("p", dtype=np.bool_),
        param("z", dtype=np.complex128),
        param("k", dtype=np.int32),
    ]

    @graph(*values)
    def g(*xs: Value) -> Any:
        a, n, p, z, k = xs
        return add(a, a), mul(n, n), ew.logical_not(p), mul(z, z), add(k, k), p

    program = Program(g)
    inputs = (0.1, 2**62, True, 1 + 2j, 2**31 - 1)
    status, *results = program.compiled(*typed(g, inputs))
    with np.errstate(all="ignore"):
        wanted = program.expected(inputs)[1]
    assert status == 0
    for got, want in zip(results, wanted, strict=True):
        assert got == want


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.complex128])
def test_reductions_keep_their_dtype(dtype: Any) -> None:
    x = param("x", 2, dtype)

    @graph(x)
    def g(x: Value) -> Any:
        rows = [f(x, axes=(1,)) for f in (red.sum_, red.prod)]
        columns = red.sum_(x, axes=(0,))
        return [*rows, columns, total(x), red.any_(x, axes=(0,)), red.dot(x, columns)]

    p = Program(g)
    values = np.random.default_rng(0).integers(0, 5, (3, 4)).astype(dtype)
    results = p.check(values, compile_=True, rtol=1e-6)
    assert [np.asarray(r).dtype for r in results[:3]] == [np.dtype(dtype)] * 3


def test_names_of_users_never_clash_with_the_source() -> None:
    names = [
        "range",
        "np",
        "math",
        "lambda",
        "for",
        "min",
        "float64",
        "reassociated_add",
        "_x",
        "é",
    ]
    params = [param(name, 1) for name in names]
    same = [param(name, dims=params[0].dims) for name in names]

    @graph(*same, name="max")
    def g(*xs: Value) -> Any:
        return total(add(*xs)), red.max_(add(*xs), axes=(0,))

    p = Program(g)
    p.check(*[np.arange(3.0) + k for k in range(len(names))], compile_=True)


def test_source_is_readable() -> None:
    x, n = param("x", 1), param("n", dtype=INT)

    @graph(x, n, name="decay", writes={0: 0})
    def g(x: Value, n: Value) -> Any:
        return control.make_scan(Affine.of(n), [x], lambda t, x: [mul(x, 0.5)])

    assert Program(g).source == (
        "def decay(x, n):\n"
        "    x0 = x.shape[0]\n"
        "    for n1 in range(n):\n"
        "        for i in independent(x0):\n"
        "            x[i] = x[i] * 0.5\n"
        "    return (0,)\n"
    )
