"""Small whole powers: rounded correctly, and NumPy's on the edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import autograph as ag
from autograph.backends.numba.vocabulary import EXPONENTS

POWERS = {
    3: lambda x: x**3,
    4: lambda x: x**4.0,
    7: lambda x: x**7,
    16: lambda x: x**16,
}
EDGES = (0.0, np.inf, np.nan, 1e103, 1e155, 1.797e308, 5e-324, 1e-103, 1e-108, 1e-160, 1.0, 3.0)


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_are_rounded_correctly(exponent: int) -> None:
    assert exponent in EXPONENTS
    rng = np.random.default_rng(exponent)
    x = rng.standard_normal(300) * 10.0 ** rng.integers(-15, 15, 300)
    found = ag.compile(POWERS[exponent])(x)
    for base, power in zip(x, found, strict=True):
        error = abs(Fraction(float(power)) - Fraction(float(base)) ** exponent)
        assert error <= Fraction(float(np.spacing(abs(power)))) / 2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("exponent", POWERS)
def test_powers_on_edges(exponent: int, dtype: type) -> None:
    with np.errstate(all="ignore"):
        x = np.array([*EDGES, *(-np.array(EDGES))]).astype(dtype)
        expected = POWERS[exponent](x)
    found = ag.compile(POWERS[exponent])(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(found[~finite], expected[~finite])
    np.testing.assert_array_almost_equal_nulp(found[finite], expected[finite], 1)


def test_powers_call_no_library() -> None:
    compiled = ag.compile(POWERS[3])
    assert "power_3(" in compiled.show("numba", np.ones(3))
