"""How the sizes of arrays change from one iteration of a loop to the next, and what room they need.

Where an iteration makes an array larger by at most so many elements, the room along the axis
follows from the size before the loop and the number of iterations. Otherwise it is an input of the
graph, which is enlarged when a call needs more.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import product
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.leaves import Leaf, form_of_leaf
from autograph.frontend.tracing.contents import part_at
from autograph.frontend.tracing.growth import MOST_STEPS
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import Padded, arrays_in, holds, home_of, of_buffer, room_of
from autograph.frontend.tracing.slots import Slot
from autograph.frontend.tracing.state import State, sizes_may_change
from autograph.frontend.tracing.template import Contents, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine

MOST_BOUNDS = 3
"""How many bounds of a size are tried before it is taken to be unbounded."""


class _Axis(Struct, frozen=True):
    """How an iteration changes the size of an array along an axis.

    Attributes:
        entry: The size before the loop, None if there are several.
        most: How much larger it becomes at most, None if that is not known.
        exact: Whether it always becomes that much larger.
    """

    entry: Affine | None
    most: int | None
    exact: bool

    @staticmethod
    def of(entry: list[Affine], before: list[Affine], after: list[Affine]) -> _Axis:
        """Return how sizes after an iteration exceed those before it."""
        facts = tracer().facts
        first = entry[0] if len(entry) == 1 else None
        pairs = list(product(before, after))
        fitting = (
            k for k in range(MOST_STEPS + 1) if all(facts.nonnegative(b + k - a) for b, a in pairs)
        )
        most = next(fitting, None) if pairs else None
        exact = most is not None and all(facts.equal(a, b + most) for b, a in pairs)
        return _Axis(first, most, exact)

    def after(self, trips: Affine | None) -> Affine | None:
        """Return a bound of the size after some iterations, None if there is none."""
        if self.entry is None or self.most is None:
            return None
        if not self.most:
            return self.entry
        return None if trips is None else self.entry + trips * self.most


def _sizes(content: Any, axis: int) -> list[Affine]:
    """Return the sizes that arrays which a content is one of have along an axis."""
    arrays = arrays_in(content) or []
    found = (tracer().facts.canonical(a.dims[axis]) for a in arrays if axis < a.ndim)
    return list(dict.fromkeys(found))


class Sizes:
    """The sizes of the arrays that one loop makes.

    Args:
        site: The place of the loop in the source.
        length: The number of iterations, if it is known before.

    Attributes:
        settled: Whether what was supposed of the sizes is what the last trace of the body found.
    """

    def __init__(self, site: Any, length: Affine | None) -> None:
        self._site = site
        self._length = length
        self.settled = True
        self._axes: dict[Slot, list[_Axis]] = {}
        self._entries: dict[Slot, Any] = {}
        self._bounds: dict[tuple[Slot, int], list[Affine]] = {}

    def note(
        self, heads: Mapping[Hashable, Any], entry: Mapping[Any, Any], packing: Packing
    ) -> None:
        """Take note of how an iteration changed the sizes of the arrays that it made."""
        before, self._axes = self._axes, {}
        for slot, things in packing.slots.items():
            if isinstance(slot.kind, tuple):
                place, *path = home_of(slot, entry)
                head = part_at(heads.get(place, entry[place]), path)
                self._entries[slot] = part_at(entry[place], path)
                after = [cell.value.dims for _, cell in things]
                self._axes[slot] = [
                    _Axis.of(
                        _sizes(self._entries[slot], axis),
                        _sizes(head, axis),
                        [dims[axis] for dims in after],
                    )
                    for axis in range(slot.kind[1])
                ]
        self.settled = before == self._axes

    def of(self, slot: Slot, template: Template) -> Template:
        """Return the template of an array with room for all sizes that it takes."""
        if not isinstance(template, Contents | Padded) or slot not in self._axes:
            return template
        buffer = of_buffer(template)
        if sizes_may_change():
            for array in arrays_in(self._entries[slot]) or []:
                buffer = buffer.having_dims(array.dims) if holds(buffer, array) else buffer
        if None not in buffer.dims:
            return template
        room = tuple(
            self._room_along(slot, k, axis) if dim is None else dim
            for k, (dim, axis) in enumerate(zip(buffer.dims, self._axes[slot], strict=True))
        )
        return replace(buffer, room=room)

    def _room_along(self, slot: Slot, k: int, axis: _Axis) -> Affine:
        bound = axis.after(self._length)
        bounds = self._bounds.setdefault((slot, k), [])
        if bound is None or (bound not in bounds and len(bounds) > MOST_BOUNDS):
            bounds += [Affine(0)] * MOST_BOUNDS
            given = room_of(self._entries[slot])
            if given is not None and tracer().is_room(given[k]):
                return given[k]
            return tracer().room((self._site, slot, k))
        if bound not in bounds:
            bounds.append(bound)
        return bound

    def at(self, state: State, leaves: Sequence[Leaf], trips: Affine) -> list[Leaf]:
        """Return carried leaves after some iterations, with the sizes that follow from these."""
        found = list(leaves)
        start = sum(len(template.types()) for template in state.templates.values())
        for slot, template in state.slots.items():
            if isinstance(template, Padded) and slot in self._axes:
                self._follow(found, start, template, self._axes[slot], trips)
            start += len(template.types())
        return found

    def _follow(
        self, leaves: list[Leaf], start: int, template: Padded, axes: list[_Axis], trips: Affine
    ) -> None:
        """Replace the leaves of sizes that follow, and learn bounds of the others."""
        opened = [axis for axis, dim in zip(axes, template.dims, strict=True) if dim is None]
        for k, axis in enumerate(opened, start):
            bound = axis.after(trips)
            if bound is not None and axis.exact:
                leaves[k] = bound
            elif bound is not None:
                tracer().facts.learn(bound - form_of_leaf(leaves[k]))
