"""The example programs and their gradients on the emulated device, and through NVRTC."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.backends.cuda import nvrtc
from examples.differences import difference_gradient
from tests.cuda_emulator.devices import EmulatedDevice, RecordingDevice, has_compiler
from tests.cuda_emulator.programs import EXAMPLES, compiling_for
from tests.programs.all_programs import PROGRAMS
from tests.programs.corpus import Case, Program
from tests.programs.linear_algebra import gaussian_process_evidence
from tests.programs.observe import assert_same, observe
from tests.programs.sorting import nearest_neighbour_vote

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_100")
STRICT = (*nvrtc.OPTIONS, nvrtc.WARNINGS_AS_ERRORS)
DIFFERENTIABLE = [p for p in EXAMPLES if p.gradient]

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="no g++")
needs_nvrtc = pytest.mark.skipif(not nvrtc.is_available(), reason="NVRTC is not installed")


def group(program: Program) -> Any:
    return pytest.mark.xdist_group(f"cuda-{program.name}")


CASES = [
    pytest.param(program, case, id=f"{program.name}-{case.name}", marks=group(program))
    for program in EXAMPLES
    for case in program.cases
]


@functools.cache
def emulated(program: Program) -> Any:
    return ag.compile(program.function)


@needs_compiler
@pytest.mark.parametrize(("program", "case"), CASES)
def test_program_is_plain(program: Program, case: Case) -> None:
    expected = observe(program.function, case.make())
    with compiling_for(EmulatedDevice):
        found = observe(emulated(program), case.make())
    assert_same(expected, found, max(program.rtol, 1e-12))
    assert emulated(program).stats()["replays"] == 0


@needs_compiler
@pytest.mark.parametrize(
    "program", [pytest.param(p, id=p.name, marks=group(p)) for p in DIFFERENTIABLE]
)
def test_gradient_is_central_difference(program: Program) -> None:
    function = ag.value_and_grad(program.function, argnums=program.gradient)
    with compiling_for(EmulatedDevice):
        for case in program.cases:
            value, gradients = function(*case.make())
            np.testing.assert_allclose(value, program.function(*case.make()), rtol=1e-12)
            for argnum, gradient in zip(program.gradient, gradients, strict=True):
                expected = difference_gradient(program.function, case.make(), argnum)
                scale = float(np.max(np.abs(expected), initial=1.0))
                np.testing.assert_allclose(gradient, expected, 1e-6, 1e-6 * scale)


def cuda_source(function: Any, program: Program) -> str:
    with compiling_for(RecordingDevice):
        return function.show("cuda", *program.cases[-1].make())


@needs_nvrtc
@pytest.mark.parametrize("program", EXAMPLES, ids=lambda p: p.name)
def test_program_compiles_without_warnings(program: Program) -> None:
    source = cuda_source(ag.compile(program.function), program)
    for architecture in ARCHITECTURES:
        assert nvrtc.compile_source(source, architecture, STRICT)


@needs_nvrtc
@pytest.mark.parametrize("program", DIFFERENTIABLE, ids=lambda p: p.name)
def test_gradient_compiles_without_warnings(program: Program) -> None:
    source = cuda_source(ag.grad(program.function, argnums=program.gradient), program)
    for architecture in ARCHITECTURES:
        assert nvrtc.compile_source(source, architecture, STRICT)


@needs_compiler
@pytest.mark.parametrize("function", [nearest_neighbour_vote, gaussian_process_evidence])
def test_routines_of_libraries_run_on_the_host(function: Any) -> None:
    (program,) = (p for p in PROGRAMS if p.function is function)
    with compiling_for(EmulatedDevice):
        compiled = ag.compile(function)
        for case in program.cases:
            expected = observe(function, case.make())
            assert_same(expected, observe(compiled, case.make()), max(program.rtol, 1e-12))
    assert compiled.stats()["replays"] == 0
