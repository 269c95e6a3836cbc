"""Takes common factors out of sums of cotangents.

Enters: the reverse of a region, and which of its values are sums that cotangents were collected in.
Leaves: the same graph, where such a sum multiplies its terms' common cotangent once.

A value that is used several times gets a product from each use. Where these began with one
cotangent, as in the terms `g * a` and `(g * b) * c`, the sum is `g * (a + b * c)`. This is done
only where it saves a multiplication, and products such as `b * c` must be there already: then the
program computes them, and a cotangent of zero meets no other infinity than before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from autograph.ir.graph import Graph, Node, Value, building, located, uses
from autograph.ir.op import constant
from autograph.ops.elementwise import add, multiply


def take_out_factors(graph: Graph, sums: Sequence[Value]) -> None:
    """Factor sums in a graph, in place.

    Args:
        graph: The reverse of a region, complete with its results.
        sums: Results of additions whose terms may be added in any order.
    """
    nodes = set(graph.nodes)
    here = {value: value.node for value in sums if value.node in nodes}
    if not here:
        return
    known = _Known(graph)
    added = {operand for node in here.values() if node for operand in node.operands}
    inner = {value for value in here if value in added and known.users[value] == 1}
    for value in here:
        if value not in inner:
            _factor(graph, value, inner, known)


class _Known(Struct):
    """What is known of the values of a graph.

    Attributes:
        same: The first of equal values, for those that are not the first.
        products: The product of two values, where the graph has it.
        users: How many different nodes, or results, use a value.
        place: Where in the graph a value is defined.
        depth: How many nodes one after the other a value waits for.
    """

    graph: Graph
    same: dict[Value, Value] = field(default_factory=dict)
    products: dict[frozenset[Value], Value] = field(default_factory=dict)
    users: Counter[Value] = field(default_factory=Counter)
    place: dict[Value, int] = field(default_factory=dict)
    depth: dict[Value, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number the values."""
        first: dict[object, Value] = {}
        for position, node in enumerate(self.graph.nodes):
            self.place.update(dict.fromkeys(node.results, position))
            self.depth.update(dict.fromkeys(node.results, self.waits(node)))
            if node.op is not constant and node.op.kind != "elementwise":
                continue
            key = self.key(node)
            original = first.setdefault(key, node.result)
            if original is not node.result:
                self.same[node.result] = original
            elif node.op is multiply:
                self.products[frozenset(map(self.one, node.operands))] = original
        for value, users in uses(self.graph).items():
            self.users[self.one(value)] += sum(
                user is None or not user.results or user.results[0] not in self.same
                for user in users
            )

    def key(self, node: Node) -> object:
        """Return what equal nodes have in common."""
        if node.op is constant:
            value = node.attrs["value"]
            return (constant, str(value.dtype), value.tobytes())
        operands = tuple(self.one(operand).id for operand in node.operands)
        operands = tuple(sorted(operands)) if node.op is multiply else operands
        return (node.op, operands, tuple(sorted(node.attrs.items())))

    def waits(self, node: Node) -> int:
        """Return how many nodes one after the other it takes to compute a node."""
        return 1 + max((self.depth.get(operand, 0) for operand in node.operands), default=0)

    def one(self, value: Value) -> Value:
        """Return the first of the values that equal one."""
        return self.same.get(value, value)


class _Term(Struct, frozen=True, eq=False):
    """A term of a sum: the last of the factors of a cotangent that it began with.

    Attributes:
        value: The term.
        begun: What it may have begun with, the longest product first, and the other factor then.
    """

    value: Value
    begun: list[tuple[Value, Value]]


def _factor(graph: Graph, total: Value, inner: set[Value], known: _Known) -> None:
    """Factor one sum."""
    terms = [_term(value, known) for value in _terms(total, inner)]
    node = total.node
    assert node is not None
    made = Graph()
    with building(made), located(lambda: node.site):
        changed = False
        while (group := _group(terms, known.place[total], known)) is not None:
            changed = True
            factor, members = group
            others = [other for _, other in members]
            product = multiply(factor, _sum(others))
            for new in made.nodes:
                known.depth[new.result] = known.waits(new)
            taken = [term for term, _ in members]
            terms = [*(term for term in terms if term not in taken), _Term(product, [])]
        if not changed:
            return
        # What is at hand first is added first, so that the sum waits for one addition only.
        terms.sort(key=lambda term: known.depth.get(term.value, 0))
        result = _sum([term.value for term in terms])
    last = made.nodes.pop()
    assert result.node is last
    if result.type != total.type:
        return
    position = graph.nodes.index(node)
    replaced = Node(last.op, last.operands, last.attrs, (), node.site)
    replaced.results = node.results
    total.node = replaced
    graph.nodes[position : position + 1] = [*made.nodes, replaced]


def _terms(total: Value, inner: set[Value]) -> Iterator[Value]:
    """Yield the terms of a sum, those of inner sums among them."""
    assert total.node is not None
    for operand in total.node.operands:
        if operand in inner:
            yield from _terms(operand, inner)
        else:
            yield operand


def _term(value: Value, known: _Known) -> _Term:
    """Return a term with what it may have begun with, none if it is used elsewhere, too."""
    begun: list[tuple[Value, Value]] = []
    if known.users[known.one(value)] > 1:
        return _Term(value, begun)
    rest: Value | None = None
    at = value
    while at.node is not None and at.node.op is multiply and at in known.place:
        before, factor = at.node.operands
        pair = frozenset((known.one(factor), rest)) if rest is not None else None
        rest = known.one(factor) if pair is None else known.products.get(pair)
        if rest is None or rest.type != factor.type:
            break
        at = before
        begun.append((known.one(before), rest))
    return _Term(value, begun)


def _group(
    terms: list[_Term], position: int, known: _Known
) -> tuple[Value, list[tuple[_Term, Value]]] | None:
    """Return the longest beginning that several terms have in common, and their other factors."""
    depth = max((len(term.begun) for term in terms), default=0)
    for k in range(depth):
        for term in terms:
            if k >= len(term.begun):
                continue
            beginning = term.begun[k][0]
            members = [
                (other, rest)
                for other in terms
                for start, rest in other.begun
                if start is beginning and known.place.get(rest, -1) < position
            ]
            if len(members) > 1:
                return beginning, members
    return None


def _sum(values: Sequence[Value]) -> Value:
    """Return the sum of values, added in order."""
    total = values[0]
    for value in values[1:]:
        total = add(total, value)
    return total
