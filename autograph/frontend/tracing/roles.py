"""Roles: how what a loop refers to is found again when the same code runs once more.

Each call of a function has variables of its own, and lists, objects and buffers are made anew. What
they are to the code that runs stays: the list in attribute `_keys` of what variable `self` holds.
Enters: owners of places, and what templates refer to. Leaves: by role, what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.symbols.union import Union
from autograph.frontend.tracing.contents import part_of
from autograph.frontend.tracing.heap import content_of, is_heap
from autograph.frontend.tracing.journal import BufferPlace, Items, Place, VariablePlace
from autograph.frontend.tracing.slots import Slot
from autograph.frontend.tracing.template import Static, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

MOST_STEPS = 6
"""How deep in the contents of a variable something may lie."""

MOST_LOOKED_AT = 400
"""How many things are looked at to find the roles of some."""

MOST_ITEMS = 32
"""Containers of more items are not looked into."""

Role = tuple[int, int, tuple[Any, ...]]
"""The number of a running function, that of its variable, and the way through its content."""


# ---------------------------------------------------------------- finding roles


def roles_of(wanted: Mapping[int, Any]) -> dict[int, Role]:
    """Return the roles of things, given and told by their identity, as far as they have any."""
    frames = tracer().frames
    found: dict[int, Role] = {}
    looked_at: set[int] = set()
    missing = set(wanted)
    for depth in range(len(frames) - 1, -1, -1):
        queue: list[tuple[Any, Role]] = []
        for k, place in enumerate(frames[depth]):
            if id(place.owner) in missing:
                found[id(place.owner)] = (depth, k, ())
                missing.discard(id(place.owner))
            queue.append((place.read(), (depth, k, ())))
        for content, role in queue:
            if not missing or len(looked_at) > MOST_LOOKED_AT:
                return found
            thing = content.cell if isinstance(content, Array) else content
            if id(thing) in missing:
                found[id(thing)] = role
                missing.discard(id(thing))
            if id(content) in looked_at or len(role[2]) == MOST_STEPS:
                continue
            looked_at.add(id(content))
            queue += ((part, (depth, role[1], (*role[2], key))) for key, part in _parts(content))
    return found


def _parts(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the parts of a content, each with the step that leads to it."""
    if isinstance(content, Union):
        for k, (_, part) in enumerate(content.alternatives):
            yield k, part
        return
    if isinstance(content, list | dict | set) and len(content) > MOST_ITEMS:
        return
    content = content_of(content) if is_heap(content) else content
    if isinstance(content, Items):
        yield from content.items()
    elif isinstance(content, tuple) and len(content) <= MOST_ITEMS:
        yield from enumerate(content)


def at_role(role: Role) -> Any:
    """Return what has a role now; None if nothing has it."""
    depth, k, steps = role
    frames = tracer().frames
    if depth >= len(frames) or k >= len(frames[depth]):
        return None
    content = frames[depth][k].read()
    for step in steps:
        if isinstance(content, Union):
            if step not in range(len(content.alternatives)):
                return None
            content = content.alternatives[step][1]
            continue
        content = content_of(content) if is_heap(content) else content
        if isinstance(content, Items):
            if step not in content:
                return None
        elif not isinstance(content, tuple) or step not in range(len(content)):
            return None
        content = part_of(content, step)
    return content.cell if isinstance(content, Array) else content


def variable_at(role: Role) -> Place | None:
    """Return the variable that has a role now."""
    depth, k, _ = role
    frames = tracer().frames
    return frames[depth][k] if depth < len(frames) and k < len(frames[depth]) else None


# ---------------------------------------------------------------- what templates refer to


def references(x: Any) -> Iterator[Any]:
    """Yield the buffers, objects and symbols that a template, or a part of one, refers to."""
    if isinstance(x, Cell | Value):
        yield x
    elif isinstance(x, Affine):
        yield from x.symbols
    elif isinstance(x, ArrayType):
        yield from references(x.dims)
    elif isinstance(x, Static):
        if is_heap(x.content):
            yield x.content
    elif isinstance(x, tuple | frozenset):
        for part in x:
            yield from references(part)
    elif isinstance(x, Struct) and not isinstance(x, Slot):
        for name in x.__struct_fields__:
            yield from references(getattr(x, name))


class Moved(Struct):
    """What has the roles now that other things had.

    Attributes:
        things: By the identity of the former thing, the present one.
        keys: By the key of the former place, that of the present one.
    """

    things: dict[int, Any]
    keys: dict[Hashable, Hashable]

    def template(self, x: Any) -> Any:
        """Return a template, or a part of one, that refers to the present things."""
        if isinstance(x, Slot):
            return self.slot(x)
        if isinstance(x, Cell):
            return self.things.get(id(x), x)
        if isinstance(x, Static):
            return Static(self.things[id(x.content)]) if id(x.content) in self.things else x
        if isinstance(x, Template):
            parts = {name: getattr(x, name) for name in x.__struct_fields__}
            changed = {name: self.template(part) for name, part in parts.items()}
            changed = {name: part for name, part in changed.items() if part is not parts[name]}
            return replace(x, **changed) if changed else x
        if type(x) is tuple or isinstance(x, frozenset):
            items = [self.template(item) for item in x]
            return x if all(a is b for a, b in zip(items, x, strict=True)) else type(x)(items)
        return x

    def slot(self, slot: Slot) -> Slot:
        """Return the slot at the present places."""
        places = [(self.keys.get(key, key), *path) for key, *path in slot.places]
        return Slot(tuple(sorted(places, key=str)), slot.kind)

    def by_place(self, found: Mapping[Any, Any], f: Callable[[Any], Any] | None = None) -> Any:
        """Return a mapping with the present places, or slots, as its keys."""
        return {
            self.slot(key) if isinstance(key, Slot) else self.keys.get(key, key): (
                f(x) if f is not None else x
            )
            for key, x in found.items()
        }


def same_kind(place: Place, owner: Any) -> bool:
    """Return whether something can own a place of the kind of another one."""
    if isinstance(place, BufferPlace):
        mine = place.owner.value
        return isinstance(owner, Cell) and (owner.value.dtype, owner.value.ndim) == (
            mine.dtype,
            mine.ndim,
        )
    return type(owner) is type(place.owner) and not isinstance(place, VariablePlace)
