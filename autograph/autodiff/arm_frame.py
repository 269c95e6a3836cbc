"""Primal values for the reverse of a branch: run again, inside the same branch.

An arm of the reverse branch starts from what is known around it and runs again what its rules ask
for. Where the branch writes into an array of a loop whose writes are undone, the forward branch
returns the overwritten pieces as further results, zeros from the arm that has no such piece.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograph.autodiff.primal import Frame, Plan
from autograph.autodiff.versions import first_version, steps_to
from autograph.ir.graph import Graph, Node, Value, building
from autograph.ir.op import constant_of
from autograph.ir.types import ArrayType
from autograph.ops.structure import empty


class Arm(Frame):
    """Arm number `which` of an ifelse, run backwards in an arm in the reverse of `parent`."""

    runs_forward = False

    def __init__(self, parent: Frame, node: Node, which: int, plan: Plan) -> None:
        region = node.regions[which]
        super().__init__(region, Graph(region.name), plan)
        self.parent = parent
        self.node = node
        self.which = which
        self._versions: set[Value] = set()
        for result, last in zip(node.results, region.results, strict=True):
            if not parent.holds(result):
                continue
            steps = steps_to(last, region)
            self._versions |= {last, first_version(last, steps), *(s.before for s in steps)}
            self.steps.update((step.before, step) for step in steps)
            self.memo[last] = parent.demand(result)

    @property
    def copies(self) -> Mapping[Value, Value]:
        """What stands for the arm's values in the forward branch."""
        return self.parent.copies

    def _forward_node(self) -> Node:
        copy = self.copies[self.node.results[0]].node
        assert copy is not None
        return copy

    def forward_copy(self) -> Graph:
        """Return the copy of the arm in the forward branch."""
        return self._forward_node().regions[self.which]

    def export(self, copy: Value) -> Value:
        """Make the forward branch return a value of this arm; return what stands for it."""
        branch = self._forward_node()
        mine, other = branch.regions[self.which], branch.regions[1 - self.which]
        for k in range(len(self.node.results), len(branch.results)):
            if mine.results[k] in self.plan.padding and mine.results[k].type == copy.type:
                mine.results[k] = copy
                return self.parent.export(branch.results[k])
        assert isinstance(copy.type, ArrayType)
        with building(other):
            nothing = _blank(copy.type)
        self.plan.padding.add(nothing)
        mine.results.append(copy)
        other.results.append(nothing)
        branch.results = (*branch.results, Value(copy.type, branch))
        return self.parent.export(branch.results[-1])

    def sees(self, symbol: Value) -> bool:
        """Return whether a symbol is defined in the arm or around it."""
        return symbol in self.defined or self.parent.sees(symbol)

    def holds(self, value: Value) -> bool:
        """Return whether a value is a version of an array whose writes are undone."""
        return value in self._versions

    def demand(self, value: Value) -> Value:
        """Return what stands for a value of the arm, or around it, in the reverse arm."""
        if value in self.memo:
            return self.memo[value]
        if value in self._versions and self.restore(value):
            return self.memo[value]
        if value not in self.defined:
            return self.parent.demand(value)
        if not self.stored(value):
            self.recompute(value)
        return self.memo[value]

    def available(self, value: Value) -> bool:
        """Return whether a value can be had without a new tape: all that the arm computes can."""
        return value in self.defined or self.parent.available(value)

    def at_hand(self, value: Value) -> bool:
        """Return whether a value is known, or restored on demand."""
        return value in self.memo or value in self._versions

    def to_rerun(self, value: Value) -> bool:
        """Return whether a value is computed in the arm."""
        return value in self.defined

    def home(self, value: Value) -> Frame:
        """Return the frame whose region defines a value."""
        return self if value in self.defined else self.parent.home(value)


def _blank(type_: ArrayType) -> Value:
    """Emit a value of a type that nothing reads."""
    if type_.is_scalar:
        return constant_of(0, type_.dtype)
    blank: Value = empty(dims=type_.dims, dtype=type_.dtype)
    return blank
