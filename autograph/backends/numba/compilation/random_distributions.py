"""The distributions of `ops.random` for numba.

Enters: the name of a distribution. Leaves: a numba function of a generator's state and parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from numba.np.random import distributions
from numba.np.random.generator_core import next_double, next_float, next_uint32, next_uint64

from autograph.backends.numba.compilation import random_bits
from autograph.ops.generator_state import LEFT_OVER
from autograph.ops.random import DISTRIBUTIONS

_LOW = np.uint64(0xFFFFFFFF)
_compiled = njit(no_cfunc_wrapper=True, error_model="numpy")


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the functions by their names in generated source."""
    return {f"draw_{name}": function_of(name) for name in DISTRIBUTIONS}


def function_of(name: str) -> Callable[..., Any]:
    """Return the function that draws from a distribution."""
    if name not in _FUNCTIONS:
        _FUNCTIONS[name] = _compiled(getattr(distributions, f"random_{name}"))
    return _FUNCTIONS[name]


# ---------------------------------------------------------------- integers


def _high_product(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper half of the product of two uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = [builder.zext(x, random_bits.WIDE) for x in args]
        product = builder.mul(*wide)
        return builder.trunc(builder.lshr(product, product.type(64)), random_bits.WORD)

    return types.uint64(a, b), generate


_upper_half = intrinsic(_high_product)


@_compiled  # type: ignore[untyped-decorator]
def _bounded_word(state: Any, top: Any) -> Any:
    """Return a number of 0..top below 2**32, of 32 bits each time.

    Source: D. Lemire, Fast random integer generation in an interval, 2019.
    """
    count = top + np.uint64(1)
    product = np.uint64(next_uint32(state)) * count
    rest = product & _LOW
    if rest < count:
        threshold = (_LOW - top) % count
        while rest < threshold:
            product = np.uint64(next_uint32(state)) * count
            rest = product & _LOW
    return product >> np.uint64(32)


@_compiled  # type: ignore[untyped-decorator]
def _bounded_long_word(state: Any, top: Any) -> Any:
    """Return a number of 0..top, of 64 bits each time, by the same method."""
    count = top + np.uint64(1)
    word = next_uint64(state)
    rest = word * count
    if rest < count:
        threshold = (np.uint64(0xFFFFFFFFFFFFFFFF) - top) % count
        while rest < threshold:
            word = next_uint64(state)
            rest = word * count
    return _upper_half(word, count)


@_compiled  # type: ignore[untyped-decorator]
def _bounded(state: Any, top: Any) -> Any:
    if top == np.uint64(0):
        return np.uint64(0)
    if top < _LOW:
        return _bounded_word(state, top)
    if top == _LOW:
        return np.uint64(next_uint32(state))
    if top == np.uint64(0xFFFFFFFFFFFFFFFF):
        return next_uint64(state)
    return _bounded_long_word(state, top)


@_compiled  # type: ignore[untyped-decorator]
def _masked(state: Any, top: Any) -> Any:
    """Return a number of 0..top: bits are drawn until they make one, as older NumPy does."""
    mask = top
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> np.uint64(shift)
    if top == np.uint64(0):
        return np.uint64(0)
    while True:
        word = np.uint64(next_uint32(state)) if top <= _LOW else next_uint64(state)
        if word & mask <= top:
            return word & mask


@_compiled  # type: ignore[untyped-decorator]
def _geometric(state: Any, p: Any) -> Any:
    if p >= 0.333333333333333333333333:
        return np.int64(distributions.random_geometric_search(state, p))
    count = math.ceil(-distributions.random_standard_exponential(state) / math.log1p(-p))
    return np.int64(0x7FFFFFFFFFFFFFFF) if count >= 9.223372036854776e18 else np.int64(count)


# ---------------------------------------------------------------- left-over normal numbers


def _left_over(typing_context: Any, state: Any) -> Any:
    """Return the address of the normal number that the state of a twister keeps."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(state)(context, builder, args[0]).data
        place = builder.gep(data, [random_bits.WORD(LEFT_OVER + 1)])
        return builder.load(builder.bitcast(place, random_bits.DOUBLE.as_pointer()), align=4)

    return types.float64(state), generate


def _leave_over(typing_context: Any, state: Any, value: Any) -> Any:
    """Keep a normal number in the state of a twister."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(state)(context, builder, args[0]).data
        place = builder.gep(data, [random_bits.WORD(LEFT_OVER + 1)])
        builder.store(args[1], builder.bitcast(place, random_bits.DOUBLE.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(state, types.float64), generate


_kept_number, _keep_number = intrinsic(_left_over), intrinsic(_leave_over)


@_compiled  # type: ignore[untyped-decorator]
def _legacy_normal(state: Any) -> Any:
    """Return a normal number by the polar method, which makes two.

    Source: G. Marsaglia and T. A. Bray, A convenient method for generating normal variables, 1964.
    """
    if state[LEFT_OVER]:
        value = _kept_number(state)
        state[LEFT_OVER] = 0
        _keep_number(state, 0.0)
        return value
    while True:
        x = 2.0 * next_double(state) - 1.0
        y = 2.0 * next_double(state) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            break
    factor = math.sqrt(-2.0 * math.log(square) / square)
    state[LEFT_OVER] = 1
    _keep_number(state, factor * x)
    return factor * y


@_compiled  # type: ignore[untyped-decorator]
def _python_gauss(state: Any) -> Any:
    """Return a normal number as `random.gauss` does, which makes two.

    Source: G. E. P. Box and M. E. Muller, A note on the generation of random normal deviates, 1958.
    """
    if state[LEFT_OVER]:
        value = _kept_number(state)
        state[LEFT_OVER] = 0
        _keep_number(state, 0.0)
        return value
    angle = next_double(state) * (2.0 * math.pi)
    radius = math.sqrt(-2.0 * math.log(1.0 - next_double(state)))
    state[LEFT_OVER] = 1
    _keep_number(state, math.sin(angle) * radius)
    return math.cos(angle) * radius


@_compiled  # type: ignore[untyped-decorator]
def _negative_log(state: Any) -> Any:
    return -math.log(1.0 - next_double(state))


@_compiled  # type: ignore[untyped-decorator]
def _legacy_gamma(state: Any, shape: Any) -> Any:
    """Return a gamma number as older NumPy does.

    Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, 2000;
    J. H. Ahrens and U. Dieter, Computer methods for sampling from gamma distributions, 1974.
    """
    if shape == 1.0:
        return _negative_log(state)
    if shape == 0.0:
        return 0.0
    return _small_gamma(state, shape) if shape < 1.0 else _large_gamma(state, shape)


@_compiled  # type: ignore[untyped-decorator]
def _small_gamma(state: Any, shape: Any) -> Any:
    while True:
        u = next_double(state)
        v = _negative_log(state)
        if u <= 1.0 - shape:
            x = math.pow(u, 1.0 / shape)
            if x <= v:
                return x
        else:
            y = -math.log((1 - u) / shape)
            x = math.pow(1.0 - shape + shape * y, 1.0 / shape)
            if x <= v + y:
                return x


@_compiled  # type: ignore[untyped-decorator]
def _large_gamma(state: Any, shape: Any) -> Any:
    b = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9 * b)
    while True:
        x = _legacy_normal(state)
        v = 1.0 + c * x
        while v <= 0.0:
            x = _legacy_normal(state)
            v = 1.0 + c * x
        v = v * v * v
        u = next_double(state)
        if u < 1.0 - 0.0331 * (x * x) * (x * x):
            return b * v
        if math.log(u) < 0.5 * x * x + b * (1.0 - v + math.log(v)):
            return b * v


@_compiled  # type: ignore[untyped-decorator]
def _gumbel(state: Any, loc: Any, scale: Any) -> Any:
    while True:
        u = 1.0 - next_double(state)
        if u < 1.0:
            return loc - scale * math.log(-math.log(u))


@_compiled  # type: ignore[untyped-decorator]
def _laplace(state: Any, loc: Any, scale: Any) -> Any:
    while True:
        u = next_double(state)
        if u >= 0.5:
            return loc - scale * math.log(2.0 - u - u)
        if u > 0.0:
            return loc + scale * math.log(u + u)


@_compiled  # type: ignore[untyped-decorator]
def _python_below(state: Any, count: Any) -> Any:
    """Return a number of 0..count - 1: as many high bits are drawn as it has, until one is."""
    bits = np.uint64(0)
    while bits < np.uint64(64) and (count >> bits):
        bits += np.uint64(1)
    while True:
        word = np.uint64(next_uint32(state))
        if bits <= np.uint64(32):
            word >>= np.uint64(32) - bits
        else:
            word |= (np.uint64(next_uint32(state)) >> (np.uint64(64) - bits)) << np.uint64(32)
        if word < count:
            return word


#: The coefficients of Stirling's series for the logarithm of the gamma function.
_STIRLING = (
    8.333333333333333e-02,
    -2.777777777777778e-03,
    7.936507936507937e-04,
    -5.952380952380952e-04,
    8.417508417508418e-04,
    -1.917526917526918e-03,
    6.410256410256410e-03,
    -2.955065359477124e-02,
    1.796443723688307e-01,
    -1.39243221690590e00,
)


@_compiled  # type: ignore[untyped-decorator]
def _log_gamma(x: Any) -> Any:
    """Return the logarithm of the gamma function, computed as NumPy's distributions do.

    Source: S. Zhang and J. Jin, Computation of special functions, 1996.
    """
    if x in (1.0, 2.0):
        return 0.0
    steps = int(7 - x) if x < 7.0 else 0
    shifted = x + steps
    square = (1.0 / shifted) * (1.0 / shifted)
    series = _STIRLING[9]
    for k in range(9):
        series = series * square + _STIRLING[8 - k]
    found = series / shifted + 0.5 * 1.8378770664093453 + (shifted - 0.5) * math.log(shifted)
    found -= shifted
    for _ in range(steps):
        found -= math.log(shifted - 1.0)
        shifted -= 1.0
    return found


@_compiled  # type: ignore[untyped-decorator]
def _poisson(state: Any, mean: Any) -> Any:
    if mean >= 10:
        return _large_poisson(state, mean)
    return np.int64(0) if mean == 0 else np.int64(distributions.random_poisson_mult(state, mean))


@_compiled  # type: ignore[untyped-decorator]
def _large_poisson(state: Any, mean: Any) -> Any:
    """Return a Poisson number by transformed rejection.

    Source: W. Hoermann, The transformed rejection method for generating Poisson random variables,
    1993.
    """
    log_mean = math.log(mean)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = next_double(state) - 0.5
        v = next_double(state)
        distance = 0.5 - abs(u)
        k = np.int64(math.floor((2 * a / distance + b) * u + mean + 0.43))
        if distance >= 0.07 and v <= bound:
            return k
        if k < 0 or (distance < 0.013 and v > distance):
            continue
        left = math.log(v) + math.log(inverse_alpha)
        left -= math.log(a / (distance * distance) + b)
        if left <= -mean + k * log_mean - _log_gamma(k + 1.0):
            return k


@_compiled  # type: ignore[untyped-decorator]
def _negative_binomial(state: Any, n: Any, p: Any) -> Any:
    return _poisson(state, (1 - p) / p * distributions.random_standard_gamma(state, n))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "random": _compiled(lambda state: next_double(state)),
    "random_f": _compiled(lambda state: next_float(state)),
    "word": _compiled(lambda state: next_uint32(state)),
    "long_word": _compiled(lambda state: next_uint64(state)),
    "bounded": _bounded,
    "masked": _masked,
    "geometric": _geometric,
    "gumbel": _gumbel,
    "poisson": _poisson,
    "negative_binomial": _negative_binomial,
    "laplace": _laplace,
    "legacy_normal": _legacy_normal,
    "legacy_exponential": _negative_log,
    "legacy_gamma": _legacy_gamma,
    "python_gauss": _python_gauss,
    "python_exponential": _negative_log,
    "python_below": _python_below,
}
