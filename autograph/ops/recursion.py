"""Recursive functions: a node that calls a routine, and the calls that the routine makes of itself.

A routine is a graph of its own. It sees nothing of what is around it: all it needs is among its
params, sizes of arrays included. What it does to an array that it was given is a result, which the
node knows to be the array's new content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, emit
from autograph.ir.op import Op
from autograph.ir.types import ArrayType, DType, Type
from autograph.ops.define import array_types

Dims = tuple[Affine | None, ...]
"""Dims of a result; None for an extent that only the call tells: a result before it."""


class ResultType(Struct, frozen=True):
    """The type of a result: `None` among the dims stands for the scalar results right before it."""

    dtype: DType
    dims: Dims = ()

    @property
    def unknown(self) -> int:
        """How many extents only the call tells."""
        return sum(dim is None for dim in self.dims)


def _infer(node: Node) -> Iterator[Type]:
    array_types(node)
    types = zip(node.attrs["dtypes"], node.attrs["dims"], strict=True)
    for position, (dtype, dims) in enumerate(types):
        unknown = sum(dim is None for dim in dims)
        sizes = iter(node.results[position - unknown : position])
        filled = (Affine.of(next(sizes)) if dim is None else dim for dim in dims)
        yield ArrayType(dtype, tuple(filled))


recursion = Op("recursion", "control", _infer)
"""Calls a routine, which is the region, with the operands for its params.

Attributes: `dtypes` and `dims` of the results (see `ResultType`), `writes`: pairs of a result and
the operand whose new content it is, and `deepest`: how many calls may be under way at a time; 1 for
a routine that many places call, but that does not call itself. Where a call goes deeper, or the
machine's stack comes to its end, the call of the program is abandoned.
"""

recurse = Op("recurse", "effect", _infer)
"""Calls the innermost routine around it; attributes as those of `recursion` but for `deepest`."""


def _attrs(types: Sequence[ResultType], writes: Sequence[tuple[int, int]]) -> dict[str, Any]:
    return {
        "dtypes": tuple(t.dtype for t in types),
        "dims": tuple(t.dims for t in types),
        "writes": tuple(writes),
    }


def make_recursion(
    routine: Graph,
    operands: Sequence[Value],
    types: Sequence[ResultType],
    writes: Sequence[tuple[int, int]],
    deepest: int,
) -> tuple[Value, ...]:
    """Emit a call of a routine."""
    attrs = {**_attrs(types, writes), "deepest": deepest}
    return emit(recursion, operands, attrs, [routine])


def make_recurse(
    operands: Sequence[Value], types: Sequence[ResultType], writes: Sequence[tuple[int, int]]
) -> tuple[Value, ...]:
    """Emit a call of the routine that is being built."""
    return emit(recurse, operands, _attrs(types, writes))
