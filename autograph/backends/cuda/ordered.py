"""Ordered nests made parallel: compute everything from the old contents, then write.

Enters: a nest whose iterations run in order, because it overwrites what it reads. Leaves: two nests
without an order, the first into scratch memory, the second out of it; or None where iterations
depend on what others have written.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.dependence import Unknown, accesses, distance, nest_ranges
from autograph.ir.affine import Affine


def as_two_nests(nest: lp.Nest) -> list[lp.Stmt] | None:
    """Return the scratch buffers and unordered nests that do what an ordered nest does."""
    stores = [s for s in nest.body if isinstance(s, lp.Store)]
    if len(stores) != sum(isinstance(s, lp.Store) for s in lp.walk(nest.body)):
        return None
    if not (_reads_old_contents(nest) and _writes_apart(nest) and _positions_known(nest, stores)):
        return None
    extents = tuple(u - low for u, low in zip(nest.upper, nest.lower, strict=True))
    points = tuple(Affine.of(i) - low for i, low in zip(nest.indices, nest.lower, strict=True))
    allocs: list[lp.Stmt] = []
    compute: list[lp.Stmt] = []
    write: list[lp.Stmt] = []
    for statement in nest.body:
        if not isinstance(statement, lp.Store):
            compute.append(statement)
            continue
        scratch = lp.Buffer(f"new_{statement.buffer.name}", statement.buffer.dtype, extents)
        allocs.append(lp.Alloc(scratch))
        compute.append(lp.Store(scratch, points, statement.expr))
        write.append(replace(statement, expr=lp.Load(scratch, points)))
    return [
        *allocs,
        replace(nest, body=compute, ordered=False, reverse=()),
        replace(nest, body=write, ordered=False, reverse=()),
    ]


def _positions_known(nest: lp.Nest, stores: Sequence[lp.Store]) -> bool:
    """Return whether the positions written do not depend on what the nest computes."""
    computed = {v for s in lp.walk(nest.body) for v in uses.assigned_variables(s)}
    return not any(computed.intersection(f.symbols) for s in stores for f in s.index)


def _reads_old_contents(nest: lp.Nest) -> bool:
    """Return whether each element is read before any iteration overwrites it."""
    written: set[lp.Buffer] = set()
    for statement in lp.walk(nest.body):
        if any(e.buffer in written for expr in lp.expressions(statement) for e in uses.loads(expr)):
            return False
        if isinstance(statement, lp.Store):
            written.add(statement.buffer)
    reads, writes = accesses(nest.body, nest_ranges(nest))
    try:
        return all(
            _comes_first(distance(nest.indices, read, write), nest.reverse)
            for write in writes
            for read in reads
            if read.buffer is write.buffer
        )
    except Unknown:
        return False


def _comes_first(apart: tuple[int, ...] | None, reverse: tuple[bool, ...]) -> bool:
    """Return whether a read runs no later than the write that is so many iterations apart."""
    for steps, down in zip(apart or (), reverse, strict=False):
        if steps:
            return (steps < 0) == down
    return True


def _writes_apart(nest: lp.Nest) -> bool:
    """Return whether no two iterations write the same element."""
    _, writes = accesses(nest.body, nest_ranges(nest))
    try:
        return not any(
            any(distance(nest.indices, a, b) or ())
            for k, a in enumerate(writes)
            for b in writes[k:]
            if a.buffer is b.buffer
        )
    except Unknown:
        return False
