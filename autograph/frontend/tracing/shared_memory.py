"""Arrays that share memory, told as parts of the array that owns the memory.

Enters: arrays of a call. Leaves: for each, which part of the owner it is: one item per axis of the
owner, a position or a stretch. What depends on no more than the layout (axes and steps) is taken as
known; where the parts begin comes from the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any, Literal

import numpy as np
from msgspec import Struct

from autograph.frontend.numpy_api.numpy_reduce import product_of
from autograph.frontend.symbols.inputs import Names, Path, Source
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.symbols.view import Axis, Dims, Repeated, Reshaped, Selection, Step, View
from autograph.frontend.tracing.premises import Premise
from autograph.ir.affine import Affine
from autograph.ir.graph import At, IndexItem, Slice

Mode = Literal["owner", "grid", "flat"]
"""How a memory is taken: as the array that owns it, under the strides of an array in it, or as one
axis."""


class Layout(Struct, frozen=True):
    """How an array lies in its memory.

    Attributes:
        axes: For each axis of the memory, the axis of the array that runs along it, None if the
            array has a single position there.
        steps: For each axis of the memory, how many positions apart neighbours of the array are.
        block: Whether the array is a block of a memory of one axis, in row-major order.
    """

    axes: tuple[int | None, ...]
    steps: tuple[int, ...]
    block: bool = False


class Located(Struct, frozen=True):
    """A layout, and the position in each axis of the memory at which the array begins."""

    layout: Layout
    starts: tuple[int, ...]


def owner_of(x: Any) -> Any:
    """Return the array that owns the memory of an array; None if no plain array does."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x if x.base is None and type(x) is np.ndarray else None


MOST_WORK = 10_000
"""How long to look for an element that two arrays have in common; beyond it, there is one."""


def share_memory(a: Any, b: Any) -> bool:
    """Return whether two arrays have an element in common: not if their elements alternate."""
    a, b = _on_host(a), _on_host(b)
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=MOST_WORK)  # type: ignore[arg-type]
    except (np.exceptions.TooHardError, OverflowError):
        return True


def _on_host(x: Any) -> Any:
    """Return an array at the addresses of one on a device; nobody looks at its contents."""
    if isinstance(x, np.ndarray):
        return x
    return np.asarray(_Interface({**x.__cuda_array_interface__, "version": 3}))


class _Interface:
    def __init__(self, fields: dict[str, Any]) -> None:
        self.__array_interface__ = fields


def memory_of(x: Any, mode: Mode) -> Any:
    """Return the memory of an array as an array of at least one axis; None if it cannot be."""
    owner = owner_of(x)
    if owner is None or owner.dtype != x.dtype or not owner.size or not owner.flags.forc:
        return None
    if mode == "owner" and owner.ndim:
        return owner if owner.flags.c_contiguous else owner.T
    if not owner.flags.c_contiguous:
        return None
    flat = owner.reshape(-1)
    if mode != "grid":
        return flat
    widths = sorted((abs(s) // x.itemsize for s in x.strides), reverse=True)[:-1]
    sizes = [a // b for a, b in pairwise([flat.size, *widths, 1]) if b]
    return flat.reshape(sizes) if len(sizes) == x.ndim and prod(sizes) == flat.size else None


def locate(x: Any, memory: Any) -> Located | None:
    """Return where an array lies in its memory, None if that cannot be told axis by axis."""
    if memory is None or owner_of(x) is not owner_of(memory) or x.dtype != memory.dtype:
        return None
    offset = (_address(x) - _address(memory)) // x.itemsize if x.size else 0
    if memory.ndim == 1 and x.flags.c_contiguous and x.ndim > 1:
        return Located(Layout((0,), (1,), block=True), (offset,))
    strides = [s // x.itemsize for s in memory.strides]
    order = sorted(range(memory.ndim), key=lambda k: (-strides[k], -memory.shape[k]))
    starts = [0] * memory.ndim
    for k in order:
        if memory.shape[k] > 1:
            starts[k], offset = divmod(offset, strides[k])
    along = _axes_along(x, memory, order, starts)
    return None if along is None or offset else Located(Layout(*along), tuple(starts))


def _address(x: Any) -> int:
    return int(x.__array_interface__["data"][0])


def _axes_along(
    x: Any, memory: Any, order: Sequence[int], starts: Sequence[int]
) -> tuple[tuple[int | None, ...], tuple[int, ...]] | None:
    """Return the axes of an array that run along those of its memory, and their steps."""
    axes: list[int | None] = [None] * memory.ndim
    steps = [1] * memory.ndim
    for axis, (size, stride) in enumerate(zip(x.shape, x.strides, strict=True)):
        if size == 1 and stride == 0:
            return None
        for k in order:
            step = stride // memory.strides[k]
            last = starts[k] + step * (size - 1)
            fits = stride % memory.strides[k] == 0 and step != 0 and axes[k] is None
            if fits and (not x.size or 0 <= last < memory.shape[k]):
                axes[k], steps[k] = axis, step
                break
        else:
            return None
    return tuple(axes), tuple(steps)


# ---------------------------------------------------------------- where inputs come from


class Memory(Source, frozen=True, eq=False):
    """The memory of the array from another source."""

    of: Source
    mode: Mode

    @property
    def path(self) -> Path:
        """What identifies it."""
        return (*self.of.path, "memory", self.mode)

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(memory_of)}({self.of.text(names)}, {self.mode!r})"


class Start(Source, frozen=True, eq=False):
    """Where the array from another source begins in an axis of its memory."""

    of: Source
    memory: Memory
    axis: int

    @property
    def path(self) -> Path:
        """What identifies it."""
        return (*self.of.path, "start", self.axis)

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        parts = f"{self.of.text(names)}, {self.memory.text(names)}, {self.axis}"
        return f"{names.of(start_of)}({parts})"


class HasLayout(Premise, frozen=True, eq=False):
    """There is an array that lies in a memory with a certain layout."""

    memory: Memory
    layout: Layout

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        parts = f"{self.source.text(names)}, {self.memory.text(names)}"
        return f"{names.of(has_layout)}({parts}, {names.of(self.layout)})"


class HaveNothingInCommon(Premise, frozen=True, eq=False):
    """The arrays at two places have no element in common."""

    other: Source

    def text(self, names: Names) -> str:
        """Return the expression that tests it."""
        parts = f"{self.source.text(names)}, {self.other.text(names)}"
        return f"not {names.of(share_memory)}({parts})"


def start_of(x: Any, memory: Any, axis: int) -> int:
    """Return where an array, which lies in a memory, begins in an axis of the memory."""
    located = locate(x, memory)
    assert located is not None
    return located.starts[axis]


def has_layout(x: Any, memory: Any, layout: Layout) -> bool:
    """Return whether an array lies in a memory with a certain layout."""
    located = locate(x, memory)
    return located is not None and located.layout == layout


def common_memory(sources: Sequence[Source], arrays: Sequence[Any]) -> Memory | None:
    """Return a memory in which some arrays, which overlap, can be told as parts; None if none is.

    Args:
        sources: Where the arrays come from.
        arrays: The arrays in the traced call.
    """
    widest = max(range(len(arrays)), key=lambda k: arrays[k].ndim)
    modes: tuple[Mode, ...] = ("owner", "grid", "flat")
    for mode in modes:
        memory = memory_of(arrays[widest], mode)
        if all(locate(x, memory) is not None for x in arrays):
            of = sources[widest]
            return Memory(f"{of.name}_memory", of, mode)
    return None


# ---------------------------------------------------------------- parts of the memory


def part(cell: Cell, layout: Layout, starts: Sequence[Affine], dims: Dims) -> Array:
    """Return the handle of an array of some dims that is a part of a buffer.

    Args:
        cell: The buffer.
        layout: How the array lies in it.
        starts: Where it begins in each axis of the buffer.
        dims: The dims of the array.
    """
    if layout.block:
        length = product_of(dims)
        steps: tuple[Step, ...] = (
            Selection((Slice(starts[0], length),), (0,)),
            Reshaped((length,), dims),
        )
        return Array(cell, View(cell.value.dims, steps))
    index: list[IndexItem] = []
    kept: list[int] = []
    for axis, step, start in zip(layout.axes, layout.steps, starts, strict=True):
        if axis is None:
            index.append(At(start))
        else:
            index.append(Slice(start, dims[axis], step))
            kept.append(axis)
    order: list[Axis] = [
        kept.index(axis) if axis in kept else Repeated(Affine(1)) for axis in range(len(dims))
    ]
    selection = Selection(tuple(index), tuple(order))
    return Array(cell, View(cell.value.dims, (selection,)))
