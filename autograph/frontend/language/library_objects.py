"""Objects of libraries in a trace: where they come from, which kinds there are, what they share.

Enters: an object of a library from outside, or the ticket of one that a library call returned.
Leaves: what stands for it in the program.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, field

from autograph.frontend.flow.control import fork
from autograph.frontend.language import objects
from autograph.frontend.language.forking import fork_within
from autograph.frontend.numpy_api.library_objects import (
    Held,
    Kind,
    OfLibrary,
    signature_of,
)
from autograph.frontend.standard_library.library_objects import LibraryObject
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.inputs import (
    HeldTicket,
    NewScope,
    Source,
    Squareness,
    is_square,
)
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import Array, Cell, numpy_scalar
from autograph.frontend.symbols.union import Union
from autograph.frontend.tracing.outside import Outside
from autograph.frontend.tracing.premises import HasType, IsEqual
from autograph.frontend.tracing.tracer import Tracer, tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Value
from autograph.ops.held_objects import hold, new_scope
from autograph.ops.structure import get

FLOAT64 = np.dtype(np.float64)


class Known(Struct):
    """What one trace knows of the objects of libraries.

    Attributes:
        kinds: The kinds, by what their objects have in common.
        given: By identity of what stands for it, an object from outside.
        standing: By identity of an object from outside, what stands for it.
        shared: By ticket, the buffers that an object refers to, and what they held then.
        scope: The ticket of what keeps the objects that the call makes.
    """

    kinds: dict[Any, Kind] = field(default_factory=dict)
    given: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    standing: dict[int, Any] = field(default_factory=dict)
    shared: dict[Value, list[tuple[Cell, Value]]] = field(default_factory=dict)
    scope: Value | None = None


def _known(of: Tracer) -> Known:
    if of.library_objects is None:
        of.library_objects = Known()
    known: Known = of.library_objects
    return known


def _stands_for(kind: Kind, ticket: Value) -> Any:
    made = object.__new__(LibraryObject)
    vars(made).update(kind=kind, ticket=numpy_scalar(FLOAT64, ticket))
    return tracer().mark_made(made)


def _parts(x: Any) -> Held:
    """Return the kind and the ticket of what stands for an object, which may have changed."""
    kind, ticket = objects.stored(x, "kind"), value_of(objects.stored(x, "ticket"))
    shared = _known(tracer()).shared
    held = shared.get(ticket)
    everything = [s for found in shared.values() for s in found]
    for cell, before in everything if held is None else held:
        if cell.value is not before and (held is not None or ticket.node is None):
            raise unsupported(
                "an object of a library is used after an array that it was made from was changed; "
                "make it from a copy: x.copy()"
            )
    return Held(kind, ticket)


def _each(content: Any, use: Any) -> Any:
    return fork(content, use) if isinstance(content, Union) else fork_within(content, use)


def _shares(made: Any, arrays: list[Array]) -> None:
    if isinstance(made, tuple | list | dict):
        for part in made.values() if isinstance(made, dict) else made:
            _shares(part, arrays)
    if isinstance(made, OfLibrary):
        ticket = value_of(objects.stored(made, "ticket"))
        _known(tracer()).shared[ticket] = [(x.cell, x.cell.value) for x in arrays]


def _interned(sample: Any, kind: Kind) -> Kind:
    return _known(tracer()).kinds.setdefault((signature_of(sample), kind.is_given), kind)


def _ticket(array: Array) -> Value:
    with tracer().at_entry():
        ticket: Value = get(array.cell.value, index=(At(Affine(0)),))
    return ticket


def _scope() -> Value:
    known = _known(tracer())
    if known.scope is None:
        source = NewScope("made_by_libraries", known)
        known.scope = _ticket(tracer().lift(new_scope(), source))
    return known.scope


def _given_attribute(x: Any, name: str) -> Any:
    """Return an array or number that an object from outside has as an attribute."""
    found = _known(tracer()).given.get(id(x))
    if found is None or found[0] is not x:
        return None
    value = getattr(found[1], "__dict__", {}).get(name)
    if type(value) is not np.ndarray:
        return None
    array = tracer().outside.attribute(x, name, value)
    ticket = value_of(objects.stored(x, "ticket"))
    parts = _known(tracer()).shared.setdefault(ticket, [])
    if all(cell is not array.cell for cell, _ in parts):
        parts.append((array.cell, array.cell.value))
    return array


def from_outside(x: Any, source: Source) -> Any:
    """Return what stands for an object of a library that was found at a source."""
    known, outside = _known(tracer()), tracer().outside
    if not outside.found(x, source):
        return known.standing[id(x)]
    outside.note(HasType(source, type(x)))
    if len(getattr(x, "shape", ())) == 2:  # What a matrix makes of a vector is as long, or not.
        outside.note(IsEqual(Squareness(source.name, source, "square"), is_square(x)))
    place = HeldTicket(f"{source.name}_ticket", source, "ticket")
    kind = _interned(x, Kind(type(x), lambda sizes, contents, step: x, is_given=True))
    made = _stands_for(kind, _ticket(tracer().lift(hold(x), place)))
    tracer().born(made, tracer().root)
    known.standing[id(x)], known.given[id(made)] = made, (made, x)
    outside.found(made, source)
    return made


def install() -> None:
    """Say what stands for objects of libraries."""
    OfLibrary.make = staticmethod(_stands_for)
    OfLibrary.parts = staticmethod(_parts)
    OfLibrary.each = staticmethod(_each)
    OfLibrary.scope = staticmethod(_scope)
    OfLibrary.interned = staticmethod(_interned)
    OfLibrary.shares = staticmethod(_shares)
    OfLibrary.given = staticmethod(_given_attribute)
    Outside.of_library = staticmethod(from_outside)
