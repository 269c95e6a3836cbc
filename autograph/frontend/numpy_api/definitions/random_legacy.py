"""Methods of `np.random.RandomState`, which the functions of `np.random` are of one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions import random_generator, random_order
from autograph.frontend.numpy_api.definitions.random_generator import (
    drawn,
    require,
    scaled,
    shape_of,
    standard,
)
from autograph.frontend.numpy_api.random_draws import (
    draw,
    make_generator,
    seed_again,
    unpredictable,
)

poisson = random_generator.poisson
binomial = random_generator.binomial
uniform = random_generator.uniform


def random_state(seed: Any = None) -> Any:
    """Return `np.random.RandomState(seed)`."""
    return make_generator(np.random.RandomState, _checked(seed))


def seed(rng: Any, seed: Any = None) -> None:
    seed_again(rng, np.random.RandomState, _checked(seed))


def _checked(seed: Any) -> Any:
    """Return a seed, one that the system chooses for None."""
    if seed is None:
        return draw(unpredictable(), "word")
    if np.ndim(seed) > 0:
        refuse("a seed of several numbers")
    if seed < 0 or seed > 4294967295:
        raise ValueError("Seed must be between 0 and 2**32 - 1")
    return seed


def random_sample(rng: Any, size: Any = None) -> Any:
    return standard(rng, "random", size)


def random(rng: Any, size: Any = None) -> Any:
    return standard(rng, "random", size)


def rand(rng: Any, *dims: Any) -> Any:
    return standard(rng, "random", dims if dims else None)


def randn(rng: Any, *dims: Any) -> Any:
    return standard(rng, "legacy_normal", dims if dims else None)


def standard_normal(rng: Any, size: Any = None) -> Any:
    return standard(rng, "legacy_normal", size)


def normal(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return scaled(loc, scale, standard(rng, "legacy_normal", shape_of(size, loc, scale)))


def standard_exponential(rng: Any, size: Any = None) -> Any:
    return standard(rng, "legacy_exponential", size)


def exponential(rng: Any, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return scaled(0.0, scale, standard(rng, "legacy_exponential", shape_of(size, scale)))


def standard_gamma(rng: Any, shape: Any, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(shape)), "shape < 0")
    return drawn(rng, "legacy_gamma", size, (shape,))


def gamma(rng: Any, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(shape)), "shape < 0")
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    found = drawn(rng, "legacy_gamma", shape_of(size, shape, scale), (shape,))
    return scaled(0.0, scale, found)


def randint(rng: Any, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Any:
    found = random_order.whole_numbers(rng, "masked", low, high, size, dtype, False)
    return int(found) if dtype is int and np.ndim(found) == 0 else found


def shuffle(rng: Any, x: Any) -> None:
    random_order.shuffle(rng, x)


def permutation(rng: Any, x: Any) -> Any:
    return random_order.permutation(rng, x)


def choice(rng: Any, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
    given = isinstance(a, (list, tuple)) or np.ndim(a) > 0
    a = np.asarray(a) if given else a
    count = a.shape[0] if given else a
    if p is not None:
        if not replace and size is not None:
            refuse("choice with p and replace=False")
        cdf = random_order.cumulated(p, count)
        picked = np.searchsorted(cdf, random_sample(rng, size), side="right")
    elif replace or size is None:
        picked = randint(rng, 0, count, size)
    else:
        shape = shape_of(size)
        wanted = 1
        for n in shape:
            wanted = wanted * n
        require(wanted <= count, "Cannot take a larger sample than population when 'replace=False'")
        picked = permutation(rng, count)[:wanted].reshape(shape)
    picked = int(picked) if size is None else picked
    return a[picked] if given else picked
