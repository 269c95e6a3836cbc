"""Run a program plain and compiled on equal inputs, and print what each took and how they agree."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]


def fresh(arguments: Arguments) -> Arguments:
    """Copy the arrays among the arguments, so that in-place programs can run again."""
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)


def best_time(function: Callable[..., Any], arguments: Arguments, repeats: int = 3) -> float:
    """Return the shortest of a few runs, in seconds, each on fresh copies."""
    times = []
    for _ in range(repeats):
        copies = fresh(arguments)
        start = time.perf_counter()
        function(*copies)
        times.append(time.perf_counter() - start)
    return min(times)


def difference(expected: Any, found: Any) -> float:
    """Return the largest difference, relative to the largest expected magnitude."""
    if isinstance(expected, tuple):
        return max(difference(e, f) for e, f in zip(expected, found, strict=True))
    wide_expected, wide_found = np.asarray(expected, float), np.asarray(found, float)
    if wide_expected.size == 0:
        return 0.0
    scale = float(np.max(np.abs(wide_expected))) or 1.0
    return float(np.max(np.abs(wide_expected - wide_found))) / scale


def compare(
    title: str, plain: Callable[..., Any], compiled: Callable[..., Any], arguments: Arguments
) -> None:
    """Print the time of both, their ratio, and the difference of results and of mutated arrays."""
    plain_arguments, compiled_arguments = fresh(arguments), fresh(arguments)
    expected = plain(*plain_arguments)
    found = compiled(*compiled_arguments)
    error = max(difference(expected, found), difference(plain_arguments, compiled_arguments))
    plain_time = best_time(plain, arguments)
    compiled_time = best_time(compiled, arguments)
    print(
        f"{title:<34} NumPy {plain_time * 1e3:10.3f} ms   compiled {compiled_time * 1e3:10.3f} ms"
        f"   {plain_time / compiled_time:7.1f}x   difference {error:.1e}"
    )
