"""Compilation of generated source, and loading of its machine code by other processes."""

from __future__ import annotations

import json
import linecache
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
import pytest

from autograph.backends.numba import code_cache, surroundings
from autograph.backends.numba.argument_types import ArrayType, NumberType, type_of
from autograph.backends.numba.code_cache import SignatureMismatch, compile_source
from autograph.backends.numba.compilation.compiler import compile_function
from autograph.backends.numba.image import Image, Reference, UnknownObjectError
from autograph.backends.numba.object_code import ObjectCode
from autograph.disk_cache import DiskCache
from autograph.errors import InternalError

ROOT = Path(__file__).resolve().parents[2]
VECTOR, FLOAT, INTEGER = ArrayType("float64", 1), NumberType("float64"), NumberType("int64")

SOURCE = """\
def kernel(x, k):
    n = x.shape[0]
    y = np.empty(n, np.float64)
    total = 0.0
    for i in range(n):
        y[i] = exp_f64(x[i]) * k
        total += maximum_f64(x[i], 0.5)
    if k < 0.0:
        raise ValueError("k is negative")
    return 0, y, total
"""


class Subclass(np.ndarray):
    """Arrays of another type."""


ADD = """\
def add(x, y):
    for i in range(x.shape[0]):
        x[i] += y
    return 0
"""

# Prints whether the machine code was found, what it returns, and whether it raises.
PROCESS = f"""\
import json, sys
import numpy as np
from autograph.backends.numba.argument_types import ArrayType, NumberType
from autograph.backends.numba.code_cache import compile_source

compiled = compile_source({SOURCE!r}, "kernel", (ArrayType("float64", 1), NumberType("float64")))
status, y, total = compiled.entry(np.linspace(0, 1, 19), 2.0)
try:
    compiled.entry(np.ones(3), -1.0)
except ValueError as error:
    message = str(error)
if sys.argv[1] == "load":
    assert "numba" not in sys.modules and "llvmlite" not in sys.modules
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
    code = code_cache._read(DiskCache(filled), entry.stem)
    assert isinstance(code, Image)
    assert Image.unpack(code.pack()) == code
    missing = code._replace(references=[*code.references, Reference(0, "no_such_function", 0)])
    other = DiskCache(tmp_path)
    other.store(entry.stem, b"image " + missing.pack())
    assert code_cache._read(other, entry.stem) is None


@pytest.mark.parametrize(
    "content", [b"", b"image ", b"image {}\n", b"image [1, 2]\n", b"object 7\n", b"something"]
)
def test_entries_of_another_form_are_not_loaded(content: bytes, tmp_path: Path) -> None:
    DiskCache(tmp_path).store("key", content)
    assert code_cache._read(DiskCache(tmp_path), "key") is None


def test_llvm_links_what_does_not_become_an_image(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: bytes, entry: str) -> Image:
        raise UnknownObjectError("of another system")

    monkeypatch.setattr(code_cache, "image_of", refuse)
    monkeypatch.setattr(code_cache, "_loaded", {})
    for from_cache in (False, True):
        compiled = compile_source(SOURCE, "kernel", (VECTOR, FLOAT))
        status, y, total = compiled.entry(np.ones(3), 2.0)
        assert (compiled.from_cache, status, y[0], total) == (from_cache, 0, 2 * np.exp(1), 3.0)
        with pytest.raises(ValueError, match="k is negative"):
            compiled.entry(np.ones(3), -1.0)
        [entry] = entries(empty)
        assert isinstance(code_cache._read(DiskCache(empty), entry.stem), ObjectCode)
        code_cache._loaded.clear()


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    monkeypatch.setenv("AUTOGRAPH_CACHE_DIR", str(blocker))
    source = ADD.replace("+=", "-=")
    x = np.ones(3)
    assert compile_source(source, "add", (VECTOR, FLOAT)).entry(x, 1.0) == 0
    assert x.tolist() == [0, 0, 0]


def test_one_process_compiles_the_same_once(empty: Path) -> None:
    first = compile_source(ADD, "add", (VECTOR, FLOAT))
    second = compile_source(ADD, "add", (VECTOR, FLOAT))
    assert second == first._replace(from_cache=True)


def test_arguments_are_not_converted(empty: Path) -> None:
    add = compile_source(ADD, "add", (VECTOR, INTEGER)).entry
    x = np.ones(4)
    assert add(x, 2) == 0
    assert add(x, np.int64(1)) == 0
    assert add(x.view(Subclass), 1) == 0
    readonly, unaligned = x.copy(), np.zeros(33, np.uint8)[1:].view(np.float64)
    readonly.flags.writeable = False
    mismatches: list[tuple[Any, ...]] = [
        (x, 2.5),
        (x, True),
        (x, np.int32(2)),
        (x.astype(np.float32), 2),
        (x.astype(np.int64), 2),
        (x.astype(">f8"), 2),
        (x[::2], 2),
        (x.reshape(2, 2), 2),
        (x[0], 2),
        ([1.0], 2),
        (None, 2),
        (readonly, 2),
        (unaligned, 2),
        (x,),
        (x, 2, 3),
        (),
    ]
    for arguments in mismatches:
        with pytest.raises(SignatureMismatch, match="add has no machine code for arguments"):
            add(*arguments)
    with pytest.raises(OverflowError):
        add(x, 2**70)
    with pytest.raises(TypeError, match="keyword"):
        add(x, y=2)
    assert x.tolist() == [5.0] * 4


def test_layouts_are_told_apart(empty: Path) -> None:
    source = "def first(x):\n    return x[0, 0] + x[1, 0]\n"
    arrays = {"C": np.arange(6.0).reshape(2, 3), "F": np.arange(6.0).reshape(3, 2).T}
    arrays["A"] = np.arange(24.0).reshape(4, 6)[::2, ::2]
    for layout, x in arrays.items():
        assert type_of(x) == ArrayType("float64", 2, layout)
        first = compile_source(source, "first", (type_of(x),)).entry
        assert first(x) == x[0, 0] + x[1, 0]
        for other in arrays.keys() - {layout}:
            with pytest.raises(SignatureMismatch):
                first(arrays[other])


NUMBERS = [True, 3, -2.5, 1 - 2j]
NUMBERS += [np.dtype(c).type(3) for c in "?bBhHiIlLqQfdFD"]
NUMBERS += [np.int64(-(2**63)), np.uint64(2**64 - 1), np.float32(0.1), np.complex64(0.1 - 0.3j)]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda x: f"{type(x).__name__}-{x}")
def test_numbers_of_all_types_go_in_and_out(number: Any, empty: Path) -> None:
    same = compile_source("def same(x):\n    return x\n", "same", (type_of(number),)).entry
    found = same(number)
    assert found == number
    assert type(found) is type(np.asarray(number).item())


@pytest.mark.parametrize("dtype", list("?bBhHiIlLqQfdFD"))
def test_arrays_of_all_types_go_in_and_out(dtype: str, empty: Path) -> None:
    source = (
        "def copy(x):\n    y = empty(x.shape, x.dtype)\n    y[0, 1] = x[0, 1]\n    return x, y\n"
    )
    x = np.ones((2, 3), dtype)
    same, y = compile_source(source, "copy", (type_of(x),)).entry(x)
    assert same is x
    assert (y.dtype, y.shape, y.strides, y[0, 1]) == (x.dtype, x.shape, x.strides, 1)
    assert y.flags.c_contiguous
    assert y.flags.aligned
    assert y.flags.writeable


def test_results_may_show_parts_of_arguments(empty: Path) -> None:
    source = "def parts(x):\n    return x.T, x.reshape(-1), x.reshape((1, 6)), x\n"
    x = np.arange(6.0).reshape(2, 3).copy()
    for found, wanted in zip(
        compile_source(source, "parts", (type_of(x),)).entry(x),
        (x.T, x.reshape(-1), x.reshape((1, 6)), x),
        strict=True,
    ):
        assert (found.shape, found.strides) == (wanted.shape, wanted.strides)
        assert found.ctypes.data == wanted.ctypes.data
        assert found is x if wanted.shape == x.shape else found.base is x


def test_memory_of_results_is_given_back(empty: Path) -> None:
    source = "def make(n):\n    y = empty(n, np.float64)\n    return y, y.reshape((n, 1)), y\n"
    make = compile_source(source, "make", (INTEGER,)).entry
    before = memory_in_use()
    for _ in range(200):
        whole, part, again = make(1 << 20)
        whole[:] = 1.0
        assert (part.sum(), again[0]) == (whole.size, 1.0)
    assert memory_in_use() - before < 100 << 20
    del whole, again
    assert part[-1, 0] == 1.0


def memory_in_use() -> int:
    """Return the bytes that this process has in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def test_arguments_and_numbers_are_not_leaked(empty: Path) -> None:
    source = "def both(x, c):\n    return x, c\n"
    x, c = np.ones(3), np.complex64(2)
    both = compile_source(source, "both", (type_of(x), type_of(c))).entry
    both(x, c)
    counts = sys.getrefcount(x), sys.getrefcount(c), sys.getrefcount(np.dtype(float))
    for _ in range(100):
        both(x, c)
        with pytest.raises(SignatureMismatch):
            both(c, x)
    assert counts == (sys.getrefcount(x), sys.getrefcount(c), sys.getrefcount(np.dtype(float)))


def test_fast_math_is_off_unless_asked_for(empty: Path) -> None:
    source = (
        "def total(x):\n    s = 0.0\n    for k in range(x.shape[0]):\n        s += x[k]\n"
        "    return s\n"
    )
    x = np.array([1e100, 1.0, -1e100] * 8)
    strict = compile_source(source, "total", (VECTOR,)).entry
    assert strict(x) == sum(x.tolist())
    texts = [
        compile_function(source, "total", "<test>", f"total_{k}", (VECTOR,), flags, {}).llvm_ir
        for k, flags in enumerate((frozenset(), frozenset({"reassoc", "nsz"})))
    ]
    assert ["fadd reassoc nsz" in text for text in texts] == [False, True]


def test_division_by_zero_is_that_of_numpy(empty: Path) -> None:
    source = "def divide(x, y):\n    return x / y\n"
    divide = compile_source(source, "divide", (FLOAT, FLOAT)).entry
    assert divide(1.0, 0.0) == np.inf


def test_the_key_follows_everything_that_decides_the_machine_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict, fast = frozenset[str](), frozenset({"contract"})

    def key(source: str = "a", name: str = "f", asked: Any = (FLOAT,), **other: Any) -> str:
        return code_cache.cache_key(
            source, name, asked, other.get("flags", strict), other.get("namespace", {})
        )

    keys = [
        key(),
        key("b"),
        key(name="g"),
        key(flags=fast),
        key(namespace={"helper": None}),
        key(asked=(INTEGER,)),
        *(key(asked=(ArrayType("float64", 1, layout),)) for layout in "CFA"),
        key(asked=(ArrayType("float64", 1, writeable=False),)),
        key(asked=(ArrayType("float64", 1, aligned=False),)),
    ]
    with monkeypatch.context() as patch:
        patch.setenv("NUMBA_OPT", "1")
        keys.append(key())
    lasting = surroundings.lasting()
    for k in range(len(lasting)):
        changed = (*lasting[:k], "other", *lasting[k + 1 :])
        with monkeypatch.context() as patch:
            patch.setattr(surroundings, "lasting", lambda changed=changed: changed)
            keys.append(key())
    assert len(set(keys)) == len(keys)
    assert keys[0] == key()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "elsewhere")
    assert keys[0] == key()


def test_the_key_names_versions_and_processor() -> None:
    lasting = "\n".join(surroundings.lasting())
    for version in (np.__version__, numba.__version__, llvmlite.__version__):
        assert version in lasting
    assert surroundings.processor() in lasting
    assert surroundings.processor()
    assert surroundings._processor_of_llvm()
    assert surroundings._version_of("json") == json.__version__
    assert surroundings._version_of("no_such_package") == ""


def test_errors_show_the_generated_source(empty: Path) -> None:
    source = "def fail(x):\n    if x > 1:\n        raise IndexError('too large')\n    return x\n"
    fail = compile_source(source, "fail", (INTEGER,)).entry
    with pytest.raises(IndexError, match="too large") as caught:
        fail(2)
    place = caught.traceback[-1]
    assert place.lineno == 2
    assert linecache.getline(str(place.path), 3).strip() == "raise IndexError('too large')"


def test_names_of_the_caller_are_known(empty: Path) -> None:
    double = numba.njit(lambda x: 2 * x)
    source = "def twice(x):\n    return double(x) + math.floor(x)\n"
    compiled = compile_source(source, "twice", (FLOAT,), namespace={"double": double})
    assert compiled.entry(1.5) == 4.0


def test_source_without_the_function_is_an_internal_error(empty: Path) -> None:
    with pytest.raises(InternalError, match="no function missing"):
        compile_source("x = 1\n", "missing", ())
