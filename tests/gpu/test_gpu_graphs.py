"""Kernels on a real device: hand-built graphs against the reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograph.backends.cuda.device import cupy_device
from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.backends.schedule import schedule
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph, Value
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from tests.backends import graphs
from tests.backends.graphs import add, graph, mul
from tests.backends.harness import param, typed

pytestmark = pytest.mark.gpu

rng = np.random.default_rng(9)


def on_device(g: Graph) -> CudaFunction:
    return CudaFunction(emit(schedule(g, ordered=False)), cupy_device())


def check(g: Graph, *inputs: Any, rtol: float = 1e-12) -> None:
    expected = evaluate(g, typed(g, inputs))
    outcome = run_on_copies(on_device(g), typed(g, inputs))
    assert outcome.status == 0
    for found, wanted in zip(outcome.results, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol, rtol)


def test_arithmetic_has_numpys_bits() -> None:
    """Without contraction and with subnormals, as the kernels are compiled."""
    for dtype in (np.float64, np.float32):
        x, y = param("x", 1, dtype), None
        y = param("y", dims=x.dims, dtype=dtype)

        @graph(x, y)
        def g(x: Value, y: Value) -> Any:
            return ew.divide(add(mul(x, y), x), add(mul(y, y), 0.5)), ew.sqrt(mul(x, x))

        a, b = (rng.standard_normal(100_000).astype(dtype) for _ in "ab")
        a[:100] *= np.finfo(dtype).tiny / 8
        outcome = run_on_copies(on_device(g), [a, b])
        half = dtype(0.5)
        np.testing.assert_array_equal(outcome.results[0], (a * b + a) / (b * b + half))
        np.testing.assert_array_equal(outcome.results[1], np.sqrt(a * a))


def test_reductions_of_many_sizes() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return red.sum_(x, axes=(0,)), red.max_(x, axes=(0,)), red.argmin(x, axes=(0,))

    function = on_device(g)
    for size in (1, 255, 257, 100_000, 3_000_001):
        values = rng.standard_normal(size)
        first, second = (run_on_copies(function, [values]).results for _ in range(2))
        assert first == second, "not the same in every run"
        np.testing.assert_allclose(first[0], np.sum(values), rtol=1e-10, atol=1e-9)
        assert first[1] == np.max(values)
        assert first[2] == np.argmin(values)


def test_control_flow() -> None:
    check(graphs.heat(), rng.random((70, 90)), 20, 0.2)
    check(graphs.burgers(), rng.random(3000), 0.3, 10)
    check(graphs.newton_array(), 1 + rng.random(1000))
    check(graphs.newton(), 1 + rng.random(50))
    check(graphs.edit_distance(), rng.integers(0, 4, 60), rng.integers(0, 4, 70))
    check(graphs.nbody(), *(rng.random(s) for s in ((20, 3), (20, 3), 20)), 5, 0.01)


def test_arrays_stay_on_the_device() -> None:
    function = on_device(graphs.heat())
    device = function.device
    u = device.from_host(rng.random((33, 40)))
    outcome = function([u, 3, 0.1])
    assert outcome.results[0] is u
