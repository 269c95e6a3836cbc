"""Compiled programs do what the plain ones do: values, types, mutation, aliasing, errors."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import autograph as ag
from tests.programs.all_programs import MODULES, PROGRAMS
from tests.programs.corpus import Case, Program
from tests.programs.observe import assert_same, observe


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_compiled_is_plain(program: Program, subtests: pytest.Subtests) -> None:
    """The cases share one compiled function and its specialisations, as a user's calls do."""
    function = ag.compile(program.function)
    for case in program.cases:
        with subtests.test(case.name):
            check_case(function, program, case)


def check_case(function: Any, program: Program, case: Case) -> None:
    """Compare a first call and a second one with a plain call."""
    expected = observe(program.function, case.make())
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
