"""Error classes of autograph, and the text that points at the user's line.

Every error that a user can meet carries a `Site` where one is known; `render` turns a site and a
message into the text with the source line and a caret under the place.
"""

from __future__ import annotations

import linecache
import unicodedata

from msgspec import Struct


class Site(Struct, frozen=True):
    """A place in the user's source."""

    filename: str
    line: int
    column: int = 0
    function: str = ""

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"


def render(site: Site | None, message: str) -> str:
    """Return the message headed by file and line, followed by the user's line and a caret.

    Args:
        site: The place in the user's source, or None where it is not known.
        message: What was found, what is supported, and what to write instead.
    """
    if site is None:
        return message
    where = f"{site.filename}:{site.line}" + (f", in {site.function}" if site.function else "")
    source = linecache.getline(site.filename, site.line).rstrip("\n")
    if not source.strip():
        return f"{where}\n{message}"
    # Columns count bytes; tabs before the caret stay, so that it stands below its text.
    before = source.encode()[: site.column].decode(errors="ignore").lstrip()
    caret = "".join(c if c == "\t" else " " * _width(c) for c in before) + "^"
    return f"{where}\n    {source.strip()}\n    {caret}\n{message}"


def _width(character: str) -> int:
    """Return how many columns a character takes: two for wide ones, none for combining ones."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class AutographError(Exception):
    """Base class of the errors that autograph itself raises."""

    def __init__(self, message: str, site: Site | None = None) -> None:
        super().__init__(render(site, message))
        self.message = message
        self.site = site


class UnsupportedSyntaxError(AutographError, SyntaxError):
    """A construct of the Python language that has no converter, refused at decoration."""

    def __init__(self, message: str, site: Site | None = None) -> None:
        AutographError.__init__(self, message, site)
        self.msg = str(self.args[0])

    def __str__(self) -> str:
        return str(self.args[0])


class UnsupportedError(AutographError):
    """An operation, type or combination that autograph cannot stage."""


class NondifferentiableError(AutographError):
    """A gradient was asked through an operation, or for an argument, that has none."""


class VerificationError(AutographError):
    """A graph or loop program breaks an invariant: an error in autograph, not in user code."""


class InternalError(AutographError):
    """autograph contradicts itself: always an error in autograph."""


class ConvergenceError(AutographError, ArithmeticError):
    """A solver has not found what it was asked for."""
