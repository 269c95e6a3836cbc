"""What of Python's syntax has a converter; everything else is refused at decoration.

The list names what is allowed, so that syntax this file has never heard of is refused too.
"""

from __future__ import annotations

import gast

from autograph.errors import UnsupportedSyntaxError
from autograph.frontend.conversion.convert_classes import refused_in_class
from autograph.frontend.conversion.outer_variables import other_bindings
from autograph.frontend.conversion.scopes import classes_in, is_generator
from autograph.frontend.conversion.source import FunctionNode, site_of

STATEMENTS = (
    gast.FunctionDef,
    gast.ClassDef,
    gast.Return,
    gast.Delete,
    gast.Assign,
    gast.AugAssign,
    gast.AnnAssign,
    gast.For,
    gast.While,
    gast.If,
    gast.Match,
    gast.Raise,
    gast.Assert,
    gast.Try,
    gast.With,
    gast.Global,
    gast.Import,
    gast.ImportFrom,
    gast.Nonlocal,
    gast.Expr,
    gast.Pass,
    gast.Break,
    gast.Continue,
)
EXPRESSIONS = (
    gast.BoolOp,
    gast.BinOp,
    gast.UnaryOp,
    gast.Lambda,
    gast.IfExp,
    gast.Dict,
    gast.Set,
    gast.ListComp,
    gast.SetComp,
    gast.DictComp,
    gast.GeneratorExp,
    gast.Compare,
    gast.Call,
    gast.FormattedValue,
    gast.JoinedStr,
    gast.Constant,
    gast.Attribute,
    gast.Subscript,
    gast.Starred,
    gast.Name,
    gast.List,
    gast.Tuple,
    gast.Slice,
    gast.Yield,
    gast.YieldFrom,
    gast.NamedExpr,
)
PATTERNS = (
    gast.MatchValue,
    gast.MatchSingleton,
    gast.MatchSequence,
    gast.MatchMapping,
    gast.MatchClass,
    gast.MatchStar,
    gast.MatchAs,
    gast.MatchOr,
)
PARTS = (
    gast.arguments,
    gast.ExceptHandler,
    gast.withitem,
    gast.keyword,
    gast.comprehension,
    gast.expr_context,
    gast.boolop,
    gast.operator,
    gast.unaryop,
    gast.cmpop,
    gast.match_case,
    gast.alias,
)
ALLOWED = (*STATEMENTS, *EXPRESSIONS, *PATTERNS, *PARTS)

HINTS = {
    "TryStar": "catch single exceptions with `except`",
    "AsyncFunctionDef": "compile the synchronous function that does the computation",
    "Await": "await outside the compiled function and pass the result in",
}
NAMES = {
    "TryStar": "try ... except*",
    "AsyncFunctionDef": "async def",
    "Await": "await",
    "AsyncFor": "async for",
    "AsyncWith": "async with",
}


def check_syntax(root: FunctionNode, filename: str, free_names: frozenset[str]) -> None:
    """Refuse what has no converter.

    Args:
        root: The function's node.
        filename: The user's file.
        free_names: Variables of enclosing functions that are not converted.

    Raises:
        UnsupportedSyntaxError: At the first such construct.
    """
    remaining, outer = [root], other_bindings(root, free_names)
    while remaining:
        node = remaining.pop()
        refusal = _refusal(node, outer)
        if refusal is not None:
            node, what, instead = refusal
            message = f"{what} is not supported in a compiled function"
            site = site_of(filename, node, getattr(root, "name", "<lambda>"))
            raise UnsupportedSyntaxError(f"{message}; {instead}" if instead else message, site)
        remaining += reversed(_children(node, root))


def _refusal(node: gast.AST, outer: dict[int, str]) -> tuple[gast.AST, str, str] | None:
    """Return a node without a converter, what it is, and what to write instead."""
    kind = type(node).__name__
    if not isinstance(node, ALLOWED):
        return node, NAMES.get(kind, kind), HINTS.get(kind, "")
    if isinstance(node, gast.Lambda) and _assigns(node):
        return node, "an assignment expression (:=) in a lambda", "write a nested function"
    if id(node) in outer:
        what = f"binding '{outer[id(node)]}', a variable outside, in this way"
        return node, what, "assign it by ="
    if isinstance(node, gast.ClassDef):
        return refused_in_class(node)
    if isinstance(node, gast.FunctionDef) and is_generator(node):
        inner = next(classes_in(node.body), None)
        return inner and (inner, "a class in a generator function", "define the class outside")
    return None


def _assigns(node: gast.Lambda) -> bool:
    return any(isinstance(part, gast.NamedExpr) for part in gast.walk(node.body))


def _children(node: gast.AST, root: FunctionNode) -> list[gast.AST]:
    """Return the child nodes that run in a compiled function; annotations do not."""
    skipped: list[gast.AST] = []
    if isinstance(node, gast.FunctionDef):
        skipped += [node.returns, *node.type_params]
    if isinstance(node, gast.ClassDef):
        skipped += node.type_params
    if node is root:
        skipped += [*getattr(node, "decorator_list", ()), *node.args.defaults]
        skipped += node.args.kw_defaults
    if isinstance(node, gast.AnnAssign):
        skipped.append(node.annotation)
    if isinstance(node, gast.Name):
        skipped.append(node.annotation)
    return [c for c in gast.iter_child_nodes(node) if not any(c is s for s in skipped)]
