"""Transformed functions: what users call, compiled at their first call, and while tracing.

Enters: a function and a transform. Leaves: a function with the same parameters.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from autograph.compiled import Compiled, entry_point
from autograph.compiler import made
from autograph.errors import UnsupportedError
from autograph.frontend import (
    STAGED,
    Transform,
    Transformed,
    definitions,
    is_converted,
    plain_function,
)
from autograph.pipeline import Options


def transformed(
    fn: Callable[..., Any], transform: Callable[[int], Transform], options: Options
) -> Callable[..., Any]:
    """Return a transformed function, or what wraps one in the wrapper that `fn` is.

    Args:
        fn: A plain, compiled or transformed function, a method, a partial function, ...
        transform: Given how many arguments are bound before those of the user, how to transform.
        options: How to compile.
    """
    result: Callable[..., Any] = made(
        fn, lambda plain, bound: _transformed(plain, transform(bound), options)
    )
    return result


def _transformed(fn: FunctionType, transform: Transform, options: Options) -> Callable[..., Any]:
    """Return a transformed function; `fn` is plain, converted, or transformed already."""
    staged = Transformed(fn, transform)
    plain = innermost(fn)
    call: Any
    if plain is None:
        return called_with(fn, transform, _called, options)
    if is_converted(plain):
        call = _only_traced(transform)
    else:
        call = entry_point(Compiled(plain, options, staged))
    call.__name__ = call.__qualname__ = f"{transform.name}_{fn.__name__}"
    call.__doc__ = f"{transform.name} of {fn.__qualname__}."
    call.__signature__ = inspect.signature(fn)
    setattr(call, STAGED, staged)
    result: Callable[..., Any] = call
    return result


Plain = Callable[[Any, tuple[Any, ...], dict[str, Any]], None]
"""Calls the function itself as the transformed one does, given it and the arguments of that."""


def called_with(
    fn: Callable[..., Any], transform: Transform, plain: Plain, options: Options
) -> Callable[..., Any]:
    """Return a transformed function whose parameters are not those of the function.

    Args:
        fn: The function.
        transform: How to transform it.
        plain: Calls `fn` for the exception that a call of the transformed function raises.
        options: How to compile.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return entry_of(fn, transform, plain, options)(fn, args, kwargs)

    name = getattr(fn, "__name__", type(fn).__name__)
    call.__name__ = call.__qualname__ = f"{transform.name}_{name}"
    call.__doc__ = f"{transform.name} of {name}."
    setattr(call, STAGED, Transformed(fn, transform))
    return call


_entries: WeakKeyDictionary[Any, dict[Any, Callable[..., Any]]] = WeakKeyDictionary()


def entry_of(
    fn: Callable[..., Any], transform: Transform, plain: Plain, options: Options
) -> Callable[..., Any]:
    """Return what computes a transform of functions with the same code.

    It takes the function, its positional and its keyword arguments.
    """
    known: dict[Any, Callable[..., Any]] = _entries.setdefault(_code_of(fn), {})
    key = (transform.name, transform.rule, repr(transform.options), options, _codes_in(fn))
    if key not in known:

        def call(fn: Any, args: Any, kwargs: Any) -> Any:
            plain(fn, copy.deepcopy(args), copy.deepcopy(kwargs))
            raise UnsupportedError(
                f"the {transform.name} of {fn!r} stopped at a check that plain Python passes, such "
                "as that Python's integers stay within 64 bits"
            )

        setattr(call, STAGED, transform.call)
        run = definitions.calling(call)
        run.__name__ = run.__qualname__ = transform.name
        known[key] = entry_point(Compiled(run, options))
    return known[key]


def _codes_in(fn: Any) -> tuple[CodeType, ...]:
    """Return the codes of the functions that a function sees around it."""
    cells = getattr(fn, "__closure__", None) or ()
    return tuple(
        _code_of(cell.cell_contents)
        for cell in cells
        if isinstance(cell.cell_contents, FunctionType)
    )


def _code_of(fn: Any) -> CodeType:
    """Return the code that tells functions apart that must not share specialisations."""
    while True:
        if isinstance(fn, partial):
            fn = fn.func
        elif isinstance(fn, MethodType):
            fn = fn.__func__
        elif isinstance(inner := getattr(fn, STAGED, None), Transformed):
            fn = inner.fn
        elif isinstance(plain := plain_function(fn), FunctionType):
            return plain.__code__
        else:
            fn = type(fn).__call__
            if not isinstance(fn, FunctionType):
                return _code_of.__code__


def _called(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    fn(*args, **kwargs)


def innermost(fn: Any) -> FunctionType | None:
    """Return the plain function of the same parameters that was transformed, if there is one."""
    while isinstance(staged := getattr(fn, STAGED, None), Transformed):
        if not staged.transform.keeps_parameters:
            return None
        fn = plain_function(staged.fn)
    return fn if isinstance(fn, FunctionType) else None


def _only_traced(transform: Transform) -> Callable[..., Any]:
    """Return what stands for a transformed function of the program that is being traced."""

    def call(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"the {transform.name} of a function defined in a compiled one is called in code that "
            "is not converted; call it in a plain Python function"
        )

    return call
