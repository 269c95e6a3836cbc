"""Shifts of logarithms of sums of exponentials, of which the sum knows nothing.

Programs subtract the largest term from all before they exponentiate, and add it afterwards:
`m + log(exp(a - m) + exp(b - m))`. Whatever m is, the value is the same; so m has no derivative
here, and what reverse mode would find for it is the rounding error of a zero. Enters: a program to
be differentiated. Leaves: the same, with such shifts marked as constant.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from autograph.ir.graph import Copier, Graph, Node, Value, copy_entry, emit, located, uses
from autograph.ops.derivative import frozen
from autograph.ops.elementwise import add, exp, log, subtract


def freeze_shifts(graph: Graph, active: AbstractSet[Value]) -> Graph:
    """Return a graph in which shifts of log-sums are constant, or the graph itself."""
    shifts: dict[Node, Value] = {}
    _find(graph, active, shifts)
    if not shifts:
        return graph
    marked: dict[Value, Value] = {}

    def visit(copier: Copier, node: Node) -> None:
        shift = shifts.get(node)
        if shift is None:
            copier.node(node, visit)
            return
        with located(lambda: node.site):
            if shift not in marked:
                marked[shift] = frozen(copier.value(shift))
            operands = [marked[v] if v is shift else copier.value(v) for v in node.operands]
            results = emit(node.op, operands, copier.attrs(node), site=node.site)
        copier.mapping.update(zip(node.results, results, strict=True))

    return copy_entry(graph, visit)


def _find(region: Graph, active: AbstractSet[Value], shifts: dict[Node, Value]) -> None:
    """Find the nodes that subtract or add a shift."""
    used = uses(region)
    for node in region.nodes:
        for inner in node.regions:
            _find(inner, active, shifts)
        if node.op is not add or node.result not in active:
            continue
        for shift, other in (node.operands, node.operands[::-1]):
            terms = _shifted_terms(other, shift, used) if shift in active else []
            if terms:
                shifts.update(dict.fromkeys([node, *terms], shift))
                break


def _shifted_terms(value: Value, shift: Value, used: dict[Value, list[Node | None]]) -> list[Node]:
    """Return what subtracts a shift, if a value is the logarithm of such exponentials' sum."""
    logarithm = value.node
    if logarithm is None or logarithm.op is not log or len(used[value]) != 1:
        return []
    found: list[Node] = []
    pending = [logarithm.operands[0]]
    while pending:
        x = pending.pop()
        node = x.node
        if node is None or len(used.get(x, ())) != 1:
            return []
        if node.op is add:
            pending += node.operands
            continue
        difference = node.operands[0].node if node.op is exp else None
        if difference is None or difference.op is not subtract or len(used[difference.result]) != 1:
            return []
        if difference.operands[1] is not shift:
            return []
        found.append(difference)
    return found
