"""Routines of libraries in machine code: LAPACK called directly, and calls back into Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograph as ag
from autograph.backends.numba import symbols

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 4)) + 4 * np.eye(4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["C", "F", "strided"])
def test_solutions_in_all_layouts(dtype, layout):
    def f(a, b):
        return np.linalg.solve(a, b), np.linalg.inv(a.T), np.linalg.cholesky(a @ a.T)

    a, b = A.astype(dtype, order="F" if layout == "F" else "C"), np.ones((4, 2), dtype)
    if layout == "strided":
        a = np.repeat(np.repeat(a, 2, 0), 2, 1)[::2, ::2]
    compiled = ag.compile(f)
    for found, expected in zip(compiled(a, b), f(a, b), strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=1e-4 if dtype is np.float32 else 1e-12)
    assert "lapack_lu(" in compiled.show("numba", a, b)
    assert "call_routine" not in compiled.show("numba", a, b)


def test_systems_without_equations():
    def f(a, b):
        return np.linalg.solve(a, b), np.linalg.det(a)

    compiled = ag.compile(f)
    for n in (0, 3):
        x, d = compiled(np.eye(n), np.ones((n, 2)))
        np.testing.assert_array_equal(x, np.ones((n, 2)))
        assert d == 1.0


def test_many_right_hand_sides_are_solved_together():
    def f(a, b):
        return np.linalg.solve(a, b)

    a, b = RNG.normal(size=(120, 120)) + 120 * np.eye(120), RNG.normal(size=(120, 400))
    np.testing.assert_allclose(ag.compile(f)(a, b), f(a, b), rtol=1e-9, atol=1e-12)


def test_a_routine_that_fails_leaves_the_arguments_alone():
    def f(a, x):
        x[0] = 7.0
        return np.linalg.eigvalsh(a)

    a, x = np.full((3, 3), np.nan), np.zeros(2)
    with pytest.raises(np.linalg.LinAlgError, match="Eigenvalues did not converge"):
        f(a, x)
    x[0] = 0.0
    compiled = ag.compile(f)
    with pytest.raises(np.linalg.LinAlgError, match="Eigenvalues did not converge"):
        compiled(a, x)
    assert x[0] == 7.0
    assert compiled.stats()["replays"] == 1


def test_symbols_of_lapack_are_found_by_name():
    assert symbols.has_symbol("autograph_lapack_dgetrf")
    assert symbols.has_symbol("autograph_routine")


PROGRAM = """
import numpy as np, autograph as ag
@ag.compile
def f(a, n):
    total = 0.0
    for k in range(n):
        total += np.sort(a[k])[1] + np.linalg.solve(a + np.eye(3) * 9, a[k])[0]
    return total
print(repr(float(f(np.arange(9.0).reshape(3, 3), 3))), f.stats()["cache_hits"])
"""


def test_code_from_the_disk_finds_its_routines(tmp_path):
    environment = {
        **os.environ,
        "AUTOGRAPH_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(ag.__file__).parents[1]),
    }
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    found = [
        subprocess.run(
            [sys.executable, str(program)], env=environment, capture_output=True, text=True
        )
        for _ in range(2)
    ]
    assert [x.returncode for x in found] == [0, 0], found[-1].stderr
    first, second = (x.stdout.split() for x in found)
    assert first[0] == second[0]
    assert (first[1], second[1]) == ("0", "1")
