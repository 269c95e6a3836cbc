"""What makes a solver in plain NumPy a function for users, inside and outside of compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from typing import Any

from autograph.frontend import STAGED, Transform, defined
from autograph.pipeline import Options
from autograph.transformed import entry_of


def solver(definition: Callable[..., Any]) -> Callable[..., Any]:
    """Return a solver that is traced into compiled functions, and compiled where it is called.

    Args:
        definition: A function in plain NumPy, of the user's function and more.
    """
    staged = defined(definition)

    def rule(fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return staged(fn, *args, **kwargs)

    transform = Transform(definition.__name__, rule)

    def plain(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        definition(fn, *args, **kwargs)

    def call(fn: Any, *args: Any, **kwargs: Any) -> Any:
        return entry_of(fn, transform, plain, Options())(fn, args, kwargs)

    update_wrapper(call, definition)
    setattr(call, STAGED, staged)
    return call
