"""Functions whose staged form is their definition in plain NumPy.

Enters: a definition, written as a user would write it. Leaves: a handler that traces it into the
program, converted as the user's own functions are; errors in it show the user's call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, ClassVar, NoReturn

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.floating_errors import without_certainty
from autograph.frontend.symbols.staged import staged


class Definition:
    """What makes definitions traceable.

    Attributes:
        convert: Returns the converted form of a function; set by `runtime`.
        with_tangent: Calls a function that has a rule for its tangent; set by `transforms`.
    """

    convert: ClassVar[Callable[[Any], Callable[..., Any]]]
    with_tangent: ClassVar[Callable[[Any, Any, Any], Any]]


def defined(definition: Callable[..., Any], *, tells: bool = False) -> Callable[..., Any]:
    """Return the handler that traces a definition.

    Args:
        definition: The definition.
        tells: Whether the texts of its exceptions are those that the defined function gives them.
    """

    @wraps(definition)
    @without_certainty
    def handler(*args: Any, **kwargs: Any) -> Any:
        with nullcontext() if tells else current_tracer().within_definition():
            return Definition.convert(definition)(*args, **kwargs)

    return handler


@staged
def with_tangent(function: Any, args: Any, tangent: Any) -> Any:
    """Return `function(*args)`, of which a rule gives the derivative.

    Args:
        function: What to call; it is not looked into for derivatives.
        args: Its arguments.
        tangent: Given the tangents of the arguments, the result, and the arguments, returns the
            tangent of the result. The other direction is its transpose.
    """
    return Definition.with_tangent(function, args, tangent)


def refuse(what: str) -> NoReturn:
    """Say in a definition that something is not supported.

    Raises:
        UnsupportedError: Always, at the user's line.
    """
    raise unsupported(f"{what}: not supported")
