"""Makes a graph of its own of a routine that was traced as a region.

Enters: the region, which refers to values around it. Leaves: a graph that refers to nothing but its
params, and what has to be handed over for additional ones, which come first.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.frontend.tracing.prune import keep_needed, prune
from autograph.ir.graph import Copier, Graph, Node, Value, building, emit, free_values
from autograph.ir.op import constant
from autograph.ir.types import type_forms
from autograph.ops.recursion import recurse, recursion


def closed_routine(region: Graph) -> tuple[Graph, list[Value]]:
    """Return the routine as a closed graph, and the values that its first params stand for."""
    keep_needed(region, region.results)
    captured: list[Value] = []
    copied: list[Node] = []
    of_params = (s for p in region.params for f in type_forms(p.type) for s in f.symbols)
    for value in (*free_values(region), *of_params):
        if value not in region.params:
            _capture(value, captured, copied)
    captured.sort(key=lambda v: (v.ndim > 0, v.id))  # sizes come before the arrays they are of
    copier = Copier()
    closed = Graph(region.name)
    for value in captured:
        copier.mapping[value] = Value(copier.type(value.type), None, value.name)
    added = [copier.mapping[v] for v in captured]
    closed.params += added
    for param in region.params:
        closed.params.append(Value(copier.type(param.type), None, param.name))
        copier.mapping[param] = closed.params[-1]

    def visit(copier: Copier, node: Node) -> None:
        if node.op is recursion:
            copier.node(node)
        elif node.op is recurse:
            operands = [*added, *(copier.value(v) for v in node.operands)]
            writes = shifted(node.attrs["writes"], len(added))
            attrs = {**copier.attrs(node), "writes": writes}
            results = emit(recurse, operands, attrs, (), node.site)
            copier.mapping.update(zip(node.results, results, strict=True))
        else:
            copier.node(node, visit)

    with building(closed):
        for node in copied:
            copier.node(node)
        for node in region.nodes:
            visit(copier, node)
    closed.results = [copier.value(v) for v in region.results]
    return prune(closed), captured


def shifted(writes: Sequence[tuple[int, int]], count: int) -> tuple[tuple[int, int], ...]:
    """Return which operands are written, where others have come before them."""
    return tuple((result, operand + count) for result, operand in writes)


def _capture(value: Value, captured: list[Value], copied: list[Node]) -> None:
    """Note that a value is to be handed over; constants are made again instead."""
    node = value.node
    if node is not None and node.op is constant:
        if node not in copied:
            copied.append(node)
        return
    if value in captured:
        return
    captured.append(value)
    for dim in value.dims:
        for symbol in dim.symbols:
            _capture(symbol, captured, copied)
