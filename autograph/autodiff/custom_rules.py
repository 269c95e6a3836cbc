"""Derivatives that the program gives itself: its rules run in the place of ours.

A rule for one direction serves the other one, too: both are linear in the direction, and the one is
the transpose of the other, which is the derivative of the rule by its direction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.primal import Frame, zeros
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Copier, Graph, Node, Value, free_values
from autograph.ir.types import ArrayType
from autograph.ops.derivative import emit_derivative, new_variable, pullback


def reverse(node: Node, gs: Sequence[Value | None], frame: Frame, cotangents: Cotangents) -> None:
    """Pass the cotangents of the results of a node with rules on to its inputs."""
    given = [frame.zeros(v) if g is None else g for v, g in zip(node.results, gs, strict=True)]
    inputs = node.operands[node.attrs["outputs"] :]
    rules = _rules(node)
    at = _Place(node, frame.demand)
    if "vjp" in rules:
        found = at.run(rules["vjp"], given)
    else:
        found = at.transposed(rules["jvp"], [frame.zeros(v) for v in inputs], given)
    for x, cotangent in zip(inputs, found, strict=True):
        cotangents.add(x, cotangent)


def forward(node: Node, copier: Copier, tangents: Mapping[Value, Value]) -> Sequence[Value]:
    """Return the tangents of the results of a node with rules."""
    inputs = node.operands[node.attrs["outputs"] :]
    given = [tangents[v] if v in tangents else _zeros(copier, v) for v in inputs]
    rules = _rules(node)
    at = _Place(node, copier.value)
    if "jvp" in rules:
        return at.run(rules["jvp"], given)
    return at.transposed(rules["vjp"], [_zeros(copier, v) for v in node.results], given)


def _rules(node: Node) -> dict[str, Graph]:
    """Return the rules of a node by name."""
    if not node.regions:
        raise NondifferentiableError(node.attrs["reason"], node.site)
    return {region.name: region for region in node.regions}


def _zeros(copier: Copier, value: Value) -> Value:
    type_ = copier.type(value.type)
    assert isinstance(type_, ArrayType)
    return zeros(type_)


class _Place(Struct, frozen=True):
    """Where the rules of a node are emitted.

    Attributes:
        node: The node.
        value: Gives what stands there for its results, and for what its rules read around them.
    """

    node: Node
    value: Callable[[Value], Value]

    def run(self, rule: Graph, directions: Sequence[Value]) -> list[Value]:
        """Emit a rule on directions."""
        copier = Copier({v: self.value(v) for v in free_values(rule)})
        results = map(self.value, self.node.results)
        copier.mapping.update(zip(rule.params, [*directions, *results], strict=True))
        for node in rule.nodes:
            copier.node(node)
        return [copier.value(v) for v in rule.results]

    def transposed(self, rule: Graph, at: Sequence[Value], given: Sequence[Value]) -> list[Value]:
        """Emit the transpose of a rule, applied to `given`; `at` is any direction for the rule."""
        variables = [new_variable(v) for v in at]
        results = self.run(rule, variables)
        return list(emit_derivative(pullback, results, variables, given))
