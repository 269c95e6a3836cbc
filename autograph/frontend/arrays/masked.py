"""Selections by a mask, `a[mask]`, whose length is known only when the program runs.

The selection is kept as the full array beside the mask. Elementwise functions apply to the full
array, and writing the result back under the same mask is a `switch`; the elements outside the mask
are computed in vain but never seen. Anything else takes the selected elements as an array, whose
length is a number that the program counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    Symbolic,
    array,
    python_number,
    under_canonical_dims,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import DType
from autograph.ops.reduction import sum_
from autograph.ops.structure import nonzero, take


class Masked(Symbolic):
    """The elements of an array where a mask holds.

    Attributes:
        full: The value of the whole array.
        mask: The bool value of the same dims.
    """

    __slots__ = ("_elements", "_full", "_mask", "_passed_on", "_taken")

    attributes: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def __init__(self, full: Value, mask: Value, *, passed_on: bool = False) -> None:
        self._passed_on = passed_on
        self._full = full
        self._mask = mask
        self._elements: Array = array(take(self.full, *positions_where(self.mask)))
        self._taken = self._elements.cell.value

    @property
    def intact(self) -> bool:
        """Whether no selected element was changed, so that the full array still has them."""
        return self._elements.cell.value is self._taken

    @property
    def full(self) -> Value:
        """The whole array, over the representatives of sizes known to be equal."""
        return under_canonical_dims(self._full)

    @property
    def mask(self) -> Value:
        """The mask, over the same."""
        return under_canonical_dims(self._mask)

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self.full.dtype

    def count(self) -> Any:
        """Return how many elements there are."""
        counted = cast_to(self.mask, INT64)
        return python_number(int, sum_(counted, axes=tuple(range(self.mask.ndim))))

    def elements(self) -> Array:
        """Return the selected elements as a new array; the same one whenever it is asked for."""
        return self._elements

    def changeable(self) -> Array:
        """Return the selected elements to be changed.

        Raises:
            UnsupportedError: If a branch or loop has passed on the selection, of which there may be
                another name then.
        """
        if self._passed_on:
            raise unsupported(
                "a selection by a mask that comes from a branch or a loop cannot be changed; copy "
                "it first: x[mask].copy()"
            )
        return self._elements

    def __getattr__(self, name: str) -> Any:
        read = type(self).attributes.get(name)
        return getattr(self.elements(), name) if read is None else read(self)


def with_elements(x: Any) -> Any:
    """Return an argument in which selections by masks are arrays of the selected elements."""
    if isinstance(x, Masked):
        return x.elements()
    if not isinstance(x, tuple | list | dict):
        return x
    parts = list(x.values() if isinstance(x, dict) else x)
    new = list(map(with_elements, parts))
    if all(a is b for a, b in zip(parts, new, strict=True)):
        return x
    return dict(zip(x, new, strict=True)) if isinstance(x, dict) else type(x)(new)


def positions_where(mask: Value) -> tuple[Value, ...]:
    """Return the positions at which a mask holds, one vector per axis.

    Equal masks have the same positions, so that what is selected by them has the same length.
    """
    facts = current_tracer().facts
    for (_, other), earlier in facts.remembered("positions"):
        if same_value(other, mask):
            return tuple(earlier)
    counted: Value = sum_(cast_to(mask, INT64), axes=tuple(range(mask.ndim)))
    length = Affine.of(counted)
    facts.learn(length)
    if mask.ndim == 1:
        facts.learn(mask.dims[0] - length)
    positions = nonzero(mask, length=length)
    found = positions if isinstance(positions, tuple) else (positions,)
    return facts.once(("positions", mask), lambda: found)


def common_mask(operands: list[Any]) -> Value | None:
    """Return the mask of the masked operands, None if they do not share one.

    Then, and where an array of as many elements is among the operands or elements were changed, the
    elements are needed.
    """
    masks = [x.mask for x in operands if isinstance(x, Masked)]
    if not all(x.intact for x in operands if isinstance(x, Masked)):
        return None
    if not masks or not all(same_value(mask, masks[0]) for mask in masks):
        return None
    if any(isinstance(x, Array) and x.ndim > 0 for x in operands):
        return None
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
