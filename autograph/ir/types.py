"""Types of graph values: arrays of a dtype with dynamic dims, and tapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from msgspec import Struct

from autograph.ir.affine import Affine, AffineLike

if TYPE_CHECKING:
    from autograph.ir.graph import Value

DType: TypeAlias = "np.dtype[Any]"

SHORT_NAMES = {"b": "bool", "i": "i", "u": "u", "f": "f", "c": "c"}


def dtype_text(dtype: DType) -> str:
    """Return the short name of a dtype: `f64`, `i32`, `bool`."""
    if dtype.kind == "b":
        return "bool"
    return f"{SHORT_NAMES[dtype.kind]}{dtype.itemsize * 8}"


class ArrayType(Struct, frozen=True):
    """An array of a dtype; a scalar has no dims."""

    dtype: DType
    dims: tuple[Affine, ...] = ()

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.dims)

    @property
    def is_scalar(self) -> bool:
        """Whether this is a scalar."""
        return not self.dims

    def substitute(self, mapping: Mapping[Value, AffineLike]) -> ArrayType:
        """Return the type with symbols of its dims replaced."""
        return ArrayType(self.dtype, tuple(d.substitute(mapping) for d in self.dims))

    def __str__(self) -> str:
        dims = f"[{', '.join(map(str, self.dims))}]" if self.dims else ""
        return dtype_text(self.dtype) + dims


class TapeType(Struct, frozen=True):
    """A stack that a loop pushes one element on in each iteration; elements may be tapes."""

    element: ArrayType | TapeType

    def substitute(self, mapping: Mapping[Value, AffineLike]) -> TapeType:
        """Return the type with symbols of its dims replaced."""
        return TapeType(self.element.substitute(mapping))

    def __str__(self) -> str:
        return f"tape<{self.element}>"


Type: TypeAlias = ArrayType | TapeType


def scalar(dtype: Any) -> ArrayType:
    """Return the type of a scalar of `dtype`."""
    return ArrayType(np.dtype(dtype))


def array(dtype: Any, dims: Iterable[AffineLike]) -> ArrayType:
    """Return the type of an array of `dtype` with the given dims."""
    return ArrayType(np.dtype(dtype), tuple(Affine.of(d) for d in dims))


def type_forms(type_: Type) -> tuple[Affine, ...]:
    """Return the affine forms in a type."""
    return type_.dims if isinstance(type_, ArrayType) else type_forms(type_.element)
