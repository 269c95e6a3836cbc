"""Chooses how recurrences run: in waves, some rows at once, or as they are.

Enters: the statements of a function. Leaves: the same, where loops in each other that wait for
what they have computed run cells of several rows side by side. Tables of the function's own through
which all loops go in waves are stored wave by wave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import effects, whole_uses
from autograph.backends.interleave import interleaved, may_interleave
from autograph.backends.late_additions import stay_close
from autograph.backends.recurrences import Recurrence, recurrence
from autograph.backends.wavefronts import in_waves
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar

#: What operations cost, in what it takes to get an element from elsewhere than the last one.
FUNCTION, DIVISION = 4, 1
#: The largest skew of a table that is stored in waves; between waves it leaves memory unused.
STEEPEST = 2
_DIVISIONS = frozenset({"divide", "reciprocal", "sqrt"})


def skew(function: lp.LoopFunction) -> None:
    """Have the recurrences of a function run side by side where that pays."""
    found = _recurrences(function)
    if not found:
        return
    apart = {loop: r.skew for loop, r in found.items()}
    for r in found.values():
        stay_close(r)
    close = {loop: r.skew for loop, r in found.items()}
    tables = _tables(function, found)
    waves = {loop for loop, r in found.items() if _pays(r, tables)}
    while True:  # a table is stored in waves if nothing else goes through it, and fast only then
        kept = tables - _crossed(function.body, waves)
        if kept == tables:
            break
        tables = kept
        waves = {loop for loop in waves if _pays(found[loop], tables)}
    for loop, r in found.items():
        if loop not in waves:
            r.skew = apart[loop]
        elif not _uses(r, tables):
            r.skew = close[loop]
    change = {loop: _form(r, loop in waves, tables) for loop, r in found.items()}
    stored = {b: found[loop].skew for loop in waves for b in _uses(found[loop], tables)}
    _replace(function.body, {loop: made for loop, made in change.items() if made})
    _store_in_waves(function.body, stored)
    for loop, made in change.items():
        if made:
            how = "run side by side" if loop in waves else "run in turn"
            function.notes.append(lp.Note(loop.site, f"cells of several rows {how}"))


def _uses(found: Recurrence, tables: set[lp.Buffer]) -> set[lp.Buffer]:
    """Return the tables that a recurrence goes through."""
    parts = (found.before, found.cell, found.after)
    return {buffer for part in parts for buffer, _ in _touched(part)} & tables


def _form(found: Recurrence, wave: bool, tables: set[lp.Buffer]) -> list[lp.Stmt]:
    if wave:
        far = [b for b, index in _touched(found.cell) if not _lies_along(found, index, b in tables)]
        return in_waves(found, banded=any(len(b.dims) > 1 for b in far))
    return interleaved(found) if may_interleave(found) else []


def _recurrences(function: lp.LoopFunction) -> dict[lp.For, Recurrence]:
    """Return the pairs of loops whose cells may run side by side."""
    loops = [s for s in lp.walk(function.body) if isinstance(s, lp.For) and _holds_one(s)]
    if not loops:
        return {}
    reads = _reads(function.body)
    reads.update(
        v for r in function.results if not isinstance(r, lp.Buffer) for v in lp.variables(r)
    )
    found = {}
    for loop in loops:
        inside = _reads([loop])
        known = recurrence(loop, {v for v, times in reads.items() if times > inside[v]})
        if known is not None and known.waits:
            found[loop] = known
    return found


def _holds_one(loop: lp.For) -> bool:
    """Return whether a loop holds one other, which holds none."""
    inner = [s for s in loop.body if isinstance(s, lp.For)]
    return len(inner) == 1 and not any(isinstance(s, lp.For | lp.While) for s in inner[0].body)


def _reads(body: Sequence[lp.Stmt]) -> Counter[Value]:
    """Return in how many statements variables are read."""
    found: Counter[Value] = Counter()
    for statement in lp.walk(body):
        found.update(v for v in _own_reads(statement) if isinstance(v, Value))
    return found


def _own_reads(statement: lp.Stmt) -> set[Value | lp.Buffer]:
    match statement:
        case lp.If(condition):
            return effects(lp.If(condition, [])).reads
        case lp.For(index, length):
            return effects(lp.For(index, length, [])).reads
        case lp.Nest(indices, lower, upper):
            return effects(lp.Nest(indices, lower, upper, [])).reads
        case lp.While():
            return set()
    return effects(statement).reads


def _replace(block: list[lp.Stmt], change: dict[lp.For, list[lp.Stmt]]) -> None:
    for statement in block:
        for inner in lp.blocks(statement):
            _replace(inner, change)
    block[:] = [
        s for old in block for s in (change.get(old, [old]) if isinstance(old, lp.For) else [old])
    ]


# ---------------------------------------------------------------- what pays


def _pays(found: Recurrence, tables: set[lp.Buffer]) -> bool:
    """Return whether a wave takes less time than rows at once."""
    numbers = {
        s
        for st in lp.walk(found.cell)
        for x in lp.expressions(st)
        for f in lp.forms(x)
        for s in f.symbols
    }
    stores = [s for s in lp.walk(found.cell) if isinstance(s, lp.Store)]
    numbers |= {v for s in stores for form in s.index for v in form.symbols}
    branches = [s for s in lp.walk(found.cell) if isinstance(s, lp.If)]
    if not numbers.isdisjoint(found.private) or any(_cost(b.then + b.orelse) for b in branches):
        return False
    return _cost(found.cell) >= _strided(found, tables)


def _cost(statements: Sequence[lp.Stmt]) -> int:
    parts = [
        e for s in lp.walk(statements) for x in lp.expressions(s) for e in lp.subexpressions(x)
    ]
    ops = [e.op for e in parts if isinstance(e, lp.Apply)]
    functions = sum(not op.cheap for op in ops)
    return FUNCTION * functions + DIVISION * sum(op.name in _DIVISIONS for op in ops)


def _strided(found: Recurrence, tables: set[lp.Buffer]) -> int:
    """Return how many elements a cell gets that do not lie beside those of the next row's cell."""
    return sum(
        not _lies_along(found, index, buffer in tables)
        for buffer, index in dict.fromkeys(_touched(found.cell))
    )


def _touched(block: Sequence[lp.Stmt]) -> Iterator[tuple[lp.Buffer, lp.Point]]:
    for statement in lp.walk(block):
        yield from elements(statement)


def _lies_along(found: Recurrence, index: lp.Point, in_waves: bool) -> bool:
    """Return whether the elements of a wave are neighbours in memory, or all the same."""
    steps = [x.coefficient(found.row) - found.skew * x.coefficient(found.column) for x in index]
    if in_waves:
        return found.skew * steps[0] + steps[1] == 0 and abs(steps[0]) <= 1
    return not any(steps[:-1]) and abs(steps[-1]) <= 1


# ---------------------------------------------------------------- tables stored in waves


def _tables(function: lp.LoopFunction, found: dict[lp.For, Recurrence]) -> set[lp.Buffer]:
    """Return the buffers that may be stored in waves, as far as recurrences are concerned.

    Recurrences that have some of them in common get the same skew.
    """
    own = {s.buffer for s in lp.walk(function.body) if isinstance(s, lp.Alloc)}
    own -= whole_uses(function.body)
    own -= {r for r in function.results if isinstance(r, lp.Buffer)}
    tables = {b for b in own if len(b.dims) == 2}
    users = {r: _uses(r, tables) for r in found.values()}
    for _ in users:
        for r, used in users.items():
            r.skew = max(o.skew for o, also in users.items() if o is r or not used.isdisjoint(also))
    for r in users:
        for buffer, index in _touched(r.cell):
            known = buffer in tables and 0 < r.skew <= STEEPEST
            if not known or not _lies_along(r, index, in_waves=True):
                tables.discard(buffer)
    return tables


def _crossed(body: Sequence[lp.Stmt], waves: set[lp.For]) -> set[lp.Buffer]:
    """Return the buffers through which other loops go in both directions."""
    crossed: set[lp.Buffer] = set()

    def visit(block: Sequence[lp.Stmt], moving: frozenset[Value]) -> None:
        for statement in block:
            if isinstance(statement, lp.Nest) and lp.filled(statement) is not None:
                continue
            for buffer, index in elements(statement):
                if len(moving & {s for form in index for s in form.symbols}) > 1:
                    crossed.add(buffer)
            own = {statement.index} if isinstance(statement, lp.For) else set()
            own |= set(statement.indices) if isinstance(statement, lp.Nest) else set()
            for inner in lp.blocks(statement):
                if statement not in waves:
                    visit(inner, moving | own)

    visit(body, frozenset())
    return crossed


def _store_in_waves(block: list[lp.Stmt], stored: dict[lp.Buffer, int]) -> None:
    """Give buffers the width of their waves where they are allocated."""
    result: list[lp.Stmt] = []
    for statement in block:
        for inner in lp.blocks(statement):
            _store_in_waves(inner, stored)
        if isinstance(statement, lp.Alloc) and statement.buffer in stored:
            buffer, width = statement.buffer, Value(scalar(np.int64), None, "width")
            args = tuple(map(lp.Form, buffer.dims))
            result.append(lp.Let(width, lp.Apply(get_op("minimum"), args, np.dtype(np.int64))))
            buffer.waves = lp.Waves(width, stored[buffer])
            if statement.zero:  # what lies between the waves needs no content
                result += [lp.Alloc(buffer), _zeros(buffer)]
                continue
        result.append(statement)
    block[:] = result


def _zeros(buffer: lp.Buffer) -> lp.Nest:
    """Return the nest that fills a buffer with zeros."""
    indices = (symbol("i"), symbol("j"))
    store = lp.Store(buffer, tuple(map(Affine.of, indices)), lp.Constant(buffer.dtype.type(0)))
    return lp.Nest(indices, (Affine(0), Affine(0)), buffer.dims, [store])
