"""Compiled programs do what the plain ones do: values, types, mutation, aliasing, errors."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import pytest

import autograph as ag
from tests.programs.all_programs import MODULES, PROGRAMS
from tests.programs.corpus import Case, Program
from tests.programs.observe import assert_same, observe

CASES = [
    pytest.param(
        program,
        case,
        id=f"{program.name}-{case.name}",
        marks=pytest.mark.xdist_group(program.name),
    )
    for program in PROGRAMS
    for case in program.cases
]


@functools.cache
def compiled(program: Program) -> Any:
    """Compile once, so that the cases share specialisations as a user's calls do."""
    return ag.compile(program.function)


@pytest.mark.parametrize(("program", "case"), CASES)
def test_compiled_is_plain(program: Program, case: Case) -> None:
    expected = observe(program.function, case.make())
    function = compiled(program)
    for _call in ("first", "cached"):
        replays = function.stats()["replays"]
        assert_same(expected, observe(function, case.make()), program.rtol)
        if expected.error is None:
            assert function.stats()["replays"] == replays, "replayed though nothing failed"


def test_corpus_is_registered_once() -> None:
    repeated = [name for name, count in Counter(p.name for p in PROGRAMS).items() if count > 1]
    assert not repeated
    assert len(MODULES) == 9


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_plain_program_runs(program: Program) -> None:
    """Programs outside the module of failures fail on none of their inputs."""
    if program.function.__module__.endswith(".failures"):
        outcomes = [observe(program.function, case.make()).error for case in program.cases]
        assert any(outcomes)
    else:
        for case in program.cases:
            observed = observe(program.function, case.make())
            if observed.error is not None:
                raise observed.error
