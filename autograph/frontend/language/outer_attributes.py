"""Attributes of objects that the traced program did not make: modules, classes, arguments.

Enters: an object and a name. Leaves: what the program sees there; that it is there is a premise.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from autograph.frontend.language import calls, random_numbers
from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.objects import has_attribute
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.random_states import is_generator
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.heap import content_of, is_object
from autograph.frontend.tracing.tracer import tracer

LIBRARIES = ("numpy", "scipy", "math", "cmath", "builtins", "operator")
"""Modules whose attributes are taken not to change."""

_IMMUTABLE_TYPE = 1 << 8
"""The bit of a type's flags that says that its attributes cannot be set."""


def outer_attribute(o: Any, name: str, run: Interpreter) -> Any:
    """Return `o.<name>`."""
    outside = tracer().outside
    if is_generator(o):
        random_numbers.method_of(o, name)
        return getattr(o, name)
    if _is_library(o) or _has_fixed_attributes(o):
        return calls.run(getattr, (o, name), {})
    if isinstance(o, super):
        return _inherited(o, name, run)
    is_outer = isinstance(o, type | types.ModuleType)
    by_class = not is_outer and is_object(o) and name not in content_of(o)
    owner = o if is_outer else type(o)
    holder = tracer().variables.of_attribute(owner, name) if is_outer or by_class else None
    if holder is not None:
        return run.attribute(holder, name)
    if isinstance(o, type) and is_made_here(o, name):
        return calls.run(getattr, (o, name), {})
    getter = outside.getter(o, name)
    if getter is not None:
        return run.call(getter, o)
    return outside.attribute(o, name, calls.run(getattr, (o, name), {}))


def is_made_here(kind: type, name: str) -> bool:
    """Return whether an attribute of a class is one that a class of the program defines."""
    defining = next((c for c in kind.__mro__ if name in vars(c)), None)
    return defining is not None and tracer().birth(defining) is not None


def set_outer_attribute(
    o: type | types.ModuleType, name: str, value: Any, run: Interpreter
) -> None:
    """Run `o.<name> = value` of a class or module.

    Raises:
        UnsupportedError: If that does more than store a value in the class or module itself.
    """
    what = f"storing the attribute {name!r} of {o.__name__}"
    if not _is_users(o):
        raise unsupported(f"{what}, which is not written in Python, or a library's")
    content = vars(o).get(name)
    if name not in vars(o) and hasattr(o, name) and tracer().birth(o) is None:
        raise unsupported(f"{what}, which inherits it, is not supported; write {name} = None in it")
    for part in (content, narrow(value)):
        if callable(part) or hasattr(type(part), "__get__"):
            raise unsupported(f"{what}, a function or class, is not supported; use its own name")
    run.set_attribute(tracer().variables.rebind(o, name), name, value)


def _is_users(o: type | types.ModuleType) -> bool:
    """Return whether the attributes of a class or module are the user's, and plain ones."""
    if isinstance(o, types.ModuleType):
        return type(o) is types.ModuleType and not _is_library(o)
    is_library = o.__module__.partition(".")[0] in LIBRARIES
    is_plain = type(o).__setattr__ is type.__setattr__ and not o.__flags__ & _IMMUTABLE_TYPE
    return is_plain and not is_library


def _inherited(o: Any, name: str, run: Interpreter) -> Any:
    """Return `super().<name>`."""
    classes = o.__self_class__.__mro__
    found = tracer().outside.defines(classes[classes.index(o.__thisclass__) + 1 :], name)
    if type(found) is property:
        return run.call(found.fget, o.__self__)
    return calls.run(getattr, (o, name), {})


def named_attribute(f: Any, o: Any, name: str, *default: Any, run: Interpreter) -> Any:
    """Return `getattr(o, name, *default)` or `hasattr(o, name)`."""
    if isinstance(o := narrow(o), Symbolic):
        return calls.run(f, (o, name, *default), {})
    made = is_object(o) and tracer().birth(o) is not None
    if not (has_attribute(o, name) if made else hasattr(o, name)):
        tracer().outside.lacks(o, name)
        return default[0] if default else calls.run(f, (o, name), {})
    content = run.attribute(o, name)
    return content if f is getattr else True


def _is_library(content: Any) -> bool:
    if isinstance(content, np.ufunc):
        return True
    return isinstance(content, types.ModuleType) and (
        content.__name__.partition(".")[0] in LIBRARIES
    )


def _has_fixed_attributes(o: Any) -> bool:
    """Return whether the attributes of an object, those of a list for example, never change."""
    return bool(type(o).__flags__ & _IMMUTABLE_TYPE) and not hasattr(o, "__dict__")


def is_function_made_here(o: Any) -> bool:
    """Return whether this is a function that the program defines, outside of branches and loops."""
    if not isinstance(o, types.FunctionType) or tracer().outside.source_of(o) is not None:
        return False
    return "<locals>" in o.__qualname__ and tracer().top is tracer().root
