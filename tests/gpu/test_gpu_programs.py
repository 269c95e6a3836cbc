"""The example programs and their gradients on a real device."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.backends.cuda.device import cupy_device
from examples.differences import difference_gradient
from tests.cuda_emulator.programs import EXAMPLES, compiling_for
from tests.programs.corpus import Case, Program
from tests.programs.observe import assert_same, observe

pytestmark = pytest.mark.gpu

CASES = [
    pytest.param(program, case, id=f"{program.name}-{case.name}")
    for program in EXAMPLES
    for case in program.cases
]


@functools.cache
def on_device(program: Program) -> Any:
    return ag.compile(program.function)


@pytest.mark.parametrize(("program", "case"), CASES)
def test_program_is_plain(program: Program, case: Case) -> None:
    expected = observe(program.function, case.make())
    with compiling_for(cupy_device):
        found = observe(on_device(program), case.make())
    assert_same(expected, found, max(program.rtol, 1e-11))
    assert on_device(program).stats()["replays"] == 0


@pytest.mark.parametrize("program", [p for p in EXAMPLES if p.gradient], ids=lambda p: p.name)
def test_gradient_is_central_difference(program: Program) -> None:
    function = ag.value_and_grad(program.function, argnums=program.gradient)
    with compiling_for(cupy_device):
        for case in program.cases:
            _, gradients = function(*case.make())
            for argnum, gradient in zip(program.gradient, gradients, strict=True):
                expected = difference_gradient(program.function, case.make(), argnum)
                scale = float(np.max(np.abs(expected), initial=1.0))
                np.testing.assert_allclose(gradient, expected, 1e-6, 1e-6 * scale)
