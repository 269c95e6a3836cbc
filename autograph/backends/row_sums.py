"""Sums for each element of a row, added up row by row: along the memory, many sums at a time.

Enters: a nest of sums, one for each element of its result. Leaves: nests that add rows to the
result one after the other.
"""

from __future__ import annotations

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op

#: Sums whose rounding errors must not grow have at most so many terms one after the other.
MOST_TERMS = 512


def runs_along(nest: lp.Nest, index: Value) -> bool:
    """Return whether more of a nest's loads are contiguous along an outer index than its own."""
    last = nest.indices[-1]
    along, across = 0, 0
    for statement in nest.body:
        for expr in lp.expressions(statement):
            for e in lp.subexpressions(expr):
                if isinstance(e, lp.Load) and last in {s for f in e.index for s in f.symbols}:
                    symbols = e.index[-1].symbols
                    along += index in symbols and last not in symbols
                    across += last in symbols and len(e.index) > 1
    return along > across


def by_rows(
    nest: lp.Nest, outer: tuple[Value, ...], dims: lp.Point, out: lp.Buffer, start: lp.Expr
) -> list[lp.Stmt]:
    """Return nests that accumulate a whole row of results at a time, in the memory's order."""
    *rows, (reduce_) = nest.body
    assert isinstance(reduce_, lp.Reduce)
    first = tuple(symbol(i.name) for i in outer)
    box = (Affine(0),) * len(outer)
    clear = lp.Store(out, tuple(map(Affine.of, first)), start)
    point = tuple(map(Affine.of, outer))
    new = lp.Apply(reduce_.op, (lp.Load(out, point), reduce_.expr), out.dtype)
    indices = (*outer[:-1], *nest.indices, outer[-1])
    upper = (*dims[:-1], *nest.upper, dims[-1])
    body = [*rows, lp.Store(out, point, new)]
    return [
        lp.Nest(first, box, dims, [clear], site=nest.site),
        lp.Nest(indices, (Affine(0),) * len(indices), upper, body, ordered=True, site=nest.site),
    ]


def summed_by_rows(nest: lp.Nest) -> list[lp.Stmt]:
    """Return what stands in the place of a nest of sums if they run across the memory."""
    match nest.body:
        case [lp.Assign(total, start), lp.Nest() as inner, lp.Store(out, point, result)]:
            pass
        case _:
            return [nest]
    term = inner.body[-1]
    adds = isinstance(term, lp.Reduce) and term.target is total and result == lp.Read(total)
    lets = all(isinstance(s, lp.Let) for s in inner.body[:-1])
    whole = point == tuple(map(Affine.of, nest.indices)) and nest.upper == out.dims
    bounds = {s for form in inner.upper for s in form.symbols}
    zeros = all(low == 0 for low in (*nest.lower, *inner.lower))
    read = {buffer for s in inner.body for buffer, _ in elements(s)}
    plain = not any((*nest.reverse, *inner.reverse)) and not nest.ordered
    fits = whole and zeros and plain and out not in read and bounds.isdisjoint(nest.indices)
    if not (adds and lets and fits and runs_along(inner, nest.indices[-1])):
        return [nest]
    rows = by_rows(inner, nest.indices, nest.upper, out, start)
    assert isinstance(term, lp.Reduce)
    if not term.careful or term.op.name != "add" or term.target.dtype.kind not in "fc":
        return rows
    extent = inner.upper[0]
    if len(inner.indices) > 1 or (extent.constant or 0) > MOST_TERMS:
        return [nest]
    if extent.constant is not None:
        return rows
    few = lp.Form(extent), lp.Form(Affine(MOST_TERMS))
    return [lp.If(lp.Apply(get_op("less_equal"), few, np.dtype(np.bool_)), rows, [nest])]
