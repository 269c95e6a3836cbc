"""Loops of transformations, as plain Python that is traced into the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def collected(count: Any, make: Any) -> list[Any]:
    """Return what `make` makes of 0, 1, ..., count - 1."""
    items = []
    for k in range(count):
        items.append(make(k))
    return items


def calling(call: Callable[..., Any]) -> Any:
    """Return the function that passes a function and its arguments to a staged one."""

    def run(fn: Any, args: Any, kwargs: Any) -> Any:
        return call(fn, args, kwargs)

    return run


def gradient_along(vjp: Callable[..., Any], fn: Any, cotangent: Any) -> Any:
    """Return the function that gives the cotangents of the arguments of a function."""

    def second(*args: Any) -> Any:
        return vjp(fn, *args)[1](cotangent)

    return second


def pulling(at: Callable[..., Any], known: Any, fn: Any, point: Any) -> Any:
    """Return the function from cotangents of the value of a function to those of its arguments.

    Args:
        at: Computes them.
        known: What is known from the call of the function, for `at`.
        fn: The function.
        point: Its arguments.
    """

    def pull(cotangent: Any) -> Any:
        return at(known, fn, point, cotangent)

    return pull


def pushing(at: Callable[..., Any], known: Any, fn: Any, point: Any) -> Any:
    """Return the function from tangents of the arguments of a function to that of its value."""

    def push(*tangents: Any) -> Any:
        return at(known, fn, point, tangents)

    return push


def without_aux(fn: Any) -> Any:
    """Return the function that gives the first of what a function returns."""

    def value(*args: Any) -> Any:
        return fn(*args)[0]

    return value
