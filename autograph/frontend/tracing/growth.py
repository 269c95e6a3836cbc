"""How much the lists that a loop makes longer grow, and the room that is made for them before it.

Where each iteration adds at most so many items, the capacity follows from the number of
iterations. Otherwise it is an input of the graph, which is enlarged when a call needs more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from msgspec.structs import replace

from autograph.frontend.symbols.decisions import ROOM
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.tracing.composite import ROOM as AS_NEEDED
from autograph.frontend.tracing.composite import Grown
from autograph.frontend.tracing.heap import Elements
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine

MOST_STEPS = 8
"""The most items an iteration may add for the capacity to follow from the number of iterations."""


class Growth:
    """The lists that one loop makes longer.

    Args:
        site: The place of the loop in the source.
        length: The number of iterations, if it is known before.

    Attributes:
        confirmed: Whether the last trace of the body found what was supposed before.
    """

    def __init__(self, site: Any, length: Affine | None) -> None:
        self._site = site
        self._length = length
        self._most: dict[Hashable, int | None] = {}
        self._exact: dict[Hashable, int] = {}
        self._entries: dict[Hashable, Affine] = {}
        self._rooms: dict[Hashable, Hashable] = {}
        self.confirmed = True

    def moved(self, by_place: Callable[[Mapping[Any, Any]], dict[Any, Any]]) -> Growth:
        """Return the same of the lists that have the places now."""
        made = Growth(self._site, self._length)
        made._most, made._exact = by_place(self._most), by_place(self._exact)
        keys = {**dict.fromkeys(self._most), **self._rooms}
        made._rooms = by_place({key: self._rooms.get(key, key) for key in keys})
        return made

    def resume(self, length: Affine | None, entry: Mapping[Any, Any]) -> None:
        """Take what was found before for the loop as it is entered now."""
        self._length = length
        for key in self._most:
            if isinstance(entry.get(key), Elements):
                self._entries[key] = length_of(entry[key])

    def note(
        self, heads: Mapping[Hashable, Any], ends: Mapping[Hashable, Any], entry: Mapping[Any, Any]
    ) -> None:
        """Take note of how much longer an iteration made each list."""
        facts = tracer().facts
        supposed = (dict(self._most), dict(self._exact))
        self._exact.clear()
        for key, end in ends.items():
            if not isinstance(end, Elements) or not isinstance(entry[key], Elements):
                continue
            before, after = length_of(heads.get(key, entry[key])), length_of(end)
            self._entries[key] = length_of(entry[key])
            steps = (k for k in range(MOST_STEPS + 1) if facts.nonnegative(before + k - after))
            most = next(steps, None)
            self._most[key] = most
            if most is not None and facts.equal(after, before + most):
                self._exact[key] = most
        self.confirmed = supposed == (self._most, self._exact)

    def arranged(self, key: Hashable, template: Template, entry: Any) -> Template:
        """Return the template of a list that grows with the capacity that it needs."""
        if not isinstance(template, Grown):
            return template
        given = growing_of(entry)
        if given is not None and given.arranged is not None:
            return replace(template, capacity=given.capacity, arranged=given.arranged)
        most = self._most.get(key)
        if most is None or self._length is None or (ROOM, self._site) in tracer().decisions:
            return replace(template, capacity=self._room(key), arranged=AS_NEEDED)
        capacity = self._entries[key] + self._length * most
        if given is not None and most == 0:
            capacity = given.capacity
        return replace(template, capacity=capacity, arranged=self._site)

    def settled(self, slot: Hashable, template: Template, before: Template | None) -> Template:
        """Return the template of a list made inside: of no fixed capacity if it keeps growing."""
        if isinstance(template, Grown) and isinstance(before, Template):
            known = before.capacity if isinstance(before, Grown) else None
            if known != template.capacity:
                return replace(template, capacity=self._room(slot), arranged=AS_NEEDED)
        return template

    def _room(self, key: Hashable) -> Affine:
        return tracer().room((self._site, self._rooms.get(key, key)))

    def at(self, key: Hashable, content: Any, trips: Affine) -> Any:
        """Return a list's content after some iterations, its length as a form if it follows."""
        items = growing_of(content) if isinstance(content, Elements) else None
        if items is None or key not in self._entries:
            return content
        most = self._most.get(key)
        if most is None:
            return content
        length = self._entries[key] + trips * most
        if key not in self._exact:
            tracer().facts.learn(length - items.length)
            return content
        made = Growing(items.element, items.columns, length, items.capacity, items.arranged)
        return Elements((made,))


def length_of(content: Elements) -> Affine:
    """Return the length of a list, given its content."""
    items = growing_of(content)
    return Affine(len(content)) if items is None else items.length
