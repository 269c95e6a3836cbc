"""Functions of Python that machine code calls, and what is raised while it runs.

Enters: a function of addresses and numbers. Leaves: the address of a C function. Exceptions do not
pass through machine code: a call that has come to its end says so in the first of its words, and a
call that has not makes the machine code return a failure, upon which the plain function runs and
raises the same. An exception that the plain function would not raise again, because a signal made
it (the user's Ctrl-C), is kept and raised as soon as the machine code has returned.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

FINISHED = 1
"""What the first word of a call holds when it has come to its end; 0 before."""

_callbacks: list[Any] = []
_kept: list[BaseException] = []


def callback(function: Callable[..., None], *kinds: Any) -> int:
    """Return the address of a C function that calls a function of Python.

    Args:
        function: It is given arguments of the kinds, and a pointer to the words of the call.
        kinds: Types of `ctypes`.
    """

    def answer(*arguments: Any) -> None:
        try:
            function(*arguments)
            arguments[-1][0] = FINISHED
        except BaseException as error:
            if not isinstance(error, Exception):
                _kept.append(error)

    signature = ctypes.CFUNCTYPE(None, *kinds, ctypes.POINTER(ctypes.c_int64))
    _callbacks.append((answer, signature(answer)))
    return ctypes.cast(_callbacks[-1][1], ctypes.c_void_p).value or 0


def interruptible(entry: Callable[..., Any]) -> Callable[..., Any]:
    """Return an entry that raises what signals have raised while its machine code ran.

    Python handles signals in its main thread when it comes to run its own code again: here, at the
    beginning of what machine code calls, before that can catch anything.
    """

    def run(*arguments: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return entry(*arguments)
        before = sys.unraisablehook

        def hook(lost: Any) -> None:
            if lost.exc_value is not None and any(lost.object is f for f, _ in _callbacks):
                _kept.append(lost.exc_value)
            else:
                before(lost)

        sys.unraisablehook = hook
        try:
            return entry(*arguments)
        finally:
            sys.unraisablehook = before
            if _kept:
                error = _kept[0]
                _kept.clear()
                try:
                    raise error
                finally:
                    del error  # Else it and this frame keep each other, and what the call holds.

    return run
