"""The figures that the project set out to reach, each computed from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.findings import JAX, LOOPS, NJIT, OURS, PLAIN, PRIMAL, Findings


@dataclass(frozen=True)
class Goal:
    """A figure with its bound.

    Attributes:
        title: what is measured.
        measure: computes it; None where it was not measured.
        bound: the value to reach.
        at_least: whether larger is better.
        unit: shown after the figure: a times sign for ratios, or seconds.
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
    """Return the time of a gradient at four times the updates, in units of the first."""

    def measure(findings: Findings) -> float | None:
        points = findings.scaling.get(program)
        return quotient(points[-1][1], points[0][1]) if points else None

    return measure


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
    Goal("heat, gradient over loss", gradient_cost("heat"), 3.0, at_least=False),
    Goal("gauss-seidel gradient at 4 n", growth("gauss-seidel"), 4.5, at_least=False),
    Goal("edit distance gradient at 4 n", growth("edit distance"), 4.5, at_least=False),
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
