"""Measure the programs and write the tables: `python -m benchmarks.run [--quick] [NAME ...]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.progress import Progress

import autograph as ag
from benchmarks.cases import (
    BENCHMARKS,
    SCALINGS,
    Benchmark,
    Gradient,
    Scaling,
    plain_njit,
    three_arrays,
)
from benchmarks.findings import (
    JAX,
    JAX_PRIMAL,
    LOOPS,
    NJIT,
    OURS,
    PLAIN,
    PRIMAL,
    Findings,
    describe,
)
from benchmarks.first_call import COMPILERS, TOOLS
from benchmarks.gradients import GRADIENTS
from benchmarks.measure import Arguments, Variant, interleave, largest_difference
from benchmarks.processes import measure_first_call, measure_import
from benchmarks.tables import tables_of, write_results
from benchmarks.trip_counts import TRIPS

RESULTS = Path(__file__).resolve().parent / "results.md"


@dataclass(frozen=True)
class Effort:
    """How much time to spend."""

    rounds: int
    seconds: float
    processes: int

    def interleave(self, variants: list[Variant]) -> dict[str, float]:
        """Time the variants in turn."""
        return interleave(variants, self.rounds, self.seconds)


def on_device(arguments: Arguments, static: tuple[int, ...]) -> Arguments:
    """Hand the arrays over to JAX before the clock starts."""
    return tuple(
        a if position in static else jax.device_put(a) for position, a in enumerate(arguments)
    )


def jitted(function: Callable[..., Any], static: tuple[int, ...]) -> Callable[..., Any]:
    """Compile by JAX, and wait for the result."""
    compiled = jax.jit(function, static_argnums=static)
    return lambda *arguments: jax.block_until_ready(compiled(*arguments))


def measure_steady(benchmark: Benchmark, size: int, effort: Effort, findings: Findings) -> None:
    """Time the program in all its forms."""
    arguments = benchmark.make_inputs(size)
    on_jax = on_device(arguments, benchmark.static)
    plain = Variant(PLAIN, benchmark.plain, arguments, benchmark.mutates)
    variants = [
        plain,
        Variant(NJIT, plain_njit(benchmark.plain), arguments, benchmark.mutates),
        Variant(JAX, jitted(benchmark.jax, benchmark.static), on_jax),
        Variant(OURS, benchmark.compiled(), arguments, benchmark.mutates),
    ]
    if benchmark.loops is not None:
        variants.append(Variant(LOOPS, benchmark.loops, arguments, benchmark.mutates))
    expected = plain.call(*plain.fresh())
    kept = findings.kept(benchmark.name, expected, variants)
    findings.steady[benchmark.name] = effort.interleave(kept)


def measure_gradient(
    name: str, gradient: Gradient, size: int, effort: Effort, findings: Findings
) -> None:
    """Time the loss, and the loss with its gradient, ours and JAX's."""
    arguments = gradient.make_inputs(size)
    on_jax = on_device(arguments, gradient.static)
    ported = jax.value_and_grad(gradient.jax_loss, argnums=gradient.argnums)
    theirs = Variant(JAX, jitted(ported, gradient.static), on_jax)
    differentiated = ag.value_and_grad(gradient.loss, argnums=gradient.argnums)
    ours = Variant(OURS, differentiated, arguments)
    primal = Variant(PRIMAL, ag.compile(gradient.loss), arguments)
    primal_jax = Variant(JAX_PRIMAL, jitted(gradient.jax_loss, gradient.static), on_jax)
    title = f"{name}, gradient"
    value = gradient.loss(*arguments)
    kept = findings.kept(title, value, [primal, primal_jax])
    expected = theirs.call(*theirs.arguments)
    kept += findings.kept(title, expected, [theirs, ours])
    if ours in kept:
        findings.agreement[name] = largest_difference(expected, differentiated(*arguments))
    findings.gradients[name] = effort.interleave(kept)


def measure_first_calls(
    benchmark: Benchmark, size: int, effort: Effort, findings: Findings
) -> None:
    """Time first calls in fresh processes, without and with a disk cache."""
    plain, inputs = benchmark.plain, benchmark.make_inputs
    calls = {}
    for tool in TOOLS:
        function = benchmark.jax if tool == "jax" else plain
        calls[tool] = measure_first_call(
            tool,
            f"{function.__module__}:{function.__name__}",
            f"{inputs.__module__}:{inputs.__name__}",
            size,
            benchmark.static,
            effort.processes,
        )
        if calls[tool].error and tool != "numba":
            title = f"{benchmark.name}, first call by {tool}"
            findings.failures.append(f"{title}: {calls[tool].error}")
    findings.first_calls[benchmark.name] = calls


def measure_scaling(scaling: Scaling, effort: Effort, findings: Findings) -> None:
    """Time a gradient at one, two and four times the number of updates."""
    differentiated = ag.value_and_grad(scaling.loss, argnums=scaling.argnums)
    variants = []
    for factor in (1, 2, 4):
        arguments = scaling.make_inputs(factor)
        variants.append(Variant(str(scaling.updates(arguments)), differentiated, arguments))
    try:
        times = effort.interleave(variants)
    except Exception as error:
        findings.failures.append(f"{scaling.name}, scaling: {describe(error)}")
        return
    findings.scaling[scaling.name] = [(int(updates), time) for updates, time in times.items()]


def measure_trip_counts(effort: Effort, findings: Findings) -> None:
    """Time first calls of one loop with few and with many iterations."""
    for name, trips in TRIPS.items():
        calls = {
            tool: measure_first_call(
                tool,
                f"benchmarks.trip_counts:{name}",
                "benchmarks.trip_counts:make_inputs",
                4,
                (),
                effort.processes,
            )
            for tool in COMPILERS
        }
        findings.trip_counts[trips] = calls
        for tool, call in calls.items():
            if call.error:
                findings.failures.append(f"{name}, first call by {tool}: {call.error}")


def measure_overhead(effort: Effort, findings: Findings) -> None:
    """Time calls that do next to nothing."""
    arguments = tuple(jax.numpy.arange(10.0) + shift for shift in range(3))
    arrays = tuple(map(to_numpy, arguments))
    variants = [
        Variant(PLAIN, three_arrays, arrays),
        Variant(NJIT, plain_njit(three_arrays), arrays),
        Variant(JAX, jitted(three_arrays, ()), arguments),
        Variant(OURS, ag.compile(three_arrays), arrays),
    ]
    kept = findings.kept("call overhead", three_arrays(*arrays), variants)
    findings.overhead = effort.interleave(kept)


def to_numpy(array: Any) -> Any:
    """Copy out of JAX."""
    return jax.device_get(array).copy()


def pin_to_one_core() -> None:
    """Keep thread pools of all tools on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measure_all(
    chosen: list[Benchmark],
    gradients: list[str],
    quick: bool,
    effort: Effort,
    parts: set[str],
    progress: Progress,
) -> Findings:
    """Measure the chosen programs; then, for a full run, what belongs to no single program."""
    findings = Findings()
    task = progress.add_task("", total=len(chosen) + len(gradients) + 1)
    for benchmark in chosen:
        progress.update(task, description=benchmark.name)
        size = benchmark.quick_size if quick else benchmark.size
        if "steady" in parts:
            measure_steady(benchmark, size, effort, findings)
        if "gradient" in parts and benchmark.gradient is not None:
            measure_gradient(benchmark.name, benchmark.gradient, size, effort, findings)
        if "first" in parts and benchmark.compile is None:
            measure_first_calls(benchmark, size, effort, findings)
        progress.advance(task)
    for name in gradients if "gradient" in parts else ():
        progress.update(task, description=name)
        gradient, large, small = GRADIENTS[name]
        measure_gradient(name, gradient, small if quick else large, effort, findings)
        progress.advance(task)
    progress.update(task, description="scaling and overheads")
    measure_whole(effort, parts, findings)
    progress.advance(task)
    return findings


def measure_whole(effort: Effort, parts: set[str], findings: Findings) -> None:
    """Measure what belongs to no single program."""
    if "scaling" in parts:
        for scaling in SCALINGS:
            measure_scaling(scaling, effort, findings)
    if "trips" in parts:
        measure_trip_counts(effort, findings)
    if "overhead" in parts:
        measure_overhead(effort, findings)
        for module in ("autograph", "numba", "jax"):
            findings.imports[module] = measure_import(module, max(3, effort.processes))


PARTS = ("steady", "gradient", "first", "scaling", "trips", "overhead")


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="programs to measure; all if none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds")
    parser.add_argument("--seconds", type=float, default=8.0, help="time for each comparison")
    parser.add_argument("--processes", type=int, default=5, help="runs of each first call")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--output", type=Path, help="where to write; results.md for a full run")
    options = parser.parse_args()
    known = [*(benchmark.name for benchmark in BENCHMARKS), *GRADIENTS]
    if unknown := set(options.names) - set(known):
        parser.error(f"unknown {sorted(unknown)}; choose from {known}")
    return options


def main() -> int:
    """Measure, print, write; a failing variant makes the exit status 1."""
    options = read_options()
    pin_to_one_core()
    chosen = [b for b in BENCHMARKS if not options.names or b.name in options.names]
    gradients = [name for name in GRADIENTS if not options.names or name in options.names]
    measured = Effort(31, options.seconds, options.processes)
    effort = Effort(7, 1.0, 1) if options.quick else measured
    console = Console()
    with Progress(console=console, transient=True) as progress:
        findings = measure_all(
            chosen, gradients, options.quick, effort, set(options.parts), progress
        )
    for table in tables_of(findings):
        console.print(table.to_rich())
    for line in findings.failures:
        console.print(f"failed: {line}", style="red")
    whole = not options.quick and not options.names and set(options.parts) == set(PARTS)
    output = options.output or (RESULTS if whole else None)
    if output is not None:
        write_results(findings, output, options.quick)
    return 1 if findings.failures else 0


if __name__ == "__main__":
    sys.exit(main())
