"""Functions with a staged form of their own: what their calls do while a program is traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MethodType
from typing import Any

from msgspec import Struct

STAGED = "__autograph_staged__"
"""The attribute of a function that holds its staged form: what is called in its place."""

Rule = Callable[..., Any]
"""Given a function, positional and keyword arguments, then options: what a call gives."""


class Transform(Struct, frozen=True):
    """What is made of a function, such as its gradient.

    Attributes:
        name: What users call it.
        rule: Traces a call of the transformed function.
        options: Further arguments of the rule.
        keeps_parameters: Whether the function is called with the arguments of the transformed one.
    """

    name: str
    rule: Rule
    options: tuple[Any, ...] = ()
    keeps_parameters: bool = True

    def call(self, fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Trace a call of a transformed function."""
        return self.rule(fn, args, kwargs, *self.options)


class Transformed(Struct, frozen=True, eq=False):
    """The staged form of a transformed function.

    Attributes:
        fn: What was transformed, which may be transformed itself.
        transform: How.
    """

    fn: Any
    transform: Transform

    @property
    def __autograph_staged__(self) -> Transformed:
        """What converted code calls in its place: itself."""
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Trace a call."""
        return self.transform.call(self.fn, args, kwargs)


def staged(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose calls in traced programs are handled by `handler`."""
    setattr(handler, STAGED, handler)
    return handler


def staged_form(f: Any) -> Callable[..., Any] | None:
    """Return what converted code calls in place of a function, None if it has nothing such."""
    if isinstance(f, MethodType | type):
        return None
    found: Callable[..., Any] | None = getattr(f, STAGED, None)
    return found
