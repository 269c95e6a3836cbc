"""The texts that objects say they are shown as: by their own methods, or those of dataclasses.

Enters: what f-strings, `print`, `str`, `repr` and `format` are given. Leaves: for an object that
knows how to be shown a text, which is a `Text` where run-time values are in it.
"""

from __future__ import annotations

import builtins
import dataclasses
import types
from functools import partial
from typing import Any

from autograph.frontend.flow.control import fork
from autograph.frontend.language import text
from autograph.frontend.language.going_through import is_view
from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.language.objects import in_class, is_generated
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.heap import is_object


def field(value: Any, conversion: str, spec: Any, run: Interpreter) -> Any:
    """Return the text of a value in an f-string."""
    value = narrow(value)
    if is_view(value):
        parts = [f"{type(value).__name__}(", field(list(value), "r", "", run), ")"]
        return text.field(text.joined(parts), "", spec)
    if isinstance(value, StagedIterable) and value.bounds is not None:
        start, stop, step = value.bounds
        bounds = (start, stop) if step == 1 else value.bounds
        parts = [part for x in bounds for part in (", ", text.field(x, "r"))]
        return text.field(text.joined(["range(", *parts[1:], ")"]), "", spec)
    if isinstance(value, Union) and any(_has_own(x) for _, x in alternatives(value)):
        return fork(value, lambda x: field(x, conversion, spec, run))
    if not _has_own(value):
        return text.field(value, conversion, spec)
    if isinstance(value, list | tuple):
        return text.field(_items(value, run), "", spec)
    own = in_class(type(value), "__format__")
    if not conversion and isinstance(own, types.FunctionType):
        return run.call(own, value, spec)
    shown = _repr(value, run) if conversion in ("r", "a") else _str(value, run)
    return text.field(shown, "a" if conversion == "a" else "", spec)


def call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], run: Interpreter) -> Any:
    """Return the result of a call that makes a text of objects, `NotImplemented` for any other."""
    if not any(map(_may_have_own, (*args, *kwargs.values()))):
        return NotImplemented
    show = partial(field, run=run)
    if f is builtins.print:
        return text.print_(*(show(x, "s", "") for x in args), **kwargs)
    if f is builtins.format:
        return show(args[0], "", args[1] if len(args) > 1 else "")
    if f is builtins.str or f is builtins.repr:
        return show(args[0], "r" if f is builtins.repr else "s", "")
    owner = getattr(f, "__self__", None)
    if isinstance(owner, str) and f.__name__ == "format":
        return text.from_template(owner, args, kwargs, show)
    return NotImplemented


def _may_have_own(value: Any) -> bool:
    value = narrow(value)
    parts = [x for _, x in alternatives(value)] if isinstance(value, Union) else [value]
    return any(map(_has_own, parts))


def _has_own(x: Any) -> bool:
    """Return whether an object, or one in a list, says itself how it is shown."""
    if is_view(x) or isinstance(x, StagedIterable):
        return True
    if type(x) in (list, tuple) and growing_of(x) is None:
        return any(_has_own(narrow(item)) for item in x)
    if not is_object(x) or isinstance(x, BaseException):
        return False
    names = ("__str__", "__repr__", "__format__")
    return any(isinstance(in_class(type(x), name), types.FunctionType) for name in names)


def _str(o: Any, run: Interpreter) -> Any:
    own = in_class(type(o), "__str__")
    return run.call(own, o) if isinstance(own, types.FunctionType) else _repr(o, run)


def _repr(o: Any, run: Interpreter) -> Any:
    own = in_class(type(o), "__repr__")
    made = getattr(own, "__wrapped__", own)  # that of a dataclass watches out for cycles
    if is_generated(made) and dataclasses.is_dataclass(o):
        return _of_dataclass(o, run)
    return run.call(own, o) if isinstance(own, types.FunctionType) else text.field(o, "r")


def _of_dataclass(o: Any, run: Interpreter) -> Any:
    parts: list[Any] = [f"{type(o).__qualname__}("]
    for k, name in enumerate(x.name for x in dataclasses.fields(o) if x.repr):
        parts += [f"{', ' if k else ''}{name}=", field(run.attribute(o, name), "r", "", run)]
    return text.joined([*parts, ")"])


def _items(items: Any, run: Interpreter) -> Any:
    """Return the text of a list or tuple with objects in it."""
    before, after = "[]" if type(items) is list else "()"
    parts: list[Any] = [before]
    for k, item in enumerate(items):
        parts += [", " if k else "", field(item, "r", "", run)]
    return text.joined([*parts, f",{after}" if after == ")" and len(items) == 1 else after])
