"""Where a trace has found objects outside the traced function, and what it took as known of them.

Enters: objects and sources. Leaves: premises, which every call of the compiled code tests.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable
from typing import Any

from autograph.frontend.symbols.inputs import (
    Argument,
    Attribute,
    FunctionVariable,
    Held,
    Item,
    Source,
    variable,
)
from autograph.frontend.tracing.premises import AreSame, HasNot, IsObject, Premise


class Findings:
    """The objects that were found outside the function being traced.

    Args:
        is_made: Returns whether an object was made by the traced program.

    Attributes:
        premises: What was taken as known.
    """

    def __init__(self, is_made: Callable[[Any], bool]) -> None:
        self.premises: list[Premise] = []
        self.is_made = is_made
        self._origins: dict[int, tuple[Any, Source]] = {}
        self._noted: set[Any] = set()

    def source_of(self, x: Any) -> Source | None:
        """Return where an object outside the function was found, None if it was not."""
        found = self._origins.get(id(x))
        return found[1] if found is not None and found[0] is x else None

    def found(self, x: Any, source: Source) -> bool:
        """Note where an object was found; return whether that was for the first time."""
        known = self.source_of(x)
        if known is None:
            self._origins[id(x)] = (x, source)
            return True
        if known.path != source.path:
            self.note(AreSame(source, known, same=True))
        return False

    def note(self, premise: Premise) -> None:
        """Take something as known."""
        key: tuple[Any, ...] = (type(premise), premise.source.path)
        if isinstance(premise, AreSame):
            key = (*key, premise.other.path)
        elif isinstance(premise, HasNot):
            key = (*key, premise.name)
        if key not in self._noted:
            self._noted.add(key)
            self.premises.append(premise)

    def compared(self, first: Source | None, second: Source | None) -> None:
        """Note that two places hold different objects."""
        if first is not None and second is not None and first.path != second.path:
            self.note(AreSame(first, second, same=False))

    def lacks(self, owner: Any, name: str) -> None:
        """Note that an object or a namespace has not got a name."""
        if not self.is_made(owner):
            source = self.source_of(owner) or Held(name, owner)
            self.note(HasNot(source, name, isinstance(owner, dict)))

    # ------------------------------------------------------------ variables and attributes

    def variable(self, f: types.FunctionType, name: str) -> Source:
        """Return the source of a variable of a function around `f`."""
        position = f.__code__.co_freevars.index(name)
        source = self.source_of(f)
        if source is not None and isinstance(source.root, Argument):
            return FunctionVariable(name, source, position)
        return variable(name, (f.__closure__ or ())[position])

    def cell(self, f: types.FunctionType, name: str) -> Source:
        """Return the source of the place of a variable of a function around `f`."""
        position = f.__code__.co_freevars.index(name)
        source = self.source_of(f)
        if source is not None and isinstance(source.root, Argument):
            return Item(name, Attribute(name, source, "__closure__"), position)
        return Held(name, (f.__closure__ or ())[position])

    def getter(self, o: Any, name: str) -> types.FunctionType | None:
        """Return the function behind a property of an object, None for any other attribute."""
        if isinstance(o, type | types.ModuleType | tuple):
            return None
        found = inspect.getattr_static(type(o), name, None)
        if type(found) is not property or not isinstance(found.fget, types.FunctionType):
            return None
        self.defines(type(o).__mro__, name)
        return found.fget

    def has_plain_attributes(self, o: Any) -> bool:
        """Return whether storing an attribute of an outer object does nothing else."""
        is_outer = self.source_of(o) is not None
        return is_outer and not any("__setattr__" in vars(c) for c in type(o).__mro__[:-1])

    def defines(self, classes: Iterable[type], name: str) -> Any:
        """Return what the first of some classes that has a name defines; it is a premise."""
        owner = next((c for c in classes if name in vars(c)), None)
        if owner is None:
            return None
        content = vars(owner)[name]
        body = Attribute("class", Held(owner.__name__, owner), "__dict__")
        self.note(IsObject(Item(name, body, name), content))
        return content
