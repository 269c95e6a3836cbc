"""Reads what a block has just stored from variables instead of buffers.

Enters: the statements of a nest's body. Leaves: the same with loads replaced by variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.effects import effects
from autograph.backends.rewrite import map_statement
from autograph.ir.graph import Value
from autograph.ir.types import scalar


def forwarded(body: Sequence[lp.Stmt]) -> list[lp.Stmt]:
    """Replace loads of what the body has just stored by variables."""
    known: dict[tuple[lp.Buffer, lp.Point], lp.Expr] = {}
    result: list[lp.Stmt] = []

    def change(expr: lp.Expr) -> lp.Expr:
        return known.get((expr.buffer, expr.index), expr) if isinstance(expr, lp.Load) else expr

    for statement in body:
        if lp.blocks(statement):
            written = effects(statement).writes
            for key in [key for key in known if key[0] in written]:
                del known[key]
            result.append(statement)
            continue
        statement = map_statement(statement, change)
        if isinstance(statement, lp.Store):
            for key in [key for key in known if key[0] is statement.buffer]:
                del known[key]
            expr = statement.expr
            if not isinstance(expr, lp.Read | lp.Constant):
                variable = Value(scalar(expr.dtype))
                result.append(lp.Let(variable, expr))
                expr = lp.Read(variable)
            known[statement.buffer, statement.index] = expr
            statement = lp.Store(statement.buffer, statement.index, expr)
        result.append(statement)
    return result
