"""What a loop was found to carry, remembered for when its body is traced again.

A loop in another loop, or in a function that is called in one, is traced once for each trial of
what is around it. What it carries mostly is the same each time: what the last fixpoint found is
supposed at once, so that one trial confirms it. It is remembered by the way of calls that leads to
the loop and holds for what may stand at entry: if a place could hold less then than it can now,
nothing that was found is too much. Places, and what they refer to, are found again by their roles.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from types import FrameType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.carried_integers import CarriedIntegers
from autograph.frontend.symbols.frames import is_traced_file
from autograph.frontend.symbols.symbolic import Cell
from autograph.frontend.tracing.composite import Container, OneOf
from autograph.frontend.tracing.growth import Growth
from autograph.frontend.tracing.heap import is_heap, place_of
from autograph.frontend.tracing.journal import BoxPlace, BufferPlace, Place, VariablePlace
from autograph.frontend.tracing.roles import (
    Moved,
    Role,
    at_role,
    references,
    roles_of,
    same_kind,
    variable_at,
)
from autograph.frontend.tracing.state import State, name_slots, state_of
from autograph.frontend.tracing.template import Scalar, Static, Template
from autograph.frontend.tracing.template_facts import template_key
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.graph import Value

MOST_SEEDS = 4
"""How many are remembered of one loop in one way of calls: for several types at entry."""

Places = Mapping[Hashable, Place]


class Seed(Struct, frozen=True):
    """What a fixpoint has found.

    Attributes:
        places: The places that the loop changes.
        entry: The templates of what they held before the loop.
        continuing: What an iteration leaves that another one may follow.
        leaving: What the last iteration leaves.
        counters: The numbers of integer carries that never fall below their first value.
        integers: Bounds of the integer carries.
        growth: How lists grow.
        roles: By identity, the role of each place's owner and of what templates refer to.
        things: What templates refer to.
    """

    places: Places
    entry: Mapping[Hashable, Template]
    continuing: State
    leaving: State
    counters: set[int]
    integers: CarriedIntegers
    growth: Growth
    roles: Mapping[int, Role] = {}
    things: tuple[Any, ...] = ()

    def contents(self) -> dict[Hashable, Any]:
        """Return what the places hold."""
        return {key: place.read() for key, place in self.places.items()}


def way_here() -> Hashable:
    """Return the calls that are running: the places in the traced code where they stand."""
    found: list[Hashable] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if is_traced_file(code.co_filename):
            found.append((code.co_filename, code.co_firstlineno, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)


def remember(key: Hashable, seed: Seed) -> None:
    """Remember what a fixpoint has found."""
    trace = tracer()
    entry = seed.contents()
    parts = [*seed.continuing.templates.values(), *seed.continuing.slots.values()]
    parts += [*seed.leaving.templates.values(), *seed.leaving.slots.values()]
    templates = state_of(entry, name_slots(entry, None)).templates
    things = {id(x): x for part in (*parts, *templates.values()) for x in references(part)}
    owners = {id(place.owner): place.owner for place in seed.places.values()}
    wanted = {k: x for k, x in {**owners, **things}.items() if not isinstance(x, Value)}
    made = replace(seed, entry=templates, roles=roles_of(wanted), things=tuple(things.values()))
    known = trace.seeds.setdefault(key, [])
    known.insert(0, made)
    del known[MOST_SEEDS:]


def recall(key: Hashable) -> Seed | None:
    """Return what was found when this loop was traced before, if it can be supposed now."""
    for seed in tracer().seeds.get(key, ()):
        found = _present(seed)
        if found is not None:
            return found
    return None


# ---------------------------------------------------------------- finding it again


def _present(seed: Seed) -> Seed | None:
    """Return the seed for what has its roles now; None if it does not apply."""
    places: dict[Hashable, Place] = {}
    moved = Moved({}, {})
    for key, place in seed.places.items():
        now = _place_now(place, seed.roles)
        if now is None or now.key in places:
            return None
        places[now.key] = now
        moved.keys[key] = now.key
        if now.owner is not place.owner:
            moved.things[id(place.owner)] = now.owner
    for thing in seed.things:
        now_there = _thing_now(thing, seed.roles)
        if now_there is None:
            return None
        if now_there is not thing:
            moved.things[id(thing)] = now_there
    made = Seed(
        places,
        moved.by_place(seed.entry, moved.template),
        _state(seed.continuing, moved),
        _state(seed.leaving, moved),
        seed.counters,
        seed.integers.copy(),
        seed.growth.moved(moved.by_place),
    )
    contents = made.contents()
    now_held = state_of(contents, name_slots(contents, None)).templates
    fits = all(_is_within(made.entry[key], now_held[key]) for key in places)
    return made if fits else None


def _state(state: State, moved: Moved) -> State:
    return State(
        moved.by_place(state.templates, moved.template), moved.by_place(state.slots, moved.template)
    )


def _place_now(place: Place, roles: Mapping[int, Role]) -> Place | None:
    """Return the place that has the role of another one now."""
    role = roles.get(id(place.owner))
    if role is None:
        return place if _is_alive(place) else None
    if isinstance(place, VariablePlace | BoxPlace):
        variable = variable_at(role) if not role[2] else None
        alike = variable is not None and (type(variable), variable.name) == (
            type(place),
            place.name,
        )
        return variable if alike else None
    owner = at_role(role)
    if owner is None or not same_kind(place, owner):
        return None
    if isinstance(place, BufferPlace):
        return BufferPlace(owner, place.name)
    now = place_of(owner)
    return now if type(now) is type(place) else None


def _is_alive(place: Place) -> bool:
    """Return whether a place without a role is still there."""
    if isinstance(place, VariablePlace | BoxPlace | BufferPlace):
        return tracer().is_alive(place)
    return _is_around(place.owner)


def _is_around(thing: Any) -> bool:
    trace = tracer()
    if isinstance(thing, Cell):
        return trace.top.within(thing.birth)
    birth = trace.birth(thing)
    return birth is None or trace.top.within(birth)


def _thing_now(thing: Any, roles: Mapping[int, Role]) -> Any:
    """Return what has the role of something that templates refer to."""
    if isinstance(thing, Value):
        return thing if _is_visible(thing) else None
    role = roles.get(id(thing))
    if role is None:
        return thing if _is_around(thing) else None
    now = at_role(role)
    if isinstance(thing, Cell):
        return now if isinstance(now, Cell) else None
    return now if type(now) is type(thing) and is_heap(now) else None


def _is_visible(symbol: Value) -> bool:
    """Return whether a symbol is one of the graphs that are being traced."""
    trace = tracer()
    return symbol in trace.hints or any(
        symbol is param for scope in trace.stack for param in scope.graph.params
    )


def _is_within(before: Template, now: Template) -> bool:
    """Return whether what a place could hold then is what it can hold now, or a part of it."""
    if template_key(before) == template_key(now):
        return True
    if isinstance(now, OneOf):
        parts = before.alternatives if isinstance(before, OneOf) else (before,)
        return all(any(_is_within(part, one) for one in now.alternatives) for part in parts)
    if isinstance(before, Static) and isinstance(now, Scalar):
        return before.key == now.key
    if isinstance(before, Container) and isinstance(now, Container) and before.key == now.key:
        return before.keys == now.keys and all(map(_is_within, before.items, now.items))
    return False
