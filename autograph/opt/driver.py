"""The rewriter: one forward pass over a graph that folds, shares, hoists and applies rules.

Nodes are rebuilt in order on operands that are already in final form, so that a rule sees
simplified operands and what it emits is simplified in turn: one pass is nearly a fixed point. Equal
nodes are shared as they are emitted (a region sees what is around it), dead nodes are dropped,
and what does not vary in a loop is emitted outside it. Unchanged nodes are taken over as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, field

from autograph.errors import InternalError, Site
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Graph, Node, Value, building, define_results, located
from autograph.ir.op import Op, affine, constant, constant_of
from autograph.ir.types import ArrayType, Type, type_forms
from autograph.ops.control import check, scan
from autograph.ops.define import broadcast_dims
from autograph.ops.library import library
from autograph.ops.recursion import recursion
from autograph.ops.structure import broadcast
from autograph.opt.fold import affine_form, fold_constant
from autograph.opt.liveness import Liveness
from autograph.opt.placing import Placing, is_worth_moving
from autograph.opt.rule import Rule, constant_value

ControlRewrite = Callable[["Rewriter", Node], None]

_MAX_NESTING = 50

# Of equal zeros they return the first or the second, so their operands are not interchangeable.
_ORDERED = {"maximum", "minimum", "fmax", "fmin"}


class Scope(Struct):
    """A graph being built and the nodes it can share; `loop`: invariants may leave it."""

    graph: Graph
    loop: bool = False
    table: dict[Any, tuple[Value, ...]] = field(default_factory=dict)


def _counters(graph: Graph) -> set[Value]:
    """Return the dims and loop indices: arithmetic of these alone does not leave 64 bits."""
    nodes = list(graph.walk())
    indices = [n.regions[0].params[0] for n in nodes if n.op is scan]
    routines = [n.regions[0] for n in nodes if n.op is recursion]
    sizes = [s for r in routines for p in r.params for f in type_forms(p.type) for s in f.symbols]
    return {*graph.dim_symbols(), *indices, *sizes}


class Rewriter:
    """Rewrites one entry graph; `run` returns the new one.

    Args:
        graph: The entry graph.
        rules: The rules to apply, by the op of their root.
        control: How to rewrite nodes with regions, by the name of the op.
        log: Gets the name of each rule that fires.
    """

    def __init__(
        self,
        graph: Graph,
        rules: Mapping[Op, Sequence[Rule]],
        control: Mapping[str, ControlRewrite],
        log: list[str],
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.control = control
        self.log = log
        self.copier = Copier()
        self.liveness = Liveness(graph)
        self.placing = Placing(graph)
        self.scopes = [Scope(Graph(graph.name, list(graph.params)))]
        self.nesting = 0  # rules that rewrite what rules have emitted
        self.counters = _counters(graph)
        self.budget = 200 + 20 * sum(1 for _ in graph.walk())

    def run(self) -> Graph:
        """Return the rewritten graph."""
        result = self.scopes[0].graph
        for node in self.graph.nodes:
            self.visit(node)
        result.results = [self.value(v) for v in self.graph.results]
        result.writes, result.guards = dict(self.graph.writes), list(self.graph.guards)
        return result

    # ------------------------------------------------------------ for rules and control rewrites

    def value(self, value: Value) -> Value:
        """Return what stands for a value in the new graph."""
        return self.copier.value(value)

    def single_use(self, value: Value) -> bool:
        """Return whether `value` has one use, which is not in a loop inside its own region."""
        return self.liveness.uses.get(value) == 1

    def bind(self, old: Sequence[Value], new: Sequence[Value]) -> None:
        """Let new values stand for old ones."""
        for before, after in zip(old, new, strict=True):
            if before is not after:
                self.copier.mapping[before] = after
                if after.node is not None and after.node.op is not constant:
                    after.name = after.name or before.name
            else:
                self.copier.mapping.pop(before, None)

    def fired(self, rule: str) -> None:
        """Record that a rule has fired."""
        self.budget -= 1
        self.log.append(rule)

    def form_value(self, form: Affine) -> Value:
        """Return a value for a form over new values, in the graph being built."""
        if form.symbol is not None:
            return form.symbol
        return self.build(lambda: affine(form=form))

    def build(self, make: Callable[[], Value], site: Site | None = None) -> Value:
        """Return the value that `make` emits, simplified, in the graph being built."""
        scratch = Graph()
        with building(scratch), located(lambda: site):
            made = make()
        for node in scratch.nodes:
            self.visit_new(node)
        return self.value(made)

    @contextmanager
    def region(self, name: str, params: Sequence[Value], loop: bool) -> Iterator[Graph]:
        """Build a region: what is visited inside is appended to the graph this yields.

        Args:
            name: The name of the graph.
            params: Old params; those whose type changes get a new value.
            loop: Whether what does not vary may be emitted outside.
        """
        graph = Graph(name)
        self.scopes.append(Scope(graph, loop))
        for param in params:
            type_ = self.copier.type(param.type)
            graph.params.append(param if type_ == param.type else Value(type_, None, param.name))
            self.bind([param], graph.params[-1:])
        self.placing.define(graph.params, len(self.scopes) - 1)
        try:
            yield graph
        finally:
            self.scopes.pop()

    @contextmanager
    def routine(self, name: str, params: Sequence[Value]) -> Iterator[Graph]:
        """Build a routine, which sees nothing of what is around it."""
        around, self.scopes = self.scopes, []
        try:
            with self.region(name, params, loop=False) as graph:
                yield graph
        finally:
            self.scopes = around

    # ------------------------------------------------------------ nodes

    def visit(self, node: Node) -> None:
        """Rewrite one node of the old graph and map its results; drop it if it is dead."""
        if not self.liveness.needed(node):
            return
        if node.regions:
            self.control[node.op.name](self, node)
        else:
            self.visit_new(node)

    def visit_new(self, node: Node) -> None:
        """Rewrite one node, without regions, and map its results."""
        operands = tuple(self.value(v) for v in node.operands)
        attrs = self.copier.attrs(node)
        if operands != node.operands or attrs != node.attrs:
            self.bind(
                node.results, self.reduce(_typed(Node(node.op, operands, attrs, (), node.site)))
            )
        else:
            self.bind(node.results, self.reduce(node))

    def reduce(self, node: Node) -> tuple[Value, ...]:
        """Return the results of a node on new operands: shared, folded, rewritten or appended."""
        key = key_of(node)
        if key is not None:
            for scope in reversed(self.scopes):
                if key in scope.table:
                    return scope.table[key]
        if node.op is check and constant_value(node.operands[0]):
            return ()
        results = self.folded(node) or self.rewritten(node) or self.append(node, key)
        if key is not None:
            self.scopes[-1].table[key] = results
        return results

    def folded(self, node: Node) -> tuple[Value, ...] | None:
        """Return the constant or affine form that a node stands for, or None."""
        form = affine_form(node.op, node.operands, node.attrs)
        if form is not None and (node.op is affine or self.counters.issuperset(form.symbols)):
            whole = form.constant
            if whole is None:
                return (self.form_value(form),)
            return (self.build(lambda: constant_of(whole, "int64")),)
        number = fold_constant(node)
        if number is None:
            return None
        return (self.build(lambda: constant_of(number, number.dtype)),)

    def rewritten(self, node: Node) -> tuple[Value, ...] | None:
        """Return what the first rule that applies makes of a node, or None."""
        if self.budget <= 0 or self.nesting > _MAX_NESTING:
            return None
        rules = self.rules.get(node.op, ())
        kind = node.operands[0].dtype.kind if rules else ""
        scratch = Graph()
        with building(scratch), located(lambda: node.site):
            for rule in rules:
                result = rule.apply(node, self) if kind in rule.kinds else None
                if result is not None:
                    break
            else:
                return None
        self.fired(rule.name)
        self.nesting += 1
        for new in scratch.nodes:
            self.visit_new(new)
        self.nesting -= 1
        return (self.fitted(self.value(result), node.results[0].type, rule),)

    def fitted(self, value: Value, type_: Type, rule: Rule) -> Value:
        """Return a rule's result repeated to the dims of what it replaces."""
        if value.type == type_:
            return value
        assert isinstance(type_, ArrayType)
        if value.dtype != type_.dtype or broadcast_dims([value.dims, type_.dims]) != type_.dims:
            raise InternalError(f"rule {rule.name} makes {value!r} of a {type_}")
        axes = tuple(range(type_.ndim - value.ndim, type_.ndim))
        return self.build(lambda: broadcast(value, dims=type_.dims, axes=axes))

    # ------------------------------------------------------------ placing

    def append(self, node: Node, key: Any = None) -> tuple[Value, ...]:
        """Append a node where it belongs and return its results."""
        level = len(self.scopes) - 1
        lowest = self.placing.lowest(node, [scope.loop for scope in self.scopes])
        if lowest < level and is_worth_moving(node):
            return self.append_at(node, lowest, key)
        self.scopes[level].graph.nodes.append(node)
        self.placing.define(node.results, level, lowest)
        return node.results

    def append_control(
        self,
        node: Node,
        operands: Sequence[Value],
        attrs: Mapping[str, Any],
        regions: Sequence[Graph],
        results: Sequence[Value],
    ) -> None:
        """Append a node with rewritten regions; its results stand for `results` of the old one."""
        regions = [
            old if _same_graph(old, new) else new
            for old, new in zip(node.regions, regions, strict=False)
        ]
        same = tuple(operands) == node.operands and tuple(regions) == node.regions
        if not same or attrs != node.attrs or tuple(results) != node.results:
            node = _typed(Node(node.op, operands, attrs, regions, node.site))
        self.append(node)
        self.bind(results, node.results)

    def append_at(self, node: Node, level: int, key: Any) -> tuple[Value, ...]:
        """Append a node, and what it needs, at an outer level."""
        operands = tuple(self.available(v, level) for v in node.operands)
        if operands != node.operands:
            node = _typed(Node(node.op, operands, node.attrs, (), node.site))
        self.scopes[level].graph.nodes.append(node)
        self.scopes[level].table[key] = node.results
        self.placing.define(node.results, level)
        return node.results

    def available(self, value: Value, level: int) -> Value:
        """Return a value equal to a movable one, defined at `level` or further out."""
        if self.placing.level(value) <= level:
            return value
        assert value.node is not None
        key = key_of(value.node)
        for scope in self.scopes[: level + 1]:
            if key in scope.table:
                return scope.table[key][0]
        copy = _typed(
            Node(value.node.op, value.node.operands, value.node.attrs, (), value.node.site)
        )
        return self.append_at(copy, level, key)[0]


def _same_graph(a: Graph, b: Graph) -> bool:
    return a.params == b.params and a.nodes == b.nodes and a.results == b.results


def _typed(node: Node) -> Node:
    """Give a new node its results."""
    define_results(node)
    return node


def key_of(node: Node) -> Any:
    """Return what equal nodes have in common, or None if the node is not to be shared."""
    op = node.op
    if op.name == "empty" or (op is library and node.attrs["call"].each_counts):
        return None
    if op.name == "constant":
        value = node.attrs["value"]
        return (op, value.dtype, value.tobytes())
    operands = node.operands
    if op.commutative and op.name not in _ORDERED:
        operands = tuple(sorted(operands, key=lambda value: value.id))
    return (op, operands, tuple(sorted(node.attrs.items())) if node.attrs else ())
