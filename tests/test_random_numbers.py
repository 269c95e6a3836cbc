"""Random numbers: draws one by one against NumPy and Python, global state, and what is refused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.backends.numba.compilation.random_distributions import function_of
from autograph.errors import NondifferentiableError, UnsupportedError
from autograph.ops.generator_state import read_state, write_state
from autograph.ops.random import DISTRIBUTIONS

PARAMETERS: dict[str, list[tuple[Any, ...]]] = {
    "bounded": [(np.uint64(n),) for n in (0, 5, 2**31 + 5, 2**32 - 1, 2**40 + 9, 2**64 - 1)],
    "masked": [(np.uint64(n),) for n in (0, 5, 2**31 + 5, 2**32 - 1, 2**40 + 9)],
    "python_below": [(np.uint64(n),) for n in (1, 5, 2**32 - 1, 2**32, 2**40 + 9)],
    "standard_gamma": [(0.3,), (1.0,), (2.5,), (0.0,)],
    "legacy_gamma": [(0.3,), (1.0,), (2.5,), (0.0,)],
    "beta": [(0.3, 0.4), (2.0, 3.0)],
    "f": [(3.0, 4.0)],
    "triangular": [(0.0, 1.0, 3.0)],
    "poisson": [(0.0,), (3.0,), (30.0,), (1e5,)],
    "binomial": [(10, 0.3), (1000, 0.2), (1000, 0.7), (5, 0.9)],
    "negative_binomial": [(3.0, 0.4)],
    "geometric": [(0.5,), (0.1,), (0.001,)],
    "logseries": [(0.7,)],
    "zipf": [(2.5,)],
}
ONE, TWO = (1.7,), (1.0, 2.0)


def parameters_of(name: str) -> list[tuple[Any, ...]]:
    usual = {0: [()], 1: [ONE], 2: [TWO]}
    return PARAMETERS.get(name) or usual[len(DISTRIBUTIONS[name].parameters)]


def states_of(name: str) -> list[Any]:
    if name.startswith("legacy"):
        return [read_state(np.random.RandomState(3))]
    if name.startswith("python"):
        return [read_state(random.Random(3))]
    return [read_state(np.random.PCG64(7)), read_state(np.random.MT19937(9))]


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_machine_code_draws_what_the_library_draws(name: str) -> None:
    kind, compiled = DISTRIBUTIONS[name], function_of(name)
    for state in states_of(name):
        for parameters in parameters_of(name):
            generator, own = kind.make(state), state.copy()
            for _ in range(700):
                expected = np.asarray(kind.draw(generator, *parameters)).astype(kind.dtype)
                assert compiled(own, *parameters) == expected
            left = read_state(getattr(generator, "bit_generator", generator))
            np.testing.assert_array_equal(own, left)


@pytest.mark.parametrize("make", [np.random.PCG64, np.random.RandomState, random.Random])
def test_state_is_read_and_written(make: Any) -> None:
    first, second = make(5), make(6)
    if isinstance(first, np.random.RandomState):
        first.randn()
    elif isinstance(first, random.Random):
        first.gauss(0.0, 1.0)
    write_state(second, read_state(first))
    np.testing.assert_array_equal(read_state(second), read_state(first))


def test_state_of_the_modules_is_what_python_leaves() -> None:
    def seeds_and_draws(n: int) -> Any:
        np.random.seed(n)
        random.seed(n)
        return np.random.randn() + random.gauss(0.0, 1.0) + np.random.rand()

    compiled = ag.compile(seeds_and_draws)
    for seed in (1, 2):
        plain = seeds_and_draws(seed)
        left = np.random.rand(2), np.random.randn(), random.random()
        assert compiled(seed) == plain
        np.testing.assert_equal((np.random.rand(2), np.random.randn(), random.random()), left)
    assert compiled.stats()["replays"] == 0


def test_draws_go_on_where_the_caller_left_off() -> None:
    rng, own = np.random.default_rng(1), np.random.default_rng(1)
    draw = ag.compile(lambda rng: rng.normal() + rng.integers(10))
    for _ in range(3):
        assert draw(rng) == own.normal() + own.integers(10)
    assert rng.random() == own.random()


def test_unseeded_generators_differ() -> None:
    def fresh() -> Any:
        return np.random.default_rng().random(), np.random.default_rng().random()

    compiled = ag.compile(fresh)
    numbers = {x for _ in range(3) for x in compiled()}
    assert len(numbers) == 6


def test_other_bit_generators_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"by a Philox.*default_rng"):
        ag.compile(lambda rng: rng.random())(np.random.Generator(np.random.Philox(1)))


def test_distributions_without_formula_have_no_derivative_by_their_parameters() -> None:
    def loss(x: Any, rng: Any) -> Any:
        return rng.standard_gamma(x[0]) * x[1]

    with pytest.raises(NondifferentiableError):
        ag.grad(loss)(np.array([1.5, 2.0]), np.random.default_rng(0))


def test_gradient_draws_as_a_call_does() -> None:
    def loss(x: Any, rng: Any) -> Any:
        return np.sum(rng.normal(0.0, x) ** 2)

    rng, own = np.random.default_rng(4), np.random.default_rng(4)
    gradient = ag.grad(loss)
    for _ in range(2):
        z = own.normal(size=3)
        np.testing.assert_allclose(gradient(np.ones(3), rng), 2 * z * z, rtol=1e-14)
    assert rng.bit_generator.state == own.bit_generator.state
