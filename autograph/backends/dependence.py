"""Which iterations of a nest touch the same element: affine distance analysis.

Enters: the elements that a nest writes and reads, as affine forms over its indices. Leaves: whether
they can coincide and how many iterations apart, and in which order the nest may run in place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from autograph.backends import loops as lp
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

#: Index -> (first, last) value it takes.
Ranges: TypeAlias = Mapping[Value, tuple[Affine, Affine]]
#: Iterations from a read to the write of the same element, per axis of the nest.
Distance: TypeAlias = tuple[int, ...]


class Access(Struct, frozen=True):
    """An access to a buffer from inside a nest, with the ranges of all indices around it."""

    buffer: lp.Buffer
    index: lp.Point
    ranges: Ranges


class Unknown(Exception):
    """The accesses may coincide in a way that the analysis does not describe."""


def accesses(body: Sequence[lp.Stmt], ranges: Ranges) -> tuple[list[Access], list[Access]]:
    """Return the element reads and writes of a block inside nests."""
    reads: list[Access] = []
    writes: list[Access] = []

    def visit(block: Sequence[lp.Stmt], ranges: Ranges) -> None:
        for statement in block:
            for expr in lp.expressions(statement):
                for e in lp.subexpressions(expr):
                    if isinstance(e, lp.Load):
                        reads.append(Access(e.buffer, e.index, ranges))
            if isinstance(statement, lp.Store):
                writes.append(Access(statement.buffer, statement.index, ranges))
            inner = (
                {**ranges, **nest_ranges(statement)} if isinstance(statement, lp.Nest) else ranges
            )
            for nested in lp.blocks(statement):
                visit(nested, inner)

    visit(body, ranges)
    return reads, writes


def nest_ranges(nest: lp.Nest) -> dict[Value, tuple[Affine, Affine]]:
    """Return the ranges of a nest's own indices."""
    return {
        index: (lower, upper - 1)
        for index, lower, upper in zip(nest.indices, nest.lower, nest.upper, strict=True)
    }


def extreme(form: Affine, ranges: Ranges, highest: bool) -> Affine:
    """Return the least or greatest value of a form over the ranges of its indices."""
    while True:
        inner = [s for s in form.symbols if s in ranges]
        if not inner:
            return form
        index = inner[-1]  # the youngest: ranges refer to older indices only
        up = (form.coefficient(index) > 0) == highest
        form = form.substitute({index: ranges[index][1 if up else 0]})


def disjoint(a: Access, b: Access) -> bool:
    """Return whether two accesses of one buffer are shown never to touch the same element."""
    for x, y in zip(a.index, b.index, strict=True):
        above = extreme(x, a.ranges, False) - extreme(y, b.ranges, True)
        below = extreme(y, b.ranges, False) - extreme(x, a.ranges, True)
        if any(gap.constant is not None and gap.constant > 0 for gap in (above, below)):
            return True
        if _never_congruent(x, y, a.ranges, b.ranges):
            return True
    return False


def _never_congruent(x: Affine, y: Affine, over_x: Ranges, over_y: Ranges) -> bool:
    steps = [k for s, k in x.terms if s in over_x] + [k for s, k in y.terms if s in over_y]
    fixed_x = x.substitute({s: 0 for s in x.symbols if s in over_x})
    fixed_y = y.substitute({s: 0 for s in y.symbols if s in over_y})
    gap = (fixed_x - fixed_y).constant
    step = math.gcd(*steps) if steps else 0
    return gap is not None and (gap % step != 0 if step > 1 else step == 0 and gap != 0)


def distance(indices: Sequence[Value], read: Access, write: Access) -> Distance | None:
    """Return how many iterations after the read the same element is written, per axis.

    Returns:
        The distance, or None if the accesses never touch the same element.

    Raises:
        Unknown: If it is not the same for all elements, or not known.
    """
    if disjoint(read, write):
        return None
    found: dict[Value, int] = {}
    for r, w in zip(read.index, write.index, strict=True):
        moving = [s for s in w.symbols if s in write.ranges]
        if not moving:
            if any(s in read.ranges for s in r.symbols):
                raise Unknown
            continue
        gap, coefficient = (r - w).constant, w.coefficient(moving[0])
        if len(moving) > 1 or moving[0] not in indices or gap is None:
            raise Unknown
        if gap % coefficient:
            return None
        shift = gap // coefficient
        if found.setdefault(moving[0], shift) != shift:
            return None
    if len(found) != len(indices):
        raise Unknown
    return tuple(found[index] for index in indices)


def directions(distances: Iterable[Distance], ndim: int) -> tuple[bool, ...] | None:
    """Return which axes must run backwards for each read to come before the write of its element.

    Args:
        distances: From reads to writes.
        ndim: Number of axes of the nest.

    Returns:
        Per axis whether it runs backwards; None if no order of running serves.
    """
    open_ = set(distances)
    reverse = []
    for axis in range(ndim):
        signs = {d[axis] > 0 for d in open_ if d[axis] != 0}
        if len(signs) > 1:
            return None
        reverse.append(signs == {False})
        open_ = {d for d in open_ if d[axis] == 0}
    return tuple(reverse)


def in_place_order(
    nest: lp.Nest, buffer: lp.Buffer, ordered: bool
) -> tuple[tuple[bool, ...], bool] | None:
    """Return in which order a nest may run that overwrites a buffer it reads.

    Args:
        nest: The nest.
        buffer: The buffer, whose content before the nest is what the nest must read.
        ordered: Whether an order of iterations may be imposed.

    Returns:
        Per axis whether it runs backwards, and whether the order matters; None if no order serves.
    """
    ranges = nest_ranges(nest)
    reads, writes = accesses(nest.body, ranges)
    distances = set()
    try:
        for write in (a for a in writes if a.buffer is buffer):
            for read in (a for a in reads if a.buffer is buffer):
                found = distance(nest.indices, read, write)
                if found is not None:
                    distances.add(found)
    except Unknown:
        return None
    reverse = directions(sorted(distances), len(nest.indices))
    matters = any(any(d) for d in distances)
    if reverse is None or (matters and not ordered):
        return None
    return reverse, matters


def rows_are_independent(nest: lp.Nest) -> bool:
    """Return whether the order of a nest's iterations along its last axis does not matter."""
    *_, (index, along) = nest_ranges(nest).items()
    reads, writes = accesses(nest.body, {index: along})
    pairs = [(a, w) for w in writes for a in (*reads, *writes) if a.buffer is w.buffer]
    return all(coincide_in_one_iteration((index,), a, w) for a, w in pairs)


def meet_along(a: Access, b: Access, indices: tuple[Value, Value]) -> bool:
    """Return whether two accesses touch one element only where their own indices are the same."""
    mine, theirs = indices
    for x, y in zip(a.index, b.index, strict=True):
        alone = all(s is mine or s not in a.ranges for s in x.symbols)
        if alone and x.coefficient(mine) and x.substitute({mine: theirs}) == y:
            return True
    return disjoint(a, b)


def meet_in_one_iteration(first: lp.Nest, second: lp.Nest) -> bool:
    """Return whether two nests with the same index variables share elements in one iteration only.

    Elements that neither of them writes do not count.
    """
    return all(coincide_in_one_iteration(first.indices, a, b) for a, b in _conflicts(first, second))


def _conflicts(first: lp.Nest, second: lp.Nest) -> list[tuple[Access, Access]]:
    """Return the pairs (any access, write) of one buffer, one of each pair in each nest."""
    reads, writes = accesses(first.body, nest_ranges(first))
    later_reads, later_writes = accesses(second.body, nest_ranges(second))
    pairs = [(read, write) for write in writes for read in (*later_reads, *later_writes)]
    pairs += [(read, write) for write in later_writes for read in reads]
    return [(a, b) for a, b in pairs if a.buffer is b.buffer]


def coincide_in_one_iteration(indices: Sequence[Value], access: Access, write: Access) -> bool:
    """Return whether an access touches what is written in the same iteration, or never."""
    try:
        found = distance(indices, access, write)
    except Unknown:
        return False
    return found is None or not any(found)
