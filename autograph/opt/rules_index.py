"""Rules of reads and writes."""

from __future__ import annotations

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Index, IndexItem, Node, Slice, Value
from autograph.ir.op import constant_of, form_value
from autograph.ir.pattern import is_number
from autograph.ops.elementwise import add, multiply
from autograph.ops.structure import (
    broadcast,
    get,
    inc,
    index_dims,
    iota,
    set_,
    transpose,
)
from autograph.opt.rule import Context, constant_value, procedure

# ---------------------------------------------------------------- helpers


def _at(*positions: int) -> Index:
    return tuple(At(Affine(k)) for k in positions)


def _part(start: int, length: int, step: int = 1) -> Slice:
    return Slice(Affine(start), Affine(length), step)


def _whole(dims: tuple[Affine, ...]) -> Index:
    return tuple(Slice(Affine(0), dim, 1) for dim in dims)


def is_whole(index: Index, dims: tuple[Affine, ...]) -> bool:
    """Return whether an index selects everything in order."""
    return index == _whole(dims)


def are_disjoint(a: Index, b: Index) -> bool:
    """Return whether two indices of one array surely have no element in common."""
    return any(_items_disjoint(p, q) for p, q in zip(a, b, strict=True))


def _items_disjoint(a: IndexItem, b: IndexItem) -> bool:
    """Return whether some constant distance shows that two items of an axis are disjoint."""
    ranges = [_bounds(item) for item in (a, b)]
    if any(bounds is None for bounds in ranges):
        return False
    (low_a, high_a), (low_b, high_b) = ranges  # type: ignore[misc]
    gaps = (low_b - high_a).constant, (low_a - high_b).constant
    return any(gap is not None and gap > 0 for gap in gaps)


def _bounds(item: IndexItem) -> tuple[Affine, Affine] | None:
    """Return the first and last position of a nonempty item that runs up."""
    if isinstance(item, At):
        return item.position, item.position
    if item.step < 0:
        return None
    return item.start, item.start + (item.length - 1) * item.step


def compose(outer: Index, inner: Index) -> Index:
    """Return the index that selects what `inner` selects of what `outer` selects."""
    items: list[IndexItem] = []
    remaining = iter(inner)
    for item in outer:
        if isinstance(item, At):
            items.append(item)
            continue
        part = next(remaining)
        if isinstance(part, At):
            items.append(At(item.start + part.position * item.step))
        else:
            start = item.start + part.start * item.step
            items.append(Slice(start, part.length, item.step * part.step))
    return tuple(items)


def broadcast_to(value: Value, dims: tuple[Affine, ...]) -> Value:
    """Repeat a value to dims that it broadcasts to."""
    if value.dims == dims:
        return value
    axes = tuple(range(len(dims) - value.ndim, len(dims)))
    result: Value = broadcast(value, dims=dims, axes=axes)
    return result


# ---------------------------------------------------------------- reads


@procedure(get, "get(x, everything) -> x", lambda x: get(x, index=_whole(x.dims)), (2,))
def _drop_whole_get(node: Node, context: Context) -> Value | None:
    (x,) = node.operands
    return x if is_whole(node.attrs["index"], x.dims) else None


@procedure(
    get,
    "get(get(x)) -> get(x)",
    lambda x: get(get(x, index=(*_at(1), _part(4, 2, -2))), index=(_part(1, 1, -1),)),
    (2,),
)
def _join_gets(node: Node, context: Context) -> Value | None:
    inner = node.operands[0].node
    if inner is None or inner.op is not get:
        return None
    index = compose(inner.attrs["index"], node.attrs["index"])
    result: Value = get(inner.operands[0], index=index)
    return result


@procedure(
    get,
    "get(set(x, v, i), i) -> v",
    lambda x, v: get(set_(x, v, index=(_part(1, 2),)), index=(_part(1, 2),)),
    (1, 0),
)
def _get_what_was_set(node: Node, context: Context) -> Value | None:
    inner, index = node.operands[0].node, node.attrs["index"]
    if inner is None or inner.op is not set_ or inner.attrs["index"] != index:
        return None
    return broadcast_to(inner.operands[1], index_dims(index))


def _get_past_write(node: Node, context: Context) -> Value | None:
    inner, index = node.operands[0].node, node.attrs["index"]
    if inner is None or inner.op not in (set_, inc):
        return None
    if not are_disjoint(inner.attrs["index"], index):
        return None
    result: Value = get(inner.operands[0], index=index)
    return result


for _op in (set_, inc):
    procedure(
        get,
        f"get({_op.name}(x, v, i), j) -> get(x, j), i and j disjoint",
        lambda x, v, op=_op: get(op(x, v, index=_at(1)), index=(_part(2, 2),)),
        (1, 0),
    )(_get_past_write)


@procedure(
    get,
    "get(iota) -> start + step * iota",
    lambda: get(iota(length=Affine(9)), index=(_part(1, 3, 2),)),
    (),
)
def _get_of_iota(node: Node, context: Context) -> Value | None:
    inner = node.operands[0].node
    if inner is None or inner.op is not iota:
        return None
    (item,) = node.attrs["index"]
    if isinstance(item, At):
        return form_value(item.position)
    result: Value = add(multiply(iota(length=item.length), item.step), form_value(item.start))
    return result


@procedure(
    get,
    "get(transpose(x)) -> transpose(get(x))",
    lambda x: get(transpose(x, permutation=(1, 0)), index=(*_at(2), _part(0, 2))),
    (2,),
)
def _get_of_transpose(node: Node, context: Context) -> Value | None:
    inner, index = node.operands[0].node, node.attrs["index"]
    if inner is None or inner.op is not transpose:
        return None
    permutation = inner.attrs["permutation"]
    items = {axis: item for axis, item in zip(permutation, index, strict=True)}
    part = get(inner.operands[0], index=tuple(items[axis] for axis in range(len(items))))
    left = [axis for axis in sorted(items) if isinstance(items[axis], Slice)]
    order = tuple(left.index(axis) for axis in permutation if axis in left)
    result: Value = transpose(part, permutation=order)
    return result


@procedure(
    get,
    "get(broadcast(x)) -> broadcast(get(x))",
    lambda x: get(
        broadcast(x, dims=(x.dims[0], Affine(3)), axes=(0,)), index=(_part(0, 2), *_at(1))
    ),
)
def _get_of_broadcast(node: Node, context: Context) -> Value | None:
    inner, index = node.operands[0].node, node.attrs["index"]
    if inner is None or inner.op is not broadcast:
        return None
    (x,), axes = inner.operands, inner.attrs["axes"]
    items: list[IndexItem] = []
    placed = []
    for dim, axis in zip(x.dims, axes, strict=True):
        item, repeated = index[axis], dim == 1 and inner.attrs["dims"][axis] != 1
        if repeated:
            item = At(Affine(0)) if isinstance(item, At) else Slice(Affine(0), Affine(1), 1)
        items.append(item)
        if isinstance(item, Slice):
            placed.append(sum(isinstance(before, Slice) for before in index[:axis]))
    part = get(x, index=tuple(items))
    dims = index_dims(index)
    result: Value = broadcast(part, dims=dims, axes=tuple(placed)) if dims else part
    return result


@procedure(
    get,
    "get(f(x, y), i) -> f(get(x, i), get(y, i)), f used once",
    lambda x, y: get(multiply(multiply(x, x), y), index=_at(1)),
    (1, 0),
)
def _get_before_computing(node: Node, context: Context) -> Value | None:
    """Compute only the part that is read: the part drops an axis, and nothing else is read."""
    whole, index = node.operands[0], node.attrs["index"]
    inner = whole.node
    if inner is None or inner.op.kind != "elementwise" or not context.single_use(whole):
        return None
    if not any(isinstance(item, At) for item in index):
        return None
    operands = [_matching_part(v, whole, index) for v in inner.operands]
    result: Value = inner.op(*operands, **inner.attrs)
    return result


def _matching_part(value: Value, whole: Value, index: Index) -> Value:
    """Return the part of an operand that takes part in a part of an elementwise result."""
    if value.ndim == 0:
        return value
    items: list[IndexItem] = []
    offset = whole.ndim - value.ndim
    for axis, dim in enumerate(value.dims):
        item = index[axis + offset]
        if dim == 1 and whole.dims[axis + offset] != 1:
            item = At(Affine(0)) if isinstance(item, At) else Slice(Affine(0), Affine(1), 1)
        items.append(item)
    result: Value = get(value, index=tuple(items))
    return result


# ---------------------------------------------------------------- writes


@procedure(
    set_, "set(x, v, everything) -> v", lambda x, v: set_(x, v, index=_whole(x.dims)), (1, 0)
)
def _drop_whole_set(node: Node, context: Context) -> Value | None:
    x, v = node.operands
    return broadcast_to(v, x.dims) if is_whole(node.attrs["index"], x.dims) else None


@procedure(
    set_,
    "set(set(x, u, i), v, i) -> set(x, v, i)",
    lambda x, u, v: set_(set_(x, u, index=_at(1)), v, index=_at(1)),
    (1, 0, 0),
)
def _drop_overwritten(node: Node, context: Context) -> Value | None:
    (x, v), index = node.operands, node.attrs["index"]
    inner = x.node
    if inner is None or inner.op not in (set_, inc) or inner.attrs["index"] != index:
        return None
    if not context.single_use(node.operands[0]):  # both versions would need memory
        return None
    result: Value = set_(inner.operands[0], v, index=index)
    return result


@procedure(
    set_,
    "set(x, get(x, i), i) -> x",
    lambda x: set_(x, get(x, index=_at(1)), index=_at(1)),
)
def _drop_rewrite(node: Node, context: Context) -> Value | None:
    x, v = node.operands
    same = v.node is not None and v.node.op is get and v.node.operands[0] is x
    return x if same and v.node.attrs == node.attrs else None  # type: ignore[union-attr]


@procedure(
    set_,
    "set(x, set(get(x, i), v, j), i) -> set(x, v, j of i)",
    lambda x, v: set_(x, set_(get(x, index=(_part(1, 3),)), v, index=_at(1)), index=(_part(1, 3),)),
    (1, 0),
)
def _set_part_of_part(node: Node, context: Context) -> Value | None:
    (x, part), index = node.operands, node.attrs["index"]
    inner = part.node
    if inner is None or inner.op is not set_ or part.dims != index_dims(index):
        return None
    read = inner.operands[0].node
    if read is None or read.op is not get or read.operands[0] is not x:
        return None
    if read.attrs["index"] != index:
        return None
    result: Value = set_(x, inner.operands[1], index=compose(index, inner.attrs["index"]))
    return result


@procedure(
    inc,
    "inc(x, -0, i) -> x",
    lambda x: inc(x, -0.0, index=_at(1)),
    kinds="fiu",
)
def _drop_zero_increment(node: Node, context: Context) -> Value | None:
    x, v = node.operands
    number = constant_value(v)
    zero = 0 if x.dtype.kind in "iu" else -0.0
    return x if number is not None and is_number(number, zero) else None


@procedure(
    inc,
    "inc(zeros, v, everything) -> v, of integers",
    lambda x: inc(
        broadcast(constant_of(0, x.dtype), dims=x.dims, axes=()), x, index=_whole(x.dims)
    ),
    kinds="i",
)
def _drop_increment_of_zeros(node: Node, context: Context) -> Value | None:
    x, v = node.operands
    zeros = x.node is not None and x.node.op is broadcast
    if not zeros or constant_value(x.node.operands[0]) != 0:  # type: ignore[union-attr]
        return None
    return broadcast_to(v, x.dims) if is_whole(node.attrs["index"], x.dims) else None
