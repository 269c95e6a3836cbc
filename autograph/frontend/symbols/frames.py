"""The user's line that runs, read off the interpreter's stack."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType, TracebackType

import numpy as np

from autograph import errors
from autograph.errors import (
    NondifferentiableError,
    Site,
    UnsupportedError,
    UnsupportedSyntaxError,
)

_PACKAGE = os.path.dirname(os.path.abspath(errors.__file__)) + os.sep


@lru_cache(maxsize=4096)
def is_own_file(filename: str) -> bool:
    """Return whether a file belongs to this package, or to the interpreter's machinery."""
    return filename.startswith((_PACKAGE, "<frozen"))


_LIBRARIES = tuple(
    os.path.join(os.path.dirname(os.path.dirname(np.__file__)), name, "")
    for name in ("numpy", "scipy")
)


@lru_cache(maxsize=4096)
def is_users_file(filename: str) -> bool:
    """Return whether a file is neither of this package nor of NumPy or SciPy."""
    return not is_own_file(filename) and not filename.startswith(_LIBRARIES)


CONTAINERS = os.path.join(_PACKAGE, "frontend", "standard_library", "")


def is_of_container(filename: str) -> bool:
    """Return whether a file defines what stands for containers of the standard library."""
    return filename.startswith(CONTAINERS)


@lru_cache(maxsize=65536)
def _site(code: CodeType, instruction: int) -> Site:
    position = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
    line, _, column, _ = position
    return Site(code.co_filename, line or code.co_firstlineno, column or 0, code.co_name)


def site_in(traceback: TracebackType | None) -> Site | None:
    """Return the place of the innermost frame of a traceback that is the user's."""
    found: Site | None = None
    while traceback is not None:
        if is_users_file(traceback.tb_frame.f_code.co_filename):
            found = _site(traceback.tb_frame.f_code, traceback.tb_lasti)
        traceback = traceback.tb_next
    return found


def user_site() -> Site | None:
    """Return the place of the innermost frame that is not of this package or of a library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_users_file(frame.f_code.co_filename):
            return _site(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return None


DEFINITIONS = tuple(
    os.path.join(_PACKAGE, "frontend", *folder) + os.sep
    for folder in (("standard_library",), ("numpy_api", "definitions"))
)
"""Where the code is that is traced as the user's is."""


@lru_cache(maxsize=4096)
def is_traced_file(filename: str) -> bool:
    """Return whether the code in a file is traced: it is the user's, or a definition."""
    return is_users_file(filename) or filename.startswith(DEFINITIONS)


def traced_site() -> Site | tuple[Site, Site] | None:
    """Return the user's line that runs; where a definition runs for it, with the place in that."""
    frame: FrameType | None = sys._getframe(1)
    within: Site | None = None
    while frame is not None:
        name = frame.f_code.co_filename
        if is_users_file(name):
            site = _site(frame.f_code, frame.f_lasti)
            return site if within is None else (site, within)
        if within is None and name.startswith(DEFINITIONS):
            within = _site(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return None


def raised_in_package(traceback: TracebackType | None) -> bool:
    """Return whether an exception was raised by this package's code."""
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return is_own_file(traceback.tb_frame.f_code.co_filename)


RESULT = "return__"
"""The variable of converted functions that holds what is returned; all their blocks share it."""


class UsersFrames:
    """A context out of which refusals come with a traceback of the user's lines only.

    Errors in this package itself keep all their frames.
    """

    def __enter__(self) -> None:
        """Nothing has been raised yet."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Leave out the frames of this package, and of the blocks around the line that runs."""
        if isinstance(error, REFUSALS):
            error.__traceback__ = _of_users(error.__traceback__)


REFUSALS = (UnsupportedError, UnsupportedSyntaxError, NondifferentiableError)
"""What is raised because of the user's program."""


def _of_users(traceback: TracebackType | None) -> TracebackType | None:
    found: list[TracebackType] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not is_own_file(code.co_filename):
            if found and RESULT in code.co_freevars:  # a block of the function before
                found.pop()
            found.append(traceback)
        traceback = traceback.tb_next
    for entry in reversed(found):
        traceback = TracebackType(traceback, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return traceback
