"""Ops that a routine of a library computes as a whole, and how they are declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Node
from autograph.ir.op import Nondifferentiable, Op
from autograph.ir.types import ArrayType, Type, array
from autograph.ops.define import array_types

Routine = Callable[..., Sequence[Any]]


def constant_options(node: Node) -> dict[str, Any]:
    """Return the attributes that a routine is given: those that are constants, not forms."""
    return {key: x for key, x in node.attrs.items() if not isinstance(x, Affine)}


def routine_op(
    name: str,
    infer: Callable[[Node], Sequence[Type]],
    routine: Routine,
    derivative: Nondifferentiable | None = None,
) -> Op:
    """Declare an op that a routine computes as a whole.

    Args:
        name: The op's name.
        infer: Its result types.
        routine: Returns all results, given the operands and the attributes that are constants.
        derivative: Why there is none, if no result varies smoothly with the operands.
    """

    def evaluate(
        node: Node, operands: Sequence[Any], form: Callable[[Affine], int]
    ) -> Sequence[Any]:
        results = routine(*operands, **constant_options(node))
        return [
            np.asarray(x).astype(v.dtype, copy=False)[()]
            for x, v in zip(results, node.results, strict=True)
        ]

    return Op(name, "routine", infer, evaluate, routine=routine, derivative=derivative)


# ---------------------------------------------------------------- order


def _axis_of(node: Node) -> ArrayType:
    (x,) = array_types(node)
    if not 0 <= node.attrs["axis"] < x.ndim:
        raise TypeError(f"axis {node.attrs['axis']} of {x}")
    return x


sort = routine_op(
    "sort",
    lambda node: (_axis_of(node),),
    lambda x, axis, kind: (np.sort(x, axis, kind),),
)
"""The array sorted along `axis`, NaN last, by the algorithm `kind`."""

argsort = routine_op(
    "argsort",
    lambda node: (array(np.int64, _axis_of(node).dims),),
    lambda x, axis, kind: (np.argsort(x, axis, kind),),
)
"""The positions along `axis` that sort the array, ties as the algorithm `kind` leaves them."""


def _infer_partition(node: Node) -> tuple[ArrayType, ArrayType]:
    x, positions = array_types(node)
    if not 0 <= node.attrs["axis"] < x.ndim or positions.dtype != np.int64 or positions.ndim != 1:
        raise TypeError(f"a partition of {x} along axis {node.attrs['axis']} at {positions}")
    return x, positions


partition = routine_op(
    "partition",
    lambda node: _infer_partition(node)[:1],
    lambda x, positions, axis: (np.partition(x, positions, axis),),
)
"""The array with the elements at some positions of `axis` where sorting would put them."""

argpartition = routine_op(
    "argpartition",
    lambda node: (array(np.int64, _infer_partition(node)[0].dims),),
    lambda x, positions, axis: (np.argpartition(x, positions, axis),),
)
"""The positions along `axis` that partition the array."""
