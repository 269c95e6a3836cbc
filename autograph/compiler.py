"""`compile`: a plain function in, a compiled function out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial, update_wrapper
from types import FunctionType, MethodType
from typing import Any

from autograph.compiled import AutographWarning as AutographWarning
from autograph.compiled import Compiled, entry_point
from autograph.errors import UnsupportedError
from autograph.frontend import STAGED, UsersFrames, plain_function
from autograph.opt import Claim
from autograph.pipeline import Options


def made(fn: Any, make: Callable[[FunctionType, int], Any], bound: int = 0) -> Any:
    """Return what `make` makes of a function, or of what wraps one in the same wrapper.

    Args:
        fn: The function, or a method, a partial function, a callable object, ...
        make: Is given a plain function, and how many arguments are passed to it before the user's.
        bound: How many these are so far.
    """
    if isinstance(fn, staticmethod | classmethod):
        return type(fn)(made(fn.__func__, make, bound))
    if isinstance(fn, property):
        return fn.getter(made(fn.fget, make, bound))
    if isinstance(fn, MethodType):
        return MethodType(made(fn.__func__, make, bound + 1), fn.__self__)
    if isinstance(fn, partial):
        return partial(made(fn.func, make, bound + len(fn.args)), *fn.args, **fn.keywords)
    if isinstance(fn, _CACHED):
        return lru_cache(**fn.cache_parameters())(made(fn.__wrapped__, make, bound))
    plain = plain_function(fn)
    if isinstance(plain, FunctionType):
        with UsersFrames():
            return make(plain, bound)
    method = getattr(type(fn), "__call__", None)  # noqa: B004 - it is to be called
    if isinstance(method, FunctionType):
        return made(MethodType(method, fn), make, bound)
    raise UnsupportedError(
        f"{plain!r} is no function written in Python; wrap it in one, as in lambda x: f(x)"
    )


_CACHED = type(lru_cache(lambda: None))


def _compiled(plain: FunctionType, options: Options) -> Callable[..., Any]:
    staged = getattr(plain, STAGED, None)
    if staged is not None:
        return plain
    call: Any = entry_point(Compiled(plain, options))
    update_wrapper(call, plain)
    call.__autograph_wrapped__ = plain
    compiled: Callable[..., Any] = call
    return compiled


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
        return lambda f: made(f, lambda plain, _: _compiled(plain, options))
    return made(fn, lambda plain, _: _compiled(plain, options))
