"""What machine code depends on besides its source: versions, settings, the processor.

Leaves: texts for the key of machine code in the disk cache. They are found without importing numba
or LLVM, which would take longer than everything else that a process needs to run machine code.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import sys
from pathlib import Path

import numpy as np

_SETTINGS_FILE = ".numba_config.yaml"
_SETTINGS = "NUMBA_"
#: Settings that do not change the machine code.
_HARMLESS = frozenset({"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT"})


@functools.cache
def lasting() -> tuple[str, ...]:
    """Return what does not change while the process runs."""
    return (
        sys.version,
        np.__version__,
        *(_version_of(package) for package in ("numba", "llvmlite")),
        platform.system(),
        platform.machine(),
        _c_library(),
        processor(),
        _own_source(),
    )


def settings() -> tuple[str, ...]:
    """Return the settings of numba that the process was started with."""
    chosen = {k: v for k, v in os.environ.items() if k.startswith(_SETTINGS)}
    texts = [f"{k}={v}" for k, v in sorted(chosen.items()) if k not in _HARMLESS]
    file = Path(_SETTINGS_FILE)
    return (*texts, file.read_text(encoding="utf-8") if file.is_file() else "")


def _version_of(package: str) -> str:
    """Return the version of an installed package, if possible without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return ""
    try:
        return Path(found.origin).with_name("_version.py").read_text(encoding="utf-8")
    except OSError:
        return str(importlib.import_module(package).__version__)


def _c_library() -> str:
    """Return the version of the C library, which decides what functions it has."""
    try:
        return str(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        return " ".join(platform.libc_ver())


def processor() -> str:
    """Return what tells processors apart on which the same machine code need not run."""
    try:
        with Path("/proc/cpuinfo").open("rb") as file:
            first = file.read(1 << 14).split(b"\n\n")[0]
    except OSError:
        return _processor_of_llvm()
    wanted = (b"vendor_id", b"cpu family", b"model", b"stepping", b"flags", b"CPU", b"Features")
    return "\n".join(
        line.decode(errors="replace") for line in first.split(b"\n") if line.startswith(wanted)
    )


def _processor_of_llvm() -> str:
    """Return the same where the system does not say it in a file."""
    llvm = importlib.import_module("llvmlite.binding")
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _own_source() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
