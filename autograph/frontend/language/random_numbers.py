"""Calls that are about random numbers: generators are made, seeded and drawn from.

Enters: what is called. Leaves: its definition, and the generator where it is a method of one.
"""

from __future__ import annotations

import functools
import random
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.definitions import (
    random_generator,
    random_legacy,
    random_order,
    random_python,
)
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.random_states import is_generator

Definition = Callable[..., Any]


def _methods(*modules: types.ModuleType) -> dict[str, Definition]:
    """Return the definitions of modules by their names, the last of a name counts."""
    return {
        name: f
        for module in modules
        for name, f in vars(module).items()
        if isinstance(f, types.FunctionType) and not name.startswith("_")
    }


@functools.cache
def _methods_of_kinds() -> dict[type, dict[str, Definition]]:
    """Return what methods of generators do, by the class and their names."""
    return {
        np.random.Generator: _methods(random_order, random_generator),
        np.random.RandomState: _methods(random_legacy),
        random.Random: _methods(random_python),
    }


@functools.cache
def _makers() -> dict[Any, Definition]:
    """Return what makes generators."""
    return {
        np.random.default_rng: random_generator.default_rng,
        np.random.RandomState: random_legacy.random_state,
        random.Random: random_python.python_generator,
    }


@functools.cache
def _functions() -> dict[Any, tuple[Any, str]]:
    """Return functions of modules that are no methods: of which generator, and which method."""
    names = {"seed": "seed", "ranf": "random_sample", "sample": "random_sample"}
    return {
        getattr(np.random, name): (np.random.mtrand._rand, method) for name, method in names.items()
    }


def defined_call(f: Any, args: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    """Return a call as that of a definition, if it is about random numbers; else as it is.

    Raises:
        UnsupportedError: If it is of a method of a generator without a definition.
    """
    owner = getattr(f, "__self__", None)
    if is_generator(owner):
        return method_of(owner, f.__name__), (owner, *args)
    if not isinstance(f, type | type(np.random.default_rng)):
        return f, args
    if f in _functions():
        generator, name = _functions()[f]
        return method_of(generator, name), (generator, *args)
    return _makers().get(f, f), args


def method_of(generator: Any, name: str) -> Definition:
    """Return what a method of a generator does."""
    methods = next(m for kind, m in _methods_of_kinds().items() if isinstance(generator, kind))
    if name not in methods or not hasattr(generator, name):
        names = ", ".join(sorted(n for n in methods if hasattr(generator, n)))
        kind = next(kind for kind in _methods_of_kinds() if isinstance(generator, kind)).__name__
        raise unsupported(
            f"'{name}' of a {kind} is not supported in a compiled function; there are {names}; "
            "draw other numbers outside and pass them in"
        )
    return methods[name]
