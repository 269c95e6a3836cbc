"""Which variables and buffers statements of the loop form mention, define and need.

Enters: statements. Leaves: sets of variables and buffers, and a body without dead assignments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.ir.affine import Affine
from autograph.ir.graph import Value


def own_forms(statement: lp.Stmt) -> Iterator[Affine]:
    """Yield the affine forms of a statement itself, outside its expressions and blocks."""
    match statement:
        case lp.Store(buffer, index):
            yield from (*index, *buffer.dims[1:])
        case lp.ArgReduce():
            yield statement.at
        case lp.Nest():
            yield from (*statement.lower, *statement.upper)
        case lp.For():
            yield statement.length
        case lp.Alloc(buffer) | lp.Alias(buffer):
            yield from buffer.dims
        case lp.Grow():
            yield statement.capacity


def expr_variables(expr: lp.Expr) -> Iterator[Value]:
    """Yield the variables that an expression reads, the extents of its buffers included."""
    yield from lp.variables(expr)
    for load in loads(expr):
        for dim in load.buffer.dims[1:]:
            yield from dim.symbols


def loads(expr: lp.Expr) -> Iterator[lp.Load]:
    """Yield the loads inside an expression."""
    return (e for e in lp.subexpressions(expr) if isinstance(e, lp.Load))


def read_variables(statement: lp.Stmt) -> Iterator[Value]:
    """Yield the variables that a statement itself reads; a reduction reads its target."""
    for expr in lp.expressions(statement):
        yield from expr_variables(expr)
    for form in own_forms(statement):
        yield from form.symbols
    if isinstance(statement, lp.Reduce):
        yield statement.target
    elif isinstance(statement, lp.ArgReduce):
        yield from (statement.best, statement.position)


def assigned_variables(statement: lp.Stmt) -> tuple[Value, ...]:
    """Return the variables to which a statement itself gives a content, indices left out."""
    match statement:
        case lp.Let(value) | lp.Assign(value):
            return (value,)
        case lp.Reduce(target):
            return (target,)
        case lp.ArgReduce(best, position):
            return (best, position)
        case lp.Grow():
            return (statement.room,)
    return ()


def mentions(body: Iterable[lp.Stmt]) -> Counter[Value]:
    """Return how often each variable is read or assigned in statements, inner ones included."""
    found: Counter[Value] = Counter()
    for statement in lp.walk(list(body)):
        found.update(read_variables(statement))
        found.update(assigned_variables(statement))
    return found


def targets(body: Sequence[lp.Stmt]) -> dict[Value, None]:
    """Return, in order, the variables that `Assign` and reductions change, inner ones included."""
    return {
        value: None
        for statement in lp.walk(body)
        if not isinstance(statement, lp.Let)
        for value in assigned_variables(statement)
    }


def stored_buffers(body: Sequence[lp.Stmt]) -> set[lp.Buffer]:
    """Return the buffers whose elements are written, in inner statements too."""
    return {s.buffer for s in lp.walk(body) if isinstance(s, lp.Store)}


def without_dead(function: lp.LoopFunction) -> list[lp.Stmt]:
    """Return the body without assignments to variables that nothing needs."""
    feeds: dict[Value, set[Value]] = {}
    needed: list[Value] = []
    for statement in lp.walk(function.body):
        assigned = assigned_variables(statement)
        if assigned and not isinstance(statement, lp.Grow):
            for value in assigned:
                feeds.setdefault(value, set()).update(read_variables(statement))
        else:
            needed += read_variables(statement)
    for result in function.results:
        if not isinstance(result, lp.Buffer):
            needed += expr_variables(result)
    live: set[Value] = set()
    while needed:
        value = needed.pop()
        if value not in live:
            live.add(value)
            needed += feeds.get(value, ())
    return _keep(function.body, live)


def _keep(body: Sequence[lp.Stmt], live: set[Value]) -> list[lp.Stmt]:
    kept: list[lp.Stmt] = []
    for statement in body:
        match statement:
            case lp.Let(value) | lp.Assign(value) | lp.Reduce(value) if value not in live:
                continue
            case lp.ArgReduce(_, position) if position not in live and statement.best not in live:
                continue
            case lp.Nest() | lp.For() | lp.While():
                inner = _keep(statement.body, live)
                if inner or isinstance(statement, lp.While):
                    kept.append(replace(statement, body=inner))
            case lp.If():
                then, orelse = _keep(statement.then, live), _keep(statement.orelse, live)
                if then or orelse:
                    kept.append(replace(statement, then=then, orelse=orelse))
            case _:
                kept.append(statement)
        if isinstance(statement, lp.Break):
            break
    return kept
