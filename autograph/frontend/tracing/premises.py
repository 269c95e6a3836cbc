"""Premises: what a trace found outside the traced function and took as known.

Compiled code serves a call only where its premises still hold. Each is a test in the text of the
code that prepares a call; whatever the text raises means that it does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.inputs import Names, Source, parameter
from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.tracing.journal import same_number


class Premise(Struct, frozen=True, eq=False):
    """Something that was found at a place outside the traced function.

    Attributes:
        source: The place.
    """

    source: Source

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        raise NotImplementedError

    def holds(self, arguments: Sequence[Any]) -> bool:
        """Return whether it holds for a call with these arguments, one for each parameter."""
        names = Names({parameter(k): x for k, x in enumerate(arguments)})
        try:
            return bool(eval(self.text(names), names.objects))
        except Exception:
            return False


class IsObject(Premise, frozen=True, eq=False):
    """There is a certain object."""

    content: Any

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        content = "None" if self.content is None else names.of(self.content)
        return f"{self.source.text(names)} is {content}"


class IsEqual(Premise, frozen=True, eq=False):
    """There is a number, a text or another value of a certain type, equal to a certain one."""

    content: Any

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        source, content = self.source.text(names), names.of(self.content)
        if _differs_from_equals(self.content):
            return f"{names.of(same_number)}({source}, {content})"
        return f"type(x := {source}) is {names.of(type(self.content))} and x == {content}"


class IsLong(Premise, frozen=True, eq=False):
    """There is an integer beyond 64 bits."""

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        return f"{names.of(is_long)}({self.source.text(names)})"


class HasType(Premise, frozen=True, eq=False):
    """There is an object of a certain type."""

    kind: type

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        return f"type({self.source.text(names)}) is {names.of(self.kind)}"


class HasLength(Premise, frozen=True, eq=False):
    """There is a tuple or list of a certain length."""

    length: int

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        return f"len({self.source.text(names)}) == {self.length}"


class HasKeys(Premise, frozen=True, eq=False):
    """There is a dict with certain keys in a certain order."""

    keys: tuple[Any, ...]

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        source, keys = self.source.text(names), names.of(self.keys)
        if all(type(key) is str for key in self.keys):
            return f"tuple({source}) == {keys}"
        return f"{names.of(_are_alike)}(tuple({source}), {keys})"


class HasLeaves(Premise, frozen=True, eq=False):
    """There is a list, tuple or other sequence of certain numbers and texts."""

    leaves: tuple[Any, ...]

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        return f"{names.of(_are_alike)}(tuple({self.source.text(names)}), {names.of(self.leaves)})"


class HasNot(Premise, frozen=True, eq=False):
    """A namespace lacks a name, or an object an attribute."""

    name: str
    is_namespace: bool

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        source = self.source.text(names)
        if self.is_namespace:
            return f"{self.name!r} not in {source}"
        return f"not hasattr({source}, {self.name!r})"


class AreSame(Premise, frozen=True, eq=False):
    """Two places hold the same object, or two objects."""

    other: Source
    same: bool

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        relation = "is" if self.same else "is not"
        return f"{self.source.text(names)} {relation} {self.other.text(names)}"


def _differs_from_equals(x: Any) -> bool:
    """Return whether a number may compare equal to one with other bits, or unequal to itself."""
    if isinstance(x, complex | np.complexfloating):
        return True
    return isinstance(x, float | np.floating) and (x == 0 or x != x)


def _are_alike(found: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    """Return whether the items have the same types and are equal to the last bit."""
    if found != expected or tuple(map(type, found)) != tuple(map(type, expected)):
        return False
    zeros = (k for k, x in enumerate(expected) if _differs_from_equals(x))
    return all(same_number(found[k], expected[k]) for k in zeros)
