"""Yields of a generator function, each made a statement of its own.

Enters: statements. Leaves: the same with every `yield` an expression statement or the value of an
assignment; what Python evaluates before it in the same statement is kept in variables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gast

from autograph.frontend.conversion.quote import name, place, statements
from autograph.frontend.conversion.scopes import FUNCTIONS

YIELDS = (gast.Yield, gast.YieldFrom)
BLOCKS = ("body", "orelse", "finalbody")
HEADERS = ("test", "iter", "subject", "exc", "value")
"""The fields that hold what a statement evaluates first."""
TRANSPARENT = (gast.Starred, gast.Slice, gast.FormattedValue, gast.keyword)
"""Parts of expressions that are not values themselves."""
CONDITIONAL = (gast.BoolOp, gast.Dict)
"""Expressions that may leave operands out, or evaluate them in another order than listed."""


def yields_in(node: gast.AST | Sequence[gast.AST]) -> list[Any]:
    """Return the yields in a node or in several, inner ones first."""
    if isinstance(node, Sequence):
        return [found for part in node for found in yields_in(part)]
    if isinstance(node, FUNCTIONS):
        return []
    found = yields_in(list(gast.iter_child_nodes(node)))
    return [*found, node] if isinstance(node, YIELDS) else found


def separated(body: Sequence[gast.stmt], fresh: Callable[[], str]) -> list[gast.stmt]:
    """Return statements that do the same as others, every `yield` in a statement of its own.

    A `yield` is left where it is if that cannot be done.

    Args:
        body: The statements, which are used up.
        fresh: Returns the name of a new variable.
    """
    return _Separator(fresh).body(body)


class _Separator:
    def __init__(self, fresh: Callable[[], str]) -> None:
        self._fresh = fresh

    def body(self, body: Sequence[gast.stmt]) -> list[gast.stmt]:
        return [new for statement in body for new in self._statement(statement)]

    def _statement(self, node: Any) -> list[gast.stmt]:
        if not yields_in(node):
            return [node]
        if isinstance(node, gast.While) and yields_in(node.test) and not _jumps(node.orelse):
            return self.body([_endless(node)])
        if isinstance(node, gast.With) and len(node.items) > 1:
            item, *rest = node.items
            inner = gast.With(items=rest, body=node.body, type_comment=None)
            node.items, node.body = [item], [place(inner, node)]
        for part in (node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            for block in BLOCKS:
                if hasattr(part, block):
                    setattr(part, block, self.body(getattr(part, block)))
        before: list[gast.stmt] = []
        if isinstance(node, gast.AugAssign):
            return self._augmented(node, before)
        self._headers(node, before)
        return [*before, node]

    def _headers(self, node: Any, before: list[gast.stmt]) -> None:
        """Take apart what a statement evaluates first."""
        if isinstance(node, gast.Expr | gast.Assign) and isinstance(node.value, YIELDS):
            self._given(node.value, before)
            return
        if isinstance(node, gast.With):
            node.items[0].context_expr = self._apart(node.items[0].context_expr, before)
        for header in HEADERS:
            value = getattr(node, header, None)
            if value is not None:
                setattr(node, header, self._apart(value, before))

    def _augmented(self, node: gast.AugAssign, before: list[gast.stmt]) -> list[gast.stmt]:
        """Return an augmented assignment whose target is read before its value."""
        target = node.target
        if not isinstance(target, gast.Name):
            for holder, field, at in list(_operands(target)):
                _put(holder, field, at, self._kept(_get(holder, field, at), before))
        read = copy.deepcopy(target)
        read.ctx = gast.Load()
        old = self._kept(read, before)
        value = self._apart(node.value, before)
        changed = gast.AugAssign(
            target=gast.Name(id=old.id, ctx=gast.Store(), annotation=None, type_comment=None),
            op=node.op,
            value=value,
        )
        back = gast.Assign(targets=[target], value=name(old.id, node), type_comment=None)
        return [*before, place(changed, node), place(back, node)]

    def _given(self, node: Any, before: list[gast.stmt]) -> None:
        """Take apart what a yield yields."""
        node.is_apart = True
        if node.value is not None:
            node.value = self._apart(node.value, before)

    def _kept(self, value: gast.expr, before: list[gast.stmt]) -> gast.Name:
        """Return a new variable that is assigned a value."""
        variable = self._fresh()
        before += statements(f"{variable} = _v", value, _v=value)
        return name(variable, value)

    def _apart(self, node: gast.expr, before: list[gast.stmt]) -> gast.expr:
        """Return an expression without yields, which are evaluated before it."""
        if not yields_in(node):
            return node
        if isinstance(node, YIELDS):
            self._given(node, before)
            return self._kept(node, before)
        if isinstance(node, gast.IfExp):
            return self._choice(node, before)
        is_chain = isinstance(node, gast.Compare) and len(node.comparators) > 1
        if is_chain or isinstance(node, CONDITIONAL):
            return node
        operands = list(_operands(node))
        last = max(k for k, operand in enumerate(operands) if yields_in(_get(*operand)))
        for operand in operands[: last + 1]:
            value = _get(*operand)
            if yields_in(value):
                _put(*operand, self._apart(value, before))
            elif not isinstance(value, gast.Constant):
                _put(*operand, self._kept(value, before))
        return node

    def _choice(self, node: gast.IfExp, before: list[gast.stmt]) -> gast.expr:
        test, variable = self._apart(node.test, before), self._fresh()
        text = f"if _t:\n    {variable} = _a\nelse:\n    {variable} = _b"
        chosen = statements(text, node, _t=test, _a=node.body, _b=node.orelse)
        before += self.body(chosen)
        return name(variable, node)


def _jumps(body: Sequence[gast.stmt]) -> bool:
    nodes = [node for statement in body for node in gast.walk(statement)]
    return any(isinstance(node, gast.Break | gast.Continue) for node in nodes)


def _endless(node: gast.While) -> gast.stmt:
    """Return a `while` whose test is a statement of its body."""
    otherwise = [*node.orelse, place(gast.Break(), node)]
    test = gast.If(test=node.test, body=node.body, orelse=otherwise)
    true = gast.Constant(value=True, kind=None)
    loop: gast.stmt = gast.While(test=true, body=[place(test, node)], orelse=[])
    return place(loop, node)


Operand = tuple[Any, str, int | None]
"""Where an operand stands: a node, its field, and the position if that is a list."""


def _operands(node: gast.AST) -> Iterator[Operand]:
    """Yield where the operands of an expression stand, in the order of their evaluation."""
    for field, value in gast.iter_fields(node):
        if isinstance(node, gast.Call) and field == "func":
            # What is called is looked up when it is called.
            yield from _operands(value) if isinstance(value, gast.Attribute) else ()
            continue
        if isinstance(node, gast.NamedExpr) and field == "target":
            continue
        parts = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for at, part in parts:
            if isinstance(part, TRANSPARENT):
                yield from _operands(part)
            elif isinstance(part, gast.expr):
                yield node, field, at


def _get(holder: Any, field: str, at: int | None) -> gast.expr:
    value = getattr(holder, field)
    return value if at is None else value[at]


def _put(holder: Any, field: str, at: int | None, new: gast.expr) -> None:
    if at is None:
        setattr(holder, field, new)
    else:
        getattr(holder, field)[at] = new
