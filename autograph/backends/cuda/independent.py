"""Sequential loops whose iterations have nothing to do with each other, as parallel nests.

Enters: a `For`. Leaves: a `Nest` over its index, and over those of loops directly inside, or None.

Iterations are independent if each writes elements of its own: in one axis of every buffer that the
loop writes, all positions, of writes and reads, are the same multiple of the index plus the same
constant. The variables it assigns must get their content anew in each iteration, and die with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.cuda import uses
from autograph.backends.cuda.writer import begins
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

_ALLOWED = (
    lp.Let | lp.Assign | lp.Store | lp.Reduce | lp.ArgReduce | lp.Check | lp.If | lp.Nest | lp.For
)


def as_nest(loop: lp.For, total: Counter[Value]) -> lp.Nest | None:
    """Return a loop as a nest if its iterations are independent.

    Args:
        loop: The loop.
        total: How often the whole function mentions each variable.
    """
    if not _is_independent(loop, total):
        return None
    nest = lp.Nest((loop.index,), (Affine(0),), (loop.length,), loop.body, site=loop.site)
    if len(loop.body) == 1 and isinstance(loop.body[0], lp.For):
        within = as_nest(loop.body[0], total)
        if within is not None and not _mentions(within.upper, loop.index):
            indices, upper = (loop.index, *within.indices), (loop.length, *within.upper)
            lower = (Affine(0),) * len(indices)
            nest = lp.Nest(indices, lower, upper, within.body, site=loop.site)
    return nest


def _mentions(forms: Sequence[Affine], index: Value) -> bool:
    return any(index in form.symbols for form in forms)


def _is_independent(loop: lp.For, total: Counter[Value]) -> bool:
    inner = list(lp.walk(loop.body))
    if not all(isinstance(s, _ALLOWED | lp.While | lp.Break) for s in inner):
        return False
    if any(map(leaves_loop, loop.body)):
        return False
    here = uses.mentions(loop.body)
    for value in uses.targets(loop.body):
        if here[value] != total[value] or not begins(loop.body, value):
            return False
    changing = {v for s in inner for v in (*uses.assigned_variables(s), *_indices(s))}
    return all(
        _apart(loop.index, accesses, changing) for accesses in _accesses_of_stored(inner).values()
    )


def leaves_loop(statement: lp.Stmt) -> bool:
    """Return whether a statement may leave the loop around it."""
    if isinstance(statement, lp.For | lp.While):
        return False
    inner = (s for block in lp.blocks(statement) for s in block)
    return isinstance(statement, lp.Break) or any(map(leaves_loop, inner))


def _indices(statement: lp.Stmt) -> tuple[Value, ...]:
    match statement:
        case lp.Nest(indices):
            return indices
        case lp.For(index):
            return (index,)
    return ()


def _accesses_of_stored(body: Sequence[lp.Stmt]) -> dict[lp.Buffer, list[lp.Point]]:
    """Return the positions written and read in each buffer that statements write."""
    found: dict[lp.Buffer, list[lp.Point]] = {}
    for statement in body:
        if isinstance(statement, lp.Store):
            found.setdefault(statement.buffer, []).append(statement.index)
    for statement in body:
        for expr in lp.expressions(statement):
            for load in uses.loads(expr):
                if load.buffer in found:
                    found[load.buffer].append(load.index)
    return found


def _apart(index: Value, accesses: Sequence[lp.Point], changing: set[Value]) -> bool:
    """Return whether in some axis all accesses of an iteration are to a position of its own."""
    for positions in zip(*accesses, strict=True):
        first: Affine = positions[0]
        if first.coefficient(index) == 0 or changing.intersection(first.symbols):
            continue
        if all(position == first for position in positions):
            return True
    return False
