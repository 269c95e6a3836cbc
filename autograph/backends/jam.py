"""Adds several rows of a matrix at a time to the same vector.

Enters: the statements of a function. Leaves: the same, where loops over the rows of a matrix take
several rows at once: the element that all of them add to is loaded and stored once. The order of
additions to an element stays. (Products of rows with a vector, which store nothing, lose by that:
they wait for memory, which comes slower from several rows at a time.)
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.dependence import accesses, meet_along, nest_ranges
from autograph.backends.forwarding import forwarded
from autograph.backends.rewrite import Substitution
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar

#: So many rows run together.
ROWS = 4

_INDEX = np.dtype(np.int64)


def jam_rows(block: list[lp.Stmt]) -> list[lp.Stmt]:
    """Return a block, and blocks inside, with rows taken together where that saves loads."""
    result: list[lp.Stmt] = []
    for statement in block:
        if isinstance(statement, lp.Nest):
            result += _jammed(statement)
            continue
        for inner in lp.blocks(statement):
            inner[:] = jam_rows(inner)
        result.append(statement)
    return result


def _jammed(nest: lp.Nest) -> list[lp.Stmt]:
    """Return what is to stand in the place of a nest."""
    if any(nest.reverse) or lp.hole(nest) is not None:
        return [nest]
    if len(nest.indices) < 2 or not nest.ordered or not _adds_up_rows(nest):
        return [nest]
    axis = len(nest.indices) - 2
    low, high = nest.lower[axis], nest.upper[axis]
    extent = (high - low).constant
    if extent is not None and extent < ROWS:
        return [nest]
    head: list[lp.Stmt] = []
    count = _quotient(high - low, head)
    group = symbol("group")
    body = _together(nest, [Affine.of(group) * ROWS + low + k for k in range(ROWS)], axis)
    main = replace(
        nest,
        indices=(*nest.indices[:axis], group, *nest.indices[axis + 1 :]),
        lower=(*nest.lower[:axis], Affine(0), *nest.lower[axis + 1 :]),
        upper=(*nest.upper[:axis], count, *nest.upper[axis + 1 :]),
        body=body,
    )
    if extent is not None and extent % ROWS == 0:
        return [*head, main]
    rest = (*nest.lower[:axis], low + count * ROWS, *nest.lower[axis + 1 :])
    return [*head, main, replace(nest, lower=rest)]


def _adds_up_rows(nest: lp.Nest) -> bool:
    """Return whether rows add to the same elements, each of which no other element depends on."""
    row, along = nest.indices[-2:]
    flat = all(isinstance(s, lp.Let | lp.Store) for s in nest.body)
    bounds = {s for form in (nest.lower[-1], nest.upper[-1]) for s in form.symbols}
    if not flat or row in bounds or not _shares_elements(nest, row, along):
        return False
    reads, writes = accesses(nest.body, nest_ranges(nest))
    pairs = [(a, b) for b in writes for a in (*reads, *writes) if a.buffer is b.buffer]
    return all(meet_along(a, b, (along, along)) for a, b in pairs)


def _shares_elements(nest: lp.Nest, row: Value, along: Value) -> bool:
    """Return whether a loop goes through elements that are the same for all rows."""
    touched = [point for s in nest.body for _, point in elements(s)]
    symbols = [{s for form in point for s in form.symbols} for point in touched]
    return any(along in found and row not in found for found in symbols)


def _together(nest: lp.Nest, rows: list[Affine], axis: int) -> list[lp.Stmt]:
    """Return the body for several rows, one after the other."""
    body: list[lp.Stmt] = []
    for row in rows:
        own: dict[Value, AffineLike] = {nest.indices[axis]: row}
        for statement in nest.body:
            if isinstance(statement, lp.Let):
                own[statement.value] = Value(statement.value.type, None, statement.value.name)
        body += Substitution(own).block(nest.body)
    return _stored_once(forwarded(body))


def _stored_once(body: list[lp.Stmt]) -> list[lp.Stmt]:
    """Return the statements without stores of elements that are stored again before a load."""
    result: list[lp.Stmt] = []
    later: set[tuple[lp.Buffer, lp.Point]] = set()
    for statement in reversed(body):
        if isinstance(statement, lp.Store):
            place = statement.buffer, statement.index
            if place in later:
                continue
            later.add(place)
        loaded = {
            e.buffer
            for expr in lp.expressions(statement)
            for e in lp.subexpressions(expr)
            if isinstance(e, lp.Load)
        }
        later = {place for place in later if place[0] not in loaded}
        result.append(statement)
    return result[::-1]


def _quotient(extent: Affine, statements: list[lp.Stmt]) -> Affine:
    """Return how many times `ROWS` fits into an extent."""
    if extent.constant is not None:
        return Affine(extent.constant // ROWS)
    groups = Value(scalar(_INDEX), None, "groups")
    args = lp.Form(extent), lp.Form(Affine(ROWS))
    quotient = lp.Apply(get_op("floor_divide"), args, _INDEX)
    least = lp.Apply(get_op("maximum"), (quotient, lp.Form(Affine(0))), _INDEX)
    statements.append(lp.Let(groups, least))
    return Affine.of(groups)
