"""Session-wide set-up: a private compilation cache, and a reason where GPU tests cannot run."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

CACHE_VARIABLE = "AUTOGRAPH_CACHE_DIR"


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Give the session an empty disk cache; the workers inherit it from the controller."""
    if not is_worker():
        config.stash[cache_key] = tempfile.mkdtemp(prefix="autograph-cache-")
        os.environ[CACHE_VARIABLE] = config.stash[cache_key]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not is_worker():
        shutil.rmtree(config.stash[cache_key], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and (reason := why_no_gpu()):
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_gpu() -> str | None:
    """Say why kernels cannot run here, or None where they can."""
    try:
        import cupy
    except ImportError:
        return "cupy is not installed"
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"no CUDA device: {error}"
    return None if count else "no CUDA device"


cache_key = pytest.StashKey[str]()
