"""One loop with few iterations and the same with many: compiling them must take as long."""

from __future__ import annotations

from typing import Any

import numpy as np


def relax_10(x: Any) -> Any:
    for _ in range(10):
        x = 0.5 * x + 1.0
    return x


def relax_1000(x: Any) -> Any:
    for _ in range(1000):
        x = 0.5 * x + 1.0
    return x


def relax_1000000(x: Any) -> Any:
    for _ in range(1_000_000):
        x = 0.5 * x + 1.0
    return x


def make_inputs(size: int) -> tuple[Any, ...]:
    """Return an array of some elements."""
    return (np.linspace(0.0, 1.0, size),)


TRIPS = {relax_10: 10, relax_1000: 1000, relax_1000000: 1_000_000}
"""The number of iterations of each function."""
