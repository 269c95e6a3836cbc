"""Calls of the routines of libraries in machine code.

Leaves: `call_routine`, which calls the C function of the module `backends.numba.routine_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from autograph.backends.numba.compilation.external import call_back
from autograph.backends.numba.routine_calls import SYMBOL


def _call_routine(typing_context: Any, text: Any, arrays: Any) -> Any:
    """Call the routine of a text on arrays; return whether it came to its end."""
    if not isinstance(text, types.Literal):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(64)
        words: list[Any] = []
        values = cgutils.unpack_tuple(builder, args[1])
        for type_, value in zip(arrays.types, values, strict=True):
            array = context.make_array(type_)(context, builder, value)
            words.append(builder.ptrtoint(array.data, word))
            words += cgutils.unpack_tuple(builder, array.shape)
            words += cgutils.unpack_tuple(builder, array.strides)
        name = context.insert_const_string(builder.module, text.literal_value)
        return call_back(builder, SYMBOL, [name, ir.Constant(word, len(words))], words)

    return types.boolean(text, arrays), generate


call_routine: Callable[..., bool] = intrinsic(prefer_literal=True)(_call_routine)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"call_routine": call_routine})
