"""Rewrites inside recursive routines: graphs of their own, sharing nothing with their callers."""

from __future__ import annotations

from autograph.ir.graph import Node
from autograph.opt.driver import Rewriter


def rewrite_recursion(rewriter: Rewriter, node: Node) -> None:
    """Rewrite a call of a routine, and the routine."""
    (routine,) = node.regions
    operands = [rewriter.value(v) for v in node.operands]
    attrs = rewriter.copier.attrs(node)
    with rewriter.routine(routine.name, routine.params) as graph:
        for inner in routine.nodes:
            rewriter.visit(inner)
        graph.results = [rewriter.value(v) for v in routine.results]
    rewriter.append_control(node, operands, attrs, [graph], node.results)
