"""Arrays of lists whose length is known only when the program runs: what they make.

Enters: the items of a list. Leaves: an array of them, what functions of NumPy make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograph.frontend.arrays.slices import (
    position,
)
from autograph.frontend.flow.control import fork, value_if
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.numpy_api import numpy_shape
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.numpy_api.numpy_create import arange
from autograph.frontend.symbols.condition import positive
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.growing import (
    Growing,
    growing_of,
    row_index,
)
from autograph.frontend.symbols.symbolic import (
    Array,
    array,
    fail,
    require,
)
from autograph.frontend.tracing.columns import rows_index
from autograph.frontend.tracing.composite import Container, Inner, OneOf
from autograph.frontend.tracing.rows import HeldView, Row, SizedRow
from autograph.frontend.tracing.template import Scalar
from autograph.frontend.tracing.template_facts import holds
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ir.types import ArrayType
from autograph.ops.elementwise import cast, equal, logical_not, logical_or, switch
from autograph.ops.reduction import all_, any_
from autograph.ops.structure import empty, get

UNLIKE_ITEMS = (
    "an array is made of a list whose length is known only when the program runs and whose "
    "items are not all numbers of one type or arrays of one shape; convert each item, "
    "for example with float(...), before it is appended"
)
UNLIKE_SHAPES = "ValueError: all input arrays must have the same shape"


def column_of(items: Growing) -> Any:
    """Return an array of the items: numbers of one kind, arrays of one shape, or tuples of them.

    Raises:
        UnsupportedError: If they are anything else.
    """
    items = _without_views(items)
    are_tuples = isinstance(items.element, Container) and items.element.kind is tuple
    if isinstance(items.element, SizedRow | Inner) or (are_tuples and items.columns):
        return value_if(
            positive(items.length),
            lambda: _stacked_parts(items) if are_tuples else column_of(_of_one_shape(items)),
            lambda: array(empty(dims=(Affine(0),), dtype=np.dtype(np.float64))),
        )
    value = _values(items)
    if value.dtype == np.float64 and value.ndim == 1:
        return array(value)
    return _nonempty_or_floats(items.length, value)


def _without_views(items: Growing) -> Growing:
    """Return items, those of which a list refers to arrays as copies of the arrays."""
    if not holds(items.element, HeldView):
        return items
    copies = growing_of(defined(python_lists.copies)([items]))
    assert copies is not None
    return copies


def _stacked_parts(items: Growing) -> Any:
    """Return an array of items that are tuples, of which there is one at least."""
    assert isinstance(items.element, Container)
    columns, parts = iter(items.columns), []
    for _, part in items.element.pairs():
        own = [next(columns) for _ in part.types()]
        parts.append(column_of(Growing(part, own, items.length, items.capacity)))
    return fork(tuple(parts), lambda arrays: numpy_shape.stack(arrays, 1))


def _of_one_shape(items: Growing) -> Growing:
    """Return items, of which there is one at least, as arrays of the shape of the first."""
    columns = list(items.columns)
    if isinstance(items.element, Inner):
        inner, count = items.element.items.element, _common_size(items, columns.pop(0))
        if not isinstance(inner, Scalar) and not isinstance(inner, Row):
            raise unsupported(UNLIKE_ITEMS)
        (type_,) = inner.types()
        dims = [count, *type_.dims]
    else:
        assert isinstance(items.element, SizedRow)
        place = items.element.place
        dims = [_common_size(items, columns.pop(0)) if d is None else d for d in place.dims]
        type_ = ArrayType(place.dtype)
    (column,) = columns
    index = (Slice(Affine(0), items.capacity), *(Slice(Affine(0), dim) for dim in dims))
    row = Row(ArrayType(type_.dtype, tuple(dims)))
    return Growing(row, [get(column, index=index)], items.length, items.capacity)


def _common_size(items: Growing, sizes: Value) -> Affine:
    """Return the size that all items have, of which there is one at least."""
    first = get(sizes, index=row_index(sizes, Affine(0)))
    all_sizes = get(sizes, index=rows_index(sizes, Affine(0), items.length))
    require(all_(equal(all_sizes, first), axes=(0,)), UNLIKE_SHAPES)
    size = Affine.of(first)
    tracer().facts.learn(size)
    return size


def _values(items: Growing) -> Value:
    """Return the values of items: numbers, or arrays of one shape.

    Raises:
        UnsupportedError: If they are anything else.
    """
    element = items.element
    columns: list[Value] = [
        get(c, index=rows_index(c, Affine(0), items.length)) for c in items.columns
    ]
    if isinstance(element, Scalar | Row):
        (value,) = columns
        return value
    if not isinstance(element, OneOf):
        raise unsupported(UNLIKE_ITEMS)
    if not all(isinstance(t, Scalar) for t in element.alternatives):
        raise unsupported(UNLIKE_ITEMS)
    are_others = columns[: len(element.alternatives) - 1]
    stored = columns[len(are_others) :]
    if len(stored) == 1:
        return stored[0]
    return _of_common_dtype(list(element.storage().values()), are_others, stored, items.length)


def _of_common_dtype(
    groups: Sequence[Sequence[int]],
    are_others: Sequence[Value],
    stored: Sequence[Value],
    length: Affine,
) -> Value:
    """Return numbers of several kinds as those of the kind that all can be cast to.

    NumPy does so if one of them is of this kind; else plain Python runs.

    Args:
        groups: The alternatives that each column holds.
        are_others: Of each alternative but the first, which items are such.
        stored: A column of values for each group.
        length: How many items there are.
    """
    common = np.result_type(*(value.dtype for value in stored))
    if all(value.dtype != common for value in stored):
        raise unsupported(UNLIKE_ITEMS)
    is_first = logical_not(reduce(logical_or, are_others))
    conditions = [is_first, *are_others]
    owners = [reduce(logical_or, (conditions[k] for k in group)) for group in groups]
    value: Value = cast(stored[0], dtype=common)
    for is_own, own in zip(owners[1:], stored[1:], strict=True):
        value = switch(is_own, cast(own, dtype=common), value)
    (decisive,) = (o for o, s in zip(owners, stored, strict=True) if s.dtype == common)
    is_empty = (~positive(length)).value()
    tracer().check(logical_or(any_(decisive, axes=(0,)), is_empty), UNLIKE_ITEMS)
    return value


def _nonempty_or_floats(length: Affine, value: Value) -> Any:
    """Return the array of items; of none, NumPy makes a vector of floats."""
    facts = tracer().facts
    if facts.assume_nonnegative(length - 1):
        return array(value)
    nothing: Value = empty(dims=(Affine(0),), dtype=np.dtype(np.float64))
    if facts.assume_nonnegative(-length):
        return array(nothing)
    return value_if(positive(length), lambda: array(value), lambda: array(nothing))


# ---------------------------------------------------------------- functions of NumPy


def _stacked(items: Any, axis: Any = 0, dtype: Any = None) -> Any:
    return fork(column_of(items), lambda column: _moved(column, axis, dtype))


def _moved(column: Array, axis: Any, dtype: Any) -> Array:
    if axis != 0:
        column = array(numpy_shape.moveaxis(column, 0, axis).read())
    if dtype is None or np.dtype(dtype) == column.dtype:
        return column
    converted: Array = column.astype(dtype)
    return converted


def _array(items: Any, dtype: Any = None) -> Any:
    return _stacked(items, 0, dtype)


def _rows_of(items: Any) -> Array:
    """Return an array of items, of which there must be one."""
    position(Affine(0), items.length)
    column: Array = column_of(items)
    return column


def _joined(items: Any, axis: Any = 0) -> Any:
    items = _without_views(items)
    if isinstance(items.element, SizedRow):
        position(Affine(0), items.length)
        return defined(python_lists.joined)([items], axis)
    column = _rows_of(items)
    if column.ndim < 2:
        fail("ValueError: zero-dimensional arrays cannot be concatenated")
    if axis != 0:
        raise unsupported(
            "arrays in a list whose length is known only when the program runs are joined along an "
            "axis other than the first, which is not supported; use np.stack"
        )
    return numpy_shape.reshape(column, (-1, *numpy_shape.shape(column)[2:]))


def _hstack(items: Any) -> Any:
    items = _without_views(items)
    if isinstance(items.element, SizedRow):
        return _joined(items, min(len(items.element.place.dims) - 1, 1))
    column = _rows_of(items)
    if column.ndim == 1:
        return column
    return _joined(items) if column.ndim == 2 else _joined(items, 1)


def _vstack(items: Any) -> Any:
    items = _without_views(items)
    if isinstance(items.element, SizedRow) and len(items.element.place.dims) > 1:
        return _joined(items)
    column = _rows_of(items)
    return column if column.ndim == 2 else _joined(items)


NUMPY: dict[Any, Callable[..., Any]] = {
    np.array: _array,
    np.asarray: _array,
    np.stack: _stacked,
    np.concatenate: _joined,
    np.hstack: _hstack,
    np.vstack: _vstack,
}
"""What functions of NumPy make of a list that grows."""


# ---------------------------------------------------------------- where arrays are expected


def with_arrays(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments for a function of NumPy, with arrays for lists that grow."""
    if f is np.ix_:
        return tuple(map(as_index, args)), kwargs
    named = {name: as_value(x) for name, x in kwargs.items()}
    if f in NUMPY and args and growing_of(args[0]) is not None:
        return (args[0], *map(as_value, args[1:])), named
    return tuple(map(as_value, args)), named


def as_value(x: Any) -> Any:
    """Return an array for a list that grows, or a range; such arrays in other lists and tuples."""
    items = growing_of(x)
    if items is not None:
        return column_of(items)
    if isinstance(x, StagedIterable) and x.bounds is not None:
        start, stop, step = x.bounds
        return _nonempty_or_floats(x.length, arange(start, stop, step, np.int64).read())
    if type(x) in (list, tuple) and any(growing_of(part) is not None for part in x):
        return type(x)(map(as_value, x))
    return x


def as_operands(a: Any, b: Any) -> tuple[Any, Any] | None:
    """Return two operands, of which one is an array and the other a list that grows, as arrays."""
    if isinstance(a, Array) and _is_made_array(b):
        return a, as_value(b)
    if isinstance(b, Array) and _is_made_array(a):
        return as_value(a), b
    return None


def _is_made_array(x: Any) -> bool:
    """Return whether something is a list that grows, or a range."""
    is_range = isinstance(x, StagedIterable) and x.bounds is not None
    return is_range or growing_of(x) is not None


def as_index(key: Any) -> Any:
    """Return an index of an array, with arrays for lists that grow: empty ones are of integers."""
    if isinstance(key, tuple) and growing_of(key) is None:
        return tuple(map(as_index, key))
    if isinstance(key, range | StagedIterable):
        return list(key) if isinstance(key, range) else as_value(key)
    items = growing_of(key) if type(key) is list else None
    if items is None:
        return key
    is_integer = isinstance(items.element, Scalar) and items.element.types()[0].dtype.kind in "biu"
    if not is_integer:
        return column_of(items)
    (column,) = items.columns
    return array(get(column, index=rows_index(column, Affine(0), items.length)))
