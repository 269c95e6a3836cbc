"""Puts expressions that are named and used once where they are used, and drops unused names.

Enters: the statements of a function. Leaves: the same computation in fewer, longer statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.effects import effects, reads_of
from autograph.backends.rewrite import map_statement
from autograph.ir.graph import Value

#: Expressions do not grow beyond this many parts.
LONGEST = 24


def inline(body: list[lp.Stmt], function: lp.LoopFunction) -> list[lp.Stmt]:
    """Return the statements with names that are used once replaced by what they stand for."""
    while True:
        reads, in_forms = _count(body, function)
        changed = _inline_block(body, reads, in_forms)
        if not changed:
            return body


def _count(body: Sequence[lp.Stmt], function: lp.LoopFunction) -> tuple[Counter[Value], set[Value]]:
    """Return how often variables are read, and which occur in forms."""
    reads: Counter[Value] = Counter()
    in_forms: set[Value] = set()

    def count(expr: lp.Expr) -> None:
        reads.update(e.value for e in lp.subexpressions(expr) if isinstance(e, lp.Read))
        for form in lp.forms(expr):
            in_forms.update(form.symbols)

    for statement in lp.walk(body):
        for expr in lp.expressions(statement):
            count(expr)
        shallow = statement if not lp.blocks(statement) else _head(statement)
        in_forms |= {
            place
            for place in effects(shallow).reads
            if isinstance(place, Value) and not _only_read(place, shallow)
        }
        for buffer in effects(shallow).writes:
            if isinstance(buffer, lp.Buffer):
                in_forms.update(s for d in buffer.dims for s in d.symbols)
    for result in function.results:
        if not isinstance(result, lp.Buffer):
            count(result)
    return reads, in_forms


def _head(statement: lp.Stmt) -> lp.Stmt:
    """Return a compound statement without what is inside."""
    match statement:
        case lp.Nest(indices, lower, upper):
            return lp.Nest(indices, lower, upper, [])
        case lp.For(index, length):
            return lp.For(index, length, [])
        case lp.If(condition):
            return lp.If(condition, [])
    return lp.While([])


def _only_read(value: Value, statement: lp.Stmt) -> bool:
    exprs = lp.expressions(statement)
    if isinstance(statement, lp.Reduce) and value is statement.target:
        return False
    in_forms = {s for e in exprs for f in lp.forms(e) for s in f.symbols}
    read = {e.value for x in exprs for e in lp.subexpressions(x) if isinstance(e, lp.Read)}
    index = statement.index if isinstance(statement, lp.Store) else ()
    return value in read and value not in in_forms | {s for f in index for s in f.symbols}


def _inline_block(block: list[lp.Stmt], reads: Counter[Value], in_forms: set[Value]) -> bool:
    changed = False
    for statement in block:
        for inner in lp.blocks(statement):
            changed |= _inline_block(inner, reads, in_forms)
    position = 0
    while position < len(block):
        statement = block[position]
        if isinstance(statement, lp.Let) and statement.value not in in_forms:
            uses = reads[statement.value]
            if uses == 0 or (uses == 1 and _move_into_use(block, position, statement)):
                del block[position]
                changed = True
                continue
        position += 1
    return changed


def _move_into_use(block: list[lp.Stmt], position: int, let: lp.Let) -> bool:
    """Replace the one use of a name if nothing on the way changes what the expression reads."""
    needed = reads_of(let.expr)
    for later in range(position + 1, len(block)):
        statement = block[later]
        here = [e for x in lp.expressions(statement) for e in lp.subexpressions(x)]
        if lp.Read(let.value) in here:
            if len(here) + sum(1 for _ in lp.subexpressions(let.expr)) > LONGEST:
                return False
            block[later] = map_statement(
                statement, lambda e: let.expr if e == lp.Read(let.value) else e
            )
            return True
        happens = effects(statement)
        if happens.leaves or needed & happens.writes:
            return False
    return False
