"""The states of random number generators as arrays, and back.

Enters: a bit generator of NumPy, a legacy `RandomState` or a `random.Random`, or an array. Leaves:
an array with all that its next numbers depend on, or the generator set to such a state.

A PCG64 is six uint64: its state and its increment, high halves first, whether half of an output is
left over, and that half. A Mersenne twister is 628 uint32: the key, the position in it, whether a
normal number is left over, and the halves of that number.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

WORD = (1 << 64) - 1
WORDS = 6
"""The length of the state of a PCG64."""

KEY = 624
"""The words of a Mersenne twister's key."""

LEFT_OVER = KEY + 1
"""Where the state of a Mersenne twister says whether a normal number is left over."""

TWISTER = KEY + 4
"""The length of the state of a Mersenne twister."""


def read_state(generator: Any) -> Any:
    """Return the state of a generator as a new array.

    Raises:
        TypeError: If it is of a kind whose state has no such form.
    """
    if isinstance(generator, np.random.PCG64):
        return _pcg64_state(generator.state)
    if isinstance(generator, np.random.MT19937):
        state: Any = generator.state["state"]
        return _twister_state(state["key"], state["pos"], None)
    if isinstance(generator, np.random.RandomState):
        legacy: Any = generator.get_state(legacy=False)
        gauss = legacy["gauss"] if legacy["has_gauss"] else None
        return _twister_state(legacy["state"]["key"], legacy["state"]["pos"], gauss)
    if isinstance(generator, random.Random):
        _, words, gauss = generator.getstate()
        return _twister_state(words[:-1], words[-1], gauss)
    raise TypeError(f"the state of a {type(generator).__name__}")


def fresh_state() -> Any:
    """Return the state of a PCG64 that the system seeds."""
    return read_state(np.random.PCG64())


def has_state(generator: Any) -> bool:
    """Return whether the state of a generator can be read."""
    if isinstance(generator, np.random.RandomState):
        return isinstance(generator._bit_generator, np.random.MT19937)
    return type(generator) in (np.random.PCG64, np.random.MT19937, random.Random)


def write_state(generator: Any, array: Any) -> None:
    """Set a generator to a state that `read_state` could have returned."""
    if isinstance(generator, np.random.PCG64):
        high, low, inc_high, inc_low, has_uint32, uinteger = array.tolist()
        generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": high << 64 | low, "inc": inc_high << 64 | inc_low},
            "has_uint32": has_uint32,
            "uinteger": uinteger,
        }
        return
    key, position, gauss = array[:KEY], int(array[KEY]), float(array[-2:].view(np.float64)[0])
    has_gauss = int(array[LEFT_OVER])
    if isinstance(generator, random.Random):
        words = (*(int(x) for x in key), position)
        generator.setstate((3, words, gauss if has_gauss else None))
        return
    full: Any = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
    if isinstance(generator, np.random.MT19937):
        generator.state = full
    else:
        generator.set_state({**full, "has_gauss": has_gauss, "gauss": gauss})


def generator_of(array: Any) -> np.random.Generator:
    """Return a new generator in a state."""
    kind = np.random.PCG64 if array.dtype == np.uint64 else np.random.MT19937
    made = np.random.Generator(kind(0))
    write_state(made.bit_generator, array)
    return made


def legacy_generator_of(array: Any) -> np.random.RandomState:
    """Return a new legacy generator in a state."""
    made = np.random.RandomState(0)
    write_state(made, array)
    return made


def python_generator_of(array: Any) -> random.Random:
    """Return a new generator of Python's in a state."""
    made = random.Random(0)
    write_state(made, array)
    return made


def _pcg64_state(state: Any) -> Any:
    number, increment = state["state"]["state"], state["state"]["inc"]
    words = (number >> 64, number & WORD, increment >> 64, increment & WORD)
    return np.array([*words, state["has_uint32"], state["uinteger"]], np.uint64)


def _twister_state(key: Any, position: int, gauss: float | None) -> Any:
    state = np.empty(TWISTER, np.uint32)
    state[:KEY] = key
    state[KEY] = position
    state[LEFT_OVER] = gauss is not None
    state[-2:] = np.array([0.0 if gauss is None else gauss]).view(np.uint32)
    return state
