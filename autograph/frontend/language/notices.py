"""Warnings that the program gives: noted among what it prints, and given when the call ends.

Enters: the arguments of `warnings.warn`. Leaves: an item of the list of printed texts.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from types import FrameType
from typing import Any

from msgspec import Struct

from autograph.frontend.language import lists
from autograph.frontend.language.text import Text, field, written
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.frames import is_own_file
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.tracer import tracer


class Origin(Struct, frozen=True, eq=False):
    """Where a warning comes from.

    Attributes:
        category: Its class.
        filename: The user's file.
        line: The line in it.
        namespace: The globals of the module.
    """

    category: type[Warning]
    filename: str
    line: int
    namespace: dict[str, Any]

    def give(self, text: str) -> None:
        """Give the warning."""
        warnings.warn_explicit(
            text,
            self.category,
            self.filename,
            self.line,
            self.namespace.get("__name__", "<string>"),
            self.namespace.setdefault("__warningregistry__", {}),
        )


class Notice(tuple[Any, ...]):
    """A warning: its origin and its text."""

    @classmethod
    def _make(cls, parts: Any) -> Notice:
        return cls(parts)


_origins: dict[tuple[Any, ...], Origin] = {}


def _origin(category: type[Warning]) -> Origin:
    """Return the origin of a warning that is given here; the same one for the same place."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_own_file(frame.f_code.co_filename):
        frame = frame.f_back
    assert frame is not None
    key = (category, frame.f_code.co_filename, frame.f_lineno, id(frame.f_globals))
    return _origins.setdefault(key, Origin(*key[:3], frame.f_globals))


def warn(message: Any, category: Any = None, stacklevel: int = 1, **options: Any) -> None:
    """Run `warnings.warn(...)`: note what is to be given when the call ends."""
    if stacklevel != 1 or any(options.values()):
        raise unsupported(
            "warnings.warn with a stacklevel or a source is not supported in a compiled function; "
            "leave them out, or warn outside"
        )
    if isinstance(message, Warning):
        message, category = str(message), type(message)
    text = message if isinstance(message, str | Text) else field(narrow(message))
    notice = Notice((_origin(category or UserWarning), written(text)))
    lists.append(tracer().printed, notice)


def emit(items: Iterable[Any]) -> None:
    """Print texts and give warnings, in their order."""
    for item in items:
        if isinstance(item, Notice):
            origin, text = item
            origin.give(text)
        else:
            print(item, end="")
