"""Rules of views: transposes, repetition (broadcast), reshapes; and of reductions over them."""

from __future__ import annotations

from collections.abc import Sequence

from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ops.define import broadcast_dims
from autograph.ops.elementwise import add, equal
from autograph.ops.reduction import max_, min_, prod, sum_
from autograph.ops.structure import assume_dims, broadcast, reshape, transpose
from autograph.opt.rule import Context, procedure

# ---------------------------------------------------------------- views of views


@procedure(
    transpose,
    "transpose(transpose(x)) -> transpose(x)",
    lambda x: transpose(transpose(x, permutation=(1, 2, 0)), permutation=(0, 2, 1)),
    (3,),
)
def _join_transposes(node: Node, context: Context) -> Value | None:
    x, permutation = node.operands[0], node.attrs["permutation"]
    if permutation == tuple(range(len(permutation))):
        return x
    inner = x.node
    if inner is None or inner.op is not transpose:
        return None
    joined = tuple(inner.attrs["permutation"][axis] for axis in permutation)
    result: Value = transpose(inner.operands[0], permutation=joined)
    return result


@procedure(
    broadcast,
    "broadcast(broadcast(x)) -> broadcast(x)",
    lambda x: broadcast(
        broadcast(x, dims=(Affine(3), *x.dims), axes=(1,)),
        dims=(Affine(2), Affine(3), *x.dims),
        axes=(1, 2),
    ),
)
def _join_broadcasts(node: Node, context: Context) -> Value | None:
    x, dims, axes = node.operands[0], node.attrs["dims"], node.attrs["axes"]
    if x.dims == dims:
        return x
    inner = x.node
    if inner is None or inner.op is not broadcast:
        return None
    joined = tuple(axes[axis] for axis in inner.attrs["axes"])
    result: Value = broadcast(inner.operands[0], dims=dims, axes=joined)
    return result


@procedure(
    reshape,
    "reshape(reshape(x)) -> reshape(x)",
    lambda x: reshape(reshape(x, dims=(Affine(1), *x.dims)), dims=(*x.dims, Affine(1))),
)
def _join_reshapes(node: Node, context: Context) -> Value | None:
    x, dims = node.operands[0], node.attrs["dims"]
    if x.dims == dims:
        return x
    result: Value
    if x.node is not None and x.node.op is reshape:
        result = reshape(x.node.operands[0], dims=dims)
        return result
    kept = [axis for axis, dim in enumerate(dims) if dim != 1]
    if len(kept) == x.ndim and all(dims[axis] == d for axis, d in zip(kept, x.dims, strict=True)):
        result = broadcast(x, dims=dims, axes=tuple(kept))
        return result
    return None


@procedure(
    assume_dims,
    "assume_dims(x, its dims) -> x",
    lambda x: assume_dims(x, dims=x.dims),
)
def _drop_assumption(node: Node, context: Context) -> Value | None:
    (x,) = node.operands
    return x if x.dims == node.attrs["dims"] else None


# ---------------------------------------------------------------- repetition and elementwise ops


@procedure(
    "elementwise",
    "f(broadcast(x), y) -> f(x, y)",
    lambda x, y: add(broadcast(x, dims=(*y.dims,), axes=(1,)), y),
    (1, 2),
)
def _drop_repetition(node: Node, context: Context) -> Value | None:
    """Let broadcasting repeat an operand where other operands have its dims."""
    operands = list(node.operands)
    for k, value in enumerate(operands):
        if value.node is not None and value.node.op is broadcast:
            others = [v.dims for v in operands[:k] + operands[k + 1 :]]
            operands[k] = _smallest(value, broadcast_dims(others))
    if tuple(operands) != node.operands:
        result: Value = node.op(*operands, **node.attrs)
        return result
    return None


def _smallest(value: Value, others: tuple[Affine, ...]) -> Value:
    """Return a repeated value without the repetition that `others` give it by broadcasting."""
    assert value.node is not None
    source, axes, dims = value.node.operands[0], value.node.attrs["axes"], list(value.dims)
    held = dict(zip(axes, source.dims, strict=True))
    shift = len(others) - len(dims)
    for axis, dim in enumerate(dims):
        given = others[axis + shift] if axis + shift >= 0 else None
        if held.get(axis, Affine(1)) == 1 and given == dim:
            dims[axis] = Affine(1)
    lead = 0
    while lead < len(dims) and lead not in held and dims[lead] == 1 and lead + shift >= 0:
        lead += 1
    if tuple(dims) == value.dims and lead == 0:
        return value
    placed, kept = tuple(axis - lead for axis in axes), tuple(dims[lead:])
    if placed == tuple(range(len(kept))) and kept == source.dims:
        return source
    result: Value = broadcast(source, dims=kept, axes=placed)
    return result


@procedure(
    "elementwise",
    "f(broadcast(x)) -> broadcast(f(x))",
    lambda x: equal(broadcast(x, dims=(Affine(3), *x.dims), axes=(1,)), x.dtype.type(1)),
)
def _repeat_later(node: Node, context: Context) -> Value | None:
    """Compute before repeating, where the repeated operand is the only one that is no scalar."""
    arrays = {v for v in node.operands if v.ndim}
    if len(arrays) != 1:
        return None
    (repeated,) = arrays
    inner = repeated.node
    if inner is None or inner.op is not broadcast:
        return None
    operands = [inner.operands[0] if v is repeated else v for v in node.operands]
    computed = node.op(*operands, **node.attrs)
    result: Value = broadcast(computed, dims=inner.attrs["dims"], axes=inner.attrs["axes"])
    return result


# ---------------------------------------------------------------- reductions


def _joined_axes(inner: Sequence[int], outer: Sequence[int], ndim: int) -> tuple[int, ...]:
    """Return the axes that a reduction over `inner`, then over `outer`, reduces together."""
    left = [axis for axis in range(ndim) if axis not in inner]
    return tuple(sorted([*inner, *(left[axis] for axis in outer)]))


def _join_reductions(node: Node, context: Context) -> Value | None:
    inner = node.operands[0].node
    if inner is None or inner.op is not node.op:
        return None
    (x,) = inner.operands
    axes = _joined_axes(inner.attrs["axes"], node.attrs["axes"], x.ndim)
    result: Value = node.op(x, axes=axes)
    return result


for _op in (max_, min_, sum_, prod):
    procedure(
        _op,
        f"{_op.name}({_op.name}(x)) -> {_op.name}(x)",
        lambda x, op=_op: op(op(x, axes=(1,)), axes=(0,)),
        (2,),
        kinds="iu",
    )(_join_reductions)

procedure(
    sum_,
    "sum(sum(x)) -> sum(x), of floats",
    lambda x: sum_(sum_(x, axes=(1,)), axes=(0,)),
    (2,),
    claim="rounding",
    kinds="f",
)(_join_reductions)


def _drop_empty_reduction(node: Node, context: Context) -> Value | None:
    return node.operands[0] if node.attrs["axes"] == () else None


for _op, _kinds in ((sum_, "iu"), (prod, "fiu"), (max_, "fiu"), (min_, "fiu")):
    procedure(_op, f"{_op.name}(x, axes=()) -> x", lambda x, op=_op: op(x, axes=()), kinds=_kinds)(
        _drop_empty_reduction
    )
