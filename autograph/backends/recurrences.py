"""Loops in each other whose iterations need those before: what may run side by side in them.

Enters: a loop over rows that holds a loop over columns, such as the one that fills a table of
dynamic programming. Leaves: a `Recurrence`, which says how many columns each row has to stay behind
the row before (its skew). Cells of several rows with the same `column + skew * row` are independent
of each other then, and cells that share an element run in the order that the program says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import effects, reads_of
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Value, symbol

#: Skews that are tried.
SKEWS = range(4)


class Recurrence(Struct, eq=False):
    """Two loops in each other.

    Attributes:
        row: Counts the iterations of the outer loop from 0 in the order in which they run.
        column: Likewise for the inner loop.
        rows: How many rows there are.
        columns: How many columns.
        before: What happens in a row before its cells.
        cell: What happens in a cell.
        after: What happens in a row after its cells.
        private: The variables that the parts of a row hand on to each other.
        skew: How many columns each row stays behind the row before.
        waits: Whether a cell needs what cells before it in its row have written.
        late: The positions of additions in the cell that come after all cells of their time.
    """

    row: Value
    column: Value
    rows: Affine
    columns: Affine
    before: list[lp.Stmt]
    cell: list[lp.Stmt]
    after: list[lp.Stmt]
    private: tuple[Value, ...]
    skew: int = 0
    waits: bool = False
    late: frozenset[int] = frozenset()

    def placed(
        self, statements: Sequence[lp.Stmt], row: AffineLike, column: AffineLike = 0
    ) -> list[lp.Stmt]:
        """Return statements for a row and a column; only `private` variables stay the same."""
        made = {s.value for s in lp.walk(statements) if isinstance(s, lp.Let | lp.Assign)}
        own: dict[Value, AffineLike] = {
            v: Value(v.type, None, v.name) for v in made if v not in self.private
        }
        places = {self.row: Affine.of(row), self.column: Affine.of(column)}
        return Substitution({**own, **places}).block(list(statements))


def recurrence(loop: lp.For, outside: set[Value]) -> Recurrence | None:
    """Return what is known of a loop over rows, if cells of several rows may run side by side.

    Args:
        loop: The loop.
        outside: The variables that are read outside of it.
    """
    found = parts_of(loop)
    if found is None or not _is_closed(found, outside):
        return None
    changing = varying(found)
    if not changing.isdisjoint(found.columns.symbols) or not _may_gather(found, changing):
        return None
    meetings = list(_meetings(found, changing))
    for skew in SKEWS:
        if all(is_ordered(meeting, skew) for meeting in meetings):
            found.skew = skew
            found.waits = bool(found.private) or any(map(_is_in_a_row, meetings))
            return found
    return None


def parts_of(loop: lp.For) -> Recurrence | None:
    """Take the loops apart; what a row only names is named again in each part that needs it."""
    inner = [s for s in loop.body if isinstance(s, lp.For)]
    rest = [s for s in lp.walk(loop.body) if s not in inner]
    if len(inner) != 1 or not all(
        isinstance(s, lp.Let | lp.Assign | lp.Store | lp.If) for s in rest
    ):
        return None
    at = loop.body.index(inner[0])
    names = [s for s in loop.body[:at] if isinstance(s, lp.Let)]
    before = [s for s in loop.body[:at] if not isinstance(s, lp.Let)]
    if not {loop.index, *(let.value for let in names)}.isdisjoint(inner[0].length.symbols):
        return None
    cell, after = inner[0].body, loop.body[at + 1 :]
    changed = set().union(*(effects(s).writes for s in (*before, *cell, *after)))
    if any(not changed.isdisjoint(reads_of(let.expr)) for let in names):
        return None
    row, column = symbol("i"), symbol("j")
    turn = Substitution(
        {loop.index: _position(row, loop), inner[0].index: _position(column, inner[0])}
    ).block
    head, body, tail = (turn([*_needed(names, part), *part]) for part in (before, cell, after))
    private = _private(head, body, tail)
    return Recurrence(row, column, loop.length, inner[0].length, head, body, tail, private)


def varying(found: Recurrence) -> set[Value]:
    """Return the variables that are not the same in all cells."""
    changing = {found.row, found.column}
    for part in (found.before, found.cell, found.after):
        changing |= {s.value for s in lp.walk(part) if isinstance(s, lp.Let | lp.Assign)}
    return changing


def _position(counter: Value, loop: lp.For) -> Affine:
    return loop.length - 1 - counter if loop.reverse else Affine.of(counter)


def _needed(names: Sequence[lp.Let], statements: Sequence[lp.Stmt]) -> list[lp.Stmt]:
    """Return those of the names that statements need."""
    read = set().union(*(effects(s).reads for s in statements))
    kept: list[lp.Stmt] = []
    for let in reversed(names):
        if let.value in read:
            kept.insert(0, let)
            read |= reads_of(let.expr)
    return kept


# ---------------------------------------------------------------- variables


def _private(
    before: Sequence[lp.Stmt], cell: Sequence[lp.Stmt], after: Sequence[lp.Stmt]
) -> tuple[Value, ...]:
    """Return the variables with which the cells of a row and what follows them begin."""
    assigned = _assigned(before, cell, after)
    begun = {**_exposed(cell), **_exposed(after)}
    return tuple(v for v in begun if v in assigned)


def _assigned(*parts: Sequence[lp.Stmt]) -> set[Value]:
    return {s.value for part in parts for s in lp.walk(part) if isinstance(s, lp.Assign)}


def _exposed(block: Sequence[lp.Stmt]) -> dict[Value, None]:
    """Return the variables that a block reads before it has surely given them a content."""
    found: dict[Value, None] = {}
    made: set[Value] = set()
    for statement in block:
        inside = lp.blocks(statement)
        shallow = lp.If(lp.expressions(statement)[0], []) if inside else statement
        here = [v for v in effects(shallow).reads if isinstance(v, Value)]
        here += [v for inner in inside for v in _exposed(inner)]
        found.update(dict.fromkeys(v for v in here if v not in made))
        made |= _made(statement)
    return found


def _made(statement: lp.Stmt) -> set[Value]:
    """Return the variables that a statement surely gives a content."""
    if isinstance(statement, lp.Let | lp.Assign):
        return {statement.value}
    arms = [set().union(*map(_made, block)) for block in lp.blocks(statement)]
    return set.intersection(*arms) if arms else set()


def _is_closed(found: Recurrence, outside: set[Value]) -> bool:
    """Return whether rows hand nothing on in variables, to each other or to what comes later."""
    assigned = _assigned(found.before, found.cell, found.after)
    begun = set().union(*map(_made, found.before))
    return (
        assigned.isdisjoint(outside)
        and assigned.isdisjoint(_exposed(found.before))
        and begun.issuperset(found.private)
    )


# ---------------------------------------------------------------- elements

_Equation = tuple[int, int, int]
"""(a, b, gap): a * (difference of rows) + b * (difference of columns) = gap."""
Meeting = list[_Equation]
"""What holds if an access in a cell is of the element that another cell writes."""
_Access = tuple[lp.Buffer, lp.Point, bool]
"""An element, and whether it is written."""


def _accesses(part: Sequence[lp.Stmt]) -> list[_Access]:
    return [
        (buffer, index, isinstance(s, lp.Store) and s.index is index)
        for s in lp.walk(part)
        for buffer, index in elements(s)
    ]


def pairs_of(
    first: Sequence[lp.Stmt], second: Sequence[lp.Stmt]
) -> Iterator[tuple[lp.Point, lp.Point]]:
    """Yield the accesses of the same buffer in two parts of which at least one is a write."""
    for buffer, index, writes in _accesses(first):
        for other, place, also in _accesses(second):
            if other is buffer and (writes or also):
                yield index, place


def _meetings(found: Recurrence, changing: set[Value]) -> Iterator[Meeting]:
    """Yield when accesses in cells are of one element."""
    for index, place in pairs_of(found.cell, found.cell):
        meeting = meeting_of(found, changing, index, place)
        if meeting is not None:
            yield meeting


def meeting_of(
    found: Recurrence, changing: set[Value], first: lp.Point, second: lp.Point
) -> Meeting | None:
    """Return what the differences of rows and columns satisfy; None if nothing does.

    An axis along which the positions are computed, or do not change alike, says nothing.
    """
    equations = []
    for a, b in zip(first, second, strict=True):
        slopes = [(x.coefficient(found.row), x.coefficient(found.column)) for x in (a, b)]
        starts = [x.substitute({found.row: 0, found.column: 0}) for x in (a, b)]
        gap = (starts[0] - starts[1]).constant
        known = all(changing.isdisjoint(x.symbols) for x in starts)
        if slopes[0] != slopes[1] or gap is None or not known:
            continue
        if slopes[0] != (0, 0):
            equations.append((*slopes[0], gap))
        elif gap:
            return None
    return equations


def is_ordered(meeting: Meeting, skew: int) -> bool:
    """Return whether of two cells that meet, the one in the earlier row surely comes earlier.

    The time of a cell is `column + skew * row`; within a row the order stays what it is.
    """
    points = (
        _point(first, second, skew) for k, first in enumerate(meeting) for second in meeting[:k]
    )
    return any(points) or any(_line(equation, skew) for equation in meeting)


def _point(first: _Equation, second: _Equation, skew: int) -> bool:
    """Return whether the cells are ordered if two equations leave one difference at most."""
    apart = _solution(first, second)
    return apart is not None and all(
        rows == 0 or (skew * rows + columns) * rows > 0 for rows, columns in apart
    )


def _solution(first: _Equation, second: _Equation) -> list[tuple[int, int]] | None:
    """Return the differences that satisfy two equations, one or none; None if it may be many."""
    (a, b, gap), (c, d, other) = first, second
    area = a * d - b * c
    if not area:
        return None
    rows, columns = gap * d - b * other, a * other - gap * c
    return [] if rows % area or columns % area else [(rows // area, columns // area)]


def differences(
    found: Recurrence, changing: set[Value], write: lp.Point, access: lp.Point
) -> list[tuple[int, int]] | None:
    """Return by how many rows and columns a cell comes after another that writes what it accesses.

    None if that may be many.
    """
    meeting = meeting_of(found, changing, write, access)
    return [] if meeting is None else distances(meeting)


def distances(meeting: Meeting) -> list[tuple[int, int]] | None:
    """Return by how many rows and columns cells that meet differ; None if that may be many."""
    pairs = ((first, second) for k, first in enumerate(meeting) for second in meeting[:k])
    return next((apart for pair in pairs if (apart := _solution(*pair)) is not None), None)


def _line(equation: _Equation, skew: int) -> bool:
    """Return whether the cells are ordered for all differences that an equation leaves.

    The difference of times is `((skew * b - a) * rows + gap) / b`.
    """
    a, b, gap = equation
    if gap % math.gcd(a, b):
        return True
    if b == 0:
        return gap == 0
    slope = (skew * b - a) * (1 if b > 0 else -1)
    return slope > abs(gap)


def _is_in_a_row(meeting: Meeting) -> bool:
    """Return whether a cell accesses what a cell before it in its row has written."""
    if any(b == 0 and gap for _, b, gap in meeting):
        return False
    return all(b == 0 or (gap % b == 0 and gap // b > 0) for _, b, gap in meeting)


def _may_gather(found: Recurrence, changing: set[Value]) -> bool:
    """Return whether all rows may begin before any cell, and end after all cells."""

    def rows_between(
        first: Sequence[lp.Stmt], second: Sequence[lp.Stmt], fits: Callable[[int], bool]
    ) -> bool:
        for index, place in pairs_of(first, second):
            meeting = meeting_of(found, changing, index, place)
            if meeting is not None and not any(
                b == 0 and (gap % a or fits(gap // a)) for a, b, gap in meeting
            ):
                return False
        return True

    return (
        rows_between(found.before, found.cell, lambda rows: rows >= 0)
        and rows_between(found.before, found.after, lambda rows: rows >= 0)
        and rows_between(found.cell, found.after, lambda rows: rows >= 0)
    )
