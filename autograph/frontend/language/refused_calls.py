"""Functions that are not called while a program is traced, as that would change what it means."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from autograph.frontend.language.memories import CACHED
from autograph.frontend.language.text import refuse
from autograph.frontend.symbols.context import unsupported

IMPURE = ("random", "time", "datetime", "secrets", "uuid", "os", "sys", "io", "pathlib")
"""Modules whose functions may do something else on each call."""

REFUSED: dict[Any, str] = {
    builtins.input: "input in a compiled function; pass the value in",
    builtins.open: "opening a file in a compiled function; pass the contents in",
    builtins.eval: "eval in a compiled function",
    builtins.exec: "exec in a compiled function",
    builtins.locals: "locals() in a compiled function",
    builtins.globals: "globals() in a compiled function",
    builtins.vars: "vars() in a compiled function",
    builtins.setattr: "setattr in a compiled function; keep the value in a variable",
    builtins.delattr: "delattr in a compiled function",
    builtins.iter: "iter in a compiled function; use a `for` loop",
    builtins.next: "next in a compiled function; use a `for` loop",
}


def refuse_call(f: Any, args: Sequence[Any]) -> None:
    """Refuse functions that cannot run at trace time, and texts that these would look into."""
    _refuse(f)
    _refuse_texts(f, args)


def _refuse(f: Any) -> None:
    """Refuse functions that cannot run at trace time without changing what the program means."""
    try:
        reason = REFUSED.get(f)
    except TypeError:
        reason = None
    if reason is not None:
        raise unsupported(f"not supported: {reason}")
    owner = type(getattr(f, "__self__", None))
    if owner is CACHED and f.__name__ == "cache_info":
        raise unsupported("cache_info in a compiled function; count the calls in a variable")
    modules = {getattr(f, "__module__", None) or "", owner.__module__}
    if any(m.partition(".")[0] in IMPURE or m.startswith("numpy.random") for m in modules):
        name = getattr(f, "__qualname__", repr(f))
        raise unsupported(
            f"{name} may return something else on each call; call it outside and pass the result in"
        )


def _refuse_texts(f: Any, args: Sequence[Any]) -> None:
    """Refuse functions that would look into a text that contains run-time values."""
    owner = getattr(f, "__self__", None)
    if f not in (isinstance, type) and not isinstance(owner, list | dict | set):
        for x in args:
            refuse(x)
