"""Forward mode, graph to graph: tangents are computed beside the values they belong to.

Enters: a graph. Leaves: a graph that takes tangents of some params in addition, and returns the
tangents of the results in addition.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from autograph.autodiff.activity import is_inexact, varied
from autograph.autodiff.expansion import expand_products
from autograph.autodiff.forward_rules import tangents_of
from autograph.autodiff.primal import zeros
from autograph.autodiff.recursion import Moving
from autograph.autodiff.reverse import require_inexact_params
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Node, Value, building, emit, located
from autograph.ir.types import TapeType, Type
from autograph.ops.control import has_trip_count, ifelse, pushed_values, scan, tape_results
from autograph.ops.recursion import recurse, recursion


def pushforward(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Return a graph of an entry graph's results and their tangents.

    Args:
        graph: An entry graph.
        wrt: Which params have tangents.

    Returns:
        A graph with the params of `graph`, then one tangent for each of `wrt`; its results are
        those of `graph`, then the tangents of those that are floating point arrays or
        numbers, in order. It writes to no param.

    Raises:
        NondifferentiableError: If a param holds no floats, or something that depends on it has no
            derivative.
    """
    require_inexact_params(graph, wrt)
    seeds = [graph.params[k] for k in wrt]
    graph = expand_products(graph, varied(graph, seeds))
    tangents = [Value(p.type, None, f"d_{p.name}" if p.name else None) for p in seeds]
    forward = _Forward(varied(graph, seeds))
    forward.tangents.update(zip(seeds, tangents, strict=True))
    params = [*graph.params, *tangents]
    result = Graph(f"{graph.name}_pushforward", params, guards=list(graph.guards))
    with building(result):
        forward.run(graph)
        result.results = [forward.copier.value(v) for v in graph.results]
        result.results += [forward.tangent(v) for v in graph.results if is_inexact(v.type)]
    return result


def with_tangents(program: Graph, variables: Sequence[Value], tangents: Sequence[Value]) -> Graph:
    """Return a graph of a program's results and their tangents.

    Args:
        program: Nodes of some region, and results that are floats.
        variables: Values that the program uses.
        tangents: The tangents of the variables.
    """
    program = expand_products(program, varied(program, variables))
    forward = _Forward(varied(program, variables))
    forward.tangents.update(zip(variables, tangents, strict=True))
    result = Graph(program.name)
    with building(result):
        forward.run(program)
        result.results = [forward.copier.value(v) for v in program.results]
        result.results += [forward.tangent(v) for v in program.results]
    return result


class _Tangents(dict[Value, Value]):
    """The tangents found so far; asking for one that does not exist is an error.

    Attributes:
        refused: Results that have no derivative, and the error that says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[Value, NondifferentiableError] = {}

    def __contains__(self, value: object) -> bool:
        if value in self.refused:
            raise self.refused[value]
        return super().__contains__(value)

    def __getitem__(self, value: Value) -> Value:
        if value in self.refused:
            raise self.refused[value]
        return super().__getitem__(value)

    def get(self, value: Value, default: Any = None) -> Any:
        """Return the tangent of a value, or the default."""
        found = value in self
        return self[value] if found else default


class _Forward:
    """Copies nodes into the graph being built, tangents beside them."""

    def __init__(self, varied_values: AbstractSet[Value]) -> None:
        self.varied = varied_values
        self.copier = Copier()
        self.tangents = _Tangents()
        self.moving: Moving | None = None

    def run(self, graph: Graph) -> None:
        """Copy the nodes of a graph or region."""
        for node in graph.nodes:
            with located(lambda site=node.site: site):  # type: ignore[misc]
                if not any(v in self.varied for v in node.results) and node.op is not recurse:
                    self.copier.node(node)
                elif node.op is scan:
                    self._scan(node)
                elif node.op is ifelse:
                    self._ifelse(node)
                elif node.op is recursion:
                    self._recursion(node)
                elif node.op is recurse:
                    self._recurse(node)
                else:
                    self.copier.node(node)
                    found = tangents_of(node, self.copier, self.tangents)
                    for value, tangent in zip(node.results, found, strict=True):
                        if isinstance(tangent, NondifferentiableError):
                            self.tangents.refused[value] = tangent
                        elif tangent is not None:
                            self.tangents[value] = tangent

    def tangent(self, value: Value) -> Value:
        """Return the tangent of a value, zeros if it has none.

        Raises:
            NondifferentiableError: If the value is a tape without tangent.
        """
        if value in self.tangents:
            return self.tangents[value]
        type_ = self.copier.type(value.type)
        if isinstance(type_, TapeType):
            raise NondifferentiableError("a tape that does not vary is used where one does")
        return zeros(type_)

    def _param(self, param: Value, type_: Type) -> Value:
        """Return the copy of a region's param."""
        copy = Value(self.copier.type(type_), None, param.name)
        self.copier.mapping[param] = copy
        return copy

    def _tangent_param(self, param: Value) -> Value:
        """Return the tangent of a region's param."""
        self.tangents[param] = Value(self.copier.type(param.type))
        return self.tangents[param]

    def _ifelse(self, node: Node) -> None:
        regions = []
        moving = [k for k, v in enumerate(node.results) if v in self.varied]
        for region in node.regions:
            copy = Graph(region.name)
            with building(copy):
                self.run(region)
                copy.results = [self.copier.value(v) for v in region.results]
                copy.results += [self.tangent(region.results[k]) for k in moving]
            regions.append(copy)
        condition = self.copier.value(node.operands[0])
        results = emit(ifelse, [condition], {}, regions, node.site)
        count = len(node.results)
        self.copier.mapping.update(zip(node.results, results[:count], strict=True))
        self.tangents.update(
            (node.results[k], t) for k, t in zip(moving, results[count:], strict=True)
        )

    def _recursion(self, node: Node) -> None:
        routine, moving = node.regions[0], Moving.of(node, self.varied)
        outer, self.moving = self.moving, moving
        copy = Graph(routine.name)
        copies = [self._param(p, p.type) for p in routine.params]
        copy.params = [*copies, *(self._tangent_param(routine.params[k]) for k in moving.params)]
        with building(copy):
            self.run(routine)
            values = [self.copier.value(v) for v in routine.results]
            copy.results = moving.outcome(node, values, lambda k: self.tangent(routine.results[k]))
        self.moving = outer
        self._call(node, moving, [copy])

    def _recurse(self, node: Node) -> None:
        assert self.moving is not None
        self._call(node, self.moving, [])

    def _call(self, node: Node, moving: Moving, regions: Sequence[Graph]) -> None:
        """Emit a call of a routine with tangents."""
        operands = [self.copier.value(v) for v in node.operands]
        operands += [self.tangent(node.operands[k]) for k in moving.params]
        attrs = moving.attrs(node, self.copier.attrs(node))
        results = emit(node.op, operands, attrs, regions, node.site)
        self.copier.mapping.update(zip(node.results, results, strict=False))
        self.tangents.update(moving.tangents(node, results))

    def _scan(self, node: Node) -> None:
        count = node.attrs["carries"]
        slots = [k for k in range(count) if node.results[k] in self.varied]
        popped = [k for k in range(count, len(node.operands)) if node.operands[k] in self.varied]
        pushed = [k for k, tape in enumerate(tape_results(node)) if tape in self.varied]
        operands = [self.copier.value(v) for v in node.operands]
        operands[count:count] = [self.tangent(node.operands[k]) for k in slots]
        operands += [self.tangent(node.operands[k]) for k in popped]
        body = self._body(node, slots, popped, pushed)
        conditions = [self._condition(region, slots) for region in node.regions[1:]]
        attrs = self.copier.attrs(node) | {"carries": count + len(slots)}
        results = emit(scan, operands, attrs, [body, *conditions], node.site)
        after = count + len(slots)
        trips = after + has_trip_count(node)
        tapes = trips + len(tape_results(node))
        copies = [*results[:count], *results[after:trips], *results[trips:tapes]]
        self.copier.mapping.update(zip(node.results, copies, strict=True))
        moving = [node.results[k] for k in slots] + [tape_results(node)[k] for k in pushed]
        self.tangents.update(zip(moving, [*results[count:after], *results[tapes:]], strict=True))

    def _body(self, node: Node, slots: list[int], popped: list[int], pushed: list[int]) -> Graph:
        """Copy the body: tangents follow the carries, the popped and the pushed elements."""
        body, count = node.regions[0], node.attrs["carries"]
        copy = Graph(body.name)
        copies = [self._param(p, p.type) for p in body.params]
        copy.params = [
            *copies[: 1 + count],
            *(self._tangent_param(body.params[1 + k]) for k in slots),
            *copies[1 + count :],
            *(self._tangent_param(body.params[1 + k]) for k in popped),
        ]
        with building(copy):
            self.run(body)
            values = [self.copier.value(v) for v in body.results]
            end = len(values) - node.attrs["until"]
            elements = pushed_values(node)
            copy.results = [
                *values[:count],
                *(self.tangent(body.results[k]) for k in slots),
                *values[count:end],
                *(self.tangent(elements[k]) for k in pushed),
                *values[end:],
            ]
        return copy

    def _condition(self, region: Graph, slots: list[int]) -> Graph:
        """Copy the condition of a loop, which ignores the tangents."""
        copy = self.copier.region(region)
        copy.params += [Value(copy.params[k].type) for k in slots]
        return copy
