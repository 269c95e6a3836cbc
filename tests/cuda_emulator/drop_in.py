"""Programs called with CuPy arrays, real or not, against plain NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograph as ag
from examples.differences import difference_gradient
from tests.programs.corpus import Case, Program
from tests.programs.observe import Observation, assert_same_value, observe


def to_device(cupy: Any, argument: Any) -> Any:
    return cupy.array(argument) if isinstance(argument, np.ndarray) else argument


def to_host(cupy: Any, value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(to_host(cupy, item) for item in value)
    assert not isinstance(value, np.ndarray), "a NumPy array"
    return cupy.asnumpy(value) if isinstance(value, cupy.ndarray) else value


def arguments_returned(seen: Observation) -> list[int | None]:
    """Return for each part of what was returned which array argument it is."""
    arrays = [x if hasattr(x, "strides") else None for x in seen.arguments]
    return [
        next((k for k, x in enumerate(arrays) if x is part), None) for part in parts(seen.value)
    ]


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for item in value:
            yield from parts(item)
    else:
        yield value


def check_program(cupy: Any, program: Program, case: Case) -> None:
    """Assert that a caller cannot tell the compiled program from the plain one, but for arrays."""
    rtol = max(program.rtol, 1e-11)
    compiled = ag.compile(program.function)
    expected = observe(program.function, case.make())
    found = observe(compiled, tuple(to_device(cupy, x) for x in case.make()))
    if found.error is not None:
        raise found.error
    assert_same_value(expected.value, to_host(cupy, found.value), rtol, "result")
    for k, pair in enumerate(zip(expected.arguments, found.arguments, strict=True)):
        assert_same_value(pair[0], to_host(cupy, pair[1]), rtol, f"argument {k}")
    assert arguments_returned(found) == arguments_returned(expected)
    assert compiled.stats()["replays"] == 0


def check_gradient(cupy: Any, program: Program, case: Case) -> None:
    """Assert that gradients by CuPy arrays are CuPy arrays, and central differences."""
    function = ag.grad(program.function, argnums=program.gradient)
    gradients = function(*(to_device(cupy, x) for x in case.make()))
    for argnum, gradient in zip(program.gradient, gradients, strict=True):
        expected = difference_gradient(program.function, case.make(), argnum)
        scale = float(np.max(np.abs(expected), initial=1.0))
        np.testing.assert_allclose(to_host(cupy, gradient), expected, 1e-6, 1e-6 * scale)
