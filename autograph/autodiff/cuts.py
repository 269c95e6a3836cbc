"""Chooses what to tape: the cheapest values from which all demanded ones can be recomputed.

Values that need each other form a network from what is missing to what is demanded. Taping a
value cuts the network there; the cheapest choice is a smallest vertex cut, which a maximal flow
finds (Ford and Fulkerson 1956).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct, field

from autograph.autodiff.versions import Step, steps_to
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ir.types import ArrayType, Type
from autograph.ops.control import scan

UNKNOWN_SIZE = 1000
"""What a dim or trip count that is not constant counts for."""


def size(dims: Iterable[Affine | None]) -> int:
    """Return about how many elements an array of `dims` has."""
    product = 1
    for dim in dims:
        known = dim.constant if dim is not None else None
        product *= UNKNOWN_SIZE if known is None else max(known, 1)
    return product


def tape_cost(type_: Type) -> int:
    """Return about how many numbers a push of this type stores."""
    if isinstance(type_, ArrayType):
        return size(type_.dims)
    return UNKNOWN_SIZE * tape_cost(type_.element)


def undo_cost(steps: Iterable[Step]) -> int:
    """Return about how many overwritten numbers the steps must save."""
    cost = 0
    for step in steps:
        node = step.node
        if step.is_write:
            lengths = [item.length for item in node.attrs["index"] if isinstance(item, Slice)]
            cost += size(lengths)
            continue
        slot = node.results.index(step.after)
        regions = node.regions[:1] if node.op is scan else node.regions
        inner = sum(undo_cost(steps_to(region.results[slot], region)) for region in regions)
        cost += inner * size([node.attrs["length"]]) if node.op is scan else inner
    return cost


class Network(Struct):
    """Values by what they are computed from.

    Attributes:
        costs: What it costs to tape each value.
        users: For each value, the values computed from it.
        missing: The values that cannot be recomputed.
        demanded: The values to be provided.
    """

    costs: dict[Value, int] = field(default_factory=dict)
    users: dict[Value, dict[Value, None]] = field(default_factory=dict)
    missing: dict[Value, None] = field(default_factory=dict)
    demanded: dict[Value, None] = field(default_factory=dict)

    def cost(self, values: Iterable[Value]) -> int:
        """Return what it costs to tape values."""
        return sum(self.costs[v] for v in values)


Vertex = tuple[Value, bool]
"""A value's entry (False) or exit (True); the edge between them bears its cost."""

Residual = dict[Vertex, dict[Vertex, int]]
"""How much more flow each edge can bear."""


def smallest_cut(network: Network) -> list[Value]:
    """Return the cheapest values to tape, those nearest to the demands among equals."""
    residual: Residual = {}

    def connect(a: Vertex, b: Vertex, capacity: int) -> None:
        residual.setdefault(a, {})[b] = capacity
        residual.setdefault(b, {}).setdefault(a, 0)

    unlimited = 1 + network.cost(network.costs)
    for value, cost in network.costs.items():
        connect((value, False), (value, True), cost)
        for user in network.users.get(value, ()):
            connect((value, True), (user, False), unlimited)
    sources = [(v, False) for v in network.missing]
    sinks = [(v, True) for v in network.demanded]
    while any(sink in (levels := _levels(residual, sources)) for sink in sinks):
        _block(residual, levels, sources, set(sinks))
    reaching = _reaching(residual, sinks)
    return [v for v in network.costs if (v, True) in reaching and (v, False) not in reaching]


def _levels(residual: Residual, sources: list[Vertex]) -> dict[Vertex, int]:
    """Return how far from the sources each vertex is along edges with capacity to spare."""
    levels = dict.fromkeys(sources, 0)
    queue = deque(sources)
    while queue:
        vertex = queue.popleft()
        for following, capacity in residual[vertex].items():
            if capacity > 0 and following not in levels:
                levels[following] = levels[vertex] + 1
                queue.append(following)
    return levels


def _block(
    residual: Residual, levels: dict[Vertex, int], sources: list[Vertex], sinks: set[Vertex]
) -> None:
    """Send flow along paths that go up one level at a time until no such path is left.

    Source: E. A. Dinic, Soviet Math. Dokl. 11 (1970) 1277-1280.
    """
    untried = {vertex: list(residual[vertex]) for vertex in levels}
    for source in sources:
        path = [source]
        while path:
            vertex = path[-1]
            if vertex in sinks:
                _send(residual, path)
                path = [source]
            elif not untried[vertex]:
                path.pop()
                if path:
                    untried[path[-1]].pop()
            else:
                following = untried[vertex][-1]
                if residual[vertex][following] > 0 and levels[following] == levels[vertex] + 1:
                    path.append(following)
                else:
                    untried[vertex].pop()


def _send(residual: Residual, path: list[Vertex]) -> None:
    """Send as much flow along a path as it bears."""
    edges = list(pairwise(path))
    flow = min(residual[a][b] for a, b in edges)
    for a, b in edges:
        residual[a][b] -= flow
        residual[b][a] += flow


def _reaching(residual: Residual, sinks: list[Vertex]) -> set[Vertex]:
    """Return the vertices from which a sink can be reached with capacity to spare."""
    found, pending = set(sinks), list(sinks)
    while pending:
        vertex = pending.pop()
        for previous in residual[vertex]:
            if previous not in found and residual[previous][vertex] > 0:
                found.add(previous)
                pending.append(previous)
    return found
