"""Chooses which axis of a nest runs innermost: the one along which elements are neighbours.

Enters: a nest. Leaves: the same nest with its axes in another order. Where it adds up along the
chosen axis, into elements of a buffer, it becomes a nest of sums.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.dependence import Access, accesses, coincide_in_one_iteration, nest_ranges
from autograph.ir.graph import Value
from autograph.ir.op import get_op
from autograph.ir.types import scalar

#: How many strided loads cost as much as one strided store.
STORE_WEIGHT = 2


def elements(statement: lp.Stmt) -> list[tuple[lp.Buffer, lp.Point]]:
    """Return the elements that a statement itself reads and writes."""
    found = [
        (e.buffer, e.index)
        for expr in lp.expressions(statement)
        for e in lp.subexpressions(expr)
        if isinstance(e, lp.Load)
    ]
    if isinstance(statement, lp.Store):
        found.append((statement.buffer, statement.index))
    return found


def turned(nest: lp.Nest) -> lp.Nest:
    """Return a nest with the best of its axes innermost, if it leaves the choice."""
    bounds = {s for form in (*nest.lower, *nest.upper) for s in form.symbols}
    simple = all(isinstance(s, lp.Let | lp.Store | lp.Reduce) for s in nest.body)
    if not simple or any(nest.reverse) or not bounds.isdisjoint(nest.indices):
        return nest
    axis = _best_axis(nest)
    if not nest.ordered:
        return _with_last(nest, axis)
    return _summed(_with_last(nest, axis)) or nest


def _best_axis(nest: lp.Nest) -> int:
    """Return the axis along which most accesses stay where they are or go to neighbours."""

    def near(variable: Value) -> int:
        return sum(
            STORE_WEIGHT if isinstance(statement, lp.Store) and index is statement.index else 1
            for statement in nest.body
            for _, index in elements(statement)
            if not any(form.coefficient(variable) for form in index[:-1])
        )

    return max(reversed(range(len(nest.indices))), key=lambda axis: near(nest.indices[axis]))


def _with_last(nest: lp.Nest, axis: int) -> lp.Nest:
    axes = [*(a for a in range(len(nest.indices)) if a != axis), axis]
    return replace(
        nest,
        indices=tuple(nest.indices[a] for a in axes),
        lower=tuple(nest.lower[a] for a in axes),
        upper=tuple(nest.upper[a] for a in axes),
    )


# ---------------------------------------------------------------- sums along the last axis


class _Sum(Struct, frozen=True):
    """What a nest adds to an element that is the same along its last axis."""

    buffer: lp.Buffer
    index: lp.Point
    term: lp.Expr
    target: Value


def _summed(nest: lp.Nest) -> lp.Nest | None:
    """Return a nest of sums over the last axis, None if the order matters for other reasons."""
    *outer, last = nest.indices
    made = {s.value for s in nest.body if isinstance(s, lp.Let)}
    sums = {s: found for s in nest.body if (found := _sum(s, nest.indices, made)) is not None}
    if not sums or not _is_free_but_for(nest, [*sums.values()]):
        return None
    inner = [
        lp.Reduce(sums[s].target, get_op("add"), sums[s].term) if s in sums else s
        for s in nest.body
    ]
    body: list[lp.Stmt] = [
        lp.Assign(s.target, lp.Constant(s.buffer.dtype.type(0))) for s in sums.values()
    ]
    body.append(lp.Nest((last,), nest.lower[-1:], nest.upper[-1:], inner, site=nest.site))
    for s in sums.values():
        old = lp.Load(s.buffer, s.index)
        new = lp.Apply(get_op("add"), (old, lp.Read(s.target)), s.buffer.dtype)
        body.append(lp.Store(s.buffer, s.index, new))
    around = tuple(outer)
    return lp.Nest(around, nest.lower[:-1], nest.upper[:-1], body, site=nest.site)


def _sum(statement: lp.Stmt, indices: Sequence[Value], made: set[Value]) -> _Sum | None:
    """Return what a statement adds to an element that all indices but the last one choose.

    An element that is chosen by what each iteration has `made` is not the same along the last axis.
    """
    if not isinstance(statement, lp.Store) or statement.buffer.dtype.kind != "f":
        return None
    moving = [[s for s in form.symbols if s in indices] for form in statement.index]
    chosen = {v for found in moving for v in found}
    if any(not made.isdisjoint(form.symbols) for form in statement.index):
        return None
    if chosen != {*indices[:-1]} or any(len(found) > 1 for found in moving):
        return None
    expr = statement.expr
    if not isinstance(expr, lp.Apply) or expr.op.name != "add":
        return None
    old, term = expr.args
    if old != lp.Load(statement.buffer, statement.index):
        return None
    return _Sum(statement.buffer, statement.index, term, Value(scalar(expr.dtype)))


def _is_free_but_for(nest: lp.Nest, sums: Sequence[_Sum]) -> bool:
    """Return whether iterations meet in the elements of sums only, and sums nowhere else."""
    ranges = nest_ranges(nest)
    reads, writes = accesses(nest.body, ranges)
    own = {s.buffer for s in sums}
    alone = len(own) == len(sums)
    touched = [access.buffer for access in (*reads, *writes)]
    once = all(touched.count(buffer) == 2 for buffer in own)
    others: list[Access] = [access for access in (*reads, *writes) if access.buffer not in own]
    return (
        alone
        and once
        and all(
            coincide_in_one_iteration(nest.indices, access, write)
            for write in writes
            if write.buffer not in own
            for access in others
            if access.buffer is write.buffer
        )
    )
