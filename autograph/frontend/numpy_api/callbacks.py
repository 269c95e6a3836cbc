"""The functions of libraries that call functions of the program, by their full names.

What does the same in traced programs is defined where solvers are, in plain NumPy; it comes here
when they are imported.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from autograph.frontend.numpy_api.defined import defined

Definition = Callable[..., Any]
_DEFINITIONS: dict[str, Definition] = {}


def calls_back(*names: str) -> Callable[[Definition], Definition]:
    """Say that a definition does what library functions do, given the function and its arguments.

    Args:
        *names: The full names of the functions.
    """

    def register(definition: Definition) -> Definition:
        _DEFINITIONS.update(dict.fromkeys(names, defined(definition)))
        return definition

    return register


def definition_calling(function: Any, name: str) -> Definition | None:
    """Return what does what a library function does in traced programs, None if it is none."""
    definition = _DEFINITIONS.get(name)
    return None if definition is None else partial(definition, function)
