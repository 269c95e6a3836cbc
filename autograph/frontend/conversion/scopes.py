"""Which names a function binds: what Python's compiler works out before it makes code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gast
from msgspec import Struct, field

COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)

FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.ClassDef)
"""Nodes whose statements and expressions are in scopes of their own."""


class Scope(Struct):
    """A function, lambda or comprehension that is being converted.

    Attributes:
        local: Names that it binds.
        nonlocal_: Names of enclosing functions that it rebinds.
        first: Its first parameter, which `super()` means.
        is_function: Whether it has statements.
        is_class: Whether it is the body of a class, which functions in it do not see.
    """

    local: set[str]
    nonlocal_: set[str] = field(default_factory=set)
    first: str = ""
    is_function: bool = False
    is_class: bool = False


def parameters(args: gast.arguments) -> list[gast.Name]:
    """Return the parameters in the order of their declaration."""
    named = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [a for a in named if a is not None]


def bound_names(body: Sequence[gast.AST]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    found: set[str] = set()
    todo: list[gast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, gast.FunctionDef | gast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, gast.Lambda):
            continue
        if isinstance(node, COMPREHENSIONS):
            found |= assigned_in_expressions([node])
            continue
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            found.add(node.id)
        found.update(captured_names(node))
        todo.extend(gast.iter_child_nodes(node))
    return found


def captured_names(node: gast.AST) -> list[str]:
    """Return the names that one part of a pattern captures."""
    if isinstance(node, gast.MatchAs | gast.MatchStar):
        found = node.name
    elif isinstance(node, gast.MatchMapping):
        found = node.rest
    else:
        found = None
    return [] if found is None else [found]


def assigned_in_expressions(body: Sequence[gast.AST]) -> set[str]:
    """Return the names that `:=` and patterns bind in the scope of statements."""
    found: set[str] = set()
    for node in outside_functions(body):
        if isinstance(node, gast.NamedExpr):
            found.add(node.target.id)
        found.update(captured_names(node))
    return found


def nonlocal_names(body: Sequence[gast.AST]) -> set[str]:
    """Return the names that statements declare nonlocal in their own scope."""
    declarations = [n for n in outside_functions(body) if isinstance(n, gast.Nonlocal)]
    return {name for declaration in declarations for name in declaration.names}


def outside_functions(body: Sequence[gast.AST]) -> Iterator[gast.AST]:
    """Yield the nodes of statements that are not in functions defined in them."""
    todo: list[gast.AST] = list(body)
    while todo:
        node = todo.pop()
        if not isinstance(node, FUNCTIONS):
            yield node
            todo.extend(gast.iter_child_nodes(node))


def classes_in(body: Sequence[gast.AST]) -> Iterator[gast.ClassDef]:
    """Yield the classes defined by statements, but for those in functions and classes in them."""
    for node in body:
        if isinstance(node, gast.ClassDef):
            yield node
        elif not isinstance(node, FUNCTIONS):
            yield from classes_in(list(gast.iter_child_nodes(node)))


def function_scope(node: gast.FunctionDef) -> Scope:
    """Return the scope of a function."""
    nonlocal_ = nonlocal_names(node.body)
    named = [a.id for a in parameters(node.args)]
    local = (bound_names(node.body) | set(named)) - nonlocal_
    return Scope(local, nonlocal_, named[0] if named else "", is_function=True)


def setter_of(variable: str) -> str:
    """Return the name of the function that assigns a variable where only expressions may stand."""
    return f"assign_{variable}__"


def leaves(body: Sequence[gast.AST]) -> bool:
    """Return whether statements may end with a jump out of them, or an exception of their own."""
    for node in body:
        if isinstance(node, gast.Return | gast.Break | gast.Continue | gast.Raise):
            return True
        if not isinstance(node, FUNCTIONS) and leaves(list(gast.iter_child_nodes(node))):
            return True
    return False


def is_generator(node: gast.FunctionDef) -> bool:
    """Return whether a function is a generator function."""
    todo: list[gast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, gast.Yield | gast.YieldFrom):
            return True
        if not isinstance(inner, FUNCTIONS):
            todo.extend(gast.iter_child_nodes(inner))
    return False
