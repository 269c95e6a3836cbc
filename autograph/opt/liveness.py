"""Which values of a graph are needed, and how often: what dead code elimination drops.

A result of a control op is dead by itself: a carry of a scan lives only if its last value, another
live carry, a live push, a condition or a check needs it.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograph.ir.graph import Graph, Node, Value, attr_forms, node_uses
from autograph.ir.types import type_forms
from autograph.ops.control import has_trip_count

MANY = 2  # any number above one is as good


class Liveness:
    """The live values of an entry graph, and the number of uses of each."""

    def __init__(self, graph: Graph) -> None:
        self.live: set[Value] = set()
        self.uses: dict[Value, int] = {}
        self._effects: dict[int, bool] = {}
        self._need(graph.results)
        self._mark(graph)
        self._count(graph, {}, 0)

    def needed(self, node: Node) -> bool:
        """Return whether a node has a live result or an effect."""
        return any(v in self.live for v in node.results) or self.has_effect(node)

    def has_effect(self, node: Node) -> bool:
        """Return whether a node is a check or holds one."""
        if not node.regions:
            return node.op.kind == "effect"
        if id(node) not in self._effects:
            self._effects[id(node)] = any(
                self.has_effect(inner) for region in node.regions for inner in region.nodes
            )
        return self._effects[id(node)]

    def live_carries(self, node: Node) -> list[bool]:
        """Return, per carry of a scan, whether it lives."""
        params = node.regions[0].params
        return [
            node.results[k] in self.live or params[1 + k] in self.live
            for k in range(node.attrs["carries"])
        ]

    def live_tapes(self, node: Node) -> list[bool]:
        """Return, per tape that a scan pushes on, whether it lives."""
        first = node.attrs["carries"] + has_trip_count(node)
        return [tape in self.live for tape in node.results[first:]]

    # ------------------------------------------------------------ marking

    def _need(self, values: Iterable[Value]) -> None:
        for value in values:
            if value not in self.live:
                self.live.add(value)
                for form in type_forms(value.type):
                    self._need(form.symbols)

    def _mark(self, graph: Graph) -> None:
        """Mark what the live nodes of a graph, whose needed results are marked, depend on."""
        for node in reversed(graph.nodes):
            if not self.needed(node):
                continue
            if node.op.name == "scan":
                self._mark_scan(node)
            elif node.op.name == "ifelse":
                self._mark_branches(node)
            elif node.regions:
                self._mark_whole(node)
            else:
                self._need(node_uses(node))

    def _mark_branches(self, node: Node) -> None:
        self._need(node_uses(node))
        for region in node.regions:
            self._need(
                inner
                for inner, outer in zip(region.results, node.results, strict=True)
                if outer in self.live
            )
            self._mark(region)

    def _mark_whole(self, node: Node) -> None:
        self._need(node_uses(node))
        for region in node.regions:
            self._need(region.results)
            self._mark(region)

    def _mark_scan(self, node: Node) -> None:
        body, count = node.regions[0], node.attrs["carries"]
        for form in attr_forms(node):
            self._need(form.symbols)
        tapes = self.live_tapes(node)
        self._need(v for v, wanted in zip(body.results[count:], tapes, strict=False) if wanted)
        if node.attrs["until"]:
            self._need(body.results[-1:])
        for condition in node.regions[1:]:
            self._need(condition.results)
            self._mark(condition)
            for k, param in enumerate(condition.params):
                if param in self.live:
                    self._need([body.params[1 + k]])
        before: list[bool] | None = None
        while (carries := self.live_carries(node)) != before:
            before = carries
            self._need(v for v, wanted in zip(body.results, carries, strict=False) if wanted)
            self._mark(body)
        self._need(v for v, wanted in zip(node.operands, carries, strict=False) if wanted)
        popped = body.params[1 + count :]
        self._need(
            tape
            for tape, element in zip(node.operands[count:], popped, strict=True)
            if element in self.live
        )

    # ------------------------------------------------------------ counting

    def _count(self, graph: Graph, depth_of: dict[Value, int], depth: int) -> None:
        for param in graph.params:
            depth_of[param] = depth
        for node in graph.nodes:
            if not self.needed(node):
                continue
            self._use(node_uses(node), depth_of, depth)
            inner = depth + (node.op.name == "scan")
            for region in node.regions:
                self._count(region, depth_of, inner)
            for result in node.results:
                depth_of[result] = depth
        self._use(graph.results, depth_of, depth)

    def _use(self, values: Iterable[Value], depth_of: dict[Value, int], depth: int) -> None:
        for value in values:
            weight = 1 if depth_of.get(value, 0) == depth else MANY
            self.uses[value] = self.uses.get(value, 0) + weight
