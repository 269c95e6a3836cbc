"""What the compiler does differently from numba: loops, elements, names of one type."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograph.backends.naming import Names
from autograph.backends.numba.argument_types import type_of
from autograph.backends.numba.code_cache import compile_source
from autograph.backends.numba.compilation.compiler import compile_function
from autograph.backends.numba.compilation.counting import with_counters
from autograph.ir.graph import Value
from autograph.ir.types import scalar

RANGES = ["n", "2, n", "n, 2", "0", "n - 1, -1, -1", "1, n, 3", "n, -n, -4", "0, n, step"]

LOOPS = """\
def loops(n, step):
    total = 0
    i = -5
    for i in range({bounds}):
        if i == 4:
            continue
        if i == 17:
            break
        total = 3 * total + i
        for k in range(i):
            total = total - k
    return i, total
"""


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process find nothing in the disk cache."""
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path))


@pytest.mark.parametrize("bounds", RANGES)
def test_loops_with_counters_run_as_ranges_do(bounds: str) -> None:
    source = LOOPS.format(bounds=bounds)
    tree = with_counters(ast.parse(source))
    assert any(isinstance(node, ast.While) for node in ast.walk(tree))
    scopes: list[dict[str, Any]] = [{}, {}]
    exec(compile(source, "<plain>", "exec"), scopes[0])
    exec(compile(tree, "<counters>", "exec"), scopes[1])
    for n in (0, 1, 3, 30):
        for step in (2, -1):
            assert scopes[0]["loops"](n, step) == scopes[1]["loops"](n, step)


def test_counters_get_names_of_their_own() -> None:
    tree = with_counters(ast.parse("for counter_0 in range(3):\n    stop_1 = counter_0\n"))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert len({"counter_0", "stop_1", *names}) == len(set(names)) == 4


def test_loops_over_something_else_are_left_alone() -> None:
    source = "for x in items:\n    for k, j in range(3):\n        pass\nelse:\n    pass"
    assert ast.unparse(with_counters(ast.parse(source))) == source


def test_compiled_loops() -> None:
    source = LOOPS.format(bounds="n - 1, -1, -1")
    loops = compile_source(source, "loops", (type_of(1), type_of(1))).entry
    scope: dict[str, Any] = {}
    exec(source, scope)
    for n in (0, 1, 9, 30):
        assert loops(n, 1) == scope["loops"](n, 1)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("layout", ["C", "F", "A"])
def test_elements_of_all_layouts(layout: str, dtype: str) -> None:
    source = (
        "def move(x, y, n):\n"
        "    for i in range(x.shape[0]):\n"
        "        for j in range(x.shape[1]):\n"
        "            y[i, j, n] = x[i, j, n + 1]\n"
    )
    source += "    return y[0, 0, 0]\n"
    x = np.arange(24).reshape(2, 3, 4).astype(dtype)
    y = np.zeros_like(x)
    if layout == "F":
        x, y = np.asfortranarray(x), np.asfortranarray(y)
    if layout == "A":
        x, y = np.repeat(x, 2, 2)[..., ::2], np.repeat(y, 2, 2)[..., ::2]
    move = compile_source(source, "move", tuple(map(type_of, (x, y, 2)))).entry
    move(x, y, 2)
    np.testing.assert_array_equal(y[..., 2], x[..., 3])
    assert not y[..., [0, 1, 3]].any()


def test_elements_are_not_looked_for_from_the_end() -> None:
    source = "def element(x, i):\n    return x[i]\n"
    types = tuple(map(type_of, (np.ones(3), 1)))
    made = compile_function(source, "element", "<test>", "element_1", types, frozenset(), {})
    found = re.search(r"\ndefine [^\n]*@_ZN[^\n]*\{(.*?)\n\}", made.llvm_ir, re.DOTALL)
    assert found is not None
    inner = found[1]
    assert "getelementptr" in inner
    assert "select" not in inner
    assert "icmp" not in inner


def test_other_subscripts_are_numbas() -> None:
    source = "def parts(x, i):\n    x[1:] = 2.0\n    return x[-1], x[i:].sum()\n"
    parts = compile_source(source, "parts", tuple(map(type_of, (np.ones(3), 1)))).entry
    assert parts(np.ones(4), 2) == (2.0, 4.0)


def test_a_name_has_one_type() -> None:
    names = Names()
    index, other, number = (
        Value(scalar(dtype), None, "i") for dtype in (np.int64, np.int64, np.float64)
    )
    assert names.of(index) == "i"
    names.release([index])
    assert names.of(number) == "i1"
    assert names.of(other) == "i"
    assert names.of(index) == "i2"
    assert names.fresh("i") == "i3"


PARTS = """
from autograph.backends.numba.argument_types import NumberType
from autograph.backends.numba.compilation.compiler import compile_function

source = "def f(x):\\n    return len(set((x, x + 1)))\\n"
made = compile_function(source, "f", "<f>", "f_of_sets", [NumberType("int64")], frozenset(), {})
print("size of sets", made.entry)
"""


def test_parts_of_numba_that_are_not_loaded_at_first_are_found() -> None:
    ran = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("size of sets"), ran.stderr


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int8"])
def test_larger_and_smaller_of_integers(dtype: str) -> None:
    source = "def extremes(a, b):\n    return max(a, b), min(a, b)\n"
    kind = np.dtype(dtype).type
    big = kind(np.iinfo(dtype).max)
    extremes = compile_source(source, "extremes", [type_of(big), type_of(big)]).entry
    for a, b in ((kind(3), big), (big, kind(0)), (kind(7), kind(7))):
        assert extremes(a, b) == (max(a, b), min(a, b))


def test_all_returns_release_arrays_at_one_place() -> None:
    tests = "".join(f"    if x[{k}] > 0.0:\n        return {k}, a[0]\n" for k in range(6))
    source = (
        "def first(x, n):\n    a = zeros(n, np.float64)\n    b = zeros(n, np.float64)\n"
        f"    b[0] = x[0]\n{tests}    return -1, b[0]\n"
    )
    asked = list(map(type_of, (np.ones(6), 3)))
    made = compile_function(source, "first", "<f>", "first_of_all", asked, frozenset(), {})
    body = made.llvm_ir.split("first_of_all", 2)[2]
    assert body.count("@NRT_decref") + body.count("@free(") <= 8
    first = compile_source(source, "first", asked).entry
    for k in range(6):
        assert first(np.eye(6)[k], 3) == (k, 0.0)
    assert first(np.full(6, -2.0), 3) == (-1, -2.0)
