"""From a function object to its node in the syntax tree of its whole file.

The whole file is parsed, so that line and column numbers stay the user's own. A `def` is found by
its first line, a lambda by the columns that its instructions come from.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, TypeAlias

import gast

from autograph.errors import Site, UnsupportedSyntaxError

FunctionNode: TypeAlias = Any
"""A `gast.FunctionDef` or `gast.Lambda`."""


@lru_cache(maxsize=64)
def _parse(filename: str, text: str) -> gast.Module:
    return gast.parse(text, filename)


def site_of(filename: str, node: gast.AST, function: str = "") -> Site:
    """Return the place of a node."""
    return Site(filename, node.lineno, node.col_offset, function)


def find_function(fn: FunctionType) -> FunctionNode:
    """Return the node of `fn`, shared with the cached tree: copy it before changing it.

    Raises:
        UnsupportedSyntaxError: If the source is not to be had, or is not this function's any more.
    """
    code = fn.__code__
    site = Site(code.co_filename, code.co_firstlineno, 0, fn.__qualname__)
    text = "".join(linecache.getlines(code.co_filename, fn.__globals__))
    if not text:
        raise UnsupportedSyntaxError(
            f"the source of {fn.__qualname__} is not available; define it in a file or notebook",
            site,
        )
    find = _lambdas if code.co_name == "<lambda>" else _definitions
    found = list(find(_parse(code.co_filename, text), code))
    if not found:
        raise UnsupportedSyntaxError(
            f"{fn.__qualname__} is not where Python says it is; has the file changed since it "
            "was imported?",
            site,
        )
    return min(found, key=_extent)


def _definitions(tree: gast.Module, code: CodeType) -> Iterator[FunctionNode]:
    for node in gast.walk(tree):
        if isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                yield node


def _lambdas(tree: gast.Module, code: CodeType) -> Iterator[FunctionNode]:
    """Yield the lambdas whose body spans exactly what the code's instructions come from."""
    spans = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if None not in (line, end_line, column, end_column)
        and (line, column) != (end_line, end_column)
    ]
    for node in gast.walk(tree):
        if isinstance(node, gast.Lambda) and spans:
            body = node.body
            start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
            if all(start <= first and last <= end for first, last in spans):
                yield node


def _extent(node: FunctionNode) -> tuple[int, int]:
    """Order nodes so that the innermost comes first."""
    return (node.end_lineno - node.lineno, node.end_col_offset - node.col_offset)
