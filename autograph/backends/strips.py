"""Runs nests over the rows of large arrays strip by strip, so that rows come from memory once.

Enters: the statements of a function. Leaves: the same, where nests that go through the rows of a
common array one after the other have become a loop over strips of a few rows: each nest finds its
strip in the cache, where the one before it has left it. Arrays that only these nests use are as
long as a strip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.block import literal
from autograph.backends.dependence import accesses, meet_along, nest_ranges
from autograph.backends.effects import KnownEffects, whole_uses
from autograph.backends.rewrite import map_elements
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar

#: What the rows of a strip take together, in bytes, unless that is less than `LEAST_ROWS`.
STRIP_BYTES = 32768
#: Strips are multiples of so many rows: nests over the rows alone fill vectors.
LEAST_ROWS = 8

_INDEX = np.dtype(np.int64)
_SIMPLE = lp.Let | lp.Assign | lp.Store | lp.Reduce | lp.If | lp.Nest


def run_in_strips(block: list[lp.Stmt], function: lp.LoopFunction) -> None:
    """Have nests of a block, and of blocks inside, run in strips where they share rows; in place.

    Args:
        block: The statements.
        function: The function that they belong to; it gets notes.
    """
    for statement in block:
        if not isinstance(statement, lp.Nest):
            for inner in lp.blocks(statement):
                run_in_strips(inner, function)
    position, known = 0, KnownEffects()
    while position < len(block):
        group = _group_from(block, position, known)
        if group is not None:
            known = KnownEffects()
            own = _own_arrays(group, block, function)
            end = position + group.length
            new = [*group.before, *_strips(group, own), *group.after]
            rest = block[end:]
            block[:] = [s for s in block[:position] if not _allocates(s, own)]
            block += [s for s in new if not _allocates(s, own) or s not in group.before]
            position = len(block) - 1 - len(group.after)
            block += rest
            text = f"{len(group.nests)} loop nests run together, in strips of rows"
            function.notes.append(lp.Note(group.nests[0].site, text))
        position += 1


def _allocates(statement: lp.Stmt, buffers: Mapping[lp.Buffer, int]) -> bool:
    return isinstance(statement, lp.Alloc) and statement.buffer in buffers


# ---------------------------------------------------------------- which nests


class _Group(Struct, frozen=True):
    """Nests of a block that may run in strips, and what stands between them.

    Attributes:
        nests: The nests, in order; their first axes are the rows.
        before: What can run before the first of them.
        after: What can run after the last of them.
    """

    nests: tuple[lp.Nest, ...]
    before: tuple[lp.Stmt, ...] = ()
    after: tuple[lp.Stmt, ...] = ()

    @property
    def length(self) -> int:
        """The number of statements."""
        return len(self.nests) + len(self.before) + len(self.after)

    def extended(self, statement: lp.Stmt, known: KnownEffects) -> _Group:
        """Return the group with the statement that follows."""
        here = known(statement)
        free = not any(known(s).conflicts(here) for s in self.after)
        if free and isinstance(statement, lp.Nest) and _joins(self.nests, statement, known):
            return replace(self, nests=(*self.nests, statement))
        if free and not any(known(s).conflicts(here) for s in self.nests):
            return replace(self, before=(*self.before, statement))
        return replace(self, after=(*self.after, statement))


def _group_from(block: list[lp.Stmt], position: int, known: KnownEffects) -> _Group | None:
    """Return the nests that can run in strips with the one at a position, None if that is no use.

    It is of use up to the last nest that goes through an array of rows with an earlier one.
    """
    first = block[position]
    if not isinstance(first, lp.Nest) or not _goes_through_rows(first):
        return None
    shared = set(_arrays_of_rows(first))
    if not any(_shares(first, shared, other) for other in block[position + 1 :]):
        return None
    group, found = _Group((first,)), None
    for statement in block[position + 1 :]:
        if known(statement).leaves:
            break
        count = len(group.nests)
        group = group.extended(statement, known)
        if len(group.nests) > count and _shares(first, shared, statement):
            shared |= _arrays_of_rows(group.nests[-1])
            found = group
    return found


def _goes_through_rows(nest: lp.Nest) -> bool:
    """Return whether a nest may run over some of its rows, then over the next ones."""
    simple = all(isinstance(s, _SIMPLE) for s in lp.walk(nest.body))
    extent = (nest.upper[0] - nest.lower[0]).constant
    many = extent is None or extent > LEAST_ROWS
    return simple and many and not any(nest.reverse) and lp.hole(nest) is None


def _arrays_of_rows(nest: lp.Nest) -> set[lp.Buffer]:
    """Return the arrays of more than one axis of which each row belongs to an iteration."""
    index, along = Affine.of(nest.indices[0]), _inner_indices(nest)
    touched = [e for s in lp.walk(nest.body) for e in elements(s)]
    return {b for b, point in touched if index in point and _moving(point, along)}


def _inner_indices(nest: lp.Nest) -> set[Value]:
    """Return the indices that go along the rows of a nest."""
    inner = [s.indices for s in lp.walk(nest.body) if isinstance(s, lp.Nest)]
    return {i for indices in (nest.indices[1:], *inner) for i in indices}


def _moving(point: lp.Point, indices: set[Value]) -> list[int]:
    """Return the axes along which an element moves with one of some indices."""
    return [k for k, form in enumerate(point) if not indices.isdisjoint(form.symbols)]


def _shares(first: lp.Nest, rows: set[lp.Buffer], other: lp.Stmt) -> bool:
    """Return whether a statement goes through one of some arrays of rows as a nest does."""
    if not isinstance(other, lp.Nest):
        return False
    same = (first.lower[0], first.upper[0]) == (other.lower[0], other.upper[0])
    return same and not rows.isdisjoint(_arrays_of_rows(other))


def _joins(nests: Sequence[lp.Nest], other: lp.Nest, known: KnownEffects) -> bool:
    """Return whether a nest can run in strips along with others that come before it."""
    same = (nests[0].lower[0], nests[0].upper[0]) == (other.lower[0], other.upper[0])
    if not same or not _goes_through_rows(other):
        return False
    return all(_meet_in_rows(nest, other, known) for nest in nests)


def _meet_in_rows(first: lp.Nest, second: lp.Nest, known: KnownEffects) -> bool:
    """Return whether what one nest writes the other one touches in the same row only."""
    before, after = known(first), known(second)
    crossing = (before.writes & (after.reads | after.writes)) | (before.reads & after.writes)
    if any(isinstance(p, Value) and p not in {*first.indices, *second.indices} for p in crossing):
        return False
    reads, writes = accesses(first.body, nest_ranges(first))
    later_reads, later_writes = accesses(second.body, nest_ranges(second))
    pairs = [(a, b) for a in writes for b in (*later_reads, *later_writes)]
    pairs += [(a, b) for a in reads for b in later_writes]
    rows = first.indices[0], second.indices[0]
    return all(meet_along(a, b, rows) for a, b in pairs if a.buffer is b.buffer)


# ---------------------------------------------------------------- the loop over strips


def _own_arrays(
    group: _Group, block: Sequence[lp.Stmt], function: lp.LoopFunction
) -> dict[lp.Buffer, int]:
    """Return the arrays that only the group uses, row by row, and the axes of their rows."""
    kept = {r for r in function.results if isinstance(r, lp.Buffer)} | whole_uses(function.body)
    fresh = {s.buffer for s in block if isinstance(s, lp.Alloc) and not s.zero} - kept
    used = Counter(b for s in lp.walk(function.body) for b, _ in elements(s) if b in fresh)
    axes: dict[lp.Buffer, set[int]] = {}
    for nest in group.nests:
        index, end = Affine.of(nest.indices[0]), nest.upper[0]
        for buffer, point in (e for s in lp.walk(nest.body) for e in elements(s)):
            if buffer in fresh:
                used[buffer] -= 1
                whole = {k for k, x in enumerate(point) if x == index and buffer.dims[k] == end}
                axes[buffer] = axes.get(buffer, whole) & whole
    return {b: min(found) for b, found in axes.items() if found and not used[b]}


def _strips(group: _Group, own: Mapping[lp.Buffer, int]) -> list[lp.Stmt]:
    """Return the loop over strips, and what it needs before and after it.

    Sums over all rows whose rounding errors must not grow are sums over a strip each, which are
    added up afterwards.
    """
    low, high = group.nests[0].lower[0], group.nests[0].upper[0]
    head: list[lp.Stmt] = []
    row_bytes = _maximum(_row_bytes(group, head), lp.Form(Affine(1)))
    fitting = _apply("floor_divide", lp.Form(Affine(STRIP_BYTES // LEAST_ROWS)), row_bytes)
    rows = _named(_maximum(fitting, lp.Form(Affine(1))), "eights", head) * LEAST_ROWS
    span = lp.Form(high - low + rows - 1)
    count = _named(_apply("floor_divide", span, lp.Form(rows)), "strips", head)
    for buffer, axis in own.items():
        buffer.dims = (*buffer.dims[:axis], rows, *buffer.dims[axis + 1 :])
        head.append(lp.Alloc(buffer))
    strip, body, tail = symbol("strip"), list[lp.Stmt](), list[lp.Stmt]()
    offset = _apply("multiply", lp.Form(Affine.of(strip)), lp.Form(rows))
    start = _named(offset, "first", body) + low
    end = _apply("minimum", lp.Form(start + rows), lp.Form(high))
    stop = _named(end, "last", body)
    for nest in group.nests:
        inside = map_elements(nest.body, partial(_from_start, own, start))
        part = replace(nest, lower=(start, *nest.lower[1:]), upper=(stop, *nest.upper[1:]))
        stores: list[lp.Stmt] = []
        for reduce_ in _careful_sums(nest):
            target, parts = reduce_.target, lp.Buffer("parts", reduce_.target.dtype, (count,))
            partial_sum, k = Value(target.type), symbol("k")
            inside = [_adding_to(partial_sum, target, s) for s in inside]
            head.append(lp.Alloc(parts))
            body.append(lp.Assign(partial_sum, literal(target.dtype, 0)))
            stores.append(lp.Store(parts, (Affine.of(strip),), lp.Read(partial_sum)))
            adding: list[lp.Stmt] = [replace(reduce_, expr=lp.Load(parts, (Affine.of(k),)))]
            tail.append(lp.Nest((k,), (Affine(0),), (count,), adding, site=nest.site))
        part.body = inside
        body += [part, *stores]
    return [*head, lp.For(strip, count, body, site=group.nests[0].site), *tail]


def _row_bytes(group: _Group, statements: list[lp.Stmt]) -> lp.Expr:
    """Return what a row of all arrays of the group takes; names go to the statements."""
    counted: set[lp.Buffer] = set()
    total: lp.Expr = lp.Form(Affine(0))
    for nest in group.nests:
        index, along = Affine.of(nest.indices[0]), _inner_indices(nest)
        for buffer, point in (e for s in lp.walk(nest.body) for e in elements(s)):
            if index in point and buffer not in counted:
                counted.add(buffer)
                size: lp.Expr = lp.Form(Affine(buffer.dtype.itemsize))
                for axis in _moving(point, along):
                    size = _apply("multiply", size, lp.Form(buffer.dims[axis]))
                total = _apply("add", total, size)
    return lp.Form(_named(total, "bytes", statements))


def _careful_sums(nest: lp.Nest) -> list[lp.Reduce]:
    """Return the first statement of each sum over all rows whose errors must not grow."""
    inside = {s.value for s in lp.walk(nest.body) if isinstance(s, lp.Assign)}
    found = [s for s in lp.walk(nest.body) if isinstance(s, lp.Reduce)]
    sums = {
        s.target: s for s in found if s.careful and s.op.name == "add" and s.target not in inside
    }
    return [s for s in sums.values() if s.target.dtype.kind in "fc"]


def _adding_to(other: Value, target: Value, statement: lp.Stmt) -> lp.Stmt:
    """Return a statement that adds to another variable instead of one."""
    if isinstance(statement, lp.Reduce) and statement.target is target:
        return replace(statement, target=other)
    for block in lp.blocks(statement):
        block[:] = [_adding_to(other, target, s) for s in block]
    return statement


def _from_start(
    own: Mapping[lp.Buffer, int], start: Affine, buffer: lp.Buffer, point: lp.Point
) -> lp.Point:
    """Return a point of an array, counted from the first row of a strip if it is as long as one."""
    axis = own.get(buffer)
    return (
        point if axis is None else tuple(x - start if k == axis else x for k, x in enumerate(point))
    )


def _apply(name: str, *args: lp.Expr) -> lp.Expr:
    return lp.Apply(get_op(name), args, _INDEX)


def _maximum(a: lp.Expr, b: lp.Expr) -> lp.Expr:
    return _apply("maximum", a, b)


def _named(expr: lp.Expr, name: str, statements: list[lp.Stmt]) -> Affine:
    """Return a variable for an integer."""
    variable = Value(scalar(_INDEX), None, name)
    statements.append(lp.Let(variable, expr))
    return Affine.of(variable)
