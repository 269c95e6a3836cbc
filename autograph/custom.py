"""Functions that say how they are differentiated: `custom_gradient` and `checkpoint`."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from autograph.errors import AutographError
from autograph.frontend import STAGED, Transform, Transformed, rules

Rule = Callable[..., Any] | None


def custom_gradient(
    fn: Callable[..., Any] | None = None, *, vjp: Rule = None, jvp: Rule = None
) -> Any:
    """Give a function a rule for its derivative; use as `@custom_gradient(vjp=...)`.

    One of the rules is enough: it is transposed for the other direction, since both are linear in
    the direction. Rules are traced like other functions, and differentiated for higher orders. The
    function itself is not looked into, so it may do what has no derivative. What is differentiated
    by must be among its arguments: it is an error if the function reads it from around it.

    Args:
        fn: A plain function of positional arguments.
        vjp: `vjp(g, y, *args)` returns the cotangents of the arguments, a tuple (or just it, if
            there is one argument), where `y` is the result and `g` its cotangent. None stands for
            zero, and for what is no float.
        jvp: `jvp(*tangents, y, *args)` returns the tangent of the result; an argument that is no
            float has the tangent None.

    Example:
        >>> import autograph as ag
        >>> @ag.custom_gradient(vjp=lambda g, y, x: 10 * g)
        ... def f(x):
        ...     return x
        >>> ag.grad(f)(1.0), ag.jvp(f, (1.0,), (1.0,))
        (10.0, (1.0, 10.0))
    """
    if vjp is None and jvp is None:
        raise AutographError("custom_gradient needs a rule: vjp=... or jvp=...")
    if fn is None:
        return lambda f: custom_gradient(f, vjp=vjp, jvp=jvp)
    return _as_is(fn, Transform("custom_gradient", rules.custom_gradient, (vjp, jvp)))


def checkpoint(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of which derivatives keep only what it starts from.

    In reverse mode it runs again, instead of keeping what it computed: less memory for more time.
    In a loop whose body is a call of it, only the state between iterations is kept.

    Args:
        fn: A plain function.

    Example:
        >>> import numpy as np
        >>> import autograph as ag
        >>> ag.grad(ag.checkpoint(lambda x: np.sin(x) ** 2))(0.0)
        0.0
    """
    return _as_is(fn, Transform("checkpoint", rules.checkpoint))


def _as_is(fn: Callable[..., Any], transform: Transform) -> Callable[..., Any]:
    """Return a function that is called as it is but for traced programs."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    update_wrapper(call, fn)
    setattr(call, STAGED, Transformed(fn, transform))
    return call
