"""Lays arrays of the function's own out in memory along the loops that go through them.

Enters: the statements of a function. Leaves: the same, with the axes of some buffers in another
order: the axis that inner loops run along comes last, so that these loops run over neighbours in
memory. Nests over such buffers run in the order that has most neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements, turned
from autograph.backends.effects import whole_uses
from autograph.backends.rewrite import map_statement
from autograph.backends.row_sums import summed_by_rows
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

#: How often a loop is taken to run, where that is not known.
TRIPS = 16
#: Axes change places only if that serves so many times as many accesses.
MARGIN = 2


def lay_out(body: list[lp.Stmt], function: lp.LoopFunction) -> None:
    """Choose the order of the axes of buffers, in place.

    Args:
        body: The statements.
        function: The function that they belong to; it gets a note.
    """
    orders: dict[lp.Buffer, tuple[int, ...]] = {}
    votes = _votes(body)
    for group in _groups(body, function):
        found: Counter[int] = Counter()
        for buffer in group:
            found.update(votes.get(buffer, {}))
        last = len(group[0].dims) - 1
        if found and found.most_common(1)[0][1] > MARGIN * found[last]:
            axis = found.most_common(1)[0][0]
            order = (*(a for a in range(last + 1) if a != axis), axis)
            orders.update(dict.fromkeys(group, order))
    if orders:
        for buffer, order in orders.items():
            buffer.dims = _permuted(buffer.dims, order)
        _rewrite(body, orders)
        _sum_by_rows(body, orders)
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(b.name for b in orders))
        text = f"{names}: axes are stored in the order in which inner loops run over them"
        function.notes.append(lp.Note(None, text))


def _groups(body: list[lp.Stmt], function: lp.LoopFunction) -> list[list[lp.Buffer]]:
    """Return the buffers whose axes may change places; those that are swapped stay together."""
    buffers = [
        s.buffer for s in lp.walk(body) if isinstance(s, lp.Alloc) and len(s.buffer.dims) > 1
    ]
    groups = {buffer: [buffer] for buffer in buffers}
    rest: list[lp.Stmt] = []
    for statement in lp.walk(body):
        if not isinstance(statement, lp.Swap):
            rest += [] if lp.blocks(statement) else [statement]
            continue
        one, other = (groups.get(b, [b]) for b in (statement.first, statement.second))
        joined = one if one is other else one + other
        groups.update(dict.fromkeys(joined, joined))
    fixed = whole_uses(rest) | {r for r in function.results if isinstance(r, lp.Buffer)}
    fixed |= {b for s in rest if isinstance(s, lp.Restore) for b in s.others}
    found = {id(group): group for group in groups.values()}
    return [g for g in found.values() if fixed.isdisjoint(g) and all(b in buffers for b in g)]


def _votes(body: list[lp.Stmt]) -> dict[lp.Buffer, Counter[int]]:
    """Return for each axis of buffers how often innermost loops run along it."""
    votes: dict[lp.Buffer, Counter[int]] = {}

    def visit(block: Sequence[lp.Stmt], inner: lp.Nest | None, weight: int) -> None:
        for statement in block:
            for buffer, index in elements(statement):
                for axis in _axes_along(index, inner.indices[-1]) if inner is not None else ():
                    votes.setdefault(buffer, Counter())[axis] += weight
            nest = statement if isinstance(statement, lp.Nest) else inner
            for nested in lp.blocks(statement):
                visit(nested, nest, weight * _trips(statement))

    visit(body, None, 1)
    return votes


def _trips(statement: lp.Stmt) -> int:
    match statement:
        case lp.Nest(_, lower, upper):
            trips = 1
            for low, high in zip(lower, upper, strict=True):
                trips *= _extent(high - low)
            return trips
        case lp.For(_, length):
            return _extent(length)
        case lp.While():
            return TRIPS
    return 1


def _extent(length: Affine) -> int:
    return TRIPS if length.constant is None else min(max(length.const, 1), TRIPS)


def _axes_along(index: lp.Point, variable: Value) -> list[int]:
    """Return the axis along which a loop goes through a buffer in steps of one element, if any."""
    axes = [axis for axis, form in enumerate(index) if form.coefficient(variable)]
    return axes if len(axes) == 1 and abs(index[axes[0]].coefficient(variable)) == 1 else []


def _touched(nest: lp.Nest) -> set[lp.Buffer]:
    """Return the buffers of which a nest itself reads or writes elements."""
    return {buffer for statement in nest.body for buffer, _ in elements(statement)}


def _sum_by_rows(block: list[lp.Stmt], orders: Mapping[lp.Buffer, tuple[int, ...]]) -> None:
    """Turn sums over elements that are no neighbours in the new order into sums of rows."""
    result: list[lp.Stmt] = []
    for statement in block:
        if isinstance(statement, lp.Nest):
            inner = [s for s in statement.body if isinstance(s, lp.Nest)]
            touched = set[lp.Buffer]().union(*map(_touched, inner))
            change = not orders.keys().isdisjoint(touched)
            result += summed_by_rows(statement) if change else [statement]
            continue
        for nested in lp.blocks(statement):
            _sum_by_rows(nested, orders)
        result.append(statement)
    block[:] = result


def _permuted(point: lp.Point, order: Sequence[int]) -> lp.Point:
    return tuple(point[axis] for axis in order)


def _rewrite(block: list[lp.Stmt], orders: dict[lp.Buffer, tuple[int, ...]]) -> None:
    """Rewrite the accesses to buffers for the new order of their axes, and turn nests."""

    def change(expr: lp.Expr) -> lp.Expr:
        if isinstance(expr, lp.Load) and expr.buffer in orders:
            return lp.Load(expr.buffer, _permuted(expr.index, orders[expr.buffer]))
        return expr

    for position, statement in enumerate(block):
        for nested in lp.blocks(statement):
            _rewrite(nested, orders)
        statement = block[position] = map_statement(statement, change)
        if isinstance(statement, lp.Store) and statement.buffer in orders:
            statement.index = _permuted(statement.index, orders[statement.buffer])
        if isinstance(statement, lp.Nest) and not orders.keys().isdisjoint(_touched(statement)):
            block[position] = turned(statement)
