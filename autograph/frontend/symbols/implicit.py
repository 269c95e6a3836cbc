"""Exceptions that operations raise by themselves: an index out of range, a division by zero.

Enters: the message of a check, which starts with the name of the exception's class. Leaves: an
exception of that class, with the text that Python or NumPy give it where that is told; where it is
not, the call runs as plain Python as soon as the program looks at it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

import numpy as np

from autograph.frontend.symbols.context import current_tracer

TRACED_TYPES = ("Number", "Array", "Union", "Masked", "Unbound", "Condition")
"""Names that appear in the text of an exception only if it is about a symbolic value."""


class Untold:
    """The arguments of an exception that only Python and NumPy know."""

    def look(self, *_: Any) -> NoReturn:
        """Have plain Python run, which has them."""
        current_tracer().fail("the program looks into an exception")

    __str__ = __repr__ = __format__ = __bool__ = __len__ = __iter__ = __getitem__ = look
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __add__ = __contains__ = look


_UNTOLD = Untold()
"""The same object each time, so that loops find their state unchanged."""


def untold_error(kind: type[BaseException]) -> BaseException:
    """Return an exception of a class whose arguments are not told."""
    error = kind.__new__(kind)
    error.args = (_UNTOLD,)
    return error


def is_untold(error: BaseException) -> bool:
    """Return whether the arguments of an exception are not told."""
    return any(part is _UNTOLD for part in error.args)


def look_into(error: BaseException) -> None:
    """Have plain Python run if the arguments of an exception that is looked into are not told."""
    if is_untold(error):
        _UNTOLD.look()


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
        parts: The text: pieces, and integers as forms, or what emits them where it is raised.
        args: The arguments instead, if they are no text.
        write: Makes a text of parts; set by `text`.
    """

    kind: type[BaseException]
    parts: tuple[Any, ...]
    args: tuple[Any, ...] | None = None
    write: ClassVar[Callable[[Sequence[Any]], Any]]

    def __new__(cls, kind: type[BaseException], *parts: Any) -> Telling:
        """Return the message for a class and the parts of the text."""
        text = "".join("..." if callable(part) else str(part) for part in parts)
        made = super().__new__(cls, f"{kind.__name__}: {text}")
        made.kind, made.parts = kind, parts
        return made

    @classmethod
    def having(cls, kind: type[BaseException], *args: Any) -> Telling:
        """Return the message for a class and the arguments of the exception."""
        made = cls(kind)
        made.args = args
        return made

    def error(self) -> BaseException:
        """Return the exception."""
        found = self.kind.__new__(self.kind)
        shown = [part() if callable(part) else part for part in self.parts]
        found.args = (Telling.write(shown),) if self.args is None else self.args
        return found


def is_told(message: str) -> bool:
    """Return whether the arguments of the exception that a message is about are known."""
    return isinstance(message, Telling) or message in _told


def kind_of_message(message: str) -> type[BaseException] | None:
    """Return the class of the exception that a message is about, None if it names none."""
    if isinstance(message, Telling):
        return message.kind
    return type(_told[message]) if message in _told else KINDS.get(message.partition(":")[0])


def implicit_error(message: str) -> BaseException | None:
    """Return the exception that a message is about, None if it names no class."""
    if isinstance(message, Telling):
        return message.error()
    if message in _told:
        return type(_told[message])(*_told[message].args)
    kind = kind_of_message(message)
    return untold_error(kind) if kind is not None else None


def told_error(error: BaseException) -> BaseException:
    """Return an exception of the trace as the program would see it."""
    if is_untold(error):
        return error
    texts = [part for part in error.args if isinstance(part, str)]
    if any(name in text for text in texts for name in TRACED_TYPES):
        return untold_error(type(error))
    return error.with_traceback(None)
