"""Figures that need fresh processes: first calls, cold and with a warm cache, and import time."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.first_call import Request

ROOT = Path(__file__).resolve().parent.parent

IMPORT_PROBE = """
import time
import numpy
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class FirstCall:
    """A first call, or why there is none.

    Attributes:
        cold: seconds with empty disk caches.
        warm: seconds with filled disk caches.
        memory: megabytes that a gradient takes beyond its loss, if that was asked for.
        error: the last line of what a process said that failed.
    """

    cold: float | None
    warm: float | None
    memory: float | None = None
    error: str = ""


@functools.cache
def byte_code_folder() -> str:
    """Return a folder for the byte code of all processes, removed when this one ends."""
    folder = tempfile.mkdtemp(prefix="benchmark-byte-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def environment() -> dict[str, str]:
    """Return an environment in which modules are compiled to byte code once, as is usual."""
    usual = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return usual | {"PYTHONPYCACHEPREFIX": byte_code_folder()}


@functools.cache
def fill_byte_code(tool: str) -> None:
    """Run a tool once, untimed, so that its modules have byte code."""
    program = "benchmarks.programs_jax:heat" if tool == "jax" else "examples.heat:heat"
    with tempfile.TemporaryDirectory(prefix="benchmark-cache-") as folder:
        run(Request(tool, program, "examples.heat:make_inputs", 16, static=(1,)), folder)


def run(request: Request, folder: str) -> subprocess.CompletedProcess[str]:
    """Run a first call in a process that keeps its disk cache in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.first_call", json.dumps(asdict(request))],
        env=cache_environment(folder),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def cache_environment(folder: str) -> dict[str, str]:
    """Return an environment in which every tool keeps its disk cache in `folder`."""
    return environment() | {
        "AUTOGRAPH_CACHE_DIR": str(Path(folder, "autograph")),
        "NUMBA_CACHE_DIR": str(Path(folder, "numba")),
        "JAX_COMPILATION_CACHE_DIR": str(Path(folder, "jax")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def measure_first_call(request: Request, repeats: int) -> FirstCall:
    """Run processes in pairs on a common cache folder: the first finds it empty."""
    cold, warm, memory = [], [], None
    fill_byte_code(request.tool)
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="benchmark-cache-") as folder:
            for times, asked in ((cold, replace(request, memory=False)), (warm, request)):
                finished = run(asked, folder)
                if finished.returncode:
                    return FirstCall(None, None, error=finished.stderr.strip().splitlines()[-1])
                measured = json.loads(finished.stdout.splitlines()[-1])
                times.append(measured["first"])
                memory = measured["memory"]
    return FirstCall(statistics.median(cold), statistics.median(warm), memory)


def measure_import(module: str, repeats: int) -> float:
    """Return the median seconds that importing `module` takes beyond NumPy."""
    times = []
    for _ in range(repeats + 1):
        finished = subprocess.run(
            [sys.executable, "-c", IMPORT_PROBE.format(module=module)],
            env=environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        times.append(float(finished.stdout))
    return statistics.median(times[1:])
