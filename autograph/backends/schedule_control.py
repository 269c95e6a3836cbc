"""Lowerings of control: `scan` becomes a sequential loop, `ifelse` a branch.

Enters: a node with regions. Leaves: a loop whose carried scalars are variables and whose carried
arrays stay in buffers that the body owns; branches that leave their results in the same places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.moves import Move, move_arrays
from autograph.backends.prepare import updated_outside
from autograph.backends.schedule_tapes import Tapes
from autograph.backends.scheduler import Scheduler
from autograph.backends.scope import Scope
from autograph.backends.storage import Scalar, View, is_lazy
from autograph.backends.virtual import is_index_map
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, free_values
from autograph.ops.control import has_trip_count


def store_captures(s: Scheduler, node: Node) -> None:
    """Store the virtual arrays that regions read, unless they only move elements about."""
    captured: dict[Value, None] = {}
    for region in node.regions:
        captured.update(free_values(region))
    for value in captured:
        if value not in s.storages and value.ndim and not _only_moves(s, value):
            s.stored(value)


def _only_moves(s: Scheduler, value: Value) -> bool:
    node = value.node
    if value in s.storages:
        return True
    if node is None or not is_lazy(node) or not is_index_map(node):
        return False
    return all(_only_moves(s, v) or not v.ndim for v in node.operands)


# ---------------------------------------------------------------- scan


def lower_scan(s: Scheduler, node: Node) -> None:
    """Schedule a loop."""
    _Scan(s, node).lower()


class _Scan:
    def __init__(self, s: Scheduler, node: Node) -> None:
        self.s, self.node = s, node
        self.body = node.regions[0]
        count = node.attrs["carries"]
        self.inits = node.operands[:count]
        self.params = self.body.params[1 : 1 + count]
        self.nexts = self.body.results[:count]
        self.length: Affine | None = node.attrs["length"]
        self.until = bool(node.attrs["until"])
        self.buffers: dict[Value, lp.Buffer] = {}
        simple = self.length is not None and not self.until and len(node.regions) == 1
        self.trips: Value | None = None
        if has_trip_count(node):
            self.trips = node.results[count]
        elif not simple:
            self.trips = s.variable(np.int64, "trips")

    def lower(self) -> None:
        s, node = self.s, self.node
        store_captures(s, node)
        self.start_carries()
        tapes = Tapes(s, node)
        tapes.prepare()
        if self.trips is not None:
            s.assign(self.trips, lp.Constant(np.int64(0)))
        loop: list[lp.Stmt] = []
        before: list[lp.Stmt] = []
        if len(node.regions) > 1:
            self.condition(node.regions[1], loop, before)
        with s.region(self.body, loop=True) as scope:
            self.enter(scope, tapes)
            s.run(scope)
            tapes.leave()
            self.leave(scope)
            loop += scope.statements
            before += scope.before
        s.site = node.site
        s.scope.statements += before
        s.add(self.loop(loop))
        self.finish()

    def start_carries(self) -> None:
        """Put the first values of the carries where the loop keeps them."""
        s = self.s
        for init, param, following in zip(self.inits, self.params, self.nexts, strict=True):
            if not param.ndim:
                if following is not param:
                    s.add(lp.Assign(param, s.scalar(init)))
            elif following is not param:
                buffer = s.fresh(init) if self.is_shared(init) else s.owned_copy(init)
                self.buffers[param] = buffer
                s.scope.recent.add(buffer)

    def is_shared(self, init: Value) -> bool:
        """Return whether another carry starts from the same memory."""
        buffer = self.s.whole(init)
        others = [v for v in self.inits if v is not init]
        again = self.inits.count(init) > 1
        return again or any(buffer in self.s.buffers_read(v) for v in others if v.ndim)

    def bind(self, params: Sequence[Value], scope: Scope) -> None:
        """Say where the carries are inside a region of the loop."""
        s = self.s
        carries = zip(params, self.params, self.inits, self.nexts, strict=True)
        for value, param, init, following in carries:
            s.depths[value] = scope.depth
            if param in self.buffers:
                s.storages[value] = View.whole(self.buffers[param])
            elif param.ndim:
                s.storages[value] = _view_of(s, init)
            elif value is param and following is not param:
                s.storages[value] = Scalar(lp.Read(param))
            else:  # a variable of its own, because forms may refer to it
                s.bind(value, s.scalar(init) if following is param else lp.Read(param))

    def condition(self, region: Graph, loop: list[lp.Stmt], before: list[lp.Stmt]) -> None:
        """Write the test that leaves the loop before an iteration."""
        s = self.s
        with s.region(region, loop=True) as scope:
            self.bind(region.params, scope)
            s.run(scope)
            test = s.scalar(region.results[0])
            loop += scope.statements
            loop.append(lp.If(test, [], [lp.Break()]))
            before += scope.before

    def enter(self, scope: Scope, tapes: Tapes) -> None:
        """Bind the params of the body."""
        s, index = self.s, self.body.params[0]
        self.bind(self.params, scope)
        scope.owned.update(self.buffers.values())
        for param, following in zip(self.params, self.nexts, strict=True):
            if param in self.buffers and self.nexts.count(following) == 1:
                scope.destinations[following] = self.buffers[param]
        s.depths[index] = scope.depth
        s.storages[index] = Scalar(lp.Form(Affine.of(index)))
        if self.length is None:
            assert self.trips is not None
            s.add(lp.Let(index, lp.Read(self.trips)))
        tapes.enter(scope)

    def leave(self, scope: Scope) -> None:
        """Move the next values of the carries to where the next iteration finds them."""
        s = self.s
        stop = None
        if self.until:
            stop = s.block().name(s.scalar(self.body.results[-1]), "stop")
        moves = [
            Move(self.buffers[param], following)
            for param, following in zip(self.params, self.nexts, strict=True)
            if param in self.buffers
        ]
        updates = [
            (param, s.scalar(following))
            for param, following in zip(self.params, self.nexts, strict=True)
            if not param.ndim and following is not param
        ]
        move_arrays(s, moves)
        assign_together(s, updates)
        if self.trips is not None:
            s.add(lp.Assign(self.trips, lp.Form(self.trip_of_iteration() + 1)))
        if stop is not None:
            s.add(lp.If(stop, [lp.Break()]))

    def trip_of_iteration(self) -> Affine:
        """Return the number of iterations before the current one."""
        index = Affine.of(self.body.params[0])
        if self.length is not None and self.node.attrs["reverse"]:
            return self.length - 1 - index
        return index

    def loop(self, statements: list[lp.Stmt]) -> lp.Stmt:
        if self.length is None:
            return lp.While(statements, self.node.site)
        index, reverse = self.body.params[0], bool(self.node.attrs["reverse"])
        return lp.For(index, self.length, statements, reverse, self.node.site)

    def finish(self) -> None:
        """Say where the results are."""
        s = self.s
        results = self.node.results[: len(self.params)]
        for result, param, init in zip(results, self.params, self.inits, strict=True):
            if param in self.buffers:
                s.storages[result] = View.whole(self.buffers[param])
            elif init.ndim:
                s.storages[result] = _view_of(s, init)
            elif s.scope.last_use(result) >= 0:
                unchanged = self.nexts[self.params.index(param)] is param
                s.bind(result, s.scalar(init) if unchanged else lp.Read(param))
        if self.trips is not None and self.trips in self.node.results:
            s.depths[self.trips] = s.scope.depth
            s.storages[self.trips] = Scalar(lp.Read(self.trips))


def _view_of(s: Scheduler, value: Value) -> View:
    storage = s.storages.get(value)
    return storage if isinstance(storage, View) else View.whole(s.stored(value))


def assign_together(s: Scheduler, updates: Sequence[tuple[Value, lp.Expr]]) -> None:
    """Assign variables as if at once: an expression never sees another's new content."""
    targets = {target for target, _ in updates}
    block, ready = s.block(), []
    for target, expr in updates:
        if any(v in targets and v is not target for v in lp.variables(expr)):
            expr = block.name(expr, target.name)
        ready.append((target, expr))
    for target, expr in ready:
        if expr != lp.Read(target):
            s.add(lp.Assign(target, expr))


# ---------------------------------------------------------------- ifelse


def lower_ifelse(s: Scheduler, node: Node) -> None:
    """Schedule a branch."""
    store_captures(s, node)
    condition = s.scalar(node.operands[0])
    targets = _targets(s, node)
    branch = lp.If(condition, [], [])
    before: list[lp.Stmt] = []
    for region, block in zip(node.regions, (branch.then, branch.orelse), strict=True):
        with s.region(region, loop=False) as scope:
            for (buffer, outer), result in zip(targets.values(), region.results, strict=True):
                if buffer is not None:
                    scope.owned.add(buffer)
                    if outer is not None:
                        s.storages[outer] = View.whole(buffer)
                    if region.results.count(result) == 1:
                        scope.destinations[result] = buffer
            s.run(scope)
            _leave_arm(s, region, targets)
            block += scope.statements
            before += scope.before
    s.site = node.site
    s.scope.statements += before
    s.add(branch)
    for result, (buffer, _) in targets.items():
        if buffer is not None:
            s.storages[result] = View.whole(buffer)
        else:
            s.storages[result] = Scalar(lp.Read(result))


_Targets = dict[Value, tuple[lp.Buffer | None, Value | None]]


def _targets(s: Scheduler, node: Node) -> _Targets:
    """Return, per result, its buffer and the outer array that lies in it already."""
    targets: _Targets = {}
    for result, outer in zip(node.results, updated_outside(node), strict=True):
        if not result.ndim:
            s.depths[result] = s.scope.depth
            targets[result] = (None, None)
            continue
        buffer = _taken_over(s, outer, result) if outer is not None else None
        if buffer is None:
            outer = None
            buffer = s.allocate(result.dims, result.dtype, result.name or "t")
        s.scope.recent.add(buffer)
        targets[result] = (buffer, outer)
    return targets


def _taken_over(s: Scheduler, outer: Value, result: Value) -> lp.Buffer | None:
    """Return a buffer with the content of an outer array that the arms may change."""
    if outer.dims != result.dims or s.scope.last_use(outer) > s.scope.position:
        return None
    if outer not in s.storages:
        return s.fresh(outer)
    buffer = s.whole(outer)
    if buffer is None or not s.release(buffer, sparing=(outer,)):
        return None
    return buffer


def _leave_arm(s: Scheduler, region: Graph, targets: _Targets) -> None:
    """Move the results of an arm to where both arms leave them."""
    scalars = []
    moves = []
    for (result, (buffer, _)), value in zip(targets.items(), region.results, strict=True):
        if buffer is not None:
            moves.append(Move(buffer, value))
        else:
            scalars.append(lp.Assign(result, s.scalar(value)))
    move_arrays(s, moves)
    s.scope.statements += scalars
