"""Inner loops in lanes: all take a step together, and those that have finished stay as they are.

Enters: the inner loops of a plan. Leaves: statements. Where few lanes are left and go on for long,
they run one by one, as no vector helps them: so the longest loop of all makes no other one wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import effects
from autograph.backends.lanes.fitness import Plan
from autograph.backends.lanes.parts import Inner, is_break, stays
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import Op
from autograph.ir.types import scalar
from autograph.ops.elementwise import (
    add,
    blend,
    cast,
    greater,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
)

#: So many elements run side by side: enough vectors to fill the time that one takes.
LANES = 64
#: Fewer lanes than this, or as many, are left to run one by one ...
FEW = 8
#: ... when they have gone on for more steps than this.
PATIENCE = 8
#: The bytes that stacks of lanes may have; of longer loops each element has a short one in turn.
LARGEST_STACKS = 16 * 2**20

_INTEGER, _BOOLEAN = np.dtype(np.int64), np.dtype(np.bool_)


def _int(number: int) -> lp.Constant:
    return lp.Constant(np.int64(number))


def _test(op: Op, *args: lp.Expr) -> lp.Apply:
    return lp.Apply(op, args, _BOOLEAN)


def _leave_unless(condition: lp.Expr, *before: lp.Stmt) -> lp.Stmt:
    return lp.If(condition, [], [*before, lp.Break()])


class LaneLoops:
    """The inner loops of one plan.

    Args:
        plan: The plan.
        count: The variable that has the number of lanes in use.

    Attributes:
        lane: The index of lanes.
        buffers: Where lanes keep their variables.
        crowded: The variable that says whether a loop was left because its stacks are too large.
        limited: The positions of the loops that may be left so.
    """

    def __init__(self, plan: Plan, count: Value) -> None:
        self.plan = plan
        self.count = Affine.of(count)
        self.lane = symbol("lane")
        self.at = (Affine.of(self.lane),)
        self.kept = {
            v: lp.Buffer(f"{v.name or 't'}_lanes", v.dtype, (Affine(LANES),)) for v in plan.kept
        }
        self.buffers = [*self.kept.values()]
        self.in_use = _test(less, lp.Form(self.at[0]), lp.Form(self.count))
        self.ends: dict[Value, tuple[Value, Value]] = {}
        self.crowded = Value(scalar(np.bool_), None, "crowded")
        self.limited = _limited(plan)
        self.passed: dict[lp.Check, Value] = {}

    # ------------------------------------------------------------ lanes

    def loads(self, values: Iterable[Value]) -> list[lp.Stmt]:
        """Return what gets variables from where the lane keeps them."""
        own = dict.fromkeys(v for v in values if v in self.kept)
        return [lp.Assign(v, lp.Load(self.kept[v], self.at)) for v in own]

    def stores(self, values: Iterable[Value]) -> list[lp.Stmt]:
        """Return what keeps variables."""
        return [
            lp.Store(self.kept[v], self.at, lp.Read(v))
            for v in dict.fromkeys(values)
            if v in self.kept
        ]

    def nest(self, body: list[lp.Stmt], count: Affine | None = None) -> lp.Nest:
        """Return a loop over all lanes, or some."""
        upper = Affine(LANES) if count is None else count
        return lp.Nest((self.lane,), (Affine(0),), (upper,), body, site=self.plan.loop.site)

    def one_by_one(self, body: list[lp.Stmt]) -> lp.For:
        """Return a loop over the lanes in use, in scalar code."""
        return lp.For(self.lane, self.count, body, site=self.plan.loop.site)

    def idle(self) -> list[lp.Stmt]:
        """Return what keeps the lanes that are not in use from going on."""
        found = [p.goes_on for p in self.plan.parts if isinstance(p, Inner) and p.goes_on]
        never = lp.Constant(np.False_)
        return [self.nest([lp.Store(self.kept[v], self.at, never)]) for v in found]

    def inner(self, part: Inner, position: int) -> list[lp.Stmt]:
        """Return what an inner loop becomes."""
        scalars = self.plan.scalars[position]
        loads = self.loads([*scalars.exposed, *scalars.assigned])
        stores = self.stores(scalars.assigned)
        if part.reverse:
            return self.backwards(part, loads, stores)
        return _Forwards(self, part, loads, stores, position in self.limited).statements()

    # ------------------------------------------------------------ masks

    def masked(self, body: Sequence[lp.Stmt], goes_on: Value) -> list[lp.Stmt]:
        """Return statements that change nothing in lanes that do not go on."""
        if self.is_safe(body):
            return [self.selecting(statement, goes_on) for statement in body]
        checks = [s for s in body if isinstance(s, lp.Check)]
        self.passed.update((check, Value(scalar(np.bool_), None, "passed")) for check in checks)
        begin = [lp.Assign(self.passed[check], lp.Constant(np.True_)) for check in checks]
        return [*begin, lp.If(lp.Read(goes_on), self.guarded(body, goes_on))]

    def guarded(self, body: Sequence[lp.Stmt], goes_on: Value) -> list[lp.Stmt]:
        """Return statements that a break does not leave: it ends the lane instead."""
        for position, statement in enumerate(body):
            rest = body[position + 1 :]
            if isinstance(statement, lp.If) and is_break(statement):
                ends = lp.Assign(goes_on, stays(statement))
            elif isinstance(statement, lp.Check):
                ends = lp.Assign(self.passed[statement], statement.condition)
            else:
                continue
            following = self.guarded(rest, goes_on)
            after = [lp.If(lp.Read(ends.value), following)] if following else []
            return [*body[:position], ends, *after]
        return list(body)

    def is_safe(self, body: Sequence[lp.Stmt]) -> bool:
        """Return whether lanes that have finished may compute along: no memory is out of reach."""
        return all(buffer in self.plan.stacks for s in lp.walk(body) for buffer, _ in elements(s))

    def selecting(self, statement: lp.Stmt, goes_on: Value) -> lp.Stmt:
        """Return a statement after which variables of finished lanes are what they were."""
        mask = lp.Read(goes_on)
        if isinstance(statement, lp.Assign) and statement.value in self.kept:
            old = lp.Read(statement.value)
            chosen = lp.Apply(blend, (mask, statement.expr, old), old.dtype)
            return lp.Assign(statement.value, chosen)
        if isinstance(statement, lp.If) and is_break(statement):
            return lp.Assign(goes_on, _test(logical_and, mask, stays(statement)))
        if isinstance(statement, lp.Check):
            passed = self.passed[statement] = Value(scalar(np.bool_), None, "passed")
            idle = _test(logical_not, mask)
            return lp.Assign(passed, _test(logical_or, idle, statement.condition))
        changed = {s.value for s in lp.walk([statement]) if isinstance(s, lp.Assign)}
        if isinstance(statement, lp.If) and changed & self.kept.keys():
            return self.selecting_branch(statement, goes_on)
        return statement

    def selecting_branch(self, statement: lp.If, goes_on: Value) -> lp.If:
        """Return a branch, none of whose arms runs in finished lanes."""
        both = _test(logical_and, lp.Read(goes_on), statement.condition)
        if not statement.orelse:
            return lp.If(both, statement.then)
        return lp.If(lp.Read(goes_on), [statement])

    # ------------------------------------------------------------ loops that run down

    def backwards(self, part: Inner, loads: list[lp.Stmt], stores: list[lp.Stmt]) -> list[lp.Stmt]:
        """Return what a loop becomes that has as many iterations as one before.

        The lanes that ran for longest by themselves are brought to the step that the others begin
        at; from there all go down together.
        """
        assert part.length is not None
        assert part.length.symbol is not None
        level, left = self.ends[part.length.symbol]
        alone = symbol()
        own = Substitution({part.index: Affine.of(alone) + level}).block(part.body)
        rest = lp.For(alone, part.length - level, own, reverse=True)
        long = _test(less, lp.Read(level), lp.Form(part.length))
        longer = lp.If(long, [rest, *stores])
        reached = _test(less, lp.Form(Affine.of(part.index)), lp.Form(part.length))
        goes_on = _test(logical_and, self.in_use, reached)
        mask = Value(scalar(np.bool_), None, "goes_on")
        steps = [lp.Assign(mask, goes_on), *self.masked(part.body, mask)]
        together = self.nest([*loads, *steps, *stores])
        return [
            lp.If(_test(greater, lp.Read(left), _int(0)), [self.one_by_one([*loads, longer])]),
            lp.For(part.index, Affine.of(level), [together], reverse=True),
        ]


def _limited(plan: Plan) -> list[int]:
    """Return the positions of loops that may be left when their stacks have become too large.

    What comes before them is done again then, so it must have read no element that it has changed.
    """
    found: list[int] = []
    written: set[object] = set()
    read: set[object] = set()
    for position, part in enumerate(plan.parts):
        for statement in part.body:
            happens = effects(statement)
            read |= happens.reads
            written |= {place for place in happens.writes if isinstance(place, lp.Buffer)}
        if read & (written - plan.stacks):
            break
        if any(isinstance(s, lp.Grow) for s in part.body):
            found.append(position)
    return found


class _Forwards:
    """A loop that each lane leaves in its own time, and all lanes if their stacks are too large."""

    def __init__(
        self,
        lanes: LaneLoops,
        part: Inner,
        loads: list[lp.Stmt],
        stores: list[lp.Stmt],
        is_limited: bool,
    ) -> None:
        self.lanes, self.part, self.loads, self.stores = lanes, part, loads, stores
        self.step = part.index
        self.left = Value(scalar(np.int64), None, "active")
        self.lonely = Value(scalar(np.int64), None, "lonely")
        self.goes_on = part.goes_on or Value(scalar(np.bool_), None, "goes_on")
        if part.trips is not None:
            lanes.ends[part.trips] = (self.step, self.left)
        read = {place for s in part.body for place in effects(s).reads}
        self.counts = part.length is not None or part.trips is not None or self.step in read
        self.own_length = part.length is not None and lanes.plan.of_lane(part.length)
        stacks = {s.buffer for s in part.body if isinstance(s, lp.Grow)} if is_limited else set()
        self.bytes = LANES * sum(b.dtype.itemsize for b in stacks)

    def leave_if_crowded(self, step: Affine, *others: lp.Stmt) -> list[lp.Stmt]:
        """Return what leaves a loop after so many steps that stacks are too large."""
        if not self.bytes:
            return []
        share = LARGEST_STACKS // len(self.lanes.limited)
        fits = _test(less, lp.Form(step), _int(share // self.bytes))
        return [_leave_unless(fits, *self.set_crowded(True), *others)]

    def set_crowded(self, crowded: bool) -> list[lp.Stmt]:
        """Return what notes whether stacks are too large."""
        return [lp.Assign(self.lanes.crowded, lp.Constant(np.bool_(crowded)))] if self.bytes else []

    def statements(self) -> list[lp.Stmt]:
        """Return the steps that all lanes take together, and then those of lanes left over."""
        many = _test(less, _int(FEW), lp.Form(self.lanes.count))
        begin: list[lp.Stmt] = [lp.Assign(self.step, _int(0))] if self.counts else []
        return [
            *begin,
            *self.set_crowded(False),
            lp.Assign(self.left, lp.Form(self.lanes.count)),
            lp.Assign(self.lonely, _int(0)),
            lp.If(many, [lp.While(self.steps(), self.lanes.plan.loop.site)]),
            lp.If(_test(greater, lp.Read(self.left), _int(0)), [self.left_over()]),
        ]

    # ------------------------------------------------------------ together

    def steps(self) -> list[lp.Stmt]:
        """Return the body of the loop that all lanes go through together."""
        length = self.part.length
        body: list[lp.Stmt] = []
        if length is not None and not self.own_length:
            is_more = _test(less, lp.Read(self.step), lp.Form(length))
            body.append(_leave_unless(is_more, lp.Assign(self.left, _int(0))))
        body += [s for s in self.part.body if isinstance(s, lp.Grow)]
        is_few = lp.Apply(cast, (_test(less_equal, lp.Read(self.left), _int(FEW)),), _INTEGER)
        waited = lp.Apply(add, (lp.Read(self.lonely), is_few), _INTEGER)
        checks = {
            s: Value(scalar(np.bool_), None, "all_passed")
            for s in self.part.body
            if isinstance(s, lp.Check)
        }
        return [
            *body,
            lp.Assign(self.left, _int(0)),
            *(lp.Assign(passed, lp.Constant(np.True_)) for passed in checks.values()),
            self.lanes.nest(self.lane_step(checks)),
            *(lp.Check(lp.Read(x), check.message, check.site) for check, x in checks.items()),
            *([lp.Assign(self.step, lp.Form(Affine.of(self.step) + 1))] if self.counts else ()),
            _leave_unless(_test(greater, lp.Read(self.left), _int(0))),
            *self.leave_if_crowded(Affine.of(self.step), lp.Assign(self.left, _int(0))),
            lp.Assign(self.lonely, waited),
            _leave_unless(_test(less_equal, lp.Read(self.lonely), _int(PATIENCE))),
        ]

    def lane_step(self, checks: Mapping[lp.Check, Value]) -> list[lp.Stmt]:
        """Return what one lane does in a step."""
        runs: lp.Expr = self.lanes.in_use if self.part.goes_on is None else lp.Read(self.goes_on)
        if self.own_length:
            assert self.part.length is not None
            more = _test(less, lp.Read(self.step), lp.Form(self.part.length))
            runs = _test(logical_and, runs, more)
        body = [s for s in self.part.body if not isinstance(s, lp.Grow)]
        return [
            *self.loads,
            *([lp.Assign(self.goes_on, runs)] if runs != lp.Read(self.goes_on) else ()),
            *self.lanes.masked(body, self.goes_on),
            *self.stores,
            *(
                lp.Reduce(passed, logical_and, lp.Read(self.lanes.passed[check]))
                for check, passed in checks.items()
            ),
            lp.Reduce(self.left, add, lp.Apply(cast, (lp.Read(self.goes_on),), _INTEGER)),
        ]

    # ------------------------------------------------------------ one by one

    def left_over(self) -> lp.Stmt:
        """Return the loop over lanes that have not finished: each goes on by itself."""
        flag = self.part.goes_on
        if flag is None:
            return self.lanes.one_by_one([*self.loads, *self.alone(), *self.stores])
        loads = [s for s in self.loads if not isinstance(s, lp.Assign) or s.value is not flag]
        kept = self.lanes.kept[flag]
        stores = [s for s in self.stores if not isinstance(s, lp.Store) or s.buffer is not kept]
        run = lp.If(lp.Load(kept, self.lanes.at), [*loads, *self.alone(), *stores])
        return self.lanes.one_by_one([run])

    def alone(self) -> list[lp.Stmt]:
        """Return the rest of the loop for one lane."""
        own = symbol(self.step.name)
        site = self.lanes.plan.loop.site
        if self.part.length is not None:
            here = Affine.of(own) + Affine.of(self.step)
            body = Substitution({self.step: here}).block(self.part.body)
            body += self.leave_if_crowded(here)
            return [lp.For(own, self.part.length - self.step, body, site=site)]
        if not self.counts:
            return [lp.While(self.part.body, site)]
        body = Substitution({self.step: own}).block(self.part.body)
        body.append(lp.Assign(own, lp.Form(Affine.of(own) + 1)))
        body += self.leave_if_crowded(Affine.of(own))
        return [lp.Assign(own, lp.Read(self.step)), lp.While(body, site)]
