"""Takes out of a traced graph what nothing depends on, carries of loops among it.

Tracing emits more than a program needs: every variable that a loop body binds is carried until it
turns out that no one reads it in a later iteration or after the loop.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograph.ir.graph import (
    Copier,
    Graph,
    Node,
    Value,
    attr_forms,
    building,
    copy_entry,
    emit,
)
from autograph.ir.types import type_forms


def prune(graph: Graph) -> Graph:
    """Return an entry graph without dead nodes, dead results and needless carries."""
    keep_needed(graph, graph.results)
    graph = copy_entry(graph, _copy)
    keep_needed(graph, graph.results)
    return graph


# ---------------------------------------------------------------- dead code


def keep_needed(graph: Graph, wanted: Iterable[Value]) -> None:
    """Drop, in place, nodes and results of branches and loops that `wanted` does not need."""
    needed = _Needed(graph)
    needed.want(wanted)
    _narrow(graph, needed)


class _Needed:
    """What of a graph is needed: each value is looked at once, however deep its region lies.

    Args:
        graph: The graph; what it refers to around it is let be.
    """

    def __init__(self, graph: Graph) -> None:
        self.values: set[Value] = set()
        self.nodes: set[int] = set()
        self._inside: set[int] = set()
        self._places: dict[Value, tuple[Node, int]] = {}
        self._effects: dict[int, list[Node]] = {}
        self._pending: list[Value] = []
        self._keep_all(self._enter(graph))

    def _enter(self, graph: Graph) -> list[Node]:
        """Take note of the nodes of a region; return those that have effects."""
        found = []
        for node in graph.nodes:
            self._inside.add(id(node))
            if node.op.name in _NARROWED:
                self._places.update((v, (node, k)) for k, v in enumerate(node.results))
            if node.op.name == "scan":
                body, *test = node.regions
                for k in range(node.attrs["carries"]):
                    self._places[body.params[1 + k]] = (node, k)
                    self._places.update((t.params[k], (node, k)) for t in test)
            inner = [x for region in node.regions for x in self._enter(region)]
            if inner:
                self._effects[id(node)] = inner
            if inner or node.op.kind == "effect":
                found.append(node)
        return found

    def _keep_all(self, nodes: list[Node]) -> None:
        for node in nodes:
            self._keep(node)

    def want(self, values: Iterable[Value]) -> None:
        """Note that values are needed, and all that they are computed from."""
        self._pending += values
        while self._pending:
            value = self._pending.pop()
            if value in self.values:
                continue
            self.values.add(value)
            for form in type_forms(value.type):
                self._pending += form.symbols
            if value in self._places:
                self._want_place(*self._places[value])
            elif value.node is not None and id(value.node) in self._inside:
                self._keep(value.node)

    def _want_place(self, node: Node, k: int) -> None:
        """Want a result of a branch, or a result or carry of a loop."""
        self._keep(node)
        if node.op.name == "ifelse":
            self._pending += [region.results[k] for region in node.regions]
        elif k < node.attrs["carries"]:
            body, *test = node.regions
            self._pending += [node.operands[k], node.results[k], body.results[k]]
            self._pending += [body.params[1 + k], *(region.params[k] for region in test)]

    def _keep(self, node: Node) -> None:
        """Want what a node needs whatever is wanted of it."""
        if id(node) in self.nodes:
            return
        self.nodes.add(id(node))
        self._keep_all(self._effects.get(id(node), []))
        first = node.attrs["carries"] if node.op.name == "scan" else 0
        self._pending += node.operands[first:]
        for form in attr_forms(node):
            self._pending += form.symbols
        if node.op.name == "ifelse":
            return
        self._pending += node.results[first:]
        for region in node.regions:
            self._pending += region.results[first:] if region is node.regions[0] else region.results


_NARROWED = ("ifelse", "scan")
"""Ops of which some results may be needed and others not."""


def _narrow(graph: Graph, needed: _Needed) -> None:
    """Drop, in place, what is not needed."""
    graph.nodes[:] = [node for node in graph.nodes if id(node) in needed.nodes]
    for node in graph.nodes:
        if node.op.name == "ifelse":
            kept = [k for k, value in enumerate(node.results) if value in needed.values]
            node.results = tuple(node.results[k] for k in kept)
            for region in node.regions:
                region.results = [region.results[k] for k in kept]
        elif node.op.name == "scan":
            _narrow_scan(node, needed.values)
        for region in node.regions:
            _narrow(region, needed)


def _narrow_scan(node: Node, needed: set[Value]) -> None:
    """Drop the carries that neither a later iteration nor anything after the loop reads."""
    body, *test = node.regions
    count = node.attrs["carries"]
    order = [k for k in range(count) if node.results[k] in needed]
    node.operands = tuple(node.operands[k] for k in order) + node.operands[count:]
    node.results = tuple(node.results[k] for k in order) + node.results[count:]
    body.results = [body.results[k] for k in order] + body.results[count:]
    body.params = [body.params[0], *(body.params[1 + k] for k in order), *body.params[1 + count :]]
    for region in test:
        region.params = [region.params[k] for k in order]
    node.attrs["carries"] = len(order)


# ---------------------------------------------------------------- needless carries


def _copy(copier: Copier, node: Node) -> None:
    if node.op.name == "scan":
        _copy_scan(copier, node)
    else:
        copier.node(node, _copy)


def _copy_scan(copier: Copier, node: Node) -> None:
    """Copy a scan; what no iteration changes is not carried, and equal carries become one."""
    body, count = node.regions[0], node.attrs["carries"]
    inits = [copier.value(v) for v in node.operands[:count]]
    stands_for: dict[int, int] = {}
    first: dict[tuple[Value, Value], int] = {}
    unchanged = {k for k in range(count) if body.results[k] is body.params[1 + k]}
    for k in range(count):
        if k not in unchanged:
            other = first.setdefault((inits[k], body.results[k]), k)
            if other != k:
                stands_for[k] = other
    dropped = unchanged | set(stands_for)
    kept = [k for k in range(count) if k not in dropped]
    for k in unchanged:
        copier.mapping[node.results[k]] = inits[k]
    regions = []
    for number, region in enumerate(node.regions):
        offset = 1 - number
        params = region.params[offset : offset + count]
        substitutes = {params[k]: inits[k] for k in unchanged}
        aliases = {params[k]: params[j] for k, j in stands_for.items()}
        regions.append(_copy_region(copier, region, substitutes, aliases))
    body_copy = regions[0]
    body_copy.results = [v for k, v in enumerate(body_copy.results) if k >= count or k in kept]
    operands = [inits[k] for k in kept] + [copier.value(v) for v in node.operands[count:]]
    attrs = {**copier.attrs(node), "carries": len(kept)}
    results = emit(node.op, operands, attrs, regions, node.site)
    old = [node.results[k] for k in kept] + list(node.results[count:])
    for before, after in zip(old, results, strict=True):
        after.name = before.name
        copier.mapping[before] = after
    for k, j in stands_for.items():
        copier.mapping[node.results[k]] = copier.mapping[node.results[j]]


def _copy_region(
    copier: Copier, region: Graph, substitutes: dict[Value, Value], aliases: dict[Value, Value]
) -> Graph:
    """Return a copy of a region with some params replaced by outer values or other params."""
    copy = Graph(region.name)
    copier.mapping.update(substitutes)
    for param in region.params:
        if param not in substitutes and param not in aliases:
            copy.params.append(Value(copier.type(param.type), None, param.name))
            copier.mapping[param] = copy.params[-1]
    for param, other in aliases.items():
        copier.mapping[param] = copier.mapping[other]
    with building(copy):
        for node in region.nodes:
            _copy(copier, node)
    copy.results = [copier.value(v) for v in region.results]
    return copy
