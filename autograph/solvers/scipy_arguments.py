"""What the functions of SciPy that call the user's function have in common."""

from __future__ import annotations

import sys
from typing import Any

from autograph.custom import custom_gradient
from autograph.directions import is_differentiated, stop_gradient
from autograph.frontend import staged
from autograph.frontend.numpy_api.defined import refuse


def with_arguments(f: Any, args: Any) -> Any:
    """Return a function of fewer arguments: the last ones are known."""
    more = args if isinstance(args, tuple) else (args,)
    if len(more) == 0:
        return f

    def function(*given: Any) -> Any:
        return f(*given, *more)

    return function


def refuse_option(scipy: Any, option: str, rewrite: str) -> None:
    """Say that an option of a function is not supported.

    Raises:
        UnsupportedError: Always, at the user's line.
    """
    refuse(f"{option} of {scipy.__name__} in a compiled function; write {rewrite}")


@staged
def of_scipy(module: str, name: str) -> Any:
    """Return a function of a module that the program has imported."""
    return getattr(sys.modules[module], name)


def differentiated_as(value: Any, make: Any) -> Any:
    """Return a value with the derivatives of another one, which `make` returns."""
    value = stop_gradient(value)
    return varying(value, make()) if is_differentiated() else value


varying = custom_gradient(
    lambda value, other: value,
    vjp=lambda g, y, value, other: (None, g),
    jvp=lambda t, t_other, y, value, other: t_other,
)
