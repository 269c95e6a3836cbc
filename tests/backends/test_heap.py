"""Memory that a call has given back serves the next one."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograph as ag
from autograph.backends.numba.heap import keep_memory


def mirrored(x, steps):
    """Use two arrays on the way."""
    y = x * 2.0
    for _ in range(steps):
        y[1:-1] = 0.5 * (y[2:] + y[:-2])
    return np.sum(y)


def faults_per_call() -> float:
    """Return how many pages the system has to hand out for a call."""
    f, x = ag.compile(mirrored), np.ones(1 << 17)
    for _ in range(3):
        f(x, 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        f(x, 2)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10


def in_process(**settings: str) -> float:
    text = f"from {__name__} import faults_per_call; print(faults_per_call())"
    done = subprocess.run(
        [sys.executable, "-c", text],
        env=os.environ | settings,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


@pytest.mark.skipif(not keep_memory(), reason="the C library has no such options")
def test_calls_use_the_same_pages() -> None:
    assert in_process() < 16


@pytest.mark.skipif(not keep_memory(), reason="the C library has no such options")
def test_what_the_user_has_set_stays() -> None:
    assert in_process(MALLOC_TRIM_THRESHOLD_="0") > 256
