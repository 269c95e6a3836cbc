"""The graph: typed single-assignment values, nodes in execution order, regions.

A `Graph` is a list of nodes that compute its results from its params. A node of a control op holds
further graphs, its regions, which see the values around them as free variables. Forms inside
attributes and dims (see `affine`) refer to int64 scalar values as symbols.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, field

from autograph.errors import Site
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.types import ArrayType, Type, scalar, type_forms

if TYPE_CHECKING:
    from autograph.ir.op import Op

_ids = itertools.count()


class At(Struct, frozen=True):
    """An index item that takes one position of an axis and drops the axis."""

    position: Affine

    def forms(self) -> tuple[Affine, ...]:
        """Return the forms of the item."""
        return (self.position,)

    def map(self, f: Callable[[Affine], Affine]) -> At:
        """Return the item with `f` applied to its forms."""
        return At(f(self.position))

    def __str__(self) -> str:
        return str(self.position)


class Slice(Struct, frozen=True):
    """An index item that takes `length` positions from `start` in steps of `step`."""

    start: Affine
    length: Affine
    step: int = 1

    def forms(self) -> tuple[Affine, ...]:
        """Return the forms of the item."""
        return (self.start, self.length)

    def map(self, f: Callable[[Affine], Affine]) -> Slice:
        """Return the item with `f` applied to its forms."""
        return Slice(f(self.start), f(self.length), self.step)

    def __str__(self) -> str:
        step = "" if self.step == 1 else f" by {self.step}"
        return f"{self.start} : +{self.length}{step}"


IndexItem = At | Slice
Index = tuple[IndexItem, ...]


class Value:
    """A typed value: a parameter of a graph, a dim symbol, or a result of a node."""

    __slots__ = ("id", "name", "node", "type")

    def __init__(self, type_: Type, node: Node | None = None, name: str | None = None) -> None:
        self.id = next(_ids)
        self.type = type_
        self.node = node
        self.name = name

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of an array value."""
        return self.array_type.dtype

    @property
    def dims(self) -> tuple[Affine, ...]:
        """The dims of an array value."""
        return self.array_type.dims

    @property
    def ndim(self) -> int:
        """The number of axes of an array value."""
        return len(self.array_type.dims)

    @property
    def array_type(self) -> ArrayType:
        """The type, which must not be a tape's."""
        assert isinstance(self.type, ArrayType), f"{self.label} is a tape"
        return self.type

    @property
    def label(self) -> str:
        """A short name, unique enough for messages."""
        return self.name or f"v{self.id}"

    def __repr__(self) -> str:
        return f"%{self.label}: {self.type}"


def symbol(name: str | None = None) -> Value:
    """Return a new int64 scalar that no node defines: a dim, a loop index or a parameter."""
    return Value(scalar(np.int64), None, name)


class Node:
    """An application of an op to operands; its fields are not changed once it is in a graph."""

    __slots__ = ("attrs", "op", "operands", "regions", "results", "site")

    def __init__(
        self,
        op: Op,
        operands: Sequence[Value],
        attrs: Mapping[str, Any] | None = None,
        regions: Sequence[Graph] = (),
        site: Site | None = None,
    ) -> None:
        self.op = op
        self.operands = tuple(operands)
        self.attrs = dict(attrs or {})
        self.regions = tuple(regions)
        self.results: tuple[Value, ...] = ()
        self.site = site

    @property
    def result(self) -> Value:
        """The only result."""
        assert len(self.results) == 1
        return self.results[0]

    def __repr__(self) -> str:
        results = ", ".join(v.label for v in self.results)
        return f"{results} = {self.op.name}({', '.join(v.label for v in self.operands)})"


class Guard(Struct, frozen=True):
    """A condition on the symbols of an entry graph: `form >= 0`, `form == 0` or `form != 0`.

    Attributes:
        form: A form over the symbols.
        relation: How it compares with zero.
        is_limit: Whether the graph is right without it, and only less fit for larger sizes.
    """

    form: Affine
    relation: str
    is_limit: bool = False

    @property
    def key(self) -> str:
        """What is not assumed again once the guard has failed."""
        if self.is_limit:
            return "limit of " + ", ".join(s.label for s in self.form.symbols)
        return str(self)

    def holds(self, values: Mapping[Value, int]) -> bool:
        """Return whether the guard holds for these values of the symbols."""
        value = self.form.evaluate(values)
        if self.relation == ">=0":
            return value >= 0
        return (value == 0) == (self.relation == "==0")

    def __str__(self) -> str:
        return f"{self.form} {self.relation[:2]} 0"


class Graph(Struct, eq=False):
    """Nodes in execution order, from params to results.

    Attributes:
        writes: For entry graphs, which result is the final content of which param's buffer.
        guards: For entry graphs, what must hold of the sizes and integer params at entry.
    """

    name: str = "graph"
    params: list[Value] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    writes: dict[int, int] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)

    def dim_symbols(self) -> dict[Value, tuple[int, int]]:
        """Return the dim symbols of an entry graph: symbol -> (param index, axis)."""
        found: dict[Value, tuple[int, int]] = {}
        for k, param in enumerate(self.params):
            if isinstance(param.type, ArrayType):
                for axis, dim in enumerate(param.type.dims):
                    if dim.symbol is not None and dim.symbol not in self.params:
                        found.setdefault(dim.symbol, (k, axis))
        return found

    def walk(self) -> Iterator[Node]:
        """Yield all nodes, those of nested regions included, in order."""
        for node in self.nodes:
            yield node
            for region in node.regions:
                yield from region.walk()


# ---------------------------------------------------------------- building

_current: ContextVar[Graph] = ContextVar("current_graph")
_site: ContextVar[Callable[[], Site | None] | None] = ContextVar("current_site", default=None)


@contextmanager
def building(graph: Graph) -> Iterator[Graph]:
    """Make `graph` the one that `emit` appends to."""
    token = _current.set(graph)
    try:
        yield graph
    finally:
        _current.reset(token)


@contextmanager
def located(site: Callable[[], Site | None]) -> Iterator[None]:
    """Make `site` the function that tells where in the user's source a new node comes from."""
    token = _site.set(site)
    try:
        yield
    finally:
        _site.reset(token)


def current_graph() -> Graph:
    """Return the graph that is being built.

    Raises:
        LookupError: If no graph is being built.
    """
    return _current.get()


def emit(
    op: Op,
    operands: Sequence[Value],
    attrs: Mapping[str, Any] | None = None,
    regions: Sequence[Graph] = (),
    site: Site | None = None,
) -> tuple[Value, ...]:
    """Append a node to the graph being built and return its results."""
    if site is None:
        locate = _site.get()
        site = locate() if locate is not None else None
    node = Node(op, operands, attrs, regions, site)
    define_results(node)
    _current.get().nodes.append(node)
    return node.results


def define_results(node: Node) -> None:
    """Give a new node its results; the types of later ones may depend on earlier ones."""
    for type_ in node.op.infer(node):
        node.results += (Value(type_, node),)


# ---------------------------------------------------------------- reading


def forms_of_attr(attr: Any) -> Iterator[Affine]:
    """Yield the affine forms inside an attribute."""
    if isinstance(attr, Affine):
        yield attr
    elif isinstance(attr, At | Slice):
        yield from attr.forms()
    elif isinstance(attr, tuple):
        for item in attr:
            yield from forms_of_attr(item)


def map_attr(attr: Any, f: Callable[[Affine], Affine]) -> Any:
    """Return the attribute with `f` applied to the affine forms inside."""
    if isinstance(attr, Affine):
        return f(attr)
    if isinstance(attr, At | Slice):
        return attr.map(f)
    if isinstance(attr, tuple):
        return tuple(map_attr(item, f) for item in attr)
    return attr


def attr_forms(node: Node) -> Iterator[Affine]:
    """Yield the affine forms inside a node's attributes."""
    for attr in node.attrs.values():
        yield from forms_of_attr(attr)


def node_uses(node: Node) -> Iterator[Value]:
    """Yield what a node itself refers to: operands and symbols of attributes; not its regions."""
    yield from node.operands
    for form in attr_forms(node):
        yield from form.symbols


def defined_in(graph: Graph) -> set[Value]:
    """Return the params and node results of a graph, without those of nested regions."""
    return {*graph.params, *(v for node in graph.nodes for v in node.results)}


def free_values(graph: Graph) -> dict[Value, None]:
    """Return, in order of use, the values a region uses and does not define (symbols included)."""
    free: dict[Value, None] = {}
    bound = set(graph.params)
    for node in graph.nodes:
        for value in captured_values(node):
            if value not in bound:
                free.setdefault(value)
        bound.update(node.results)
    for value in graph.results:
        if value not in bound:
            free.setdefault(value)
    return free


def has_effects(node: Node) -> bool:
    """Return whether a node does something besides computing its results."""
    return node.op.kind == "effect" or any(
        inner.op.kind == "effect" for region in node.regions for inner in region.walk()
    )


def captured_values(node: Node) -> dict[Value, None]:
    """Return, in order, all values a node depends on: its own uses and its regions' free values."""
    used = dict.fromkeys(node_uses(node))
    for region in node.regions:
        used.update(free_values(region))
    return used


def uses(graph: Graph) -> dict[Value, list[Node | None]]:
    """Return, for each value, the nodes of this graph (None: its results) that depend on it."""
    found: dict[Value, list[Node | None]] = {}
    for node in graph.nodes:
        for value in captured_values(node):
            found.setdefault(value, []).append(node)
    for value in dict.fromkeys(graph.results):
        found.setdefault(value, []).append(None)
    return found


# ---------------------------------------------------------------- copying


class Copier:
    """Copies nodes from one graph into the graph being built, under a mapping of values.

    Args:
        mapping: Old value -> new value, to start with; grows while nodes are copied.
    """

    def __init__(self, mapping: Mapping[Value, Value] | None = None) -> None:
        self.mapping: dict[Value, Value] = dict(mapping or {})

    def value(self, value: Value) -> Value:
        """Return what stands for `value` in the copy: itself if it is free."""
        return self.mapping.get(value, value)

    def form(self, form: Affine) -> Affine:
        """Return the form over the copied symbols."""
        return form.substitute({s: self.mapping[s] for s in form.symbols if s in self.mapping})

    def type(self, type_: Type) -> Type:
        """Return the type over the copied symbols."""
        symbols: dict[Value, AffineLike] = {
            s: self.mapping[s] for f in type_forms(type_) for s in f.symbols if s in self.mapping
        }
        return type_.substitute(symbols) if symbols else type_

    def attrs(self, node: Node) -> dict[str, Any]:
        """Return the node's attributes over the copied symbols."""
        return {key: map_attr(attr, self.form) for key, attr in node.attrs.items()}

    def region(self, graph: Graph, visit: Callable[[Copier, Node], None] | None = None) -> Graph:
        """Return a copy of a region; `visit` copies (or replaces) one node, default `node`."""
        copy = Graph(graph.name)
        for param in graph.params:
            copy.params.append(Value(self.type(param.type), None, param.name))
            self.mapping[param] = copy.params[-1]
        with building(copy):
            for node in graph.nodes:
                if visit is None:
                    self.node(node)
                else:
                    visit(self, node)
        copy.results = [self.value(v) for v in graph.results]
        return copy

    def node(self, node: Node, visit: Callable[[Copier, Node], None] | None = None) -> None:
        """Copy one node into the graph being built and map its results."""
        regions = [self.region(region, visit) for region in node.regions]
        operands = [self.value(v) for v in node.operands]
        results = emit(node.op, operands, self.attrs(node), regions, node.site)
        for old, new in zip(node.results, results, strict=True):
            new.name = old.name
            self.mapping[old] = new


def copy_entry(
    graph: Graph, visit: Callable[[Copier, Node], None] | None = None, name: str | None = None
) -> Graph:
    """Return a rewritten copy of an entry graph with the same params.

    Args:
        graph: The entry graph.
        visit: Copies, replaces or drops one node; is called for nodes of regions too if it passes
            itself on to `Copier.node`. Default: copy everything.
        name: Name of the copy.
    """
    copier = Copier()
    copy = Graph(name or graph.name, list(graph.params))
    with building(copy):
        for node in graph.nodes:
            if visit is None:
                copier.node(node)
            else:
                visit(copier, node)
    copy.results = [copier.value(v) for v in graph.results]
    copy.writes, copy.guards = dict(graph.writes), list(graph.guards)
    return copy


def region_params(types: Iterable[Type], names: Iterable[str | None]) -> list[Value]:
    """Return new params for a region."""
    return [Value(type_, None, name) for type_, name in zip(types, names, strict=True)]
