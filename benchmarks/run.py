"""Measure the programs and write the tables: `python -m benchmarks.run [--quick] [NAME ...]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks import enzyme
from benchmarks.cases import BENCHMARKS, Benchmark
from benchmarks.findings import Findings
from benchmarks.gradients import GRADIENTS, LONG, STUDY, Gradient
from benchmarks.measurements import (
    Effort,
    measure_first_calls,
    measure_gradient,
    measure_gradient_calls,
    measure_line_by_line,
    measure_overhead,
    measure_scalings,
    measure_steady,
    measure_trip_counts,
)
from benchmarks.tables import tables_of, write_results

RESULTS = Path(__file__).resolve().parent / "results.md"

OF_PROGRAMS = {"steady": measure_steady, "first": measure_first_calls}
OF_GRADIENTS = {
    "gradient": measure_gradient,
    "line": measure_line_by_line,
    "calls": measure_gradient_calls,
}
ON_THE_WHOLE = {
    "scaling": measure_scalings,
    "trips": measure_trip_counts,
    "overhead": measure_overhead,
}
PARTS = (*OF_PROGRAMS, *OF_GRADIENTS, *ON_THE_WHOLE)

Step = tuple[str, Callable[[Effort, Findings], None]]


def pin_to_one_core() -> None:
    """Keep thread pools of all tools on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measured(part: str) -> Iterable[Benchmark | Gradient]:
    """Return what a part measures."""
    if part == "first":
        return (program for program in BENCHMARKS if program.compile is None)
    return {"steady": BENCHMARKS, "gradient": GRADIENTS, "line": STUDY, "calls": (*STUDY, LONG)}[
        part
    ]


def steps_of(options: argparse.Namespace) -> list[Step]:
    """Return all that is to be measured, each with its title."""
    steps: list[Step] = []
    for part, measure in (OF_PROGRAMS | OF_GRADIENTS).items():
        for program in measured(part) if part in options.parts else ():
            if not options.names or program.name in options.names:
                size = program.quick_size if options.quick else program.size
                steps.append((f"{program.name}, {part}", partial(measure, program, size)))
    if not options.names:
        steps += [
            (part, measure) for part, measure in ON_THE_WHOLE.items() if part in options.parts
        ]
    return steps


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
    known = {program.name for program in (*BENCHMARKS, *GRADIENTS, LONG)}
    if unknown := set(options.names) - known:
        parser.error(f"unknown {sorted(unknown)}; choose from {sorted(known)}")
    return options


def main() -> int:
    """Measure, print, write; a failing variant makes the exit status 1."""
    options = read_options()
    pin_to_one_core()
    usual = Effort(31, options.seconds, options.processes)
    effort = Effort(7, 1.0, 1) if options.quick else usual
    console = Console()
    findings = Findings()
    if not enzyme.IS_INSTALLED:
        console.print(enzyme.MISSING, markup=False)
    with Progress(console=console, transient=True) as progress:
        steps = steps_of(options)
        task = progress.add_task("", total=len(steps))
        for title, measure in steps:
            progress.update(task, description=title)
            measure(effort, findings)
            progress.advance(task)
    for table in tables_of(findings):
        console.print(table.to_rich())
    for line in findings.failures:
        console.print(f"failed: {line}", style="red", markup=False)
    whole = not options.quick and not options.names and set(options.parts) == set(PARTS)
    output = options.output or (RESULTS if whole else None)
    if output is not None:
        write_results(findings, output, options.quick)
    return 1 if findings.failures else 0


if __name__ == "__main__":
    sys.exit(main())
