"""Quoted code: source text with holes, filled with nodes and placed at the user's position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import gast

POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
Part: TypeAlias = Any
"""A node, or a list of statements."""


class _Fill(gast.NodeTransformer):  # type: ignore[misc]
    """Puts the parts in place of the names that stand for them."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts = parts

    def visit_Name(self, node: gast.Name) -> gast.AST:
        part = self.parts.get(node.id)
        return part if isinstance(part, gast.AST) else node

    def visit_Expr(self, node: gast.Expr) -> Any:
        if isinstance(node.value, gast.Name):
            part = self.parts.get(node.value.id)
            if isinstance(part, list):
                return part
        return self.generic_visit(node)


def statements(text: str, at: gast.AST, **parts: Part) -> list[gast.stmt]:
    """Return the statements of `text` with its holes filled.

    Args:
        text: Python source; a name of `parts` is a hole (as a statement: for a list of them).
        at: The user's node that the new nodes take their position from.
        parts: What goes into the holes; nodes that have a position keep it.
    """
    filled: list[gast.stmt] = []
    for statement in gast.parse(text).body:
        _forget_positions(statement)
        result = _Fill(parts).visit(statement)
        filled += result if isinstance(result, list) else [result]
    for statement in filled:
        place(statement, at)
    return filled


def expression(text: str, at: gast.AST, **parts: Part) -> gast.expr:
    """Return the expression of `text` with its holes filled; see `statements`."""
    return statements(text, at, **parts)[0].value


def place(node: gast.AST, at: gast.AST) -> gast.AST:
    """Give the position of `at` to the nodes under `node` that have none, and return `node`."""
    if isinstance(node, gast.expr | gast.stmt) and getattr(node, "lineno", None) is None:
        for name in POSITION:
            setattr(node, name, getattr(at, name))
        if isinstance(node, gast.Attribute):
            # CPython takes the line of a method call from where its attribute ends.
            node.end_lineno, node.end_col_offset = node.lineno, node.col_offset
    for child in gast.iter_child_nodes(node):
        place(child, at)
    return node


def name(text: str, at: gast.AST) -> gast.Name:
    """Return a name that is read, placed at `at`."""
    node = gast.Name(id=text, ctx=gast.Load(), annotation=None, type_comment=None)
    place(node, at)
    return node


def constant(value: Any, at: gast.AST) -> gast.Constant:
    """Return a constant placed at `at`."""
    node = gast.Constant(value=value, kind=None)
    place(node, at)
    return node


def _forget_positions(tree: gast.AST) -> None:
    for node in gast.walk(tree):
        if isinstance(node, gast.expr | gast.stmt):
            for attribute in POSITION:
                setattr(node, attribute, None)
