"""Reading and writing elements of arrays, at positions that count from the beginning.

Leaves: numba's lowering to LLVM code, but for elements. numba's own tests whether each position is
negative and then counts from the end, and takes the array apart in memory; LLVM would spend a good
part of the compilation removing that again. Generated source only has positions within the array.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.np.arrayobj import load_item, store_item

from autograph.backends.numba.compilation.lifetimes import LifetimeLower
from autograph.backends.numba.compilation.loop_hints import remember


class ElementLower(LifetimeLower):
    """Lowering that reads and writes elements directly."""

    def lower_getitem(
        self, result_type: Any, expr: Any, value: Any, index: Any, signature: Any
    ) -> Any:
        """Return an element, or what numba makes of another subscript."""
        place = self._place(value, index)
        if place is None:
            return super().lower_getitem(result_type, expr, value, index, signature)
        array_type = self.typeof(value.name)
        count = len(self.builder.block.instructions)
        element = load_item(self.context, self.builder, array_type, place)
        remember(self.builder, count)
        return self.context.cast(self.builder, element, array_type.dtype, result_type)

    def lower_setitem(self, target: Any, index: Any, value: Any, signature: Any) -> Any:
        """Write an element, or what numba writes at another subscript."""
        place = self._place(target, index)
        value_type = self.typeof(value.name)
        if place is None or not isinstance(value_type, types.Number | types.Boolean):
            return super().lower_setitem(target, index, value, signature)
        array_type = self.typeof(target.name)
        element = self.context.cast(
            self.builder, self.loadvar(value.name), value_type, array_type.dtype
        )
        count = len(self.builder.block.instructions)
        store_item(self.context, self.builder, array_type, element, place)
        remember(self.builder, count)
        return None

    def _place(self, array: Any, index: Any) -> Any:
        """Return the address of an element, None if a subscript is none of an element."""
        array_type, index_type = self.typeof(array.name), self.typeof(index.name)
        several = isinstance(index_type, BaseTuple)
        kinds = list(index_type) if several else [index_type]
        if not isinstance(array_type, types.Array) or len(kinds) != array_type.ndim:
            return None
        if not kinds or not all(map(_counts_from_the_beginning, kinds)):
            return None
        context, builder = self.context, self.builder
        positions = self.loadvar(index.name)
        given = cgutils.unpack_tuple(builder, positions, len(kinds)) if several else [positions]
        needed = {"C": ("shape", slice(1, None)), "F": ("shape", slice(None, -1))}
        field, axes = needed.get(array_type.layout, ("strides", slice(None)))
        extents: list[Any] = [None] * array_type.ndim
        for k in range(array_type.ndim)[axes]:
            extents[k] = self.field_of(array.name, field, k)
        words = [
            context.cast(builder, x, kind, types.intp) for x, kind in zip(given, kinds, strict=True)
        ]
        return cgutils.get_item_pointer2(
            context,
            builder,
            self.field_of(array.name, "data"),
            extents,
            extents,
            array_type.layout,
            words,
        )


def _counts_from_the_beginning(index_type: Any) -> bool:
    is_negative = isinstance(index_type, types.IntegerLiteral) and index_type.literal_value < 0
    return isinstance(index_type, types.Integer) and not is_negative
