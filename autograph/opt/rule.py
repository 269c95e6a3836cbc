"""What a rewrite rule is, and the registry of all rules.

A rule replaces the results of one node. It says what it claims: `exact` (identical bits), `stabler`
(never farther from the exact value of the left side than the left side is, nearer somewhere),
`rounding` (differs by a few units in the last place) or `unsafe` (changes NaN, infinity or much
precision). The tests evaluate both sides of every registered rule and refute wrong claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from autograph.ir.graph import Node, Value
from autograph.ir.op import Kind, Op, all_ops, constant_of
from autograph.ir.pattern import (
    Apply,
    AttrWildcard,
    Bindings,
    Pattern,
    Wildcard,
    instantiate,
    matches,
)

Claim = Literal["exact", "stabler", "rounding", "unsafe"]
Phase = Literal["canonicalize", "stabilize", "specialize"]

PHASES: tuple[Phase, ...] = ("canonicalize", "stabilize", "specialize")


class Context(Protocol):
    """What a rule may ask about the graph around a node."""

    def single_use(self, value: Value) -> bool:
        """Return whether `value` has one use, which is not in a loop inside its own region."""


Rewrite = Callable[[Node, Context], "Value | None"]
Sample = Callable[..., Value]
Operand = int | tuple[float, ...] | Literal["condition"]


class Rule(Struct, frozen=True, eq=False):
    """A rewrite of the result of one node.

    Attributes:
        name: Text for people, unique.
        op: The op, or kind of ops, of the nodes it may rewrite.
        claim: How the new value relates to the old.
        phase: When it starts to apply; it stays on in later phases.
        kinds: Kinds of dtypes of the node's first operand that it applies to.
        apply: Returns the new value, emitted in the graph being built, or None.
        sample: Builds a left side from operands: what the test of the claim evaluates.
        operands: The operands `sample` takes: ndim of each, the constants it may be, or
            "condition" for a bool where others are not.
    """

    name: str
    op: Op | Kind
    claim: Claim
    phase: Phase
    kinds: str
    apply: Rewrite
    sample: Sample
    operands: tuple[Operand, ...]


RULES: list[Rule] = []


class ConstantWildcard(Wildcard, frozen=True, eq=False):
    """Stands for a constant; `samples` are some that the condition accepts, for tests."""

    samples: tuple[float, ...] = field(default=())


def constant_value(value: Value) -> Any:
    """Return the number that a value is by definition, or None."""
    node = value.node
    return node.attrs["value"] if node is not None and node.op.name == "constant" else None


def a_constant(
    name: str, accepts: Callable[[Any], bool], samples: Sequence[float]
) -> ConstantWildcard:
    """Return a wildcard for a scalar constant."""

    def condition(value: Value) -> bool:
        number = constant_value(value)
        return number is not None and accepts(number)

    return ConstantWildcard(name, condition, tuple(samples))


def _are_of(kinds: str, bindings: Bindings) -> bool:
    """Return whether a rule holds for complex operands, where there are any.

    The node itself may be of floats all the same: the absolute value of a complex number is one.
    """
    return "c" in kinds or all(value.dtype.kind != "c" for value in bindings.values())


def rewrite(
    left: Pattern,
    right: Pattern | float,
    claim: Claim = "exact",
    phase: Phase = "canonicalize",
    kinds: str = "f",
    ndim: int = 1,
    when: Callable[[Bindings, Mapping[AttrWildcard, Any]], bool] | None = None,
    name: str | None = None,
    single_use: bool = False,
) -> Rule:
    """Register the rule that replaces what matches `left` by `right`.

    Args:
        left: An op applied to patterns.
        right: Uses the wildcards of `left`; or a number, for all elements.
        claim: How `right` relates to `left` in floating point.
        phase: When the rule starts to apply.
        kinds: Kinds of dtypes it applies to; float only unless said.
        ndim: Number of axes of the operands that the test uses; attribute wildcards named `axes`
            are the last of them.
        when: A further condition on what the wildcards stand for.
        name: Text for people, where the patterns are too long for it.
        single_use: Whether the operands of `left` must have no other use, since the rule would
            not make them superfluous otherwise.
    """
    assert isinstance(left, Apply)
    order = wildcards_in_order(left)

    def apply(node: Node, context: Context) -> Value | None:
        bindings: Bindings = {}
        attrs: dict[AttrWildcard, Any] = {}
        found = matches(left, node.results[0], bindings, attrs)
        if not found or not _are_of(kinds, bindings):
            return None
        if single_use and not all(map(context.single_use, node.operands)):
            return None
        if when is not None and not when(bindings, attrs):
            return None
        dtype = node.operands[-1].dtype
        result = right
        if isinstance(right, Pattern):
            result = instantiate(right, bindings, attrs, dtype)
        if isinstance(result, Value):
            return result
        return constant_of(result, node.results[0].dtype)

    def sample(*operands: Value) -> Value:
        attrs = {AttrWildcard("axes"): (ndim - 1,), AttrWildcard("axes2"): (0,)}
        value: Value = instantiate(left, dict(zip(order, operands, strict=True)), attrs)
        return value

    def operand(wildcard: Wildcard) -> Operand:
        if isinstance(wildcard, ConstantWildcard):
            return wildcard.samples
        return "condition" if kinds == "b" and wildcard.name == "c" else ndim

    operands = tuple(map(operand, order))
    rule = Rule(name or f"{left} -> {right}", left.op, claim, phase, kinds, apply, sample, operands)
    return register(rule)


def procedure(
    op: Op | Kind,
    name: str,
    sample: Sample,
    operands: tuple[Operand, ...] = (1,),
    claim: Claim = "exact",
    phase: Phase = "canonicalize",
    kinds: str = "fiubc",
) -> Callable[[Rewrite], Rewrite]:
    """Register a function as a rule; `sample(*operands)` builds a node that it rewrites."""

    def decorate(apply: Rewrite) -> Rewrite:
        register(Rule(name, op, claim, phase, kinds, apply, sample, operands))
        return apply

    return decorate


def register(rule: Rule) -> Rule:
    """Add a rule to the registry."""
    if any(other.name == rule.name and other.kinds == rule.kinds for other in RULES):
        raise ValueError(f"rule {rule.name!r} is defined twice")
    RULES.append(rule)
    return rule


def wildcards_in_order(pattern: Pattern) -> list[Wildcard]:
    """Return the wildcards of a pattern by name."""
    return sorted(pattern.wildcards(), key=lambda wildcard: wildcard.name)


def ops_of_kind(kind: Kind) -> list[Op]:
    """Return all ops of a kind."""
    return [op for op in all_ops() if op.kind == kind]


@lru_cache(maxsize=64)
def rules_by_op(claims: frozenset[str], phases: tuple[Phase, ...]) -> Mapping[Op, tuple[Rule, ...]]:
    """Return the rules with one of `claims` that apply in `phases`, by the op of their root."""
    found: dict[Op, tuple[Rule, ...]] = {}
    for rule in RULES:
        if rule.claim in claims and rule.phase in phases:
            for op in [rule.op] if isinstance(rule.op, Op) else ops_of_kind(rule.op):
                found[op] = (*found.get(op, ()), rule)
    return found
