"""The places outside of a routine that it changes: what they hold travels in and out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from autograph.frontend.symbols.leaves import Leaf
from autograph.frontend.symbols.symbolic import Cell
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.composite import pack_content
from autograph.frontend.tracing.journal import BufferPlace, Place, Scope, same_content
from autograph.frontend.tracing.passing import Passing
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.tracer import tracer

Templates = Mapping[Hashable, Template]


class OuterPlaces(dict[Hashable, Place]):
    """Places by their keys."""

    def pack(self, state: Templates, scope: Scope | None) -> list[Leaf]:
        """Return the leaves of what the places hold now."""
        packing = Passing(scope)
        return [
            leaf
            for key, template in state.items()
            for leaf in pack_content(template, narrow(self[key].read()), (key,), packing)
        ]

    def unpack(self, state: Templates, leaves: Iterator[Leaf]) -> None:
        """Write to the places what leaves stand for."""
        for key, template in state.items():
            tracer().write(self[key], template.unpack(leaves, {}))

    def names(self, state: Templates) -> list[str | None]:
        """Return the names of the leaves."""
        return [self[key].name or None for key, t in state.items() for _ in t.types()]

    def add_changed(self, scope: Scope) -> dict[Hashable, Any]:
        """Add what a region has changed outside so far; return what was there before.

        Maybe it changes them only for the time of a call of itself.
        """
        trace = tracer()
        added: dict[Hashable, Any] = {}
        for inner in trace.stack[trace.stack.index(scope) :]:
            for key, (place, before) in inner.log.items():
                owner = place.owner
                birth = owner.birth if isinstance(owner, Cell) else trace.birth(owner)
                outside = birth is None or not birth.within(scope)
                outside = outside and place is not trace.pending
                if outside and key not in self and not same_content(before, place.read()):
                    self[key] = place
                    added[key] = narrow(before)
        return added

    def hold(self, cell: Cell) -> bool:
        """Return whether the content of a buffer is at one of the places."""
        return any(isinstance(p, BufferPlace) and p.owner is cell for p in self.values())
