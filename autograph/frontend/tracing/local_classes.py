"""The classes that traced programs define: which they are, and what is the same for each trace."""

from __future__ import annotations

import types
from collections import namedtuple
from typing import Any
from weakref import WeakKeyDictionary

LOCAL: WeakKeyDictionary[type, Any] = WeakKeyDictionary()
"""The classes that programs have defined, each with the place of its definition."""

CONVERTED = "ag__"
"""A variable that all converted functions refer to."""

VALUES = (str, int, float, type(None))
"""Types of attributes that are the same if they are shown alike."""

FIELD_FACTS = ("default_factory", "repr", "hash", "init", "compare", "kw_only")
"""What fields of dataclasses have that shows in no attribute of the class."""

FIELD: Any = type(vars(namedtuple("Example", "field"))["field"])
"""The type of the fields of named tuples, which are the same if their names are."""


def lasting(kind: type) -> Any:
    """Return what tells a class from others in each trace: the place where a program defines it."""
    return LOCAL.get(kind, kind)


def renewed(kind: type, bases: tuple[type, ...]) -> type:
    """Return a new class like one of the program's: each call of a program defines its own."""
    namespace = {
        name: content
        for name, content in vars(kind).items()
        if name not in ("__dict__", "__weakref__")
        and not isinstance(content, types.MemberDescriptorType)
    }
    made: type = type(kind)(kind.__name__, bases, namespace)
    made.__qualname__ = kind.__qualname__
    return made


def refers_to_itself(kind: type) -> bool:
    """Return whether functions of a class refer to it, so that a class like it would not do."""
    cells = [c for f in vars(kind).values() for c in getattr(f, "__closure__", None) or ()]
    return any(c.cell_contents is kind for c in cells)


def are_equal(one: type, other: type) -> bool:
    """Return whether two classes that one statement has made differ in nothing but identity."""
    if one.__bases__ != other.__bases__ or type(one) is not type(other):
        return False
    first, second = _namespace(one), _namespace(other)
    return first.keys() == second.keys() and all(
        _are_alike(first[name], second[name], one.__name__) for name in first
    )


def _namespace(kind: type) -> dict[str, Any]:
    """Return what a class defines, but for what Python makes for each.

    Of a field of a dataclass that is what tells it from others beside its name and default.
    """
    made = ("__dict__", "__weakref__", "__dataclass_fields__", "__dataclass_params__")
    fields = vars(kind).get("__dataclass_fields__", {})
    facts = {name: tuple(getattr(x, fact) for fact in FIELD_FACTS) for name, x in fields.items()}
    contents = {
        name: content
        for name, content in vars(kind).items()
        if name not in made and not isinstance(content, types.MemberDescriptorType)
    }
    return {**contents, "__dataclass_fields__": facts}


def _are_alike(a: Any, b: Any, kind: str) -> bool:
    """Return whether two attributes of a class, of some name, are the same."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, types.FunctionType):
        return _are_alike_functions(a, b, kind)
    if isinstance(a, staticmethod | classmethod):
        return _are_alike(a.__func__, b.__func__, kind)
    if isinstance(a, property):
        return all(_are_alike(getattr(a, n), getattr(b, n), kind) for n in ("fget", "fset", "fdel"))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_are_alike(x, y, kind) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_are_alike(a[k], b[k], kind) for k in a)
    return isinstance(a, FIELD) or (isinstance(a, VALUES) and repr(a) == repr(b))


def _are_alike_functions(a: types.FunctionType, b: types.FunctionType, kind: str) -> bool:
    """Return whether two functions have the same code and refer to the same things.

    Those that were not converted are generated, or a library's: what they refer to is what else the
    class defines.
    """
    if CONVERTED not in a.__code__.co_freevars:
        return a.__code__.co_code == b.__code__.co_code
    if a.__code__ is not b.__code__:
        return False
    pairs = zip(a.__closure__ or (), b.__closure__ or (), strict=True)
    same = all(
        x is y or name in ("__class__", CONVERTED, kind)
        for name, (x, y) in zip(a.__code__.co_freevars, pairs, strict=True)
    )
    return (
        same
        and _are_alike(a.__defaults__, b.__defaults__, kind)
        and _are_alike(a.__kwdefaults__, b.__kwdefaults__, kind)
    )
