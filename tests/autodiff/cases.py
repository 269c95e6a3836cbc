"""Programs with inputs at which they are smooth, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograph.ir.graph import Graph
from tests.autodiff import programs

rng = np.random.default_rng(0)


@dataclass(frozen=True)
class Case:
    """A program, its inputs, what to differentiate by, and how many tapes that should take."""

    make: Callable[[], Graph]
    inputs: tuple[Any, ...]
    wrt: tuple[int, ...]
    tapes: int


def random(*shape: int) -> np.ndarray:
    return rng.random(shape) + 0.2


def count(n: int) -> np.int64:
    return np.int64(n)


CASES = {
    "straight": Case(programs.straight, (random(4), random(4)), (0, 1), 0),
    "jacobi": Case(programs.jacobi, (random(5, 4), random(5, 4), count(3)), (0, 1), 0),
    "burgers": Case(programs.burgers, (random(6), 0.1, count(3)), (0, 1), 1),
    "linear sweeps": Case(lambda: programs.sweeps(False), (random(5, 5), count(2)), (0,), 0),
    "nonlinear sweeps": Case(lambda: programs.sweeps(True), (random(5, 5), count(2)), (0,), 3),
    "triangular": Case(programs.triangular, (random(4, 4) + np.eye(4), random(4)), (0, 1), 1),
    "newton": Case(programs.newton, (random(3),), (0,), 1),
    "until small": Case(programs.until_small, (random(3), count(10)), (0,), 2),
    "warping": Case(programs.warping, (random(3), random(4)), (0, 1), 6),
    "distance": Case(programs.distance, (random(3), random(4)), (0, 1), 2),
    "uneven branches": Case(programs.uneven, (random(4) + 0.3, count(4)), (0,), 4),
    "logistic": Case(
        programs.logistic, (random(3), 0.3, random(4, 3), np.sign(random(4) - 0.7)), (0, 1, 2), 0
    ),
    "branchy": Case(programs.branchy, (random(5),), (0,), 2),
    "log of negative": Case(programs.forbidden, (rng.normal(size=5),), (0,), 0),
    "choice, then": Case(programs.choice, (random(4), 0.7), (0, 1), 1),
    "choice, else": Case(programs.choice, (random(4), -0.7), (0, 1), 1),
    "replaced array": Case(programs.replaced, (random(3), random(3, 3), count(4)), (0, 1), 2),
    "swapped arrays": Case(programs.swapped, (random(5), random(5), count(3)), (0, 1), 1),
    "ragged": Case(programs.ragged, (0.3 * random(4),), (0,), 3),
    "orbit": Case(programs.orbit, (random(2), random(4), count(4)), (0, 1), 2),
    "observations": Case(
        programs.observations, (random(3), random(5), np.array([0, 2, 1, 0, 0])), (0, 1), 0
    ),
    "fork": Case(programs.fork, (random(4),), (0,), 2),
    "old version": Case(programs.old_version, (random(4), count(3)), (0,), 4),
    "upward": Case(programs.upward, (random(6) + 0.4,), (0,), 1),
    "mapped": Case(programs.mapped, (random(4),), (0,), 0),
    "carried and captured": Case(programs.carried_and_captured, (random(4),), (0,), 1),
    "table of counts": Case(programs.counts, (random(4), count(3)), (0,), 3),
}
