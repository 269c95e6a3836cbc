"""A region while it is being scheduled: what it owns, what is still needed, where statements go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.ir.graph import Graph, Node, Value, captured_values, free_values


class Scope(Struct, eq=False):
    """A region being scheduled.

    Attributes:
        graph: The region.
        parent: The scope around it.
        owned: Buffers that the region may write to; no value from outside it lies in them.
        destinations: Results that should end up in an owned buffer, and that buffer.
        loop: Whether the region runs again and again.
        statements: The statements of the region.
        before: Statements to run before the control statement that the region belongs to.
        position: Number of the node being scheduled; results come after all nodes.
        allocated: Buffers allocated for the region, candidates for reuse.
        pinned: Buffers whose content outlives the values in them.
        after: What to do once a value is scheduled, besides.
        recent: Buffers allocated for the node being scheduled.
        depth: Number of the regions around it.
        uses: By value, the positions of the nodes that use it.
        captures: By position of a node with regions, what they take from outside.
        kept_results: How many times a value is a result.
    """

    graph: Graph
    parent: Scope | None = None
    owned: set[lp.Buffer] = field(default_factory=set)
    destinations: dict[Value, lp.Buffer] = field(default_factory=dict)
    loop: bool = False
    statements: list[lp.Stmt] = field(default_factory=list)
    before: list[lp.Stmt] = field(default_factory=list)
    position: int = 0
    allocated: list[lp.Buffer] = field(default_factory=list)
    pinned: set[lp.Buffer] = field(default_factory=set)
    after: dict[Value, list[Callable[[], None]]] = field(default_factory=dict)
    recent: set[lp.Buffer] = field(default_factory=set)
    depth: int = 0
    uses: dict[Value, list[int]] = field(default_factory=dict)
    captures: dict[int, set[Value]] = field(default_factory=dict)
    kept_results: Counter[Value] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.depth = 0 if self.parent is None else self.parent.depth + 1
        for k, node in enumerate(self.graph.nodes):
            for value in captured_values(node):
                self.uses.setdefault(value, []).append(k)
            if node.regions:
                regions = [set(free_values(region)) for region in node.regions]
                self.captures[k] = set().union(*regions)
        self.kept_results = Counter(self.graph.results)
        for value in self.kept_results:
            self.uses.setdefault(value, []).append(len(self.graph.nodes))

    def forget_result(self, value: Value) -> None:
        """Drop the use of a value as a result that is taken care of when it is scheduled."""
        self.kept_results[value] -= 1
        if not self.kept_results[value]:
            self.uses[value].remove(len(self.graph.nodes))

    def is_used(self, value: Value) -> bool:
        """Return whether anything needs a value."""
        return bool(self.uses.get(value)) or value in self.after

    def last_use(self, value: Value) -> int:
        """Return the position of the last node that needs a value, -1 if there is none."""
        return self.uses[value][-1] if self.uses.get(value) else -1

    def needed_later(self, value: Value) -> bool:
        """Return whether a value is used after the node being scheduled has its operands."""
        if self.last_use(value) > self.position:
            return True
        return value in self.captures.get(self.position, ())

    def user(self, position: int) -> Node | None:
        """Return the node at a position, None for the results."""
        return self.graph.nodes[position] if position < len(self.graph.nodes) else None
