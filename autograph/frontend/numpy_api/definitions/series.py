"""Functions of `np.polynomial`: values of series of polynomials, and fits of them to data.

All kinds follow recurrences P_(n+1) = (x * up(n) + shift(n)) * P_n - back(n) * P_(n-1), so one
definition of Clenshaw's summation serves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.polynomials import points, weighted


def of_chebyshev(n: Any) -> Any:
    return 2.0, 0.0, 1.0


def of_legendre(n: Any) -> Any:
    return (2 * n + 1) / (n + 1), 0.0, n / (n + 1)


def of_hermite(n: Any) -> Any:
    return 2.0, 0.0, 2.0 * n


def of_hermite_e(n: Any) -> Any:
    return 1.0, 0.0, 1.0 * n


def of_laguerre(n: Any) -> Any:
    return -1.0 / (n + 1), (2 * n + 1) / (n + 1), n / (n + 1)


def of_powers(n: Any) -> Any:
    return 1.0, 0.0, 0.0


def clenshaw(step: Any, first: Any, x: Any, c: Any) -> Any:
    """Return the sum of c[k] * P_k(x)."""
    after, last = 0.0 * (x + c[0]), c[-1] + 0.0 * x
    for k in range(c.shape[0] - 2, 0, -1):
        up, shift, _ = step(k)
        _, _, back = step(k + 1)
        now = c[k] + (up * x + shift) * last - back * after
        after, last = last, now
    if c.shape[0] == 1:
        return last
    constant, slope = first
    _, _, back = step(1)
    return c[0] + (constant + slope * x) * last - back * after


def value(step: Any, first: Any, x: Any, c: Any, tensor: Any) -> Any:
    c = np.atleast_1d(np.asarray(c))
    if c.dtype.kind in "biu":
        c = c.astype(np.float64)
    if isinstance(x, (tuple, list)):
        x = np.asarray(x)
    if tensor and np.ndim(x) > 0:
        c = c.reshape(c.shape + (1,) * np.ndim(x))
    return clenshaw(step, first, x, c)


def vandermonde(step: Any, first: Any, x: Any, deg: Any) -> Any:
    if deg < 0:
        raise ValueError("deg must be non-negative")
    x = np.atleast_1d(np.asarray(x)) + 0.0
    result = np.empty(x.shape + (deg + 1,), x.dtype)
    result[..., 0] = 1.0
    if deg > 0:
        constant, slope = first
        result[..., 1] = constant + slope * x
    for k in range(1, deg):
        up, shift, back = step(k)
        result[..., k + 1] = (up * x + shift) * result[..., k] - back * result[..., k - 1]
    return result


def fit(make: Any, x: Any, y: Any, deg: Any, rcond: Any, full: Any, w: Any) -> Any:
    if full or np.ndim(deg) > 0:
        refuse("fits of np.polynomial with full, or with a list of degrees")
    x, y = points(x, y)
    basis, y = weighted(make(x, deg), y, w)
    if rcond is None:
        rcond = x.shape[0] * float(np.finfo(x.dtype).eps)
    size = np.sqrt(np.sum(basis * basis, axis=0))
    scale = np.where(size == 0, 1, size)
    found = np.linalg.lstsq(basis / scale, y, rcond)[0]
    return found / scale if y.ndim == 1 else (found.T / scale).T


Step = Callable[[Any], tuple[Any, Any, Any]]
"""Given n, returns how much of x, of one and of P_(n-1) is in P_(n+1)."""


def functions_of(
    module: str, name: str, first: tuple[float, float], step: Step
) -> dict[str, Callable[..., Any]]:
    """Return the definitions of the functions of a kind of polynomials, by their full names.

    Args:
        module: The module of `numpy.polynomial`.
        name: How its functions begin.
        first: P_1 = first[0] + first[1] * x.
        step: The recurrence.
    """

    def value_of(x: Any, c: Any, tensor: Any = True) -> Any:
        return value(step, first, x, c, tensor)

    def vandermonde_of(x: Any, deg: Any) -> Any:
        return vandermonde(step, first, x, deg)

    def fit_of(
        x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None
    ) -> Any:
        return fit(vandermonde_of, x, y, deg, rcond, full, w)

    made: dict[str, Callable[..., Any]] = {"val": value_of, "vander": vandermonde_of, "fit": fit_of}
    return {f"numpy.polynomial.{module}.{name}{end}": f for end, f in made.items()}


NUMPY_NAMES: dict[str, Callable[..., Any]] = {
    **functions_of("polynomial", "poly", (0.0, 1.0), of_powers),
    **functions_of("chebyshev", "cheb", (0.0, 1.0), of_chebyshev),
    **functions_of("legendre", "leg", (0.0, 1.0), of_legendre),
    **functions_of("hermite", "herm", (0.0, 2.0), of_hermite),
    **functions_of("hermite_e", "herme", (0.0, 1.0), of_hermite_e),
    **functions_of("laguerre", "lag", (1.0, -1.0), of_laguerre),
}
"""The functions that are defined here, by where NumPy has them."""
