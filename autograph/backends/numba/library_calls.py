"""Calls of library functions from compiled code.

Enters: a `LibraryRun` statement, when its source is emitted. Leaves: a number that stands for it in
the source, and `library_run` and `library_results` for compiled code, which come back to Python
through two C functions: the first runs the function and keeps what it returns, the second copies
that to arrays of the compiled code. Both return 0, or 1 if the call of the program is to be
abandoned; then the plain function runs and raises what the library raised.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.extending import intrinsic

from autograph.backends import loops as lp
from autograph.ir.types import DType
from autograph.ops.library import sizes_of

RUN, RESULTS = "autograph_library_run", "autograph_library_results"

Layout = tuple[DType, int]
"""Dtype and number of axes of an array, as compiled code passes it."""


@dataclass(frozen=True)
class _Registered:
    """A statement that compiled code may run, and the arrays it passes."""

    statement: lp.LibraryRun
    operands: tuple[Layout, ...]


_registered: dict[int, _Registered] = {}
_returned: dict[int, list[Any]] = {}
_tickets = itertools.count(1)


def register(statement: lp.LibraryRun) -> int:
    """Return the number that stands for a statement in compiled code, the same in all processes."""
    operands = tuple((b.dtype, len(b.dims)) for b in statement.operands)
    unknown = [[d is None for d in shape] for shape in statement.dims]
    text = f"{statement.call} {operands} {statement.dtypes} {unknown}"
    for attempt in itertools.count():
        digest = hashlib.sha256(f"{text} {attempt}".encode()).digest()
        number = int.from_bytes(digest[:7], "big")
        known = _registered.get(number)
        if known is None or known.statement.call == statement.call:
            _registered[number] = _Registered(statement, operands)
            return number
    raise AssertionError("unreachable")


# ---------------------------------------------------------------- called by compiled code


def _array(dtype: DType, ndim: int, fields: Any, at: int) -> np.ndarray[Any, Any]:
    """Return the array that fields of a descriptor, beginning at `at`, describe."""
    shape = tuple(fields[at + 1 : at + 1 + ndim])
    strides = tuple(fields[at + 1 + ndim : at + 1 + 2 * ndim])
    if 0 in shape:
        return np.empty(shape, dtype)
    memory: Any = (ctypes.c_char * dtype.itemsize).from_address(fields[at])
    first = np.frombuffer(memory, dtype)
    return np.lib.stride_tricks.as_strided(first, shape, strides)


def _run(number: int, fields: Any) -> int:
    try:
        registered = _registered[number]
        statement = registered.statement
        values: list[Any] = []
        at = 1
        for (dtype, ndim), scalar in zip(registered.operands, statement.scalars, strict=True):
            operand = _array(dtype, ndim, fields, at)
            operand.flags.writeable = False
            values.append(operand[0] if scalar else operand)
            at += 1 + 2 * ndim
        leaves = statement.call.run(values)
        unknown = [
            tuple(None if d is None else leaf.shape[k] for k, d in enumerate(shape))
            for leaf, shape in zip(leaves, statement.dims, strict=True)
        ]
        sizes = sizes_of(leaves, statement.dtypes, unknown)
        ticket = next(_tickets)
        _returned[ticket] = leaves
        found = (ctypes.c_int64 * (1 + len(sizes))).from_address(fields[0])
        found[:] = [ticket, *sizes]
    except BaseException:  # the plain function will raise it again, where the user sees it
        return 1
    return 0


def _results(ticket: int, fields: Any) -> int:
    try:
        at = 0
        for leaf in _returned.pop(ticket):
            ndim = max(leaf.ndim, 1)
            out = _array(leaf.dtype, ndim, fields, at)
            if leaf.shape not in (out.shape, ()):
                return 1
            out[...] = leaf
            at += 1 + 2 * ndim
    except BaseException:
        return 1
    return 0


_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64))
_CALLBACKS = {RUN: _SIGNATURE(_run), RESULTS: _SIGNATURE(_results)}


@functools.cache
def load() -> None:
    """Show LLVM's linker the functions that compiled code calls."""
    for name, callback in _CALLBACKS.items():
        address = ctypes.cast(callback, ctypes.c_void_p).value
        llvm.add_symbol(name, address)


# ---------------------------------------------------------------- in compiled code


def _array_fields(context: Any, builder: Any, type_: Any, value: Any) -> list[Any]:
    array = context.make_array(type_)(context, builder, value)
    word = context.get_value_type(types.intp)
    shape = cgutils.unpack_tuple(builder, array.shape, type_.ndim)
    strides = cgutils.unpack_tuple(builder, array.strides, type_.ndim)
    return [builder.ptrtoint(array.data, word), *shape, *strides]


def _call(context: Any, builder: Any, name: str, number: Any, fields: Sequence[Any]) -> Any:
    """Call a C function with a number and a descriptor on the stack."""
    load()
    word = context.get_value_type(types.intp)
    descriptor = cgutils.alloca_once(builder, ir.ArrayType(word, len(fields)))
    zero = ir.Constant(ir.IntType(32), 0)
    for k, field in enumerate(fields):
        place = builder.gep(descriptor, [zero, ir.Constant(ir.IntType(32), k)])
        builder.store(field, place)
    pointer = builder.gep(descriptor, [zero, zero])
    type_ = ir.FunctionType(word, [word, word.as_pointer()])
    function = cgutils.get_or_insert_function(builder.module, type_, name)
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
