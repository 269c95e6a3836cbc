"""LAPACK's routines for small systems of equations, called from machine code without Python.

Enters: arrays of generated code, laid out as the ops of `ops.linear_algebra` say. Leaves: functions
that do what these ops do. The addresses are those that SciPy exports, found when code is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from autograph.backends.numba.compilation.external import external_function
from autograph.backends.numba.lapack_calls import LETTERS
from autograph.backends.numba.symbols import LAPACK_PREFIX

#: Numbers in the right-hand sides below which they are solved for one by one.
SMALL = 40000

_INT = ir.IntType(32)
_WORD = ir.IntType(64)


class _Writer:
    """Writes the call of one routine.

    Args:
        context: numba's.
        builder: LLVM's.
        signature: Of the intrinsic.
        args: Its arguments, arrays first.
        count: How many of them are arrays.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any, count: int) -> None:
        self.context, self.builder = context, builder
        self.types = signature.args[:count]
        self.arrays = [
            context.make_array(type_)(context, builder, value)
            for type_, value in zip(self.types, args[:count], strict=True)
        ]
        self.options = args[count:]

    def extents(self, k: int) -> list[Any]:
        """Return the extents of an array."""
        found: list[Any] = cgutils.unpack_tuple(self.builder, self.arrays[k].shape)
        return found

    def copy(self, source: int, target: int) -> None:
        """Copy the elements of an array of any strides to a row-major one."""
        with cgutils.loop_nest(self.builder, self.extents(source), _WORD) as index:
            places = [
                cgutils.get_item_pointer(
                    self.context, self.builder, self.types[k], self.arrays[k], index
                )
                for k in (source, target)
            ]
            self.builder.store(self.builder.load(places[0]), places[1])

    def boxed(self, value: Any) -> Any:
        """Return the address of a C int."""
        place = cgutils.alloca_once(self.builder, _INT)
        self.builder.store(self.builder.trunc(value, _INT), place)
        return place

    def leading(self, extent: Any) -> Any:
        """Return the address of a leading dimension, which must not be zero."""
        least = ir.Constant(_WORD, 1)
        large = self.builder.icmp_signed(">", extent, least)
        return self.boxed(self.builder.select(large, extent, least))

    def letter(self, option: Any, yes: str, no: str) -> Any:
        """Return the address of one of two characters."""
        byte = ir.IntType(8)
        place = cgutils.alloca_once(self.builder, byte)
        holds = self.builder.icmp_signed("!=", option, ir.Constant(option.type, 0))
        letters = [ir.Constant(byte, ord(x)) for x in (yes, no)]
        self.builder.store(self.builder.select(holds, *letters), place)
        return place

    def call(self, routine: str, arguments: Sequence[Any]) -> Any:
        """Call a routine with all addresses but the last, and return what it reports there."""
        dtype = np.dtype(str(self.types[0].dtype))
        report = self.boxed(ir.Constant(_WORD, 0))
        pointers = [*arguments, report]
        type_ = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
        name = f"{LAPACK_PREFIX}{LETTERS[dtype]}{routine}"
        function = external_function(self.builder.module, type_, name)
        self.builder.call(function, pointers)
        return self.builder.load(report)

    def set_flag(self, k: int, report: Any) -> None:
        """Store in an array whether a routine reported success."""
        success = self.builder.icmp_signed("==", report, ir.Constant(_INT, 0))
        self.builder.store(self.builder.zext(success, ir.IntType(8)), self.arrays[k].data)

    @contextmanager
    def sides(self, k: int, n: Any) -> Iterator[tuple[Any, Any]]:
        """Write a loop over the right-hand sides in an array, one or all of them at a time.

        OpenBLAS wakes its threads for several right-hand sides even of the smallest systems.

        Args:
            k: Number of the array.
            n: Length of a right-hand side.

        Yields:
            The addresses of the number of right-hand sides, and of the first.
        """
        builder, extents = self.builder, self.extents(k)
        zero, one = ir.Constant(_WORD, 0), ir.Constant(_WORD, 1)
        total = extents[0] if len(extents) == 2 else one
        small = builder.icmp_signed("<", builder.mul(n, total), ir.Constant(_WORD, SMALL))
        step = builder.select(small, one, total)
        step = builder.select(builder.icmp_signed("==", step, zero), one, step)
        with cgutils.for_range_slice(builder, zero, total, step) as (first, _):
            yield self.boxed(step), builder.gep(self.arrays[k].data, [builder.mul(first, n)])


def _lu(w: _Writer) -> None:
    w.copy(0, 1)
    n = w.extents(0)[0]
    size = w.boxed(n)
    arguments = [size, size, w.arrays[1].data, w.leading(n), w.arrays[2].data]
    w.set_flag(3, w.call("getrf", arguments))


def _lu_solve(w: _Writer) -> None:
    w.copy(2, 3)
    n = w.extents(0)[0]
    leading = w.leading(n)
    (transposed,) = w.options
    before = [w.letter(transposed, "T", "N"), w.boxed(n)]
    with w.sides(3, n) as (count, side):
        factors = [w.arrays[0].data, leading, w.arrays[1].data]
        w.call("getrs", [*before, count, *factors, side, leading])


def _triangular_solve(w: _Writer) -> None:
    w.copy(1, 2)
    n = w.extents(0)[0]
    leading = w.leading(n)
    lower, transposed, unit = w.options
    letters = [w.letter(lower, "L", "U"), w.letter(transposed, "T", "N"), w.letter(unit, "U", "N")]
    before = [*letters, w.boxed(n)]
    with w.sides(2, n) as (count, side):
        w.call("trtrs", [*before, count, w.arrays[0].data, leading, side, leading])


def _cholesky(w: _Writer) -> None:
    w.copy(0, 1)
    n = w.extents(0)[0]
    lower = w.letter(ir.Constant(_WORD, 1), "L", "U")
    report = w.call("potrf", [lower, w.boxed(n), w.arrays[1].data, w.leading(n)])
    w.set_flag(2, report)
    target = w.arrays[1]
    with cgutils.loop_nest(w.builder, w.extents(1), _WORD) as index:
        above = w.builder.icmp_signed(">", index[0], index[1])
        with w.builder.if_then(above):
            place = cgutils.get_item_pointer(w.context, w.builder, w.types[1], target, index)
            w.builder.store(cgutils.get_null_value(place.type.pointee), place)


_FUNCTIONS: dict[str, tuple[Callable[[_Writer], None], int, int]] = {
    "lu": (_lu, 4, 0),
    "lu_solve": (_lu_solve, 4, 1),
    "triangular_solve": (_triangular_solve, 3, 3),
    "cholesky": (_cholesky, 3, 0),
}
"""By op: what writes the call, and the numbers of arrays and of options it takes."""


def _intrinsic(write: Callable[[_Writer], None], count: int, options: int) -> Callable[..., None]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        write(_Writer(context, builder, signature, args, count))
        return context.get_dummy_value()

    def three(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
        return types.void(a, b, c), generate

    def four(typing_context: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return types.void(a, b, c, d), generate

    def five(typing_context: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
        return types.void(a, b, c, d, e), generate

    def six(typing_context: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
        return types.void(a, b, c, d, e, f), generate

    found: Callable[..., None] = intrinsic({3: three, 4: four, 5: five, 6: six}[count + options])
    return found


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    return _NAMESPACE


_NAMESPACE = MappingProxyType(
    {f"lapack_{name}": _intrinsic(*row) for name, row in _FUNCTIONS.items()}
)
