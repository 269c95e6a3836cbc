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
from autograph.specialise import Specialisation


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
    elif _is_made_again(plain, transform):
        call = _sharing(fn, transform, options)
    else:
        call = entry_point(Compiled(plain, options, staged))
    call.__name__ = call.__qualname__ = f"{transform.name}_{fn.__name__}"
    call.__doc__ = f"{transform.name} of {fn.__qualname__}."
    call.__signature__ = inspect.signature(fn)
    setattr(call, STAGED, staged)
    result: Callable[..., Any] = call
    return result


_made: WeakKeyDictionary[CodeType, set[Any]] = WeakKeyDictionary()
"""By code of functions inside functions, how they have been transformed."""


def _is_made_again(plain: FunctionType, transform: Transform) -> bool:
    """Return whether another function of the same code has been transformed in the same way.

    A function that is defined in a loop is a new one each time, and need not be compiled anew.
    """
    if "<locals>" not in plain.__qualname__ and plain.__name__ != "<lambda>":
        return False
    known = _made.setdefault(plain.__code__, set())
    key = (transform.name, transform.rule, repr(transform.options))
    seen = key in known
    known.add(key)
    return seen


def _sharing(fn: Callable[..., Any], transform: Transform, options: Options) -> Any:
    """Return a transformed function that shares its compiled form with others of its code."""
    signature = inspect.signature(fn)
    has_defaults = any(p.default is not p.empty for p in signature.parameters.values())
    entry = entry_of(fn, transform, _called, options)

    def call(*args: Any, **kwargs: Any) -> Any:
        if has_defaults or kwargs:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        return entry(fn, args, kwargs)

    return _inspectable(call, fn, entry)


def _inspectable(call: Any, fn: Callable[..., Any], entry: Any) -> Any:
    """Give what calls an entry with a function the methods of compiled functions."""
    call.show = lambda stage, *args, **kwargs: entry.show(stage, fn, args, kwargs)
    call.explain = lambda *args, **kwargs: entry.explain(fn, args, kwargs)
    call.stats = entry.stats
    return call


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
    entry = entry_of(fn, transform, plain, options)

    def call(*args: Any, **kwargs: Any) -> Any:
        return entry(fn, args, kwargs)

    _inspectable(call, fn, entry)
    name = getattr(fn, "__name__", type(fn).__name__)
    call.__name__ = call.__qualname__ = f"{transform.name}_{name}"
    call.__doc__ = f"{transform.name} of {name}."
    setattr(call, STAGED, Transformed(fn, transform))
    return call


_entries: WeakKeyDictionary[Any, dict[Any, Callable[..., Any]]] = WeakKeyDictionary()


def entry_of(
    fn: Callable[..., Any],
    transform: Transform,
    plain: Plain,
    options: Options,
    make: type[Specialisation] = Specialisation,
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
        known[key] = entry_point(Compiled(run, options, make=make))
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
