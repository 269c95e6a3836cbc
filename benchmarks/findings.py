"""What was measured: medians in seconds, by program and variant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.first_call import Request
from benchmarks.measure import Variant, largest_difference
from benchmarks.processes import FirstCall, measure_first_call

PLAIN, NJIT, LOOPS, JAX, OURS = "NumPy", "njit", "njit loops", "JAX", "autograph"
PRIMAL, LINE_BY_LINE, ENZYME = "loss", "JAX, line by line", "Enzyme"
TOLERANCE = 1e-9

# What numba rejects shows as a dash in the tables; it is no failure.
REJECTABLE = (NJIT,)
REJECTING = ("numba",)


@dataclass(frozen=True)
class LineByLine:
    """Times of a gradient, ours and in a literal translation, at a size that this can bear."""

    size: int
    times: dict[str, float]


@dataclass
class Findings:
    """What was measured, and what went wrong on the way."""

    steady: dict[str, dict[str, float]] = field(default_factory=dict)
    gradients: dict[str, dict[str, float]] = field(default_factory=dict)
    line_by_line: dict[str, LineByLine] = field(default_factory=dict)
    gradient_calls: dict[str, dict[str, FirstCall]] = field(default_factory=dict)
    agreement: dict[str, float] = field(default_factory=dict)
    first_calls: dict[str, dict[str, FirstCall]] = field(default_factory=dict)
    scaling: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    trip_counts: dict[int, dict[str, FirstCall]] = field(default_factory=dict)
    overhead: dict[str, float] = field(default_factory=dict)
    imports: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def kept(self, title: str, expected: Any, variants: Iterable[Variant]) -> list[Variant]:
        """Call each variant once; keep those that return what is expected."""
        kept = []
        for variant in variants:
            try:
                found = variant.call(*variant.fresh())
            except Exception as error:
                if variant.name not in REJECTABLE:
                    self.failures.append(f"{title}, {variant.name}: {describe(error)}")
                continue
            error = largest_difference(expected, found)
            if error > TOLERANCE:
                self.failures.append(f"{title}, {variant.name}: differs by {error:.1e}")
            else:
                kept.append(variant)
        return kept

    def called(self, title: str, request: Request, processes: int) -> FirstCall:
        """Measure a first call in processes of its own."""
        call = measure_first_call(request, processes)
        if call.error and request.tool not in REJECTING:
            self.failures.append(f"{title}, first call by {request.tool}: {call.error}")
        return call


def describe(error: Exception) -> str:
    """Name an error in one line."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:100]}"
