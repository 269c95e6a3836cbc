"""Allocating arrays in generated code, without the functions that numba compiles along for it.

Leaves: `empty` and `zeros`, which are what NumPy's are, for contiguous arrays. numba's own are
written in Python and compiled again for each signature, which takes longer than a loop nest does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.core.typing.npydecl import parse_dtype
from numba.extending import intrinsic

#: Arrays begin at cache lines, so that no vector that is read lies across two of them.
ALIGNMENT = 64


def _array_type(shape: Any, dtype: Any) -> Any:
    """Return the numba type of a new array, None if the arguments are none of ours."""
    item = parse_dtype(dtype)
    dims = shape.types if isinstance(shape, BaseTuple) else (shape,)
    if item is None or not dims or not all(isinstance(dim, types.Integer) for dim in dims):
        return None
    return types.Array(item, len(dims), "C")


def _generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Allocate an array and return it with its bytes.

    Like NumPy's, the code raises ValueError if they cannot be counted, MemoryError if there are not
    so many. A negative extent counts as 0: the check that refuses it may come later, and what the
    user gets is then the error of the plain function.
    """
    shape_type, array_type = signature.args[0], signature.return_type
    several = isinstance(shape_type, BaseTuple)
    dims = cgutils.unpack_tuple(builder, args[0]) if several else [args[0]]
    dim_types = shape_type.types if several else [shape_type]
    shape = [
        _at_least_zero(builder, context.cast(builder, dim, type_, types.intp))
        for dim, type_ in zip(dims, dim_types, strict=True)
    ]
    item_bytes = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    strides = [context.get_constant(types.intp, item_bytes)]
    overflows = []
    for dim in reversed(shape):
        product = builder.smul_with_overflow(strides[0], dim)
        strides.insert(0, builder.extract_value(product, 0))
        overflows.append(builder.extract_value(product, 1))
    size = strides.pop(0)
    with builder.if_then(reduce(builder.or_, overflows), likely=False):
        message = "array is too big: its size in bytes is no 64-bit integer"
        context.call_conv.return_user_exc(builder, ValueError, (message,))
    meminfo = context.nrt.meminfo_alloc_aligned(builder, size, ALIGNMENT)
    array = context.make_array(array_type)(context, builder)
    array.meminfo = meminfo
    array.parent = ir.Constant(context.get_value_type(types.pyobject), None)
    array.nitems = reduce(builder.mul, shape)
    array.itemsize = context.get_constant(types.intp, item_bytes)
    array.shape = cgutils.pack_array(builder, shape)
    array.strides = cgutils.pack_array(builder, strides)
    data = context.nrt.meminfo_data(builder, meminfo)
    array.data = builder.bitcast(data, array.data.type)
    return array, size


def _at_least_zero(builder: Any, extent: Any) -> Any:
    zero = ir.Constant(extent.type, 0)
    return builder.select(builder.icmp_signed("<", extent, zero), zero, extent)


def _new(shape: Any, dtype: Any, zeroed: bool) -> Any:
    """Return the signature of what makes a contiguous array, and what writes its code."""
    array_type = _array_type(shape, dtype)
    if array_type is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array, size = _generate(context, builder, signature, args)
        if zeroed:
            cgutils.memset(builder, array.data, size, 0)
        return array._getvalue()

    return array_type(shape, dtype), generate


def _empty(typing_context: Any, shape: Any, dtype: Any) -> Any:
    """Return a contiguous array of any content."""
    return _new(shape, dtype, zeroed=False)


def _zeros(typing_context: Any, shape: Any, dtype: Any) -> Any:
    """Return a contiguous array of zeros."""
    return _new(shape, dtype, zeroed=True)


empty: Callable[..., Any] = intrinsic(_empty)
zeros: Callable[..., Any] = intrinsic(_zeros)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"empty": empty, "zeros": zeros})
