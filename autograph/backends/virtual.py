"""Which arrays are never stored: computed where they are consumed instead.

Enters: a lazy node in its scope. Leaves: the decision, and the reason in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograph.backends.scope import Scope
from autograph.backends.storage import LAZY_CREATES, LAZY_VIEWS, Storage, is_lazy
from autograph.ir.graph import Node, Value

#: Work that may be repeated rather than stored, in cheap operations an element.
REPEATABLE = 12
#: Work of an operation that is not cheap.
COSTLY = 20
#: Stands for "as often as there are elements along some axis".
MANY = 100

_NESTS = frozenset({"set", "inc", "put", "put_add", "update", "nonzero", "check", "dot"})


class Consumers:
    """Answers where the elements of a scope's lazy values are needed, and how often."""

    def __init__(self, scope: Scope, storages: Mapping[Value, Storage]) -> None:
        self.scope = scope
        self.storages = storages
        self._virtual: dict[Node, bool] = {}
        self._sinks: dict[Value, frozenset[int]] = {}
        self._visits: dict[Value, int] = {}
        self._work: dict[Value, int] = {}

    def keep_virtual(self, node: Node) -> bool:
        """Return whether the result of a lazy node stays without storage."""
        if node not in self._virtual:
            self._virtual[node] = is_index_map(node) or self._worth_repeating(node)
        return self._virtual[node]

    def _worth_repeating(self, node: Node) -> bool:
        value = node.result
        sinks = [self.scope.user(p) for p in sorted(self.sinks(value))]
        if not all(sink is not None and _is_nest(sink) for sink in sinks):
            return False
        work, visits = self.work(value), self.visits(value)
        if len(sinks) == 1:
            return work * (visits - 1) <= REPEATABLE
        stored = all(v in self.storages or not v.ndim for v in node.operands)
        return stored and len(sinks) == 2 and visits == 1 and work <= 2

    def reason(self, node: Node) -> str:
        """Return in words why the result of a lazy node is stored."""
        sinks = [self.scope.user(p) for p in sorted(self.sinks(node.result))]
        if any(sink is None for sink in sinks):
            return "it is a result"
        if not all(sink is not None and _is_nest(sink) for sink in sinks):
            return "a loop, a branch or the library reads it"
        if len(sinks) > 1:
            return f"{len(sinks)} loop nests read it"
        return "computing it again for each of its uses would cost more"

    def _passes_on(self, node: Node) -> bool:
        """Return whether a node computes nothing itself but leaves it to its consumers."""
        return is_lazy(node) and node.result.ndim > 0 and self.keep_virtual(node)

    def sinks(self, value: Value) -> frozenset[int]:
        """Return the positions of the nodes that finally consume a lazy value."""
        if value not in self._sinks:
            found: set[int] = set()
            for position in self.scope.uses.get(value, ()):
                node = self.scope.user(position)
                if node is not None and self._passes_on(node):
                    found |= self.sinks(node.result)
                else:
                    found.add(position)
            self._sinks[value] = frozenset(found)
        return self._sinks[value]

    def visits(self, value: Value) -> int:
        """Return how many elements of a value one point of its consumers' nests needs."""
        if value not in self._visits:
            same, others = 0, 0
            for position in self.scope.uses.get(value, ()):
                node = self.scope.user(position)
                if node is None:
                    continue
                if node.op.name == "update":
                    others += node.operands[1:].count(value)
                elif node.op.name in LAZY_VIEWS and node.op.name != "assume_dims":
                    wider = node.op.name == "broadcast" and any(
                        dim not in value.dims for dim in node.result.dims
                    )
                    others += MANY if wider else self.visits(node.result)
                else:
                    same = max(same, self._at_consumer(value, node))
            self._visits[value] = min(same + others, MANY)
        return self._visits[value]

    def _at_consumer(self, value: Value, node: Node) -> int:
        if node.op.name == "dot":
            return MANY if value.ndim < max(v.ndim for v in node.operands) else 1
        if node.op.name in ("set", "inc"):
            count = sum(not hasattr(item, "position") for item in node.attrs["index"])
            return MANY if value is node.operands[1] and value.ndim < count else 1
        if is_lazy(node) and node.result.ndim:
            wider = value.ndim < node.result.ndim or value.dims != node.result.dims
            if not self.keep_virtual(node):
                return MANY if value.ndim < node.result.ndim else 1
            return MANY if wider else self.visits(node.result)
        return 1

    def work(self, value: Value) -> int:
        """Return the work of computing one element of a lazy value."""
        node = value.node
        if value in self.storages or node is None or not is_lazy(node) or not value.ndim:
            return 0
        if value not in self._work:
            own = 0 if is_index_map(node) else 1 if node.op.cheap else COSTLY
            total = own + sum(self.work(v) for v in node.operands)
            self._work[value] = min(total, 1000)
        return self._work[value]


def is_index_map(node: Node) -> bool:
    """Return whether a node only moves elements about, or makes them from their position."""
    return node.op.name in LAZY_VIEWS | LAZY_CREATES or node.op.name == "reshape"


def _is_nest(node: Node) -> bool:
    if node.op.name == "dot":
        return any(v.ndim == 1 for v in node.operands)
    return is_lazy(node) or node.op.kind == "reduction" or node.op.name in _NESTS
