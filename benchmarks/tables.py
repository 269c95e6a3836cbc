"""The findings laid out as tables, and the file of results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.findings import JAX, LOOPS, NJIT, OURS, PLAIN, Findings
from benchmarks.first_call import COMPILERS, TOOLS
from benchmarks.goals import GOALS
from benchmarks.gradient_tables import (
    gradient_call_table,
    gradient_table,
    line_by_line_table,
    scaling_table,
)
from benchmarks.report import Table, machine, milliseconds, ratio


def steady_table(findings: Findings) -> Table:
    """Lay out the times of the programs."""
    rows = []
    for name, times in findings.steady.items():
        ours = times.get(OURS)
        rows.append(
            (
                name,
                *(milliseconds(times.get(tool)) for tool in (PLAIN, NJIT, LOOPS, JAX, OURS)),
                *(ratio(times.get(tool), ours) for tool in (PLAIN, LOOPS, JAX)),
            )
        )
    columns = ("program", "NumPy ms", "njit ms", "njit loops ms", "JAX ms", "autograph ms")
    faster = ("NumPy ÷ autograph", "loops ÷ autograph", "JAX ÷ autograph")
    note = (
        "Median time of a call. njit: numba on the same source, a dash where it rejects it. "
        "njit loops: written by hand for numba; a dash where the source is loops already."
    )
    return Table("Steady state", columns + faster, tuple(rows), note)


def first_call_table(findings: Findings) -> Table:
    """Lay out the first calls."""
    rows = []
    for name, calls in findings.first_calls.items():
        cells = [getattr(calls[tool], state) for state in ("cold", "warm") for tool in TOOLS]
        rows.append((name, *map(milliseconds, cells)))
    columns = [f"{tool}, {state} ms" for state in ("cold", "warm") for tool in TOOLS]
    note = (
        "Compilation and first call in a fresh process after the tool's import; warm: a second "
        "process with the disk cache of the first. autograph imports numba where it has to compile "
        "something: the second of its columns has numba imported beforehand, as numba's column has."
    )
    return Table("First call", ("program", *columns), tuple(rows), note)


def trip_count_table(findings: Findings) -> Table:
    """Lay out first calls of a loop with few and with many iterations."""
    rows = []
    for trips, calls in findings.trip_counts.items():
        cells = [milliseconds(calls[tool].cold) for tool in COMPILERS]
        rows.append((f"{trips:,}", *cells))
    columns = ("iterations", *(f"{tool}, cold ms" for tool in COMPILERS))
    note = "First call of a loop over `range(n)`, n written in the program; the run is included."
    return Table("Compile time does not grow with the trip count", columns, tuple(rows), note)


def overhead_table(findings: Findings) -> Table:
    """Lay out call overhead and import times."""
    rows = [
        (f"call with three arrays of 10, {tool}", f"{seconds * 1e6:.3f} µs")
        for tool, seconds in findings.overhead.items()
    ]
    rows += [
        (f"import {module}, beyond NumPy", f"{seconds * 1e3:.0f} ms")
        for module, seconds in findings.imports.items()
    ]
    return Table("Overheads", ("", "median"), tuple(rows))


def goal_table(findings: Findings) -> Table:
    """Lay out the goals and whether they are met."""
    rows = []
    for goal in GOALS:
        measured = goal.measure(findings)
        if measured is not None:
            verdict = "met" if goal.is_met(measured) else "missed"
            rows.append((goal.title, goal.bound_text(), goal.format(measured), verdict))
    return Table("Goals", ("figure", "goal", "measured", ""), tuple(rows))


def tables_of(findings: Findings) -> list[Table]:
    """Lay out all that was measured."""
    makers = (
        goal_table,
        steady_table,
        gradient_table,
        line_by_line_table,
        gradient_call_table,
        scaling_table,
        first_call_table,
        trip_count_table,
        overhead_table,
    )
    return [table for maker in makers if (table := maker(findings)).rows]


def write_results(findings: Findings, path: Path, quick: bool) -> None:
    """Write the tables as Markdown."""
    sizes = "quick sizes" if quick else "full sizes"
    parts = [
        "# Benchmark results",
        f"{datetime.now(UTC):%Y-%m-%d}, {sizes}. {machine()}",
        "Every tool runs on one thread, the process is pinned to one core; variants are "
        "interleaved in one process and checked against NumPy before they are timed. "
        "Written by `make bench`.",
        *(table.to_markdown() for table in tables_of(findings)),
    ]
    if findings.failures:
        parts.append("## Failures\n\n" + "\n".join(f"- {line}" for line in findings.failures))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
