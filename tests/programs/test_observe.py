"""The comparison itself: what a caller could notice, it notices."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.programs.observe import assert_same, observe


def outcome(function: Callable[..., Any]) -> Any:
    return observe(function, (np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])))


def returns_value(x, y):
    return x[0]


def returns_view(x, y):
    return x[1:]


def fails(x, y):
    return x[7]


def prints(x, y):
    print("found")
    return 1


def fails_after_write(x, y):
    x[0] = 5.0
    return x[7]


def fails_elsewhere(x, y):
    return x[
        7]  # fmt: skip


def warns(category):
    return lambda x, y: warnings.warn("odd", category, stacklevel=1)


@dataclass
class Pair:
    first: Any
    second: Any


class Holder:
    def __init__(self, content):
        self.content = content


PAIRS = [
    pytest.param(returns_value, lambda x, y: float(x[0]), id="type of a scalar"),
    pytest.param(returns_value, lambda x, y: x[0] * (1 + 1e-12), id="value"),
    pytest.param(returns_value, lambda x, y: x[:1].copy(), id="shape"),
    pytest.param(returns_value, lambda x, y: np.float32(x[0]), id="dtype"),
    pytest.param(lambda x, y: 1, lambda x, y: True, id="bool for int"),
    pytest.param(lambda x, y: (x, x), lambda x, y: [x, x], id="container"),
    pytest.param(lambda x, y: np.inf, lambda x, y: 1e308, id="infinity"),
    pytest.param(returns_view, lambda x, y: x[1:].copy(), id="copy for a view"),
    pytest.param(returns_view, lambda x, y: y[1:], id="view of another argument"),
    pytest.param(lambda x, y: x, lambda x, y: x[:], id="view for the argument"),
    pytest.param(lambda x, y: (x + 1,) * 2, lambda x, y: (x + 1, x + 1), id="two for one"),
    pytest.param(lambda x, y: x.fill(0), lambda x, y: y.fill(0), id="mutated argument"),
    pytest.param(prints, lambda x, y: 1, id="printed text"),
    pytest.param(fails, lambda x, y: 0.0, id="missing error"),
    pytest.param(fails, lambda x, y: x[8], id="message of the error"),
    pytest.param(fails, lambda x, y: {}["missing"], id="class of the error"),
    pytest.param(fails_after_write, fails, id="partial write"),
    pytest.param(fails, fails_elsewhere, id="place of the error"),
    pytest.param(warns(UserWarning), lambda x, y: None, id="missing warning"),
    pytest.param(warns(UserWarning), warns(FutureWarning), id="category of a warning"),
    pytest.param(lambda x, y: {"a": x}, lambda x, y: {"a": x.copy()}, id="value of a dict"),
    pytest.param(
        lambda x, y: {"a": 1, "b": 2}, lambda x, y: {"b": 2, "a": 1}, id="order of a dict"
    ),
    pytest.param(lambda x, y: Pair(x, 1), lambda x, y: Pair(x, 2), id="field of a dataclass"),
    pytest.param(lambda x, y: Pair(x, 1), lambda x, y: Pair(x.copy(), 1), id="array in dataclass"),
    pytest.param(lambda x, y: Holder(x[0]), lambda x, y: Holder(x[1]), id="attribute"),
    pytest.param(lambda x, y: 1j * x, lambda x, y: 1j * x + 1e-9, id="complex"),
]


@pytest.mark.parametrize(("expected", "found"), PAIRS)
def test_difference_is_noticed(expected: Callable[..., Any], found: Callable[..., Any]) -> None:
    assert_same(outcome(expected), outcome(expected), 1e-13)
    with pytest.raises(AssertionError):
        assert_same(outcome(expected), outcome(found), 1e-13)


def test_unexpected_error_is_shown() -> None:
    with pytest.raises(IndexError, match="index 7"):
        assert_same(outcome(returns_value), outcome(fails), 1e-13)
