"""Objects of libraries that compiled code refers to: splines, sparse matrices, search trees.

Compiled code knows an object by a ticket: a number, as a float, since what is computed of the
object varies with what the object was made from. An array of one element holds the ticket for as
long as a call runs; when it goes, so does what it stands for.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import numpy as np
from msgspec import Struct

Ticket = np.ndarray[Any, Any]

_objects: dict[int, Any] = {}
_refs: dict[int, weakref.ref[Ticket]] = {}
_tickets = itertools.count(1)


class ObjectMethod(Struct, frozen=True):
    """Calls a method of objects of a class.

    Attributes:
        of: The class.
        name: The name of the method.
    """

    of: type
    name: str

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Return `x.<name>(*args, **kwargs)`."""
        return getattr(x, self.name)(*args, **kwargs)


class ObjectAttribute(Struct, frozen=True):
    """Reads an attribute of objects of a class.

    Attributes:
        of: The class.
        name: The name of the attribute.
    """

    of: type
    name: str

    def __call__(self, x: Any) -> Any:
        """Return `x.<name>`."""
        return getattr(x, self.name)


class Scope(list[int]):
    """The tickets of the objects that one call has made."""


def hold(x: Any) -> Ticket:
    """Return an array of the ticket of an object, which is held for as long as the array lives."""
    ticket = next(_tickets)
    made = np.array([float(ticket)])
    _objects[ticket] = x
    _refs[ticket] = weakref.ref(made, lambda _: _release(ticket))
    return made


def new_scope() -> Ticket:
    """Return an array of the ticket of a scope: what is kept in it lives as long as the array."""
    return hold(Scope())


def keep(scope: Any, x: Any) -> float:
    """Return the ticket of an object that a call has made."""
    ticket = next(_tickets)
    _objects[ticket] = x
    _objects[int(scope)].append(ticket)
    return float(ticket)


def held(ticket: Any) -> Any:
    """Return the object of a ticket."""
    return _objects[int(ticket)]


def _release(ticket: int) -> None:
    _refs.pop(ticket, None)
    gone = _objects.pop(ticket, None)
    for inner in gone if isinstance(gone, Scope) else ():
        made = _objects.pop(inner, None)
        if hasattr(type(made), "abandon"):  # It waits for the call that has ended.
            made.abandon()
