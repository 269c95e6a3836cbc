"""Kernels executed on the CPU: hand-built graphs against the reference evaluator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.backends.schedule import schedule
from autograph.ir.evaluate import CheckFailed, evaluate
from autograph.ir.graph import Graph, Value
from autograph.ops import constant_of, control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from autograph.ops import structure as st
from tests.backends import graphs
from tests.backends.graphs import add, get, graph, mul
from tests.backends.harness import param, typed
from tests.cuda_emulator.devices import EmulatedDevice, has_compiler

pytestmark = pytest.mark.skipif(not has_compiler(), reason="no g++")

INT = np.int64
rng = np.random.default_rng(5)


def check(g: Graph, *inputs: Any, ordered: bool = False, rtol: float = 1e-12) -> CudaFunction:
    function = CudaFunction(emit(schedule(g, ordered=ordered)), EmulatedDevice())
    check_again(function, g, *inputs, rtol=rtol)
    return function


def check_again(function: CudaFunction, g: Graph, *inputs: Any, rtol: float = 1e-12) -> None:
    before = [np.array(x) for x in inputs]
    try:
        status, expected = 0, evaluate(g, typed(g, inputs))
    except CheckFailed:
        status, expected = 2, []
    outcome = run_on_copies(function, typed(g, inputs))
    assert outcome.status == status, function.module.source
    for k, (found, wanted) in enumerate(zip(outcome.results, expected, strict=False)):
        assert found.dtype == g.results[k].dtype
        note = f"result {k}\n{function.module.source}"
        np.testing.assert_allclose(found, wanted, rtol, rtol, err_msg=note)
    written = set(g.writes.values())
    for k, (old, x) in enumerate(zip(before, inputs, strict=True)):
        if status or k not in written:
            np.testing.assert_array_equal(old, x)


INPUTS: dict[Callable[[], Graph], Callable[[], list[Any]]] = {
    graphs.heat: lambda: [rng.random((19, 40)), 4, 0.2],
    graphs.jacobi: lambda: [rng.random((9, 7)), rng.random((9, 7)), 3],
    graphs.burgers: lambda: [rng.random(300), 0.3, 3],
    graphs.seidel: lambda: [rng.random((6, 7)), 2],
    graphs.trisolv: lambda: [np.tril(rng.random((9, 9))) + 3 * np.eye(9), rng.random(9)],
    graphs.newton: lambda: [1 + rng.random(5)],
    graphs.newton_array: lambda: [1 + rng.random(400)],
    graphs.logreg: lambda: [
        rng.random(5), 0.3, rng.random((40, 5)), np.sign(rng.random(40) - 0.5), 0.1
    ],
    graphs.branchy: lambda: [rng.random(11)],
    graphs.edit_distance: lambda: [rng.integers(0, 3, 9), rng.integers(0, 3, 12)],
    graphs.softmax_loss: lambda: [1000 * rng.standard_normal((7, 5)), rng.integers(0, 5, 7)],
    graphs.nbody: lambda: [rng.random((6, 3)), rng.random((6, 3)), rng.random(6), 2, 0.01],
}  # fmt: skip


@pytest.mark.parametrize("make", INPUTS, ids=lambda make: make.__name__)
def test_graph(make: Callable[[], Graph]) -> None:
    g = make()
    check(g, *INPUTS[make]())


SHIFTS = [(2, None, 0, -2), (None, -2, 2, None), (1, -1, 2, None), (0, 3, 4, 7)]


@pytest.mark.parametrize("bounds", SHIFTS, ids=str)
@pytest.mark.parametrize("ordered", [False, True])
def test_overlapping_updates_in_place(bounds: Any, ordered: bool) -> None:
    check(graphs.shifts(*bounds), rng.random(700), ordered=ordered)


SIZES = (0, 1, 255, 256, 257, 5000)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_], ids=str)
def test_reductions_of_all_sizes(dtype: Any) -> None:
    x = param("x", 1, dtype)

    @graph(x)
    def g(x: Value) -> Any:
        results = [red.any_(x, axes=(0,)), red.all_(x, axes=(0,))]
        if x.dtype != np.bool_:
            results += [red.sum_(x, axes=(0,)), red.prod(x, axes=(0,))]
        return results

    function = CudaFunction(emit(schedule(g, ordered=False)), EmulatedDevice())
    rtol = 1e-4 if dtype == np.float32 else 1e-11
    for size in SIZES:
        values = (1 + 0.001 * rng.standard_normal(size)).astype(dtype)
        check_again(function, g, values, rtol=rtol)


@functools.cache
def extremes() -> tuple[CudaFunction, Graph]:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        both = (0, 1)
        whole = [red.max_(x, axes=both), red.min_(x, axes=both)]
        places = [red.argmax(x, axes=both), red.argmin(x, axes=both)]
        by_row = [red.max_(x, axes=(1,)), red.argmin(x, axes=(1,)), red.argmax(x, axes=(0,))]
        return [*whole, *places, *by_row]

    return CudaFunction(emit(schedule(g, ordered=False)), EmulatedDevice()), g


@pytest.mark.parametrize("special", [None, np.nan, np.inf, -np.inf])
def test_extremes_and_their_positions(special: float | None) -> None:
    x = rng.integers(0, 50, (40, 70)).astype(float)  # many ties
    if special is not None:
        x[[3, 30], [60, 2]] = special
    check_again(*extremes(), x)


def test_reductions_are_the_same_in_every_run() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return red.sum_(ew.sin(x), axes=(0,))

    function = CudaFunction(emit(schedule(g, ordered=False)), EmulatedDevice())
    values = rng.standard_normal(10_000)
    results = {run_on_copies(function, [values]).results[0] for _ in range(3)}
    assert len(results) == 1


@functools.cache
def checked() -> tuple[CudaFunction, Graph]:
    """A gather whose positions are checked in one nest and used in another."""
    x, at = param("x", 1), param("at", 1, INT)

    @graph(x, at, writes={1: 0})
    def g(x: Value, at: Value) -> Any:
        size = st.broadcast(
            ew.cast(control.constant_operands([x.dims[0]])[0], dtype=np.dtype(INT)),
            dims=at.dims,
            axes=(),
        )
        control.check(ew.less(at, size), message="out of range")
        taken = st.take(x, at)
        return red.sum_(taken, axes=(0,)), mul(x, 2.0)

    return CudaFunction(emit(schedule(g, ordered=False)), EmulatedDevice()), g


def test_a_failed_check_is_reported_and_nothing_is_changed() -> None:
    function, g = checked()
    assert function.module.checked
    x = rng.random(600)
    check_again(function, g, x, rng.integers(0, 600, 900))
    bad = rng.integers(0, 600, 900)
    bad[321] = 10**12
    check_again(function, g, x, bad)


def test_a_check_ends_a_loop_on_the_host() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        def body(k: Value, x: Value) -> Any:
            largest = red.max_(x, axes=(0,))
            control.check(ew.less(largest, 1e6), message="diverges")
            return [mul(x, 3.0)]

        return control.make_scan(
            None, [x], body, condition=lambda x: ew.greater(red.max_(x, axes=(0,)), 1.0)
        )

    check(g, np.linspace(0.5, 2.0, 300))


def test_small_and_unsigned_integers() -> None:
    x, y = param("x", 1, np.int8), None
    y = param("y", dims=x.dims, dtype=np.int8)

    @graph(x, y)
    def g(x: Value, y: Value) -> Any:
        wide = ew.cast(mul(x, y), dtype=np.dtype(np.uint32))
        return add(x, y), red.sum_(wide, axes=(0,)), ew.floor_divide(x, y)

    check(g, np.arange(-128, 128).astype(np.int8), np.full(256, -7, np.int8))


def test_loops_with_independent_iterations() -> None:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        m, n = x.dims

        def row(i: Value, out: Value) -> Any:
            def element(j: Value, out: Value) -> Any:
                y, count = control.make_scan(
                    None,
                    [get(x, i, j)],
                    lambda k, y: [mul(0.5, y)],
                    condition=lambda y: ew.greater(y, 1.0),
                )
                scaled = mul(y, ew.cast(count, dtype=np.dtype(np.float64)))
                return [graphs.set_(out, scaled, i, j)]

            return control.make_scan(n, [out], element)

        return control.make_scan(m, [graphs.zeros(m, n)], row)

    function = check(g, 40 * rng.random((9, 33)))
    assert function.device.launches[-1].threads == 256


def test_loops_that_carry_what_others_read_stay_in_order() -> None:
    """Each iteration reads what the one before has written, in a buffer and in a variable."""
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        def body(i: Value, x: Value, last: Value) -> Any:
            here = add(get(x, i), mul(0.5, last))
            return graphs.set_(x, here, i), here

        return control.make_scan(x.dims[0], [x, constant_of(0.0, np.float64)], body)

    check(g, rng.random(100))


def test_strided_arguments() -> None:
    g = graphs.heat()
    function = CudaFunction(emit(schedule(g, ordered=False)), EmulatedDevice())
    device, base = function.device, rng.random((20, 30))
    for steps in (2, 3):
        whole = device.from_host(base)
        part = device.transpose(whole[::2])
        assert function([part, steps, 0.1]).results[0] is part
        expected = np.array(base[::2].T)
        for _ in range(steps):
            inner = expected[1:-1, 1:-1]
            around = expected[2:, 1:-1] + expected[:-2, 1:-1] + expected[1:-1, 2:]
            around = around + expected[1:-1, :-2]
            expected[1:-1, 1:-1] = inner + 0.1 * (around - 4.0 * inner)
        np.testing.assert_allclose(device.to_host(part), expected, 1e-13)
        np.testing.assert_array_equal(device.to_host(whole)[1::2], base[1::2])
