"""Variables outside a function that it rebinds: `global`, and `nonlocal` of what is not converted.

Enters: a function. Leaves: the same with such a variable replaced by an attribute of an object that
stands for the place it lies in, so that it is read and written as attributes are.
"""

from __future__ import annotations

from typing import Any

import gast

from autograph.frontend.conversion.quote import place
from autograph.frontend.conversion.scopes import captured_names, outside_functions

_MARK = "variable "


def replace_outer_variables(root: gast.FunctionDef, free_names: frozenset[str]) -> None:
    """Replace the variables that a function, or one inside it, declares to be outside."""
    for function in [n for n in gast.walk(root) if isinstance(n, gast.FunctionDef)]:
        names = _declared(function, free_names)
        if names:
            replacer = _Replacer(names)
            function.body = [replacer.visit(statement) for statement in function.body]


def variable_name(node: gast.Name) -> str | None:
    """Return the variable that the object of an attribute stands for, None for other names."""
    return node.id.removeprefix(_MARK) if node.id.startswith(_MARK) else None


def _declared(function: gast.FunctionDef, free_names: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for node in outside_functions(function.body):
        if isinstance(node, gast.Global):
            found.update(node.names)
        elif isinstance(node, gast.Nonlocal):
            found.update(free_names.intersection(node.names))
    return found


class _Replacer(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: gast.Name) -> gast.AST:
        """Replace a variable by an attribute."""
        if node.id not in self.names:
            return node
        owner = gast.Name(id=_MARK + node.id, ctx=gast.Load(), annotation=None, type_comment=None)
        attribute = gast.Attribute(value=owner, attr=node.id, ctx=node.ctx)
        place(owner, node)
        place(attribute, node)
        return attribute

    def visit_Global(self, node: gast.Global) -> gast.AST:
        """Drop the declaration."""
        return _nothing(node)

    def visit_Nonlocal(self, node: gast.Nonlocal) -> gast.AST:
        """Keep the declaration of other variables."""
        node.names = [name for name in node.names if name not in self.names]
        return node if node.names else _nothing(node)

    def visit_FunctionDef(self, node: gast.FunctionDef) -> Any:
        """Leave another function alone: what it rebinds it declares itself."""
        return node

    def visit_Lambda(self, node: gast.Lambda) -> Any:
        """Leave a lambda alone, which reads a variable as others do."""
        return node

    def visit_ClassDef(self, node: gast.ClassDef) -> Any:
        """Leave a class alone: its methods rebind what they declare themselves."""
        return node


def other_bindings(root: gast.AST, free_names: frozenset[str]) -> dict[int, str]:
    """Return the outer variables bound by something else than an assignment, by its node's id."""
    found: dict[int, str] = {}
    for function in [n for n in gast.walk(root) if isinstance(n, gast.FunctionDef)]:
        names = _declared(function, free_names)
        inner = [s for s in gast.walk(function) if isinstance(s, gast.FunctionDef)][1:]
        for node in [*outside_functions(function.body), *inner] if names else ():
            bound = names.intersection(_bound_otherwise(node))
            if bound:
                found[id(node)] = min(bound)
    return found


def _bound_otherwise(node: gast.AST) -> list[str]:
    if isinstance(node, gast.FunctionDef):
        return [node.name]
    if isinstance(node, gast.NamedExpr):
        return [node.target.id]
    if isinstance(node, gast.ExceptHandler) and isinstance(node.name, gast.Name):
        return [node.name.id]
    return captured_names(node)


def _nothing(node: gast.AST) -> gast.AST:
    result = gast.Pass()
    place(result, node)
    return result
