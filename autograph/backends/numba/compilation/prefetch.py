"""Asks for memory before it is written.

A store to memory that is in no cache waits until the cache line has come, and only few stores can
wait at a time. What a loop leaves for later in each iteration, on a tape above all, goes to such
memory. Before a row of it is written, generated code therefore asks for lines farther on::

    prefetch_row(tape, (v, i, 0), n)
    for j in range(n):
        tape[v, i, j] = ...

That makes such loops up to twice as fast where the tape is not in the cache, and costs a few
hundredths where it is. Asking for memory beyond the array is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.extending import intrinsic

#: How far on to ask for memory, and for how much of it at most, in bytes.
DISTANCE = 8192
_LINE = 64


def _type_prefetch(typing_context: Any, array: Any, start: Any, count: Any) -> Any:
    """Type ``prefetch_row(array, start, count)`` for the index of a row's first element."""
    if not isinstance(array, types.Array) or not isinstance(start, BaseTuple):
        return None
    return types.void(array, start, count), _generate_prefetch


def _generate_prefetch(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array_type, start_type, count_type = signature.args
    array = context.make_array(array_type)(context, builder, args[0])
    word, flag = ir.IntType(64), ir.IntType(32)
    index = [
        context.cast(builder, item, type_, types.intp)
        for item, type_ in zip(
            cgutils.unpack_tuple(builder, args[1]), start_type.types, strict=True
        )
    ]
    first = cgutils.get_item_pointer(
        context, builder, array_type, array, index, wraparound=False, boundscheck=False
    )
    begin = builder.add(builder.ptrtoint(first, word), word(DISTANCE))
    count = context.cast(builder, args[2], count_type, types.intp)
    size = builder.mul(count, array.itemsize)
    most = word(DISTANCE)
    size = builder.select(builder.icmp_signed("<", size, most), size, most)
    pointer = ir.IntType(8).as_pointer()
    function_type = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
    name = "llvm.prefetch.p0"
    prefetch = builder.module.globals.get(name) or ir.Function(builder.module, function_type, name)
    with cgutils.for_range_slice(builder, word(0), size, word(_LINE), word) as (offset, _):
        address = builder.inttoptr(builder.add(begin, offset), pointer)
        builder.call(prefetch, [address, flag(1), flag(3), flag(1)])
    return context.get_dummy_value()


prefetch_row: Callable[..., None] = intrinsic(_type_prefetch)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"prefetch_row": prefetch_row})
