"""Lowering of `update`: each element gathers what the shifted parts add to it, in one sweep.

Enters: an `update` node. Leaves: a nest over the box that all parts share, and one over the rim
around it, where every part is tested for. Where the values read the array itself, the new array
goes to a second buffer, so that old elements stay as long as they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.block import Block, literal
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import Box, View, broadcast_point
from autograph.ir.affine import Affine
from autograph.ir.graph import Index, Node, Slice, Value
from autograph.ir.op import get_op


class Gather(Struct, frozen=True):
    """What an update computes.

    Attributes:
        source: The old array's buffer, None if all of it counts as zero.
        target: The buffer that gets the new array.
        zero: Where the old array counts as zero.
        parts: The boxes that the values are added to.
        values: The values.
    """

    source: lp.Buffer | None
    target: lp.Buffer
    zero: Box | None
    parts: tuple[Box, ...]
    values: tuple[Value, ...]


def lower_update(s: Scheduler, node: Node) -> None:
    """Schedule an update."""
    base, *values = node.operands
    parts = tuple(_box(index) for index in node.attrs["parts"])
    cleared = node.attrs["cleared"]
    zero = _box(cleared) if cleared is not None else None
    if base not in s.storages and s.is_zeros(base):
        source, zero = None, Box.whole(base.dims)
        target = s.allocate(base.dims, base.dtype, base.name or "t")
    else:
        source, target = _buffers(s, node, parts)
    gather = Gather(source, target, zero, parts, tuple(values))
    common = Box(_bound(parts, "lower", max), _bound(parts, "upper", min))
    outer = Box(_bound(parts, "lower", min), _bound(parts, "upper", max))
    if source is not target:
        outer = Box.whole(base.dims)
    elif zero is not None:
        _clear_outside(s, node, target, zero, outer)
    _fast(s, node, gather, common)
    if outer != common:
        _rim(s, node, gather, outer, common)
    s.storages[node.result] = View.whole(target)


def _box(index: Index) -> Box:
    slices = [item for item in index if isinstance(item, Slice)]
    return Box(tuple(x.start for x in slices), tuple(x.start + x.length for x in slices))


def _bound(parts: Sequence[Box], side: str, pick: Callable[[list[int]], int]) -> lp.Point:
    """Return the least or greatest corner of boxes that are constant shifts apart."""
    corners = [getattr(part, side) for part in parts]
    first = corners[0]
    shifts = [[(c[axis] - f).const for c in corners] for axis, f in enumerate(first)]
    return tuple(f + pick(shifts[axis]) for axis, f in enumerate(first))


def _buffers(s: Scheduler, node: Node, parts: Sequence[Box]) -> tuple[lp.Buffer, lp.Buffer]:
    """Return the buffers of the old and of the new array."""
    base, *values = node.operands
    buffer = s.owned_copy(base)
    reading = [v for v in values if buffer in s.buffers_read(v)]
    if not reading:
        return buffer, buffer
    rest = [
        dim - (b - a) for dim, a, b in zip(base.dims, parts[0].lower, parts[0].upper, strict=True)
    ]
    if all(extent.constant is not None for extent in rest):
        s.note("computed into a second buffer: what is added reads neighbours of what is changed")
        return buffer, s.allocate(base.dims, base.dtype, buffer.name)
    for value in reading:
        s.set_apart(value, buffer)
    return buffer, buffer


def _clear_outside(s: Scheduler, node: Node, target: lp.Buffer, zero: Box, outer: Box) -> None:
    """Write the zeros that the other nests leave out."""
    if all(_at_least(z, o) for z, o in zip(zero.lower, outer.lower, strict=True)) and all(
        _at_least(o, z) for z, o in zip(zero.upper, outer.upper, strict=True)
    ):
        return
    indices = s.indices(len(zero.lower))
    point = tuple(map(Affine.of, indices))
    store = lp.Store(target, point, literal(target.dtype, 0))
    s.add(lp.Nest(indices, zero.lower, zero.upper, [store], site=node.site))


def _at_least(a: Affine, b: Affine) -> bool:
    gap = (a - b).constant
    return gap is not None and gap >= 0


def _within(box: Box, around: Box) -> bool:
    lower = zip(box.lower, around.lower, strict=True)
    upper = zip(box.upper, around.upper, strict=True)
    return all(_at_least(a, b) for a, b in lower) and all(_at_least(b, a) for a, b in upper)


def _fast(s: Scheduler, node: Node, gather: Gather, common: Box) -> None:
    """Write the nest over the box that all parts share."""
    indices = s.indices(len(common.lower))
    nest = lp.Nest(indices, common.lower, common.upper, [], site=node.site)
    block = Block(s.storages, s.times, nest.body)
    point = tuple(map(Affine.of, indices))
    total: lp.Expr | None = None
    if gather.zero is None or not _within(common, gather.zero):
        total = _old(s, gather, block, point)
    for part, value in zip(gather.parts, gather.values, strict=True):
        term = _term(block, part, value, point)
        total = term if total is None else _add(total, term)
    assert total is not None
    nest.body.append(lp.Store(gather.target, point, total))
    s.add(nest)


def _rim(s: Scheduler, node: Node, gather: Gather, outer: Box, common: Box) -> None:
    """Write the nest over the rest of a box, with a test for each part."""
    indices = s.indices(len(outer.lower))
    point = tuple(map(Affine.of, indices))
    rest: list[lp.Stmt] = []
    block = Block(s.storages, s.times, rest)
    total = s.variable(gather.target.dtype)
    rest.append(lp.Assign(total, _old(s, gather, block, point)))
    for part, value in zip(gather.parts, gather.values, strict=True):
        then: list[lp.Stmt] = []
        term = _term(block.inner(then), part, value, point)
        then.append(lp.Assign(total, _add(lp.Read(total), term)))
        rest.append(lp.If(lp.Inside(point, part.lower, part.upper), then))
    rest.append(lp.Store(gather.target, point, lp.Read(total)))
    skip = lp.If(lp.Inside(point, common.lower, common.upper), [], rest)
    s.add(lp.Nest(indices, outer.lower, outer.upper, [skip], site=node.site))


def _old(s: Scheduler, gather: Gather, block: Block, point: lp.Point) -> lp.Expr:
    """Return the old element, zero where it counts as zero."""
    if gather.source is None:
        return literal(gather.target.dtype, 0)
    load = lp.Load(gather.source, point)
    if gather.zero is None:
        return load
    variable = s.variable(load.dtype)
    block.statements.append(lp.Assign(variable, literal(load.dtype, 0)))
    keep = lp.Assign(variable, load)
    inside = lp.Inside(point, gather.zero.lower, gather.zero.upper)
    block.statements.append(lp.If(inside, [], [keep]))
    return lp.Read(variable)


def _term(block: Block, part: Box, value: Value, point: lp.Point) -> lp.Expr:
    inside = tuple(p - low for p, low in zip(point, part.lower, strict=True))
    return block.element(value, broadcast_point(value.dims, inside))


def _add(a: lp.Expr, b: lp.Expr) -> lp.Expr:
    return lp.Apply(get_op("add"), (a, b), a.dtype)
