"""Places of the heap, and the undo log that each region keeps of them.

A place is where a program keeps something that a region may change: a variable, a buffer, the
items of a list or dict. When a region is entered or left, contents are moved in and out by place.
"""

from __future__ import annotations

from collections.abc import Hashable
from types import CellType
from typing import Any

import numpy as np
from msgspec import Struct, field

from autograph.frontend.symbols.completion import Completion
from autograph.frontend.symbols.condition import Atom
from autograph.frontend.symbols.known import KnownInScope
from autograph.frontend.symbols.symbolic import Cell
from autograph.ir.graph import Graph


class Unbound:
    """The content of a variable that is not bound."""

    def __repr__(self) -> str:
        return "<unbound>"


UNBOUND = Unbound()


class Place(Struct, frozen=True, eq=False):
    """A place of the heap: what it belongs to, and what messages call it."""

    owner: Any
    name: str = ""

    @property
    def key(self) -> Hashable:
        """What identifies the place."""
        return (type(self).__name__, id(self.owner))

    def read(self) -> Any:
        """Return the content."""
        raise NotImplementedError

    def write(self, content: Any) -> None:
        """Replace the content."""
        raise NotImplementedError


class VariablePlace(Place, frozen=True, eq=False):
    """A variable: a closure cell."""

    owner: CellType

    @property
    def key(self) -> Hashable:
        """What identifies the place."""
        return "VariablePlace", id(self.owner)

    def read(self) -> Any:
        """Return the content."""
        try:
            return self.owner.cell_contents
        except ValueError:
            return UNBOUND

    def write(self, content: Any) -> None:
        """Replace the content."""
        if content is not UNBOUND:
            self.owner.cell_contents = content
        elif self.read() is not UNBOUND:
            del self.owner.cell_contents


class BufferPlace(Place, frozen=True, eq=False):
    """The content of a buffer: a graph value."""

    owner: Cell

    def read(self) -> Any:
        """Return the content."""
        return self.owner.value

    def write(self, content: Any) -> None:
        """Replace the content."""
        self.owner.value = content


class Items(dict[Any, Any]):
    """The content of a dict, a set or an object, apart from it."""


class Box:
    """Holds the value of an expression that branches compute."""

    __slots__ = ("content",)

    def __init__(self, content: Any = UNBOUND) -> None:
        self.content = content


class BoxPlace(Place, frozen=True, eq=False):
    """The content of a box."""

    owner: Box

    def read(self) -> Any:
        """Return the content."""
        return self.owner.content

    def write(self, content: Any) -> None:
        """Replace the content."""
        self.owner.content = content


class Scope(Struct, eq=False):
    """A region that is or was being traced.

    Attributes:
        parent: The region around it.
        graph: What it emits.
        log: By place, the content before the region changed it.
        truths: Atoms of conditions that are decided here.
        known: What the facts know here; kept for when the region is taken up again.
        guard: For a region left open for the rest of a block: how it is joined in the end.
    """

    parent: Scope | None
    graph: Graph
    log: dict[Hashable, tuple[Place, Any]] = field(default_factory=dict)
    truths: dict[Atom, bool] = field(default_factory=dict)
    known: KnownInScope = field(default_factory=KnownInScope)
    guard: Any = None

    def within(self, outer: Scope) -> bool:
        """Return whether this region is `outer` or lies inside it."""
        scope: Scope | None = self
        while scope is not None and scope is not outer:
            scope = scope.parent
        return scope is outer


Changes = dict[Hashable, tuple[Place, Any]]
"""By place, what a region left there."""


class Region(Struct, frozen=True):
    """A region that has ended: what it emitted, how it completed, what it left where."""

    scope: Scope
    completion: Completion
    changes: Changes


def same_content(a: Any, b: Any) -> bool:
    """Return whether two contents are the same thing."""
    if a is b:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple) and type(a) is type(b):
        return len(a) == len(b) and all(map(same_content, a, b))
    if isinstance(a, Items) and isinstance(b, Items):
        return list(a) == list(b) and all(same_content(a[key], b[key]) for key in a)
    return same_number(a, b)


def same_number(a: Any, b: Any) -> bool:
    """Return whether two contents are numbers of the same type and bits."""
    if type(a) is not type(b) or not isinstance(a, bool | int | float | complex | np.generic):
        return False
    return repr(a) == repr(b)
