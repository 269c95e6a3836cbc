"""C++ types and literals of NumPy dtypes and scalars.

Enters: dtypes and NumPy scalars. Leaves: text that NVRTC takes without any header, and that stands
for exactly the same bits.
"""

from __future__ import annotations

import math

import numpy as np

from autograph.errors import Site, UnsupportedError
from autograph.ir.types import DType, dtype_text

_TYPES = {
    "bool": "bool",
    "i8": "signed char",
    "i16": "short",
    "i32": "int",
    "i64": "long long",
    "u8": "unsigned char",
    "u16": "unsigned short",
    "u32": "unsigned int",
    "u64": "unsigned long long",
    "f32": "float",
    "f64": "double",
}


def c_type(dtype: DType, site: Site | None = None) -> str:
    """Return the C++ type of a dtype.

    Raises:
        UnsupportedError: If CUDA kernels are not written for the dtype.
    """
    name = _TYPES.get(dtype_text(dtype))
    if name is None:
        raise UnsupportedError(f"arrays of {dtype} are not supported on CUDA devices", site)
    return name


def unsigned_type(dtype: DType) -> str:
    """Return the C++ type in which arithmetic of an integer dtype wraps around."""
    return "unsigned long long" if dtype.itemsize == 8 else "unsigned int"


def float_suffix(dtype: DType) -> str:
    """Return what is appended to the name of a math function for operands of a dtype."""
    return "f" if dtype == np.float32 else ""


def literal(value: np.generic) -> str:
    """Return a C++ expression with exactly the value, bit by bit, that can stand as an operand."""
    dtype = value.dtype
    if dtype.kind == "b":
        return "true" if value else "false"
    if dtype.kind in "iu":
        return _integer_literal(value.item(), dtype)
    return _float_literal(value)


def _integer_literal(value: int, dtype: DType) -> str:
    if dtype.kind == "u":
        text = f"{value}{'ULL' if dtype.itemsize == 8 else 'U'}"
        return text if dtype.itemsize >= 4 else f"({c_type(dtype)}){value}"
    suffix = "LL" if dtype.itemsize == 8 else ""
    if value == np.iinfo(dtype).min and dtype.itemsize >= 4:
        return f"({value + 1}{suffix} - 1)"  # its magnitude is no literal
    if dtype.itemsize < 4:
        return f"({c_type(dtype)})({value})"
    return f"({value}{suffix})" if value < 0 else f"{value}{suffix}"


def _float_literal(value: np.generic) -> str:
    number = value.item()
    single = value.dtype == np.float32
    smallest = float(np.finfo(np.float32 if single else np.float64).smallest_normal)
    if not math.isfinite(number) or 0 < abs(number) < smallest:
        if single:
            return f"__int_as_float(0x{value.view(np.uint32).item():08x})"
        return f"__longlong_as_double(0x{value.view(np.uint64).item():016x}LL)"
    text = np.format_float_scientific(np.float32(number), trim="0") if single else repr(number)
    text += "f" if single else ""
    return f"({text})" if text.startswith("-") else text
