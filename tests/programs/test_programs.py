"""Compiled programs do what the plain ones do: values, types, mutation, aliasing, errors."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import autograph as ag
from autograph.compiler import AutographWarning
from tests.programs import aliasing, elements, fancy_indexing, in_place, shared_arrays, views
from tests.programs.all_programs import MODULES, PROGRAMS
from tests.programs.corpus import Case, Program
from tests.programs.observe import assert_same, observe
from tests.properties.interpreting import interpreting

THEMES = (aliasing, elements, fancy_indexing, in_place, shared_arrays, views)
ABOUT_MEMORY = {module.__name__ for module in THEMES}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_compiled_is_plain(program: Program, subtests: pytest.Subtests) -> None:
    """The cases share one compiled function and its specialisations, as a user's calls do."""
    function = ag.compile(program.function)
    for case in program.cases:
        with subtests.test(case.name), code_for(program, case):
            check_case(function, program, case)
    assert not program.replays or function.stats()["replays"] > 0


def code_for(program: Program, case: Case) -> AbstractContextManager[None]:
    """Return where a case runs: in other layouts, most programs do without machine code.

    Up to the emitted source, a layout makes a program another one; what is then compiled differs in
    how elements are addressed, which the programs about memory are enough to test.
    """
    in_machine_code = not case.relaid or program.function.__module__ in ABOUT_MEMORY
    return nullcontext() if in_machine_code else interpreting()


def check_case(function: Any, program: Program, case: Case) -> None:
    """Compare a first call and a second one with a plain call."""
    expected = observe(program.function, case.make())
    for _call in ("first", "cached"):
        before = function.stats()
        observed = observe(function, case.make())
        if program.replays:
            kept = (w for w in observed.warned if w[0] is not AutographWarning)
            observed = replace(observed, warned=tuple(kept))
        assert_same(expected, observed, program.rtol)
        after = function.stats()
        assert after["calls"] == before["calls"] + 1, "the call did not reach the compiled function"
        assert after["specialisations"] > 0, "nothing was compiled"
        if expected.error is None and not program.replays:
            assert after["replays"] == before["replays"], "replayed though nothing failed"
    if expected.error is None and not program.replays:
        assert not unasked(function.explain(*case.make()), program.host_calls)


def unasked(explanation: str, host_calls: tuple[str, ...]) -> list[str]:
    """Return the calls of Python functions that a program did not ask for."""
    listed = [line for line in explanation.splitlines() if "host call" in line]
    return [line for line in listed if not any(name in line for name in host_calls)]


def test_corpus_is_registered_once() -> None:
    repeated = [name for name, count in Counter(p.name for p in PROGRAMS).items() if count > 1]
    assert not repeated
    assert len(set(MODULES)) == len(MODULES)


def test_every_module_of_programs_is_listed() -> None:
    listed = {module.__name__.rpartition(".")[2] for module in MODULES}
    folder = Path(__file__).parent
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    found = {name for name, text in texts.items() if "\n@program(" in text}
    assert found <= listed


def test_host_calls_are_noticed() -> None:
    text = "f: no loop nests\nhost call: print at line 3\nhost call: json.dumps at line 4"
    assert unasked(text, ("print",)) == ["host call: json.dumps at line 4"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_plain_program_runs(program: Program) -> None:
    """Programs that do not say that they raise fail on none of their inputs."""
    if program.raises:
        outcomes = [observe(program.function, case.make()).error for case in program.cases]
        assert any(outcomes)
    else:
        for case in program.cases:
            observed = observe(program.function, case.make())
            if observed.error is not None:
                raise observed.error
