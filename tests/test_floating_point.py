"""Floating-point errors: silence by default, plain Python where the caller asks for more."""

import contextlib
import io
import warnings
from collections.abc import Callable

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


EDGES = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.0, np.inf, -np.inf, np.nan, 1e308, -1e200, 1e-308]
)


def errors_noticed(f: Callable[..., None], *args: np.ndarray) -> list[str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        f(*args)
    return printed.getvalue().splitlines()


@pytest.mark.parametrize(
    "operation",
    [
        lambda x, y: np.log(x),
        lambda x, y: np.exp(x),
        lambda x, y: np.arctanh(x),
        lambda x, y: np.reciprocal(x),
        lambda x, y: x * y,
        lambda x, y: x / y,
        lambda x, y: x // y,
        lambda x, y: np.remainder(x, y),
    ],
)
@pytest.mark.parametrize("is_scalar", [False, True])
def test_errors_are_those_of_numpy(operation: Callable[..., np.ndarray], is_scalar: bool) -> None:
    def notice(x: np.ndarray, y: np.ndarray) -> None:
        for i in range(len(x)):
            try:
                with np.errstate(divide="raise", over="raise", invalid="raise"):
                    if is_scalar:
                        operation(x[i], y[i])
                    else:
                        operation(x[i : i + 1], y[i : i + 1])
            except FloatingPointError as error:
                print(i, error)

    compiled = ag.compile(notice)
    pairs = [v.ravel() for v in np.meshgrid(EDGES, EDGES)]
    expected = errors_noticed(notice, *pairs)
    assert len(expected) > 10
    assert errors_noticed(compiled, *pairs) == expected
    assert compiled.stats()["replays"] == 0


def test_a_doubtful_error_is_found_by_plain_python() -> None:
    @ag.compile
    def total(x: np.ndarray) -> float:
        try:
            with np.errstate(over="raise"):
                return np.sum(x)
        except FloatingPointError:
            return -1.0

    with pytest.warns(AutographWarning, match="ran as plain Python"):
        assert total(np.full(3, 1e308)) == -1.0
    with pytest.warns(AutographWarning, match="ran as plain Python"):
        assert total(np.array([1e308, -1e308, 1e308, -1e308])) == 0.0


def test_what_does_not_raise_costs_nothing() -> None:
    @ag.compile
    def silent(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return 1 / x

    assert "check" not in silent.show("graph", np.ones(3))


def test_what_the_program_sets_holds_after_the_call() -> None:
    @ag.compile
    def silenced(x: np.ndarray) -> float:
        if x[0] > 0:
            np.seterr(invalid="ignore")
        else:
            np.seterr(divide="warn", over="ignore")
        return np.sum(x)

    with np.errstate(all="warn"):
        silenced(np.ones(3))
        assert np.geterr() == {**dict.fromkeys(np.geterr(), "warn"), "invalid": "ignore"}
        silenced(-np.ones(3))
        assert np.geterr()["over"] == np.geterr()["invalid"] == "ignore"
    with np.errstate(all="ignore"):
        silenced(-np.ones(3))
        assert np.geterr()["divide"] == "warn"
        assert np.geterr()["invalid"] == "ignore"
