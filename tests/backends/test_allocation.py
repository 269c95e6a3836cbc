"""Arrays that compiled code allocates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from autograph.backends.numba.compilation.allocation import ALIGNMENT, empty, zeros
from tests.backends.graphs import add, graph
from tests.backends.harness import Program, param


@njit
def _make(n: int, m: int) -> Any:
    return (
        zeros(n, np.float64),
        zeros((n, m), np.float32),
        zeros((n, 2, m), np.bool_),
        zeros((m, n), np.complex128),
        empty((n, m), np.int64),
    )


@pytest.mark.parametrize(("n", "m"), [(3, 5), (0, 4), (4, 0), (1, 1), (700, 31)])
def test_arrays_are_those_of_numpy(n: int, m: int) -> None:
    made = _make(n, m)
    wanted = (
        np.zeros(n),
        np.zeros((n, m), np.float32),
        np.zeros((n, 2, m), bool),
        np.zeros((m, n), complex),
    )
    for got, want in zip(made, wanted, strict=False):
        assert got.dtype == want.dtype
        assert got.flags.c_contiguous
        np.testing.assert_array_equal(got, want)
    assert made[4].shape == (n, m)
    assert made[4].dtype == np.int64
    if n * m:
        assert all(array.strides == want.strides for array, want in zip(made, wanted, strict=False))


def test_arrays_begin_at_cache_lines() -> None:
    for n in range(1, 40):
        assert all(array.ctypes.data % ALIGNMENT == 0 for array in _make(n, 3))


def test_sizes_beyond_the_address_space_raise() -> None:
    make = njit(lambda n, m: empty((n, m), np.float64).shape)
    assert make(3, 4) == (3, 4)
    with pytest.raises(ValueError, match="too big"):
        make(1 << 40, 1 << 40)
    with pytest.raises(MemoryError):
        make(1 << 20, 1 << 36)


def test_only_shapes_of_integers_are_taken() -> None:
    with pytest.raises(TypingError):
        njit(lambda x: empty(x, np.float64))(1.5)


@pytest.mark.parametrize("name", ["empty", "zeros", "range", "np", "detached"])
def test_a_function_may_be_named_like_what_its_source_uses(name: str) -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Any) -> Any:
        return add(x, x)

    g.name = name
    Program(g).check(np.arange(5.0), compile_=name == "empty")
