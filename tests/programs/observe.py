"""Run a function and record all it does that a caller can see; compare two such records."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import io
import random
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import autograph as ag
from autograph.ops.generator_state import read_state

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
FLOAT64_EPSILON = float(np.finfo(np.float64).eps)
PACKAGE = str(Path(ag.__file__).parent)

Place = tuple[str, int | None, int | None, int | None, int | None, str]
"""Of a frame: file, first and last line, first and last column, function."""


@dataclass(frozen=True)
class Observation:
    """What a call returned or raised, printed, and left in its arguments.

    Attributes:
        value: what it returned.
        error: what it raised.
        printed: the text on standard output.
        warned: category and text of warnings, floating-point ones left out.
        arguments: the arguments after the call.
    """

    value: Any
    error: Exception | None
    printed: str
    warned: tuple[tuple[type[Warning], str], ...]
    arguments: tuple[Any, ...]

    @property
    def places(self) -> list[Place]:
        """The frames of the error that are the program's own, outermost first."""
        if self.error is None:
            return []
        frames = traceback.extract_tb(self.error.__traceback__)
        return [
            (f.filename, f.lineno, f.end_lineno, f.colno, f.end_colno, f.name)
            for f in frames
            if f.filename != __file__ and not f.filename.startswith(PACKAGE)
        ]


def observe(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Observation:
    """Call `function`; floating-point warnings, which compiled code has not, are left out."""
    printed = io.StringIO()
    value, error = None, None
    with (
        contextlib.redirect_stdout(printed),
        np.errstate(all="ignore"),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        try:
            value = function(*arguments)
        except Exception as raised:
            error = raised
    warned = tuple(
        (w.category, str(w.message)) for w in caught if not issubclass(w.category, RuntimeWarning)
    )
    return Observation(value, error, printed.getvalue(), warned, arguments)


def assert_same(expected: Observation, found: Observation, rtol: float) -> None:
    """Assert that a caller cannot tell the two calls apart."""
    assert_same_error(expected.error, found.error)
    assert found.places == expected.places, "the error comes from elsewhere"
    assert found.printed == expected.printed, f"{found.printed!r} for {expected.printed!r}"
    assert found.warned == expected.warned, f"warned {found.warned} for {expected.warned}"
    for position, pair in enumerate(zip(expected.arguments, found.arguments, strict=True)):
        assert_same_value(*pair, rtol, f"argument {position}")
    assert_same_value(expected.value, found.value, rtol, "result")
    assert sharing(found) == sharing(expected), "memory shared with arguments differs"


def assert_same_error(expected: Exception | None, found: Exception | None) -> None:
    """Assert that both raised the same exception, or none."""
    if expected is None:
        if found is not None:
            raise found
        return
    assert found is not None, f"did not raise {expected!r}"
    kinds = type(found), type(expected)
    if not (kinds[0] is kinds[1] or are_local(*kinds)) or found.args != expected.args:
        raise AssertionError(f"raised {found!r} instead of {expected!r}") from found


def assert_same_value(expected: Any, found: Any, rtol: float, place: str) -> None:
    """Assert equal types, shapes and dtypes, and close values."""
    kinds = type(found), type(expected)
    assert kinds[0] is kinds[1] or are_local(*kinds), f"{place}: {kinds[0]} instead of {kinds[1]}"
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected), place
        for position, pair in enumerate(zip(expected, found, strict=True)):
            assert_same_value(*pair, rtol, f"{place}[{position}]")
    elif isinstance(expected, dict):
        assert list(found) == list(expected), place
        for key, part in expected.items():
            assert_same_value(part, found[key], rtol, f"{place}[{key!r}]")
    elif isinstance(expected, GENERATORS):
        np.testing.assert_equal(read_state(bits_of(found)), read_state(bits_of(expected)), place)
    elif isinstance(expected, (np.ndarray, np.generic, float, complex)):
        assert_close(np.asarray(expected), np.asarray(found), rtol, place)
    elif (attributes := attributes_of(expected)) is not None:
        assert_same_value(attributes, attributes_of(found), rtol, place)
    elif type(expected).__module__.startswith("scipy."):
        assert_same_value(vars(expected), vars(found), rtol, place)
    else:
        assert found == expected, place


def are_local(one: type, other: type) -> bool:
    """Return whether two classes were made by one definition in a function, in two calls of it."""

    def described(kind: type) -> tuple[Any, ...]:
        bases = [(base.__module__, base.__qualname__) for base in kind.__mro__]
        return bases, sorted(vars(kind)), kind.__doc__

    is_global = getattr(sys.modules[one.__module__], one.__qualname__, None) is one
    return not is_global and described(one) == described(other)


def bits_of(generator: Any) -> Any:
    """Return what has the state of a generator of random numbers."""
    return getattr(generator, "bit_generator", generator)


def attributes_of(value: Any) -> dict[str, Any] | None:
    """Return the attributes of an object that holds values; None for anything else."""
    if isinstance(value, type) or inspect.isroutine(value):
        return None
    if dataclasses.is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    plain = type(value).__eq__ is object.__eq__ and hasattr(value, "__dict__")
    return dict(vars(value)) if plain else None


def assert_close(expected: np.ndarray, found: np.ndarray, rtol: float, place: str) -> None:
    """Assert equal shape and dtype; floats may differ by `rtol` of the largest magnitude."""
    assert found.shape == expected.shape, f"{place}: shape {found.shape} for {expected.shape}"
    assert found.dtype == expected.dtype, f"{place}: dtype {found.dtype} for {expected.dtype}"
    if expected.dtype.kind == "c":
        for part in ("real", "imag"):
            assert_close(getattr(expected, part), getattr(found, part), rtol, f"{place}.{part}")
        return
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected, err_msg=place)
        return
    scaled = rtol * float(np.finfo(expected.dtype).eps) / FLOAT64_EPSILON
    magnitudes = np.abs(expected[np.isfinite(expected)].astype(np.float64))
    # Extreme entries must not excuse errors in the ordinary ones.
    ordinary = magnitudes[magnitudes < 1e100]
    allowed = scaled * float(np.max(ordinary, initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=scaled, atol=allowed, err_msg=place)


def leaves(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays in nested containers and objects."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    elif (attributes := attributes_of(value)) is not None:
        yield from leaves(attributes)


def sharing(observation: Observation) -> list[tuple[int, int, bool, bool]]:
    """List, for each pair of returned and argument arrays, identity and shared memory."""
    returned = list(leaves(observation.value))
    arrays = list(leaves(observation.arguments)) + returned
    return [
        (i, j, a is b, np.shares_memory(a, b))
        for i, a in enumerate(returned)
        for j, b in enumerate(arrays)
    ]
