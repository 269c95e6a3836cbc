"""Classes that the program defines: made where the program is traced, in each trace anew.

Enters: a class that a converted class statement, or a function such as `namedtuple`, has made.
Leaves: the class, noted as the program's own.
"""

from __future__ import annotations

import abc
import collections
import dataclasses
import enum
import sys
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from autograph.frontend.conversion.convert import is_converted
from autograph.frontend.language.iterators import has_symbols
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.frames import is_users_file, user_site
from autograph.frontend.tracing.local_classes import LOCAL, are_equal, refers_to_itself
from autograph.frontend.tracing.tracer import tracer

METACLASSES = (type, abc.ABCMeta, enum.EnumMeta)
"""The classes of classes of which nothing but Python's own code runs where one is defined."""

MAKERS: tuple[Any, ...] = (
    collections.namedtuple,
    dataclasses.dataclass,
    dataclasses.field,
    dataclasses.make_dataclass,
    typing.NamedTuple,
)
"""Functions that make classes, or parts of them: they run where the program is traced."""


def bases(given: Sequence[Any]) -> Sequence[Any]:
    """Return the bases of a class, of which it is known what they do where it is defined."""
    for base in given:
        if base is typing.NamedTuple:
            continue
        if not isinstance(base, type):
            raise unsupported(
                "a class with a base that is not a class itself is not supported in a compiled "
                "function; define the class outside"
            )
        hook: Any = base.__init_subclass__
        hook = getattr(hook, "__func__", None)
        if type(base) not in METACLASSES or isinstance(hook, types.FunctionType):
            raise unsupported(
                f"deriving a class from {base.__name__}, which has its own code run where a class "
                "is derived from it, is not supported in a compiled function; define it outside"
            )
    return given


def local_class(site: Any) -> Callable[[Any], Any]:
    """Return the decorator that notes a class as the program's own."""

    def note(made: Any) -> Any:
        if not isinstance(made, type):
            raise unsupported(
                "a decorator that makes something else of a class is not supported in a compiled "
                "function; define the class outside"
            )
        return noted(made, site)

    return note


def noted(made: type, site: Any) -> type:
    """Return a new class, or an equal one that the same statement has made before.

    A statement in a loop or a helper is traced again and again. Objects of what it makes are of one
    class then, unless the program asks whether they are, or changes attributes of the class.
    """
    trace = tracer()
    known = trace.classes.setdefault(site, [])
    like = [k for k in known if are_equal(k, made)]
    kept = trace.compared_classes.union(filter(trace.variables.rebinds, like))
    equal = next((k for k in like if k not in kept), None)
    if equal is not None:
        trace.repeated_classes.add(equal)
        return equal
    LOCAL[made] = site
    known.append(made)
    trace.born(made)
    return made


def compared(*kinds: Any) -> None:
    """Note that the program asks whether something is of a class, or of the same class."""
    trace = tracer()
    for kind in kinds:
        if isinstance(kind, tuple):
            compared(*kind)
        elif isinstance(kind, type) and kind in LOCAL:
            if kind in trace.repeated_classes:
                raise unsupported(
                    f"whether an object is a {kind.__name__}, a class that the program defines "
                    "more than once, is not supported; define the class outside"
                )
            trace.compared_classes.add(kind)


def made_by_call(made: Any) -> Any:
    """Return what one of the functions has made that make classes."""
    if not isinstance(made, type):
        return made
    frame: Any = sys._getframe(1)
    while not is_users_file(frame.f_code.co_filename):
        frame = frame.f_back
    made.__module__ = frame.f_globals.get("__name__", made.__module__)
    return noted(made, user_site())


def require_returnable(x: Any) -> None:
    """Refuse to return a class of the program, or objects of one that has methods."""
    if isinstance(x, type) and x in LOCAL:
        own = [base for base in x.__mro__ if base in LOCAL]
        functions = [f for base in own for f in _functions(base)]
        if any(map(is_converted, functions)) or any(map(refers_to_itself, own)):
            raise unsupported(
                f"{x.__name__} is defined in the compiled function: objects of it cannot be "
                "returned, as it has methods or is frozen; define the class outside"
            )
        if any(map(tracer().variables.rebinds, own)) or any(map(_holds_values, own)):
            raise unsupported(
                f"{x.__name__} is defined in the compiled function: objects of it cannot be "
                "returned, as the class has values of its own; define the class outside"
            )


GENERATED = ("__annotations__", "__dataclass_fields__", "_field_defaults")


def _holds_values(kind: type) -> bool:
    """Return whether attributes of a class are run-time values, or can change."""
    contents = [content for name, content in vars(kind).items() if name not in GENERATED]
    return has_symbols(contents) or any(
        isinstance(content, list | dict | set) and content for content in contents
    )


def _functions(kind: type) -> list[types.FunctionType]:
    """Return the functions that a class defines."""
    parts: list[Any] = []
    for content in vars(kind).values():
        parts += [content, getattr(content, "__func__", None)]
        parts += [getattr(content, name, None) for name in ("fget", "fset", "fdel", "func")]
    return [part for part in parts if isinstance(part, types.FunctionType)]
