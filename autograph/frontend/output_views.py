"""How to make views of the arrays that a compiled function returns.

Enters: a view. Leaves: what is done with the array that it is one of, one thing after the other;
sizes and positions are known, or results of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.view import Diagonal, Part, Reshaped, Step, View, Windows
from autograph.ir.affine import Affine
from autograph.ir.graph import At

Size = int | tuple[int]
"""A size, or where among the results of a call it is."""


def size_in(form: Size, results: Sequence[Any]) -> int:
    """Return a size."""
    return form if isinstance(form, int) else int(results[form[0]])


class _Position(Struct, frozen=True):
    at: Size

    def index(self, results: Sequence[Any]) -> Any:
        return size_in(self.at, results)


class _Range(Struct, frozen=True):
    start: Size
    length: Size
    step: int

    def index(self, results: Sequence[Any]) -> Any:
        start, length = size_in(self.start, results), size_in(self.length, results)
        if length == 0:  # a start beyond the axis would count from its end
            return slice(0, 0)
        stop = start + length * self.step
        return slice(start, None if stop < 0 else stop, self.step)


class _Whole(Struct, frozen=True):
    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        return array[...]


class _Diagonal(Struct, frozen=True):
    row: Size
    column: Size

    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        return array.diagonal(size_in(self.column, results) - size_in(self.row, results))


class _Windows(Struct, frozen=True):
    axes: tuple[int, ...]
    sizes: tuple[Size, ...]

    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        sizes = tuple(size_in(size, results) for size in self.sizes)
        return np.lib.stride_tricks.sliding_window_view(array, sizes, self.axes)


class _Part(Struct, frozen=True):
    imaginary: bool

    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        return array.imag if self.imaginary else array.real


class _Reshape(Struct, frozen=True):
    dims: tuple[Size, ...]

    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        return array.reshape([size_in(d, results) for d in self.dims])


class _Select(Struct, frozen=True):
    items: tuple[Any, ...]
    axes: tuple[Size, ...]
    kept: tuple[bool, ...]

    def __call__(self, array: Any, results: Sequence[Any]) -> Any:
        part = array[(*(item.index(results) for item in self.items), ...)]  # never a scalar
        order = [a for a, kept in zip(self.axes, self.kept, strict=True) if kept]
        part = part.transpose(order)
        if all(self.kept):
            return part
        index = tuple(slice(None) if kept else None for kept in self.kept)
        expanded = part[index]
        shape = [
            size if kept else size_in(axis, results)
            for axis, kept, size in zip(self.axes, self.kept, expanded.shape, strict=True)
        ]
        return expanded if expanded.shape == tuple(shape) else np.broadcast_to(expanded, shape)


def view_steps(view: View, size: Callable[[Affine], Size]) -> tuple[Any, ...]:
    """Return what makes a view; `size` says where a size is found."""
    return tuple(_step(step, size) for step in view.steps) or (_Whole(),)


def _step(step: Step, size: Callable[[Affine], Size]) -> Any:
    if isinstance(step, Part):
        return _Part(step.imaginary)
    if isinstance(step, Diagonal):
        row, column = step.starts
        return _Diagonal(size(row), size(column))
    if isinstance(step, Windows):
        return _Windows(step.axes, tuple(map(size, step.sizes)))
    if isinstance(step, Reshaped):
        return _Reshape(tuple(map(size, step.dims)))
    items: list[Any] = []
    for item in step.index:
        if isinstance(item, At):
            items.append(_Position(size(item.position)))
        else:
            items.append(_Range(size(item.start), size(item.length), item.step))
    axes = tuple(a if isinstance(a, int) else size(a.length) for a in step.axes)
    kept = tuple(isinstance(a, int) for a in step.axes)
    return _Select(tuple(items), axes, kept)
