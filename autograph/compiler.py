"""`compile`, `grad` and `value_and_grad`: plain functions in, compiled functions out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache, partial, update_wrapper
from types import FunctionType, MethodType
from typing import Any

from autograph.compiled import AutographWarning as AutographWarning
from autograph.compiled import Compiled, entry_point
from autograph.differentiation import Differentiation
from autograph.errors import AutographError, UnsupportedError
from autograph.frontend import plain_function
from autograph.opt import Claim
from autograph.pipeline import Options


def _make(fn: Any, options: Options, differentiation: Differentiation | None) -> Any:
    """Return the compiled form of a function, or of what wraps one in the same wrapper."""
    if isinstance(fn, staticmethod | classmethod):
        return type(fn)(_make(fn.__func__, options, differentiation))
    if isinstance(fn, property):
        return fn.getter(_make(fn.fget, options, differentiation))
    if isinstance(fn, MethodType):
        return MethodType(_make(fn.__func__, options, _shifted(differentiation, 1)), fn.__self__)
    if isinstance(fn, partial):
        made = _make(fn.func, options, _shifted(differentiation, len(fn.args)))
        return partial(made, *fn.args, **fn.keywords)
    if isinstance(fn, _CACHED):
        return lru_cache(**fn.cache_parameters())(_make(fn.__wrapped__, options, differentiation))
    plain = plain_function(fn)
    if isinstance(plain, FunctionType):
        return _compiled(plain, options, differentiation)
    method = getattr(type(fn), "__call__", None)  # noqa: B004 - it is to be called
    if isinstance(method, FunctionType):
        return _make(MethodType(method, fn), options, differentiation)
    raise UnsupportedError(
        f"{plain!r} is no function written in Python; wrap it in one, as in lambda x: f(x)"
    )


_CACHED = type(lru_cache(lambda: None))


def _shifted(differentiation: Differentiation | None, count: int) -> Differentiation | None:
    """Return a differentiation for a function that takes so many arguments before the others."""
    return differentiation and differentiation.shifted(count)


def _compiled(
    plain: FunctionType, options: Options, differentiation: Differentiation | None
) -> Callable[..., Any]:
    call: Any = entry_point(Compiled(plain, options, differentiation))
    if differentiation is None:
        update_wrapper(call, plain)
        call.__autograph_wrapped__ = plain
    else:
        call.__name__ = call.__qualname__ = f"{differentiation.name}_{plain.__name__}"
        call.__doc__ = f"{differentiation.name} of {plain.__qualname__}."
        call.__signature__ = inspect.signature(plain)
    made: Callable[..., Any] = call
    return made


def compile(
    fn: Callable[..., Any] | None = None,
    *,
    claims: Sequence[Claim] = ("exact", "stabler"),
    debug: bool = False,
    strict: bool = False,
) -> Any:
    """Compile a plain NumPy function; use as `@compile` or `@compile(...)`.

    The compiled function returns what the plain one returns, changes its arguments in the same way
    and raises the same exceptions. It has the methods `show(stage, *args)`, `explain(*args)` and
    `stats()`.

    Args:
        fn: A function of arrays and numbers.
        claims: Claims of the rewrite rules to apply: `exact`, `stabler`, `rounding`, `unsafe`.
        debug: Whether to verify every stage.
        strict: Whether to refuse library functions without a compiled form, which are otherwise
            called as they are; `explain` lists them.

    Raises:
        UnsupportedSyntaxError: If the function contains a construct that cannot be compiled.
    """
    options = Options(frozenset(claims), debug, strict)
    if fn is None:
        return lambda f: _make(f, options, None)
    return _make(fn, options, None)


def grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, debug: bool = False
) -> Callable[..., Any]:
    """Return the function that computes the gradient of a scalar function.

    Args:
        fn: A plain or compiled function that returns a real number.
        argnums: Position of the argument to differentiate by, or several: then the gradients come
            as a tuple. The gradient is with respect to the values on entry; the arguments are left
            as they are.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.
    """
    return _gradient(fn, argnums, debug=debug, with_value=False)


def value_and_grad(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, debug: bool = False
) -> Callable[..., Any]:
    """Return the function that computes the value of a scalar function and its gradient.

    Args:
        fn: A plain or compiled function that returns a real number.
        argnums: As for `grad`.
        debug: Whether to verify every stage.

    Raises:
        NondifferentiableError: At the call, if an argument or the result is not a real float.
    """
    return _gradient(fn, argnums, debug=debug, with_value=True)


def _gradient(
    fn: Callable[..., Any], argnums: int | Sequence[int], *, debug: bool, with_value: bool
) -> Callable[..., Any]:
    differentiation = Differentiation(_positions(argnums), with_value)
    made: Callable[..., Any] = _make(fn, Options(debug=debug), differentiation)
    return made


def _positions(argnums: int | Sequence[int]) -> int | tuple[int, ...]:
    if isinstance(argnums, int):
        return argnums
    positions = tuple(argnums)
    if not positions or not all(isinstance(k, int) for k in positions):
        raise AutographError(f"argnums is an int or a sequence of ints, got {argnums!r}")
    return positions
