"""Whether two arrays may share memory, decided inside compiled code in nanoseconds.

A function that writes into an argument was compiled for arguments that do not overlap; its entry
checks that with `overlapping` before it touches anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic


def _bounds(context: Any, builder: Any, array_type: Any, array: Any) -> tuple[Any, Any]:
    """Return the lowest address of an array and the one past its highest, as integers."""
    struct = context.make_array(array_type)(context, builder, value=array)
    word = context.get_value_type(types.intp)
    low = high = builder.ptrtoint(struct.data, word)
    zero = ir.Constant(word, 0)
    shape = cgutils.unpack_tuple(builder, struct.shape, array_type.ndim)
    strides = cgutils.unpack_tuple(builder, struct.strides, array_type.ndim)
    is_empty = ir.Constant(ir.IntType(1), 0)
    for extent, stride in zip(shape, strides, strict=True):
        reach = builder.mul(builder.sub(extent, ir.Constant(word, 1)), stride)
        backwards = builder.icmp_signed("<", reach, zero)
        low = builder.add(low, builder.select(backwards, reach, zero))
        high = builder.add(high, builder.select(backwards, zero, reach))
        is_empty = builder.or_(is_empty, builder.icmp_signed("==", extent, zero))
    high = builder.add(high, builder.select(is_empty, zero, struct.itemsize))
    return low, builder.select(is_empty, low, high)


@intrinsic  # type: ignore[untyped-decorator]
def overlapping(typing_context: Any, first: Any, second: Any) -> Any:
    """Return whether the address ranges of two arrays meet."""

    def generate(context: Any, builder: Any, signature: Any, arrays: Any) -> Any:
        low_1, high_1 = _bounds(context, builder, signature.args[0], arrays[0])
        low_2, high_2 = _bounds(context, builder, signature.args[1], arrays[1])
        return builder.and_(
            builder.icmp_unsigned("<", low_1, high_2), builder.icmp_unsigned("<", low_2, high_1)
        )

    return types.boolean(first, second), generate


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"overlapping": overlapping})
