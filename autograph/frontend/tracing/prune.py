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
    has_effects,
    node_uses,
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
    needed = _with_symbols(wanted)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed.isdisjoint(node.results) and not has_effects(node):
            continue
        kept.append(node)
        if node.op.name == "ifelse":
            _narrow_branch(node, needed)
        elif node.op.name == "scan":
            _narrow_scan(node, needed)
        else:
            for region in node.regions:
                keep_needed(region, region.results)
        needed |= _uses(node, needed)
    graph.nodes[:] = reversed(kept)


def _reads(graph: Graph, wanted: Iterable[Value]) -> set[Value]:
    """Return everything that computing the wanted values of a region refers to."""
    needed = _with_symbols(wanted)
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.results) or has_effects(node):
            needed |= _uses(node, needed)
    return needed


def _uses(node: Node, needed: set[Value]) -> set[Value]:
    """Return what a node refers to, given which of its results are needed."""
    uses = list(node_uses(node))
    if node.op.name == "ifelse":
        kept = [k for k, value in enumerate(node.results) if value in needed]
        for region in node.regions:
            uses += _reads(region, [region.results[k] for k in kept])
    elif node.op.name == "scan":
        count, kept_carries = node.attrs["carries"], _kept_carries(node, needed)
        uses = [v for k, v in enumerate(node.operands) if k >= count or k in kept_carries]
        uses += [symbol for form in attr_forms(node) for symbol in form.symbols]
        body, *test = node.regions
        uses += _reads(body, _kept_results(body, kept_carries, count))
        for region in test:
            uses += _reads(region, region.results)
    else:
        for region in node.regions:
            uses += _reads(region, region.results)
    return _with_symbols((*uses, *node.results))


def _with_symbols(values: Iterable[Value]) -> set[Value]:
    """Return the values and the symbols of their types."""
    found = set(values)
    return found | {s for v in found for form in type_forms(v.type) for s in form.symbols}


def _narrow_branch(node: Node, needed: set[Value]) -> None:
    kept = [k for k, value in enumerate(node.results) if value in needed]
    node.results = tuple(node.results[k] for k in kept)
    for region in node.regions:
        region.results = [region.results[k] for k in kept]
        keep_needed(region, region.results)


def _kept_carries(node: Node, needed: set[Value]) -> set[int]:
    """Return the carries of a scan that are needed after it or by what is needed inside it."""
    body, *test = node.regions
    count = node.attrs["carries"]
    kept = {k for k in range(count) if node.results[k] in needed}
    if test:
        read = _reads(test[0], test[0].results)
        kept |= {k for k in range(count) if test[0].params[k] in read}
    while True:
        read = _reads(body, _kept_results(body, kept, count))
        grown = kept | {k for k in range(count) if body.params[1 + k] in read}
        if grown == kept:
            return kept
        kept = grown


def _kept_results(body: Graph, kept: set[int], count: int) -> list[Value]:
    """Return the results of a scan's body without those of dropped carries."""
    return [v for k, v in enumerate(body.results) if k >= count or k in kept]


def _narrow_scan(node: Node, needed: set[Value]) -> None:
    """Drop the carries that neither a later iteration nor anything after the loop reads."""
    body, *test = node.regions
    count = node.attrs["carries"]
    kept = _kept_carries(node, needed)
    order = sorted(kept)
    node.operands = tuple(node.operands[k] for k in order) + node.operands[count:]
    node.results = tuple(node.results[k] for k in order) + node.results[count:]
    body.results = _kept_results(body, kept, count)
    body.params = [body.params[0], *(body.params[1 + k] for k in order), *body.params[1 + count :]]
    for region in test:
        region.params = [region.params[k] for k in order]
        keep_needed(region, region.results)
    node.attrs["carries"] = len(order)
    keep_needed(body, body.results)


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
