"""The assertions of `np.testing`: checks, which raise NumPy's own error where they fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import apply_ufunc, as_operand
from autograph.frontend.numpy_api.numpy_reduce import all_
from autograph.frontend.numpy_api.numpy_select import both_nan, isclose
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import constant, require

FAILED = "AssertionError: values differ"


def _require(condition: Any) -> None:
    found = all_(condition)
    if isinstance(found, bool | np.bool_):
        require(constant(bool(found), np.bool_), FAILED)
    else:
        require(value_of(found), FAILED)


def assert_allclose(
    actual: Any,
    desired: Any,
    rtol: Any = 1e-7,
    atol: Any = 0,
    equal_nan: bool = True,
    err_msg: Any = "",
    verbose: bool = True,
) -> None:
    """Require that values are close, as `np.testing.assert_allclose` does."""
    _require(isclose(actual, desired, rtol, atol, equal_nan))


def assert_array_equal(actual: Any, desired: Any, err_msg: Any = "", verbose: bool = True) -> None:
    """Require that values are equal or both no numbers."""
    a, b = as_operand(actual), as_operand(desired)
    _require(apply_ufunc(np.logical_or, apply_ufunc(np.equal, a, b), both_nan(a, b)))


def assert_almost_equal(
    actual: Any, desired: Any, decimal: Any = 7, err_msg: Any = "", verbose: bool = True
) -> None:
    """Require that values differ by less than 1.5 in a decimal place."""
    difference = apply_ufunc(np.absolute, apply_ufunc(np.subtract, desired, actual))
    _require(apply_ufunc(np.less, difference, float(np.float64(1.5 * 10.0 ** (-decimal)))))


_MODULE = "numpy.testing._private.utils"

CALLS: dict[str, Callable[..., Any]] = {
    f"{_MODULE}.assert_allclose": assert_allclose,
    f"{_MODULE}.assert_array_equal": assert_array_equal,
    f"{_MODULE}.assert_equal": assert_array_equal,
    f"{_MODULE}.assert_almost_equal": assert_almost_equal,
    f"{_MODULE}.assert_array_almost_equal": assert_almost_equal,
}
"""By full name: NumPy imports its assertions only where they are used."""
