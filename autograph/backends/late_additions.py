"""Additions to elements that cells of the same time have in common.

Reversed recurrences add to the elements that the forward ones have read, and so two cells of one
wave may add to the same element. Enters: a recurrence. Leaves: the least skew with which it can run
in waves, and which of its additions come after all cells of their time, so that each element gets
what is added to it in the order that the program says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.recurrences import (
    Recurrence,
    distances,
    is_ordered,
    meeting_of,
    pairs_of,
    varying,
)
from autograph.ir.graph import Value
from autograph.ir.types import scalar


def stay_close(found: Recurrence) -> None:
    """Give a recurrence the least skew that it can have in waves."""
    for skew in range(found.skew):
        late = _late(found, skew)
        if late is not None:
            found.skew, found.late = skew, late
            return


def addend(statement: lp.Stmt) -> lp.Expr | None:
    """Return what a statement adds to an element or subtracts, if it does nothing else."""
    if not isinstance(statement, lp.Store):
        return None
    here = lp.Load(statement.buffer, statement.index)
    match statement.expr:
        case lp.Apply(op, (first, second)) if op.name in ("add", "subtract") and first == here:
            read = [e.index for e in lp.subexpressions(second) if isinstance(e, lp.Load)]
            return None if statement.index in read else second
    return None


def new_sum(addition: lp.Stmt) -> Value:
    """Return a variable for what is added."""
    assert isinstance(addition, lp.Store)
    return Value(scalar(addition.buffer.dtype), None, "added")


def in_turns(
    cell: Sequence[lp.Stmt], sums: Mapping[int, Value]
) -> tuple[list[lp.Stmt], list[lp.Stmt]]:
    """Return what cells of a time do first, and the additions that come after that.

    Args:
        cell: The statements of a cell.
        sums: By position of a late addition, the variable that keeps what it adds.
    """
    now: list[lp.Stmt] = list(cell)
    later: list[lp.Stmt] = []
    for n, value in sums.items():
        addition, second = cell[n], addend(cell[n])
        assert isinstance(addition, lp.Store)
        assert isinstance(addition.expr, lp.Apply)
        assert second is not None
        now[n] = lp.Assign(value, second)
        whole = replace(addition.expr, args=(addition.expr.args[0], lp.Read(value)))
        later.append(lp.Store(addition.buffer, addition.index, whole))
    return now, later


def _late(found: Recurrence, skew: int) -> frozenset[int] | None:
    """Return the additions that have to wait with a skew; None if other statements would."""
    changing = varying(found)
    made = changing - {found.row, found.column}
    firsts: set[int] = set()
    late: set[int] = set()
    for k, first in enumerate(found.cell):
        for n, second in enumerate(found.cell):
            for index, place in pairs_of([first], [second]):
                meeting = meeting_of(found, changing, index, place)
                if meeting is None or is_ordered(meeting, skew):
                    continue
                apart = distances(meeting)
                if apart is None or any(skew * rows + columns for rows, columns in apart):
                    return None
                if any(rows > 0 for rows, _ in apart):
                    if not _adds_to(second, place, made):
                        return None
                    firsts.add(k)
                    late.add(n)
    waits = firsts.isdisjoint(late) and all(_may_wait(found, changing, n, late) for n in late)
    return frozenset(late) if waits else None


def _adds_to(statement: lp.Stmt, place: lp.Point, made: set[Value]) -> bool:
    """Return whether a statement adds to an element, and does nothing else with it."""
    return (
        isinstance(statement, lp.Store)
        and addend(statement) is not None
        and statement.index == place
        and made.isdisjoint(s for form in place for s in form.symbols)
    )


def _may_wait(found: Recurrence, changing: set[Value], n: int, late: set[int]) -> bool:
    """Return whether nothing after an addition in its cell touches its element at once."""
    made = changing - {found.row, found.column}
    for k, other in enumerate(found.cell[n + 1 :], n + 1):
        for index, place in pairs_of([found.cell[n]], [other]):
            meeting = meeting_of(found, changing, index, place)
            if meeting is not None and not (k in late and _adds_to(other, place, made)):
                apart = distances(meeting)
                if apart is None or (0, 0) in apart:
                    return False
    return True
