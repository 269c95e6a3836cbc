"""How generated source becomes LLVM code: loops, tests, elements, types of names, releases."""

from __future__ import annotations

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
from autograph.errors import InternalError
from autograph.ir.graph import Value
from autograph.ir.types import scalar

RANGES = ["n", "2, n", "n, 2", "0", "n - 1, -1, -1", "1, n, 3", "n, -n, -4"]

LOOPS = """\
def loops(n):
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
def test_loops_run_as_ranges_do(bounds: str) -> None:
    source = LOOPS.format(bounds=bounds)
    loops = compile_source(source, "loops", (type_of(1),)).entry
    scope: dict[str, Any] = {}
    exec(source, scope)
    for n in (0, 1, 3, 9, 30):
        assert loops(n) == scope["loops"](n)


REFUSED = [
    "    for i in range(0, n, n):\n        pass\n",
    "    for i in x:\n        pass\n",
    "    for i in range(n):\n        pass\n    else:\n        n = 2\n",
    "    n = x[-1]\n",
    "    x[1:] = 2.0\n",
    "    n = [n]\n",
    "    n = 'text' + n\n",
    "    n = unknown\n",
    "    n = x\n",
    "    a, b = x\n",
    "    n = max(n, key=n)\n",
    "    del n\n",
]


@pytest.mark.parametrize("line", REFUSED)
def test_what_generated_source_has_not_is_refused(line: str) -> None:
    source = f"def f(x, n):\n{line}    return n\n"
    with pytest.raises(InternalError):
        compile_source(source, "f", tuple(map(type_of, (np.ones(3), 1))))


WHILE = """\
def collatz(n, most):
    steps = 0
    while n != 1 and steps < most:
        if n % 2 == 0:
            n = n // 2
            steps += 1
            continue
        n = 3 * n + 1
        steps += 1
    else:
        return steps, -1
    return 0, 0
"""


def test_loops_with_tests() -> None:
    collatz = compile_source(WHILE, "collatz", (type_of(1), type_of(1))).entry
    scope: dict[str, Any] = {}
    exec(WHILE, scope)
    for n in (1, 7, 27):
        assert collatz(n, 50) == scope["collatz"](n, 50)


TESTS = """\
def tests(x, n):
    k = 0
    found = -1
    while True:
        if not (0 <= k < n and (x[k] < 0.5 or x[k] != x[k])):
            break
        k += 1
        found = k if x[k - 1] > 0.25 else -k
    return k, found, 0 < n <= k and not n == 3
"""


def test_tests_are_made_as_far_as_needed() -> None:
    tests = compile_source(TESTS, "tests", tuple(map(type_of, (np.ones(3), 1)))).entry
    scope: dict[str, Any] = {}
    exec(TESTS, scope)
    for x in ([], [1.0], [0.1, 0.3, 0.7], [0.1, np.nan, 0.3]):
        assert tests(np.array(x), len(x)) == scope["tests"](np.array(x), len(x))


def test_types_of_variables_are_found_in_order() -> None:
    source = (
        "def mixed(x, n):\n    y = empty(3, np.float64)\n    for i in range(n):\n"
        "        k = y[0] * n\n        y = x\n    total = n\n    total = total + 0.5\n"
        "    return y, total, k\n"
    )
    source = source.replace("    total = n\n", "    total = 0.0\n")
    x = np.arange(6.0)[::2]
    y, total, k = compile_source(source, "mixed", (type_of(x), type_of(1))).entry(x, 3)
    assert y is x
    assert (total, k) == (0.5, 0.0)


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

source = "def f(x):\\n    return x + np.random.random()\\n"
made = compile_function(source, "f", "<f>", "f", [NumberType("int64")], frozenset(), {})
print("random", made.entry)
"""


def test_parts_of_numba_that_are_not_loaded_at_first_are_found() -> None:
    ran = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("random"), ran.stderr


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


def test_equal_returns_are_written_once() -> None:
    tests = "".join(f"    if n == {k}:\n        return 1, x\n" for k in range(5))
    source = f"def f(x, n):\n{tests}    n = 7\n    return n, x\n"
    asked = list(map(type_of, (np.ones(6), 3)))
    made = compile_function(source, "f", "<f>", "f_of_returns", asked, frozenset(), {})
    assert made.llvm_ir.split("f_of_returns", 2)[2].count("@NRT_incref") <= 3
    f = compile_source(source, "f", asked).entry
    x = np.ones(6)
    assert [f(x, n)[0] for n in range(7)] == [1] * 5 + [7] * 2
