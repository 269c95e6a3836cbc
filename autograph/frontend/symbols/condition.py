"""Conditions: truth values that are known now, or when the program runs, and then only on demand.

Branches, completion codes and alternatives of a value are all told apart by conditions. Nothing is
emitted for one that is never asked for its value, so bookkeeping that nobody needs leaves no trace
in the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.symbolic import Number, constant, value_of_form
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops.elementwise import greater, logical_and, logical_not


class AllOf(Struct, frozen=True):
    """The atom that is true where all of several conditions hold."""

    conditions: tuple[Condition, ...]


Atom = Value | Affine | AllOf
"""A bool scalar; a form, which stands for `form > 0`; or a conjunction."""


class Condition(Struct, frozen=True):
    """Whether an atom is true, or false if negated.

    Attributes:
        atom: What is true or false when the program runs; None: true.
        negated: Whether the condition holds where the atom is false.
        if_true: What else holds where this does.
        if_false: What else holds where this does not.
    """

    atom: Atom | None
    negated: bool = False
    if_true: tuple[Condition, ...] = ()
    if_false: tuple[Condition, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.atom, self.negated)

    @property
    def known(self) -> bool | None:
        """The truth of the condition in the region being traced, if it is known."""
        truth = _truth(self.atom)
        return truth if truth is None else truth != self.negated

    def __invert__(self) -> Condition:
        return Condition(self.atom, not self.negated, self.if_false, self.if_true)

    def value(self) -> Value:
        """Emit the value, a bool scalar."""
        known = self.known
        if known is not None:
            return constant(known, np.bool_)
        assert self.atom is not None
        if isinstance(self.atom, Affine):
            return _emit_positive(1 - self.atom if self.negated else self.atom)
        value = self.atom if isinstance(self.atom, Value) else _emit_all(self.atom)
        return _emit_not(value) if self.negated else value

    def number(self) -> bool | Number:
        """Return the condition as a Python bool."""
        known = self.known
        if known is not None:
            return known
        value = self.value()
        current_tracer().facts.meanings.setdefault(value, self)
        return Number(bool, value)

    def consequences(self) -> Iterator[tuple[Atom, bool]]:
        """Yield the atoms that are decided where this condition holds."""
        if self.atom is not None:
            yield self.atom, not self.negated
        if isinstance(self.atom, AllOf) and not self.negated:
            for part in self.atom.conditions:
                yield from part.consequences()
        for other in self.if_true:
            yield from other.consequences()

    def symbols(self) -> Iterator[Value]:
        """Yield the values that the condition depends on."""
        if isinstance(self.atom, Value):
            yield self.atom
        elif isinstance(self.atom, Affine):
            yield from self.atom.symbols
        elif self.atom is not None:
            for part in self.atom.conditions:
                yield from part.symbols()


TRUE, FALSE = Condition(None), Condition(None, negated=True)


def meaning(value: Value) -> Condition:
    """Return the condition that a bool scalar is the value of."""
    found = current_tracer().facts.meanings.get(value)
    return found if isinstance(found, Condition) else Condition(value)


def known_condition(truth: bool) -> Condition:
    """Return the condition that always, or never, holds."""
    return TRUE if truth else FALSE


def positive(form: Affine) -> Condition:
    """Return the condition `form > 0`."""
    return Condition(form)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that all of several hold."""
    unknown: list[Condition] = []
    for condition in conditions:
        known = condition.known
        if known is False or ~condition in unknown:
            return FALSE
        if known is None and condition not in unknown:
            unknown.append(condition)
    if len(unknown) <= 1:
        return unknown[0] if unknown else TRUE
    return Condition(AllOf(tuple(unknown)))


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that at least one of several holds."""
    return ~all_of(~c for c in conditions)


def exclude(a: Condition, b: Condition) -> bool:
    """Return whether two conditions are seen never to hold together."""
    decided = dict(a.consequences())
    return False in (a.known, b.known) or any(
        decided.get(atom, truth) != truth for atom, truth in b.consequences()
    )


def assumed(condition: Condition) -> bool | None:
    """Return the truth of a condition, if it is known or a guard on the arguments can settle it.

    A loop that runs at least once for the arguments of this trace is taken to do so always.
    """
    known = condition.known
    if known is not None or condition.atom is None or isinstance(condition.atom, Value):
        return known
    if isinstance(condition.atom, Affine):
        runs = current_tracer().facts.assume_nonnegative(condition.atom - 1)
        return not condition.negated if runs else None
    parts = [assumed(part) for part in condition.atom.conditions]
    if False in parts:
        return condition.negated
    return None if None in parts else not condition.negated


def _truth(atom: Atom | None) -> bool | None:
    if atom is None:
        return True
    truth = current_tracer().truth_of(atom)
    if truth is None and isinstance(atom, Affine):
        facts = current_tracer().facts
        return True if facts.positive(atom) else False if facts.nonnegative(-atom) else None
    if truth is None and isinstance(atom, AllOf):
        parts = [part.known for part in atom.conditions]
        return False if False in parts else None if None in parts else True
    return truth


def _emit_positive(form: Affine) -> Value:
    facts = current_tracer().facts
    emitted: Value = facts.once(
        ("positive", form), lambda: greater(value_of_form(form), constant(0, np.int64))
    )
    return emitted


def _emit_all(atom: AllOf) -> Value:
    return conjunction([c.value() for c in atom.conditions if c.known is None])


def conjunction(values: Sequence[Value]) -> Value:
    """Emit the conjunction of bool scalars."""
    result = values[0]
    for value in values[1:]:
        result = logical_and(result, value)
    return result


def _emit_not(value: Value) -> Value:
    node = value.node
    if node is not None and node.op is logical_not and node.operands[0].dtype == np.bool_:
        return node.operands[0]
    negation: Value = current_tracer().facts.once(("not", value), lambda: logical_not(value))
    return negation
