"""The random bits of PCG64 and of the Mersenne twister, by states in arrays.

Enters: the state of a generator, laid out as `ops.generator_state` says. Leaves: what numba's
distributions take their bits from: `next_uint32`, `next_uint64` and `next_double` of such a state.

Source: M. E. O'Neill, PCG: A family of simple fast space-efficient statistically good algorithms
for random number generation, 2014; M. Matsumoto and T. Nishimura, Mersenne twister, 1998.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic, overload
from numba.np.random.generator_core import next_double, next_uint32, next_uint64

from autograph.ops.generator_state import KEY

_PCG_FACTOR = 0x2360ED051FC65DA44385DF649FCCF645
WORD, WIDE, DOUBLE = ir.IntType(64), ir.IntType(128), ir.DoubleType()

#: Which words the twister mixes, and with what.
_SHIFT = 397
_MATRIX = np.uint32(0x9908B0DF)
_UPPER, _LOWER = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
_UNIT = 1.0 / 9007199254740992.0


def _pcg64_word(typing_context: Any, state: Any) -> Any:
    """Advance a PCG64 and return 64 bits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(state)(context, builder, args[0]).data
        places = [builder.gep(data, [ir.Constant(WORD, k)]) for k in range(4)]

        def wide(high: Any, low: Any) -> Any:
            upper = builder.zext(builder.load(high), WIDE)
            lower = builder.zext(builder.load(low), WIDE)
            return builder.or_(builder.shl(upper, ir.Constant(WIDE, 64)), lower)

        product = builder.mul(wide(*places[:2]), ir.Constant(WIDE, _PCG_FACTOR))
        after = builder.add(product, wide(*places[2:]))
        high = builder.trunc(builder.lshr(after, ir.Constant(WIDE, 64)), WORD)
        low = builder.trunc(after, WORD)
        builder.store(high, places[0])
        builder.store(low, places[1])
        mixed = builder.xor(high, low)
        turns = builder.lshr(high, ir.Constant(WORD, 58))
        rotate = builder.module.declare_intrinsic(
            "llvm.fshr", [WORD], ir.FunctionType(WORD, [WORD] * 3)
        )
        return builder.call(rotate, [mixed, mixed, turns])

    return types.uint64(state), generate


pcg64_word = intrinsic(_pcg64_word)


@njit(no_cfunc_wrapper=True)  # type: ignore[untyped-decorator]
def _renew(state: Any) -> None:
    """Compute the next words of a twister's key."""
    for k in range(KEY):
        mixed = (state[k] & _UPPER) | (state[(k + 1) % KEY] & _LOWER)
        word = state[(k + _SHIFT) % KEY] ^ (mixed >> np.uint32(1))
        if mixed & np.uint32(1):
            word ^= _MATRIX
        state[k] = word


@njit(no_cfunc_wrapper=True)  # type: ignore[untyped-decorator]
def twister_word(state: Any) -> Any:
    """Return 32 bits of a Mersenne twister."""
    position = state[KEY]
    if position == np.uint32(KEY):
        _renew(state)
        position = np.uint32(0)
    word = state[position]
    state[KEY] = position + np.uint32(1)
    word ^= word >> np.uint32(11)
    word ^= (word << np.uint32(7)) & np.uint32(0x9D2C5680)
    word ^= (word << np.uint32(15)) & np.uint32(0xEFC60000)
    word ^= word >> np.uint32(18)
    return np.uint32(word)


# ---------------------------------------------------------------- what numba's functions call


def _pcg64_half(state: Any) -> Any:
    if state[4]:
        state[4] = 0
        return np.uint32(state[5])
    word = pcg64_word(state)
    state[4] = 1
    state[5] = word >> np.uint64(32)
    return np.uint32(word & np.uint64(0xFFFFFFFF))


def _pcg64_double(state: Any) -> Any:
    return np.float64(pcg64_word(state) >> np.uint64(11)) * _UNIT


def _pcg64_word_of(state: Any) -> Any:
    return pcg64_word(state)


def _twister_word_of(state: Any) -> Any:
    return twister_word(state)


def _twister_long_word(state: Any) -> Any:
    high = np.uint64(twister_word(state))
    return (high << np.uint64(32)) | np.uint64(twister_word(state))


def _twister_double(state: Any) -> Any:
    upper = np.int64(twister_word(state) >> np.uint32(5))
    lower = np.int64(twister_word(state) >> np.uint32(6))
    return (upper * 67108864.0 + lower) / 9007199254740992.0


def _provide(function: Any, of_pcg64: Any, of_twister: Any) -> None:
    """Say what a function of numba's does with the state of a generator of either kind."""

    def choose(state: Any) -> Any:
        if not isinstance(state, types.Array):
            return None
        return {types.uint64: of_pcg64, types.uint32: of_twister}.get(state.dtype)

    overload(function)(choose)


_provide(next_uint32, _pcg64_half, _twister_word_of)
_provide(next_uint64, _pcg64_word_of, _twister_long_word)
_provide(next_double, _pcg64_double, _twister_double)
