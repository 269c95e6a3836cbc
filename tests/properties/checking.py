"""Compares a random program with its compiled form, and its gradient with central differences."""

from __future__ import annotations

import linecache
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

import autograph as ag
from autograph.errors import UnsupportedError
from tests.programs.corpus import lay_out
from tests.programs.observe import assert_same, observe
from tests.properties.changing_programs import ChangingProgramWriter
from tests.properties.nest_programs import NestProgramWriter
from tests.properties.program_writer import ProgramWriter
from tests.properties.wide_programs import WideProgramWriter, wide_arguments

Arguments = tuple[Any, ...]

SIZES = ((4, 3, 2), (1, 1, 0), (5, 2, 3), (0, 1, 1), (2, 4, -1), (7, 3, 4))
"""Length of the vectors, rows of the matrix, and the integer, of each call."""


LARGE = 2**55
"""What is computed from such an integer may leave 64 bits: then plain Python runs."""

PLAIN_SECONDS = 10
"""Processor time that a call of plain Python may take; one that takes more may never end."""


class Endless(BaseException):
    """A program does not end; not an `Exception`, so that no program catches it."""


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """Raise `Endless` in what takes more processor time."""

    def stop(*_: Any) -> NoReturn:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def load(text: str, label: str) -> Callable[..., Any]:
    """Return the function `program` of a source text, which tracebacks will show."""
    filename = f"<{label}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), space)
    program: Callable[..., Any] = space["program"]
    return program


def arguments(seed: int, call: int, *, smooth: bool = False) -> Arguments:
    """Return the arguments of a call; their sums are exact unless they are to be smooth."""
    length, rows, n = SIZES[call % len(SIZES)]
    rng = np.random.default_rng([seed, call])

    def floats(*shape: int) -> Any:
        if smooth:
            return rng.uniform(-2.0, 2.0, shape)
        return rng.integers(-12, 13, shape) / 4.0

    made = (floats(length), floats(length), floats(rows, length), rng.integers(-3, 6, length))
    layout = {3: "strided", 5: "reversed"}.get((call + seed) % 7, "")
    if layout:
        made = tuple(lay_out(x, layout) for x in made)
    return (*made, n, float(floats(1)[0]))


def changing_outcome_of(seed: int) -> str:
    """Compare a program whose variables change their types with its compiled form."""
    return outcome_of_text(ChangingProgramWriter(seed).text(), seed)


def outcome_of(seed: int) -> str:
    """Compare a program with its compiled form in several calls; say how that went.

    Returns:
        `same`, or `unsupported: ` and why it is not compiled.

    Raises:
        AssertionError: If the two differ.
    """
    return outcome_of_text(ProgramWriter(seed).text(), seed)


def nest_outcome_of(seed: int) -> str:
    """Compare a program of loop nests with its compiled form."""
    return outcome_of_text(NestProgramWriter(seed).text(), seed)


def nest_gradient_outcome_of(seed: int) -> str:
    """Compare the gradient of a program of loop nests with central differences."""
    return gradient_outcome_of_text(NestProgramWriter(seed, smooth=True).text(), seed)


def wide_outcome_of(seed: int) -> str:
    """Compare a program of many features with its compiled form."""
    return wide_outcome_of_text(WideProgramWriter(seed).text(), seed)


def wide_outcome_of_text(text: str, seed: int) -> str:
    """Do the same for a source text."""
    return outcome_of_text(text, seed, wide_arguments)


def outcome_of_text(text: str, seed: int, make: Callable[[int, int], Arguments] = arguments) -> str:
    """Do the same for a source text; say `endless` of a program that does not end."""
    program = load(text, f"random program {seed}")
    compiled = ag.compile(program)
    for call in (0, 1, 0, 2, 3, 4, 5, 0):
        try:
            with ending_within(PLAIN_SECONDS):
                expected = observe(program, make(seed, call))
        except Endless:
            return "endless"
        replays = compiled.stats()["replays"]
        found = observe(compiled, make(seed, call))
        if isinstance(found.error, UnsupportedError):
            return f"unsupported: {found.error}"
        if found.warned and largest_integer(program, make(seed, call)) > LARGE:
            return "integers near or beyond 64 bits"
        assert_same(expected, found, 1e-12)
        if expected.error is None:
            assert compiled.stats()["replays"] == replays, "replayed though nothing failed"
    return "same"


def largest_integer(program: Callable[..., Any], given: Arguments) -> int:
    """Return the largest magnitude of an integer in a variable or array while a program runs."""
    largest = 0

    def watch(frame: Any, event: str, argument: Any) -> Any:
        nonlocal largest
        largest = max(largest, *map(magnitude, frame.f_locals.values()), 0)
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        observe(program, given)
    finally:
        sys.settrace(before)
    return largest


def magnitude(x: Any) -> int:
    """Return the largest magnitude of an integer, or in an array of them; 0 of anything else."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "i" and x.size:
        return max(abs(int(x.min())), abs(int(x.max())))
    return abs(x) if type(x) is int else 0


def gradient_outcome_of(seed: int) -> str:
    """Compare the gradient of a program with central differences; say how that went."""
    return gradient_outcome_of_text(ProgramWriter(seed, smooth=True).text(), seed)


def gradient_outcome_of_text(text: str, seed: int) -> str:
    """Do the same for a source text."""
    program = load(text, f"random smooth program {seed}")
    compiled = ag.value_and_grad(program, argnums=(0, 2, 5))
    result = "not differentiable"
    for call in (0, 2, 1):
        given = arguments(seed, call, smooth=True)
        expected = observe(program, arguments(seed, call, smooth=True))
        if expected.error is not None or not isinstance(expected.value, float):
            continue
        if overflows(program, arguments(seed, call, smooth=True)):
            continue
        found = observe(compiled, given)
        if isinstance(found.error, UnsupportedError):
            return f"unsupported: {found.error}"
        if found.error is not None:
            raise found.error
        value, gradients = found.value
        np.testing.assert_allclose(value, expected.value, rtol=1e-10, atol=1e-10)
        for argument, gradient in zip((0, 2, 5), gradients, strict=True):
            result = compare_gradient(program, given, argument, np.asarray(gradient)) or result
    return result


def overflows(program: Callable[..., Any], given: Arguments) -> bool:
    """Return whether a number gets infinite on the way, whose slope times zero is no number."""
    try:
        with np.errstate(over="raise"):
            program(*given)
    except FloatingPointError:
        return True
    return False


def compare_gradient(
    program: Callable[..., Any], given: Arguments, argument: int, gradient: Any
) -> str | None:
    """Compare the derivatives with respect to one argument where differences are trustworthy."""
    compared = None
    for position in np.ndindex(np.shape(given[argument])):
        (coarse, _), (fine, noise) = (
            difference(program, given, argument, position, h) for h in (1e-4, 1e-5)
        )
        scale = 1e-6 * max(1.0, abs(fine))
        if noise > scale:
            continue
        if not (np.isfinite(fine) and abs(coarse - fine) < scale and abs(fine) < 1e6):
            continue
        assert abs(gradient[position] - fine) < 10 * scale, (
            f"derivative by argument {argument}{list(position)}: {gradient[position]}, not {fine}"
        )
        compared = "same"
    return compared


def difference(
    program: Callable[..., Any], given: Arguments, argument: int, position: Any, h: float
) -> tuple[float, float]:
    """Return a central difference, NaN where the program raises, and what rounding makes of it."""
    values = []
    for step in (h, -h):
        moved = [np.array(x) if isinstance(x, np.ndarray) else x for x in given]
        changed = np.array(moved[argument], dtype=float)
        changed[position] += step
        moved[argument] = changed if changed.ndim else float(changed)
        observed = observe(program, tuple(moved))
        values.append(np.nan if observed.error else float(observed.value))
    return (values[0] - values[1]) / (2 * h), float(np.spacing(np.abs(values).max()) / h)
