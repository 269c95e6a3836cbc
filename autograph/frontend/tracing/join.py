"""Joins: what two arms of a branch leave, as one state; only what differs becomes a result."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.completion import Completion
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.leaves import Leaf, condition_of_leaf, leaf_value
from autograph.frontend.symbols.symbolic import Array
from autograph.frontend.symbols.union import Union
from autograph.frontend.tracing.composite import OneOf, each
from autograph.frontend.tracing.contents import part_at, parts_of, with_parts
from autograph.frontend.tracing.journal import Place, Region, same_number
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import apart, is_like, room_of
from autograph.frontend.tracing.slots import Path
from autograph.frontend.tracing.state import State, name_slots, state_of, without_masks
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value, defined_in, emit
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse

IsVisible = Callable[[Affine | Value | Condition], bool]


def visible_outside(graph: Graph) -> IsVisible:
    """Return the test for whether something can be referred to outside a region."""
    inside = defined_in(graph)

    def is_visible(x: Affine | Value | Condition) -> bool:
        if isinstance(x, Value):
            return x not in inside
        symbols = x.symbols if isinstance(x, Affine) else x.symbols()
        return inside.isdisjoint(symbols)

    return is_visible


def has_effects(graph: Graph) -> bool:
    """Return whether a region does something besides computing its results."""
    return any(node.op.kind == "effect" for node in graph.walk())


class _Arm(Struct):
    """One arm: its region, contents by place, and the means to take them apart."""

    region: Region
    contents: dict[Hashable, Any]
    packing: Packing
    state: State
    is_visible: IsVisible
    leaves: list[Leaf]


def join(condition: Condition, then: Region, orelse: Region) -> Completion:
    """Emit the branch, write the joined contents to their places, return how it completes."""
    trace = tracer()
    places = {key: place for region in (then, orelse) for key, (place, _) in region.changes.items()}
    roomy = _roomy(places, then, orelse)
    arms = [_arm(region, places, roomy) for region in (then, orelse)]
    state = arms[0].state.merged(arms[1].state)
    codes = tuple(dict.fromkeys(then.completion.codes + orelse.completion.codes))
    for arm in arms:
        with trace.inside(arm.region.scope):
            arm.leaves += state.pack(arm.contents, arm.packing)
            arm.leaves += [arm.region.completion.condition(code) for code in codes[1:]]
        arm.is_visible = visible_outside(arm.region.scope.graph)  # Packing emits, too.
    leaves = _emit(condition, arms)
    count = len(leaves) - len(codes) + 1
    state = state.with_marks(*(arm.packing for arm in arms))
    for key, content in state.unpack(leaves[:count]).items():
        trace.write(places[key], _with_origins(condition, content, state, arms, key))
    return _completion(codes, leaves[count:])


Rooms = dict[Path, tuple[Affine, ...]]
"""By path, the dims of the larger buffer that an array lies in."""


def _roomy(places: dict[Hashable, Place], then: Region, orelse: Region) -> Rooms:
    """Return where an array at the beginning of a larger buffer is replaced by another in one arm.

    In the other arm, too, an array stands for it that is made there, so that both lie in such a
    buffer afterwards.
    """
    found: Rooms = {}
    for key, place in places.items() if not apart() else ():
        now = place.read()
        ends = [r.changes[key][1] if key in r.changes else now for r in (then, orelse)]
        for path, before in parts_of(now):
            room = room_of(before)
            if room is None:
                continue
            parts = [part_at(end, path) for end in ends]
            alike = all(is_like(x, before.dtype, before.ndim) and not x.view.steps for x in parts)
            if alike and any(x.dims != before.dims for x in parts):
                found[key, *path] = room
    return found


def _arm(region: Region, places: dict[Hashable, Place], roomy: Rooms) -> _Arm:
    contents = {
        key: region.changes[key][1] if key in region.changes else place.read()
        for key, place in places.items()
    }
    trace, is_visible = tracer(), visible_outside(region.scope.graph)

    def made_inside(path: Path, part: Any) -> Any:
        return part if path not in roomy or _is_made_in(region, part) else trace.copied(part)

    with trace.inside(region.scope):
        contents = {key: without_masks(x, is_visible) for key, x in contents.items()}
        contents = {key: with_parts(x, made_inside, (key,)) for key, x in contents.items()}
        packing = name_slots(contents, region.scope)
        rooms = {
            slot: room
            for path, room in roomy.items()
            for _, slot in packing.slots_of[id(part_at(contents[path[0]], path[1:]).cell), path]
        }
        state = state_of(contents, packing).with_rooms(rooms).outside(is_visible)
    return _Arm(region, contents, packing, state, is_visible, [])


def _is_made_in(region: Region, array: Array) -> bool:
    inside: bool = array.cell.birth.within(region.scope)
    return inside


def _with_origins(
    condition: Condition, content: Any, state: State, arms: Sequence[_Arm], place: Hashable
) -> Any:
    """Return a joined content whose alternatives know which arm alone they can come from."""
    template = state.templates[place]
    if not isinstance(template, OneOf):
        return content
    then, orelse = ({t.key for t in each(arm.state.templates[place])} for arm in arms)
    noted = []
    for (when, part), alternative in zip(content.alternatives, template.alternatives, strict=True):
        origin = () if alternative.key in then & orelse else (condition,)
        if alternative.key not in then:
            origin = (~condition,)
        noted.append((replace(when, if_true=(*when.if_true, *origin)), part))
    return Union(tuple(noted))


def _completion(codes: tuple[int, ...], leaves: list[Leaf]) -> Completion:
    """Return the completion whose codes after the first hold under the conditions of leaves."""
    conditions = [condition_of_leaf(leaf) for leaf in leaves]
    ways = [(codes[0], ~any_of(conditions)), *zip(codes[1:], conditions, strict=True)]
    certain = [code for code, condition in ways if condition.known]
    if certain:
        return Completion.of(certain[0])
    return Completion(tuple(way for way in ways if way[1].known is not False))


def _emit(condition: Condition, arms: list[_Arm]) -> list[Leaf]:
    """Emit the branch for the leaves that differ; return the joined leaves."""
    trace = tracer()
    then, orelse = arms
    joined = [
        _same_on_both(condition, a, b, then.is_visible, orelse.is_visible)
        for a, b in zip(then.leaves, orelse.leaves, strict=True)
    ]
    differing = [k for k, leaf in enumerate(joined) if leaf is None]
    for arm in arms:
        with trace.inside(arm.region.scope):
            arm.region.scope.graph.results = [leaf_value(arm.leaves[k]) for k in differing]
    graphs = [arm.region.scope.graph for arm in arms]
    if not differing and not any(map(has_effects, graphs)):
        return [leaf for leaf in joined if leaf is not None]
    results = iter(emit(ifelse, [condition.value()], {}, graphs))
    leaves: list[Leaf] = []
    for leaf, a, b in zip(joined, then.leaves, orelse.leaves, strict=True):
        if leaf is not None:
            leaves.append(leaf)
        else:
            leaves.append(_joined(condition, next(results), a, b))
            _learn_bounds(leaves[-1], a, b, then.is_visible, orelse.is_visible)
    return leaves


def _same_on_both(
    condition: Condition, a: Leaf, b: Leaf, a_visible: IsVisible, b_visible: IsVisible
) -> Leaf | None:
    """Return the joined leaf if no result is needed for it."""
    if isinstance(a, ArrayType):
        return b if not _is_inner(b, b_visible) else None
    if isinstance(b, ArrayType):
        return a if not _is_inner(a, a_visible) else None
    truth = (_bool(a), _bool(b))
    if truth[0] is not None and truth[1] is not None:
        if truth[0] == truth[1]:
            return np.bool_(truth[0])
        return condition if truth[0] else ~condition
    if isinstance(a, np.generic) and same_number(a, b):
        return a
    if isinstance(a, Value | Affine | Condition) and a == b and not _is_inner(a, a_visible):
        return a
    return None


def _is_inner(leaf: Leaf, is_visible: IsVisible) -> bool:
    return isinstance(leaf, Value | Affine | Condition) and not is_visible(leaf)


def _bool(leaf: Leaf) -> bool | None:
    if isinstance(leaf, np.bool_):
        return bool(leaf)
    return leaf.known if isinstance(leaf, Condition) else None


def _joined(condition: Condition, value: Value, a: Leaf, b: Leaf) -> Leaf:
    """Return the leaf of a result; a flag that one arm alone can raise (or clear) says which."""
    if value.type != ArrayType(np.dtype(np.bool_)):
        return value
    for constant, other_arm in ((_bool(a), ~condition), (_bool(b), condition)):
        if constant is False:
            return Condition(value, if_true=(other_arm,))
        if constant is True:
            return Condition(value, if_false=(other_arm,))
    return value


def _learn_bounds(
    result: Leaf, a: Leaf, b: Leaf, a_visible: IsVisible, b_visible: IsVisible
) -> None:
    """Tell the facts that an integer lies between what the arms gave it."""
    forms = [Affine(int(x)) if isinstance(x, np.int64) else x for x in (a, b)]
    low, high = forms
    if not (isinstance(result, Value) and isinstance(low, Affine) and isinstance(high, Affine)):
        return
    if not (a_visible(low) and b_visible(high)):
        return
    facts = tracer().facts
    for lower, upper in ((low, high), (high, low)):
        if facts.nonnegative(upper - lower):
            facts.bound(result, lower, upper)
            return
    if facts.nonnegative(low) and facts.nonnegative(high):
        facts.bound(result, lower=0)
