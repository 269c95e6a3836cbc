"""Merges nests over the same box, so that what one stores the next reads from a variable.

Enters: the statements of a function. Leaves: fewer statements with the same effect, without the
stores that nothing reads any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.backends.dependence import meet_in_one_iteration
from autograph.backends.effects import KnownEffects, effects, whole_uses
from autograph.backends.forwarding import forwarded
from autograph.backends.inline import inline
from autograph.backends.peel import cut_to
from autograph.backends.rewrite import placed
from autograph.backends.rims import join_rims
from autograph.ir.graph import Value

Join: TypeAlias = Callable[[lp.Nest, lp.Nest], list[lp.Stmt] | None]
"""Makes one nest of two, and perhaps more for the rest; None if they do not fit."""


def fuse(body: Sequence[lp.Stmt], function: lp.LoopFunction, *, cut: bool = True) -> list[lp.Stmt]:
    """Return the fused statements of a function whose results are known already.

    Args:
        body: The statements.
        function: The function; it gets a note.
        cut: Whether a nest over a little more than another nest's box may be cut in two, so that
            most of it runs along with that nest.
    """
    statements = list(body)
    before = _nest_count(statements)
    statements = _fuse_block(statements, cut)
    after = _nest_count(statements)
    if after < before:
        text = f"{before} loop nests run as {after}: those over one box share their loops"
        function.notes.append(lp.Note(None, text))
    kept = {*function.buffers.values(), *(r for r in function.results if isinstance(r, lp.Buffer))}
    statements = _without_unread(statements, kept | whole_uses(statements))
    return inline(statements, function)


def _nest_count(body: Sequence[lp.Stmt]) -> int:
    return sum(isinstance(statement, lp.Nest) for statement in lp.walk(body))


def _fuse_block(block: list[lp.Stmt], cut: bool, in_loop: bool = False) -> list[lp.Stmt]:
    for statement in block:
        for inner in lp.blocks(statement):
            if not isinstance(statement, lp.Nest):
                repeated = in_loop or isinstance(statement, lp.For | lp.While)
                inner[:] = _fuse_block(inner, cut, repeated)
    _fuse_by(block, _joined)
    if cut:
        _fuse_by(block, partial(_joined_in_part, in_loop))
        join_rims(block)
    return block


def _fuse_by(block: list[lp.Stmt], join: Join) -> None:
    position, known = 0, KnownEffects()
    while position < len(block):
        second = block[position]
        merged = isinstance(second, lp.Nest) and _merge_upwards(block, position, join, known)
        position += not merged


def _merge_upwards(block: list[lp.Stmt], position: int, join: Join, known: KnownEffects) -> bool:
    """Merge a nest with an earlier one of the block if one fits; return whether it did.

    The nest moves up to the earlier one, together with the scalars that are set for it in between;
    or else the earlier one moves down.
    """
    along: list[lp.Stmt] = []
    second = block[position]
    assert isinstance(second, lp.Nest)
    moving = known(second)
    moves = True
    for earlier in range(position - 1, -1, -1):
        first = block[earlier]
        here = known(first)
        joined = join(first, second) if isinstance(first, lp.Nest) else None
        if joined is not None:
            between = block[earlier + 1 : position]
            if moves and not any(known(s).conflicts(here) for s in along):
                left = [s for s in between if s not in along]
                block[earlier : position + 1] = [*along, *joined, *left]
                return True
            if not any(known(s).conflicts(here) for s in between):
                block[earlier : position + 1] = [*between, *joined]
                return True
        if here.leaves:
            return False
        if here.conflicts(moving):
            moves = moves and isinstance(first, lp.Let | lp.Assign)
            along.insert(0, first)
            moving = moving.union(here)
    return False


def _joined(first: lp.Nest, second: lp.Nest) -> list[lp.Stmt] | None:
    whole = lp.hole(first) is None and lp.hole(second) is None
    fits = whole and _same_box(first, second) and _may_fuse(first, second)
    return [_merged(first, second)] if fits else None


def _joined_in_part(in_loop: bool, first: lp.Nest, second: lp.Nest) -> list[lp.Stmt] | None:
    """Merge a nest with another whose box is a little smaller, if it is worth cutting it.

    A sum always is, as visiting all the points for it again costs as much as what it adds up;
    other nests only where they run again and again.
    """
    if in_loop or any(isinstance(s, lp.Reduce) for s in first.body):
        for part, rest in cut_to(first, second):
            if _may_fuse(part, second):
                return [
                    *rest,
                    _merged(placed(part, part.lower, second.indices, second.lower), second),
                ]
    if in_loop or any(isinstance(s, lp.Reduce) for s in second.body):
        for part, rest in cut_to(second, first):
            if _may_fuse(first, part):
                return [_merged(first, part), *rest]
    return None


def _same_box(a: lp.Nest, b: lp.Nest) -> bool:
    """Return whether two nests run alike over boxes of one size."""
    extents = [
        [high - low for low, high in zip(nest.lower, nest.upper, strict=True)] for nest in (a, b)
    ]
    same = extents[0] == extents[1] and a.reverse == b.reverse
    flat = [not any(isinstance(s, lp.Nest) for s in nest.body) for nest in (a, b)]
    return same and flat[0] == flat[1]


def _may_fuse(first: lp.Nest, second: lp.Nest) -> bool:
    """Return whether the nests share a buffer and every shared element within one iteration."""
    second = placed(second, second.lower, first.indices, first.lower)
    before, after = effects(first), effects(second)
    shared = (before.reads | before.writes) & (after.reads | after.writes)
    indices = set(first.indices)
    if not any(isinstance(place, lp.Buffer) for place in shared):
        return False
    crossing = (before.writes & (after.reads | after.writes)) | (before.reads & after.writes)
    if any(isinstance(place, Value) and place not in indices for place in crossing):
        return False
    return meet_in_one_iteration(first, second)


def _merged(first: lp.Nest, second: lp.Nest) -> lp.Nest:
    second = placed(second, second.lower, first.indices, first.lower)
    body = forwarded([*first.body, *second.body])
    _fuse_by(body, _joined)
    return replace(first, body=body, ordered=first.ordered or second.ordered)


def _without_unread(body: list[lp.Stmt], kept: set[lp.Buffer]) -> list[lp.Stmt]:
    """Return the statements without stores to buffers that nothing reads."""
    loaded = {
        e.buffer
        for s in lp.walk(body)
        for expr in lp.expressions(s)
        for e in lp.subexpressions(expr)
        if isinstance(e, lp.Load)
    }
    unread = {
        s.buffer
        for s in lp.walk(body)
        if isinstance(s, lp.Store | lp.Alloc) and s.buffer not in loaded | kept
    }
    if not unread:
        return body
    return _without_unread(_drop(body, unread), kept)


def _drop(body: list[lp.Stmt], buffers: set[lp.Buffer]) -> list[lp.Stmt]:
    result = []
    for statement in body:
        if isinstance(statement, lp.Store | lp.Alloc) and statement.buffer in buffers:
            continue
        inner = lp.blocks(statement)
        for block in inner:
            block[:] = _drop(block, buffers)
        if isinstance(statement, lp.Nest | lp.If) and not any(inner):
            continue
        result.append(statement)
    return result
