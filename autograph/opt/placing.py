"""Where a node may be computed: what does not vary in a loop can leave its body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograph.ir.graph import Node, Value, node_uses
from autograph.ir.types import ArrayType

_MOVABLE_KINDS = {"elementwise", "reduction", "linalg", "view"}
_MOVABLE_OPS = {"constant", "affine", "iota", "get", "take"}


def is_movable(node: Node) -> bool:
    """Return whether a node computes the same wherever its operands are available.

    New buffers and writes are not moved: a loop writes in place what it has made itself, and would
    have to copy what was made outside.
    """
    return node.op.kind in _MOVABLE_KINDS or node.op.name in _MOVABLE_OPS


def is_worth_moving(node: Node) -> bool:
    """Return whether to compute a node outside a loop: scalars, and arrays that cost something.

    Cheap arrays stay inside: fused into their consumers they need no memory.
    """
    result = node.results[0].type
    return (isinstance(result, ArrayType) and result.is_scalar) or not node.op.cheap


class Placing:
    """The nesting level of the region in which each value is defined, and where it could be."""

    def __init__(self) -> None:
        self._level: dict[Value, int] = {}
        self._lowest: dict[Value, int] = {}

    def define(self, values: Iterable[Value], level: int, lowest: int | None = None) -> None:
        """Record that values are defined at `level`, and could be at `lowest`."""
        for value in values:
            self._level[value] = level
            self._lowest[value] = level if lowest is None else lowest

    def level(self, value: Value) -> int:
        """Return the level at which a value is defined; the entry graph's is 0."""
        return self._level.get(value, 0)

    def lowest(self, node: Node, loops: Sequence[bool]) -> int:
        """Return the outermost level at which a node can be computed.

        Args:
            node: The node, about to be emitted at the innermost level.
            loops: Per level, whether it is a loop's region, which invariants may leave.
        """
        level = len(loops) - 1
        if not is_movable(node):
            return level
        needed = max((self._lowest.get(v, 0) for v in node_uses(node)), default=0)
        if node.op.name in ("constant", "affine"):
            return needed
        while level > needed and loops[level]:
            level -= 1
        return level
