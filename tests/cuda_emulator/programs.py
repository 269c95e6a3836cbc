"""The example programs, and how compiled functions are made to run on a given device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from autograph.backends.cuda.device import Device
from autograph.backends.cuda.execute import CudaFunction, run_on_copies
from autograph.pipeline import Stages
from autograph.target import Entry, NumbaTarget
from tests.programs.all_programs import PROGRAMS
from tests.programs.corpus import Program

EXAMPLES: list[Program] = [p for p in PROGRAMS if p.function.__module__.startswith("examples.")]


@contextmanager
def compiling_for(make_device: Callable[[], Device]) -> Iterator[list[CudaFunction]]:
    """Have `compile` and `grad` run on a device what they compile; yields what was compiled."""
    compiled: list[CudaFunction] = []

    def compile_for_device(target: NumbaTarget, stages: Stages, values: Sequence[Any]) -> Entry:
        function = CudaFunction(stages.cuda, make_device())
        compiled.append(function)

        def run(*arguments: Any) -> Sequence[Any]:
            outcome = run_on_copies(function, arguments)
            return (outcome.status, *outcome.results)

        return Entry(run, (), cache_hit=False, takes_calls=False, interface=stages.interface)

    with mock.patch.object(NumbaTarget, "compile", compile_for_device):
        yield compiled
