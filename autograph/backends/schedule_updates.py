"""Lowerings of nodes that change a part of an array: `set`, `inc`, `put`, `put_add`.

Enters: a node. Leaves: a nest that writes in place where that is legal; otherwise through a second
buffer that is swapped with the first at the end of the iteration, or through a temporary of the
size of the part.
"""

from __future__ import annotations

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.dependence import in_place_order
from autograph.backends.scheduler import Scheduler, described
from autograph.backends.scope import Scope
from autograph.backends.storage import (
    View,
    broadcast_point,
    index_covers,
    index_point,
    is_lazy,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Index, Node, Slice, Value
from autograph.ir.op import get_op
from autograph.ops.structure import index_dims


class Part(Struct, frozen=True):
    """The box of a nest over the part of an array that an index selects.

    Attributes:
        indices: One loop index per axis of the part.
        lower: Where they begin; for steps of 1 they run over positions in the array.
        upper: Where they end.
        point: The point of the part that the indices stand for.
        element: The element of the array.
    """

    indices: tuple[Value, ...]
    lower: lp.Point
    upper: lp.Point
    point: lp.Point
    element: lp.Point


def part_of(s: Scheduler, index: Index) -> Part:
    """Return the box over the part that an index selects."""
    slices = [item for item in index if isinstance(item, Slice)]
    indices = s.indices(len(slices))
    lower = tuple(x.start if x.step == 1 else Affine(0) for x in slices)
    point = tuple(i - low for i, low in zip(map(Affine.of, indices), lower, strict=True))
    upper = tuple(low + x.length for x, low in zip(slices, lower, strict=True))
    return Part(indices, lower, upper, point, index_point(index, point))


def lower_set(s: Scheduler, node: Node) -> None:
    """Schedule the replacement of a part."""
    base, value = node.operands
    index = node.attrs["index"]
    if index_covers(index, base.dims) and value.dims == base.dims:
        _replace_whole(s, node)
        return
    buffer = s.overwritable(base)
    if buffer is None:
        buffer = s.fresh(base)
        s.note(f"{described(base)} is copied before it is changed: its old content is needed")
    _write(s, node, buffer)


def lower_inc(s: Scheduler, node: Node) -> None:
    """Schedule the addition to a part."""
    buffer = s.owned_copy(node.operands[0])
    _write(s, node, buffer)


def _replace_whole(s: Scheduler, node: Node) -> None:
    """Schedule a set of all elements: the old content does not matter."""
    base, value = node.operands
    buffer = s.overwritable(base) if base in s.storages else None
    if buffer is not None:
        _write(s, node, buffer)
        return
    target = s.scope.destinations.get(node.result)
    if target is not None and target not in s.buffers_read(value) and s.release(target):
        s.fill(target, value)
    else:
        target = s.fresh(value)
    s.storages[node.result] = View.whole(target)


def update_nest(s: Scheduler, node: Node, buffer: lp.Buffer) -> lp.Nest:
    """Return the statement that writes the part in place of the old elements."""
    part = part_of(s, node.attrs["index"])
    nest = lp.Nest(part.indices, part.lower, part.upper, [], site=node.site)
    block = Block(s.storages, s.times, nest.body)
    value = block.element(node.operands[1], broadcast_point(node.operands[1].dims, part.point))
    if node.op.name == "inc":
        old = lp.Load(buffer, part.element)
        value = lp.Apply(get_op("add"), (old, value), buffer.dtype)
    nest.body.append(lp.Store(buffer, part.element, value))
    return nest


def _write(s: Scheduler, node: Node, buffer: lp.Buffer) -> None:
    """Write the part into an owned buffer that holds the old array."""
    s.storages[node.result] = View.whole(buffer)
    nest = update_nest(s, node, buffer)
    if not nest.indices:
        s.scope.statements.extend(nest.body)
        return
    order = in_place_order(nest, buffer, s.ordered)
    remembered = s.scope.loop and _is_remembered(s, node.operands[1])
    second = node.op.name == "set" and _is_only_write(s.scope, node, buffer)
    if order is not None and not (remembered and second):
        nest.reverse, nest.ordered = order
        s.add(nest)
        s.note("written in place" + (", in an order that reads old elements" if order[1] else ""))
        return
    if second:
        _write_second(s, node, buffer)
        return
    _write_through_temporary(s, node, nest, buffer)


def _write_through_temporary(s: Scheduler, node: Node, nest: lp.Nest, buffer: lp.Buffer) -> None:
    """Compute the new elements into a temporary of the size of the part, then copy them."""
    dims = index_dims(node.attrs["index"])
    store = nest.body[-1]
    assert isinstance(store, lp.Store)
    temporary = s.allocate(dims, buffer.dtype, "new")
    point = tuple(i - low for i, low in zip(map(Affine.of, nest.indices), nest.lower, strict=True))
    nest.body[-1] = lp.Store(temporary, point, store.expr)
    s.add(nest)
    part = part_of(s, node.attrs["index"])
    copy = lp.Store(buffer, part.element, lp.Load(temporary, part.point))
    s.add(lp.Nest(part.indices, part.lower, part.upper, [copy], site=node.site))
    s.note("computed into a temporary first: it reads elements on both sides of what it writes")


def _is_only_write(scope: Scope, node: Node, buffer: lp.Buffer) -> bool:
    """Return whether a set is all that happens to a carried array, always at the same place."""
    inside = {*scope.graph.params, *(v for n in scope.graph.nodes for v in n.results)}
    forms = [form for item in node.attrs["index"] for form in item.forms()]
    return (
        scope.loop
        and node.operands[0] in scope.graph.params
        and scope.destinations.get(node.result) is buffer
        and not any(s in inside for form in forms for s in form.symbols)
    )


def _is_remembered(s: Scheduler, value: Value) -> bool:
    """Return whether what a value is computed from goes on a tape, in a nest of its own.

    With a second buffer that nest and the update's can be one, though both read old elements.
    """
    if value in s.scope.after and value.ndim:
        return True
    node = value.node
    inside = node is not None and node in s.scope.graph.nodes and is_lazy(node)
    return inside and node is not None and any(_is_remembered(s, v) for v in node.operands)


def _write_second(s: Scheduler, node: Node, buffer: lp.Buffer) -> None:
    """Compute the new array in a second buffer, which is a copy of the first before the loop.

    The end of the iteration swaps the two buffers, and both agree outside the part for good.
    """
    assert s.scope.parent is not None
    second = s.allocate(buffer.dims, buffer.dtype, f"{buffer.name}_next")
    s.scope.pinned.add(second)
    s.scope.before.append(_copy(s, second, buffer))
    s.add(update_nest(s, node, second))
    s.storages[node.result] = View.whole(second)
    s.note("computed into a second buffer, which is swapped with the first after each iteration")


def _copy(s: Scheduler, to: lp.Buffer, source: lp.Buffer) -> lp.Nest:
    """Return a nest that copies a buffer."""
    indices = s.indices(len(to.dims))
    point = tuple(Affine.of(i) for i in indices)
    copy = lp.Store(to, point, lp.Load(source, point))
    return lp.Nest(indices, (Affine(0),) * len(indices), to.dims, [copy], site=s.site)


def lower_put(s: Scheduler, node: Node) -> None:
    """Schedule writes or additions at positions given by index arrays, one after the other."""
    base, value, *positions = node.operands
    buffer = s.owned_copy(base)
    for operand in node.operands[1:]:
        s.set_apart(operand, buffer)
    dims = _positions_dims(node)
    indices = s.indices(len(dims))
    nest = lp.Nest(indices, (Affine(0),) * len(dims), dims, [], ordered=True, site=node.site)
    block = Block(s.storages, s.times, nest.body)
    point = tuple(Affine.of(i) for i in indices)
    at = tuple(block.position(block.element(v, broadcast_point(v.dims, point))) for v in positions)
    new = block.element(value, broadcast_point(value.dims, point))
    if node.op.name == "put_add":
        new = lp.Apply(get_op("add"), (lp.Load(buffer, at), new), buffer.dtype)
    nest.body.append(lp.Store(buffer, at, new))
    s.scope.statements.extend([nest] if dims else nest.body)
    s.storages[node.result] = View.whole(buffer)


def _positions_dims(node: Node) -> lp.Point:
    from_widest = max((v.dims for v in node.operands[2:]), key=len)
    dims = list(from_widest)
    for v in node.operands[2:]:
        for axis, dim in enumerate(v.dims, start=len(dims) - v.ndim):
            if dim != 1:
                dims[axis] = dim
    return tuple(dims)
