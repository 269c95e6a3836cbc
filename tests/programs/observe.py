"""Run a function and record all it does that a caller can see; compare two such records."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOAT64_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Observation:
    """What a call returned or raised, printed, and left in its arguments."""

    value: Any
    error: Exception | None
    printed: str
    arguments: tuple[Any, ...]


def observe(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Observation:
    """Call `function`; floating-point warnings, which compiled code has not, are silenced."""
    printed = io.StringIO()
    value, error = None, None
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        try:
            value = function(*arguments)
        except Exception as raised:
            error = raised
    return Observation(value, error, printed.getvalue(), arguments)


def assert_same(expected: Observation, found: Observation, rtol: float) -> None:
    """Assert that a caller cannot tell the two calls apart."""
    assert_same_error(expected.error, found.error)
    assert found.printed == expected.printed
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
    if type(found) is not type(expected) or found.args != expected.args:
        raise AssertionError(f"raised {found!r} instead of {expected!r}") from found


def assert_same_value(expected: Any, found: Any, rtol: float, place: str) -> None:
    """Assert equal types, shapes and dtypes, and close values."""
    assert type(found) is type(expected), f"{place}: {type(found)} instead of {type(expected)}"
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected), place
        for position, pair in enumerate(zip(expected, found, strict=True)):
            assert_same_value(*pair, rtol, f"{place}[{position}]")
    elif isinstance(expected, (np.ndarray, np.generic, float)):
        assert_close(np.asarray(expected), np.asarray(found), rtol, place)
    else:
        assert found == expected, place


def assert_close(expected: np.ndarray, found: np.ndarray, rtol: float, place: str) -> None:
    """Assert equal shape and dtype; floats may differ by `rtol` of the largest magnitude."""
    assert found.shape == expected.shape, f"{place}: shape {found.shape} for {expected.shape}"
    assert found.dtype == expected.dtype, f"{place}: dtype {found.dtype} for {expected.dtype}"
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
    """Yield the arrays in nested tuples and lists."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from leaves(item)


def sharing(observation: Observation) -> list[tuple[int, int, bool, bool]]:
    """List, for each pair of returned and argument arrays, identity and shared memory."""
    returned = list(leaves(observation.value))
    arrays = list(leaves(observation.arguments)) + returned
    return [
        (i, j, a is b, np.shares_memory(a, b))
        for i, a in enumerate(returned)
        for j, b in enumerate(arrays)
    ]
