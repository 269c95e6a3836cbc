"""Runs some rows of a recurrence at once, cell by cell in turn.

Enters: a recurrence whose cells wait for each other longer than they compute. Leaves: loops in
which each iteration computes a cell of each of a few rows, so that the processor has that many
chains of operations to work at. Before and after that, where not all rows have cells, and for the
rows that are left over, the cells run one after the other.
"""

from __future__ import annotations

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.recurrences import Recurrence
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ops.elementwise import greater_equal

#: How many rows run at once.
ROWS = 4
#: Cells have at most so many operations, or what they compute takes as long as what they wait for.
LARGEST = 80

_INTEGER = np.dtype(np.int64)


def may_interleave(found: Recurrence) -> bool:
    """Return whether rows of a recurrence may run at once, and gain by it."""
    parts = [
        e for s in lp.walk(found.cell) for x in lp.expressions(s) for e in lp.subexpressions(x)
    ]
    staggered = found.skew > 0
    return found.waits and len(parts) <= LARGEST and not (staggered and found.private)


def interleaved(found: Recurrence) -> list[lp.Stmt]:
    """Return the loops that run rows at once."""
    groups, group = symbol("groups"), symbol("group")
    some = _staggered(found, group) if found.skew else _abreast(found, group)
    return [
        lp.Let(groups, _groups(found)),
        lp.For(group, Affine.of(groups), some),
        _one_by_one(found, groups),
    ]


def _groups(found: Recurrence) -> lp.Expr:
    """Return how many groups of rows there are: none where columns are too few."""

    def of(op: str, *args: lp.Expr) -> lp.Expr:
        return lp.Apply(get_op(op), args, _INTEGER)

    zero = _number(0)
    whole = of("maximum", of("floor_divide", lp.Form(found.rows), _number(ROWS)), zero)
    least = found.skew * (ROWS - 1)
    args = (lp.Form(found.columns), _number(least))
    enough = lp.Apply(greater_equal, args, np.dtype(np.bool_))
    return of("switch", enough, whole, zero) if least else whole


def _number(number: int) -> lp.Constant:
    return lp.Constant(np.int64(number))


def _loop(length: AffineLike, body: list[lp.Stmt], index: Value) -> list[lp.Stmt]:
    return [lp.For(index, Affine.of(length), body)] if body else []


def _one_by_one(found: Recurrence, groups: Value) -> lp.Stmt:
    """Return the loop over the rows that fill no group."""
    left, column = symbol("i"), symbol("j")
    row = Affine.of(left) + Affine.of(groups) * ROWS
    cells = lp.For(column, found.columns, found.placed(found.cell, row, column))
    body = [*found.placed(found.before, row), cells, *found.placed(found.after, row)]
    return lp.For(left, found.rows - Affine.of(groups) * ROWS, body)


def _abreast(found: Recurrence, group: Value) -> list[lp.Stmt]:
    """Return what happens in a group of rows that need nothing of each other."""
    column = symbol("j")
    begin, cells, end = [], [], []
    for k in range(ROWS):
        row = Affine.of(group) * ROWS + k
        own = Substitution({v: Value(v.type, None, v.name) for v in found.private}).block
        begin += own(found.placed(found.before, row))
        cells += own(found.placed(found.cell, row, column))
        end += own(found.placed(found.after, row))
    return [*begin, lp.For(column, found.columns, cells), *end]


def _staggered(found: Recurrence, group: Value) -> list[lp.Stmt]:
    """Return what happens in a group of rows each of which stays behind the row before."""
    skew, first = found.skew, Affine.of(group) * ROWS
    lead = skew * (ROWS - 1)
    row, column, step = symbol("i"), symbol("j"), symbol("j")
    cells: list[lp.Stmt] = []
    for k in range(ROWS):
        cells += found.placed(found.cell, first + k, Affine.of(step) + (lead - skew * k))
    ahead = found.placed(found.cell, first + row, column)
    ending, behind = symbol("i"), symbol("j")
    at = found.columns - Affine.of(ending) * skew - skew + behind
    rest = found.placed(found.cell, first + ending + 1, at)
    return [
        *_loop(ROWS, found.placed(found.before, first + (r := symbol("i"))), r),
        _triangle(row, column, Affine(lead) - Affine.of(row) * skew, ahead),
        lp.For(step, found.columns - lead, cells),
        _triangle(ending, behind, (Affine.of(ending) + 1) * skew, rest),
        *_loop(ROWS, found.placed(found.after, first + (r := symbol("i"))), r),
    ]


def _triangle(row: Value, column: Value, length: Affine, cells: list[lp.Stmt]) -> lp.Stmt:
    """Return the loops over the few cells of a group that other rows have no cells beside."""
    inner = lp.Nest((column,), (Affine(0),), (length,), cells, ordered=True)
    return lp.For(row, Affine(ROWS - 1), [inner])
