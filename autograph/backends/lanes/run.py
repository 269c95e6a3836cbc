"""Runs the iterations of a loop side by side whose own loops each stop when their data say so.

Enters: the statements of a function. Leaves: the same, where such loops take as many elements at a
time as there are lanes, each with its variables in an array. An inner loop then runs until no lane
goes on; a lane that has finished keeps what it has. So LLVM can run it on vectors, where one
element alone would be a chain of operations that wait for each other, with an end that no
processor foresees. Each element goes through the same operations in the same order as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.lanes.counters import count_by_index
from autograph.backends.lanes.fitness import Plan, plan, read_outside
from autograph.backends.lanes.lane_loops import LANES, LaneLoops
from autograph.backends.lanes.parts import Plain, parts_of, without_unread
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ops.elementwise import less, minimum


def run_in_lanes(body: list[lp.Stmt], function: lp.LoopFunction) -> list[lp.Stmt]:
    """Return the statements with loops over lanes.

    Args:
        body: The statements.
        function: The function that they belong to; it gets notes.
    """
    result: list[lp.Stmt] = []
    for statement in body:
        made = _in_block([statement], body, function)
        result += [lp.Alloc(b) for b in made.buffers]
        result += made.statements
    return result


class _Made:
    """What becomes of a block, and the buffers that it needs."""

    def __init__(self) -> None:
        self.statements: list[lp.Stmt] = []
        self.buffers: list[lp.Buffer] = []


def _in_block(
    block: Sequence[lp.Stmt], body: Sequence[lp.Stmt], function: lp.LoopFunction
) -> _Made:
    made = _Made()
    for statement in block:
        found = _plan(statement, body, function) if isinstance(statement, lp.For) else None
        if found is not None:
            lanes = _Lanes(found)
            made.statements += lanes.statements()
            made.buffers += lanes.loops.buffers
            text = f"the loop takes {LANES} elements at a time, each until its own end"
            function.notes.append(lp.Note(found.loop.site, text))
            continue
        if isinstance(statement, lp.For | lp.While | lp.If):
            for inner in lp.blocks(statement):
                within = _in_block(inner, body, function)
                inner[:] = within.statements
                made.buffers += within.buffers
        made.statements.append(statement)
    return made


def _plan(loop: lp.For, body: Sequence[lp.Stmt], function: lp.LoopFunction) -> Plan | None:
    parts = None if loop.reverse else parts_of(loop)
    if parts is None:
        return None
    outside = read_outside(body, loop, function)
    count_by_index(parts)
    without_unread(parts, outside)
    return plan(loop, parts, outside)


class _Lanes:
    """A loop in lanes while it is written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.start = symbol("start")
        self.count = symbol("count")
        self.loops = LaneLoops(plan, self.count)

    def statements(self) -> list[lp.Stmt]:
        """Return what the loop becomes."""
        start, length = Affine.of(self.start), self.plan.loop.length
        rest = lp.Apply(minimum, (_int(LANES), lp.Form(length - start)), _INTEGER)
        test = lp.Apply(less, (lp.Form(start), lp.Form(length)), _BOOLEAN)
        begin: list[lp.Stmt] = [
            lp.If(test, [], [lp.Break()]),
            lp.Let(self.count, rest),
            *self.loops.idle(),
        ]
        lane = Affine.of(self.loops.lane)
        placed = _Placed({self.plan.loop.index: start + lane}, self.plan, lane).block
        parts = [placed(self.part(position)) for position in range(len(self.plan.parts))]
        run: list[lp.Stmt] = [*begin]
        done = 0
        for position in self.loops.limited:
            until = list(chain.from_iterable(parts[done : position + 1]))
            run += [lp.If(lp.Read(self.loops.crowded), [], until)] if done else until
            done = position + 1
        others = list(chain.from_iterable(parts[done:]))
        run += [lp.If(lp.Read(self.loops.crowded), [self.one_by_one()], others)] if done else others
        following = lp.Assign(self.start, lp.Form(start + LANES))
        site = self.plan.loop.site
        return [
            lp.Assign(self.start, _int(0)),
            lp.While([*run, following], site),
        ]

    def part(self, position: int) -> list[lp.Stmt]:
        """Return what a part of an iteration becomes."""
        part = self.plan.parts[position]
        if isinstance(part, Plain):
            last = position + 1 == len(self.plan.parts)
            return [self.plain(part, position, last and self.plan.in_order)]
        return self.loops.inner(part, position)

    def one_by_one(self) -> lp.Stmt:
        """Return the loop as it was, over the elements of these lanes."""
        loop, own = self.plan.loop, symbol(self.plan.loop.index.name)
        body = Substitution({loop.index: Affine.of(self.start) + own}).block(loop.body)
        return lp.For(own, Affine.of(self.count), body, site=loop.site)

    def plain(self, part: Plain, position: int, in_order: bool) -> lp.Stmt:
        """Return the loop over lanes for statements without loops."""
        scalars, loops = self.plan.scalars[position], self.loops
        unsure = [v for v in scalars.assigned if v not in scalars.certain]
        body = [
            *loops.loads([*scalars.exposed, *unsure]),
            *part.body,
            *loops.stores(scalars.assigned),
        ]
        if in_order:
            return lp.For(loops.lane, Affine.of(self.count), body, site=self.plan.loop.site)
        return loops.nest(body, Affine.of(self.count))


class _Placed(Substitution):
    """Puts elements where they are in lanes: those of stacks side by side."""

    def __init__(self, mapping: dict[Value, Affine], plan: Plan, lane: Affine) -> None:
        super().__init__(mapping)
        self.stacks = plan.stacks
        self.lane = lane

    def expr(self, expr: lp.Expr) -> lp.Expr:
        """Return an expression with elements in their places."""
        if isinstance(expr, lp.Load) and expr.buffer in self.stacks:
            return lp.Load(expr.buffer, (self.form(expr.index[0]) * LANES + self.lane,))
        return super().expr(expr)

    def statement(self, statement: lp.Stmt) -> lp.Stmt:
        """Return a statement with elements in their places."""
        made = super().statement(statement)
        if isinstance(made, lp.Store) and made.buffer in self.stacks:
            made.index = (made.index[0] * LANES + self.lane,)
        elif isinstance(made, lp.Grow):
            made.capacity = made.capacity * LANES
        return made


_INTEGER, _BOOLEAN = np.dtype(np.int64), np.dtype(np.bool_)


def _int(number: int) -> lp.Constant:
    return lp.Constant(np.int64(number))
