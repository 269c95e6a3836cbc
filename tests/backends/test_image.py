"""Machine code as an image: taken from object files, put in memory, and run there."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import pytest

from autograph.backends.numba import loader
from autograph.backends.numba.image import Image, UnknownObjectError, image_of
from autograph.backends.numba.symbols import address_of

# Counts its calls, adds what a function of the C library makes of a table's item, and calls itself.
MODULE = """
@calls = global i64 40
@zeros = internal global [100 x i64] zeroinitializer
@shared = common global i64 0
@table = internal constant [3 x i64] [i64 -7, i64 -8, i64 -9]
@pointers = internal constant [2 x ptr] [ptr @calls, ptr getelementptr (i64, ptr @table, i64 2)]

declare i64 @llabs(i64)

define i64 @count(i64 %k) {
  %first = load i64, ptr @calls
  %next = add i64 %first, 1
  store i64 %next, ptr @calls
  %zero.place = getelementptr i64, ptr @zeros, i64 %k
  store i64 %next, ptr %zero.place
  store i64 %next, ptr @shared
  %place.place = getelementptr ptr, ptr @pointers, i64 1
  %place = load ptr, ptr %place.place
  %item = load i64, ptr %place
  %size = call i64 @llabs(i64 %item)
  %kept = load i64, ptr @shared
  %sum = add i64 %kept, %size
  %again = icmp eq i64 %k, 0
  br i1 %again, label %more, label %done
more:
  %rest = call i64 @count(i64 1)
  ret i64 %rest
done:
  ret i64 %sum
}
"""


def object_file(text: str, **options: Any) -> bytes:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    module.verify()
    settings = {"reloc": "static", "codemodel": "jitdefault", "jit": True} | options
    machine = llvm.Target.from_default_triple().create_target_machine(**settings)
    data: bytes = machine.emit_object(module)
    return data


def function_of(image: Image) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(loader.load(image))


def test_code_runs_with_its_data_and_calls_what_is_outside() -> None:
    image = image_of(object_file(MODULE), "count")
    assert image.symbols == ["llabs"]
    assert loader.missing_symbols(image) == []
    for again in (image, Image.unpack(image.pack())):
        count = function_of(again)
        assert [count(1), count(2), count(0)] == [41 + 9, 42 + 9, 44 + 9]


def test_each_copy_has_its_own_data() -> None:
    image = image_of(object_file(MODULE), "count")
    first, second = function_of(image), function_of(image)
    assert [first(1), first(1), second(1)] == [50, 51, 50]


def test_what_is_missing_is_named() -> None:
    image = image_of(object_file(MODULE.replace("llabs", "no_such_function")), "count")
    assert loader.missing_symbols(image) == ["no_such_function"]
    assert address_of("no_such_function") is None


@pytest.mark.parametrize("reloc", ["default", "pic"])
def test_objects_with_other_references_are_refused(reloc: str) -> None:
    with pytest.raises(UnknownObjectError, match="relocation"):
        image_of(object_file(MODULE, codemodel="small", reloc=reloc), "count")


def test_objects_of_another_kind_are_refused() -> None:
    data = bytearray(object_file(MODULE))
    with pytest.raises(UnknownObjectError, match="no function other"):
        image_of(bytes(data), "other")
    with pytest.raises(UnknownObjectError, match="section"):
        image_of(object_file(MODULE.replace("@calls = ", "@calls = thread_local ")), "count")
    struct.pack_into("<H", data, 18, 183)  # AArch64
    for other in (bytes(data), b"", b"\xcf\xfa\xed\xfe" + bytes(100)):
        with pytest.raises(UnknownObjectError, match="no ELF object"):
            image_of(other, "count")


def test_arrays_may_outlive_everything_else(tmp_path: Path) -> None:
    """The interpreter drops modules before the arrays that are left; those call machine code."""
    script = tmp_path / "keeps_arrays.py"
    script.write_text(
        "import numba, numpy as np, autograph as ag\n"
        "def f(x): return 2.0 * x\n"
        "kept = numba.njit(f)(np.ones(5)), ag.compile(f)(np.ones(5))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, script], env=environment, check=False)
    assert ended.returncode == 0
