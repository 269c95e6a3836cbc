"""What the definitions of random numbers are made of: generators, seeds and draws.

Enters: a generator and the parameters of a distribution. Leaves: the number drawn, the generator's
state advanced in the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import array, python_number, under_dims, wrap
from autograph.ops.random import DISTRIBUTIONS, seeded
from autograph.ops.random import draw as draw_op


def draw(generator: Any, distribution: str, *parameters: Any) -> Any:
    """Return a number that a generator draws from a distribution."""
    kind = DISTRIBUTIONS[distribution]
    given = [value_of(p, dtype) for p, dtype in zip(parameters, kind.parameters, strict=True)]
    state = current_tracer().state_of(generator)
    after, value = draw_op(state.cell.value, *given, distribution=distribution)
    current_tracer().write_cell(state.cell, after)
    if kind.dtype == np.float64 or kind.dtype == np.int64:
        return python_number(float if kind.dtype.kind == "f" else int, value)
    return wrap(value)


def make_generator(kind: type, seed: Any) -> Any:
    """Return a new generator, made of a seed: one or several numbers that are not negative."""
    name = "PCG64" if kind is np.random.Generator else kind.__name__
    state = seeded(value_of(seed, np.dtype(np.uint64)), kind=name)
    return current_tracer().make_generator(kind, array(state))


def seed_again(generator: Any, kind: type, seed: Any) -> None:
    """Set a generator to the state of one that is made of a seed."""
    state = current_tracer().state_of(generator)
    value = seeded(value_of(seed, np.dtype(np.uint64)), kind=kind.__name__)
    current_tracer().write_cell(state.cell, under_dims(value, state.dims))


def unpredictable() -> Any:
    """Return a generator that the system seeds at each call."""
    return current_tracer().fresh_generator()


def is_numpy_generator(x: Any) -> bool:
    """Return whether something is a `Generator` of NumPy's."""
    return isinstance(x, np.random.Generator)


PRIMITIVES = {f: f for f in (draw, make_generator, seed_again, unpredictable, is_numpy_generator)}
"""What definitions call."""
