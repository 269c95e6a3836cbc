"""What the host does: launches, copies back, memory; recorded by a device that runs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.execute import (
    CHECK_FAILED,
    GUARD_FAILED,
    OK,
    CudaFunction,
    run_on_copies,
)
from autograph.backends.cuda.module import (
    Fetch,
    HostFor,
    HostIf,
    HostWhile,
    Launch,
    Shape,
    walk_plan,
)
from autograph.backends.schedule import schedule
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Guard, Value
from autograph.ops import control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from tests.backends import graphs
from tests.backends.graphs import add, graph, mul
from tests.backends.harness import param
from tests.cuda_emulator.devices import RecordingDevice

INT = np.int64


def recorded(g: Graph, ordered: bool = False) -> CudaFunction:
    return CudaFunction(emit(schedule(g, ordered=ordered)), RecordingDevice())


def kinds(function: CudaFunction) -> list[type]:
    return [type(s) for s in walk_plan(function.module.plan)]


def test_launches_cover_all_points_with_blocks_of_256() -> None:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        return mul(x, x)

    f = recorded(g)
    run_on_copies(f, [np.ones((100, 30))])
    (launch,) = f.device.launches
    assert (launch.blocks, launch.threads) == (12, 256)
    assert next(a for a in launch.arguments if isinstance(a, np.int64)) == 3000


def test_empty_boxes_are_not_launched() -> None:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        return mul(x, x)

    f = recorded(g)
    assert run_on_copies(f, [np.ones((0, 30))]).results[0].shape == (0, 30)
    assert not f.device.launches


def test_modules_are_loaded_once() -> None:
    f = recorded(graphs.heat())
    for steps in (2, 3):
        run_on_copies(f, [np.ones((5, 5)), steps, 0.1])
    assert f.device.loads == 1


def test_loops_with_nests_are_on_the_host_and_swap() -> None:
    f = recorded(graphs.heat())
    assert HostFor in kinds(f)
    run_on_copies(f, [np.ones((5, 5)), 3, 0.1])
    steps = [launch.arguments for launch in f.device.launches if launch.name == "heat_2"]
    assert len(steps) == 3
    first, second = steps[0][:2], steps[1][:2]
    assert first[0] is second[1]
    assert first[1] is second[0]


def test_arrays_alone_need_no_waiting() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return mul(x, red.sum_(x, axes=(0,)))

    f = recorded(g)
    outcome = f([f.device.from_host(np.ones(7))])
    assert outcome.status == OK
    assert f.device.is_array(outcome.results[0])
    assert f.device.waits == 0


def test_a_data_dependent_loop_waits_once_per_iteration() -> None:
    f = recorded(graphs.newton_array())
    found = kinds(f)
    assert HostWhile in found
    assert found.count(Fetch) == 1
    assert HostIf in found


def test_element_statements_share_one_launch() -> None:
    a = param("a", 1)

    @graph(a)
    def g(a: Value) -> Any:
        s = control.make_scan(
            a.dims[0], [np.float64(0)], lambda i, s: [add(mul(s, s), graphs.get(a, i))]
        )[0]
        return add(s, graphs.get(a, -1)), ew.exp(graphs.get(a, 0))

    f = recorded(g)
    assert [k.shape for k in f.module.kernels] == [Shape.SINGLE]


def test_scalars_of_the_host_stay_there() -> None:
    x, n, dt = param("x", 1), param("n", dtype=INT), param("dt")

    @graph(x, n, dt, writes={0: 0})
    def g(x: Value, n: Value, dt: Value) -> Any:
        def body(i: Value, x: Value, t: Value) -> Any:
            return add(x, mul(t, x)), add(t, dt)

        return control.make_scan(Affine.of(n), [x, np.float64(0)], body)

    f = recorded(g)
    assert not f.module.slots
    assert all(isinstance(s, Launch) for s in walk_plan(f.module.plan) if hasattr(s, "kernels"))
    outcome = run_on_copies(f, [np.ones(4), 3, 0.5])
    assert outcome.results[1] == 1.5
    assert f.device.waits == 1


def test_a_strided_argument_is_passed_with_its_strides() -> None:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        return mul(x, x)

    f = recorded(g)
    base = f.device.from_host(np.ones((8, 6)))
    f([f.device.transpose(base[::2])])
    (launch,) = f.device.launches
    assert [int(a) for a in launch.arguments[-2:]] == [1, 12]


def test_guards_are_checked_before_anything_else() -> None:
    g = graphs.heat()
    g.guards = [Guard(g.params[0].dims[0] - 3, ">=0")]
    f = recorded(g)
    assert run_on_copies(f, [np.ones((2, 5)), 3, 0.1]).status == GUARD_FAILED
    assert not f.device.launches


def test_written_arguments_must_not_overlap_others() -> None:
    x, y = param("x", 1), None
    y = param("y", dims=x.dims)

    @graph(x, y, writes={0: 0})
    def g(x: Value, y: Value) -> Any:
        return add(x, y)

    f = recorded(g)
    base = np.ones(9)
    assert run_on_copies(f, [base[:8], base[1:]]).status == GUARD_FAILED
    memory = f.device.from_host(base)
    assert f([memory[:8], memory[1:]]).status == GUARD_FAILED
    assert f([memory[:4], memory[4:8]]).status == OK


def test_checks_of_the_host_end_the_call() -> None:
    x, k = param("x", 1), param("k")

    @graph(x, k)
    def g(x: Value, k: Value) -> Any:
        control.check(ew.greater(k, 0), message="k must be positive")
        return mul(x, k)

    f = recorded(g)
    assert run_on_copies(f, [np.ones(3), -1.0]).status == CHECK_FAILED
    assert run_on_copies(f, [np.ones(3), 1.0]).status == OK


def test_arguments_must_be_on_the_device_and_of_the_type() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return mul(x, x)

    f = recorded(g)
    with pytest.raises(TypeError, match="must be on the device"):
        f([np.ones(3)])
    with pytest.raises(TypeError, match="float32"):
        f([f.device.from_host(np.ones(3, np.float32))])


def test_matrix_products_are_the_librarys() -> None:
    a, b = param("a", 2), param("b", 2)
    b = param("b", dims=(a.dims[1], *b.dims[1:]))

    @graph(a, b)
    def g(a: Value, b: Value) -> Any:
        return red.dot(a, b)

    f = recorded(g)
    x, y = np.random.default_rng(0).random((2, 5, 5))
    np.testing.assert_allclose(run_on_copies(f, [x, y]).results[0], x @ y)
    assert not f.device.launches
