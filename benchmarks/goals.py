"""The figures that the project set out to reach, each computed from what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.findings import (
    ENZYME,
    JAX,
    LINE_BY_LINE,
    LOOPS,
    NJIT,
    OURS,
    PLAIN,
    PRIMAL,
    Findings,
)
from benchmarks.gradients import LONG, STUDY


@dataclass(frozen=True)
class Goal:
    """A figure with its bound.

    Attributes:
        title: what is measured.
        measure: computes it; None where it was not measured.
        bound: the value to reach.
        at_least: whether larger is better.
        unit: shown after the figure: a times sign for ratios, seconds or megabytes.
    """

    title: str
    measure: Callable[[Findings], float | None]
    bound: float
    at_least: bool
    unit: str = "×"  # noqa: RUF001

    def is_met(self, measured: float) -> bool:
        """Tell whether a figure reaches the bound."""
        return measured >= self.bound if self.at_least else measured <= self.bound

    def format(self, measured: float) -> str:
        """Show a figure with its unit."""
        return f"{measured:.3g}{self.unit}"

    def bound_text(self) -> str:
        """Show the bound with its direction."""
        return f"{'≥' if self.at_least else '≤'} {self.format(self.bound)}"


def quotient(numerator: float | None, denominator: float | None) -> float | None:
    """Divide, where both are there."""
    return None if numerator is None or denominator is None else numerator / denominator


def speedup(program: str, over: str) -> Callable[[Findings], float | None]:
    """Return how many times faster than another variant a program runs."""

    def measure(findings: Findings) -> float | None:
        times = findings.steady.get(program, {})
        return quotient(times.get(over), times.get(OURS))

    return measure


def gradient_cost(program: str) -> Callable[[Findings], float | None]:
    """Return the time of loss and gradient in units of the loss."""

    def measure(findings: Findings) -> float | None:
        times = findings.gradients.get(program, {})
        return quotient(times.get(OURS), times.get(PRIMAL))

    return measure


def growth(program: str) -> Callable[[Findings], float | None]:
    """Return the time per update of a gradient at its largest size, in units of the smallest."""

    def measure(findings: Findings) -> float | None:
        points = findings.scaling.get(program)
        if not points:
            return None
        per_update = [seconds / updates for updates, seconds in points]
        return per_update[-1] / per_update[0]

    return measure


def enzyme_cost(program: str) -> Callable[[Findings], float | None]:
    """Return the time of loss and gradient in units of Enzyme's."""

    def measure(findings: Findings) -> float | None:
        times = findings.gradients.get(program, {})
        return quotient(times.get(OURS), times.get(ENZYME))

    return measure


def mean_of_study(ratios: Iterable[float | None]) -> float | None:
    """Return the geometric mean over the programs of the study, once all are measured."""
    measured = [ratio for ratio in ratios if ratio is not None]
    return statistics.geometric_mean(measured) if len(measured) == len(STUDY) else None


def mean_over_jax(findings: Findings) -> float | None:
    """Return how many times faster our gradients are than JAX's."""
    times = [findings.gradients.get(gradient.name, {}) for gradient in STUDY]
    return mean_of_study(quotient(each.get(JAX), each.get(OURS)) for each in times)


def mean_over_line_by_line(findings: Findings) -> float | None:
    """Return how many times faster our gradients are than those of literal translations."""
    times = [found.times for found in findings.line_by_line.values()]
    return mean_of_study(quotient(each.get(LINE_BY_LINE), each.get(OURS)) for each in times)


def slowest_gradient_call(state: str) -> Callable[[Findings], float | None]:
    """Return the seconds of the slowest first call of a gradient of the study."""

    def measure(findings: Findings) -> float | None:
        calls = [findings.gradient_calls.get(gradient.name, {}).get(OURS) for gradient in STUDY]
        times = [getattr(call, state) for call in calls if call is not None]
        return max((time for time in times if time is not None), default=None)

    return measure


def long_gradient_memory(findings: Findings) -> float | None:
    """Return the megabytes that the gradient of many steps takes beyond its loss."""
    call = findings.gradient_calls.get(LONG.name, {}).get(OURS)
    return None if call is None else call.memory


def call_overhead(findings: Findings) -> float | None:
    """Return the time of a small call in units of numba's."""
    return quotient(findings.overhead.get(OURS), findings.overhead.get(NJIT))


def first_call(tool: str, is_warm: bool) -> Callable[[Findings], float | None]:
    """Return the seconds of the first call of heat."""

    def measure(findings: Findings) -> float | None:
        call = findings.first_calls.get("heat", {}).get(tool)
        if call is None:
            return None
        return call.warm if is_warm else call.cold

    return measure


def import_time(findings: Findings) -> float | None:
    """Return the seconds of the import beyond NumPy."""
    return findings.imports.get("autograph")


def trip_count_cost(findings: Findings) -> float | None:
    """Return the first call of a loop with many iterations in units of one with few."""
    times = [calls[OURS].cold for calls in findings.trip_counts.values()]
    return quotient(times[-1], times[0]) if times else None


GOALS = (
    Goal("heat, over NumPy", speedup("heat", PLAIN), 5.0, at_least=True),
    Goal("heat, over JAX", speedup("heat", JAX), 1.0, at_least=True),
    Goal("burgers, over NumPy", speedup("burgers", PLAIN), 5.0, at_least=True),
    Goal("burgers, over JAX", speedup("burgers", JAX), 1.0, at_least=True),
    Goal("edit distance, over njit loops", speedup("edit distance", LOOPS), 0.9, at_least=True),
    Goal("newton by element, over NumPy", speedup("newton, elements", PLAIN), 3.0, at_least=True),
    Goal("logistic step, over NumPy", speedup("logistic step", PLAIN), 2.0, at_least=True),
    *(
        Goal(f"{g.name}, gradient over loss", gradient_cost(g.name), g.bound, at_least=False)
        for g in STUDY
    ),
    Goal("heat, gradient over loss, as an example", gradient_cost("heat"), 3.0, at_least=False),
    Goal("gradients over JAX, mean", mean_over_jax, 3.0, at_least=True),
    Goal("gradients over JAX line by line, mean", mean_over_line_by_line, 8.0, at_least=True),
    *(
        Goal(f"{g.name}, gradient to Enzyme's", enzyme_cost(g.name), 1.3, at_least=False)
        for g in STUDY
        if g.enzyme
    ),
    Goal(
        f"{LONG.name}, gradient's memory", long_gradient_memory, 100.0, at_least=False, unit=" MB"
    ),
    Goal(
        "slowest first gradient, cold",
        slowest_gradient_call("cold"),
        2.0,
        at_least=False,
        unit=" s",
    ),
    Goal(
        "slowest first gradient, warm cache",
        slowest_gradient_call("warm"),
        0.15,
        at_least=False,
        unit=" s",
    ),
    Goal("gauss-seidel gradient per update", growth("gauss-seidel"), 1.125, at_least=False),
    Goal("edit distance gradient per update", growth("edit distance"), 1.125, at_least=False),
    Goal("call overhead over numba's", call_overhead, 2.0, at_least=False),
    Goal("first call of heat, cold", first_call(OURS, False), 1.0, at_least=False, unit=" s"),
    Goal("first call of heat, warm cache", first_call(OURS, True), 0.1, at_least=False, unit=" s"),
    Goal(
        "the same, numba imported before",
        first_call("autograph, numba imported", True),
        0.1,
        at_least=False,
        unit=" s",
    ),
    Goal("compile time, 10⁶ over 10 iterations", trip_count_cost, 1.2, at_least=False),
    Goal("import beyond NumPy", import_time, 0.15, at_least=False, unit=" s"),
)
