"""Leaves: the parts that a content is taken apart into, to travel through results of regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import (
    BEYOND_64_BITS,
    PYTHON_DTYPES,
    Kind,
    Number,
    constant,
    fail,
    numpy_scalar,
    python_number,
    value_of_form,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType
from autograph.ops.control import make_ifelse
from autograph.ops.structure import broadcast

Leaf = Value | Affine | np.generic | Condition | ArrayType
"""A part of a content; an `ArrayType` stands for any value of that type (nobody chooses it)."""

NUMBERS = (bool, int, float, complex, np.generic)


def leaf_value(leaf: Leaf) -> Value:
    """Emit the graph value of a leaf."""
    if isinstance(leaf, Value):
        return leaf
    if isinstance(leaf, Affine):
        return value_of_form(leaf)
    if isinstance(leaf, Condition):
        return leaf.value()
    if isinstance(leaf, ArrayType):
        if leaf.is_scalar:
            return constant(0, leaf.dtype)
        # What comes of it is chosen by nobody, but it may be computed: memory as it is found could
        # hold positions outside of an array, and other ones each time.
        made: Value = broadcast(constant(0, leaf.dtype), axes=(), dims=leaf.dims)
        return made
    return constant(leaf, leaf.dtype)


def dtype_of_kind(kind: Kind) -> np.dtype[Any]:
    """Return the dtype that represents numbers of a kind."""
    return PYTHON_DTYPES[kind] if isinstance(kind, type) else kind


def kind_key(kind: Kind) -> str:
    """Return what tells kinds apart; NumPy takes `float` and `dtype("float64")` to be equal."""
    return kind.__name__ if isinstance(kind, type) else f"numpy {kind.str}"


def is_number(content: Any) -> bool:
    """Return whether a content is a number, symbolic or not."""
    return isinstance(content, Number) or (
        isinstance(content, NUMBERS) and not isinstance(content, np.str_ | np.bytes_ | np.void)
    )


def number_leaf(number: Any) -> Leaf:
    """Return the leaf of a number."""
    if isinstance(number, Number):
        return number.form if number.form is not None else number.value()
    if is_long(number):
        fail(BEYOND_64_BITS)
    leaf: Leaf = dtype_of_kind(kind_of(number)).type(number)
    return leaf


def number_of_leaf(kind: Kind, leaf: Leaf) -> Any:
    """Return the number of a kind that a leaf stands for."""
    if isinstance(leaf, Condition):
        leaf = leaf.value()
    if isinstance(leaf, ArrayType):
        leaf = leaf_value(leaf)
    if isinstance(leaf, np.generic):
        return kind(leaf.item()) if isinstance(kind, type) else leaf
    if isinstance(kind, type):
        return python_number(kind, leaf)
    return numpy_scalar(kind, leaf)


def selected(sources: Sequence[tuple[Condition, list[Leaf]]], types: list[ArrayType]) -> list[Leaf]:
    """Return the leaves of the source whose condition holds."""
    if not sources:
        return list(types)
    leaves = sources[-1][1]
    for condition, others in reversed(sources[:-1]):
        leaves = [select(condition, a, b) for a, b in zip(others, leaves, strict=True)]
    return leaves


def select(condition: Condition, a: Leaf, b: Leaf) -> Leaf:
    """Return the leaf `a` where the condition holds, else `b`."""
    if a is b or (isinstance(a, Affine) and a == b):
        return a
    x, y = leaf_value(a), leaf_value(b)  # Here, not in the arms: emitted values are remembered.
    return make_ifelse(condition.value(), lambda: [x], lambda: [y])[0]


def form_of_leaf(leaf: Leaf) -> Affine:
    """Return the form that an integer leaf stands for."""
    if isinstance(leaf, np.generic):
        return Affine(int(leaf))
    return leaf if isinstance(leaf, Affine) else Affine.of(leaf_value(leaf))


def condition_of_leaf(leaf: Leaf) -> Condition:
    """Return the condition that a bool leaf stands for."""
    if isinstance(leaf, Condition):
        return leaf
    if isinstance(leaf, np.generic):
        return Condition(None, not leaf)
    return Condition(leaf_value(leaf))
