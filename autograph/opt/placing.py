"""Where a node may be computed: what does not vary in a loop can leave its body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Graph, Node, Value, node_uses
from autograph.ir.types import ArrayType

_MOVABLE_KINDS = {"elementwise", "reduction", "linalg", "view"}
_MOVABLE_OPS = {"constant", "affine", "iota", "get"}


def is_movable(node: Node) -> bool:
    """Return whether a node computes the same wherever its operands are available.

    New buffers and writes are not moved: a loop writes in place what it has made itself, and would
    have to copy what was made outside. What relies on a check that has passed stays behind it.
    """
    if node.op.name == "assume_dims":
        return False
    return node.op.kind in _MOVABLE_KINDS or node.op.name in _MOVABLE_OPS


def is_worth_moving(node: Node) -> bool:
    """Return whether to compute a node outside a loop: scalars, and arrays that cost something.

    Cheap arrays stay inside: fused into their consumers they need no memory.
    """
    result = node.results[0].type
    return (isinstance(result, ArrayType) and result.is_scalar) or not node.op.cheap


class Placing:
    """The nesting level of the region in which each value is defined, and where it could be.

    Args:
        graph: The entry graph: its guards hold, and its sizes are not negative.
    """

    def __init__(self, graph: Graph) -> None:
        self._level: dict[Value, int] = {}
        self._lowest: dict[Value, int] = {}
        self._sizes = set(graph.dim_symbols())
        guards = [guard.form for guard in graph.guards if guard.relation == ">=0"]
        self._least = [Affine(0), *guards]
        self._lengths: dict[Value, Affine | None] = {}
        self._known: dict[Affine, bool] = {}

    def count(self, index: Value, length: Affine | None) -> None:
        """Record that the index of a loop stays below a length, if there is one."""
        self._lengths[index] = length
        self._known.clear()

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
        if not is_movable(node) or (node.op.name == "get" and not self._stays_inside(node)):
            return level
        needed = max((self._lowest.get(v, 0) for v in node_uses(node)), default=0)
        if node.op.name in ("constant", "affine"):
            return needed
        while level > needed and loops[level]:
            level -= 1
        return level

    # ------------------------------------------------------------ bounds

    def _stays_inside(self, get: Node) -> bool:
        """Return whether a read stays inside its array even where the loop around it never runs.

        In the loop, a check may have passed before, or the number of trips is what bounds it.
        """
        (x,) = get.operands
        assert isinstance(x.type, ArrayType)
        for item, dim in zip(get.attrs["index"], x.type.dims, strict=True):
            if isinstance(item, At):
                ends = [item.position]
            else:
                ends = [item.start, item.start + (item.length - 1) * item.step]
            if not all(self._nonnegative(end) and self._nonnegative(dim - 1 - end) for end in ends):
                whole = len(ends) == 2 and item.start == 0 and item.length == dim
                if not (whole and item.step == 1):
                    return False
        return True

    def _nonnegative(self, form: Affine) -> bool:
        """Return whether a form is seen to be nonnegative by loop lengths, sizes and guards."""
        if form not in self._known:
            self._known[form] = self._found_nonnegative(form)
        return self._known[form]

    def _found_nonnegative(self, form: Affine) -> bool:
        while indices := [s for s in form.symbols if s in self._lengths]:
            index, length = indices[-1], self._lengths[indices[-1]]
            if form.coefficient(index) > 0:
                form = form.substitute({index: Affine(0)})
            elif length is not None:
                form = form.substitute({index: length - 1})
            else:
                return False
        return any(
            form.const >= known.const and self._exceeds(form, known) for known in self._least
        )

    def _exceeds(self, form: Affine, other: Affine) -> bool:
        """Return whether a form is another one and nothing but sizes and a nonnegative constant."""
        if form.const < other.const:
            return False
        return all(k > 0 and s in self._sizes for s, k in (form - other).terms)
