"""Moves stores to the ends of iterations.

Enters: the statements of a function. Leaves: the same, where an element that is read on both sides
of a store is loaded once: compilers cannot tell that the buffers are apart, and would load it again
after each store.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.ir.graph import Value
from autograph.ir.types import scalar


def store_late(body: Sequence[lp.Stmt]) -> None:
    """Delay the stores of innermost nests, in place, where loads gain by it."""
    for statement in lp.walk(body):
        if isinstance(statement, lp.Nest) and _loads_again(statement.body):
            statement.body = _delayed(statement.body)


def _loads_again(body: Sequence[lp.Stmt]) -> bool:
    """Return whether plain statements with several stores load an element before and after one.

    Bodies that read what they store are left alone. They update one element after the other, and
    new ones would have to wait in registers.
    """
    loaded: set[lp.Load] = set()
    before: set[lp.Load] = set()
    again = False
    for statement in body:
        if not isinstance(statement, lp.Let | lp.Store | lp.Reduce):
            return False
        loads = {e for e in lp.subexpressions(statement.expr) if isinstance(e, lp.Load)}
        again |= not before.isdisjoint(loads)
        loaded |= loads
        if isinstance(statement, lp.Store):
            before = set(loaded)
    stored = [s.buffer for s in body if isinstance(s, lp.Store)]
    return again and len(stored) > 1 and {*stored}.isdisjoint(load.buffer for load in loaded)


def _delayed(body: Sequence[lp.Stmt]) -> list[lp.Stmt]:
    """Return statements with the stores last; what they store is named before."""
    names = {s.expr: s.value for s in body if isinstance(s, lp.Let) and isinstance(s.expr, lp.Load)}
    first: list[lp.Stmt] = []
    last: list[lp.Stmt] = []
    for statement in body:
        if not isinstance(statement, lp.Store):
            first.append(statement)
            continue
        expr = statement.expr
        if isinstance(expr, lp.Load) and expr in names:
            expr = lp.Read(names[expr])
        elif not isinstance(expr, lp.Read | lp.Constant):
            variable = Value(scalar(expr.dtype))
            first.append(lp.Let(variable, expr))
            expr = lp.Read(variable)
        last.append(lp.Store(statement.buffer, statement.index, expr))
    return first + last
