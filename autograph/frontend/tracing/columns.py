"""The columns that the items of a list lie in: where a row is, and whether there is room."""

from __future__ import annotations

from autograph.frontend.arrays.assembly import placed
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.growing import row_index
from autograph.frontend.symbols.symbolic import value_of_form
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Slice, Value
from autograph.ops.control import check, out_of_room
from autograph.ops.elementwise import greater_equal
from autograph.ops.structure import empty, set_


def larger(a: Affine, b: Affine) -> Affine:
    """Return the larger of two capacities."""
    facts = tracer().facts
    if facts.nonnegative(a - b):
        return a
    return b if facts.nonnegative(b - a) else integers.maximum(a, b)


def require_room(capacity: Affine, count: Affine) -> None:
    """Check that so many items fit."""
    fits = tracer().facts.nonnegative(capacity - count)
    if not fits:
        room, wanted = value_of_form(capacity), value_of_form(count)
        check(greater_equal(room, wanted), message=out_of_room(tracer().room_number(capacity)))
        tracer().facts.learn(capacity - count)


def rows_index(column: Value, start: Affine, count: Affine) -> tuple[At | Slice, ...]:
    """Return the index of several rows of a column."""
    return (Slice(start, count), *(Slice(Affine(0), dim) for dim in column.dims[1:]))


def with_row(column: Value, position: Affine, row: Value) -> Value:
    """Return the column with a row replaced; what the row leaves undefined stays as it is."""
    node = row.node
    index = row_index(column, position)
    if node is not None and node.op is set_ and node.operands[0].node is not None:
        part = tuple(Slice(Affine(0), dim) for dim in node.operands[1].dims)
        if node.operands[0].node.op is empty and node.attrs["index"] == part:
            row, index = node.operands[1], (At(position), *part)
    return placed(column, row, index)
