"""Conversion of classes defined in functions: the class statement stays, its methods are converted.

Enters: the definition of a class. Leaves: the same, which Python runs where the program is traced.
Its body may not need blocks, which would not see the names of the class.
"""

from __future__ import annotations

import gast

from autograph.frontend.conversion.convert_expressions import ExpressionConverter
from autograph.frontend.conversion.quote import expression
from autograph.frontend.conversion.scopes import Scope, bound_names

LAZY = (gast.BoolOp, gast.IfExp)
"""Expressions whose operands become functions, which do not see the names of a class."""


class ClassConverter(ExpressionConverter):
    """Converts definitions of classes."""

    def visit_ClassDef(self, node: gast.ClassDef) -> gast.AST:
        """Convert the definition of a class."""
        decorators = [self.visit(d) for d in node.decorator_list]
        node.decorator_list = [expression(f"ag__.class_({self.site(node)})", node), *decorators]
        if node.bases:
            bases = gast.Tuple([self.visit(base) for base in node.bases], gast.Load())
            spread = expression("ag__.bases(_b)", node.bases[0], _b=bases)
            node.bases = [gast.Starred(spread, gast.Load())]
        scope = Scope(set(), is_class=True)
        for k, statement in enumerate(node.body):
            self.scopes.append(scope)
            node.body[k] = self._in_class(statement)
            self.scopes.pop()
            scope.local |= bound_names([statement])
        return node

    def _in_class(self, node: gast.stmt) -> gast.stmt:
        """Convert a statement of the body of a class; annotations stay as they are."""
        if isinstance(node, gast.Assign | gast.AnnAssign):
            node.value = node.value and self.visit(node.value)
            return node
        result: gast.stmt = self.visit(node)
        return result


def refused_in_class(node: gast.ClassDef) -> tuple[gast.AST, str, str] | None:
    """Return what of a class definition has no conversion, what it is, what to write instead."""
    if node.keywords:
        return node.keywords[0].value, "a keyword of a class", "define the class outside"
    names: set[str] = set()
    for statement in node.body:
        if not _is_plain(statement):
            return statement, "such a statement in the body of a class", "compute it before"
        lazy = None if isinstance(statement, gast.ClassDef) else _lazy(statement, names)
        if lazy is not None:
            return lazy, "a choice among names of the class", "compute it before"
        names |= bound_names([statement])
    return None


def _is_plain(node: gast.stmt) -> bool:
    """Return whether a statement of the body of a class binds one name, or does nothing."""
    if isinstance(node, gast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], gast.Name)
    if isinstance(node, gast.AnnAssign):
        return isinstance(node.target, gast.Name)
    if isinstance(node, gast.Expr):
        return isinstance(node.value, gast.Constant)
    return isinstance(node, gast.FunctionDef | gast.ClassDef | gast.Pass)


def _lazy(statement: gast.stmt, names: set[str]) -> gast.AST | None:
    """Return an expression of a class body that would be evaluated without its names."""
    if isinstance(statement, gast.FunctionDef):
        parts = [*statement.decorator_list, *statement.args.defaults, *statement.args.kw_defaults]
    else:
        parts = [getattr(statement, "value", None)]
    for part in parts:
        for node in gast.walk(part) if part is not None else ():
            if isinstance(node, LAZY) or (isinstance(node, gast.Compare) and len(node.ops) > 1):
                read = {n.id for n in gast.walk(node) if isinstance(n, gast.Name)}
                if read & names:
                    return node
    return None
