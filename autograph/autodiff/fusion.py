"""Runs a loop and its reverse as one loop, where no iteration needs another one.

Then what the forward iteration pushes is popped by the reverse of the same iteration: the tape
becomes local values. Enters and leaves: a gradient graph.
"""

from __future__ import annotations

from msgspec import Struct

from autograph.autodiff.versions import first_version, steps_to
from autograph.ir.graph import (
    At,
    Copier,
    Graph,
    Node,
    Value,
    building,
    captured_values,
    copy_entry,
    defined_in,
    emit,
    free_values,
    uses,
)
from autograph.ops.control import ifelse, pushed_values, scan, tape_results
from autograph.ops.elementwise import add
from autograph.ops.structure import get, inc, put_add, set_

Uses = dict[Value, list[Node | None]]


def fuse_forward_reverse(graph: Graph) -> Graph:
    """Return the graph with each loop of independent iterations fused with its reverse.

    Sums over iterations are formed in the forward instead of the backward order, which may change
    their rounding.
    """
    while (pair := _find_pair(graph)) is not None:
        graph = _fuse(graph, pair)
    return graph


def loops_to_fuse(graph: Graph) -> set[Node]:
    """Return the loops that run together with their reverse."""
    used = uses(graph)
    loops = [n for n in graph.nodes if n.op is scan and len(n.operands) > n.attrs["carries"]]
    pairs = [_pair_of(graph, node, used) for node in loops]
    return {pair.forward for pair in pairs if pair is not None}


class _Pair(Struct, frozen=True):
    """A loop, its reverse, and the nodes between them that need the loop's results."""

    forward: Node
    reverse: Node
    later: frozenset[Node]


def _find_pair(graph: Graph) -> _Pair | None:
    used = uses(graph)
    for node in graph.nodes:
        if node.op is scan and len(node.operands) > node.attrs["carries"]:
            pair = _pair_of(graph, node, used)
            if pair is not None:
                return pair
    return None


def _pair_of(graph: Graph, reverse: Node, used: Uses) -> _Pair | None:
    """Return the loop whose tapes `reverse` pops, if the two may run as one."""
    count = reverse.attrs["carries"]
    forward = reverse.operands[count].node
    if forward is None or forward not in graph.nodes or not _same_trips(forward, reverse):
        return None
    tapes = reverse.operands[count:]
    if any(tape.node is not forward or used[tape] != [reverse] for tape in tapes):
        return None
    later, results = _dependents(graph, forward, reverse)
    others = [v for v in captured_values(reverse) if v not in tapes]
    if any(v in results for v in others):
        return None
    body = reverse.regions[0]
    inner = uses(body)
    if tape_results(reverse) or not all(_is_free_of_order(body, k, inner) for k in range(count)):
        return None
    return _Pair(forward, reverse, frozenset(later))


def _same_trips(forward: Node, reverse: Node) -> bool:
    """Return whether one loop runs through the other's iterations backwards, to the end."""
    return all(
        (
            forward.op is scan,
            len(forward.regions) == len(reverse.regions) == 1,
            not forward.attrs["until"] and not reverse.attrs["until"],
            forward.attrs["length"] == reverse.attrs["length"],
            forward.attrs["reverse"] != reverse.attrs["reverse"],
        )
    )


def _dependents(graph: Graph, forward: Node, reverse: Node) -> tuple[list[Node], set[Value]]:
    """Return the nodes before `reverse` that need results of `forward`, and all their results."""
    nodes: list[Node] = []
    results = set(forward.results)
    for node in graph.nodes[graph.nodes.index(forward) + 1 : graph.nodes.index(reverse)]:
        if any(v in results for v in captured_values(node)):
            nodes.append(node)
            results.update(node.results)
    return nodes, results


# ---------------------------------------------------------------- independence of iterations


def _is_free_of_order(body: Graph, k: int, used: Uses) -> bool:
    """Return whether the iterations treat carry `k` the same in any order."""
    first, last = body.params[1 + k], body.results[k]
    return _accumulates(body, first, last, used) or _keeps_to_own_part(body, k, used)


def _accumulates(region: Graph, first: Value, last: Value, used: Uses) -> bool:
    """Return whether a region makes `last` from `first` by adding, and uses it for nothing else."""
    version: Value | None = first
    while version is not None:
        users = used.get(version, [])
        if len(users) != 1:
            return False
        node = users[0]
        if node is None:
            return version is last and region.results.count(last) == 1
        version = _after_addition(node, version)
    return False


def _after_addition(node: Node, version: Value) -> Value | None:
    """Return what a node makes by adding to `version`, None if it does more with it."""
    if node.op is ifelse:
        for k, result in enumerate(node.results):
            if all(_accumulates(a, version, a.results[k], uses(a)) for a in node.regions):
                return result
        return None
    if node.operands.count(version) != 1:
        return None
    slot = node.operands.index(version)
    if node.op is scan and slot < node.attrs["carries"]:
        body = node.regions[0]
        first, last = body.params[1 + slot], body.results[slot]
        captured = any(version in free_values(region) for region in node.regions)
        adds = len(node.regions) == 1 and _accumulates(body, first, last, uses(body))
        return node.results[slot] if adds and not captured else None
    adds = node.op is add or (node.op in (inc, put_add) and slot == 0)
    return node.result if adds else None


def _keeps_to_own_part(body: Graph, k: int, used: Uses) -> bool:
    """Return whether each iteration touches a part of a carried array that no other touches."""
    first, last = body.params[1 + k], body.results[k]
    steps = steps_to(last, body)
    if first_version(last, steps) is not first or not all(step.is_write for step in steps):
        return False
    touching: dict[Node, None] = {}
    for version in (last, *(step.before for step in steps)):
        for node in used.get(version, ()):
            if node is None and version is last:
                continue
            if node is None or node.op not in (get, set_, inc) or version in node.operands[1:]:
                return False
            touching[node] = None
    return any(
        _is_own_position([node.attrs["index"][axis] for node in touching], body)
        for axis in range(first.ndim)
    )


def _is_own_position(items: list[object], body: Graph) -> bool:
    """Return whether index items are all the same position, another one in each iteration."""
    index, inside = body.params[0], defined_in(body)
    if not items or any(item != items[0] for item in items):
        return False
    item = items[0]
    if not isinstance(item, At) or item.position.coefficient(index) == 0:
        return False
    return all(s is index or s not in inside for s in item.position.symbols)


# ---------------------------------------------------------------- rebuilding


def _fuse(graph: Graph, pair: _Pair) -> Graph:
    """Return a copy of the graph in which the pair is one loop."""

    def visit(copier: Copier, node: Node) -> None:
        if node is pair.reverse:
            _emit_fused(copier, pair)
            for dependent in graph.nodes:
                if dependent in pair.later:
                    copier.node(dependent)
        elif node is not pair.forward and node not in pair.later:
            copier.node(node)

    return copy_entry(graph, visit)


def _emit_fused(copier: Copier, pair: _Pair) -> None:
    forward, reverse = pair.forward, pair.reverse
    count, added = forward.attrs["carries"], reverse.attrs["carries"]
    popped = set(reverse.operands[added:])
    tapes = list(zip(tape_results(forward), pushed_values(forward), strict=True))
    kept = [(tape, pushed) for tape, pushed in tapes if tape not in popped]
    body = _fused_body(copier, pair, dict(tapes), [pushed for _, pushed in kept])
    inits = [*forward.operands[:count], *reverse.operands[:added], *forward.operands[count:]]
    attrs = copier.attrs(forward) | {"carries": count + added}
    results = emit(scan, list(map(copier.value, inits)), attrs, [body], forward.site)
    replaced = [*forward.results[:count], *reverse.results, *(tape for tape, _ in kept)]
    copier.mapping.update(zip(replaced, results, strict=True))


def _fused_body(
    copier: Copier, pair: _Pair, pushed: dict[Value, Value], kept: list[Value]
) -> Graph:
    """Return the forward body followed by the reverse body of the same iteration."""
    forward, reverse = pair.forward.regions[0], pair.reverse.regions[0]
    count, added = pair.forward.attrs["carries"], pair.reverse.attrs["carries"]
    fused = Graph("body")

    def param(old: Value) -> Value:
        copier.mapping[old] = Value(copier.type(old.type), None, old.name)
        return copier.mapping[old]

    own = [param(p) for p in forward.params]
    fused.params = [
        *own[: 1 + count],
        *(param(p) for p in reverse.params[1 : 1 + added]),
        *own[1 + count :],
    ]
    with building(fused):
        for node in forward.nodes:
            copier.node(node)
        copier.mapping[reverse.params[0]] = own[0]
        elements = zip(reverse.params[1 + added :], pair.reverse.operands[added:], strict=True)
        for element, tape in elements:
            copier.mapping[element] = copier.value(pushed[tape])
        for node in reverse.nodes:
            copier.node(node)
        fused.results = [copier.value(v) for v in forward.results[:count]]
        fused.results += [copier.value(v) for v in reverse.results]
        fused.results += [copier.value(v) for v in kept]
    return fused
