"""Floating-point errors: silence by default, plain Python where the caller asks for more."""

import warnings

import numpy as np
import pytest

import autograph as ag
from autograph.compiled import AutographWarning


@ag.compile
def ratio(x, y):
    return x / y


def test_compiled_code_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.all(np.isinf(ratio(np.ones(2), np.zeros(2))))


@pytest.mark.parametrize("modes", [{"all": "raise"}, {"divide": "raise", "over": "warn"}])
def test_errors_asked_for_are_raised(modes: dict[str, str]) -> None:
    ratio(np.ones(2), np.ones(2))
    for _ in range(2):
        with (
            np.errstate(**modes),
            pytest.warns(AutographWarning, match="floating-point errors"),
            pytest.raises(FloatingPointError, match="divide by zero"),
        ):
            ratio(np.ones(2), np.zeros(2))
    assert np.all(np.isinf(ratio(np.ones(2), np.zeros(2))))


def test_a_handler_is_called() -> None:
    seen = []
    handled = np.errstate(divide="call", call=lambda kind, flag: seen.append(kind))
    with handled, pytest.warns(AutographWarning):
        ratio(np.ones(2), np.zeros(2))
    assert seen == ["divide by zero"]


def test_errors_to_be_ignored_need_no_plain_python() -> None:
    replays = ratio.stats()["replays"]
    with np.errstate(all="ignore"):
        ratio(np.ones(2), np.zeros(2))
    assert ratio.stats()["replays"] == replays


def test_gradients_refuse() -> None:
    gradient = ag.grad(lambda x: np.sum(1 / x))
    with (
        np.errstate(all="raise"),
        pytest.raises(ag.errors.UnsupportedError, match="floating-point"),
    ):
        gradient(np.ones(2))
