"""Gives sizes that a guard has made equal one name throughout a graph.

Enters: a finished graph and the substitution of symbols that the guarded equalities amount to.
Leaves: the same graph with every dim and index over the symbols that are left. Params keep their
own dims, which the guards are about; right after them they are taken under the common ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograph.ir.affine import Affine
from autograph.ir.graph import Copier, Graph, Node, Value, building, emit
from autograph.ir.op import form_value
from autograph.ir.types import ArrayType, Type, scalar
from autograph.ops.recursion import recursion
from autograph.ops.structure import assume_dims


class _Unifier(Copier):
    """Copies nodes with symbols replaced."""

    def __init__(self, substitution: Mapping[Value, Affine]) -> None:
        super().__init__()
        self.substitution = substitution

    def form(self, form: Affine) -> Affine:
        return super().form(form.substitute(self.substitution))

    def type(self, type_: Type) -> Type:
        return super().type(type_.substitute(self.substitution))


def _copied(copier: Copier, node: Node) -> None:
    if node.op is assume_dims:
        value = copier.value(node.operands[0])
        dims = tuple(map(copier.form, node.attrs["dims"]))
        copier.mapping[node.result] = _under(value, dims)
    elif node.op is recursion:
        operands = [_size(copier, v) for v in node.operands]
        regions = [copier.region(region) for region in node.regions]
        results = emit(recursion, operands, copier.attrs(node), regions, node.site)
        copier.mapping.update(zip(node.results, results, strict=True))
    else:
        copier.node(node, _copied)


def _size(copier: Copier, operand: Value) -> Value:
    """Return an operand, a size as the one that it is guarded to equal."""
    value = copier.value(operand)
    return form_value(copier.form(Affine.of(value))) if value.type == scalar("int64") else value


def _under(value: Value, dims: tuple[Affine, ...]) -> Value:
    if value.dims == dims:
        return value
    result: Value = assume_dims(value, dims=dims)
    return result


def unify_sizes(graph: Graph, substitution: Mapping[Value, Affine]) -> Graph:
    """Return the entry graph with symbols replaced by the forms they are guarded to equal."""
    if not substitution:
        return graph
    copier = _Unifier(substitution)
    unified = Graph(graph.name, list(graph.params))
    with building(unified):
        for param in graph.params:
            if isinstance(param.type, ArrayType):
                copier.mapping[param] = _under(param, tuple(map(copier.form, param.dims)))
        for node in graph.nodes:
            _copied(copier, node)
        unified.results = [copier.value(value) for value in graph.results]
        for k, param_index in graph.writes.items():
            unified.results[k] = _under(unified.results[k], graph.params[param_index].dims)
    unified.writes, unified.guards = dict(graph.writes), list(graph.guards)
    return unified
