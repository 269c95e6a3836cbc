"""Compilation of CUDA C++ by NVRTC, through ctypes: needs neither a driver nor a GPU.

Enters: CUDA C++ text and an architecture. Leaves: a cubin (`sm_90`) or PTX (`compute_90`).
The library is found in the `nvidia-cuda-nvrtc` wheel, in a CUDA toolkit, or by the loader.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import glob
import importlib.util
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache

from autograph.errors import AutographError

OPTIONS = (
    "--std=c++17",
    "--fmad=false",  # as NumPy rounds
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
)
"""How kernels are compiled: values as NumPy's, to the last bit where arithmetic allows."""

WARNINGS_AS_ERRORS = "-Werror=all-warnings"


class NvrtcError(AutographError):
    """NVRTC is missing, or refuses a program; the message holds its log."""


def _candidates() -> Iterator[str]:
    """Yield where the library may be, likely places first."""
    spec = importlib.util.find_spec("nvidia")
    roots = list(spec.submodule_search_locations or []) if spec is not None else []
    toolkit = [os.environ[key] for key in ("CUDA_PATH", "CUDA_HOME") if key in os.environ]
    patterns = [os.path.join(root, "*", "lib", "libnvrtc.so.*") for root in roots]
    for root in [*toolkit, "/usr/local/cuda"]:
        patterns.append(os.path.join(root, "lib64", "libnvrtc.so*"))
    for pattern in patterns:
        # The newest version first; names sort by version within one place.
        yield from sorted(glob.glob(pattern), reverse=True)
    found = ctypes.util.find_library("nvrtc")
    if found is not None:
        yield found


@lru_cache
def library(newest: int | None = None) -> ctypes.CDLL:
    """Return the NVRTC library.

    Args:
        newest: Take none of a later major version: a driver loads no cubins of those.

    Raises:
        NvrtcError: If it is not installed.
    """
    for path in _candidates():
        try:
            found = ctypes.CDLL(path)
        except OSError:
            continue
        if newest is None or version(found)[0] <= newest:
            return found
    wanted = "" if newest is None else f" of CUDA {newest} or older"
    raise NvrtcError(
        f"libnvrtc{wanted} was not found: install the CUDA toolkit, or "
        "`pip install nvidia-cuda-nvrtc` (for CUDA 12: nvidia-cuda-nvrtc-cu12)"
    )


def is_available() -> bool:
    """Return whether CUDA C++ can be compiled here."""
    try:
        library()
    except NvrtcError:
        return False
    return True


def version(nvrtc: ctypes.CDLL) -> tuple[int, int]:
    """Return the version of an NVRTC library."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    _require(nvrtc, nvrtc.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor)))
    return major.value, minor.value


def _require(nvrtc: ctypes.CDLL, code: int) -> None:
    if code:
        text = nvrtc.nvrtcGetErrorString
        text.restype = ctypes.c_char_p
        raise NvrtcError(f"NVRTC: {text(code).decode()}")


def _output(nvrtc: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _require(nvrtc, getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
    text = ctypes.create_string_buffer(size.value)
    _require(nvrtc, getattr(nvrtc, f"nvrtcGet{what}")(program, text))
    return text.raw


def compile_source(
    source: str,
    architecture: str,
    options: Sequence[str] = OPTIONS,
    name: str = "module.cu",
    newest: int | None = None,
) -> bytes:
    """Compile CUDA C++.

    Args:
        source: The program; it may include no header.
        architecture: `sm_90` gives a cubin, `compute_90` gives PTX.
        options: Further options of NVRTC.
        name: What messages call the source.
        newest: Use no NVRTC of a later major version.

    Returns:
        The cubin, or the text of the PTX.

    Raises:
        NvrtcError: If the program is refused; with NVRTC's log.
    """
    nvrtc, program = library(newest), ctypes.c_void_p()
    texts = (source.encode(), name.encode())
    _require(nvrtc, nvrtc.nvrtcCreateProgram(ctypes.byref(program), *texts, 0, None, None))
    try:
        flags = [f"--gpu-architecture={architecture}".encode(), *(o.encode() for o in options)]
        array = (ctypes.c_char_p * len(flags))(*flags)
        if nvrtc.nvrtcCompileProgram(program, len(flags), array):
            log = _output(nvrtc, program, "ProgramLog").rstrip(b"\0").decode(errors="replace")
            raise NvrtcError(f"NVRTC refuses {name} for {architecture}:\n{log}")
        return _output(nvrtc, program, "CUBIN" if architecture.startswith("sm_") else "PTX")
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
