"""The cotangents of a region's values, collected while the region runs backwards.

No cotangent means zero. What a `get` passes back is added in place into the one buffer that holds
the cotangent of the array; it waits if that buffer comes only from a write not yet reversed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.autodiff.primal import Frame
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse, scan
from autograph.ops.elementwise import add
from autograph.ops.reduction import sum_
from autograph.ops.structure import broadcast, inc, put_add, set_

_BUFFER_OPS = (set_, inc, put_add, scan, ifelse)

Part = Callable[[Value], Value]
"""Adds something in place: the buffer before -> the buffer after."""


def sum_onto(x: Value, dims: Sequence[Affine], axes: Sequence[int]) -> Value:
    """Undo a broadcast: sum over the axes of `x` that repeat an array of `dims`.

    Args:
        x: What has the dims of the broadcast array.
        dims: The dims of the array that was broadcast.
        axes: The axis of `x` that each of them became.
    """
    kept = [k for k, axis in enumerate(axes) if dims[k] != 1 or x.dims[axis] == 1]
    placed = {axes[k] for k in kept}
    summed = tuple(axis for axis in range(x.ndim) if axis not in placed)
    if summed:
        x = sum_(x, axes=summed)
    if len(kept) < len(dims):
        x = broadcast(x, dims=tuple(dims), axes=tuple(kept))
    return x


def fit(x: Value, dims: Sequence[Affine]) -> Value:
    """Sum or repeat `x`, whose dims align with `dims` at the right, so that it has `dims`."""
    lead = x.ndim - len(dims)
    if lead >= 0:
        x = sum_onto(x, dims, range(lead, x.ndim))
    if tuple(x.dims) != tuple(dims):
        x = broadcast(x, dims=tuple(dims), axes=tuple(range(len(dims) - x.ndim, len(dims))))
    return x


def whole(x: Value) -> tuple[Slice, ...]:
    """Return the index of all of an array."""
    return tuple(Slice(Affine(0), dim) for dim in x.dims)


def is_buffer(x: Value) -> bool:
    """Return whether a cotangent is stored already, so that adding in place is cheapest."""
    return x.ndim > 0 and (x.node is None or x.node.op in _BUFFER_OPS)


class Cotangents:
    """The cotangents of the values of one region, and of active values around it.

    Args:
        frame: Translates types of the region into the reverse graph.

    Attributes:
        added: Sums of cotangents: their terms may be added in any order.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._active = frame.plan.active
        self.added: list[Value] = []
        self._sums: dict[Value, Value] = {}
        self._waiting: dict[Value, list[Part]] = {}
        self._tapes: dict[Value, list[Value]] = {}

    def add(self, value: Value, x: Value) -> None:
        """Add `x`, of the dims of `value` or of what it was broadcast to."""
        if value not in self._active:
            return
        if not isinstance(value.type, ArrayType):
            self._tapes.setdefault(value, []).append(x)
            return
        x = fit(x, self._frame.dims(value))
        before = self._sums.get(value)
        if before is None:
            for part in self._waiting.pop(value, ()):
                x = part(x)
            self._sums[value] = x
        elif is_buffer(before):
            self._sums[value] = inc(before, x, index=whole(before))
        elif is_buffer(x):
            self._sums[value] = inc(x, before, index=whole(x))
        else:
            self._sums[value] = add(before, x)
            self.added.append(self._sums[value])

    def add_part(self, value: Value, part: Part) -> None:
        """Add in place to the cotangent of an array."""
        if value not in self._active:
            return
        if value in self._sums:
            self._sums[value] = part(self._sums[value])
        else:
            self._waiting.setdefault(value, []).append(part)

    def take(self, value: Value) -> Value | None:
        """Remove and return the cotangent of an array, None if it is zero."""
        if value in self._waiting:
            self.add(value, self._frame.zeros(value))
        return self._sums.pop(value, None)

    def take_tapes(self, tape: Value) -> list[Value]:
        """Remove and return the tapes that add up to the cotangent of a tape."""
        return self._tapes.pop(tape, [])

    def put(self, value: Value, x: Value) -> None:
        """Set the cotangent of an array that has none."""
        if value in self._sums:
            raise InternalError(f"{value!r} has a cotangent already")
        self._sums[value] = x
