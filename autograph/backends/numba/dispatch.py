"""Calling machine code: numba's C dispatcher, without conversions and without compilation.

Enters: machine code with its numba argument types. Leaves: a callable that runs the code whose
types are exactly those of its arguments, and raises `SignatureMismatch` if there is none.

numba's own dispatcher converts arguments once its compilation is disabled, a float to an integer
parameter even. Its types do not tell `float` from `numpy.float64`, nor an array from a subclass's
instance: who needs the difference has to look at ``type(argument)`` first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from numba.core.dispatcher import _DispatcherBase
from numba.core.registry import cpu_target


class SignatureMismatch(TypeError):
    """The arguments' types are not those of any machine code at hand."""


def _machine_code(*arguments: Any) -> NoReturn:
    """Stand for the Python function, which machine code from disk has not got."""
    raise NotImplementedError


_CDispatcher: Any = _DispatcherBase  # its methods are written in C, unknown to type checkers


class ExactDispatcher(_CDispatcher):  # type: ignore[misc]
    """Machine code for one or more signatures of the same parameters.

    Args:
        name: The function's name, for messages.
        parameters: The names of its parameters.
    """

    _fold_args = True  # the number of arguments is checked, and keywords are allowed

    def __init__(self, name: str, parameters: Sequence[str]) -> None:
        self.name = name
        # numba counts no references to the code, and forgets the numbers of types that nobody uses.
        self._inserted: list[tuple[tuple[Any, ...], Callable[..., Any]]] = []
        self.targetctx = cpu_target.target_context
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([inspect.Parameter(p, kind) for p in parameters])
        super().__init__(len(parameters), _machine_code, signature, False, True)

    def insert(self, argument_types: Sequence[Any], code: Callable[..., Any]) -> None:
        """Let calls whose arguments have these numba types run this code."""
        self._inserted.append((tuple(argument_types), code))
        self._insert([argument_type._code for argument_type in argument_types], code, False)

    def _compile_for_args(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refuse what numba calls this for: compiling code for arguments that match none."""
        self._types_active_call.clear()
        found = ", ".join(type(argument).__name__ for argument in arguments)
        raise SignatureMismatch(f"{self.name} has no machine code for arguments ({found})")
