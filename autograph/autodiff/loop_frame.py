"""Primal values for the reverse of a loop: restored, recomputed, or popped from tapes.

The reverse loop runs the iterations backwards, so element k of a tape that the forward loop pushes
in iteration k is popped when iteration k is reversed. Arrays that the loop overwrites piecewise
are carried backwards from their last contents, the pieces put back on the way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np

from autograph.autodiff.cuts import Network, smallest_cut, tape_cost, undo_cost
from autograph.autodiff.primal import Compute, Frame, Plan, type_symbols
from autograph.autodiff.versions import first_version, piece_lengths, steps_to
from autograph.ir.graph import Graph, Node, Slice, Value, building
from autograph.ir.op import form_value
from autograph.ir.types import ArrayType, TapeType, Type, scalar
from autograph.ops.control import trip_count
from autograph.ops.structure import get


class Recorder:
    """A forward copy of a scan, to which pushes are added.

    Args:
        node: The copy.
        copies: What stands in it for the values of the scan's body.
        reveal: Makes a value beside the copy visible in the reverse graph around the loop.
    """

    def __init__(
        self, node: Node, copies: Mapping[Value, Value], reveal: Callable[[Value], Value]
    ) -> None:
        self.node = node
        self.copies = copies
        self.reveal = reveal

    def push(self, element: Value) -> Value:
        """Make the loop push a value of its body in each iteration; return the tape."""
        body = self.node.regions[0]
        at = len(body.results) - self.node.attrs["until"]
        body.results.insert(at, element)
        tape = Value(TapeType(element.type), self.node)
        self.node.results = (*self.node.results, tape)
        return self.reveal(tape)


class Loop(Frame):
    """The body of a scan, run backwards by a scan in the reverse graph of `parent`."""

    def __init__(self, parent: Frame, node: Node, plan: Plan) -> None:
        body = node.regions[0]
        super().__init__(body, Graph("body"), plan)
        self.parent = parent
        self.node = node
        self.pops: list[tuple[Value, Value]] = []
        self._exported: dict[Value, Value] = {}
        self._taped: dict[Value, None] = {}
        self._slot: dict[Value, int] = {}
        self._undo_cost: dict[int, int] = {}
        for k in range(node.attrs["carries"]):
            self._find_versions(k)
        self.index_param = Value(scalar(np.int64), None, body.params[0].name)
        self._set_index()
        self.states: dict[int, Value] = {}
        for k in dict.fromkeys(self._slot.values()):
            wanted = body.params[1 + k] in plan.kept and not self._taped_as_a_whole(k)
            if wanted or parent.holds(node.results[k]):
                self.states[k] = Value(parent.type(node.results[k].type))
                self.memo[body.results[k]] = self.states[k]
        self._cheap: set[Value] = set()
        self._find_cheap(body.nodes)

    def _find_versions(self, k: int) -> None:
        """Record the versions of the array in a carry, if it is only overwritten piecewise."""
        first, last = self.region.params[1 + k], self.region.results[k]
        if not isinstance(first.type, ArrayType) or first.type.is_scalar:
            return
        steps = steps_to(last, self.region)
        symbols = (s for length in piece_lengths(steps) for s in length.symbols)
        if first_version(last, steps) is not first or not all(map(self.stable, symbols)):
            return
        self._undo_cost[k] = undo_cost(steps)
        for step in steps:
            self.steps[step.before] = step
        for version in (last, *(step.before for step in steps)):
            self._slot.setdefault(version, k)

    def _taped_as_a_whole(self, k: int) -> bool:
        """Return whether an array is better taped before its one write than restored after it.

        So it is if the write leaves out only a rim: the tape is hardly larger, and what is read
        from the tape need not be put back first. What a chunk starts from is always taped.
        """
        first, last = self.region.params[1 + k], self.region.results[k]
        if not self.plan.chunks.isdisjoint(self.region.nodes):
            return self.tapeable(first.type)
        step = self.steps.get(first)
        if step is None or not step.is_write or step.after is not last or first in self.plan.undone:
            return False
        items = step.node.attrs["index"]
        return self.tapeable(first.type) and all(
            isinstance(item, Slice) and item.step == 1 and (dim - item.length).constant is not None
            for item, dim in zip(items, first.dims, strict=True)
        )

    def _set_index(self) -> None:
        """Define what stands for the loop's index: it runs against the forward direction."""
        index = self.region.params[0]
        length, trips = self.node.attrs["length"], trip_count(self.node)
        self.memo[index] = self.index_param
        if self.node.attrs["reverse"] and trips != length:
            form = self.parent.form(length - trips) + self.index_param
            with building(self.reverse):
                self.memo[index] = form_value(form)

    # ------------------------------------------------------------ the forward copy

    @cached_property
    def _recorder(self) -> Recorder:
        """The copy of the loop that runs anyway: in the forward program, or cloned by an arm."""
        if self.parent.runs_forward and self.node not in self.plan.chunks:
            copy = self.parent.copies[self.node.results[0]].node
            assert copy is not None
            return Recorder(copy, self.parent.copies, self.parent.export)
        return self._clone_recorder

    @cached_property
    def _clone_recorder(self) -> Recorder:
        """A copy of the loop that runs again in the reverse graph of the parent."""
        if self.node not in self.parent.clones:
            self.parent.clone(self.node)
        copies = self.parent.clones[self.node]
        copy = copies[self.node.results[0]].node
        assert copy is not None
        return Recorder(copy, copies, lambda tape: tape)

    @property
    def copies(self) -> Mapping[Value, Value]:
        """What stands for the body's values in the forward copy."""
        return self._recorder.copies

    def forward_copy(self) -> Graph:
        """Return the copy of the body that runs forward."""
        return self._recorder.node.regions[0]

    def export(self, copy: Value) -> Value:
        """Return the popped element for a value of the forward copy of the body."""
        return self._pop(copy, self._recorder)

    def _pop(self, copy: Value, recorder: Recorder) -> Value:
        if copy not in self._exported:
            tape = recorder.push(copy)
            self.plan.recorded[self.node] = recorder.node
            assert isinstance(tape.type, TapeType)
            self._exported[copy] = Value(tape.type.element, None, copy.name)
            self.pops.append((tape, self._exported[copy]))
        return self._exported[copy]

    def _tape(self, value: Value) -> Value:
        """Put a value on a tape; the tape of a ragged nest is made by running the loop again."""
        recorder = self._recorder_of(value.type)
        return self._pop(recorder.copies[value], recorder)

    def _recorder_of(self, type_: Type) -> Recorder:
        """Return the copy of the loop that pushes values of a type."""
        leaves = self.parent.tapeable(TapeType(type_))
        return self._recorder if leaves else self._clone_recorder

    def beside(self, type_: Type, compute: Compute) -> Value:
        """Have the forward loop compute a value that shares work with it, and push it."""
        if not self.tapeable(type_):
            return super().beside(type_, compute)
        recorder = self._recorder_of(type_)
        copies = recorder.copies
        with building(recorder.node.regions[0]):
            value = compute(lambda primal: copies.get(primal, primal))
        return self._pop(value, recorder)

    # ------------------------------------------------------------ scopes

    def tapeable(self, type_: Type) -> bool:
        """Return whether a type has the same dims in all iterations."""
        return not any(s in self.defined for s in type_symbols(type_))

    def sees(self, symbol: Value) -> bool:
        """Return whether a symbol is defined in the body or around it."""
        return symbol in self.defined or self.parent.sees(symbol)

    def stable(self, symbol: Value) -> bool:
        """Return whether a symbol is the same in all iterations of loops on tape."""
        return symbol not in self.defined and self.parent.stable(symbol)

    def holds(self, value: Value) -> bool:
        """Return whether a value is a version of an array whose writes are undone."""
        return self._slot.get(value) in self.states

    # ------------------------------------------------------------ demands

    def demand(self, value: Value) -> Value:
        """Return what stands for a value of the body, or around it, in the reverse body."""
        if value in self.memo:
            return self.memo[value]
        if value not in self.defined:
            return self.parent.demand(value)
        if value.node in self.plan.chunks:
            self.clone(value.node)
        elif value in self._slot:
            self._demand_version(value)
        elif self.stored(value):
            pass
        elif self.to_rerun(value):
            self.recompute(value)
        else:
            self._demand_tape(value)
        return self.memo[value]

    def _demand_version(self, version: Value) -> None:
        if not self.holds(version):
            first = self.anchor(version)
            self.plan.kept.setdefault(first)
            if version is not first:
                self.plan.undone.add(first)
        elif self.restore(version):
            return
        self.memo[version] = self._tape(version)

    def _demand_tape(self, value: Value) -> None:
        self._keep_outer_array(value)
        self.memo[value] = self._tape(value)
        self._taped.setdefault(value)
        self._find_cheap(self._users.get(value, ()))

    def _find_cheap(self, nodes: Iterable[Node]) -> None:
        """Find out which results of nodes now can be recomputed cheaply, and what follows."""
        pending = deque(nodes)
        while pending:
            node = pending.popleft()
            if not node.op.cheap or node.result in self._cheap:
                continue
            if all(self.available(v) for v in self.plan.inputs(node)):
                self._cheap.add(node.result)
                pending += self._users.get(node.result, ())

    @cached_property
    def _users(self) -> dict[Value, list[Node]]:
        """The nodes of the body that need each value."""
        found: dict[Value, list[Node]] = {}
        for node in self.region.nodes:
            for value in self.plan.inputs(node):
                found.setdefault(value, []).append(node)
        return found

    def _keep_outer_array(self, value: Value) -> None:
        """Note that a loop around this one had better keep the array that a value is read from."""
        node = value.node
        if node is None or node.op is not get or node.operands[0] in self.defined:
            return
        array = node.operands[0]
        home = self.home(array)
        if isinstance(home, Loop) and not home.available(array):
            self.plan.kept.setdefault(home.anchor(array))

    def anchor(self, value: Value) -> Value:
        """Return the first version of the array that a value is a version of, else itself."""
        slot = self._slot.get(value)
        return value if slot is None else self.region.params[1 + slot]

    def learn(self) -> None:
        """Plan to keep what all that has been taped can be recomputed from, if that is less."""
        network = Network()
        pending = [v for v in self._taped if v not in self.plan.kept]
        network.demanded.update(dict.fromkeys(map(self.anchor, pending)))
        while pending:
            value = pending.pop()
            if value in network.costs:
                continue
            if value in self._slot:
                network.costs[value] = self._undo_cost[self._slot[value]]
                network.missing.setdefault(value)
                continue
            network.costs[value] = tape_cost(value.type)
            node = value.node
            if node is None or not node.op.cheap:
                network.missing.setdefault(value)
                continue
            for operand in map(self.anchor, self.plan.inputs(node)):
                if not self._is_given(operand):
                    network.users.setdefault(operand, {}).setdefault(value)
                    pending.append(operand)
        cut = smallest_cut(network)
        if network.cost(cut) < network.cost(network.demanded):
            self.plan.kept.update(dict.fromkeys(cut))

    def _is_given(self, value: Value) -> bool:
        """Return whether a value needs no tape of its own."""
        if value not in self.defined or value is self.region.params[0]:
            return True
        return value in self.plan.kept or self.holds(value)

    def available(self, value: Value) -> bool:
        """Return whether a value can be had without a new tape in a loop that runs longer."""
        if value in self.defined:
            return self.at_hand(value) or value in self._cheap
        small = isinstance(value.type, ArrayType) and value.type.is_scalar
        return small or value in self.plan.kept or self.parent.available(value)

    def at_hand(self, value: Value) -> bool:
        """Return whether a value is known, or restored on demand."""
        return value in self.memo or value in self.plan.kept or self.holds(value)

    def to_rerun(self, value: Value) -> bool:
        """Return whether a value is recomputed: it is cheap, or its dims vary and forbid a tape."""
        if value not in self.defined:
            return False
        return value in self._cheap or not self.tapeable(value.type)

    def home(self, value: Value) -> Frame:
        """Return the frame whose region defines a value."""
        return self if value in self.defined else self.parent.home(value)
