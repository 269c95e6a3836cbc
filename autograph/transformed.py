"""Transformed functions: what users call, compiled at their first call, and while tracing.

Enters: a function and a transform. Leaves: a function with the same parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from autograph.compiled import Compiled, entry_point
from autograph.compiler import made
from autograph.errors import UnsupportedError
from autograph.frontend import STAGED, Transform, Transformed, is_converted
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


def innermost(fn: Any) -> FunctionType:
    """Return the plain function that one or several transforms were applied to."""
    while isinstance(staged := getattr(fn, STAGED, None), Transformed):
        fn = staged.fn
    found: FunctionType = fn
    return found


def _only_traced(transform: Transform) -> Callable[..., Any]:
    """Return what stands for a transformed function of the program that is being traced."""

    def call(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"the {transform.name} of a function defined in a compiled one is called in code that "
            "is not converted; call it in a plain Python function"
        )

    return call
