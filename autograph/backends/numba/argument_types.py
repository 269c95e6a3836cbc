"""The types of the arguments that machine code is compiled for, as plain data.

Enters: the value of a param in one call. Leaves: a record that says all that the machine code
depends on. It is part of the code's key, which has to be known without importing numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct


class ArrayType(Struct, frozen=True):
    """Arrays of one dtype, number of axes and layout.

    Attributes:
        dtype: NumPy's name of the dtype, in the machine's byte order.
        ndim: The number of axes.
        layout: `C` or `F` for arrays without gaps in that order, else `A`.
        writeable: Whether the arrays may be written.
        aligned: Whether the elements lie at multiples of what the machine wants.
    """

    dtype: str
    ndim: int
    layout: str = "C"
    writeable: bool = True
    aligned: bool = True


class NumberType(Struct, frozen=True):
    """Numbers of one dtype: NumPy's scalars, and Python's own numbers that fit it.

    Attributes:
        dtype: NumPy's name of the dtype.
    """

    dtype: str


ArgumentType = ArrayType | NumberType

#: Python's types of numbers, by the dtype that holds their values.
PYTHON_NUMBERS: dict[str, type] = {
    "bool": bool,
    "int64": int,
    "float64": float,
    "complex128": complex,
}
_DTYPES = {kind: name for name, kind in PYTHON_NUMBERS.items()}
_KINDS = "biufc"


def type_of(value: Any) -> ArgumentType:
    """Return the type of an argument.

    Raises:
        OverflowError: If it is an integer beyond 64 bits.
        TypeError: If machine code cannot take it.
    """
    if isinstance(value, np.ndarray):
        dtype, flags = value.dtype, value.flags
        if dtype.kind in _KINDS and dtype.isnative:
            layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
            return ArrayType(dtype.name, value.ndim, layout, flags.writeable, flags.aligned)
    elif type(value) in _DTYPES:
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise OverflowError(f"{value} is no 64-bit integer")
        return NumberType(_DTYPES[type(value)])
    elif isinstance(value, np.generic) and value.dtype.kind in _KINDS:
        return NumberType(value.dtype.name)
    raise TypeError(f"machine code cannot take an argument of type {type(value).__name__}")
