"""The tables of gradients."""

from __future__ import annotations

from benchmarks.findings import (
    ENZYME,
    JAX,
    LINE_BY_LINE,
    OURS,
    PRIMAL,
    Findings,
)
from benchmarks.first_call import DIFFERENTIATORS
from benchmarks.report import DASH, Table, milliseconds, ratio


def gradient_table(findings: Findings) -> Table:
    """Lay out the times of the gradients."""
    rows = []
    for name, times in findings.gradients.items():
        ours, theirs, loops = times.get(OURS), times.get(JAX), times.get(ENZYME)
        agreement = findings.agreement.get(name)
        rows.append(
            (
                name,
                milliseconds(times.get(PRIMAL)),
                milliseconds(ours),
                ratio(ours, times.get(PRIMAL)),
                milliseconds(theirs),
                milliseconds(loops),
                ratio(theirs, ours),
                ratio(loops, ours),
                DASH if agreement is None else f"{agreement:.1e}",
            )
        )
    columns = (
        "program",
        "loss ms",
        "gradient ms",
        "ratio",
        "JAX ms",
        "Enzyme ms",
        "JAX ÷ autograph",
        "Enzyme ÷ autograph",
        "difference",
    )
    note = (
        "Gradient: the loss with its gradient, by all tools. JAX: the fastest form that we found "
        "for each program, rearranged where that helps; its Newton gradient runs a bounded loop "
        "of masked steps, as it cannot differentiate `while_loop` in reverse. Enzyme: C++ loops, "
        "for programs of scalar loops. Difference: between our gradient and JAX's, relative to "
        "the largest entry."
    )
    return Table("Gradients", columns, tuple(rows), note)


def line_by_line_table(findings: Findings) -> Table:
    """Lay out the times of literal translations."""
    rows = []
    for name, found in findings.line_by_line.items():
        ours, theirs = found.times.get(OURS), found.times.get(LINE_BY_LINE)
        cells = (milliseconds(ours), milliseconds(theirs), ratio(theirs, ours))
        rows.append((name, f"{found.size:,}", *cells))
    columns = ("program", "size", "autograph ms", "JAX ms", "JAX ÷ autograph")
    note = (
        "Loss and gradient; JAX is the program translated line by line: `fori_loop`, "
        "`.at[i, j].set`. Bundle adjustment, triangular solve, soft-DTW and Newton are smaller "
        "here than above, for both, as JAX's time for a written element grows with the array. "
        "Loops that JAX cannot reverse, `while` and those with bounds that depend on a loop, "
        "became bounded ones with a mask."
    )
    return Table("Gradients against JAX line by line", columns, tuple(rows), note)


def gradient_call_table(findings: Findings) -> Table:
    """Lay out what gradients cost in fresh processes: time of the first call, memory."""
    rows = []
    for name, calls in findings.gradient_calls.items():
        cells = [
            milliseconds(getattr(calls[tool], state))
            for state in ("cold", "warm")
            for tool in DIFFERENTIATORS
        ]
        cells += [megabytes(calls[tool].memory) for tool in DIFFERENTIATORS]
        rows.append((name, *cells))
    columns = [f"{tool}, {state} ms" for state in ("cold", "warm") for tool in DIFFERENTIATORS]
    columns += [f"{tool}, MB" for tool in DIFFERENTIATORS]
    note = (
        "Compilation and first call of loss and gradient in a fresh process after the tool's "
        "import; warm: a second process with the disk cache of the first. MB: memory at the peak "
        "of a later call beyond that of the loss."
    )
    return Table("Gradients in fresh processes", ("program", *columns), tuple(rows), note)


def megabytes(amount: float | None) -> str:
    """Show an amount of memory; what was not measured shows as a dash."""
    return DASH if amount is None else f"{amount:.1f}"


def scaling_table(findings: Findings) -> Table:
    """Lay out how gradients grow."""
    rows = []
    for name, points in findings.scaling.items():
        first = points[0][1]
        for updates, seconds in points:
            per_update = f"{seconds / updates * 1e9:.2f}"
            cells = (f"{updates:,}", milliseconds(seconds), per_update, ratio(seconds, first))
            rows.append((name, *cells))
    columns = ("loss and gradient of", "element updates", "ms", "ns per update", "to the first")
    return Table("Gradient time is linear in the updates", columns, tuple(rows))
