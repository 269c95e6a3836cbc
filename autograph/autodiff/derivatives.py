"""Replaces the derivatives that a graph names by the programs that compute them.

Enters: an entry graph with `pullback` and `pushforward` nodes. Leaves: one with fewer of them. The
program between the variables and the outputs of a derivative is differentiated where it stands;
derivatives inside that program are replaced first, in a graph of their own, so that their result
can be rewritten before it is differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from autograph.autodiff.checkpoints import Sizes
from autograph.autodiff.forward import with_tangents
from autograph.autodiff.primal import inputs_of
from autograph.autodiff.reverse import with_cotangents
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Node, Value, building, copy_entry, defined_in
from autograph.ir.op import Op
from autograph.ops.control import scan
from autograph.ops.derivative import (
    DERIVATIVES,
    barrier,
    custom,
    frozen,
    parts_of,
    pullback,
    variable,
)


def differentiate(
    graph: Graph, rewrite: Callable[[Graph], Graph], sizes: Sizes | None = None
) -> Graph:
    """Return a rewritten entry graph without derivatives.

    Args:
        graph: A rewritten entry graph.
        rewrite: Rewrites what derivatives have been replaced by.
        sizes: What is known of sizes; the graph gets guards for what is assumed of them.

    Raises:
        NondifferentiableError: If something between a variable and an output has no derivative.
    """
    sizes = sizes or Sizes()
    if not _names_derivatives(graph):
        unmarked = _without_marks(graph, _MARKS | {barrier})
        return graph if unmarked is graph else rewrite(unmarked)
    while _names_derivatives(graph):
        graph = _Round(graph, sizes).run()
        if not _names_derivatives(graph):
            graph = _without_marks(graph, _MARKS)
        graph = rewrite(graph)
    graph.guards += sizes.guards
    return graph


_MARKS: frozenset[Op] = frozenset({variable, frozen, custom})
"""Ops that matter to derivatives only."""


def _names_derivatives(graph: Graph) -> bool:
    return any(node.op in DERIVATIVES for node in graph.walk())


def _without_marks(graph: Graph, dropped: frozenset[Op]) -> Graph:
    """Return an entry graph without ops that pass their operands on; itself if it has none."""
    if not any(node.op in dropped for node in graph.walk()):
        return graph

    def visit(copier: Copier, node: Node) -> None:
        if node.op in dropped:
            values = map(copier.value, node.operands)
            copier.mapping.update(zip(node.results, values, strict=False))
        else:
            copier.node(node, visit)

    return copy_entry(graph, visit)


class _Region(Struct):
    """A region in whose nodes derivatives are looked for.

    Attributes:
        graph: The region; its nodes are replaced.
        at: The number of the node that is looked at.
        outer: The region that the node holding this one is in.
    """

    graph: Graph
    outer: _Region | None
    at: int = 0

    def before(self) -> list[Node]:
        """Return the nodes that run before the one that is looked at, the outermost first."""
        return [*(self.outer.before() if self.outer else ()), *self.graph.nodes[: self.at]]

    def holders(self) -> list[Node]:
        """Return the nodes that hold the one that is looked at."""
        return [*self.outer.holders(), self.outer.graph.nodes[self.outer.at]] if self.outer else []


class _Round(Struct):
    """Replaces the derivatives of an entry graph that no other ones are inside of."""

    given: Graph
    sizes: Sizes
    _levels: dict[Node, int] = field(default_factory=dict)
    _inputs: dict[Node, dict[Value, None]] = field(default_factory=dict)

    def run(self) -> Graph:
        """Return the graph with these derivatives replaced."""
        graph = copy_entry(self.given)
        self._measure(_Region(graph, None))
        lowest = min(level for node, level in self._levels.items() if node.op in DERIVATIVES)
        chosen = {n for n, level in self._levels.items() if level == lowest}
        chosen = {n for n in chosen if n.op in DERIVATIVES}
        self._replace(_Region(graph, None), chosen)
        return graph

    # ------------------------------------------------------------ the program of a derivative

    def _measure(self, region: _Region) -> int:
        """Find out how deep derivatives are inside of each other; return the greatest depth."""
        deepest = 0
        for k, node in enumerate(region.graph.nodes):
            region.at = k
            level = max((self._measure(_Region(r, region)) for r in node.regions), default=0)
            if node.op in DERIVATIVES:
                inside = (self._levels.get(n, 0) for n in self._program(region, node))
                level = 1 + max(inside, default=0)
            if level:
                self._levels[node] = level
            deepest = max(deepest, level)
        return deepest

    def _needs(self, node: Node) -> dict[Value, None]:
        if node not in self._inputs:
            self._inputs[node] = inputs_of(node)
        return self._inputs[node]

    def _program(self, region: _Region, node: Node) -> list[Node]:
        """Return the nodes that lead from the variables of a derivative to its outputs.

        Raises:
            NondifferentiableError: If the way leads through iterations of a loop around it.
        """
        outputs, variables, _ = parts_of(node)
        touched, dependent = set(variables), []
        for other in region.before():
            if any(v in touched for v in self._needs(other)):
                dependent.append(other)
                touched.update(other.results)
        wanted, found = set(outputs), []
        for other in reversed(dependent):
            if any(v in wanted for v in other.results):
                found.append(other)
                wanted.update(self._needs(other))
        for holder in region.holders():
            if holder.op is scan and any(v in touched for v in holder.operands):
                params = holder.regions[0].params
                if any(v in wanted for v in params[1:]):
                    raise NondifferentiableError(
                        "a derivative is taken inside a loop of what began before it; call "
                        "vjp and what it returns in the same iteration",
                        node.site,
                    )
        return found[::-1]

    # ------------------------------------------------------------ replacing

    def _replace(self, region: _Region, chosen: set[Node]) -> None:
        """Replace the chosen derivatives of a region and of those inside it."""
        graph = region.graph
        region.at = 0
        while region.at < len(graph.nodes):
            node = graph.nodes[region.at]
            for inner in node.regions:
                self._replace(_Region(inner, region), chosen)
            if node.regions:
                self._inputs.pop(node, None)
            if node in chosen:
                self._replace_one(region, node, chosen)
            else:
                region.at += 1

    def _replace_one(self, region: _Region, node: Node, chosen: set[Node]) -> None:
        if node.op is pullback:
            done, found, mapping = self._reversed(region, node)
        else:
            done, found, mapping = self._pushed(region, node)
        graph, later = region.graph, region.graph.nodes[region.at + 1 :]
        copier = Copier({**mapping, **dict(zip(node.results, found, strict=True))})
        rest = Graph()
        with building(rest):
            for old in later:
                copier.node(old)
        pairs = zip(later, rest.nodes, strict=True)
        for old, new in pairs:
            _hand_on(old, new, chosen)
        graph.nodes = [*done, *rest.nodes]
        graph.results = [copier.value(v) for v in graph.results]
        region.at = len(done)

    def _reversed(
        self, region: _Region, node: Node
    ) -> tuple[list[Node], list[Value], dict[Value, Value]]:
        """Return what a region is up to a pullback, its results, and what stands for values."""
        graph = region.graph
        outputs, variables, cotangents = parts_of(node)
        program = Graph("program", graph.params, graph.nodes[: region.at])
        if not defined_in(program).issuperset(variables):
            copier = Copier()
            with building(program):
                for v in variables:
                    copier.mapping[v] = variable(v, **(v.node.attrs if v.node else {}))
                for step in self._program(region, node):
                    copier.node(step)
            outputs = tuple(map(copier.value, outputs))
            variables = tuple(map(copier.value, variables))
        used = dict.fromkeys(graph.results)
        for later in graph.nodes[region.at + 1 :]:
            used.update(self._needs(later))
        inside = {v for n in program.nodes for v in n.results}
        kept = [v for v in used if v in inside]
        program.results = [*outputs, *cotangents, *variables, *kept]
        found = with_cotangents(program, len(outputs), len(variables), self.sizes)
        end = len(program.results)
        first = end - len(kept)
        mapping = dict(zip(kept, found.results[first:end], strict=True))
        return found.nodes, found.results[end:], mapping

    def _pushed(
        self, region: _Region, node: Node
    ) -> tuple[list[Node], list[Value], dict[Value, Value]]:
        """Return what a region is up to a pushforward, its results, and what stands for values."""
        outputs, variables, tangents = parts_of(node)
        program = Graph("program", [], self._program(region, node), list(outputs))
        found = with_tangents(program, variables, tangents)
        return [*region.graph.nodes[: region.at], *found.nodes], found.results, {}


def _hand_on(old: Node, new: Node, chosen: set[Node]) -> None:
    """Note that a copy of a chosen derivative is chosen."""
    if old in chosen:
        chosen.add(new)
    for before, after in zip(old.regions, new.regions, strict=True):
        for a, b in zip(before.nodes, after.nodes, strict=True):
            _hand_on(a, b, chosen)
