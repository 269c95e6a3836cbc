"""Generators of random numbers: which objects they are, and where the program sees their states.

Enters: a generator. Leaves: its state, an array of the program. A generator that the program makes
is a real one, so that its class and its methods are those that the program expects; but its state
is an array that the graph computes: its content, as attributes are that of an object.
"""

from __future__ import annotations

import functools
import random
from typing import Any

import numpy as np

# `numpy.random` is not imported before it is needed: it takes as long as much of this package.


@functools.cache
def kinds() -> tuple[type, ...]:
    """Return the classes of generators."""
    return (np.random.Generator, np.random.RandomState, random.Random)


@functools.cache
def _new_bits() -> tuple[Any, Any]:
    """Return what numbers of a new `Generator`, and of a new `RandomState`, are made of."""

    class NewPCG64(np.random.PCG64):
        content: Any = None

    class NewTwister(np.random.MT19937):
        content: Any = None

    return NewPCG64, NewTwister


class _Python(random.Random):
    """A new generator of Python's."""

    content: Any = None


def is_generator(x: Any) -> bool:
    """Return whether an object is a generator of random numbers."""
    return type(x) in kinds() or isinstance(x, _Python)


def bits_of(generator: Any) -> Any:
    """Return the object inside a generator that has its state."""
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator
    return generator._bit_generator if isinstance(generator, np.random.RandomState) else generator


def state_owner(generator: Any) -> tuple[Any, str | None]:
    """Return the object by which the state of a generator is known, and as what it holds it."""
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator, "bit_generator"
    return generator, None


def new_generator(kind: type) -> Any:
    """Return a new generator whose state is for the program to fill."""
    pcg64, twister = _new_bits()
    if kind is np.random.Generator:
        return np.random.Generator(pcg64(0))
    return np.random.RandomState(twister(0)) if kind is np.random.RandomState else _Python(0)


def is_new(generator: Any) -> bool:
    """Return whether a generator is one of `new_generator`."""
    return isinstance(bits_of(generator), (*_new_bits(), _Python))
