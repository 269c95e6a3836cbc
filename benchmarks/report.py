"""Tables, printed and as Markdown, and a description of the machine they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import rich.table
from rich.markup import escape

PACKAGES = ("numpy", "numba", "jax", "scipy", "enzyme_ad")
DASH = "–"  # noqa: RUF001


@dataclass(frozen=True)
class Table:
    """A table: the first column holds names, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def to_rich(self) -> rich.table.Table:
        """Lay the table out for a terminal."""
        table = rich.table.Table(title=self.title, caption=escape(self.note), title_justify="left")
        for position, column in enumerate(self.columns):
            table.add_column(column, justify="right" if position else "left", no_wrap=not position)
        for row in self.rows:
            table.add_row(*row)
        return table

    def to_markdown(self) -> str:
        """Write the table as Markdown."""
        alignment = [":--", *["--:"] * (len(self.columns) - 1)]
        lines = [f"## {self.title}", ""]
        lines += [markdown_row(cells) for cells in (self.columns, alignment, *self.rows)]
        if self.note:
            lines += ["", self.note]
        return "\n".join(lines)


def markdown_row(cells: Sequence[str]) -> str:
    """Join the cells of one row."""
    return f"| {' | '.join(cells)} |"


def milliseconds(seconds: float | None) -> str:
    """Show a time; what is missing shows as a dash."""
    if seconds is None:
        return DASH
    return f"{seconds * 1e3:.3f}" if seconds < 0.1 else f"{seconds * 1e3:.0f}"


def ratio(numerator: float | None, denominator: float | None) -> str:
    """Show how many times larger the numerator is."""
    if numerator is None or denominator is None:
        return DASH
    return f"{numerator / denominator:.2f}×"  # noqa: RUF001


def processor() -> str:
    """Return the processor's name as the system tells it."""
    description = Path("/proc/cpuinfo")
    if description.exists():
        for line in description.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine() -> str:
    """Describe the machine and the versions in one line."""
    installed = {distribution.name for distribution in metadata.distributions()}
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in PACKAGES if p in installed)
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}."
    )
