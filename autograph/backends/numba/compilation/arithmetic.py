"""Small operations that generated code needs and numba does not have.

Leaves: `reassociated_add` and `reassociated_multiply`, which let LLVM combine the terms of one
reduction in any order (and so vectorise it) without fast-math anywhere else; `wrapping_add` and
its like, since numba promises LLVM that its own int64 arithmetic never overflows; `same_memory`;
`assume_nonnegative`, which spares an index the test whether it counts from the end; `detached`,
which hides from LLVM where an array came from; `floor_divide` and `remainder` of floats;
`unsigned_power`; `float_to_uint64`; and `max` and `min` of two integers, for which numba compiles
functions of their own each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.imputils import impl_ret_borrowed
from numba.core.types.misc import unliteral
from numba.extending import intrinsic


def _reassociated(instruction: str) -> Any:
    def typer(typing_context: Any, a: Any, b: Any) -> Any:
        if a != b or not isinstance(a, types.Float):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(*args, flags=("reassoc",))

        return a(a, b), generate

    typer.__name__ = typer.__qualname__ = f"reassociated_{instruction}"
    return intrinsic(typer)


reassociated_add = _reassociated("fadd")
reassociated_multiply = _reassociated("fmul")


def _wrapping(instruction: str) -> Any:
    def typer(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            casted = [
                context.cast(builder, value, type_, types.int64)
                for value, type_ in zip(args, signature.args, strict=True)
            ]
            return getattr(builder, instruction)(*casted)

        return types.int64(a, b), generate

    typer.__name__ = typer.__qualname__ = f"wrapping_{instruction}"
    return intrinsic(typer)


def _is_integer(kind: Any) -> bool:
    return isinstance(kind, types.Integer)


def _extreme(name: str, relation: str) -> Any:
    def typer(typing_context: Any, a: Any, b: Any) -> Any:
        kind: Any = typing_context.unify_pairs(unliteral(a), unliteral(b))
        if not _is_integer(kind):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            first, second = (
                context.cast(builder, value, type_, kind)
                for value, type_ in zip(args, signature.args, strict=True)
            )
            compared = builder.icmp_signed if kind.signed else builder.icmp_unsigned
            return builder.select(compared(relation, first, second), first, second)

        return kind(a, b), generate

    typer.__name__ = typer.__qualname__ = name
    return intrinsic(typer)


def _chosen(typing_context: Any, condition: Any, a: Any, b: Any) -> Any:
    """Choose one of two numbers, both of which are there: LLVM must make no branch of it."""
    kind: Any = typing_context.unify_pairs(unliteral(a), unliteral(b))
    if kind is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first, second = (
            context.cast(builder, value, type_, kind)
            for value, type_ in zip(args[1:], signature.args[1:], strict=True)
        )
        return builder.select(args[0], first, second)

    return kind(types.boolean, a, b), generate


chosen: Callable[..., Any] = intrinsic(_chosen)
larger = _extreme("larger", ">")
smaller = _extreme("smaller", "<")
wrapping_add = _wrapping("add")
wrapping_subtract = _wrapping("sub")
wrapping_multiply = _wrapping("mul")


def _same_memory(typing_context: Any, a: Any, b: Any) -> Any:
    """Tell whether two arrays begin at the same address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointers = [
            context.make_array(type_)(context, builder, value).data
            for type_, value in zip(signature.args, args, strict=True)
        ]
        return builder.icmp_unsigned("==", *pointers)

    return types.boolean(a, b), generate


def _assume_nonnegative(typing_context: Any, x: Any) -> Any:
    """Promise LLVM that an integer is not negative."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        (value,) = args
        holds = builder.icmp_signed(">=", value, ir.Constant(value.type, 0))
        assume_type = ir.FunctionType(ir.VoidType(), [ir.IntType(1)])
        builder.call(builder.module.declare_intrinsic("llvm.assume", (), assume_type), [holds])
        return context.get_dummy_value()

    return types.void(x), generate


def _detached(typing_context: Any, array: Any) -> Any:
    """Return the same array, at an address of which LLVM knows nothing.

    Two arrays that a loop keeps exchanging look like one object to LLVM's dependence analysis,
    which then may refuse to vectorise. Behind this it tests at run time whether they overlap.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        view = context.make_array(array)(context, builder, args[0])
        pointer = view.data
        same = ir.FunctionType(pointer.type, [pointer.type])
        hidden = ir.InlineAsm(same, "", "=r,0", side_effect=False)
        view.data = builder.call(hidden, [pointer])
        return impl_ret_borrowed(context, builder, array, view._getvalue())

    return array(array), generate


same_memory: Callable[..., bool] = intrinsic(_same_memory)
detached: Callable[..., Any] = intrinsic(_detached)
assume_nonnegative: Callable[..., None] = intrinsic(_assume_nonnegative)


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def floor_divide(a: Any, b: Any) -> Any:
    """Return the largest integral float not above a / b, as NumPy rounds it.

    The quotient is taken without the remainder, so that it cannot round up to an integer.
    """
    if b == 0:
        return a / b
    remainder = np.fmod(a, b)
    quotient = (a - remainder) / b
    if remainder != 0 and (b < 0) != (remainder < 0):
        quotient -= type(a)(1)
    if quotient == 0:
        return np.copysign(quotient, a / b)
    floor = np.floor(quotient)
    return floor + type(a)(1) if quotient - floor > type(a)(0.5) else floor


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def remainder(a: Any, b: Any) -> Any:
    """Return what a float leaves when divided, with the sign of the divisor even if it is zero."""
    rest = np.fmod(a, b)
    if b == 0:
        return rest
    if rest == 0:
        return np.copysign(type(a)(0), b)
    return rest + b if (b < 0) != (rest < 0) else rest


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def unsigned_power(a: Any, b: Any) -> Any:
    """Return the power of unsigned integers, in 64 bits."""
    zero, one = np.uint64(0), np.uint64(1)
    result, factor, remaining = one, np.uint64(a), np.uint64(b)
    while remaining != zero:
        if remaining & one:
            result *= factor
        factor *= factor
        remaining >>= one
    return result


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def float_to_uint64(x: Any) -> Any:
    """Return a float as an unsigned integer; a negative one wraps around."""
    return np.uint64(x) if x >= 2.0**63 else np.uint64(np.int64(x))


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return MappingProxyType(
        {
            "reassociated_add": reassociated_add,
            "reassociated_multiply": reassociated_multiply,
            "wrapping_add": wrapping_add,
            "wrapping_subtract": wrapping_subtract,
            "wrapping_multiply": wrapping_multiply,
            "same_memory": same_memory,
            "detached": detached,
            "assume_nonnegative": assume_nonnegative,
            "floor_divide": floor_divide,
            "remainder": remainder,
            "unsigned_power": unsigned_power,
            "float_to_uint64": float_to_uint64,
            "chosen": chosen,
            "max": larger,
            "min": smaller,
        }
    )
