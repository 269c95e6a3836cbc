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


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "random": _compiled(lambda state: next_double(state)),
    "random_f": _compiled(lambda state: next_float(state)),
    "word": _compiled(lambda state: next_uint32(state)),
    "long_word": _compiled(lambda state: next_uint64(state)),
    "bounded": _bounded,
    "masked": _masked,
    "geometric": _geometric,
    "gumbel": _gumbel,
    "laplace": _laplace,
    "legacy_normal": _legacy_normal,
    "legacy_exponential": _negative_log,
    "legacy_gamma": _legacy_gamma,
    "python_gauss": _python_gauss,
    "python_exponential": _negative_log,
    "python_below": _python_below,
}
