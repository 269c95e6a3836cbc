"""The parameters of a function, and calls in the form of one argument for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType
from typing import Any

from msgspec import Struct


class Parameters(Struct, frozen=True):
    """The parameters of a function, in the order of its signature.

    Attributes:
        positional: Those that take positional arguments.
        only_positional: How many of them take no keyword.
        variadic: The one that takes further positional arguments, if there is one.
        only_keyword: Those that take keywords only.
        keywords: The one that takes further keywords, if there is one.
    """

    positional: tuple[str, ...]
    only_positional: int
    variadic: tuple[str, ...]
    only_keyword: tuple[str, ...]
    keywords: tuple[str, ...]

    @staticmethod
    def of(code: CodeType) -> Parameters:
        """Return the parameters of a function with this code."""
        count = code.co_argcount
        end = count + code.co_kwonlyargcount
        rest = list(code.co_varnames[end:])
        variadic = (rest.pop(0),) if code.co_flags & CO_VARARGS else ()
        keywords = (rest.pop(0),) if code.co_flags & CO_VARKEYWORDS else ()
        names = code.co_varnames
        return Parameters(
            names[:count], code.co_posonlyargcount, variadic, names[count:end], keywords
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the arguments."""
        return (*self.positional, *self.variadic, *self.only_keyword, *self.keywords)

    def text(self) -> str:
        """Return the declaration of the parameters, without defaults."""
        parts = list(self.positional)
        if self.only_positional:
            parts.insert(self.only_positional, "/")
        if self.variadic or self.only_keyword:
            parts.append(f"*{''.join(self.variadic)}")
        parts += [*self.only_keyword, *(f"**{name}" for name in self.keywords)]
        return ", ".join(parts)

    def spread(self, arguments: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return positional and keyword arguments, from one argument for each parameter.

        Arguments at the end may be missing, if the parameters have defaults.
        """
        count = len(self.positional)
        args, rest = list(arguments[:count]), list(arguments[count:])
        if self.variadic and rest:
            args += rest.pop(0)
        kwargs = dict(zip(self.only_keyword, rest, strict=False))
        if self.keywords and len(rest) > len(self.only_keyword):
            kwargs |= rest[-1]
        return args, kwargs
