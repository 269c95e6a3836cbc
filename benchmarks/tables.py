"""The findings laid out as tables, and the file of results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.findings import JAX, JAX_PRIMAL, LOOPS, NJIT, OURS, PLAIN, PRIMAL, Findings
from benchmarks.first_call import COMPILERS, TOOLS
from benchmarks.goals import GOALS
from benchmarks.processes import FirstCall
from benchmarks.report import DASH, Table, machine, milliseconds, ratio


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


def gradient_table(findings: Findings) -> Table:
    """Lay out the times of the gradients."""
    rows = []
    for name, times in findings.gradients.items():
        ours, theirs = times.get(OURS), times.get(JAX)
        agreement = findings.agreement.get(name)
        rows.append(
            (
                name,
                milliseconds(times.get(PRIMAL)),
                milliseconds(ours),
                ratio(ours, times.get(PRIMAL)),
                milliseconds(times.get(JAX_PRIMAL)),
                milliseconds(theirs),
                ratio(theirs, ours),
                DASH if agreement is None else f"{agreement:.1e}",
            )
        )
    columns = (
        "program",
        "loss ms",
        "loss and gradient ms",
        "ratio",
        "JAX loss ms",
        "JAX loss and gradient ms",
        "JAX ÷ autograph",
        "difference",
    )
    note = (
        "Difference: between both gradients, relative to the largest entry. JAX's Newton gradient "
        "runs a bounded loop of masked steps, as it cannot differentiate `while_loop` in reverse."
    )
    return Table("Gradients", columns, tuple(rows), note)


def first_call_table(findings: Findings) -> Table:
    """Lay out the first calls."""
    rows = []
    for name, calls in findings.first_calls.items():
        cells = [f(calls[tool]) for f in (cold, warm) for tool in TOOLS]
        rows.append((name, *map(milliseconds, cells)))
    columns = [f"{tool}, {state} ms" for state in ("cold", "warm") for tool in TOOLS]
    note = (
        "Compilation and first call in a fresh process after the tool's import; warm: a second "
        "process with the disk cache of the first. autograph imports numba where it has to compile "
        "something: the second of its columns has numba imported beforehand, as numba's column has."
    )
    return Table("First call", ("program", *columns), tuple(rows), note)


def cold(call: FirstCall) -> float | None:
    """Return the time with empty caches."""
    return call.cold


def warm(call: FirstCall) -> float | None:
    """Return the time with filled caches."""
    return call.warm


def scaling_table(findings: Findings) -> Table:
    """Lay out how gradients grow."""
    rows = []
    for name, points in findings.scaling.items():
        first = points[0][1]
        for updates, seconds in points:
            per_update = f"{seconds / updates * 1e9:.2f}"
            cells = (str(updates), milliseconds(seconds), per_update, ratio(seconds, first))
            rows.append((name, *cells))
    columns = ("loss and gradient of", "element updates", "ms", "ns per update", "to the first")
    return Table("Gradient time is linear in the updates", columns, tuple(rows))


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
        first_call_table,
        scaling_table,
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
