"""Where the reverse program finds primal values.

Rules ask a frame for a value of the region they run backwards through: `frame.demand(value)`. The
frame answers with, in this order: a value it already has, one from around the region, one still
stored in an array it has, a version of an array restored by undoing writes, one recomputed from
cheap ops, and last one from a tape, which it makes the forward loop push. So only what nonlinear
rules ask for is kept, and linear programs keep nothing.

`Entry` serves the top level, whose forward nodes are in the same graph as the reverse ones;
`Loop` (module `loop_frame`) serves the body of a scan, `Arm` (module `arm_frame`) an arm of an
ifelse. A region of the given graph is only read; what runs is a copy, to which pushes are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from autograph.autodiff.versions import Step
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import (
    Copier,
    Graph,
    Index,
    Node,
    Slice,
    Value,
    building,
    captured_values,
    defined_in,
    forms_of_attr,
    map_attr,
)
from autograph.ir.op import constant_of
from autograph.ir.types import ArrayType, Type, type_forms
from autograph.ops.structure import broadcast, get, set_

Compute = Callable[[Callable[[Value], Value]], Value]
"""Emits a value, given what returns the value that stands for another one there."""


class Plan(Struct, dict=True):
    """What one attempt at a reverse program knows, and what it learns for the next one.

    Attributes:
        active: Values that vary with the inputs and matter to the loss.
        chunks: Loops through a part of a longer loop, which are run again to be reversed; the
            loops around them tape what each of them starts from.
        kept: Arrays to be available as a whole in the reverse of the loop that owns them: first
            versions of carried arrays, restored by undoing writes, and others, taped.
        undone: Those of which later versions are wanted too: they are always restored.
        padding: What one arm of a forward branch returns where only the other has a value.
        rerun: Nodes that run again in the reverse.
        recorded: For each loop that pushes something for its reverse, the copy that does.
    """

    active: set[Value]
    chunks: set[Node] = field(default_factory=set)
    kept: dict[Value, None] = field(default_factory=dict)
    undone: set[Value] = field(default_factory=set)
    padding: set[Value] = field(default_factory=set)
    rerun: dict[Node, None] = field(default_factory=dict)
    recorded: dict[Node, Node] = field(default_factory=dict)
    _inputs: dict[Node, dict[Value, None]] = field(default_factory=dict)

    def inputs(self, node: Node) -> dict[Value, None]:
        """Return, in order, all values a copy of a node of the given graph needs."""
        if node not in self._inputs:
            self._inputs[node] = inputs_of(node)
        return self._inputs[node]


def type_symbols(type_: Type) -> Iterable[Value]:
    """Yield the symbols in the dims of a type."""
    for form in type_forms(type_):
        yield from form.symbols


def inputs_of(node: Node) -> dict[Value, None]:
    """Return, in order, all values a copy of a node needs: uses, captures, dims of carries."""
    found = dict(captured_values(node))
    inside: set[Value] = set()
    types: list[Type] = []
    pending = list(node.regions)
    while pending:
        region = pending.pop()
        inside |= defined_in(region)
        types += [p.type for p in region.params]
        pending += [r for inner in region.nodes for r in inner.regions]
    for type_ in types:
        for symbol in type_symbols(type_):
            if symbol not in inside:
                found.setdefault(symbol)
    return found


def zeros(type_: ArrayType) -> Value:
    """Emit an array (or scalar) of zeros."""
    zero = constant_of(0, type_.dtype)
    if type_.is_scalar:
        return zero
    result: Value = broadcast(zero, dims=type_.dims, axes=())
    return result


def _writes_whole_value(write: Node) -> bool:
    """Return whether a write stores a float value without repeating it."""
    value = write.operands[1]
    lengths = tuple(item.length for item in write.attrs["index"] if isinstance(item, Slice))
    return value.dtype.kind in "fc" and value.dims == lengths


class Frame:
    """Provides the primal values of one region to the reverse of that region.

    Args:
        region: The region of the given graph.
        reverse: The graph that its reverse is built in.
        plan: Shared by all frames of an attempt.

    Attributes:
        runs_forward: Whether the forward copy of the region runs outside the reverse of it.
    """

    runs_forward = True

    def __init__(self, region: Graph, reverse: Graph, plan: Plan) -> None:
        self.region = region
        self.reverse = reverse
        self.plan = plan
        self.memo: dict[Value, Value] = {}
        self.defined = defined_in(region)
        self.clones: dict[Node, Mapping[Value, Value]] = {}
        self.steps: dict[Value, Step] = {}
        self._undoing: list[Step] = []
        self._writes = {
            node.operands[1]: node
            for node in region.nodes
            if node.op is set_ and _writes_whole_value(node)
        }

    # ------------------------------------------------------------ what frames differ in

    @property
    def copies(self) -> Mapping[Value, Value]:
        """What stands for the region's values in the forward copy."""
        raise NotImplementedError

    def demand(self, value: Value) -> Value:
        """Return what stands for a value of the region, or around it, in the reverse graph."""
        raise NotImplementedError

    def available(self, value: Value) -> bool:
        """Return whether a value can be had without a new tape."""
        raise NotImplementedError

    def export(self, copy: Value) -> Value:
        """Return what stands in the reverse graph for a new value of the forward copy."""
        raise NotImplementedError

    def holds(self, value: Value) -> bool:
        """Return whether a value is a version of an array whose writes are undone here."""
        raise NotImplementedError

    def tapeable(self, type_: Type) -> bool:
        """Return whether a tape of this type, made in the region, can leave it."""
        return True

    def sees(self, symbol: Value) -> bool:
        """Return whether a symbol is defined in the region or around it."""
        raise NotImplementedError

    def stable(self, symbol: Value) -> bool:
        """Return whether a symbol is the same in all iterations of loops on tape."""
        return self.sees(symbol)

    def at_hand(self, value: Value) -> bool:
        """Return whether a value is known, or restored on demand."""
        raise NotImplementedError

    def to_rerun(self, value: Value) -> bool:
        """Return whether a value that is not at hand is had by running its node again."""
        raise NotImplementedError

    def home(self, value: Value) -> Frame:
        """Return the frame whose region defines a value."""
        raise NotImplementedError

    # ------------------------------------------------------------ translation

    def form(self, form: Affine) -> Affine:
        """Return a form over the symbols of the reverse graph."""
        symbols: dict[Value, AffineLike] = {s: self.demand(s) for s in form.symbols}
        return form.substitute(symbols)

    def index(self, index: Index) -> Index:
        """Return an index over the symbols of the reverse graph."""
        found: Index = map_attr(index, self.form)
        return found

    def dims(self, value: Value) -> tuple[Affine, ...]:
        """Return the dims of a value over the symbols of the reverse graph."""
        return tuple(map(self.form, value.dims))

    def type(self, type_: Type) -> Type:
        """Return a type over the symbols of the reverse graph."""
        symbols: dict[Value, AffineLike] = {s: self.demand(s) for s in type_symbols(type_)}
        return type_.substitute(symbols)

    def zeros(self, value: Value) -> Value:
        """Emit zeros of the type of a value."""
        type_ = self.type(value.type)
        assert isinstance(type_, ArrayType)
        return zeros(type_)

    # ------------------------------------------------------------ providing

    def clone(self, node: Node) -> None:
        """Run a node of the region again in the reverse graph."""
        copier = Copier({v: self.demand(v) for v in self.plan.inputs(node)})
        with building(self.reverse):
            copier.node(node)
        self.plan.rerun.setdefault(node)
        for result in node.results:
            self.memo.setdefault(result, copier.mapping[result])
        self.clones[node] = copier.mapping

    def beside(self, type_: Type, compute: Compute) -> Value:
        """Return what stands for a value that the forward program can compute along with a node.

        Args:
            type_: Its type, over symbols of the region.
            compute: Emits the value, given what stands for values of the region.
        """
        with building(self.reverse):
            return compute(self.demand)

    def recompute(self, value: Value) -> None:
        """Run again the nodes that lead to a value, as far back as must be or is cheap."""
        for node in self._nodes_to(value):
            self.clone(node)

    def _nodes_to(self, value: Value) -> list[Node]:
        """Return, in order, the nodes to run again for a value."""
        wanted: set[Node] = set()
        pending = [value]
        while pending:
            v = pending.pop()
            node = v.node
            if v is value or (not self.at_hand(v) and self.to_rerun(v)):
                assert node is not None
                if node not in wanted:
                    wanted.add(node)
                    pending += self.plan.inputs(node)
        return sorted(wanted, key=self._positions.__getitem__)

    @cached_property
    def _positions(self) -> dict[Node, int]:
        return {node: k for k, node in enumerate(self.region.nodes)}

    def stored(self, value: Value) -> bool:
        """Read a number back from the array it was written to, if that array is at hand.

        Returns:
            Whether the value now is in the memo.
        """
        write = self._writes.get(value)
        if write is None or not self.holds(write.result):
            return False
        array, index = self.demand(write.result), self.index(write.attrs["index"])
        with building(self.reverse):
            self.memo[value] = get(array, index=index)
        return True

    def know(self, value: Value, found: Value) -> None:
        """Take note of what stands for a value in the reverse graph."""
        self.memo.setdefault(value, found)

    # ------------------------------------------------------------ undoing writes

    def restore(self, version: Value) -> bool:
        """Undo writes back to a version of an array.

        Returns:
            Whether the version now is in the memo: loops and branches on the way are undone only
            when their own reverse has run.
        """
        path: list[Step] = []
        while version not in self.memo:
            step = self.steps.get(version)
            if step is None or not step.is_write:
                return False
            path.append(step)
            version = step.after
        for step in reversed(path):
            index = self._place_of(step)
            if step.before not in self.memo:
                old = self._overwritten(step)
                with building(self.reverse):
                    self.memo[step.before] = set_(self.memo[step.after], old, index=index)
        return True

    def _place_of(self, step: Step) -> Index:
        """Return the index of a write to undo.

        Where it is computed from what this write has overwritten, the forward program saves it.
        """
        index: Index = step.node.attrs["index"]
        if step in self._undoing:
            for symbol in (s for form in forms_of_attr(index) for s in form.symbols):
                if symbol in self.defined and symbol not in self.memo:
                    self.memo[symbol] = self.export(self.copies[symbol])
        self._undoing.append(step)
        found = self.index(index)
        self._undoing.pop()
        return found

    def _overwritten(self, step: Step) -> Value:
        """Return the piece that a write overwrote, saved by the forward program before it."""
        write = self.copies[step.after].node
        assert write is not None
        saved = Graph()
        with building(saved):
            piece = get(write.operands[0], index=write.attrs["index"])
        forward = self.forward_copy()
        at = forward.nodes.index(write)
        forward.nodes[at:at] = saved.nodes
        return self.export(piece)

    def forward_copy(self) -> Graph:
        """Return the copy of the region that runs forward."""
        raise NotImplementedError


class Entry(Frame):
    """The top level of what is differentiated: forward and reverse are in the same graph."""

    def __init__(self, region: Graph, reverse: Graph, plan: Plan, copies: Mapping[Value, Value]):
        super().__init__(region, reverse, plan)
        self._copies = copies
        self._inside = {
            v for node in region.walk() for inner in node.regions for v in defined_in(inner)
        }

    @property
    def copies(self) -> Mapping[Value, Value]:
        """What stands for the graph's values in the copy."""
        return self._copies

    def demand(self, value: Value) -> Value:
        """Return the value's copy."""
        return self._copies.get(value, value)

    def available(self, value: Value) -> bool:
        """Return True."""
        return True

    def home(self, value: Value) -> Frame:
        """Return this frame."""
        return self

    def to_rerun(self, value: Value) -> bool:
        """Return False: the forward program is in the same graph."""
        return False

    def export(self, copy: Value) -> Value:
        """Return the value itself."""
        return copy

    def holds(self, value: Value) -> bool:
        """Return False: nothing needs to be undone."""
        return False

    def sees(self, symbol: Value) -> bool:
        """Return whether the symbol is defined at the top level, or around it."""
        return symbol not in self._inside

    def forward_copy(self) -> Graph:
        """Return the graph itself."""
        return self.reverse
