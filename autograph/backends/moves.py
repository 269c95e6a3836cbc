"""Moves arrays to the buffers in which they are expected, all at once, by swaps where possible."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.dependence import in_place_order
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import View
from autograph.ir.graph import Value


class Move(Struct, frozen=True):
    """An array that is to be the content of an owned buffer."""

    target: lp.Buffer
    value: Value


def move_arrays(s: Scheduler, moves: Sequence[Move]) -> None:
    """Bring each array of the region's results into its buffer.

    Arrays that lie in other buffers of the region arrive by swapping; others are stored. Afterwards
    other arrays in the buffers involved are gone.
    """
    targets = [move.target for move in moves]
    places: list[lp.Buffer] = []
    for move in moves:
        place = s.whole(move.value)
        usable = place is not None and place in s.scope.owned and place not in places
        if usable and place is not None and (place in targets or _swappable(place, move.target)):
            places.append(place)
        else:
            places.append(_store(s, move, places, moves))
    _permute(s, targets, places)


def _swappable(place: lp.Buffer, target: lp.Buffer) -> bool:
    return place.dims == target.dims and place.dtype == target.dtype


def _store(
    s: Scheduler, move: Move, places: Sequence[lp.Buffer], moves: Sequence[Move]
) -> lp.Buffer:
    """Store an array in its target if nothing else needs the target's content, else elsewhere."""
    node = move.value.node
    if node is not None and node.op.name == "empty":
        return move.target  # whatever is there will do
    others = [m.value for m in moves if m is not move]
    needed = any(move.target in s.buffers_read(v) for v in others) or move.target in places
    if not needed:
        nest = s.store_nest(move.target, move.value)
        order = in_place_order(nest, move.target, s.ordered)
        if order is not None:
            nest.reverse, nest.ordered = order
            s.add(nest)
            return move.target
    buffer = s.fresh(move.value)
    s.storages[move.value] = View.whole(buffer)
    return buffer


def _permute(s: Scheduler, targets: Sequence[lp.Buffer], places: Sequence[lp.Buffer]) -> None:
    """Swap buffers until each target is bound to the memory of its place."""
    now = list(places)
    for k, target in enumerate(targets):
        if now[k] is target:
            continue
        place = now[k]
        s.add(lp.Swap(target, place))
        for other in range(k, len(now)):
            if now[other] is target:
                now[other] = place
            elif now[other] is place:
                now[other] = target
