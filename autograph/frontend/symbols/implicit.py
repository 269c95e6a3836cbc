"""Exceptions that operations raise by themselves: an index out of range, a division by zero.

Enters: the message of a check, which starts with the name of the exception's class. Leaves: an
exception of that class whose text is not told: Python and NumPy put values into it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NoReturn

import numpy as np

from autograph.frontend.symbols.context import unsupported

TRACED_TYPES = ("Number", "Array", "Union", "Masked", "Unbound", "Condition")
"""Names that appear in the text of an exception only if it is about a symbolic value."""


class Untold:
    """The arguments of an exception that are known only when the program runs.

    Args:
        whose: The name of the exception's class.
    """

    def __init__(self, whose: str) -> None:
        self._whose = whose

    def refuse(self, *_: Any) -> NoReturn:
        """Refuse to look into them."""
        raise unsupported(
            f"the text of this {self._whose} is known only when the program runs; use only the "
            "class of the exception, or raise one with arguments of your own"
        )

    __str__ = __repr__ = __format__ = __bool__ = __len__ = __iter__ = __getitem__ = refuse
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __add__ = __contains__ = refuse


@lru_cache(maxsize=1024)
def _untold(whose: str) -> Untold:
    """Return the same object for the same class, so that loops find their state unchanged."""
    return Untold(whose)


def untold_error(kind: type[BaseException]) -> BaseException:
    """Return an exception of a class whose arguments are not told."""
    error = kind.__new__(kind)
    error.args = (_untold(kind.__name__),)
    return error


def _casting_error() -> type[BaseException]:
    """Return the class of what NumPy raises for a result that does not fit its array."""
    try:
        np.add(0.5, 0.5, out=np.zeros((), int))
    except TypeError as error:
        return type(error)
    return TypeError


KINDS: dict[str, type[BaseException]] = {
    **{
        name: kind
        for library in (np.linalg, np.exceptions, builtins)
        for name, kind in vars(library).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    },
    "UFuncTypeError": _casting_error(),
}
"""The classes that operations raise, by name."""


_told: dict[str, BaseException] = {}
"""Exceptions whose arguments are always the same, by the messages that stand for them."""


def message_of(error: BaseException) -> str:
    """Return the message that stands for an exception whose arguments are always the same."""
    message = f"{type(error).__name__}: {error}"
    _told[message] = error.with_traceback(None)
    return message


def raised_by(operation: Callable[..., Any], *operands: Any) -> str:
    """Return the message of the exception that Python raises for some operands.

    The exception that it stands for has the same arguments, as long as no value gets into them.
    """
    try:
        operation(*operands)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return message if any(repr(x) in message for x in operands if x) else message_of(error)
    raise AssertionError(f"{operation} of {operands} raises nothing")


class Telling(str):
    """The message of an exception whose text has values in it that the program knows when it runs.

    Attributes:
        kind: The class of the exception.
        parts: The text: pieces, and integers as forms.
        write: Makes a text of parts; set by `text`.
    """

    kind: type[BaseException]
    parts: tuple[Any, ...]
    write: ClassVar[Callable[[Sequence[Any]], Any]]

    def __new__(cls, kind: type[BaseException], *parts: Any) -> Telling:
        """Return the message for a class and the parts of the text."""
        made = super().__new__(cls, f"{kind.__name__}: {''.join(map(str, parts))}")
        made.kind, made.parts = kind, parts
        return made

    def error(self) -> BaseException:
        """Return the exception."""
        found = self.kind.__new__(self.kind)
        found.args = (Telling.write(self.parts),)
        return found


def implicit_error(message: str) -> BaseException | None:
    """Return the exception that a message is about, None if it names no class."""
    if isinstance(message, Telling):
        return message.error()
    if message in _told:
        return type(_told[message])(*_told[message].args)
    kind = KINDS.get(message.partition(":")[0])
    return untold_error(kind) if kind is not None else None


def told_error(error: BaseException) -> BaseException:
    """Return an exception of the trace as the program would see it."""
    if any(isinstance(part, Untold) for part in error.args):
        return error
    texts = [part for part in error.args if isinstance(part, str)]
    if any(name in text for text in texts for name in TRACED_TYPES):
        return untold_error(type(error))
    return error.with_traceback(None)
