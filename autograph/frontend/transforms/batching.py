"""Functions applied to each item of a batch: a loop over the items, results stacked.

A loop serves every function, however its own loops and branches depend on the item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.errors import AutographError
from autograph.frontend.numpy_api import numpy_shape
from autograph.frontend.numpy_api.defined import Definition
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.staged import staged
from autograph.frontend.symbols.symbolic import Array, array, python_number, under_dims, wrap
from autograph.frontend.tracing.columns import rows_index
from autograph.frontend.tracing.tracer import tracer
from autograph.frontend.transforms import definitions
from autograph.frontend.transforms.arguments import applied
from autograph.frontend.transforms.trees import children, mapped, settled
from autograph.ir.affine import Affine
from autograph.ops.structure import get

InAxes = Any
"""An axis, None, or a container of these in the structure of what they are of."""


def stacked(count: Affine, make: Callable[[Any], Any]) -> Any:
    """Return what `make` makes of 0, 1, ..., count - 1, with a first axis of so many items.

    Args:
        count: How many items.
        make: Given a position, returns arrays and numbers in containers, always the same ones.
    """
    trees: list[Any] = []

    @staged
    def one(k: Any) -> tuple[Any, ...]:
        leaves: list[Any] = []

        def note(x: Any, name: str) -> Any:
            leaves.append(wrap(value_of(x)))
            return len(leaves) - 1

        trees.append(mapped(make(k), note, "the result"))
        return tuple(leaves)

    number = python_number(int, count)
    items = Definition.convert(definitions.collected)(number, one)
    growing = growing_of(items)
    if growing is not None:
        columns = [
            get(column, index=rows_index(column, Affine(0), growing.length))
            for column in growing.columns
        ]
        arrays = [array(under_dims(c, (count, *c.dims[1:]))) for c in columns]
    elif not items:
        raise unsupported("a batch without items is not supported where its size is known")
    else:
        arrays = [numpy_shape.stack(column) for column in zip(*items, strict=True)]
    return _filled(trees[-1], arrays)


def _filled(tree: Any, arrays: Sequence[Any]) -> Any:
    return mapped(tree, lambda position, name: arrays[int(position)])


# ---------------------------------------------------------------- vmap


def vmap(
    fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], in_axes: InAxes, out_axes: InAxes
) -> Any:
    """Return the results of a function on each item of its arguments, stacked."""
    axes = in_axes if isinstance(in_axes, tuple | list) else (in_axes,) * len(args)
    if len(axes) != len(args):
        raise AutographError(f"in_axes has {len(axes)} items for {len(args)} arguments")
    mapped_axes: list[tuple[Array, int]] = []
    trees = [_with_axes(x, a, mapped_axes) for x, a in zip(args, axes, strict=True)]
    trees += [_with_axes(x, 0, mapped_axes) for x in kwargs.values()]
    if not mapped_axes:
        raise AutographError("vmap needs at least one array with an axis to go along")
    (first, axis), *others = mapped_axes
    count = first.dims[axis]
    for other, k in others:
        require_equal(other.dims[k], count)

    def make(k: Any) -> Any:
        given = [_item(tree, k) for tree in trees]
        named = dict(zip(kwargs, given[len(args) :], strict=True))
        return applied(fn, given[: len(args)], named)

    result = stacked(count, make)
    return _moved(result, out_axes)


class _Mapped:
    """An array of which each item gets a part, or a content that all get."""

    def __init__(self, content: Any, axis: int | None) -> None:
        self.content = content
        self.axis = axis


def _with_axes(content: Any, axes: InAxes, found: list[tuple[Array, int]]) -> Any:
    """Return the structure with arrays and their axes in it."""
    content = settled(content)
    if axes is None:
        return _Mapped(content, None)
    parts = children(content)
    if parts is not None:
        given = children(axes) if not isinstance(axes, int) else dict.fromkeys(parts, axes)
        if given is None or given.keys() != parts.keys():
            raise AutographError(f"in_axes {axes!r} has not the structure of its argument")
        marks = iter([_with_axes(parts[k], given[k], found) for k in parts])
        return _rebuilt(content, lambda: next(marks))
    if not isinstance(content, Array):
        raise AutographError(
            f"in_axes has {axes} for {'a number' if is_number(content) else 'something'} without "
            "axes: None passes it to every item"
        )
    if not -content.ndim <= axes < content.ndim:
        raise AutographError(f"in_axes has {axes} for an array of {content.ndim} axes")
    found.append((content, axes % content.ndim))
    return _Mapped(content, axes % content.ndim)


def _rebuilt(content: Any, part: Callable[[], Any]) -> Any:
    if isinstance(content, dict):
        return {k: part() for k in content}
    parts = [part() for _ in children(content) or ()]
    return tuple.__new__(type(content), parts) if isinstance(content, tuple) else parts


def _item(tree: Any, k: Any) -> Any:
    """Return what the item at a position gets."""
    if isinstance(tree, _Mapped):
        if tree.axis is None:
            return tree.content
        key = (*(slice(None),) * tree.axis, k)
        part = tree.content[key]
        return wrap(part.read()) if isinstance(part, Array) else part
    if isinstance(tree, dict):
        return tracer().mark_made({name: _item(x, k) for name, x in tree.items()})
    parts = [_item(x, k) for x in tree]
    return tuple.__new__(type(tree), parts) if isinstance(tree, tuple) else parts


def _moved(result: Any, axes: InAxes) -> Any:
    """Return stacked results with the new axis where it is wanted."""
    if isinstance(axes, int):
        if axes == 0:
            return result
        return mapped(result, lambda x, name: numpy_shape.moveaxis(x, 0, axes))
    parts = children(result)
    if not isinstance(axes, tuple | list | dict) or parts is None or len(axes) != len(parts):
        raise AutographError(f"out_axes {axes!r} has not the structure of the result")
    given = axes.values() if isinstance(axes, dict) else axes
    moved = iter([_moved(x, a) for x, a in zip(parts.values(), given, strict=True)])
    return _rebuilt(result, lambda: next(moved))
