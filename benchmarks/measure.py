"""Timing: variants of one program, interleaved, on one core, by medians."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]

SAMPLE_SECONDS = 3e-3
MAX_CALLS = 1000
MAX_MUTATING_CALLS = 20

# A pause before each sample, so that on a busy machine the sample starts with a time slice of its
# own and is not interrupted at its end each time.
REST_SECONDS = 2e-3


@dataclass(frozen=True)
class Variant:
    """One way of running a program.

    Attributes:
        name: what the tables call it.
        call: the function; it returns when its result is ready.
        arguments: what it is called with.
        mutates: arguments it writes to; each call gets fresh copies, made outside the clock.
    """

    name: str
    call: Callable[..., Any]
    arguments: Arguments
    mutates: tuple[int, ...] = ()

    def fresh(self) -> Arguments:
        """Return the arguments, those written to as copies."""
        return tuple(
            a.copy() if position in self.mutates else a for position, a in enumerate(self.arguments)
        )

    def sample(self, calls: int) -> float:
        """Return the seconds per call over `calls` calls."""
        batches = [self.fresh() for _ in range(calls)]
        call = self.call
        start = time.perf_counter()
        for arguments in batches:
            call(*arguments)
        return (time.perf_counter() - start) / calls

    def calls_per_sample(self) -> int:
        """Choose how many calls make one sample long against the clock's own cost."""
        limit = MAX_MUTATING_CALLS if self.mutates else MAX_CALLS
        seconds = min(self.sample(1) for _ in range(3))
        return min(limit, max(1, math.ceil(SAMPLE_SECONDS / max(seconds, 1e-9))))


def interleave(variants: list[Variant], rounds: int, seconds: float) -> dict[str, float]:
    """Return the median seconds per call of each variant, sampled in turn.

    Stops after `rounds` rounds, or earlier once `seconds` have passed and five are done.
    """
    calls = {variant.name: variant.calls_per_sample() for variant in variants}
    samples: dict[str, list[float]] = {variant.name: [] for variant in variants}
    enabled = gc.isenabled()
    gc.disable()
    start = time.perf_counter()
    try:
        for done in range(rounds):
            if done >= 5 and time.perf_counter() - start > seconds:
                break
            for variant in variants:
                time.sleep(REST_SECONDS)
                # Untimed first: other variants have emptied the caches, and a call that touches
                # some megabytes is at its steady time only from the fourth call on.
                variant.sample(calls[variant.name])
                samples[variant.name].append(variant.sample(calls[variant.name]))
            gc.collect()
    finally:
        if enabled:
            gc.enable()
    return {name: statistics.median(times) for name, times in samples.items()}


def largest_difference(expected: Any, found: Any) -> float:
    """Return the largest difference relative to each leaf's largest magnitude; NaN counts."""
    if isinstance(expected, tuple | list):
        pairs = zip(expected, found, strict=True)
        return max((largest_difference(e, f) for e, f in pairs), default=0.0)
    wide_expected, wide_found = np.asarray(expected, float), np.asarray(found, float)
    if wide_expected.shape != wide_found.shape:
        return math.inf
    if wide_expected.size == 0:
        return 0.0
    scale = float(np.max(np.abs(wide_expected))) or 1.0
    error = float(np.max(np.abs(wide_expected - wide_found))) / scale
    return math.inf if math.isnan(error) else error
