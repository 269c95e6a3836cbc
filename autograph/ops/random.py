"""Draws of random numbers: ops that take the state of a generator and return the next one.

The state is an array (see `generator_state`), so that a generator is carried through loops and
branches as any array is, and a draw is a function like others. Its values are NumPy's and Python's,
bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Node
from autograph.ir.op import Op
from autograph.ir.types import Type, array, scalar
from autograph.ops.define import array_types, nondifferentiable
from autograph.ops.generator_state import (
    LEFT_OVER,
    TWISTER,
    WORDS,
    generator_of,
    legacy_generator_of,
    python_generator_of,
    read_state,
)
from autograph.ops.routine import routine_op


class Distribution(Struct, frozen=True):
    """What a draw returns.

    Attributes:
        dtype: Of the number drawn.
        parameters: Dtypes of its parameters.
        make: Makes the generator, of a state, that the number is drawn from.
        draw: Draws it, given the generator and the parameters.
    """

    dtype: np.dtype[Any]
    parameters: tuple[np.dtype[Any], ...]
    make: Callable[[Any], Any]
    draw: Callable[..., Any]


_CODES = {"f": "f8", "i": "i8", "u": "u8"}


def _table(
    make: Callable[[Any], Any], rows: dict[str, tuple[str, str, Callable[..., Any]]]
) -> dict[str, Distribution]:
    return {
        name: Distribution(
            np.dtype(dtype), tuple(np.dtype(_CODES[c]) for c in parameters), make, draw
        )
        for name, (dtype, parameters, draw) in rows.items()
    }


def _method(name: str) -> Callable[..., Any]:
    return lambda g, *parameters: getattr(g, name)(*parameters)


def _integer(dtype: str) -> Callable[..., Any]:
    top = np.iinfo(dtype).max
    return lambda g: g.integers(0, top, dtype=dtype, endpoint=True)


def _masked(g: Any, top: Any) -> Any:
    """Return a number of 0..top: as many bits are drawn as it has, until they make one."""
    top = int(top)
    mask, dtype = (1 << top.bit_length()) - 1, "u4" if top < 1 << 32 else "u8"
    while top:
        number = int(_integer(dtype)(g)) & mask
        if number <= top:
            return number
    return 0


DISTRIBUTIONS: dict[str, Distribution] = {
    **_table(
        generator_of,
        {
            "random": ("f8", "", _method("random")),
            "random_f": ("f4", "", lambda g: g.random(dtype=np.float32)),
            "word": ("u4", "", _integer("u4")),
            "long_word": ("u8", "", _integer("u8")),
            "masked": ("u8", "u", _masked),
            "bounded": ("u8", "u", lambda g, r: g.integers(0, r, dtype="u8", endpoint=True)),
            "standard_normal": ("f8", "", _method("standard_normal")),
            "standard_normal_f": ("f4", "", lambda g: g.standard_normal(dtype=np.float32)),
            "standard_exponential": ("f8", "", _method("standard_exponential")),
            "standard_exponential_f": (
                "f4",
                "",
                lambda g: g.standard_exponential(dtype=np.float32),
            ),
            "standard_gamma": ("f8", "f", _method("standard_gamma")),
            "beta": ("f8", "ff", _method("beta")),
            "chisquare": ("f8", "f", _method("chisquare")),
            "f": ("f8", "ff", _method("f")),
            "standard_cauchy": ("f8", "", _method("standard_cauchy")),
            "pareto": ("f8", "f", _method("pareto")),
            "weibull": ("f8", "f", _method("weibull")),
            "power": ("f8", "f", _method("power")),
            "laplace": ("f8", "ff", _method("laplace")),
            "gumbel": ("f8", "ff", _method("gumbel")),
            "logistic": ("f8", "ff", _method("logistic")),
            "lognormal": ("f8", "ff", _method("lognormal")),
            "rayleigh": ("f8", "f", _method("rayleigh")),
            "standard_t": ("f8", "f", _method("standard_t")),
            "triangular": ("f8", "fff", _method("triangular")),
            "poisson": ("i8", "f", _method("poisson")),
            "binomial": ("i8", "if", _method("binomial")),
            "negative_binomial": ("i8", "ff", _method("negative_binomial")),
            "geometric": ("i8", "f", _method("geometric")),
            "logseries": ("i8", "f", _method("logseries")),
            "zipf": ("i8", "f", _method("zipf")),
        },
    ),
    **_table(
        legacy_generator_of,
        {
            "legacy_normal": ("f8", "", _method("standard_normal")),
            "legacy_exponential": ("f8", "", _method("standard_exponential")),
            "legacy_gamma": ("f8", "f", _method("standard_gamma")),
        },
    ),
    **_table(
        python_generator_of,
        {
            "python_gauss": ("f8", "", _method("gauss")),
            "python_exponential": ("f8", "", lambda g: g.expovariate(1.0)),
            "python_below": ("u8", "u", lambda g, n: g._randbelow(int(n))),
        },
    ),
}


def _infer_draw(node: Node) -> Sequence[Type]:
    state, *parameters = array_types(node)
    kind = DISTRIBUTIONS[node.attrs["distribution"]]
    given = tuple(p.dtype for p in parameters)
    if state.ndim != 1 or given != kind.parameters or any(p.ndim for p in parameters):
        raise TypeError(f"a draw of {node.attrs['distribution']} by {state} with {given}")
    return (state, scalar(kind.dtype))


def _evaluate_draw(
    node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
) -> Sequence[Any]:
    kind = DISTRIBUTIONS[node.attrs["distribution"]]
    generator = kind.make(np.asarray(operands[0]))
    value = np.asarray(kind.draw(generator, *operands[1:])).astype(kind.dtype)[()]
    after = read_state(getattr(generator, "bit_generator", generator))
    if isinstance(generator, np.random.Generator) and after.dtype == np.uint32:
        after[LEFT_OVER:] = operands[0][LEFT_OVER:]
    return (after, value)


SEEDED: dict[str, tuple[Callable[[Any], Any], int, type]] = {
    "PCG64": (lambda seed: np.random.PCG64(seed), WORDS, np.uint64),
    "RandomState": (lambda seed: np.random.RandomState(seed), TWISTER, np.uint32),
    "Random": (Random, TWISTER, np.uint32),
}
"""What makes generators of seeds, and how many words of which dtype their states have."""


def _infer_seeded(node: Node) -> Sequence[Type]:
    _, length, dtype = SEEDED[node.attrs["kind"]]
    return (array(dtype, [Affine(length)]),)


def _seeded_state(seed: Any, kind: str) -> Sequence[Any]:
    number = [int(x) for x in seed] if np.ndim(seed) else int(seed)
    return (read_state(SEEDED[kind][0](number)),)


seeded = routine_op(
    "seeded", _infer_seeded, _seeded_state, nondifferentiable("its result is made of bits")
)
"""The state of a new generator of a `kind`, made of one or several whole numbers."""

draw = Op("draw", "random", _infer_draw, _evaluate_draw)
"""A random number of a `distribution`: the state after it, and the number."""
