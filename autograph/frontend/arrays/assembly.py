"""Arrays put together from nested lists of numbers and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograph.frontend.symbols.broadcasting import fitted_to, require_equal
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import PYTHON_DTYPES, Array, Kind, Number, array, constant
from autograph.frontend.symbols.view import Dims, broadcast_to
from autograph.ir.affine import Affine
from autograph.ir.graph import At, IndexItem, Slice, Value
from autograph.ir.types import DType
from autograph.ops.structure import empty, set_

LARGEST_SPELT_OUT = 64
"""Constant lists with more elements than this become an input of the program."""


def strong_dtype(kind: Kind) -> DType:
    """Return the dtype an array made of elements of this kind alone has."""
    return PYTHON_DTYPES[kind] if isinstance(kind, type) else kind


def array_of(items: Any, dtype: DType | None = None) -> Array:
    """Return a new array like `np.array(items)`."""
    if isinstance(items, Array | np.ndarray | Number) or not isinstance(items, list | tuple):
        if isinstance(items, np.ndarray):
            items = current_tracer().lift(items)
        return array(value_of(items, dtype or strong_dtype(kind_of(items))))
    leaves = list(_leaves(items))
    if dtype is None:
        kinds = [strong_dtype(kind_of(leaf)) for leaf in leaves]
        dtype = np.result_type(*kinds) if kinds else np.dtype(np.float64)
    dims = _dims(items)
    if len(leaves) > LARGEST_SPELT_OUT and not any(isinstance(x, Array | Number) for x in leaves):
        return array(current_tracer().lift(np.array(items, dtype)).read())
    first = leaves[0] if leaves else 0
    if leaves and all(type(x) is type(first) and not _is_staged(x) and x == first for x in leaves):
        return array(broadcast_to(constant(first, dtype), dims))
    dims = tuple(map(current_tracer().facts.canonical, dims))
    return array(_filled(empty(dims=dims, dtype=dtype), items, ()))


def _is_staged(x: Any) -> bool:
    return isinstance(x, Array | Number)


def _leaves(items: Any) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list | tuple):
            yield from _leaves(item)
        else:
            yield current_tracer().lift(item) if isinstance(item, np.ndarray) else item


def _dims(item: Any) -> Dims:
    if isinstance(item, np.ndarray):
        return tuple(map(Affine, item.shape))
    if not isinstance(item, list | tuple):
        return item.dims if isinstance(item, Array) else ()
    rows = [_dims(part) for part in item]
    for row in rows[1:]:
        if len(row) != len(rows[0]):
            raise unsupported("the parts of a nested list have different numbers of axes")
        for a, b in zip(rows[0], row, strict=True):
            require_equal(a, b)
    return (Affine(len(item)), *(rows[0] if rows else ()))


def _filled(base: Value, item: Any, at: tuple[At, ...]) -> Value:
    """Return the value with `item` written at a position of its first axes."""
    if isinstance(item, list | tuple):
        for k, part in enumerate(item):
            base = _filled(base, part, (*at, At(Affine(k))))
        return base
    if isinstance(item, np.ndarray):
        item = current_tracer().lift(item)
    dims = base.dims[len(at) :]
    value = fitted_to(value_of(item, base.dtype), dims)
    return placed(base, value, (*at, *(Slice(Affine(0), dim) for dim in dims)))


def placed(base: Value, value: Value, index: Sequence[IndexItem]) -> Value:
    """Return the value with the part that `index` selects replaced."""
    if all(item == Slice(Affine(0), dim) for item, dim in zip(index, base.dims, strict=True)):
        return broadcast_to(cast_to(value, base.dtype), base.dims)
    result: Value = set_(base, cast_to(value, base.dtype), index=tuple(index))
    return result
