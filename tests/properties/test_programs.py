"""Random whole programs behave alike plain and compiled, and have the right gradients."""

from __future__ import annotations

import pytest

from tests.properties.checking import (
    changing_outcome_of,
    gradient_outcome_of,
    nest_gradient_outcome_of,
    nest_outcome_of,
    outcome_of,
    wide_outcome_of,
)
from tests.properties.interpreting import interpreting

EXPECTED = ("same", "unsupported", "not differentiable", "integers near")


@pytest.mark.parametrize("seed", range(60))
def test_compiled_program_is_plain(seed: int) -> None:
    with interpreting():
        assert outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(50))
def test_program_of_changing_types_is_plain(seed: int) -> None:
    with interpreting():
        assert changing_outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(60))
def test_program_of_many_features_is_plain(seed: int) -> None:
    with interpreting():
        assert wide_outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(40))
def test_loop_nests_are_plain(seed: int) -> None:
    with interpreting():
        assert nest_outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(100))
def test_gradient_is_central_difference(seed: int) -> None:
    with interpreting():
        assert gradient_outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(20))
def test_gradient_of_loop_nests_is_central_difference(seed: int) -> None:
    with interpreting():
        assert nest_gradient_outcome_of(seed).startswith(EXPECTED)


@pytest.mark.parametrize("seed", range(2))
def test_machine_code_is_plain(seed: int) -> None:
    assert outcome_of(seed).startswith(EXPECTED)
