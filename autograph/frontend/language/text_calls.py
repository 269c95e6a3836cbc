"""Calls of functions and methods that look into texts, or are given characters."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from types import MethodType
from typing import Any

import numpy as np

from autograph.frontend.flow.control import condition_of, fork
from autograph.frontend.language import known_keys, letters, shown, text
from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.objects import MISSING
from autograph.frontend.language.text import Text
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.standard_library import text_letters, text_numbers, text_parts, texts
from autograph.frontend.standard_library.sorting import TUPLES
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import TEXTS
from autograph.frontend.symbols.letters import ascii_only, codes_of, is_known_text, plain_unless
from autograph.frontend.symbols.symbolic import Number, is_symbolic
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.tracer import tracer

METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(module, name)
    for module, names in (
        (texts, "count find rfind index rindex startswith endswith replace"),
        (text_letters, "upper lower title capitalize swapcase"),
        (text_letters, "isdigit isalpha isalnum isspace isupper islower istitle"),
        (text_letters, "isascii isprintable isidentifier"),
        (text_parts, "split rsplit splitlines partition rpartition strip lstrip rstrip"),
        (text_parts, "removeprefix removesuffix ljust rjust center zfill expandtabs translate"),
    )
    for name in names.split()
} | {
    "isdecimal": text_letters.isdigit,
    "isnumeric": text_letters.isdigit,
    "casefold": text_letters.lower,
}
"""Methods of texts, as plain Python."""

GOING_THROUGH: tuple[Any, ...] = (
    *(list, tuple, sorted, set, frozenset, dict, enumerate, zip, reversed, map, filter, any, all),
    *(min, max, iter),
)
"""What goes through the characters of its arguments."""


def method(x: Text, name: str) -> Any:
    """Return a method of a text that only the running program knows."""
    if name == "join":
        raise unsupported(text.OPAQUE)
    if name not in METHODS:
        raise unsupported(
            f"the method {name!r} of a text that only the running program knows is not supported; "
            f"supported are {', '.join(METHODS)}"
        )
    return MethodType(METHODS[name], x)


def call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], run: Interpreter) -> Any:
    """Return the result of a call that looks into a text, prints one or makes one.

    It is `NotImplemented` for any other call.
    """
    if f is builtins.int and len(args) == 1 and set(kwargs) == {"base"}:
        args, kwargs = (*args, kwargs["base"]), {}
    made = shown.call(f, args, kwargs, run)
    if made is NotImplemented and args and not kwargs:
        made = _of_text(f, narrow(args[0]), args)
    if made is NotImplemented and args:
        made = _by_method(f, args, kwargs)
    return text.call(f, args, kwargs) if made is NotImplemented else made


def _by_method(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a method of a known text, or of a dict, gives for texts that are not known."""
    owner, name = getattr(f, "__self__", None), getattr(f, "__name__", "")
    if type(owner) is dict and name == "get":
        return known_keys.get(owner, *args)
    if isinstance(owner, str) and name in METHODS and any(map(_may_be_spelled, args)):
        return defined(METHODS[name])(owner, *args, **kwargs)
    return NotImplemented


def _of_text(f: Any, x: Any, args: tuple[Any, ...]) -> Any:
    """Return what a function makes of a text; `NotImplemented` if that is no such call."""
    if f is is_known_text:
        return isinstance(x, str)
    if f is ascii_only:
        return letters.ascii_only(x)
    if f is plain_unless:
        return _plain_unless(x)
    if f is codes_of:
        return letters.in_a_list(x)
    if f is builtins.chr and isinstance(x, Number):
        return letters.character(x)
    if not _may_be_spelled(x):
        return NotImplemented
    if f is builtins.len:
        return letters.length(x)
    if f is builtins.ord:
        return letters.code_of(x)
    if f is builtins.int or f is builtins.float:
        definition = text_numbers.integer if f is builtins.int else text_numbers.real
        number = defined(definition, tells=True)
        return fork(x, lambda text: number(text, *args[1:]))
    return NotImplemented


def _plain_unless(holds: Any) -> None:
    """Have plain Python run where a condition does not hold."""
    condition = condition_of(holds)
    if condition.known is False:
        tracer().fail("what plain Python has to decide")
    if condition.known is None:
        tracer().check(condition.value(), "what plain Python has to decide")
        tracer().learn(condition)


def _may_be_spelled(x: Any) -> bool:
    """Return whether something is a text that only the running program knows, or may be one."""
    x = narrow(x)
    if isinstance(x, Union):
        parts = [part for _, part in alternatives(x)]
        return all(map(letters.is_text, parts))
    return isinstance(x, Text)


def gone_through(f: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of what goes through them, the characters in the place of texts."""
    if not any(f is g for g in GOING_THROUGH):
        return args
    return tuple(map(with_characters, args))


def with_characters(x: Any) -> Any:
    """Return the characters of a text that is not known, or long; anything else as it is."""
    content = narrow(x)
    if isinstance(content, str) and len(content) > LONG:
        return letters.characters(content)
    return letters.characters(content) if _may_be_spelled(content) else x


LONG = 64
"""Loops over known texts of more characters than this are staged."""


def operator_on(name: str, a: Any, b: Any) -> Any:
    """Return the result of an operator on texts with run-time values, `MISSING` on others."""
    if name == "mod" and isinstance(a, str) and (is_symbolic(b) or isinstance(b, np.ndarray)):
        return text.by_percent(a, b)
    if (
        name == "mul"
        and isinstance(b if letters.is_text(a) else a, Number)
        and (letters.is_text(a) or letters.is_text(b))
    ):
        return defined(texts.repeated)(*((a, b) if letters.is_text(a) else (b, a)))
    if not isinstance(a, Text) and not isinstance(b, Text):
        grows = (TEXTS,) in tracer().decisions and isinstance(a, str) and isinstance(b, str)
        if not grows or name != "add":
            return MISSING
    if name == "mul" and isinstance(b if letters.is_text(a) else a, int):
        return defined(texts.repeated)(*((a, b) if letters.is_text(a) else (b, a)))
    if not (letters.is_text(a) and letters.is_text(b)):
        return name == "ne" if name in ("eq", "ne") else MISSING
    if name == "add":
        return letters.added(a, b)
    return letters.compared(name, a, b) if name in TUPLES else MISSING
