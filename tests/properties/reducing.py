"""Makes a program that behaves wrongly smaller, while it still does: `reduced(text, is_wrong)`.

Statements are left out, compound ones replaced by their blocks, expressions by their parts and by
plain numbers, as long as the smaller program is still wrong.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

Edit = Callable[[ast.AST], None]
"""Changes a tree in place."""


def reduced(text: str, is_wrong: Callable[[str], bool]) -> str:
    """Return the smallest program found that is wrong in the sense given."""
    tree = ast.parse(text)
    shrunk = True
    while shrunk:
        shrunk = False
        for edits in (statement_edits, expression_edits):
            position = 0
            while True:
                smaller = nth_edited(tree, edits, position)
                if smaller is None:
                    break
                if is_wrong(ast.unparse(smaller)):
                    tree, shrunk = smaller, True
                else:
                    position += 1
    return ast.unparse(tree)


def nth_edited(
    tree: ast.Module, edits: Callable[[ast.AST], Iterator[Edit]], position: int
) -> ast.Module | None:
    """Return a copy of a tree with its edit of a number applied, None if there are fewer."""
    made = copy.deepcopy(tree)
    for number, edit in enumerate(edits(made)):
        if number == position:
            edit(made)
            return ast.fix_missing_locations(made)
    return None


def statement_edits(tree: ast.AST) -> Iterator[Edit]:
    """Yield the ways of leaving out a statement, large ones first."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                for k, statement in enumerate(block):
                    yield from block_edits(block, k, statement, may_be_empty=name != "body")


def block_edits(
    block: list[ast.stmt], k: int, statement: ast.stmt, *, may_be_empty: bool
) -> Iterator[Edit]:
    """Yield the ways of making one statement of a block smaller."""
    rest = block[:k] + block[k + 1 :]
    if rest or may_be_empty:
        yield lambda _: block.__setitem__(slice(None), rest)
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(statement, name, None)
        if inner and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            whole = block[:k] + inner + block[k + 1 :]
            yield lambda _, whole=whole: block.__setitem__(slice(None), whole)
    if isinstance(statement, ast.AugAssign):
        yield lambda _: block.__setitem__(k, ast.Assign([statement.target], statement.value))


def expression_edits(tree: ast.AST) -> Iterator[Edit]:
    """Yield the ways of replacing an expression by a part of it, or by a plain number."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and readable(value):
                for part in parts(value):
                    yield lambda _, node=node, name=name, part=part: setattr(node, name, part)
            elif isinstance(value, list) and value and isinstance(value[0], ast.expr):
                yield from item_edits(node, value)


def item_edits(node: ast.AST, items: list[Any]) -> Iterator[Edit]:
    """Yield the ways of making the items of an expression fewer or smaller."""
    for k, item in enumerate(items):
        if readable(item):
            if isinstance(node, ast.Tuple) and len(items) > 1:
                yield lambda _, k=k: items.pop(k)
            for part in parts(item):
                yield lambda _, k=k, part=part: items.__setitem__(k, part)


def readable(value: ast.expr) -> bool:
    """Return whether an expression is read, not written."""
    return isinstance(getattr(value, "ctx", ast.Load()), ast.Load)


def parts(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what may stand for an expression."""
    if isinstance(value, ast.Constant | ast.Name | ast.Slice):
        return
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr) and not isinstance(child, ast.Slice) and readable(child):
            yield child
    for number in (0, 1):
        yield ast.Constant(number)
