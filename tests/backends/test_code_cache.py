"""Compilation of generated source, and loading of its machine code by other processes."""

from __future__ import annotations

import json
import linecache
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from autograph.backends.numba import code_cache
from autograph.backends.numba.code_cache import CompileOptions, compile_source
from autograph.backends.numba.disk_cache import DiskCache
from autograph.backends.numba.dispatch import SignatureMismatch
from autograph.errors import InternalError

ROOT = Path(__file__).resolve().parents[2]
VECTOR = numba.float64[::1]

SOURCE = """\
def kernel(x, k):
    n = x.shape[0]
    y = np.empty(n, np.float64)
    request_huge_pages(y)
    total = 0.0
    for i in range(n):
        y[i] = exp_f64(x[i]) * k
        total += maximum_f64(x[i], 0.5)
    if k < 0.0:
        raise ValueError("k is negative")
    return 0, y, total
"""

ADD = """\
def add(x, y):
    for i in range(x.shape[0]):
        x[i] += y
    return 0
"""

# Prints whether the machine code was found, what it returns, and whether it raises.
PROCESS = f"""\
import json, sys
import numba
import numpy as np
from autograph.backends.numba.code_cache import compile_source

if sys.argv[1] == "load":
    numba.njit = None  # so that nothing can be compiled
compiled = compile_source({SOURCE!r}, "kernel", (numba.float64[::1], numba.float64))
status, y, total = compiled.dispatcher(np.linspace(0, 1, 19), 2.0)
try:
    compiled.dispatcher(np.ones(3), -1.0)
except ValueError as error:
    message = str(error)
print(json.dumps([compiled.from_cache, status, y.tolist(), total, message]))
"""


def start(mode: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "AUTOGRAPH_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, mode], env=environment, stdout=subprocess.PIPE, text=True
    )


def found(process: subprocess.Popen[str]) -> bool:
    """Wait for a process, check its results and return whether it found the machine code."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    from_cache, status, y, total, message = json.loads(output)
    x = np.linspace(0, 1, 19)
    np.testing.assert_allclose(y, 2 * np.exp(x), rtol=1e-15)
    assert total == pytest.approx(np.maximum(x, 0.5).sum())
    assert (status, message) == (0, "k is negative")
    return bool(from_cache)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.code"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which a process has stored the kernel's machine code."""
    folder = tmp_path_factory.mktemp("cache")
    assert not found(start("compile", folder))
    assert len(entries(folder)) == 1
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that this process uses."""
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_another_process_compiles_nothing(filled: Path) -> None:
    assert found(start("load", filled))


def test_damaged_entries_are_compiled_again(filled: Path, tmp_path: Path) -> None:
    [entry] = entries(filled)
    data = entry.read_bytes()
    damaged = tmp_path / entry.name
    damaged.write_bytes(data[: len(data) // 2])
    assert not found(start("compile", tmp_path))
    assert found(start("load", tmp_path))


def test_concurrent_processes_do_not_disturb_each_other(tmp_path: Path) -> None:
    processes = [start("compile", tmp_path) for _ in range(2)]
    for process in processes:
        found(process)
    assert len(list(tmp_path.iterdir())) == 1
    assert found(start("load", tmp_path))


def test_machine_code_that_calls_what_is_missing_is_not_loaded(
    filled: Path, tmp_path: Path
) -> None:
    [entry] = entries(filled)
    content = DiskCache(filled).load(entry.stem)
    assert content is not None
    code = code_cache._MachineCode.unpack(content)
    assert code.pack() == content
    assert code_cache._read(DiskCache(filled), entry.stem) == code
    code.externals.append("no_such_function_in_any_library")
    other = DiskCache(tmp_path)
    other.store(entry.stem, code.pack())
    assert code_cache._read(other, entry.stem) is None


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(blocker))
    source = ADD.replace("+=", "-=")
    x = np.ones(3)
    assert compile_source(source, "add", (VECTOR, numba.float64)).dispatcher(x, 1.0) == 0
    assert x.tolist() == [0, 0, 0]


def test_one_process_compiles_the_same_once(empty: Path) -> None:
    first = compile_source(ADD, "add", (VECTOR, numba.float64))
    second = compile_source(ADD, "add", (VECTOR, numba.float64))
    assert second == (first.dispatcher, True)


def test_arguments_are_not_converted(empty: Path) -> None:
    add = compile_source(ADD, "add", (VECTOR, numba.int64)).dispatcher
    x = np.ones(4)
    assert add(x, 2) == 0
    assert add(y=1, x=x) == 0
    mismatches: list[tuple[Any, Any]] = [
        (x, 2.5),
        (x, True),
        (x.astype(np.float32), 2),
        (x[::2], 2),
        (x.reshape(2, 2), 2),
        ([1.0], 2),
        (None, 2),
    ]
    readonly = x.copy()
    readonly.flags.writeable = False
    for arguments in [*mismatches, (readonly, 2)]:
        with pytest.raises(SignatureMismatch, match="add has no machine code for arguments"):
            add(*arguments)
    with pytest.raises(TypeError, match="not enough arguments"):
        add(x)
    assert x.tolist() == [4.0] * 4


def test_one_dispatcher_takes_several_signatures(empty: Path) -> None:
    add = compile_source(ADD, "add", (VECTOR, numba.float64)).dispatcher
    matrix = numba.float64[:, ::1]
    other = compile_source(ADD.replace("x[i]", "x[i, 0]"), "add", (matrix, numba.float64))
    [result] = other.dispatcher.overloads.values()
    add.insert((matrix, numba.float64), result.entry_point)
    x, y = np.zeros(2), np.zeros((2, 2))
    add(x, 1.0)
    add(y, 2.0)
    assert x.tolist() == [1, 1]
    assert y.tolist() == [[2, 0], [2, 0]]


def test_fast_math_is_off_unless_asked_for(empty: Path) -> None:
    source = "def total(x):\n    s = 0.0\n    for v in x:\n        s += v\n    return s\n"
    x = np.array([1e100, 1.0, -1e100] * 8)
    strict = compile_source(source, "total", (VECTOR,)).dispatcher
    assert strict(x) == sum(x.tolist())
    options = CompileOptions(fastmath=frozenset({"reassoc", "nsz"}))
    relaxed = compile_source(source, "total", (VECTOR,), options).dispatcher
    [result] = relaxed.overloads.values()
    assert "fadd reassoc nsz" in result.library.get_llvm_str()
    assert not any("reassoc" in r.library.get_llvm_str() for r in strict.overloads.values())


def test_division_by_zero_is_that_of_numpy(empty: Path) -> None:
    source = "def divide(x, y):\n    return x / y\n"
    divide = compile_source(source, "divide", (numba.float64, numba.float64)).dispatcher
    assert divide(1.0, 0.0) == np.inf


def test_the_key_follows_everything_that_decides_the_machine_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, fast = CompileOptions(), CompileOptions(frozenset({"contract"}))
    floats, integers = (numba.float64,), (numba.int64,)
    keys = [
        code_cache.cache_key("a", "f", floats, plain, {}),
        code_cache.cache_key("b", "f", floats, plain, {}),
        code_cache.cache_key("a", "g", floats, plain, {}),
        code_cache.cache_key("a", "f", integers, plain, {}),
        code_cache.cache_key("a", "f", (numba.float64[:],), plain, {}),
        code_cache.cache_key("a", "f", (VECTOR,), plain, {}),
        code_cache.cache_key("a", "f", (VECTOR.copy(readonly=True),), plain, {}),
        code_cache.cache_key("a", "f", floats, fast, {}),
        code_cache.cache_key("a", "f", floats, plain, {"helper": None}),
    ]
    machine = code_cache._machine()
    assert numba.__version__ in machine
    for k in range(len(machine)):
        changed = (*machine[:k], "other", *machine[k + 1 :])
        with monkeypatch.context() as patch:
            patch.setattr(code_cache, "_machine", lambda changed=changed: changed)
            keys.append(code_cache.cache_key("a", "f", floats, plain, {}))
    assert len(set(keys)) == len(keys)
    assert keys[0] == code_cache.cache_key("a", "f", floats, plain, {})


def test_errors_show_the_generated_source(empty: Path) -> None:
    source = "def fail(x):\n    if x > 1:\n        raise IndexError('too large')\n    return x\n"
    fail = compile_source(source, "fail", (numba.int64,)).dispatcher
    with pytest.raises(IndexError, match="too large") as caught:
        fail(2)
    place = caught.traceback[-1]
    assert place.lineno == 2
    assert linecache.getline(str(place.path), 3).strip() == "raise IndexError('too large')"


def test_names_of_the_caller_are_known(empty: Path) -> None:
    double = numba.njit(lambda x: 2 * x)
    source = "def twice(x):\n    return double(x) + math.floor(x)\n"
    compiled = compile_source(source, "twice", (numba.float64,), namespace={"double": double})
    assert compiled.dispatcher(1.5) == 4.0


def test_source_without_the_function_is_an_internal_error(empty: Path) -> None:
    with pytest.raises(InternalError, match="no function missing"):
        compile_source("x = 1\n", "missing", ())
