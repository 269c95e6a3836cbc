"""The corpus: plain functions, each with the inputs it is run on.

A module of the corpus decorates its functions with `program`; the tests run every registered
function plain and compiled. A maker takes a size and returns fresh arguments; from one maker come
cases of several sizes, memory layouts and special values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]
Maker = Callable[[int], Arguments]

SIZES = (0, 1, 7)
LAYOUTS = ("strided", "fortran")
SPECIAL_VALUES = (np.nan, -0.0, np.inf, 0.0, -np.inf, 1e300, 5e-324)


@dataclass(frozen=True)
class Case:
    """One way of calling a program.

    Attributes:
        name: what tests call it.
        make: returns equal, fresh arguments each time.
        relaid: whether they are those of another case in another memory layout.
    """

    name: str
    make: Callable[[], Arguments]
    relaid: bool = False


@dataclass(frozen=True)
class Program:
    """A function, the cases it is run on, and how close its values must be.

    Attributes:
        function: the plain function.
        cases: the ways of calling it.
        rtol: largest difference relative to an array's largest magnitude, for float64.
        gradient: arguments by which it is differentiated.
        raises: whether some of its cases raise; then at least one must.
        host_calls: names of the functions that it asks to be called as Python.
        replays: whether in some of its cases an integer leaves 64 bits; then at least one must run
            as plain Python.
    """

    function: Callable[..., Any]
    cases: tuple[Case, ...]
    rtol: float
    gradient: tuple[int, ...]
    raises: bool = False
    host_calls: tuple[str, ...] = ()
    replays: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__


registry: list[Program] = []


def program(
    *makers: Maker,
    sizes: tuple[int, ...] = SIZES,
    layouts: tuple[str, ...] = LAYOUTS,
    special: bool = False,
    rtol: float = 1e-13,
    gradient: tuple[int, ...] = (),
    raises: bool = False,
    host_calls: tuple[str, ...] = (),
    replays: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function with its inputs; the function itself stays as it is.

    Args:
        makers: each maps a size to arguments.
        sizes: sizes to make.
        layouts: memory layouts to make of the largest size, besides the makers' own.
        special: also put NaN, infinities, signed zeros and extremes into the float arrays.
        rtol: largest difference relative to an array's largest magnitude, for float64.
        gradient: arguments by which the function, returning a float scalar, is differentiated.
        raises: whether some of the cases raise, as programs of the module `failures` do.
        host_calls: names of the functions that compiled code may call as Python; none by default,
            and then `explain` must not list any.
        replays: whether in some of the cases an integer leaves 64 bits, so that plain Python runs.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        cases: list[Case] = []
        for number, maker in enumerate(makers):
            prefix = f"{number}-" if len(makers) > 1 else ""
            cases += make_cases(prefix, maker, sizes, layouts, special)
        may_raise = raises or function.__module__.endswith(".failures")
        made = Program(function, tuple(cases), rtol, gradient, may_raise, host_calls, replays)
        registry.append(made)
        return function

    return register


def make_cases(
    prefix: str, maker: Maker, sizes: tuple[int, ...], layouts: tuple[str, ...], special: bool
) -> list[Case]:
    """Derive the cases of one maker."""
    cases = [Case(f"{prefix}{size}", lambda size=size: maker(size)) for size in sizes]
    largest = max(sizes)
    for layout in layouts:
        needed = 2 if layout == "fortran" else 1
        if any(np.ndim(a) >= needed for a in maker(largest)):
            relaid = lambda layout=layout: tuple(lay_out(a, layout) for a in maker(largest))  # noqa: E731
            cases.append(Case(f"{prefix}{largest}-{layout}", relaid, relaid=True))
    if special:
        spoiled = lambda: tuple(with_special_values(a) for a in maker(largest))  # noqa: E731
        cases.append(Case(f"{prefix}{largest}-special", spoiled))
    return cases


def lay_out(argument: Any, layout: str) -> Any:
    """Return an equal array in another memory layout."""
    if not isinstance(argument, np.ndarray) or argument.ndim == 0:
        return argument
    if layout == "fortran":
        return np.asfortranarray(argument)
    if layout == "reversed":
        backwards = (slice(None, None, -1),) * argument.ndim
        return np.ascontiguousarray(argument[backwards])[backwards]
    assert layout == "strided"
    wide = np.zeros([2 * n for n in argument.shape], argument.dtype)
    view = wide[(slice(None, None, 2),) * argument.ndim]
    view[...] = argument
    return view


def with_special_values(argument: Any) -> Any:
    """Overwrite the first elements of a float array by the values that break careless code."""
    if not isinstance(argument, np.ndarray) or argument.dtype.kind != "f":
        return argument
    with np.errstate(over="ignore", under="ignore"):
        values = np.array(SPECIAL_VALUES).astype(argument.dtype)[: argument.size]
    spoiled = argument.copy()
    spoiled.reshape(-1)[: len(values)] = values
    return spoiled


def floats(*shape: int, seed: int = 0, low: float = 0.5, high: float = 1.5, dtype: Any = float):
    """Return uniformly drawn floats."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def signed(*shape: int, seed: int = 0, dtype: Any = float):
    """Return floats of both signs, none of them close to zero."""
    rng = np.random.default_rng(seed)
    sign = rng.choice([-1.0, 1.0], shape)
    return (sign * rng.uniform(0.2, 2.0, shape)).astype(dtype)


def integers(*shape: int, seed: int = 0, low: int = -5, high: int = 6, dtype: Any = np.int64):
    """Return uniformly drawn integers."""
    return np.random.default_rng(seed).integers(low, high, shape, dtype=dtype)


def booleans(*shape: int, seed: int = 0):
    """Return uniformly drawn truth values."""
    return np.random.default_rng(seed).integers(0, 2, shape).astype(bool)
