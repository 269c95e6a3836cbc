"""Calls of recursive functions: the machine's stack must never overflow, arrays are row-major.

Leaves: `stack_position`, `is_too_deep` and `contiguous`, for generated code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

LARGEST_STACK = 1 << 21
"""How many bytes of the stack the calls of a routine may take: a quarter of what threads have."""


def _position(builder: Any) -> Any:
    pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    frame = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(pointer, [number]), "llvm.frameaddress.p0"
    )
    return builder.ptrtoint(builder.call(frame, [number(0)]), ir.IntType(64))


@intrinsic  # type: ignore[untyped-decorator]
def stack_position(context: Any) -> tuple[Any, Callable[..., Any]]:
    """Return where on the stack the frame of the running function lies."""
    return types.int64(), lambda target, builder, signature, args: _position(builder)


@intrinsic  # type: ignore[untyped-decorator]
def is_too_deep(
    context: Any, calls: Any, deepest: Any, start: Any
) -> tuple[Any, Callable[..., Any]]:
    """Return whether there are too many calls, or little of the stack is left since `start`."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        many, most, first = args
        used = builder.sub(first, _position(builder))
        far = builder.icmp_signed(">", used, ir.IntType(64)(LARGEST_STACK))
        return builder.or_(builder.icmp_signed(">", many, most), far)

    return types.boolean(types.int64, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def contiguous(context: Any, array: Any) -> tuple[Any, Callable[..., Any]]:
    """Return an array in row-major order: itself, or a copy if that is not sure."""
    result = types.Array(array.dtype, array.ndim, "C")

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        if array.layout == "C":
            return impl_ret_borrowed(target, builder, result, args[0])
        return target.compile_internal(builder, _contiguous, result(array), args)

    return result(array), generate


def _contiguous(array: Any) -> Any:
    return np.ascontiguousarray(array)


def namespace() -> Mapping[str, Any]:
    """Return the names for generated source."""
    return {
        "stack_position": stack_position,
        "is_too_deep": is_too_deep,
        "contiguous": contiguous,
    }
