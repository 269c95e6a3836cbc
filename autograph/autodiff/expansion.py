"""Replaces products over axes by loops before differentiation.

The derivative of a product by a factor is the product of the others. Dividing the product by the
factor fails at zero; a loop of multiplications is differentiated exactly, to any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Copier, Graph, Index, Node, Slice, Value, copy_entry
from autograph.ir.op import constant_of
from autograph.ops.control import make_scan
from autograph.ops.elementwise import multiply
from autograph.ops.reduction import prod
from autograph.ops.structure import broadcast, get


def expand_products(graph: Graph, active: AbstractSet[Value]) -> Graph:
    """Return a graph with the active `prod` nodes replaced by loops, or the graph itself."""

    def visit(copier: Copier, node: Node) -> None:
        if node.op is prod and node.result in active:
            x = copier.value(node.operands[0])
            for axis in reversed(node.attrs["axes"]):
                x = _product(x, axis)
            copier.mapping[node.result] = x
        else:
            copier.node(node, visit)

    if any(node.op is prod and node.result in active for node in graph.walk()):
        return copy_entry(graph, visit)
    return graph


def _product(x: Value, axis: int) -> Value:
    """Return the product over one axis, as a loop."""
    dims = x.dims[:axis] + x.dims[axis + 1 :]
    one = constant_of(1, x.dtype)
    start = broadcast(one, dims=dims, axes=()) if dims else one

    def body(index: Value, so_far: Value) -> Sequence[Value]:
        items: list[At | Slice] = [Slice(Affine(0), dim) for dim in x.dims]
        items[axis] = At(Affine.of(index))
        at: Index = tuple(items)
        return [multiply(so_far, get(x, index=at))]

    return make_scan(x.dims[axis], [start], body)[0]
