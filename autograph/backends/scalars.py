"""Scalar expressions of the loop form, over variables and elements of buffers.

Enters: nothing but the classes of `ir`. Leaves: the data types that statements are made of.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import Op
from autograph.ir.types import DType

Point: TypeAlias = tuple[Affine, ...]


class Waves(Struct, frozen=True):
    """A table whose elements with the same `skew * i + j` lie beside each other.

    Element (i, j) comes at `width * (skew * i + j) + i`. No two have one place as long as the width
    is not less than the lesser extent, since it has no divisor in common with `skew * width + 1`.

    Attributes:
        width: The distance from one wave to the next, the lesser extent.
        skew: How many columns each row stays behind the row before.
    """

    width: Value
    skew: int


class Buffer(Struct, eq=False):
    """A variable bound to the memory of an array, row-major unless it is a param's.

    Attributes:
        name: What its content is called, for readable source; not unique.
        dtype: Of the elements.
        dims: The extents; for a buffer that grows, those it is allocated with.
        param: Index of the array param of the function whose memory it is bound to at entry.
        waves: How it is stored, for a buffer of two axes that is stored in waves.
    """

    name: str
    dtype: DType
    dims: Point
    param: int | None = None
    waves: Waves | None = None

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Constant(Struct, frozen=True):
    """A literal."""

    value: np.generic

    @property
    def dtype(self) -> DType:
        """Dtype of the literal."""
        return self.value.dtype


class Read(Struct, frozen=True):
    """The content of a scalar variable."""

    value: Value

    @property
    def dtype(self) -> DType:
        """Dtype of the variable."""
        return self.value.dtype


class Form(Struct, frozen=True):
    """An int64 given by an affine form."""

    form: Affine

    @property
    def dtype(self) -> DType:
        """Always int64."""
        return np.dtype(np.int64)


class Load(Struct, frozen=True):
    """An element of a buffer."""

    buffer: Buffer
    index: Point

    @property
    def dtype(self) -> DType:
        """Dtype of the buffer."""
        return self.buffer.dtype


class Apply(Struct, frozen=True):
    """An elementwise op applied to scalars; `cast` converts to `dtype`, `switch` selects."""

    op: Op
    args: tuple[Expr, ...]
    dtype: DType


class Inside(Struct, frozen=True):
    """Whether a point lies in a box: `lower <= point < upper` in every axis."""

    point: Point
    lower: Point
    upper: Point

    @property
    def dtype(self) -> DType:
        """Always bool."""
        return np.dtype(np.bool_)


Expr: TypeAlias = Constant | Read | Form | Load | Apply | Inside
