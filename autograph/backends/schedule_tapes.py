"""Tapes: what a loop remembers of each iteration for a loop that runs backwards.

Enters: a scan with pushed values or popped tapes. Leaves: buffers with one leading axis per level
of loops where all trip counts are known beforehand, otherwise flat stacks that grow.
"""

from __future__ import annotations

from functools import partial

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.schedule_stacks import StackTape, new_stack
from autograph.backends.scheduler import Scheduler
from autograph.backends.scope import Scope
from autograph.backends.storage import FixedTape, Scalar, View
from autograph.errors import UnsupportedError
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, symbol
from autograph.ir.types import ArrayType, TapeType, Type
from autograph.ops.control import pushed_values, tape_results


class Tapes:
    """The tapes that one scan pushes on and pops from."""

    def __init__(self, s: Scheduler, node: Node) -> None:
        self.s, self.node, self.body = s, node, node.regions[0]
        count = node.attrs["carries"]
        self.pushed = list(zip(pushed_values(node), tape_results(node), strict=True))
        self.popped = list(zip(node.operands[count:], self.body.params[1 + count :], strict=True))
        self.scalars: list[tuple[Value, Value]] = []
        self.cursors: dict[Value, StackTape] = {}

    # ------------------------------------------------------------ before and after the loop

    def prepare(self) -> None:
        """Make room for what the loop pushes, before the loop."""
        s = self.s
        for value, tape in self.pushed:
            if tape in s.storages or s.scope.last_use(tape) < 0:
                continue
            lengths = known_lengths(s, self.node, value)
            element = innermost(tape.type)
            if lengths is None:
                s.storages[tape] = new_stack(s, tape.type, element.dtype)
                continue
            dims = (*lengths, *element.dims)
            buffer = s.allocate(dims, element.dtype, "tape")
            s.storages[tape] = FixedTape(buffer, (), lengths)
        for tape, _ in self.popped:
            storage = s.storages[tape]
            if isinstance(storage, StackTape):
                self.cursors[tape] = storage.cursor(s)

    # ------------------------------------------------------------ in the body

    def enter(self, scope: Scope) -> None:
        """Bind popped elements, and see to it that pushed arrays are stored once they exist."""
        for tape, param in self.popped:
            storage = self.s.storages[tape]
            if isinstance(storage, FixedTape):
                self._pop_fixed(storage, param)
            else:
                self.cursors[tape].pop(self.s, param)
        inside = {v for node in self.body.nodes for v in node.results}
        for value, tape in self.pushed:
            if tape not in self.s.storages:
                continue
            if isinstance(value.type, ArrayType) and not value.ndim:
                self.scalars.append((value, tape))  # pushed last: its use is that of a result
                continue
            scope.forget_result(value)
            if value in inside:
                self._before_array(value, tape)
                scope.after.setdefault(value, []).append(partial(self._push_array, value, tape))
            elif isinstance(value.type, TapeType):
                raise UnsupportedError("a tape made outside a loop is kept on a tape of the loop")
            else:
                self._push_array(value, tape)

    def leave(self) -> None:
        """Push the scalars of an iteration, before the carries change."""
        for value, tape in self.scalars:
            storage, s = self.s.storages[tape], self.s
            expr = s.scalar(value)
            if isinstance(storage, FixedTape):
                s.add(lp.Store(storage.buffer, (*storage.prefix, self.position()), expr))
            else:
                assert isinstance(storage, StackTape)
                storage.push_scalar(s, expr)

    def position(self) -> Affine:
        """Return the number of elements pushed before the current iteration's."""
        index = Affine.of(self.body.params[0])
        length = self.node.attrs["length"]
        return length - 1 - index if self.node.attrs["reverse"] else index

    # ------------------------------------------------------------ arrays and inner tapes

    def _before_array(self, value: Value, tape: Value) -> None:
        """Give an inner tape its place before the inner loop pushes on it."""
        if not isinstance(value.type, TapeType):
            return
        storage = self.s.storages[tape]
        if isinstance(storage, FixedTape):
            prefix = (*storage.prefix, self.position())
            self.s.storages[value] = FixedTape(storage.buffer, prefix, storage.lengths[1:])
        else:
            assert isinstance(storage, StackTape)
            self.s.storages[value] = storage.begin_inner(self.s)

    def _push_array(self, value: Value, tape: Value) -> None:
        s, storage = self.s, self.s.storages[tape]
        if isinstance(value.type, TapeType):
            if isinstance(storage, StackTape):
                storage.end_inner(s)
            return
        if isinstance(storage, StackTape):
            storage.push_array(s, value)
            return
        assert isinstance(storage, FixedTape)
        axes = tuple(symbol() for _ in value.dims)
        at = (*storage.prefix, self.position())
        slot = View(storage.buffer, axes, (*at, *map(Affine.of, axes)))
        indices = s.indices(value.ndim)
        point = tuple(Affine.of(i) for i in indices)
        nest = lp.Nest(indices, (Affine(0),) * value.ndim, value.dims, [], site=self.node.site)
        block = Block(s.storages, s.times, nest.body)
        nest.body.append(lp.Store(storage.buffer, slot.at(point), block.element(value, point)))
        s.add(nest)
        if s.whole(value) is None:
            s.storages[value] = slot

    def _pop_fixed(self, tape: FixedTape, param: Value) -> None:
        s = self.s
        index, length = Affine.of(self.body.params[0]), self.node.attrs["length"]
        trip = length - 1 - index if self.node.attrs["reverse"] else index
        at = (*tape.prefix, tape.lengths[0] - 1 - trip)
        if isinstance(param.type, TapeType):
            s.storages[param] = FixedTape(tape.buffer, at, tape.lengths[1:])
        elif param.ndim:
            axes = tuple(symbol() for _ in param.dims)
            s.storages[param] = View(tape.buffer, axes, (*at, *map(Affine.of, axes)))
        else:
            s.depths[param] = s.scope.depth
            s.add(lp.Let(param, lp.Load(tape.buffer, at)))
            s.storages[param] = Scalar(lp.Read(param))


def innermost(type_: Type) -> ArrayType:
    """Return the type of a tape's elements, through all levels."""
    return type_ if isinstance(type_, ArrayType) else innermost(type_.element)


def known_lengths(s: Scheduler, node: Node, pushed: Value) -> tuple[Affine, ...] | None:
    """Return the trip counts of all levels of a tape if they and the dims are known here."""
    lengths: list[Affine] = []
    value, body = pushed, node.regions[0]
    while True:
        length = node.attrs["length"]
        if length is None or node.attrs["until"] or len(node.regions) > 1:
            return None
        lengths.append(length)
        if isinstance(value.type, ArrayType):
            break
        inner = _maker(body, value)
        if inner is None or inner.op.name != "scan":
            return None
        value = pushed_values(inner)[tape_results(inner).index(value)]
        node, body = inner, inner.regions[0]
    forms = [*lengths, *innermost(pushed.type).dims]
    return tuple(lengths) if all(map(s.known_here, forms)) else None


def _maker(graph: Graph, value: Value) -> Node | None:
    return next((node for node in graph.nodes if value in node.results), None)
