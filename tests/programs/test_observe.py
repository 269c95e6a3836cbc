"""The comparison itself: what a caller could notice, it notices."""

from __future__ import annotations

from collections.abc import Callable
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
]


@pytest.mark.parametrize(("expected", "found"), PAIRS)
def test_difference_is_noticed(expected: Callable[..., Any], found: Callable[..., Any]) -> None:
    assert_same(outcome(expected), outcome(expected), 1e-13)
    with pytest.raises(AssertionError):
        assert_same(outcome(expected), outcome(found), 1e-13)


def test_unexpected_error_is_shown() -> None:
    with pytest.raises(IndexError, match="index 7"):
        assert_same(outcome(returns_value), outcome(fails), 1e-13)
