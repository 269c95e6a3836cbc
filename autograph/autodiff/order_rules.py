"""Rules of sorting and partitioning: an element's derivative goes where the element goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.primal import Frame
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Node, Value
from autograph.ops.routine import argpartition, argsort, partition, sort
from autograph.ops.structure import broadcast, iota, put_add, take

INVERSES = {sort: argsort, partition: argpartition}
"""What tells where the elements of a result come from."""


def _origins(node: Node, value: Callable[[Value], Value]) -> list[Value]:
    """Return, per axis, the positions that the elements of the result come from."""
    axis = node.attrs["axis"]
    order = INVERSES[node.op](*map(value, node.operands), **node.attrs)
    found: list[Value] = []
    for k, dim in enumerate(order.dims):
        dims = tuple(dim if j == k else Affine(1) for j in range(order.ndim))
        found.append(order if k == axis else broadcast(iota(length=dim), dims=dims, axes=(k,)))
    return found


def reverse(node: Node, g: Value, frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangent of a sorted or partitioned array on."""
    origins = _origins(node, frame.demand)
    cotangents.add_part(node.operands[0], lambda buffer: put_add(buffer, g, *origins))


def forward(node: Node, copier: Copier, tangents: Mapping[Value, Value]) -> Sequence[Value]:
    """Return the tangent of a sorted or partitioned array."""
    return [take(tangents[node.operands[0]], *_origins(node, copier.value))]
