"""Checks the invariants of a graph; runs after every pass in tests and debug mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograph.errors import VerificationError
from autograph.ir.graph import Graph, Node, Value, attr_forms
from autograph.ir.types import ArrayType, TapeType, Type, scalar, type_forms


def verify(graph: Graph) -> Graph:
    """Return the entry graph unchanged.

    Raises:
        VerificationError: If a value is used before it is defined or outside its region, a node
            breaks its op's type rule, or the params, writes or guards do not fit.
    """
    scope = {*graph.params, *graph.dim_symbols()}
    for param in graph.params:
        _require_symbols(type_forms(param.type), scope, f"param {param!r}")
    for guard in graph.guards:
        _require_symbols([guard.form], scope, f"guard {guard}")
    for result, param_index in graph.writes.items():
        if graph.results[result].type != graph.params[param_index].type:
            raise VerificationError(
                f"{graph.results[result]!r} cannot be written to {graph.params[param_index]!r}"
            )
    _verify_nodes(graph, scope, set(scope))
    return graph


def _verify_nodes(graph: Graph, scope: set[Value], defined: set[Value]) -> None:
    """Check nodes in order; `scope` is what they may use, `defined` all that has ever been."""
    for node in graph.nodes:
        where = repr(node)
        for operand in node.operands:
            if operand not in scope:
                raise VerificationError(f"{where} uses {operand!r} outside its scope", node.site)
        _require_symbols(attr_forms(node), scope, where)
        closed = node.op.name == "recursion"  # its region sees nothing of what is around it
        for region in node.regions:
            inner = set(region.params) if closed else scope | set(region.params)
            for param in region.params:
                around = inner if closed else scope
                _require_symbols(type_forms(param.type), around, f"param {param!r} of {where}")
            _define(region.params, defined, where)
            _verify_nodes(region, inner, defined)
        _verify_types(node)
        _define(node.results, defined, where)
        scope.update(node.results)
    for value in graph.results:
        if value not in scope:
            raise VerificationError(f"result {value!r} of {graph.name} is outside its scope")


def _define(values: Iterable[Value], defined: set[Value], where: str) -> None:
    for value in values:
        if value in defined:
            raise VerificationError(f"{where} defines {value!r} again")
        defined.add(value)


def _require_symbols(forms: Iterable[object], scope: set[Value], where: str) -> None:
    for form in forms:
        for symbol in form.symbols:  # type: ignore[attr-defined]
            if symbol.type != scalar("int64"):
                raise VerificationError(f"{where}: symbol {symbol!r} is no int64 scalar")
            if symbol not in scope:
                raise VerificationError(f"{where}: symbol {symbol!r} is outside its scope")


def _verify_types(node: Node) -> None:
    try:
        types = tuple(node.op.infer(node))
    except (TypeError, KeyError) as error:
        raise VerificationError(f"{node!r}: {error}", node.site) from error
    if types != tuple(v.type for v in node.results):
        raise VerificationError(f"{node!r} has results of other types than {types}", node.site)
    for value in node.results:
        if value.node is not node:
            raise VerificationError(f"{value!r} does not know its node {node!r}", node.site)
    if node.op.name == "scan":
        _verify_scan(node)
    elif node.op.name == "recursion":
        _verify_recursion(node)
    elif node.op.name == "ifelse" and node.operands[0].type != scalar("bool"):
        raise VerificationError(f"{node!r}: the condition is no bool scalar", node.site)


def _verify_scan(node: Node) -> None:
    count, body = node.attrs["carries"], node.regions[0]
    wanted: list[Type] = [scalar("int64"), *(v.type for v in node.operands[:count])]
    for tape in node.operands[count:]:
        if not isinstance(tape.type, TapeType):
            raise VerificationError(f"{node!r}: {tape!r} is no tape", node.site)
        wanted.append(tape.type.element)
    if [p.type for p in body.params] != wanted:
        raise VerificationError(
            f"{node!r}: body params {body.params}, expected {wanted}", node.site
        )
    if node.attrs["length"] is None and len(node.regions) == 1 and not node.attrs["until"]:
        raise VerificationError(f"{node!r} never ends", node.site)
    if node.attrs["reverse"] and node.attrs["length"] is None:
        raise VerificationError(f"{node!r} runs down from nowhere", node.site)
    flags = [body.results[-1]] if node.attrs["until"] else []
    if len(node.regions) > 1:
        condition = node.regions[1]
        if [p.type for p in condition.params] != wanted[1 : count + 1]:
            raise VerificationError(f"{node!r}: condition params {condition.params}", node.site)
        flags += condition.results
    for flag in flags:
        if not isinstance(flag.type, ArrayType) or flag.type != scalar("bool"):
            raise VerificationError(f"{node!r}: {flag!r} is no bool scalar", node.site)


def _verify_recursion(node: Node) -> None:
    routine = node.regions[0]
    for call in (node, *_calls_of_itself(routine)):
        _verify_call(call, routine)
    for value, dtype, dims in zip(
        routine.results, node.attrs["dtypes"], node.attrs["dims"], strict=True
    ):
        if value.dtype != dtype or value.ndim != len(dims):
            raise VerificationError(f"{node!r}: the routine returns {value!r}", node.site)


def _calls_of_itself(graph: Graph) -> Iterator[Node]:
    """Yield the calls that a routine makes of itself: not those of the routines inside it."""
    for node in graph.nodes:
        if node.op.name == "recurse":
            yield node
        elif node.op.name != "recursion":
            for region in node.regions:
                yield from _calls_of_itself(region)


def _verify_call(node: Node, routine: Graph) -> None:
    """Check that operands and written results of a call are of the types of a routine's params."""
    if len(node.operands) != len(routine.params):
        raise VerificationError(f"{node!r} calls a routine of {routine.params}", node.site)
    given = dict(zip(routine.params, node.operands, strict=True))
    symbols = {p: v for p, v in given.items() if v.type == scalar("int64")}
    for param, value in given.items():
        if param.type.substitute({s: symbols[s] for s in _symbols(param)}) != value.type:
            raise VerificationError(f"{node!r} passes {value!r} for {param!r}", node.site)
    for result, operand in node.attrs["writes"]:
        if node.results[result].type != node.operands[operand].type:
            raise VerificationError(
                f"{node!r} writes {node.results[result]!r} to {node.operands[operand]!r}", node.site
            )


def _symbols(value: Value) -> Iterator[Value]:
    for form in type_forms(value.type):
        yield from form.symbols
