"""Calls of library functions in machine code.

Leaves: `library_run` and `library_results`, which call the two C functions of the module
`backends.numba.library_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.extending import intrinsic

from autograph.backends.numba.compilation.external import external_function
from autograph.backends.numba.library_calls import RESULTS, RUN


def _array_fields(context: Any, builder: Any, type_: Any, value: Any) -> list[Any]:
    array = context.make_array(type_)(context, builder, value)
    word = context.get_value_type(types.intp)
    shape = cgutils.unpack_tuple(builder, array.shape, type_.ndim)
    strides = cgutils.unpack_tuple(builder, array.strides, type_.ndim)
    return [builder.ptrtoint(array.data, word), *shape, *strides]


def _call(context: Any, builder: Any, name: str, number: Any, fields: Sequence[Any]) -> Any:
    """Call a C function with a number and a descriptor on the stack."""
    word = context.get_value_type(types.intp)
    descriptor = cgutils.alloca_once(builder, ir.ArrayType(word, len(fields)))
    zero = ir.Constant(ir.IntType(32), 0)
    for k, field in enumerate(fields):
        place = builder.gep(descriptor, [zero, ir.Constant(ir.IntType(32), k)])
        builder.store(field, place)
    pointer = builder.gep(descriptor, [zero, zero])
    type_ = ir.FunctionType(word, [word, word.as_pointer()])
    function = external_function(builder.module, type_, name)
    return builder.call(function, [number, pointer])


def _tuple_fields(context: Any, builder: Any, type_: Any, value: Any) -> list[Any]:
    parts = cgutils.unpack_tuple(builder, value, len(type_))
    pairs = zip(type_.types, parts, strict=True)
    return [
        f for part_type, part in pairs for f in _array_fields(context, builder, part_type, part)
    ]


def _library_run(typing_context: Any, number: Any, found: Any, operands: Any) -> Any:
    """Run a registered statement; `found` receives the ticket and the extents."""
    if not isinstance(operands, BaseTuple):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields = _array_fields(context, builder, signature.args[1], args[1])[:1]
        fields += _tuple_fields(context, builder, signature.args[2], args[2])
        return _call(context, builder, RUN, args[0], fields)

    return types.intp(types.intp, found, operands), generate


def _library_results(typing_context: Any, ticket: Any, out: Any) -> Any:
    """Copy what a statement returned to arrays."""
    if not isinstance(out, BaseTuple):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields = _tuple_fields(context, builder, signature.args[1], args[1])
        return _call(context, builder, RESULTS, args[0], fields)

    return types.intp(types.intp, out), generate


library_run: Callable[..., Any] = intrinsic(_library_run)
library_results: Callable[..., Any] = intrinsic(_library_results)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"library_run": library_run, "library_results": library_results})
