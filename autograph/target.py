"""What compiled code runs on: the CPU by numba, or a CUDA device.

Enters: the stages of a specialisation and the values of its params. Leaves: an entry that runs
calls with values of the same types.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from autograph import finished
from autograph.backends.numba.argument_types import type_of
from autograph.device_arrays import (
    device_of_call,
    is_device_array,
    stand_ins,
)
from autograph.errors import UnsupportedError
from autograph.pipeline import Interface, Stages

OK, GUARD_FAILED, CHECK_FAILED = range(3)
"""The status that a compiled entry returns before its results."""


class Entry(Struct, frozen=True):
    """A compiled function.

    Attributes:
        run: Takes the values of the graph's params; returns status and results.
        mismatch: What it raises for values of other types than it was compiled for, and for
            integers beyond 64 bits.
        cache_hit: Whether its machine code came from the disk cache.
        takes_calls: Whether a generated call may go to it, as it refuses arrays of another dtype,
            number of axes or layout.
        interface: What calls need to know of the graph.
    """

    run: Callable[..., Sequence[Any]]
    mismatch: tuple[type[Exception], ...]
    cache_hit: bool
    takes_calls: bool
    interface: Interface


class Target(Protocol):
    """What compiled code runs on."""

    def examples(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return what a function is traced with, for a call with these arguments."""

    def compile(self, stages: Stages, values: Sequence[Any]) -> Entry:
        """Compile for the types of these values, one for each param of the graph."""

    def deliver(self, result: Any) -> Any:
        """Return what the caller gets for what was built from an entry's results."""


class NumbaTarget:
    """The CPU."""

    def examples(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments themselves."""
        return arguments

    def compile(self, stages: Stages, values: Sequence[Any]) -> Entry:
        """Compile for the types of these values, or take machine code from the disk cache."""
        asked = [type_of(value) for value in values]
        compiled, interface = finished.machine_code(stages, asked)
        mismatch = (TypeError, OverflowError)
        return Entry(compiled.entry, mismatch, compiled.from_cache, True, interface)

    def deliver(self, result: Any) -> Any:
        """Return the result itself."""
        return result


class CudaTarget:
    """A CUDA device, for CuPy arrays that are on it; launches go to the current stream.

    Args:
        device: CuPy's device.
    """

    def __init__(self, device: Any) -> None:
        self.device = device
        self._memory = importlib.import_module("autograph.backends.cuda.device").cupy_device()

    def examples(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments with stand-ins for the arrays, whose contents are out of reach."""
        return stand_ins(arguments)

    def compile(self, stages: Stages, values: Sequence[Any]) -> Entry:
        """Emit kernels for the types of these values; the first call compiles them.

        Raises:
            UnsupportedError: If an array is not on the device, or the program needs what is not
                supported on CUDA devices.
        """
        _require_on_device(stages, values)
        execute = importlib.import_module("autograph.backends.cuda.execute")
        function = execute.CudaFunction(stages.cuda, self._memory)
        types = [type(x) for x in values]

        def run(*arguments: Any) -> Sequence[Any]:
            if [type(x) for x in arguments] != types:
                return (GUARD_FAILED,)
            with self.device:
                outcome = function([self._number(x) for x in arguments])
            return (outcome.status, *outcome.results)

        return Entry(run, (), cache_hit=False, takes_calls=False, interface=stages.interface)

    def _number(self, x: Any) -> Any:
        """Return an array without axes as a number, which is what kernels take it for."""
        return self._memory.to_host(x)[()] if is_device_array(x) and not x.ndim else x

    def deliver(self, result: Any) -> Any:
        """Return a result with arrays of no axes on the device: they were computed as numbers."""
        if isinstance(result, np.ndarray):
            with self.device:
                return self._memory.from_host(result)
        if type(result) is dict:
            return {key: self.deliver(item) for key, item in result.items()}
        if isinstance(result, tuple | list):
            items = [self.deliver(item) for item in result]
            return type(result)._make(items) if hasattr(result, "_make") else type(result)(items)
        return result


def _require_on_device(stages: Stages, values: Sequence[Any]) -> None:
    for param, value in zip(stages.optimized.params, values, strict=True):
        if isinstance(value, np.ndarray):
            raise UnsupportedError(
                f"'{param.label}' is a NumPy array from outside the function, and the arguments "
                "are on a CUDA device: pass it as an argument, as a CuPy array"
            )


NUMBA = NumbaTarget()


def target_of(names: Sequence[str], arguments: Sequence[Any]) -> Target:
    """Return what a call with these arguments runs on.

    Args:
        names: The names of the arguments, for messages.
        arguments: The arguments.

    Raises:
        UnsupportedError: If NumPy arrays are mixed with CuPy arrays, or two devices.
    """
    device = device_of_call(names, arguments)
    return NUMBA if device is None else CudaTarget(device)
