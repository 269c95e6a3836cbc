"""The state of scheduling, and what all lowerings share: storage, allocation, nests, ownership.

Enters: nodes of a prepared graph, one region after the other. Leaves: statements in scopes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.dependence import in_place_order
from autograph.backends.scope import Scope
from autograph.backends.storage import (
    FixedTape,
    Scalar,
    StackStorage,
    Storage,
    View,
    is_lazy,
)
from autograph.backends.virtual import Consumers
from autograph.errors import InternalError, Site
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, has_effects, symbol
from autograph.ir.types import DType, scalar

INDEX_NAMES = "ijkl"


class Scheduler:
    """Turns nodes into statements; lowerings of op families are functions over it.

    Args:
        ordered: Whether nests may rely on the order of their iterations.
        entry: The entry graph.
        lowerings: Per op name, the function that schedules a node; under `routine` that of all
            routine ops.
    """

    def __init__(
        self,
        entry: Graph,
        lowerings: dict[str, Callable[[Scheduler, Node], None]],
        ordered: bool,
    ) -> None:
        self.ordered = ordered
        self.lowerings = lowerings
        self.storages: dict[Value, Storage] = {}
        self.times: Counter[Value] = Counter()
        self._count_uses(entry)
        self.notes: list[lp.Note] = []
        self.routines: list[lp.LoopFunction] = []
        self.site: Site | None = None
        self.entry_scope = self.scope = Scope(entry)
        self.consumers = Consumers(self.scope, self.storages)
        self.prologue: list[lp.Stmt] = []
        symbols = [*entry.dim_symbols(), *(p for p in entry.params if not p.ndim)]
        self.depths: dict[Value, int] = dict.fromkeys(symbols, -1)

    def _count_uses(self, graph: Graph) -> None:
        for node in graph.nodes:
            self.times.update(node.operands)
            for region in node.regions:
                self._count_uses(region)
        self.times.update(graph.results)

    # ------------------------------------------------------------ regions

    @contextmanager
    def region(self, graph: Graph, loop: bool) -> Iterator[Scope]:
        """Schedule inside a region; storage that outer values get inside ends with it."""
        outer, consumers, known = self.scope, self.consumers, dict(self.storages)
        scope = self.scope = Scope(graph, outer, loop=loop)
        self.consumers = Consumers(scope, self.storages)
        yield scope
        self.scope, self.consumers = outer, consumers
        self.storages.clear()
        self.storages.update(known)

    def run(self, scope: Scope) -> None:
        """Schedule the nodes of the scope, which is the current one."""
        for position, node in enumerate(scope.graph.nodes):
            scope.position = position
            scope.recent.clear()
            self.node(node)
            for value in node.results:
                for push in scope.after.get(value, ()):
                    push()
        scope.position = len(scope.graph.nodes)

    def node(self, node: Node) -> None:
        """Schedule one node."""
        if not any(self.scope.is_used(v) for v in node.results) and not has_effects(node):
            return
        self.site = node.site
        lowering = self.lowerings.get(node.op.name)
        if lowering is not None:
            lowering(self, node)
        elif is_lazy(node):
            self.lazy(node)
        elif node.op.kind == "routine":
            self.lowerings["routine"](self, node)
        else:
            raise InternalError(f"no lowering for {node.op.name}", node.site)
        for value in node.results:
            if value not in self.storages and self.scope.is_used(value) and not is_lazy(node):
                raise InternalError(f"{value!r} was not scheduled", node.site)

    def lazy(self, node: Node) -> None:
        """Schedule a node whose elements can be computed one by one where they are needed."""
        value = node.result
        if not value.ndim:
            self.let(value, self.block().scalar(value))
            return
        source = self.storages.get(node.operands[0]) if node.operands else None
        if len(node.operands) == 1 and isinstance(source, View) and _moves_elements(node):
            self.storages[value] = source.through(node)
        elif value not in self.scope.after and not self.consumers.keep_virtual(node):
            self.define(value)

    # ------------------------------------------------------------ statements

    def add(self, statement: lp.Stmt) -> None:
        """Append a statement to the current scope."""
        self.scope.statements.append(statement)

    def block(self) -> Block:
        """Return a block that appends to the current scope; good for one node only."""
        return Block(self.storages, self.times, self.scope.statements)

    def note(self, text: str) -> None:
        """Record a decision about the node being scheduled."""
        self.notes.append(lp.Note(self.site, text))

    def let(self, value: Value, expr: lp.Expr) -> None:
        """Define a scalar value."""
        if value.node is not None and value.node.op.name in ("constant", "affine"):
            self.storages[value] = Scalar(expr)
        else:
            self.bind(value, expr)

    def bind(self, value: Value, expr: lp.Expr) -> None:
        """Define a scalar as a variable of its own."""
        self.depths[value] = self.scope.depth
        self.add(lp.Let(value, expr))
        self.storages[value] = Scalar(lp.Read(value))

    def assign(self, value: Value, expr: lp.Expr) -> None:
        """Give a variable a content that later statements may change."""
        self.depths.setdefault(value, self.scope.depth)
        self.add(lp.Assign(value, expr))

    def known_here(self, form: Affine) -> bool:
        """Return whether the symbols of a form are variables defined in or around the scope."""
        return all(symbol in self.depths for symbol in form.symbols)

    def scalar(self, value: Value) -> lp.Expr:
        """Return the expression of a scalar value."""
        return self.block().scalar(value)

    def variable(self, dtype: DType | type, name: str | None = None) -> Value:
        """Return a new scalar variable."""
        return Value(scalar(dtype), None, name)

    def indices(self, count: int, start: int = 0) -> tuple[Value, ...]:
        """Return new loop indices."""
        return tuple(symbol(INDEX_NAMES[min(start + k, 3)]) for k in range(count))

    # ------------------------------------------------------------ buffers

    def allocate(self, dims: lp.Point, dtype: DType, name: str, zero: bool = False) -> lp.Buffer:
        """Return a buffer that the current scope owns, as far out as its dims are known."""
        if not zero:
            free = self._reusable(dims, dtype)
            if free is not None:
                self.scope.recent.add(free)
                return free
        buffer = lp.Buffer(name, dtype, dims)
        symbols = [s for d in dims for s in d.symbols]
        self._place(lp.Alloc(buffer, zero), symbols, here=zero)
        self.scope.owned.add(buffer)
        self.scope.allocated.append(buffer)
        self.scope.recent.add(buffer)
        return buffer

    def _place(self, statement: lp.Stmt, symbols: Iterable[Value], here: bool = False) -> None:
        """Put a statement at the outermost place where the symbols are defined."""
        depth = max((self.depths[s] for s in symbols), default=-1)
        if here or depth == self.scope.depth:
            self.add(statement)
        elif depth < 0:
            self.prologue.append(statement)
        else:
            scope = self.scope
            while scope.depth > depth + 1 and scope.parent is not None:
                scope = scope.parent
            scope.before.append(statement)

    def _reusable(self, dims: lp.Point, dtype: DType) -> lp.Buffer | None:
        scope = self.scope
        fitting = [
            b
            for b in scope.allocated
            if b.dims == dims and b.dtype == dtype and b in scope.owned - scope.pinned
        ]
        if not fitting:
            return None
        busy = {*scope.destinations.values(), *scope.recent}
        busy |= self.buffers_read(*(v for v in scope.uses if scope.last_use(v) >= scope.position))
        return next((b for b in fitting if b not in busy), None)

    def buffers_read(self, *values: Value) -> set[lp.Buffer]:
        """Return the buffers that reading values reads, through lazy values too."""
        found: set[lp.Buffer] = set()
        seen, pending = set(values), list(values)
        while pending:
            v = pending.pop()
            storage = self.storages.get(v)
            if isinstance(storage, View | FixedTape):
                found.add(storage.buffer)
            elif isinstance(storage, StackStorage):
                found.update(storage.buffers)
            elif storage is None and v.node is not None and is_lazy(v.node):
                pending += [x for x in v.node.operands if x not in seen]
                seen.update(v.node.operands)
        return found

    def whole(self, value: Value) -> lp.Buffer | None:
        """Return the buffer that a value fills in order, if it does."""
        storage = self.storages.get(value)
        if not isinstance(storage, View) or not storage.is_whole:
            return None
        if storage.buffer.dims == value.dims:
            return storage.buffer
        same_size = value.node is not None and value.node.op.name == "assume_dims"
        return self.whole(value.node.operands[0]) if same_size and value.node else None

    def stored(self, value: Value) -> lp.Buffer:
        """Return a buffer that a value fills in order, storing it if necessary."""
        found = self.whole(value)
        if found is None:
            found = self.fresh(value)
            self.storages[value] = View.whole(found)
        return found

    def set_apart(self, value: Value, buffer: lp.Buffer) -> None:
        """Have a value kept elsewhere if it reads a buffer that is about to change."""
        if buffer in self.buffers_read(value):
            self.storages[value] = View.whole(self.fresh(value))

    def fresh(self, value: Value) -> lp.Buffer:
        """Return a new buffer that the current scope owns, filled with a value."""
        node, name = value.node, value.name or "t"
        virtual = value not in self.storages and node is not None
        if virtual and node is not None and node.op.name == "empty":
            return self.allocate(value.dims, value.dtype, name)
        if virtual and node is not None and self.scope is self.entry_scope and _is_zeros(node):
            return self.allocate(value.dims, value.dtype, name, zero=True)
        buffer = self.allocate(value.dims, value.dtype, name)
        self.fill(buffer, value)
        return buffer

    def is_zeros(self, value: Value) -> bool:
        """Return whether a value is an array of zeros."""
        return value.node is not None and _is_zeros(value.node)

    def fill(self, buffer: lp.Buffer, value: Value) -> None:
        """Store every element of a value in a buffer that it does not read."""
        self.add(self.store_nest(buffer, value))

    def store_nest(self, buffer: lp.Buffer, value: Value) -> lp.Nest:
        """Return the nest that stores a value, element for element."""
        indices = self.indices(value.ndim)
        point = tuple(Affine.of(i) for i in indices)
        nest = lp.Nest(indices, (Affine(0),) * value.ndim, value.dims, [], site=self.site)
        block = Block(self.storages, self.times, nest.body)
        nest.body.append(lp.Store(buffer, point, block.element(value, point)))
        return nest

    def define(self, value: Value) -> None:
        """Store a virtual value where it is defined: in its destination if that is free."""
        target = self.scope.destinations.get(value)
        if target is not None and self.release(target):
            nest = self.store_nest(target, value)
            order = in_place_order(nest, target, self.ordered)
            if order is not None:
                nest.reverse, nest.ordered = order
                self.add(nest)
                self.storages[value] = View.whole(target)
                self.note(f"{described(value)} is written in place")
                return
        self.storages[value] = View.whole(self.fresh(value))
        if value.node is not None:
            reason = self.consumers.reason(value.node)
            self.note(f"{described(value)} is kept in an array of its own: {reason}")

    # ------------------------------------------------------------ ownership

    def release(self, buffer: lp.Buffer, sparing: Sequence[Value] = ()) -> bool:
        """Make an owned buffer free to be overwritten, if its content is not needed as such.

        Lazy values over it that are needed later are stored elsewhere first.
        """
        if buffer not in self.scope.owned:
            return False
        readers = [
            v
            for v in self.scope.uses
            if v not in sparing
            and self.scope.needed_later(v)
            and self._defined(v)
            and buffer in self.buffers_read(v)
        ]
        if any(self._fills(v, buffer) for v in readers):
            return False
        for value in readers:
            if buffer in self.buffers_read(value):
                self.note(f"{described(value)} is stored before what it reads is overwritten")
                self.storages[value] = View.whole(self.fresh(value))
        return True

    def _fills(self, value: Value, buffer: lp.Buffer) -> bool:
        storage = self.storages.get(value)
        return isinstance(storage, View) and storage.is_whole and storage.buffer is buffer

    def _defined(self, value: Value) -> bool:
        """Return whether a value's node has been scheduled."""
        if value in self.storages or value.node is None:
            return True
        nodes = self.scope.graph.nodes
        return value.node not in nodes[self.scope.position :]

    def overwritable(self, value: Value) -> lp.Buffer | None:
        """Return the buffer of an array that may be changed in place; None if it must be kept."""
        if value not in self.storages:
            return self.fresh(value)
        buffer = self.whole(value)
        if buffer is None or self.scope.needed_later(value) or not self.release(buffer):
            return None
        return buffer

    def owned_copy(self, value: Value) -> lp.Buffer:
        """Return a buffer of the scope's own that holds a value and may be changed."""
        return self.overwritable(value) or self.fresh(value)


def described(value: Value) -> str:
    """Return what to call a value in a note."""
    if value.name is not None:
        return f"'{value.name}'"
    return f"the result of {value.node.op.name}" if value.node is not None else "an array"


def _moves_elements(node: Node) -> bool:
    return node.op.kind in ("view", "index")


def _is_zeros(node: Node) -> bool:
    if node.op.name != "broadcast":
        return False
    source = node.operands[0].node
    return source is not None and source.op.name == "constant" and source.attrs["value"] == 0
