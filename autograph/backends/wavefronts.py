"""Runs the cells of a recurrence that are independent of each other on vectors.

Enters: a recurrence. Leaves: a loop over the times of its cells, and in it a nest over the cells of
that time, one in each row: a wave that goes through the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.late_additions import in_turns, new_sum
from autograph.backends.recurrences import Recurrence
from autograph.backends.rewrite import map_statement
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ops.elementwise import greater

#: So many rows run at a time where they do not lie along the wave: what they touch stays near.
BAND = 32

_INTEGER, _TRUTH = np.dtype(np.int64), np.dtype(np.bool_)


def in_waves(found: Recurrence, *, banded: bool) -> list[lp.Stmt]:
    """Return the loops that run cells side by side.

    Args:
        found: The recurrence.
        banded: Whether a wave goes through few rows at a time instead of all.
    """
    height: AffineLike = BAND if banded else found.rows
    lanes = {v: lp.Buffer(v.name or "lane", v.dtype, (Affine.of(height),)) for v in found.private}
    sums = {n: new_sum(found.cell[n]) for n in sorted(found.late)}
    lanes.update((v, lp.Buffer("added", v.dtype, (Affine.of(height),))) for v in sums.values())
    room: list[lp.Stmt] = [lp.Alloc(buffer) for buffer in lanes.values()]
    if not banded:
        return [*room, *_band(found, lanes, sums, Affine(0), found.rows)]
    count, number, rows = symbol("bands"), symbol("band"), symbol("rows")
    start = Affine.of(number) * BAND
    bands = _integer("floor_divide", found.rows + (BAND - 1), BAND)
    here = lp.Let(rows, _integer("minimum", found.rows - start, BAND))
    body = [here, *_band(found, lanes, sums, start, Affine.of(rows))]
    return [*room, lp.Let(count, bands), lp.For(number, Affine.of(count), body)]


def _integer(op: str, first: AffineLike | lp.Expr, second: AffineLike | lp.Expr) -> lp.Expr:
    args = [_expr(x) for x in (first, second)]
    return lp.Apply(get_op(op), tuple(args), _INTEGER)


def _expr(x: AffineLike | lp.Expr) -> lp.Expr:
    if isinstance(x, int):
        return lp.Constant(np.int64(x))
    return lp.Form(x) if isinstance(x, Affine) else x  # type: ignore[return-value]


def _band(
    found: Recurrence,
    lanes: Mapping[Value, lp.Buffer],
    sums: Mapping[int, Value],
    start: Affine,
    rows: Affine,
) -> list[lp.Stmt]:
    """Return what happens in some rows that follow each other."""
    time, low, high = symbol("time"), symbol("low"), symbol("high")
    lane = symbol("lane")
    row, column = start + lane, Affine.of(time) - Affine.of(lane) * found.skew
    waves = [
        lp.Nest((lane,), (Affine.of(low),), (Affine.of(high),), _with_lanes(part, lanes, lane))
        for part in in_turns(found.placed(found.cell, row, column), sums)
        if part
    ]
    times = lp.For(
        time,
        found.columns + (rows - 1) * found.skew,
        [*_bounds(found, Affine.of(time), rows, low, high), *waves],
    )
    some = [
        lp.Apply(greater, (lp.Form(n), lp.Constant(np.int64(0))), _TRUTH)
        for n in (found.columns, rows)
    ]
    both = lp.Apply(get_op("logical_and"), tuple(some), _TRUTH)
    return [
        *_per_row(found, found.before, lanes, start, rows),
        lp.If(both, [times]),
        *_per_row(found, found.after, lanes, start, rows),
    ]


def _bounds(
    found: Recurrence, time: Affine, rows: Affine, low: Value, high: Value
) -> list[lp.Stmt]:
    """Return what names the first row that has a cell at a time, and the one after the last."""
    skew = found.skew
    first, last = time - found.columns + skew, _expr(time)
    if skew == 0:
        return [lp.Let(low, _expr(0)), lp.Let(high, lp.Form(rows))]
    begun = lp.Form(first) if skew == 1 else _integer("floor_divide", first, skew)
    if skew > 1:
        last = _integer("floor_divide", last, skew)
    end = lp.Form(time + 1) if skew == 1 else _integer("add", last, 1)
    return [
        lp.Let(low, _integer("maximum", begun, 0)),
        lp.Let(high, _integer("minimum", end, rows)),
    ]


def _per_row(
    found: Recurrence,
    part: Sequence[lp.Stmt],
    lanes: Mapping[Value, lp.Buffer],
    start: Affine,
    rows: Affine,
) -> list[lp.Stmt]:
    """Return a loop over rows for what is not in their cells."""
    lane = symbol("lane")
    body = _with_lanes(found.placed(part, start + lane), lanes, lane)
    return [lp.For(lane, rows, body)] if body else []


def _with_lanes(
    block: Sequence[lp.Stmt], lanes: Mapping[Value, lp.Buffer], lane: Value
) -> list[lp.Stmt]:
    """Return statements in which each row has variables of its own."""
    at = (Affine.of(lane),)

    def change(expr: lp.Expr) -> lp.Expr:
        own = lanes.get(expr.value) if isinstance(expr, lp.Read) else None
        return expr if own is None else lp.Load(own, at)

    result: list[lp.Stmt] = []
    for statement in block:
        statement = map_statement(statement, change)
        for inner in lp.blocks(statement):
            inner[:] = _with_lanes(inner, lanes, lane)
        if isinstance(statement, lp.Assign) and statement.value in lanes:
            statement = lp.Store(lanes[statement.value], at, statement.expr)
        result.append(statement)
    return result
