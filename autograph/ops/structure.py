"""Ops that make, view, read and write arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Index, Node, Slice
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, Type, array
from autograph.ops.define import array_types, broadcast_dims

FormValue = Callable[[Affine], int]


def numpy_index(index: Index, form: FormValue) -> tuple[Any, ...]:
    """Return an index as NumPy understands it."""
    items: list[Any] = []
    for item in index:
        if isinstance(item, At):
            items.append(form(item.position))
            continue
        start, length = form(item.start), form(item.length)
        stop = start + length * item.step
        # Nothing is taken from where a reversed slice ends; -1 would count from the end.
        bounds = (0, 0) if length == 0 else (start, None if stop < 0 else stop)
        items.append(slice(*bounds, item.step))
    return tuple(items)


def index_dims(index: Index) -> tuple[Affine, ...]:
    """Return the dims of what an index selects."""
    return tuple(item.length for item in index if isinstance(item, Slice))


# ---------------------------------------------------------------- create

iota = Op(
    "iota",
    "create",
    lambda node: (array(np.int64, [node.attrs["length"]]),),
    lambda node, operands, form: (np.arange(form(node.attrs["length"])),),
    cheap=True,
)
"""The int64 vector 0, 1, ..., length - 1."""

empty = Op(
    "empty",
    "create",
    lambda node: (array(node.attrs["dtype"], node.attrs["dims"]),),
    lambda node, operands, form: (
        np.zeros([form(d) for d in node.attrs["dims"]], node.attrs["dtype"]),
    ),
)
"""An array of `dims` and `dtype` with any contents."""

# ---------------------------------------------------------------- views


def _infer_transpose(node: Node) -> Sequence[Type]:
    (x,), permutation = array_types(node), node.attrs["permutation"]
    if sorted(permutation) != list(range(x.ndim)):
        raise TypeError(f"{permutation} is no permutation of {x.ndim} axes")
    return (ArrayType(x.dtype, tuple(x.dims[axis] for axis in permutation)),)


transpose = Op(
    "transpose",
    "view",
    _infer_transpose,
    lambda node, operands, form: (np.transpose(operands[0], node.attrs["permutation"]),),
    cheap=True,
)
"""Axis k of the result is axis `permutation[k]` of the operand."""


def _infer_broadcast(node: Node) -> Sequence[Type]:
    (x,), dims, axes = array_types(node), node.attrs["dims"], node.attrs["axes"]
    if len(axes) != x.ndim or list(axes) != sorted(set(axes)):
        raise TypeError(f"axes {axes} do not place the {x.ndim} axes of {x}")
    for dim, axis in zip(x.dims, axes, strict=True):
        if dim != 1 and dim != dims[axis]:
            raise TypeError(f"axis of {dim} cannot be broadcast to {dims[axis]}")
    return (ArrayType(x.dtype, tuple(dims)),)


def _evaluate_broadcast(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    x, dims = np.asarray(operands[0]), [form(d) for d in node.attrs["dims"]]
    shape = [1] * len(dims)
    for size, axis in zip(x.shape, node.attrs["axes"], strict=True):
        shape[axis] = size
    return (np.broadcast_to(x.reshape(shape), dims),)


broadcast = Op("broadcast", "view", _infer_broadcast, _evaluate_broadcast, cheap=True)
"""Repeats an array to `dims`; axis k of the operand becomes axis `axes[k]`."""

reshape = Op(
    "reshape",
    "view",
    lambda node: (ArrayType(node.operands[0].dtype, tuple(node.attrs["dims"])),),
    lambda node, operands, form: (np.reshape(operands[0], [form(d) for d in node.attrs["dims"]]),),
    cheap=True,
)
"""The elements in row-major order under other `dims` of the same product."""

assume_dims = Op(
    "assume_dims",
    "view",
    lambda node: (ArrayType(node.operands[0].dtype, tuple(node.attrs["dims"])),),
    lambda node, operands, form: (operands[0],),
    cheap=True,
)
"""The operand under `dims` that a check or guard has shown equal to its own."""

# ---------------------------------------------------------------- reads and writes


def _require_index(x: ArrayType, index: Index) -> None:
    if len(index) != x.ndim:
        raise TypeError(f"{len(index)} index items for {x}")


def _infer_get(node: Node) -> Sequence[Type]:
    (x,), index = array_types(node), node.attrs["index"]
    _require_index(x, index)
    return (ArrayType(x.dtype, index_dims(index)),)


def _evaluate_get(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    return (operands[0][numpy_index(node.attrs["index"], form)],)


get = Op("get", "index", _infer_get, _evaluate_get, cheap=True)
"""The part of an array that `index` selects."""


def _infer_set(node: Node) -> Sequence[Type]:
    (x, v), index = array_types(node), node.attrs["index"]
    _require_index(x, index)
    dims = index_dims(index)
    if v.dtype != x.dtype or broadcast_dims([v.dims, dims]) != dims:
        raise TypeError(f"a value {v} does not fit the part [{', '.join(map(str, dims))}] of {x}")
    return (x,)


def _evaluate_set(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    result = np.array(operands[0])
    result[numpy_index(node.attrs["index"], form)] = operands[1]
    return (result,)


def _evaluate_inc(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    result = np.array(operands[0])
    result[numpy_index(node.attrs["index"], form)] += operands[1]
    return (result,)


set_ = Op("set", "index", _infer_set, _evaluate_set)
"""The array with the part that `index` selects replaced by a value broadcast to it."""

inc = Op("inc", "index", _infer_set, _evaluate_inc)
"""The array with a value added to the part that `index` selects."""


def _infer_take(node: Node) -> Sequence[Type]:
    x, *indices = array_types(node)
    if len(indices) != x.ndim or any(i.dtype != np.int64 for i in indices):
        raise TypeError(f"take needs one int64 index array per axis of {x}")
    return (ArrayType(x.dtype, broadcast_dims([i.dims for i in indices])),)


take = Op(
    "take",
    "index",
    _infer_take,
    lambda node, operands, form: (operands[0][tuple(operands[1:])],),
)
"""Elements of an array at positions given by one index array per axis, all in range."""


def _infer_put(node: Node) -> Sequence[Type]:
    x, v, *indices = array_types(node)
    dims = broadcast_dims([i.dims for i in indices])
    if len(indices) != x.ndim or v.dtype != x.dtype or broadcast_dims([v.dims, dims]) != dims:
        raise TypeError(f"{node.op.name} of {v} into {x} at positions of dims {dims}")
    return (x,)


def _evaluate_put(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    result = np.array(operands[0])
    result[tuple(operands[2:])] = operands[1]
    return (result,)


put = Op("put", "index", _infer_put, _evaluate_put)
"""The array with values at positions given by index arrays; of a repeated one the last counts."""


def _evaluate_put_add(node: Node, operands: Sequence[Any], form: FormValue) -> Sequence[Any]:
    result = np.array(operands[0])
    np.add.at(result, tuple(operands[2:]), operands[1])
    return (result,)


put_add = Op("put_add", "index", _infer_put, _evaluate_put_add)
"""The array with values added at positions given by index arrays; repeated positions add up."""


def _infer_nonzero(node: Node) -> Sequence[Type]:
    (mask,) = array_types(node)
    if mask.dtype != np.bool_ or not mask.ndim:
        raise TypeError(f"nonzero of {mask}")
    return [array(np.int64, [node.attrs["length"]])] * mask.ndim


nonzero = Op(
    "nonzero",
    "index",
    _infer_nonzero,
    lambda node, operands, form: np.nonzero(operands[0]),
)
"""Positions, one vector per axis, at which a bool array holds; `length` is their number."""
