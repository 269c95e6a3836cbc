"""Methods of `random.Random`, which the functions of the module `random` are of one of them."""

from __future__ import annotations

import math
import random as python_random
from typing import Any

from autograph.frontend.numpy_api.random_draws import (
    draw,
    make_generator,
    seed_again,
    unpredictable,
)


def python_generator(x: Any = None) -> Any:
    """Return `random.Random(x)`."""
    return make_generator(python_random.Random, _checked(x))


def seed(rng: Any, a: Any = None) -> None:
    seed_again(rng, python_random.Random, _checked(a))


def _checked(seed: Any) -> Any:
    """Return a seed, one that the system chooses for None."""
    return draw(unpredictable(), "long_word") if seed is None else abs(seed)


def random(rng: Any) -> Any:
    return draw(rng, "random")


def uniform(rng: Any, a: Any, b: Any) -> Any:
    return a + (b - a) * draw(rng, "random")


def _below(rng: Any, count: Any) -> Any:
    return int(draw(rng, "python_below", count))


def randrange(rng: Any, start: Any, stop: Any = None, step: Any = 1) -> Any:
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ValueError("zero step for randrange()")
    count = (stop - start + step - 1) // step if step > 0 else (stop - start + step + 1) // step
    if count <= 0:
        raise ValueError("empty range for randrange()")
    return start + step * _below(rng, count)


def randint(rng: Any, a: Any, b: Any) -> Any:
    if b < a:
        raise ValueError("empty range for randrange()")
    return a + _below(rng, b - a + 1)


def getrandbits(rng: Any, k: Any) -> Any:
    return int(draw(rng, "word")) >> (32 - k)


def choice(rng: Any, seq: Any) -> Any:
    if len(seq) == 0:
        raise IndexError("Cannot choose from an empty sequence")
    return seq[_below(rng, len(seq))]


def shuffle(rng: Any, x: Any) -> None:
    for step in range(len(x) - 1):
        i = len(x) - 1 - step
        j = _below(rng, i + 1)
        x[i], x[j] = x[j], x[i]


def gauss(rng: Any, mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    return mu + draw(rng, "python_gauss") * sigma


def expovariate(rng: Any, lambd: Any = 1.0) -> Any:
    return draw(rng, "python_exponential") / lambd


def triangular(rng: Any, low: Any = 0.0, high: Any = 1.0, mode: Any = None) -> Any:
    u = draw(rng, "random")
    if high == low:
        return low
    c = 0.5 if mode is None else (mode - low) / (high - low)
    if u > c:
        u = 1.0 - u
        c = 1.0 - c
        low, high = high, low
    return low + (high - low) * math.sqrt(u * c)
