"""Calls of library functions in machine code.

Leaves: `library_run` and `library_results`, which call the two C functions of the module
`backends.numba.library_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.extending import intrinsic

from autograph.backends.numba.compilation.external import call_back
from autograph.backends.numba.library_calls import RESULTS, RUN


def _array_fields(context: Any, builder: Any, type_: Any, value: Any) -> list[Any]:
    array = context.make_array(type_)(context, builder, value)
    word = context.get_value_type(types.intp)
    shape = cgutils.unpack_tuple(builder, array.shape, type_.ndim)
    strides = cgutils.unpack_tuple(builder, array.strides, type_.ndim)
    return [builder.ptrtoint(array.data, word), *shape, *strides]


def _tuple_fields(context: Any, builder: Any, type_: Any, value: Any) -> list[Any]:
    parts = cgutils.unpack_tuple(builder, value, len(type_))
    pairs = zip(type_.types, parts, strict=True)
    return [
        f for part_type, part in pairs for f in _array_fields(context, builder, part_type, part)
    ]


def _library_run(typing_context: Any, number: Any, found: Any, operands: Any) -> Any:
    """Run a registered statement; `found` receives the ticket and the extents; return success."""
    if not isinstance(operands, BaseTuple):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields = _array_fields(context, builder, signature.args[1], args[1])[:1]
        fields += _tuple_fields(context, builder, signature.args[2], args[2])
        return call_back(builder, RUN, args[:1], fields)

    return types.boolean(types.intp, found, operands), generate


def _library_results(typing_context: Any, ticket: Any, out: Any) -> Any:
    """Copy what a statement returned to arrays; return success."""
    if not isinstance(out, BaseTuple):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields = _tuple_fields(context, builder, signature.args[1], args[1])
        return call_back(builder, RESULTS, args[:1], fields)

    return types.boolean(types.intp, out), generate


library_run: Callable[..., Any] = intrinsic(_library_run)
library_results: Callable[..., Any] = intrinsic(_library_results)


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType({"library_run": library_run, "library_results": library_results})
