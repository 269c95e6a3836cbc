"""The example programs, and how compiled functions are made to run on a given device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from autograph.backends.cuda.device import Device
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.specialise import Specialisation
from tests.programs.all_programs import PROGRAMS
from tests.programs.corpus import Program

EXAMPLES: list[Program] = [p for p in PROGRAMS if p.function.__module__.startswith("examples.")]


@contextmanager
def compiling_for(make_device: Callable[[], Device]) -> Iterator[list[CudaFunction]]:
    """Have `compile` and `grad` run on a device what they compile; yields what was compiled."""
    compiled: list[CudaFunction] = []

    def compile_for_device(specialisation: Specialisation, arguments: tuple[Any, ...]) -> None:
        function = CudaFunction(specialisation.stages.cuda, make_device())
        compiled.append(function)

        def entry(*values: Any) -> tuple[Any, ...]:
            outcome = run_on_copies(function, values)
            return (outcome.status, *outcome.results)

        specialisation._entry = entry
        specialisation.cache_hit = False
        specialisation._written = []
        specialisation.direct = None

    with mock.patch.object(Specialisation, "_compile", compile_for_device):
        yield compiled
