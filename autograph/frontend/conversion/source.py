"""From a function object to its node in the syntax tree of its whole file.

The whole file is parsed, so that line and column numbers stay the user's own. A `def` is found by
its first line, a lambda by the columns that its instructions come from.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, reduce
from importlib.machinery import SourceFileLoader
from operator import or_
from types import CodeType, FunctionType
from typing import Any, TypeAlias

import gast

from autograph.errors import Site, UnsupportedSyntaxError
from autograph.frontend.conversion.scopes import parameters

FunctionNode: TypeAlias = Any
"""A `gast.FunctionDef` or `gast.Lambda`."""

FUTURE_FLAGS = reduce(
    or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
"""The flags of code that `from __future__ import` sets."""


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep Python from warning of a file again, which it did when it compiled it first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@lru_cache(maxsize=64)
def _parse(filename: str, text: str) -> tuple[ast.Module, gast.Module]:
    """Return the syntax tree of a file, and the same for gast."""
    with without_warnings():
        tree = ast.parse(text, filename)
    return tree, gast.ast_to_gast(tree)


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
    tree, converted = _trees(fn, site)
    find = _lambdas if code.co_name == "<lambda>" else _definitions
    found = list(find(converted, code))
    if not found or (is_loaded_as_written(fn) and not _contains(tree, code)):
        raise UnsupportedSyntaxError(
            f"{fn.__qualname__} is not what its file contains: the file has changed since it was "
            "imported; import it again",
            site,
        )
    return min(found, key=_extent)


def enclosing_class(fn: FunctionType, node: FunctionNode) -> str:
    """Return the name of the class whose body a function is written in, the empty string if none.

    Private names (`__name`) are mangled with it.

    Args:
        fn: The function.
        node: Its node, as `find_function` returned it.
    """
    _, tree = _trees(fn, None)
    around = [
        c
        for c in gast.walk(tree)
        if isinstance(c, gast.ClassDef) and any(n is node for n in gast.walk(c) if n is not c)
    ]
    return min(around, key=_extent).name if around else ""


def text_of(fn: FunctionType) -> str:
    """Return the text of the file of a function, empty if it is not to be had."""
    return "".join(linecache.getlines(fn.__code__.co_filename, fn.__globals__))


def _trees(fn: FunctionType, site: Site | None) -> tuple[ast.Module, gast.Module]:
    text = text_of(fn)
    if not text:
        raise UnsupportedSyntaxError(
            f"the source of {fn.__qualname__} is not available, as it was made by exec or typed at "
            "a prompt; define it in a file or a notebook",
            site,
        )
    return _parse(fn.__code__.co_filename, text)


def is_loaded_as_written(fn: FunctionType) -> bool:
    """Return whether a function was compiled from its file as it is.

    Import hooks rewrite modules: pytest's, for example, the `assert` statements.
    """
    loader = fn.__globals__.get("__loader__")
    return loader is None or isinstance(loader, type) or type(loader) is SourceFileLoader


def _contains(tree: ast.Module, code: CodeType) -> bool:
    """Return whether compiling a file gives a function the code that it has.

    Other functions and classes are left out; what a module imports changes the code of calls.
    """
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    line = code.co_firstlineno
    kept = [s for s in tree.body if not isinstance(s, definitions) or _first_line(s) <= line]
    kept = [s for s in kept if not isinstance(s, definitions) or line <= (s.end_lineno or line)]
    flags = code.co_flags & FUTURE_FLAGS
    module = ast.Module(kept, [])
    with without_warnings():
        made = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    return code in _codes_within(made)


def _first_line(node: Any) -> int:
    """Return the line that a definition starts at, its decorators included."""
    return int(min([node.lineno, *(d.lineno for d in node.decorator_list)]))


def _codes_within(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes_within(const)


def _definitions(tree: gast.Module, code: CodeType) -> Iterator[FunctionNode]:
    for node in gast.walk(tree):
        is_function = isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef)
        if is_function and (node.name, _first_line(node)) == (code.co_name, code.co_firstlineno):
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
        if not isinstance(node, gast.Lambda):
            continue
        body = node.body
        start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
        if not spans:
            named = {p.id for p in parameters(node.args)}
            same = node.lineno == code.co_firstlineno and named == set(code.co_varnames)
            if same and _is_constant(body, code):
                yield node
        elif all(start <= first and last <= end for first, last in spans):
            yield node


def _is_constant(body: gast.expr, code: CodeType) -> bool:
    """Return whether an expression is the constant that code returns.

    From Python 3.12 on, the instruction that returns a constant does not say where it comes from.
    """
    try:
        value = gast.literal_eval(body)
    except ValueError:
        return False
    return repr(value) in map(repr, code.co_consts)


def _extent(node: FunctionNode) -> tuple[int, int]:
    """Order nodes so that the innermost comes first."""
    return (node.end_lineno - node.lineno, node.end_col_offset - node.col_offset)
