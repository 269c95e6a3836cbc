"""Graph passes before scheduling.

Enters: an entry graph. Leaves: a copy without composite ops, in which a node that overwrites an
array comes after the other readers of the array, so that it can write in place.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograph.backends.merge_updates import merge_updates
from autograph.backends.storage import is_lazy
from autograph.ir.graph import Copier, Graph, Node, Value, captured_values, copy_entry

#: Ops whose result is their first operand with some elements changed.
OVERWRITING = frozenset({"set", "inc", "put", "put_add", "update"})


#: Calls of recursive routines.
CALLS = frozenset({"recursion", "recurse"})


Origins = dict[Node, list[Value | None]]
"""By ifelse: per result, the outer array it is an updated version of."""


def prepare(graph: Graph) -> Graph:
    """Return the graph as the scheduler wants it; the argument is left alone."""
    copy = copy_entry(graph, _expand)
    merge_updates(copy)
    _sink(copy)
    return copy


def _expand(copier: Copier, node: Node) -> None:
    """Copy one node, a composite op as the simpler ops it stands for."""
    if node.op.expand is None:
        copier.node(node, _expand)
        return
    result = node.op.expand(node, *map(copier.value, node.operands))
    copier.mapping[node.result] = result


def overwritten(node: Node) -> tuple[Value, ...]:
    """Return the arrays whose memory a node would like to write its results in."""
    if node.op.name in OVERWRITING:
        return node.operands[:1]
    if node.op.name == "scan":
        return tuple(v for v in node.operands[: node.attrs["carries"]] if v.ndim)
    if node.op.name == "ifelse":
        return tuple(v for v in updated_outside(node) if v is not None)
    if node.op.name in CALLS:
        return tuple(node.operands[operand] for _, operand in node.attrs["writes"])
    return ()


def updated_outside(node: Node, known: Origins | None = None) -> list[Value | None]:
    """Return, per result of an ifelse, the outer array it is an updated version of, if any.

    An arm may also pass the array through; no two results are versions of one array.

    Args:
        node: The ifelse.
        known: What was found of those inside, so that each is looked at once.
    """
    known = {} if known is None else known
    if node in known:
        return known[node]
    found: list[Value | None] = []
    for k, result in enumerate(node.results):
        origins = [_origin(region.results[k], region, known) for region in node.regions]
        same = origins[0] is origins[1] and result.ndim > 0 and origins[0] not in found
        changed = any(r.results[k] is not origins[0] for r in node.regions)
        found.append(origins[0] if same and changed else None)
    known[node] = found
    return found


def _origin(value: Value, region: Graph, known: Origins) -> Value | None:
    """Follow updates of an array back to where it enters the region."""
    inside = {v: node for node in region.nodes for v in node.results}
    while value in inside:
        node = inside[value]
        if node.op.name in OVERWRITING:
            value = node.operands[0]
        elif node.op.name == "scan" and value in node.results[: node.attrs["carries"]]:
            value = node.operands[node.results.index(value)]
        elif node.op.name == "ifelse":
            outer = updated_outside(node, known)[node.results.index(value)]
            if outer is None:
                return None
            value = outer
        elif node.op.name in CALLS:
            written = dict(node.attrs["writes"]).get(node.results.index(value))
            if written is None:
                return None
            value = node.operands[written]
        else:
            return None
    return value


def _sink(graph: Graph) -> None:
    """Reorder the nodes: one that overwrites an array waits for the array's other readers."""
    for node in graph.nodes:
        for region in node.regions:
            _sink(region)
    used = {node: captured_values(node) for node in graph.nodes}
    maker = {v: node for node in graph.nodes for v in node.results}
    readers = _readers(graph, used, maker)
    relied_on = _checks_before_reads(graph)
    done: set[Node | None] = {None}
    rest, order = list(graph.nodes), []

    def is_ready(node: Node) -> bool:
        made = all(maker.get(v) in done for v in used[node])
        return made and relied_on.get(node, done) <= done

    while rest:
        free = (n for n in rest if is_ready(n) and _waits_for_none(n, readers, done))
        chosen = next(free, None) or next(filter(is_ready, rest))
        rest.remove(chosen)
        done.add(chosen)
        order.append(chosen)
    graph.nodes = order


def _checks_before_reads(graph: Graph) -> dict[Node, set[Node | None]]:
    """Return the checks before each node that reads elements: they may be what makes it safe."""
    checks: set[Node | None] = set()
    found = {}
    for node in graph.nodes:
        if node.op.name == "check":
            checks.add(node)
        elif checks and (node.op.kind == "index" or node.regions or node.op.name in CALLS):
            found[node] = set(checks)
    return found


def _waits_for_none(node: Node, readers: Mapping[Value, set[Node]], done: set[Node | None]) -> bool:
    return all(
        reader is node or reader in done for v in overwritten(node) for reader in readers.get(v, ())
    )


def _readers(
    graph: Graph, used: Mapping[Node, dict[Value, None]], maker: Mapping[Value, Node]
) -> dict[Value, set[Node]]:
    """Return the nodes that read each array when they run, also through lazy values."""
    sources: dict[Value, set[Value]] = {}

    def source(value: Value) -> set[Value]:
        if value not in sources:
            node = maker.get(value)
            lazy = node is not None and is_lazy(node)
            through = used[node] if node is not None and lazy else ()
            sources[value] = {value}.union(*(source(v) for v in through))
        return sources[value]

    readers: dict[Value, set[Node]] = {}
    for node in graph.nodes:
        if is_lazy(node) and node.result.ndim:
            continue
        for value in used[node]:
            for origin in source(value):
                readers.setdefault(origin, set()).add(node)
    return readers
