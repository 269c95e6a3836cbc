"""Every elementwise op on every dtype: values are NumPy's, and NVRTC takes the text."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograph.ops  # noqa: F401
from autograph.backends import loops as lp
from autograph.backends.cuda import nvrtc
from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import Op, all_ops, get_op
from autograph.ir.types import array
from autograph.ops.define import ufunc_result
from tests.cuda_emulator.devices import EmulatedDevice, has_compiler

STRICT = (*nvrtc.OPTIONS, nvrtc.WARNINGS_AS_ERRORS)
DTYPES = ["?", "i1", "i4", "i8", "u1", "u4", "u8", "f4", "f8"]

# The last bits of these differ between math libraries.
ROUNDED = 4e-15


def operands(dtype: np.dtype) -> list[np.ndarray]:
    """All pairs of ordinary and extreme values."""
    if dtype.kind == "b":
        values: Any = [False, True]
    elif dtype.kind == "f":
        ordinary = [0.0, -0.0, 0.3, -0.3, 1.0, -1.0, 2.0, 2.5, -3.5, 7.0, 1e-5, 40.0, -40.0]
        values = [*ordinary, np.inf, -np.inf, np.nan, 1e30, -1e30]
    else:
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        values = sorted({low, high, *(v for v in (-9, -7, -1, 0, 1, 2, 3, 7, 64) if v >= low)})
    pairs = np.array(list(itertools.product(values, values)), dtype)
    return [np.ascontiguousarray(pairs[:, k]) for k in range(2)]


def applicable(dtype: np.dtype) -> list[tuple[Op, int, np.dtype]]:
    found = []
    for op in all_ops():
        if op.kind != "elementwise" or op.ufunc is None:
            continue
        try:
            found.append((op, op.ufunc.nin, ufunc_result(op.ufunc, (dtype,) * op.ufunc.nin)))
        except TypeError:
            continue
    return [entry for entry in found if entry[2].kind in "biuf" and entry[2].itemsize <= 8]


def expression(op: Op, count: int, result: np.dtype, loads: list[lp.Expr]) -> lp.Expr:
    return lp.Apply(op, tuple(loads[:count]), result)


def module_of(dtype: np.dtype) -> tuple[lp.LoopFunction, list[Op]]:
    """A function that stores each op's results in an array of its own."""
    n, i = symbol("n"), symbol("i")
    params = [Value(array(dtype, [n]), None, name) for name in "xy"]
    buffers = {k: lp.Buffer(p.name or "", dtype, p.dims, k) for k, p in enumerate(params)}
    loads: list[lp.Expr] = [lp.Load(buffers[k], (Affine.of(i),)) for k in range(2)]
    body: list[lp.Stmt] = []
    stores: list[lp.Stmt] = []
    results: list[lp.Buffer | lp.Expr] = []
    ops = applicable(dtype)
    for op, count, result in ops:
        out = lp.Buffer(f"{op.name}_of", result, (Affine.of(n),))
        body.append(lp.Alloc(out))
        stores.append(lp.Store(out, (Affine.of(i),), expression(op, count, result, loads)))
        results.append(out)
    body.append(lp.Nest((i,), (Affine(0),), (Affine.of(n),), stores))
    function = lp.LoopFunction("all_ops", params, buffers, [], {n: (0, 0)}, body, results, {})
    return function, [op for op, _, _ in ops]


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.skipif(not nvrtc.is_available(), reason="NVRTC is not installed")
def test_operations_compile_without_warnings(name: str) -> None:
    function, _ = module_of(np.dtype(name))
    nvrtc.compile_source(emit(function).source, "sm_75", STRICT)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.skipif(not has_compiler(), reason="no g++")
def test_operations_are_numpys(name: str) -> None:
    dtype = np.dtype(name)
    function, ops = module_of(dtype)
    x, y = operands(dtype)
    outcome = run_on_copies(CudaFunction(emit(function), EmulatedDevice()), [x, y])
    for op, found in zip(ops, outcome.results, strict=True):
        assert op.ufunc is not None
        if op.name == "power" and dtype.kind in "iu":
            with np.errstate(all="ignore"):
                expected = np.where(y < 0, found, op.ufunc(x, np.where(y < 0, 0, y)))
        elif op.name == "reciprocal" and dtype.kind in "iu":
            expected = np.where(x == 0, found, op.ufunc(np.where(x == 0, 1, x)))
        else:
            with np.errstate(all="ignore"):
                expected = op.ufunc(*(x, y)[: op.ufunc.nin])
        assert found.dtype == expected.dtype, op.name
        rtol = ROUNDED if dtype == np.float64 else 2e-6
        if dtype.kind == "f" and found.dtype.kind == "f":
            np.testing.assert_allclose(found, expected, rtol, 1e-300, err_msg=op.name)
        else:
            np.testing.assert_array_equal(found, expected, err_msg=op.name)


@pytest.mark.parametrize("source", ["f4", "f8", "i1", "i8", "u8", "?"])
@pytest.mark.skipif(not has_compiler(), reason="no g++")
def test_casts_are_numpys(source: str) -> None:
    n, i = symbol("n"), symbol("i")
    dtype = np.dtype(source)
    param = Value(array(dtype, [n]), None, "x")
    buffer = lp.Buffer("x", dtype, param.dims, 0)
    load = lp.Load(buffer, (Affine.of(i),))
    body: list[lp.Stmt] = []
    stores: list[lp.Stmt] = []
    results: list[lp.Buffer | lp.Expr] = []
    for target in map(np.dtype, DTYPES):
        out = lp.Buffer(f"as_{target}", target, (Affine.of(n),))
        body.append(lp.Alloc(out))
        stores.append(lp.Store(out, (Affine.of(i),), lp.Apply(get_op("cast"), (load,), target)))
        results.append(out)
    body.append(lp.Nest((i,), (Affine(0),), (Affine.of(n),), stores))
    function = lp.LoopFunction("casts", [param], {0: buffer}, [], {n: (0, 0)}, body, results, {})
    x = operands(dtype)[0]
    if dtype.kind == "f":
        x = np.concatenate([x, np.array([2.0**31, -(2.0**31), 2.0**33 + 5, 300.7, -129.0], dtype)])
    outcome = run_on_copies(CudaFunction(emit(function), EmulatedDevice()), [x])
    for target, found in zip(map(np.dtype, DTYPES), outcome.results, strict=True):
        with np.errstate(all="ignore"):
            expected = x.astype(target)
        in_range = np.ones(len(x), bool)
        if dtype.kind == "f" and target.kind in "iu":
            # NumPy itself gives different results out of range, by length and by machine.
            limits = np.iinfo(target)
            in_range = (x > float(limits.min) - 1) & (x < float(limits.max))
        np.testing.assert_array_equal(found[in_range], expected[in_range], err_msg=str(target))
