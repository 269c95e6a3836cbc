"""Merges increments of shifted parts of one array into one node, so that one sweep does them all.

Enters: a graph that belongs to the scheduler. Leaves: the same graph where chains such as
`a[i] = 0; a[i-1] += u; a[i+1] += v` have become single `update` nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Index, Node, Slice, Value, has_effects, uses
from autograph.ir.op import Op
from autograph.ir.types import Type
from autograph.ops.structure import numpy_index


def _infer(node: Node) -> Sequence[Type]:
    return (node.operands[0].type,)


def _evaluate(node: Node, operands: Sequence[Any], form: Callable[[Affine], int]) -> Sequence[Any]:
    result = np.array(operands[0])
    if node.attrs["cleared"] is not None:
        result[numpy_index(node.attrs["cleared"], form)] = 0
    for index, value in zip(node.attrs["parts"], operands[1:], strict=True):
        result[numpy_index(index, form)] += value
    return (result,)


update = Op("update", "index", _infer, _evaluate)
"""The first operand with the part `cleared` (or None) zero and each other operand added to a part.

`parts` has one index of slices of step 1 for each; all are of one size, a constant shift apart.
"""


def merge_updates(graph: Graph) -> None:
    """Merge chains of increments in a graph and its regions, in place."""
    for node in graph.nodes:
        for region in node.regions:
            merge_updates(region)
    used = uses(graph)
    original: dict[Node, Node] = {}
    for position, node in enumerate(graph.nodes):
        merged = _extended(node, used, graph.nodes[:position])
        if merged is not None:
            graph.nodes[position] = merged
            original[merged] = node
    used = uses(graph)
    for position, node in enumerate(graph.nodes):
        if node in original and len(node.operands) == 2 and node.attrs["cleared"] is None:
            graph.nodes[position] = original[node]
            node.result.node = original[node]
    graph.nodes = [n for n in graph.nodes if has_effects(n) or any(v in used for v in n.results)]


def _extended(
    node: Node, used: dict[Value, list[Node | None]], earlier_nodes: Sequence[Node]
) -> Node | None:
    """Return an increment as an update, with what comes before it if nothing else uses that."""
    if node.op.name != "inc" or not _is_box(node.attrs["index"]):
        return None
    base, value = node.operands
    parts: tuple[Index, ...] = (node.attrs["index"],)
    values: tuple[Value, ...] = (value,)
    cleared = None
    before = base.node
    alone = len(used.get(base, ())) == 1 and before in earlier_nodes
    if before is not None and alone and before.op is update and _shifted(before, parts[0]):
        base, *earlier = before.operands
        parts = (*before.attrs["parts"], *parts)
        values = (*earlier, *values)
        cleared = before.attrs["cleared"]
    elif before is not None and alone and _clears(before):
        base, cleared = before.operands[0], before.attrs["index"]
    merged = Node(update, (base, *values), {"parts": parts, "cleared": cleared}, (), node.site)
    merged.results = node.results
    node.result.node = merged
    for operand in merged.operands:
        used[operand] = [merged if user in (node, before) else user for user in used[operand]]
    return merged


def _is_box(index: Index) -> bool:
    return all(isinstance(item, Slice) and item.step == 1 for item in index)


def _shifted(before: Node, index: Index) -> bool:
    """Return whether a part has the size of an update's parts and lies a constant shift apart."""
    return all(
        isinstance(a, Slice)
        and isinstance(b, Slice)
        and a.length == b.length
        and (a.start - b.start).constant is not None
        for a, b in zip(before.attrs["parts"][0], index, strict=True)
    )


def _clears(node: Node) -> bool:
    """Return whether a node sets a box of an array to zero."""
    if node.op.name != "set" or not _is_box(node.attrs["index"]):
        return False
    source = node.operands[1].node
    while source is not None and source.op.name == "broadcast":
        source = source.operands[0].node
    return source is not None and source.op.name == "constant" and source.attrs["value"] == 0
