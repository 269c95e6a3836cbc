"""Huge pages for large arrays that compiled code allocates."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograph.backends.numba.argument_types import NumberType
from autograph.backends.numba.code_cache import compile_source
from autograph.backends.numba.compilation import huge_pages
from autograph.backends.numba.compilation.compiler import compile_function

SOURCE = """\
def ones(n):
    out = empty((n, 1024), np.float64)
    for i in range(n):
        for j in range(1024):
            out[i, j] = 1.0
    return out
"""
ASKED = (NumberType("int64"),)


def _mapping_flags(array: Any) -> str:
    """Return the kernel's flags of the mapping that holds the middle of an array."""
    address = array.ctypes.data + array.nbytes // 2
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if bounds := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(bounds[1], 16) <= address < int(bounds[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return line
    return ""


@pytest.fixture(scope="module")
def ones() -> Any:
    return compile_source(SOURCE, "ones", ASKED).entry


def test_arrays_of_every_size_keep_their_values(ones: Any) -> None:
    for n in (0, 1, 511, 512, 513, 700):
        out = ones(n)
        assert out.shape == (n, 1024)
        assert math.isclose(np.sum(out), n * 1024)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="reads Linux's /proc")
@pytest.mark.skipif(not huge_pages.is_supported(), reason="the system has no such request")
def test_large_arrays_get_huge_pages(ones: Any) -> None:
    large = ones(8 * 1024)
    assert large.nbytes > 32 << 20  # glibc gives it a mapping of its own
    if not _mapping_flags(large):
        pytest.skip("the kernel does not show the flags of mappings")
    assert " hg" in _mapping_flags(large)


def test_without_support_there_is_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def code(name: str) -> str:
        return compile_function(SOURCE, "ones", "<f>", name, ASKED, frozenset(), {}).llvm_ir

    assert ("madvise" in code("ones_1")) == huge_pages.is_supported()
    monkeypatch.setattr(huge_pages, "_ADVICE", None)
    assert not huge_pages.is_supported()
    assert "madvise" not in code("ones_2")
