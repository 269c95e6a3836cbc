"""The page of the language is true: each row names programs that are tested.

To add a row: write a program with `@program` in a module of `tests/programs` (or, for a refusal,
with `@refused` in `tests/programs/refusals.py`) and name it in backquotes in the second column of a
table of `docs/language.md`. Nothing is to be changed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs.all_programs import PROGRAMS
from tests.programs.refusals import registry as refusals

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
REFUSED = "What is refused"


def rows() -> Iterator[tuple[str, list[str]]]:
    """Yield section, what is claimed and the cells of each row of a table."""
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith(("| ---", "| what |")):
            yield section, [cell.strip() for cell in line.strip("|").split(" | ")]


ROWS = list(rows())


def names(cells: list[str]) -> list[str]:
    return re.findall(r"`(\w+)`", cells[1])


@pytest.mark.parametrize(("section", "cells"), ROWS, ids=[cells[0] for _, cells in ROWS])
def test_row_names_tested_programs(section: str, cells: list[str]) -> None:
    known = refusals if section == REFUSED else PROGRAMS
    assert len(cells) == 3
    assert names(cells), "a row names at least one program"
    assert set(names(cells)) <= {program.name for program in known}


def test_every_refusal_has_a_row() -> None:
    named = {name for section, cells in ROWS if section == REFUSED for name in names(cells)}
    assert named == {refusal.name for refusal in refusals}
