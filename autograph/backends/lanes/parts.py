"""A loop over elements, taken apart: what an iteration does before, in, and after its inner loops.

Enters: a `For` statement. Leaves: its parts, if it consists of scalar statements and of innermost
loops over scalar statements; and what each part reads and assigns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.backends.effects import effects
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.types import scalar
from autograph.ops.elementwise import logical_not

_SCALAR = (lp.Let, lp.Assign, lp.Store, lp.If)


class Plain(Struct, eq=False):
    """Statements without loops."""

    body: list[lp.Stmt]


class Inner(Struct, eq=False):
    """A loop over scalar statements.

    Attributes:
        body: Its statements, the breaks in the outermost block.
        index: The number of the iteration, also where the loop had no index.
        length: The number of iterations, None if only a break ends it.
        reverse: Whether the index runs down.
        goes_on: If there are breaks: the variable that says whether an iteration is to follow,
            assigned before the loop.
        trips: Afterwards: the variable that has the number of iterations, if there is one.
    """

    body: list[lp.Stmt]
    index: Value
    length: Affine | None
    reverse: bool
    goes_on: Value | None = None
    trips: Value | None = None

    @property
    def breaks(self) -> list[int]:
        """The positions of the breaks in the body."""
        return [k for k, s in enumerate(self.body) if is_break(s)]


Part: TypeAlias = Plain | Inner


def is_break(statement: lp.Stmt) -> bool:
    """Return whether a statement leaves a loop under a condition, and does nothing else."""
    return isinstance(statement, lp.If) and any(
        len(arm) == 1 and isinstance(arm[0], lp.Break) and not other
        for arm, other in ((statement.then, statement.orelse), (statement.orelse, statement.then))
    )


def parts_of(loop: lp.For) -> list[Part] | None:
    """Return the parts of an iteration; None if it has others, or no loop that data can end."""
    parts: list[Part] = []
    for statement in loop.body:
        if isinstance(statement, lp.For | lp.While):
            inner = _inner(statement)
            if inner is None:
                return None
            if not parts or isinstance(parts[-1], Inner):
                parts.append(Plain([]))
            parts[-1].body += _entered(inner)
            parts.append(inner)
        elif _is_scalar([statement], lp.Check):
            if not parts or isinstance(parts[-1], Inner):
                parts.append(Plain([]))
            parts[-1].body.append(statement)
        else:
            return None
    stops = any(isinstance(part, Inner) and part.breaks for part in parts)
    return parts if stops and not _fails_after_endless_loop(parts) else None


def _fails_after_endless_loop(parts: Sequence[Part]) -> bool:
    """Return whether a check comes too late: another element's loop before it may never end."""
    endless = False
    for part in parts:
        if endless and any(isinstance(s, lp.Check) for s in lp.walk(part.body)):
            return True
        endless = endless or (isinstance(part, Inner) and part.length is None)
    return False


def _inner(loop: lp.For | lp.While) -> Inner | None:
    plain = [s for s in loop.body if not is_break(s) and not isinstance(s, lp.Grow | lp.Check)]
    if not _is_scalar(plain):
        return None
    if isinstance(loop, lp.While):
        return Inner(list(loop.body), symbol("trip"), None, False)
    return Inner(list(loop.body), loop.index, loop.length, loop.reverse)


def _entered(inner: Inner) -> list[lp.Stmt]:
    """Return what says whether a loop has a first iteration; its own test moves to its end."""
    if not inner.breaks:
        return []
    inner.goes_on = Value(scalar(np.bool_), None, "goes_on")
    first = inner.breaks[0]
    begin, test = inner.body[:first], inner.body[first]
    assert isinstance(test, lp.If)
    if inner.length is not None or not all(isinstance(s, lp.Let) for s in begin):
        return [lp.Assign(inner.goes_on, lp.Constant(np.True_))]
    inner.body = [*inner.body[first + 1 :], *begin, test]
    return [*begin, lp.Assign(inner.goes_on, stays(test))]


def stays(test: lp.If) -> lp.Expr:
    """Return under which condition a break does not leave its loop."""
    if test.orelse:
        return test.condition
    return lp.Apply(logical_not, (test.condition,), test.condition.dtype)


def _is_scalar(body: Sequence[lp.Stmt], *others: type[lp.Stmt]) -> bool:
    return all(isinstance(s, (*_SCALAR, *others)) for s in lp.walk(body))


# ---------------------------------------------------------------- variables


class Scalars(Struct):
    """What a part does to variables.

    Attributes:
        exposed: Those that it may read before it has assigned them.
        assigned: Those that it may assign.
        certain: Those that it assigns whatever happens.
    """

    exposed: dict[Value, None] = field(default_factory=dict)
    assigned: dict[Value, None] = field(default_factory=dict)
    certain: set[Value] = field(default_factory=set)

    def read(self, values: Iterable[object]) -> None:
        """Note that variables are read."""
        for value in sorted((v for v in values if isinstance(v, Value)), key=lambda v: v.id):
            if value not in self.certain:
                self.exposed.setdefault(value)

    def assign(self, values: Iterable[object]) -> None:
        """Note that variables are assigned."""
        for value in sorted((v for v in values if isinstance(v, Value)), key=lambda v: v.id):
            self.assigned.setdefault(value)
            self.certain.add(value)


def scalars_of(part: Part) -> Scalars:
    """Return what a part does to variables."""
    found = Scalars()
    if isinstance(part, Plain):
        _visit(part.body, found)
        return found
    if part.length is not None:
        found.read(part.length.symbols)
    inside = Scalars(certain={part.index})
    _visit(part.body, inside)
    if part.goes_on is not None:
        found.read([part.goes_on])
        found.assigned.setdefault(part.goes_on)
    found.read(inside.exposed)
    found.assigned.update(inside.assigned)
    return found


def _visit(block: Sequence[lp.Stmt], found: Scalars) -> None:
    for statement in block:
        if isinstance(statement, lp.If):
            found.read(effects(lp.If(statement.condition, [])).reads)
            arms = []
            for arm in lp.blocks(statement):
                inside = Scalars(certain=set(found.certain))
                _visit(arm, inside)
                found.read(inside.exposed)
                found.assigned.update(inside.assigned)
                arms.append(inside.certain)
            found.certain |= arms[0] & arms[1]
        elif isinstance(statement, lp.Grow):
            found.read(statement.capacity.symbols)
        else:
            happens = effects(statement)
            found.read(happens.reads)
            found.assign(happens.writes)


def without_unread(parts: Sequence[Part], kept: set[Value]) -> None:
    """Remove what only computes variables that nothing reads, in place.

    Args:
        parts: All parts.
        kept: Variables that are read elsewhere.
    """
    statements = [s for part in parts for s in lp.walk(part.body)]
    needed = set(kept)
    for part in parts:
        if isinstance(part, Inner):
            needed.update(part.length.symbols if part.length is not None else ())
            needed.update([part.goes_on] if part.goes_on is not None else ())
    size = -1
    while len(needed) > size:
        size = len(needed)
        for statement in statements:
            if not isinstance(statement, lp.Let | lp.Assign) or statement.value in needed:
                shallow = lp.If(statement.condition, []) if isinstance(statement, lp.If) else None
                reads = effects(shallow or statement).reads
                needed.update(v for v in reads if isinstance(v, Value))
    for part in parts:
        part.body[:] = _kept(part.body, needed)
        if isinstance(part, Inner) and part.trips not in needed:
            part.trips = None


def _kept(block: Sequence[lp.Stmt], needed: set[Value]) -> list[lp.Stmt]:
    result: list[lp.Stmt] = []
    for statement in block:
        if isinstance(statement, lp.If):
            then, orelse = (_kept(arm, needed) for arm in lp.blocks(statement))
            if then or orelse:
                result.append(lp.If(statement.condition, then, orelse))
        elif not isinstance(statement, lp.Let | lp.Assign) or statement.value in needed:
            result.append(statement)
    return result
