"""Selections by a mask, `a[mask]`, whose length is known only when the program runs.

The selection is kept as the full array beside the mask. Elementwise functions apply to the full
array, and writing the result back under the same mask is a `switch`; the elements outside the mask
are computed in vain but never seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograph.frontend.context import current_tracer, unsupported
from autograph.frontend.promotion import cast_to
from autograph.frontend.symbolic import Array, Symbolic, missing_attribute, python_number
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops.reduction import sum_


class Masked(Symbolic):
    """The elements of an array where a mask holds.

    Attributes:
        full: The value of the whole array.
        mask: The bool value of the same dims.
    """

    __slots__ = ("full", "mask")

    attributes: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def __init__(self, full: Value, mask: Value) -> None:
        self.full = full
        self.mask = mask

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self.full.dtype

    def count(self) -> Any:
        """Return how many elements there are."""
        counted = cast_to(self.mask, np.dtype(np.int64))
        return python_number(int, sum_(counted, axes=tuple(range(self.mask.ndim))))

    def _no_attribute(self, name: str) -> Exception:
        return missing_attribute(np.ndarray, "selection by a mask", name)


def common_mask(operands: list[Any]) -> Value | None:
    """Return the mask of the masked operands, None if there are none.

    Raises:
        UnsupportedError: If the masks differ, or an operand is an array.
    """
    masks = [x.mask for x in operands if isinstance(x, Masked)]
    if not masks:
        return None
    if not all(same_value(mask, masks[0]) for mask in masks):
        raise unsupported("selections by different masks cannot be combined; use np.where")
    if any(isinstance(x, Array) and x.ndim > 0 for x in operands):
        raise unsupported(
            "an array cannot be combined with a selection by a mask: select from the array with "
            "the same mask, or use np.where"
        )
    return masks[0]


def same_value(a: Value, b: Value) -> bool:
    """Return whether two values are computed in the same way from the same values."""
    if a is b:
        return True
    if a.node is None or b.node is None or a.node.op is not b.node.op:
        return False
    facts = current_tracer().facts
    pure = (
        a.node.op.kind in ("elementwise", "view", "index", "create") and a.node.op.name != "empty"
    )
    return (
        pure
        and a.node.attrs == b.node.attrs
        and tuple(map(facts.canonical, a.dims)) == tuple(map(facts.canonical, b.dims))
        and len(a.node.operands) == len(b.node.operands)
        and all(map(same_value, a.node.operands, b.node.operands))
    )
