"""Cuts a program where its directions come in: what is computed before, and what they need.

Enters: a differentiated entry graph with values that are `later` given. Leaves: the first part,
which does without them and returns, besides its own results, all that the second part needs of it;
and the second part, which takes the directions and these values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from autograph.autodiff.primal import inputs_of, type_symbols
from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Graph, Node, Value, building, symbol
from autograph.ir.op import constant_of, form_value
from autograph.ir.types import ArrayType, TapeType, Type, scalar
from autograph.ops.control import has_trip_count, pushed_values, scan, tape_results
from autograph.ops.derivative import later
from autograph.ops.structure import assume_dims
from autograph.ops.tapes import levels_of, load_tape, store_tape, stored_values

REPEATED = frozenset({"constant", "affine", "iota", "broadcast"})
"""What is made again where it is needed: kept, it would take more memory than time."""


class Halves(Struct, frozen=True):
    """The two parts of a program.

    Attributes:
        first: Takes the params of the whole. Its results are those of the whole, with truth values
            in the place of those that only the second part has; then what that takes.
        second: Takes directions, and the further results of the first part. Returns the results
            that the first part does not have.
        directions: The numbers of these directions: one that nothing depends on is not among them.
    """

    first: Graph
    second: Graph
    directions: tuple[int, ...]


def split(graph: Graph, positions: Sequence[int]) -> Halves:
    """Return the parts of an optimized entry graph.

    Args:
        graph: The graph.
        positions: Which results only the second part is to have.
    """
    return _Cut(graph, positions).made()


class _Cut:
    """A graph that is being cut."""

    def __init__(self, graph: Graph, positions: Sequence[int]) -> None:
        self.graph = graph
        self.positions = positions
        self.outcomes = [graph.results[k] for k in positions]
        self.late = _late_nodes(graph)
        self.repeated: dict[Node, None] = {}
        self.kept: dict[Value, None] = {}
        late = {v for node in self.late for v in node.results}
        self._inside = {
            v
            for node in graph.walk()
            for region in node.regions
            for v in (*region.params, *(r for n in region.nodes for r in n.results))
        }
        for node in self.late:
            self._need(v for v in inputs_of(node) if v not in late)
        self._need(v for v in self.outcomes if v not in late)
        self.first = Graph(f"{graph.name}_forward", list(graph.params), guards=list(graph.guards))
        self.second = Graph(f"{graph.name}_linear")
        self._before, self._after = Copier(), Copier()

    def _need(self, values: object) -> None:
        """Note values of the first part that the second one needs, with the sizes of arrays."""
        pending = list(values)  # type: ignore[call-overload]
        while pending:
            value = pending.pop(0)
            node = value.node
            if node is not None and node.op.name in REPEATED:
                if node not in self.repeated:
                    self.repeated[node] = None
                    pending += inputs_of(node)
            elif value not in self.kept:
                self.kept[value] = None
                pending += type_symbols(value.type)
                pending += [s for form in self._lengths(value) for s in form.symbols]

    def _lengths(self, tape: Value) -> tuple[Affine, ...]:
        """Return the trip counts of a tape that is one array, else nothing."""
        lengths: list[Affine] = []
        value = tape
        while isinstance(value.type, TapeType):
            node = value.node
            if node is None or node.op is not scan:
                return ()
            if has_trip_count(node) or len(node.regions) > 1:
                return ()
            lengths.append(node.attrs["length"])
            value = pushed_values(node)[tape_results(node).index(value)]
        forms = (*lengths, *value.dims) if lengths else ()
        known = not any(s in self._inside for form in forms for s in form.symbols)
        return tuple(lengths) if known else ()

    # ------------------------------------------------------------ putting together

    def made(self) -> Halves:
        """Return the parts."""
        late = set(self.late)
        with building(self.first):
            for node in self.graph.nodes:
                if node not in late:
                    self._before.node(node)
            nothing = constant_of(False, np.bool_)
        self.first.results = [self._before.value(v) for v in self.graph.results]
        for k in self.positions:
            self.first.results[k] = nothing
        self.first.writes = dict(self.graph.writes)
        with building(self.second):
            for node in self.late:
                if node.op is later:
                    self._after.mapping[node.result] = self._param(node.result.type)
            for value in sorted(self.kept, key=_rank):
                self._hand_over(value)
            self._directions_under_their_dims()
            for node in self.graph.nodes:
                if node in self.repeated or (node in late and node.op is not later):
                    self._after.node(node)
        self.second.results = [self._after.value(v) for v in self.outcomes]
        directions = tuple(n.attrs["number"] for n in self.late if n.op is later)
        return Halves(self.first, self.second, directions)

    def _param(self, type_: Type) -> Value:
        """Return a new param of the second part, its extents not known to be anything."""
        assert isinstance(type_, ArrayType)
        dims = tuple(Affine.of(symbol()) for _ in type_.dims)
        param = Value(ArrayType(type_.dtype, dims))
        self.second.params.append(param)
        return param

    def _directions_under_their_dims(self) -> None:
        for node in self.late:
            if node.op is later and node.result.ndim:
                dims = tuple(map(self._after.form, node.attrs["dims"]))
                param = self._after.mapping[node.result]
                self._after.mapping[node.result] = assume_dims(param, dims=dims)

    def _hand_over(self, value: Value) -> None:
        """Have the first part return a value, and the second one take it."""
        if isinstance(value.type, TapeType):
            self._hand_over_tape(value)
            return
        with building(self.first):
            is_symbol = value.node is None and value not in self.graph.params
            given = form_value(Affine.of(value)) if is_symbol else self._before.value(value)
        self.first.results.append(given)
        param = self._param(value.type)
        if value.ndim:
            dims = tuple(map(self._after.form, value.dims))
            param = assume_dims(param, dims=dims)
        self._after.mapping[value] = param

    def _hand_over_tape(self, tape: Value) -> None:
        lengths = self._lengths(tape)
        levels, element = levels_of(tape.type)
        with building(self.first):
            copied = self._before.value(tape)
            store_tape(copied, lengths=tuple(map(self._before.form, lengths)))
            pairs = stored_values(self.first.nodes[-1])
        given: list[Value] = []
        for count, array in pairs:
            if count is not None:
                self.first.results.append(count)
                given.append(self._param(scalar(np.int64)))
            self.first.results.append(array)
            given.append(self._param(array.type))
        self._after.mapping[tape] = load_tape(
            *given,
            lengths=tuple(map(self._after.form, lengths)),
            dims=tuple(map(self._after.form, element.dims)),
            levels=levels,
        )


def _late_nodes(graph: Graph) -> list[Node]:
    """Return the nodes that need what is given later, and those that stand for it."""
    late: dict[Node, None] = {}
    values: set[Value] = set()
    for node in graph.nodes:
        if node.op is later or any(v in values for v in inputs_of(node)):
            late[node] = None
            values.update(node.results)
    return list(late)


def _rank(value: Value) -> int:
    """Return where a value comes among others: numbers first, as they may be sizes."""
    return 2 if isinstance(value.type, TapeType) else min(value.ndim, 1)
