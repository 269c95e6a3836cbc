"""Calls with CuPy arrays, on a stand-in for CuPy whose kernels run on the CPU."""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph import device_arrays
from autograph.backends.cuda.device import cupy_device
from autograph.errors import UnsupportedError
from autograph.signature import signature_key
from examples.heat import heat
from tests.cuda_emulator.devices import has_compiler
from tests.cuda_emulator.drop_in import check_gradient, check_program
from tests.cuda_emulator.fake_cupy import ADAPTER, KERNELS, Device, fake_cupy
from tests.cuda_emulator.programs import EXAMPLES
from tests.programs.corpus import Program

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="no g++")
rng = np.random.default_rng(5)
Pair = namedtuple("Pair", "first second")
TABLE = np.arange(3.0)


@pytest.fixture(name="cupy")
def stand_in() -> Iterator[Any]:
    with fake_cupy() as cupy:
        yield cupy


def misfit(u: Any, k: Any) -> Any:
    return np.sum(heat(u.copy(), 3, k) ** 2)


def running_sum(x: Any, y: Any) -> Any:
    for i in range(len(x)):
        x[i] += y[i]
    return x[0]


def scaled(x: Any, k: Any) -> Any:
    return x * k


def add_in_place(x: Any, y: Any) -> Any:
    x += y
    return x


# ---------------------------------------------------------------- calls


@needs_compiler
def test_arrays_are_computed_on_where_they_are(cupy: Any) -> None:
    f = ag.compile(heat)
    for shape in ((9, 8), (20, 30)):
        host = rng.random(shape)
        u = cupy.array(host)
        address = u.data.ptr
        assert f(u, 5, 0.1) is u
        assert u.data.ptr == address
        np.testing.assert_array_equal(u.get(), heat(host.copy(), 5, 0.1))
    assert KERNELS
    assert f.stats()["specialisations"] == 1


@needs_compiler
def test_strided_arrays_keep_what_lies_between(cupy: Any) -> None:
    host = rng.random((20, 30))
    whole = cupy.array(host)
    ag.compile(heat)(whole[::2, ::-3], 5, 0.1)
    heat(host[::2, ::-3], 5, 0.1)
    np.testing.assert_array_equal(whole.get(), host)


@needs_compiler
def test_each_dtype_is_compiled_once(cupy: Any) -> None:
    f = ag.compile(scaled)
    for dtype in (np.float64, np.float32, np.int64, np.float64):
        x = np.arange(5, dtype=dtype)
        result = f(cupy.array(x), 3)
        assert type(result) is cupy.ndarray
        assert result.dtype == dtype
        np.testing.assert_array_equal(result.get(), x * 3)
    assert f.stats()["specialisations"] == 3


@needs_compiler
def test_numpy_arrays_still_go_to_the_cpu(cupy: Any) -> None:
    f = ag.compile(scaled)
    x = np.ones(4)
    for _ in range(2):
        assert type(f(x, 2.0)) is np.ndarray
        assert type(f(cupy.array(x), 2.0)) is cupy.ndarray
    assert f.stats()["specialisations"] == 2
    assert len(KERNELS) == 2


@needs_compiler
def test_gradients(cupy: Any) -> None:
    host = rng.random((6, 7))
    value, (by_u, by_k) = ag.value_and_grad(misfit, (0, 1))(cupy.array(host), 0.1)
    expected, (by_u_host, by_k_host) = ag.value_and_grad(misfit, (0, 1))(host, 0.1)
    assert type(by_u) is cupy.ndarray
    assert type(by_k) is float
    np.testing.assert_allclose(value, expected, 1e-13)
    np.testing.assert_allclose(by_u.get(), by_u_host, 1e-12)
    np.testing.assert_allclose(by_k, by_k_host, 1e-12)


@needs_compiler
def test_numbers_come_to_the_host(cupy: Any) -> None:
    def parts(x: Any) -> Any:
        return np.sum(x), 2.0, len(x)

    total, two, length = ag.compile(parts)(cupy.array(np.ones(4)))
    assert (type(total), total) == (np.float64, 4.0)
    assert (type(two), type(length)) == (float, int)


@needs_compiler
def test_views_and_arrays_without_axes(cupy: Any) -> None:
    def parts(x: Any) -> Any:
        return {"row": x[None, 1:], "one": np.asarray(x[0]), "wide": np.broadcast_to(x, (2, 3))}

    x = cupy.array(np.arange(3.0))
    found = ag.compile(parts)(x)
    assert {type(part) for part in found.values()} == {cupy.ndarray}
    assert found["row"].data.ptr == x.data.ptr + 8
    assert found["one"].shape == ()
    assert found["wide"].get().tolist() == [[0, 1, 2], [0, 1, 2]]


@needs_compiler
def test_an_array_without_axes_is_a_number(cupy: Any) -> None:
    result = ag.compile(scaled)(cupy.array(np.ones(3)), cupy.array(np.float64(3)))
    assert result.get().tolist() == [3, 3, 3]


@needs_compiler
def test_arrays_in_containers(cupy: Any) -> None:
    def total(pair: Any, table: Any) -> Any:
        return pair[0] + pair[1] * table["k"]

    f = ag.compile(total)
    x = np.arange(4.0)
    result = f((cupy.array(x), 2.0), {"k": cupy.array(x)})
    np.testing.assert_array_equal(result.get(), x + 2 * x)


@needs_compiler
def test_the_device_of_the_arrays_is_made_current(cupy: Any) -> None:
    with Device(1):
        x = cupy.array(np.ones(3))
    assert ag.compile(scaled)(x, 2.0).device.id == 1
    assert Device.current == 0


@needs_compiler
@pytest.mark.parametrize("program", EXAMPLES, ids=lambda p: p.name)
def test_example_is_plain(cupy: Any, program: Program) -> None:
    check_program(cupy, program, program.cases[-1])
    if program.gradient:
        check_gradient(cupy, program, program.cases[-1])


# ---------------------------------------------------------------- failures


@needs_compiler
def test_a_failed_check_is_replayed_on_the_arrays(cupy: Any) -> None:
    f = ag.compile(running_sum)
    x, y = cupy.array(np.ones(5)), cupy.array(np.ones(5))
    assert f(x, y) == 2
    short = cupy.array(np.ones(3))
    with pytest.raises(IndexError) as raised:
        f(x, short)
    assert "running_sum" in [entry.name for entry in raised.traceback]
    assert x.get().tolist() == [3, 3, 3, 2, 2], "what plain Python leaves"
    assert f.stats()["replays"] == 1


def test_arrays_on_host_and_device_do_not_mix(cupy: Any) -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x + y + z

    x = np.ones(3)
    message = r"'x' and 'z' are on a CUDA device and 'y' is in NumPy's memory"
    for _ in range(2):
        with pytest.raises(UnsupportedError, match=message):
            ag.compile(f)(cupy.array(x), x, cupy.array(x))


def test_devices_do_not_mix(cupy: Any) -> None:
    with Device(1):
        y = cupy.array(np.ones(3))
    with pytest.raises(UnsupportedError, match="'x' is on CUDA device 0 and 'k' is on another"):
        ag.compile(scaled)(cupy.array(np.ones(3)), y)


def test_captured_numpy_arrays_are_refused(cupy: Any) -> None:
    def f(x: Any) -> Any:
        return x * TABLE

    with pytest.raises(UnsupportedError, match="'TABLE' is a NumPy array from outside"):
        ag.compile(f)(cupy.array(np.ones(3)))


def test_overlap_is_noticed(cupy: Any) -> None:
    f = ag.compile(add_in_place)
    x = cupy.array(np.ones(8))
    with pytest.raises(UnsupportedError, match="share memory that is written"):
        f(x[1:], x[:-1])
    with pytest.raises(UnsupportedError, match="share memory that is written"):
        f(x[::2], x[1::2])


@needs_compiler
def test_one_array_twice_is_one(cupy: Any) -> None:
    f = ag.compile(add_in_place)
    x, host = cupy.array(np.arange(4.0)), np.arange(4.0)
    assert f(x, x) is x
    np.testing.assert_array_equal(x.get(), add_in_place(host, host))
    y = cupy.array(np.ones(4))
    f(x, y)
    np.testing.assert_array_equal(x.get(), host + 1)


@needs_compiler
def test_a_captured_number_of_another_type_is_compiled_for(cupy: Any) -> None:
    k: Any = 2

    def f(x: Any) -> Any:
        return x * k

    compiled, x = ag.compile(f), cupy.array(np.arange(3))
    assert compiled(x).get().tolist() == [0, 2, 4]
    k = 0.5
    assert compiled(x).get().tolist() == [0, 0.5, 1]


def test_every_stage_can_be_shown(cupy: Any) -> None:
    f = ag.compile(heat)
    u = cupy.array(np.ones((5, 5)))
    assert f.show("graph", u, 3, 0.1) == f.show("graph", np.ones((5, 5)), 3, 0.1)
    assert "__global__" in f.show("cuda", u, 3, 0.1)
    assert "heat" in f.explain(u, 3, 0.1)
    assert not KERNELS


# ---------------------------------------------------------------- parts


def test_keys_tell_what_is_compiled_for(cupy: Any) -> None:
    def key(*arrays: Any) -> Any:
        return signature_key(arrays)

    x = cupy.array(np.ones((4, 6)))
    assert key(x) == key(cupy.array(np.ones((2, 3))))
    others = (x.T, x[::2], x[0], cupy.array(np.ones((4, 6), np.float32)), x.get())
    assert len({key(x), *map(key, others)}) == 6
    assert len({key(x, x), key(x, x[:]), key(x, x.copy())}) == 3


def test_keys_tell_what_is_one_inside_containers() -> None:
    def combined(pair: Any) -> Any:
        return pair[0] + 10 * pair[1]

    f = ag.compile(combined)
    one, zero = np.ones(2), np.zeros(2)
    assert f((one, one)).tolist() == [11, 11]
    assert f((one, zero)).tolist() == [1, 1]


def test_keys_of_named_tuples_are_their_items() -> None:
    def key(x: Any) -> Any:
        return signature_key([Pair(x, 2)])

    assert key(np.ones(2)) == key(np.ones(3)) != key(np.ones((2, 2)))


def test_stand_ins_are_like_the_arrays(cupy: Any) -> None:
    x = cupy.array(np.ones((6, 8), np.float32))
    given = (x, [x, 3], x[::-2, 1:], x.T, cupy.array(np.ones((0, 3), bool)), 2.5)
    made = device_arrays.stand_ins(given)
    assert made[0] is made[1][0]
    assert (made[1][1], made[5]) == (3, 2.5)
    for array, like in zip(made[2:5], given[2:5], strict=True):
        assert (array.shape, array.strides, array.dtype) == (like.shape, like.strides, like.dtype)
        assert array.flags.writeable
    distance = made[2].ctypes.data - made[0].ctypes.data
    assert distance == given[2].data.ptr - given[0].data.ptr
    assert np.shares_memory(made[0], made[3])
    assert not np.may_share_memory(made[0], made[4])


def test_stand_ins_take_no_memory(cupy: Any) -> None:
    large = cupy.array(np.ones(1))
    large.elements = np.lib.stride_tricks.as_strided(large.elements, (1 << 38,), (8,))
    (made,) = device_arrays.stand_ins((large,))
    assert made.nbytes == 1 << 41


def test_cupy_is_not_imported_for_numpy_arrays() -> None:
    assert "cupy" not in sys.modules or sys.modules["cupy"].__file__
    before = set(sys.modules)
    assert ag.compile(scaled)(np.ones(3), 2.0).tolist() == [2, 2, 2]
    assert not {name for name in set(sys.modules) - before if name.startswith("cupy")}


def test_missing_cupy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.delitem(sys.modules, ADAPTER, raising=False)
    with pytest.raises(ImportError, match=r"CuPy, which is not installed: .*autograph\[cuda12\]"):
        cupy_device()
