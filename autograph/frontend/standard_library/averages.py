"""Means and variances of the module `statistics`, as plain Python.

The module computes with fractions; sums here are exact, too, but are rounded before they are
divided: the last bit may differ.
"""

from __future__ import annotations

import math
from statistics import StatisticsError
from typing import Any

import numpy as np

from autograph.frontend.standard_library.mathematics import fsum


def mean(data: Any) -> Any:
    data = gathered(data)
    if len(data) == 0:
        raise StatisticsError("mean requires at least one data point")
    return like(data, fsum(data) / len(data))


def pvariance(data: Any, mu: Any = None) -> Any:
    data = gathered(data)
    if len(data) == 0:
        raise StatisticsError("pvariance requires at least one data point")
    return like(data, squares(data, mu) / len(data))


def variance(data: Any, xbar: Any = None) -> Any:
    data = gathered(data)
    if len(data) < 2:
        raise StatisticsError("variance requires at least two data points")
    return like(data, squares(data, xbar) / (len(data) - 1))


def pstdev(data: Any, mu: Any = None) -> float:
    return math.sqrt(pvariance(data, mu))


def stdev(data: Any, xbar: Any = None) -> float:
    data = gathered(data)
    if len(data) < 2:
        raise StatisticsError("stdev requires at least two data points")
    return math.sqrt(squares(data, xbar) / (len(data) - 1))


def gathered(data: Any) -> Any:
    """Return data that can be gone through more than once."""
    return data if isinstance(data, list | tuple | np.ndarray) else list(data)


def squares(data: Any, centre: Any) -> float:
    """Return the sum of squares of the distances from a centre, by default the mean."""
    middle = fsum(data) / len(data) if centre is None else centre
    return fsum([(x - middle) ** 2 for x in data])


def like(data: Any, value: float) -> Any:
    """Return a number as one of the type of the data, unless those are integers and it is not."""
    kind = type(sum(data))
    if kind is int and value != int(value):
        return value
    return kind(value)
