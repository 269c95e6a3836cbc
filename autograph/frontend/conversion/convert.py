"""From a user's function to the function that is traced in its place.

The syntax tree is converted and compiled directly, under the user's file name and positions, so
that tracebacks, `pdb` and coverage show the user's own lines. The new function shares the user's
globals and closure cells.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from types import CellType, CodeType, FunctionType
from typing import Any
from weakref import WeakSet, finalize

import gast

from autograph.frontend.conversion import stored
from autograph.frontend.conversion.convert_statements import convert_definition, is_block
from autograph.frontend.conversion.imports import replace_imports
from autograph.frontend.conversion.outer_variables import replace_outer_variables
from autograph.frontend.conversion.private_names import replace_private_names
from autograph.frontend.conversion.quote import constant, place
from autograph.frontend.conversion.source import (
    FUTURE_FLAGS,
    enclosing_class,
    find_function,
    is_loaded_as_written,
    text_of,
    without_warnings,
)
from autograph.frontend.conversion.syntax import check_syntax

LAMBDA = "lambda__"
DEFINITION = "definition__"


_converted: dict[int, CodeType] = {}
"""By the identity of the user's code, for as long as that lives: equal code may be in two files."""
_own_code: WeakSet[CodeType] = WeakSet()


def is_converted(fn: FunctionType) -> bool:
    """Return whether a function is the product of a conversion, or defined in one."""
    return fn.__code__ in _own_code


def convert(fn: FunctionType) -> CodeType:
    """Return the code of the converted form of `fn`, to be bound to its cells and `ag__`.

    Raises:
        UnsupportedSyntaxError: If it contains a construct without a converter.
    """
    code = fn.__code__
    found = _converted.get(id(code))
    if found is None:
        found = _converted[id(code)] = _stored(fn)
        finalize(code, _converted.pop, id(code), None).atexit = False
        _remember(found)
    return found


def converted_source(fn: FunctionType) -> str:
    """Return the text of the converted function, for reading only."""
    definition = _converted_tree(fn).body[0].body[-1]  # type: ignore[attr-defined]
    definition.name = LAMBDA if fn.__code__.co_name == "<lambda>" else fn.__code__.co_name
    with without_warnings():
        try:
            return str(importlib.import_module("astor").to_source(definition))
        except (AttributeError, AssertionError):
            return ast.unparse(definition)


def bind(fn: FunctionType, runtime: Any) -> FunctionType:
    """Return the converted form of `fn`: its globals, defaults and cells, and `ag__`."""
    code = convert(fn)
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
    cells["ag__"] = CellType(runtime)
    closure = tuple(cells[name] for name in code.co_freevars)
    bound = FunctionType(code, fn.__globals__, fn.__name__, fn.__defaults__, closure)
    bound.__kwdefaults__, bound.__qualname__ = fn.__kwdefaults__, fn.__qualname__
    bound.__module__ = fn.__module__
    return bound


def _stored(fn: FunctionType) -> CodeType:
    """Return the code of the converted form, from the disk if it was converted before."""
    key = stored.key_of(fn, text_of(fn), is_verified=is_loaded_as_written(fn))
    found = stored.load(key)
    if found is None:
        found = _convert(fn)
        stored.store(key, found)
    return found


def _convert(fn: FunctionType) -> CodeType:
    with without_warnings():
        flags = fn.__code__.co_flags & FUTURE_FLAGS
        tree = _converted_tree(fn)
        module = compile(tree, fn.__code__.co_filename, "exec", flags, dont_inherit=True)
    code = _find_code(_find_code(module, "outer__"), DEFINITION)
    return _renamed(code, fn.__code__.co_name, fn.__qualname__)


def _converted_tree(fn: FunctionType) -> ast.Module:
    """Return the converted function in one that binds its free variables and `ag__`."""
    code = fn.__code__
    filename, free = code.co_filename, frozenset(code.co_freevars)
    found = find_function(fn)
    node = copy.deepcopy(found)
    check_syntax(node, filename, free)
    replace_private_names(node, enclosing_class(fn, found))
    if isinstance(node, gast.Lambda):
        node = _definition_of_lambda(node)
    _drop_evaluated_parts(node)
    replace_outer_variables(node, free)
    replace_imports(node)
    definition = convert_definition(node, filename, free)
    # Its own name must stay a global in it: a function that calls itself looks it up there.
    definition.name = DEFINITION
    outer = gast.parse(f"def outer__({', '.join(['ag__', *sorted(free)])}): pass")
    outer.body[0].body = [definition]
    tree: ast.Module = ast.fix_missing_locations(gast.gast_to_ast(outer))
    return tree


def _definition_of_lambda(node: gast.Lambda) -> gast.FunctionDef:
    result = gast.Return(value=node.body)
    place(result, node.body)
    definition = gast.FunctionDef(
        name=LAMBDA,
        args=node.args,
        body=[result],
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    place(definition, node)
    return definition


def _drop_evaluated_parts(node: gast.FunctionDef) -> None:
    """Replace what ran when the user's function was defined: its values are taken from it."""
    node.decorator_list = []
    node.type_params = []
    args = node.args
    args.defaults = [constant(None, d) for d in args.defaults]
    args.kw_defaults = [d and constant(None, d) for d in args.kw_defaults]


def _find_code(code: CodeType, name: str) -> CodeType:
    return next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)


def _renamed(code: CodeType, name: str, qualified_name: str) -> CodeType:
    """Name blocks after their function, so that tracebacks show what the user wrote."""
    consts: list[Any] = []
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if is_block(const.co_name):
                const = _renamed(const, name, qualified_name)
            else:
                between = ".<locals>." if code.co_flags & inspect.CO_OPTIMIZED else "."
                const = _renamed(const, const.co_name, f"{qualified_name}{between}{const.co_name}")
        elif const == code.co_qualname and not code.co_flags & inspect.CO_OPTIMIZED:
            const = qualified_name  # what the body of a class calls the class
        consts.append(const)
    return code.replace(co_name=name, co_qualname=qualified_name, co_consts=tuple(consts))


def _remember(code: CodeType) -> None:
    _own_code.add(code)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            _remember(const)
