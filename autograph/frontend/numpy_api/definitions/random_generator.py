"""Methods of `np.random.Generator`, by the generator and their own arguments.

Numbers are drawn one after the other in NumPy's order, so that the stream and the state that it
leaves are NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.random_draws import (
    draw,
    is_numpy_generator,
    make_generator,
    unpredictable,
)


def default_rng(seed: Any = None) -> Any:
    if is_numpy_generator(seed):
        return seed
    if seed is None:
        return make_generator(np.random.Generator, draw(unpredictable(), "long_word"))
    if isinstance(seed, (list, tuple)):
        seed = np.array(seed)
    require(seed >= 0, "expected non-negative integer")
    return make_generator(np.random.Generator, seed)


# ---------------------------------------------------------------- how numbers are drawn


def standard(rng: Any, distribution: str, size: Any, dtype: Any = np.float64) -> Any:
    """Return one number, or an array of them, from a distribution without parameters."""
    if size is None:
        return draw(rng, distribution)
    out = np.empty(size, dtype)
    flat = out.reshape(-1)
    for k in range(flat.size):
        flat[k] = draw(rng, distribution)
    return out


def given(rng: Any, distribution: str, size: Any, dtype: Any, out: Any) -> Any:
    """Return the same, in an array that may be given."""
    if out is None:
        return standard(rng, distribution, size, dtype)
    out[...] = standard(rng, distribution, out.shape, dtype)
    return out


def shape_of(size: Any, *parameters: Any) -> Any:
    """Return the shape of what is drawn, None for a single number."""
    arrays = [p for p in parameters if np.ndim(p) > 0]
    if size is not None:
        return tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if not arrays:
        return None
    return np.broadcast_shapes(*[np.shape(p) for p in arrays])


def element(flat: Any, k: Any) -> Any:
    """Return a parameter of one of the numbers."""
    return flat[k] if np.ndim(flat) else flat


def drawn(rng: Any, distribution: str, size: Any, parameters: Any, dtype: Any = np.float64) -> Any:
    """Return one number, or an array of them, from a distribution with parameters."""
    shape = shape_of(size, *parameters)
    if shape is None:
        return draw(rng, distribution, *parameters)
    flat = [np.broadcast_to(p, shape).reshape(-1) if np.ndim(p) else p for p in parameters]
    out = np.empty(shape, dtype)
    target = out.reshape(-1)
    for k in range(target.size):
        target[k] = draw(rng, distribution, *[element(p, k) for p in flat])
    return out


def scaled(loc: Any, scale: Any, x: Any) -> Any:
    """Return `loc + scale * x`, in which a gradient passes; a single number is a Python float."""
    if np.ndim(x) > 0:
        return loc + scale * x
    return float(loc) + float(scale) * x


def require(condition: Any, message: str) -> None:
    """Raise NumPy's error where a parameter is out of range."""
    if not np.all(condition):
        raise ValueError(message)


def _single(dtype: Any) -> Any:
    """Return whether numbers are float32."""
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError("Unsupported dtype for random numbers")
    return np.dtype(dtype) == np.float32


# ---------------------------------------------------------------- floats


def random(rng: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
    name = "random_f" if _single(dtype) else "random"
    return given(rng, name, size, dtype, out)


def standard_normal(rng: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
    name = "standard_normal_f" if _single(dtype) else "standard_normal"
    return given(rng, name, size, dtype, out)


def standard_exponential(
    rng: Any, size: Any = None, dtype: Any = np.float64, method: str = "zig", out: Any = None
) -> Any:
    if method != "zig":
        refuse(f"standard_exponential with method={method!r}")
    name = "standard_exponential_f" if _single(dtype) else "standard_exponential"
    return given(rng, name, size, dtype, out)


def uniform(rng: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    width = high - low
    require(np.isfinite(width), "high - low range exceeds valid bounds")
    return scaled(low, width, standard(rng, "random", shape_of(size, low, high)))


def normal(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return scaled(loc, scale, standard(rng, "standard_normal", shape_of(size, loc, scale)))


def exponential(rng: Any, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return scaled(0.0, scale, standard(rng, "standard_exponential", shape_of(size, scale)))


def standard_gamma(
    rng: Any, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None
) -> Any:
    if _single(dtype) or out is not None:
        refuse("standard_gamma with dtype or out")
    require(np.logical_not(np.signbit(shape)), "shape < 0")
    return drawn(rng, "standard_gamma", size, (shape,))


def gamma(rng: Any, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(shape)), "shape < 0")
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    size = shape_of(size, shape, scale)
    return scaled(0.0, scale, drawn(rng, "standard_gamma", size, (shape,)))


def beta(rng: Any, a: Any, b: Any, size: Any = None) -> Any:
    require(np.logical_and(a > 0, b > 0), "a <= 0 or b <= 0")
    return drawn(rng, "beta", size, (a, b))


def chisquare(rng: Any, df: Any, size: Any = None) -> Any:
    require(df > 0, "df <= 0")
    return drawn(rng, "chisquare", size, (df,))


def f(rng: Any, dfnum: Any, dfden: Any, size: Any = None) -> Any:
    require(np.logical_and(dfnum > 0, dfden > 0), "dfnum <= 0 or dfden <= 0")
    return drawn(rng, "f", size, (dfnum, dfden))


def standard_cauchy(rng: Any, size: Any = None) -> Any:
    return standard(rng, "standard_cauchy", size)


def standard_t(rng: Any, df: Any, size: Any = None) -> Any:
    require(df > 0, "df <= 0")
    return drawn(rng, "standard_t", size, (df,))


def pareto(rng: Any, a: Any, size: Any = None) -> Any:
    require(a > 0, "a <= 0")
    return drawn(rng, "pareto", size, (a,))


def weibull(rng: Any, a: Any, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(a)), "a < 0")
    return drawn(rng, "weibull", size, (a,))


def power(rng: Any, a: Any, size: Any = None) -> Any:
    require(a > 0, "a <= 0")
    return drawn(rng, "power", size, (a,))


def rayleigh(rng: Any, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return drawn(rng, "rayleigh", size, (scale,))


def laplace(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return drawn(rng, "laplace", size, (loc, scale))


def gumbel(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return drawn(rng, "gumbel", size, (loc, scale))


def logistic(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(scale)), "scale < 0")
    return drawn(rng, "logistic", size, (loc, scale))


def lognormal(rng: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    require(np.logical_not(np.signbit(sigma)), "sigma < 0")
    return drawn(rng, "lognormal", size, (mean, sigma))


def triangular(rng: Any, left: Any, mode: Any, right: Any, size: Any = None) -> Any:
    require(left <= mode, "left > mode")
    require(mode <= right, "mode > right")
    require(left != right, "left == right")
    return drawn(rng, "triangular", size, (left, mode, right))


def dirichlet(rng: Any, alpha: Any, size: Any = None) -> Any:
    alpha = np.asarray(alpha)
    require(alpha > 0, "alpha < 0")
    shape = () if size is None else shape_of(size)
    rows = np.empty((*shape, alpha.shape[0])).reshape(-1, alpha.shape[0])
    small = np.max(alpha) < 0.1
    rest = np.cumsum(alpha[::-1])[::-1]
    for k in range(rows.shape[0]):
        if small:
            _broken_stick(rng, alpha, rest, rows[k])
        else:
            _normalised_gammas(rng, alpha, rows[k])
    return rows.reshape((*shape, alpha.shape[0]))


def _normalised_gammas(rng: Any, alpha: Any, row: Any) -> None:
    total = 0.0
    for j in range(alpha.shape[0]):
        row[j] = draw(rng, "standard_gamma", alpha[j])
        total = total + row[j]
    row *= 1.0 / total


def _broken_stick(rng: Any, alpha: Any, rest: Any, row: Any) -> None:
    left = 1.0
    for j in range(alpha.shape[0] - 1):
        part = draw(rng, "beta", alpha[j], rest[j + 1])
        row[j] = left * part
        left = left * (1.0 - part)
    row[alpha.shape[0] - 1] = left


# ---------------------------------------------------------------- counts


def poisson(rng: Any, lam: Any = 1.0, size: Any = None) -> Any:
    require(lam >= 0, "lam < 0 or lam contains NaNs")
    require(lam <= 9.223372006484771e18, "lam value too large")
    return drawn(rng, "poisson", size, (lam,), np.int64)


def binomial(rng: Any, n: Any, p: Any, size: Any = None) -> Any:
    require(n >= 0, "n < 0")
    require(np.logical_and(p >= 0, p <= 1), "p < 0, p > 1 or p contains NaNs")
    return drawn(rng, "binomial", size, (n, p), np.int64)


def negative_binomial(rng: Any, n: Any, p: Any, size: Any = None) -> Any:
    require(n > 0, "n <= 0")
    require(np.logical_and(p > 0, p <= 1), "p <= 0, p > 1 or p contains NaNs")
    return drawn(rng, "negative_binomial", size, (n, p), np.int64)


def geometric(rng: Any, p: Any, size: Any = None) -> Any:
    require(np.logical_and(p > 0, p <= 1), "p <= 0, p > 1 or p contains NaNs")
    return drawn(rng, "geometric", size, (p,), np.int64)


def logseries(rng: Any, p: Any, size: Any = None) -> Any:
    require(np.logical_and(p >= 0, p < 1), "p < 0, p >= 1 or p contains NaNs")
    return drawn(rng, "logseries", size, (p,), np.int64)


def zipf(rng: Any, a: Any, size: Any = None) -> Any:
    require(a > 1, "a <= 1 or a is NaN")
    return drawn(rng, "zipf", size, (a,), np.int64)


def multinomial(rng: Any, n: Any, pvals: Any, size: Any = None) -> Any:
    pvals = np.asarray(pvals)
    if np.ndim(n) or pvals.ndim != 1:
        refuse("multinomial of several numbers of trials or rows of probabilities")
    last = pvals.shape[0] - 1
    require(n >= 0, "n < 0")
    require(np.logical_and(pvals >= 0, pvals <= 1), "pvals < 0, pvals > 1 or pvals contains NaNs")
    require(np.sum(pvals[:-1]) <= 1.0 + 1e-12, "sum(pvals[:-1]) > 1.0")
    shape = () if size is None else shape_of(size)
    rows = np.zeros((*shape, last + 1), np.int64).reshape(-1, last + 1)
    for k in range(rows.shape[0]):
        rest, left = 1.0, n
        for j in range(last):
            count = draw(rng, "binomial", left, pvals[j] / rest)
            rows[k, j] = count
            left = left - count
            if left <= 0:
                break
            rest = rest - pvals[j]
        if left > 0:
            rows[k, last] = left
    return rows.reshape((*shape, last + 1))
