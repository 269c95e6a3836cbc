"""Runs nests over what is left around one box as one nest.

Enters: the statements of a block. Leaves: the same, where nests that leave out the same box have
become one. What one of them stores for the other is then at hand; and if nothing else reads it, it
need not be stored inside of the box either.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.dependence import meet_in_one_iteration
from autograph.backends.effects import effects
from autograph.backends.forwarding import forwarded
from autograph.backends.rewrite import placed
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op


def join_rims(block: list[lp.Stmt]) -> None:
    """Join the nests of a block that leave out the same box, in place."""
    position = 0
    while position < len(block):
        position += not _join_upwards(block, position)


def _join_upwards(block: list[lp.Stmt], position: int) -> bool:
    """Join a nest with an earlier one, which moves down to it; return whether that was done."""
    second = block[position]
    if not isinstance(second, lp.Nest) or lp.hole(second) is None:
        return False
    for earlier in range(position - 1, -1, -1):
        first = block[earlier]
        joined = _joined(first, second) if isinstance(first, lp.Nest) else None
        if joined is not None and isinstance(first, lp.Nest):
            before, after = _parted(block[earlier + 1 : position], first)
            if all(_may_swap(second, statement) for statement in after):
                block[earlier : position + 1] = [*before, joined, *after]
                return True
    return False


def _parted(block: list[lp.Stmt], first: lp.Nest) -> tuple[list[lp.Stmt], list[lp.Stmt]]:
    """Return the statements that can run before a nest that they follow, and the others."""
    before: list[lp.Stmt] = []
    after: list[lp.Stmt] = []
    for statement in block:
        happens = effects(statement)
        stays = any(effects(other).conflicts(happens) for other in after)
        (after if stays or not _may_swap(first, statement) else before).append(statement)
    return before, after


def _joined(first: lp.Nest, second: lp.Nest) -> lp.Nest | None:
    """Return one nest that does in each iteration what two do, None if it cannot.

    The first one's box may be the smaller: then its part is done where the point is in its box.
    """
    mine, theirs = lp.hole(first), lp.hole(second)
    if mine is None or theirs is None or first.ordered or second.ordered:
        return None
    (box, body), (hole, later) = mine, theirs
    if _extents(box) != _extents(hole) or any(isinstance(s, lp.Nest) for s in (*body, *later)):
        return None
    first = placed(replace(first, body=body), box.lower, second.indices, hole.lower)
    if not _is_within(first, second) or not _may_run_together(first, replace(second, body=later)):
        return None
    together = _put_together(lp.Inside(hole.point, first.lower, first.upper), first, second, later)
    return replace(second, body=[lp.If(hole, [], together)])


def _extents(box: lp.Inside | lp.Nest) -> list[Affine]:
    return [high - low for low, high in zip(box.lower, box.upper, strict=True)]


def _is_within(inner: lp.Nest, outer: lp.Nest) -> bool:
    margins = [
        *(a - b for a, b in zip(inner.lower, outer.lower, strict=True)),
        *(b - a for a, b in zip(inner.upper, outer.upper, strict=True)),
    ]
    return all(m.constant is not None and m.constant >= 0 for m in margins)


def _put_together(
    box: lp.Inside, first: lp.Nest, second: lp.Nest, later: list[lp.Stmt]
) -> list[lp.Stmt]:
    """Return what is done in an iteration: in the box also what the first nest does.

    If there is a block for points of the box already, it is done there.
    """
    if (first.lower, first.upper) == (second.lower, second.upper):
        return forwarded([*first.body, *later])
    alone = lp.If(box, first.body)
    happens = effects(alone)
    for position, statement in enumerate(later):
        if isinstance(statement, lp.If) and statement.condition == box and statement.then:
            then = forwarded([*first.body, *statement.then])
            return [*later[:position], replace(statement, then=then), *later[position + 1 :]]
        if effects(statement).conflicts(happens):
            break
    return [alone, *later]


def _may_run_together(first: lp.Nest, second: lp.Nest) -> bool:
    """Return whether two nests share a buffer, and what conflicts only within one iteration."""
    before, after = effects(first), effects(second)
    shared = (before.reads | before.writes) & (after.reads | after.writes)
    buffers = any(isinstance(place, lp.Buffer) for place in shared)
    return buffers and _scalars_agree(first, second) and meet_in_one_iteration(first, second)


def _may_swap(rim: lp.Nest, other: lp.Stmt) -> bool:
    """Return whether a nest around a box and a statement may change places.

    They may if the statement is a nest over that box and both meet only in the same iteration,
    since an iteration belongs to one of the two.
    """
    happens = effects(other)
    if not effects(rim).conflicts(happens):
        return True
    found = lp.hole(rim)
    if found is None or happens.leaves or not isinstance(other, lp.Nest):
        return False
    box, body = found
    if len(other.indices) != len(rim.indices) or _extents(other) != _extents(box):
        return False
    inside = placed(other, other.lower, rim.indices, box.lower)
    around = replace(rim, body=body)
    flat = not any(isinstance(s, lp.Nest) for s in (*body, *inside.body))
    return flat and _scalars_agree(around, inside) and meet_in_one_iteration(around, inside)


def _scalars_agree(first: lp.Nest, second: lp.Nest) -> bool:
    """Return whether the only variables that one nest sets and both use are the same sums."""
    before, after = effects(first), effects(second)
    crossing = (before.writes & (after.reads | after.writes)) | (before.reads & after.writes)
    variables = {p for p in crossing if isinstance(p, Value)} - {*first.indices, *second.indices}
    mine, theirs = (_accumulated(nest.body) for nest in (first, second))
    return all(v in mine and mine[v] is theirs.get(v) for v in variables)


def _accumulated(body: Sequence[lp.Stmt]) -> dict[Value, Op]:
    """Return the variables that statements accumulate in and do not use otherwise, with the op."""
    found = {s.target: s.op for s in lp.walk(body) if isinstance(s, lp.Reduce)}
    for statement in lp.walk(body):
        used = {v for e in lp.expressions(statement) for v in lp.variables(e)}
        if isinstance(statement, lp.Let | lp.Assign):
            used.add(statement.value)
        for value in used:
            found.pop(value, None)
    return found
