"""Compilation without a driver: what NVRTC gives, and what it says when it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograph.backends.cuda import nvrtc

needs_nvrtc = pytest.mark.skipif(not nvrtc.is_available(), reason="NVRTC is not installed")

KERNEL = 'extern "C" __global__ void twice(double* x) { x[threadIdx.x] *= 2.0; }'


@needs_nvrtc
def test_a_cubin_is_an_elf_file() -> None:
    assert nvrtc.compile_source(KERNEL, "sm_90").startswith(b"\x7fELF")


@needs_nvrtc
def test_virtual_architectures_give_ptx() -> None:
    assert b".entry twice" in nvrtc.compile_source(KERNEL, "compute_90")


@needs_nvrtc
def test_multiplication_and_addition_are_rounded_apart() -> None:
    source = 'extern "C" __global__ void f(double* x) { x[0] = x[1] * x[2] + x[3]; }'
    assert b"fma" not in nvrtc.compile_source(source, "compute_90")


@needs_nvrtc
def test_errors_carry_the_log_with_the_line() -> None:
    source = 'extern "C" __global__ void f(double* x)\n{ x[0] = missing; }'
    with pytest.raises(nvrtc.NvrtcError, match=r"(?s)module.cu for sm_90.*\(2\): error.*missing"):
        nvrtc.compile_source(source, "sm_90")


@needs_nvrtc
def test_warnings_can_be_errors() -> None:
    source = 'extern "C" __global__ void f(double* x) { const int unused = 3; x[0] = 1.0; }'
    nvrtc.compile_source(source, "sm_90")
    with pytest.raises(nvrtc.NvrtcError, match="unused"):
        nvrtc.compile_source(source, "sm_90", (*nvrtc.OPTIONS, nvrtc.WARNINGS_AS_ERRORS))


@needs_nvrtc
def test_versions_later_than_the_drivers_are_passed_over() -> None:
    installed, _ = nvrtc.version(nvrtc.library())
    assert nvrtc.library(installed) is not None
    with pytest.raises(nvrtc.NvrtcError, match="of CUDA 3 or older"):
        nvrtc.library(3)


@pytest.fixture
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(nvrtc, "_candidates", lambda: iter(["/nowhere/libnvrtc.so"]))
    nvrtc.library.cache_clear()
    yield
    nvrtc.library.cache_clear()


@pytest.mark.usefixtures("_nowhere")
def test_a_missing_library_is_named_with_its_remedy() -> None:
    assert not nvrtc.is_available()
    with pytest.raises(nvrtc.NvrtcError, match="pip install nvidia-cuda-nvrtc"):
        nvrtc.compile_source(KERNEL, "sm_90")
