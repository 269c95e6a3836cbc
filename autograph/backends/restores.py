"""Drops stores in recurrences of which nothing reads what they have stored.

Enters: the statements of a function. Leaves: fewer. A reversed recurrence gives each element the
content back that it had before; what is read of a table once that is done are other elements, so
neither has to be kept.
"""

from __future__ import annotations

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import effects, whole_uses
from autograph.backends.inline import inline
from autograph.backends.recurrences import Recurrence, differences, parts_of, varying


def drop_unread_stores(function: lp.LoopFunction) -> None:
    """Drop stores to arrays of a function's own that no later load reads."""
    own = {s.buffer for s in function.body if isinstance(s, lp.Alloc)}
    own -= {r for r in function.results if isinstance(r, lp.Buffer)}
    loops = [s for s in function.body if isinstance(s, lp.For)]
    found = {loop: parts for loop in loops if own and (parts := parts_of(loop)) is not None}
    if not found:
        return
    own -= whole_uses(function.body)
    dropped: list[lp.Stmt] = []
    for loop, parts in found.items():
        later = function.body[function.body.index(loop) + 1 :]
        needed = set().union(*(effects(s).reads for s in (*later, *parts.before, *parts.after)))
        written = [s for s in lp.walk(loop.body) if isinstance(s, lp.Store)]
        placed = [
            s
            for part in (parts.before, parts.cell, parts.after)
            for s in lp.walk(part)
            if isinstance(s, lp.Store)
        ]
        cell = list(lp.walk(parts.cell))
        dropped += [
            store
            for store, copy in zip(written, placed, strict=True)
            if copy in cell and copy.buffer in own - needed and _is_last_use(parts, copy)
        ]
    if dropped:
        _drop(function.body, dropped)
        function.body = inline(function.body, function)


def _is_last_use(parts: Recurrence, store: lp.Store) -> bool:
    """Return whether all loads of what a store writes come before it."""
    changing = varying(parts)
    before = True
    for statement in lp.walk(parts.cell):
        for buffer, index in elements(statement):
            if buffer is store.buffer and index is not store.index:
                apart = differences(parts, changing, store.index, index)
                if apart is None or any(d > (0, 0) or (d == (0, 0) and not before) for d in apart):
                    return False
        before = before and statement is not store
    return True


def _drop(block: list[lp.Stmt], dropped: list[lp.Stmt]) -> None:
    for statement in block:
        for inner in lp.blocks(statement):
            _drop(inner, dropped)
    block[:] = [s for s in block if s not in dropped]
