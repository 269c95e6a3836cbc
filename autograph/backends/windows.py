"""Hands elements on from one iteration of a loop to the next in variables.

Enters: the statements of a function. Leaves: the same, where a loop that goes through a buffer in
steps of one element, and reads what it has written a few iterations before, keeps the elements in
between in variables. What is in memory has to be stored before it can be loaded, so each iteration
would wait for both. An element is loaded when it comes in reach and stored when it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.rewrite import map_statement
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import scalar
from autograph.ops.elementwise import greater

#: A window has at most so many elements.
WIDEST = 4


def carry_in_windows(block: list[lp.Stmt]) -> list[lp.Stmt]:
    """Return a block whose loops hand elements on in variables."""
    result: list[lp.Stmt] = []
    for statement in block:
        for inner in lp.blocks(statement):
            inner[:] = carry_in_windows(inner)
        windows = _windows(statement) if isinstance(statement, lp.For) else []
        if windows and isinstance(statement, lp.For):
            result += _through_windows(statement, windows)
        else:
            result.append(statement)
    return result


class _Row(Struct, frozen=True):
    """What the positions have in common that lie a constant distance apart.

    Attributes:
        buffer: Where they are.
        start: The position at distance zero; it moves by one element along the axis.
        axis: The axis that the loop goes along.
        sign: Which way it goes as the loop's index grows: 1 or -1.
    """

    buffer: lp.Buffer
    start: lp.Point
    axis: int
    sign: int

    def at(self, distance: Affine) -> lp.Point:
        """Return the position at a distance."""
        before, after = self.start[: self.axis], self.start[self.axis + 1 :]
        return (*before, self.start[self.axis] + distance, *after)

    def is_apart(self, other: _Row) -> bool:
        """Return whether two rows have no element in common."""
        gaps = [
            (a - b).constant
            for axis, (a, b) in enumerate(zip(self.start, other.start, strict=True))
            if axis not in (self.axis, other.axis)
        ]
        return any(gap is not None and gap != 0 for gap in gaps)


class _Window(Struct, eq=False):
    """The elements of a row that one iteration reaches, in variables by distance."""

    row: _Row
    variables: dict[int, Value]
    downwards: bool

    @property
    def entering(self) -> int:
        """The distance at which elements come in reach."""
        return min(self.variables) if self.downwards else max(self.variables)

    @property
    def leaving(self) -> int:
        """The distance from which elements leave."""
        return max(self.variables) if self.downwards else min(self.variables)

    def load(self, distance: int, shift: Affine) -> lp.Stmt:
        """Return the statement that fills a variable."""
        position = self.row.at(shift + distance)
        return lp.Assign(self.variables[distance], lp.Load(self.row.buffer, position))

    def store(self, distance: int, shift: Affine) -> lp.Stmt:
        """Return the statement that writes a variable back."""
        content = lp.Read(self.variables[distance])
        return lp.Store(self.row.buffer, self.row.at(shift + distance), content)

    def moves(self) -> list[lp.Stmt]:
        """Return the statements that move the window on by one element."""
        order = sorted(self.variables, reverse=self.downwards)
        return [
            lp.Assign(self.variables[to], lp.Read(self.variables[of])) for to, of in pairwise(order)
        ]

    def staying(self) -> list[int]:
        """Return the distances of what is in reach of two iterations, as the later one sees it."""
        return [distance for distance in sorted(self.variables) if distance != self.entering]


# ---------------------------------------------------------------- which elements


def _windows(loop: lp.For) -> list[_Window]:
    """Return the windows that a loop can use: those in which it reads what it wrote before."""
    body = list(lp.walk(loop.body))
    if not all(isinstance(s, lp.Let | lp.Assign | lp.Store | lp.If) for s in body):
        return []
    changing = {s.value for s in body if isinstance(s, lp.Let | lp.Assign)}
    written = {s.buffer: None for s in body if isinstance(s, lp.Store)}
    found = []
    for buffer in written:
        rows = _rows(loop, buffer, changing)
        for row, (loads, stores) in (rows or {}).items():
            distances = {*loads, *stores}
            width = max(distances) - min(distances) + 1
            downwards = loop.reverse != (row.sign < 0)
            waits = any((a > b) if downwards else (a < b) for a in loads for b in stores)
            if waits and width <= WIDEST:
                near = range(min(distances), max(distances) + 1)
                variables = {d: Value(scalar(buffer.dtype)) for d in near}
                found.append(_Window(row, variables, downwards))
    return found


def _rows(
    loop: lp.For, buffer: lp.Buffer, changing: set[Value]
) -> dict[_Row, tuple[set[int], set[int]]] | None:
    """Return the distances of loads and of stores in each row; None if rows may overlap."""
    rows: dict[_Row, tuple[set[int], set[int]]] = {}
    for statement in lp.walk(loop.body):
        for accessed, index in elements(statement):
            if accessed is not buffer:
                continue
            placed = _placed(buffer, index, loop.index)
            if placed is None or any(s in changing for form in index for s in form.symbols):
                return None
            row, distance = placed
            is_store = isinstance(statement, lp.Store) and statement.index is index
            rows.setdefault(row, (set(), set()))[is_store].add(distance)
    keys = list(rows)
    apart = all(a.is_apart(b) for k, a in enumerate(keys) for b in keys[:k])
    return rows if apart else None


def _placed(buffer: lp.Buffer, index: lp.Point, moving: Value) -> tuple[_Row, int] | None:
    """Return the row that a position is in, and how far along it."""
    axes = [axis for axis, form in enumerate(index) if form.coefficient(moving)]
    if len(axes) != 1 or abs(index[axes[0]].coefficient(moving)) != 1:
        return None
    axis = axes[0]
    sign = index[axis].coefficient(moving)
    distance = index[axis].const
    start = (*index[:axis], index[axis] - distance, *index[axis + 1 :])
    return _Row(buffer, start, axis, sign), distance


# ---------------------------------------------------------------- the loop with windows


def _through_windows(loop: lp.For, windows: Sequence[_Window]) -> list[lp.Stmt]:
    """Return what a loop becomes; nothing is touched if it has no iteration."""
    by_row = {window.row: window for window in windows}
    last = Affine(0) if loop.reverse else loop.length - 1
    first, after = (loop.length - 1, last - 1) if loop.reverse else (Affine(0), last + 1)
    here = Affine(0)
    body: list[lp.Stmt] = [window.load(window.entering, here) for window in windows]
    body += [_with_variables(statement, by_row, loop.index) for statement in loop.body]
    for window in windows:
        body += [window.store(window.leaving, here), *window.moves()]
    begin = [w.load(d, (first - loop.index) * w.row.sign) for w in windows for d in w.staying()]
    end = [w.store(d, (after - loop.index) * w.row.sign) for w in windows for d in w.staying()]
    run = [*begin, replace(loop, body=body), *end]
    if (loop.length.constant or 0) > 0:
        return run
    zero = lp.Constant(np.int64(0))
    return [lp.If(lp.Apply(greater, (lp.Form(loop.length), zero), np.dtype(np.bool_)), run)]


def _with_variables(statement: lp.Stmt, windows: Mapping[_Row, _Window], moving: Value) -> lp.Stmt:
    """Return a statement that reads and writes windows instead of buffers."""

    def variable(buffer: lp.Buffer, index: lp.Point) -> Value | None:
        placed = _placed(buffer, index, moving)
        window = windows.get(placed[0]) if placed is not None else None
        return None if window is None or placed is None else window.variables[placed[1]]

    def change(expr: lp.Expr) -> lp.Expr:
        found = variable(expr.buffer, expr.index) if isinstance(expr, lp.Load) else None
        return expr if found is None else lp.Read(found)

    statement = map_statement(statement, change)
    for inner in lp.blocks(statement):
        inner[:] = [_with_variables(s, windows, moving) for s in inner]
    if isinstance(statement, lp.Store):
        found = variable(statement.buffer, statement.index)
        return statement if found is None else lp.Assign(found, statement.expr)
    return statement
