"""Compiled functions called with CuPy arrays on a real device."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.errors import UnsupportedError
from examples.heat import heat
from tests.cuda_emulator.drop_in import check_gradient, check_program
from tests.cuda_emulator.programs import EXAMPLES
from tests.programs.corpus import Case, Program

pytestmark = pytest.mark.gpu

CASES = [
    pytest.param(program, case, id=f"{program.name}-{case.name}")
    for program in EXAMPLES
    for case in program.cases
]
rng = np.random.default_rng(7)


@pytest.fixture(name="cupy")
def imported_cupy() -> Any:
    return importlib.import_module("cupy")


@pytest.mark.parametrize(("program", "case"), CASES)
def test_program_is_plain(cupy: Any, program: Program, case: Case) -> None:
    check_program(cupy, program, case)


@pytest.mark.parametrize("program", [p for p in EXAMPLES if p.gradient], ids=lambda p: p.name)
def test_gradient_is_central_difference(cupy: Any, program: Program) -> None:
    check_gradient(cupy, program, program.cases[-1])


def test_strided_arrays_keep_what_lies_between(cupy: Any) -> None:
    host = rng.random((200, 300))
    whole = cupy.array(host)
    view = whole[::2, ::-3]
    assert ag.compile(heat)(view, 5, 0.1) is view
    heat(host[::2, ::-3], 5, 0.1)
    np.testing.assert_allclose(whole.get(), host, 1e-13)


def test_launches_go_to_the_current_stream(cupy: Any) -> None:
    u = cupy.array(rng.random((64, 64)))
    expected = heat(u.get(), 5, 0.1)
    stream = cupy.cuda.Stream(non_blocking=True)
    cupy.cuda.get_current_stream().synchronize()
    with stream:
        ag.compile(heat)(u, 5, 0.1)
    stream.synchronize()
    np.testing.assert_allclose(u.get(), expected, 1e-13)


def test_failed_checks_leave_what_cupy_leaves(cupy: Any) -> None:
    def running_sum(x: Any, y: Any) -> Any:
        for i in range(len(x)):
            x[i] += y[i]
        return x[0]

    x = cupy.ones(5)
    with pytest.raises(IndexError):
        ag.compile(running_sum)(x, cupy.ones(3))
    assert x.get().tolist() == [2, 2, 2, 1, 1]


def test_views_and_numbers(cupy: Any) -> None:
    def parts(x: Any) -> Any:
        return x[None, 1:], np.asarray(x[0]), np.broadcast_to(x, (2, 3)), np.sum(x), len(x)

    x = cupy.arange(3.0)
    row, one, wide, total, length = ag.compile(parts)(x)
    assert row.data.ptr == x.data.ptr + 8
    assert isinstance(one, cupy.ndarray)
    assert one.shape == ()
    assert wide.get().tolist() == [[0, 1, 2], [0, 1, 2]]
    assert (type(total), total, length) == (np.float64, 3.0, 3)


def test_arrays_on_host_and_device_do_not_mix(cupy: Any) -> None:
    def total(x: Any, y: Any) -> Any:
        return np.sum(x + y)

    with pytest.raises(UnsupportedError, match="'x' is on a CUDA device and 'y' is in NumPy's"):
        ag.compile(total)(cupy.ones(3), np.ones(3))
