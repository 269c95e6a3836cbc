"""Lists whose length is known only when the program runs: what Python does with them.

Enters: a list (or the items of one) and what is done with it. Leaves: the result; a list that is
changed keeps its identity and gets other items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import placed
from autograph.frontend.arrays.slices import bounded_slice, index_form, position
from autograph.frontend.flow.control import fork, value_if
from autograph.frontend.numpy_api import numpy_shape
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.condition import positive
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.decisions import ROOM, Restart
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.leaves import is_number, kind_key, leaf_value
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Array, Number, array, fail, form_of, python_number
from autograph.frontend.symbols.view import broadcast_to
from autograph.frontend.tracing.columns import require_room, row_index, rows_index
from autograph.frontend.tracing.composite import (
    ELEMENTS,
    Grown,
    OneOf,
    element_of,
    merge,
    pack_element,
    relaid,
    template_key,
)
from autograph.frontend.tracing.template import Row, Scalar, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ir.types import ArrayType
from autograph.ops.structure import empty, get

# ---------------------------------------------------------------- making


def of_array(x: Array, kind: Any = None) -> list[Any]:
    """Return `list(x)`; `kind` is that of the numbers, if they are not to be NumPy's."""
    value = x.read()
    length, *dims = value.dims
    row = ArrayType(value.dtype, tuple(dims))
    element: Template = Row(row) if dims else Scalar(kind or value.dtype)
    return [Growing(element, [value], length, length)]


def repeated(item: Any, count: Affine) -> list[Any]:
    """Return `[item] * count`."""
    element = element_of(item)
    leaves = [leaf_value(leaf) for leaf in pack_element(element, item)]
    columns = [broadcast_to(v, (count, *v.dims)) for v in leaves]
    return [Growing(element, columns, count, count)]


def spread(items: list[Any] | tuple[Any, ...]) -> Growing | None:
    """Return numbers, or tuples of them, in columns, so that a run-time index can pick one."""
    kinds = set(map(_kinds_in, items))
    if len(kinds) != 1 or None in kinds:
        return None
    element, count = element_of(items[0]), Affine(len(items))
    for item in items[1:]:
        element = merge(element, element_of(item))
    _, *columns = Grown(element, count).pack(items, (), ELEMENTS)
    return Growing(element, [leaf_value(c) for c in columns], count, count)


def _kinds_in(item: Any) -> Any:
    """Return the kinds of the numbers in an item, None for anything else."""
    if is_number(item):
        return kind_key(kind_of(item))
    parts = tuple(map(_kinds_in, item)) if type(item) is tuple else (None,)
    return None if None in parts else parts


# ---------------------------------------------------------------- reading


def length_of(items: Growing) -> Any:
    """Return `len(items)`."""
    return python_number(int, items.length)


def item_at(items: Growing, at: Affine) -> Any:
    """Return the item at a position that is in range."""
    leaves = [get(column, index=row_index(column, at)) for column in items.columns]
    return items.element.unpack(iter(leaves), {})


def getitem(items: Growing, key: Any) -> Any:
    """Return `items[key]`."""
    if isinstance(key, slice):
        return [_part(items, bounded_slice(key, items.length))]
    return item_at(items, position(index_form(key), items.length))


def _part(items: Growing, part: Slice) -> Growing:
    columns = [
        get(c, index=(part, *(Slice(Affine(0), d) for d in c.dims[1:]))) for c in items.columns
    ]
    return Growing(items.element, columns, part.length, part.length)


def column_of(items: Growing) -> Any:
    """Return an array of the items, which are numbers of one kind or arrays of one shape.

    Raises:
        UnsupportedError: If they are anything else.
    """
    columns = _plain_columns(items)
    if columns is None:
        raise unsupported(
            "an array is made of a list whose length is known only when the program runs and whose "
            "items are not all numbers of one type or arrays of one shape; convert each item, "
            "for example with float(...), before it is appended"
        )
    (column,) = columns
    value: Value = get(column, index=rows_index(column, Affine(0), items.length))
    if value.dtype == np.float64 and value.ndim == 1:
        return array(value)
    return _nonempty_or_floats(items.length, value)


def _plain_columns(items: Growing) -> tuple[Value, ...] | None:
    """Return the column of the values of items, without those that say what each item is."""
    element = items.element
    if isinstance(element, Scalar | Row):
        return items.columns
    if not isinstance(element, OneOf) or len(element.storage()) > 1:
        return None
    are_numbers = all(isinstance(t, Scalar) for t in element.alternatives)
    return items.columns[len(element.alternatives) - 1 :] if are_numbers else None


def _nonempty_or_floats(length: Affine, value: Value) -> Any:
    """Return the array of items; of none, NumPy makes a vector of floats."""
    facts = tracer().facts
    if facts.assume_nonnegative(length - 1):
        return array(value)
    nothing: Value = empty(dims=(Affine(0),), dtype=np.dtype(np.float64))
    if facts.assume_nonnegative(-length):
        return array(nothing)
    return value_if(positive(length), lambda: array(value), lambda: array(nothing))


# ---------------------------------------------------------------- changing


def append(owner: list[Any], x: Any) -> None:
    """Run `owner.append(x)`."""
    tracer().log_object(owner)
    items = growing_of(owner)
    if items is None:
        owner.append(x)
    else:
        owner[:] = [_appended(items, x)]


def _appended(items: Growing, x: Any) -> Growing:
    element = merge(items.element, element_of(x))
    if template_key(element) != template_key(items.element):
        items = relaid(items, element, items.capacity)
    items = _with_room(items, items.length + 1)
    leaves = pack_element(items.element, x)
    columns = [
        placed(column, leaf_value(leaf), row_index(column, items.length))
        for column, leaf in zip(items.columns, leaves, strict=True)
    ]
    return Growing(items.element, columns, items.length + 1, items.capacity, items.arranged)


def _with_room(items: Growing, count: Affine) -> Growing:
    """Return the items in columns that have room for so many."""
    facts = tracer().facts
    if facts.nonnegative(items.capacity - count):
        return items
    if tracer().is_room(items.capacity):
        require_room(items.capacity, count)
        return items
    if items.arranged is not None:
        raise Restart((ROOM, items.arranged))
    return relaid(items, items.element, count)


def setitem(owner: list[Any], items: Growing, key: Any, x: Any) -> None:
    """Run `owner[key] = x`."""
    if isinstance(key, slice):
        raise unsupported(
            "a part of a list whose length is known only when the program runs is stored, which is "
            "not supported; store one item after the other"
        )
    element = merge(items.element, element_of(x))
    items = relaid(items, element, items.capacity)
    where = position(index_form(key), items.length)
    leaves = pack_element(element, x)
    columns = [
        placed(column, leaf_value(leaf), row_index(column, where))
        for column, leaf in zip(items.columns, leaves, strict=True)
    ]
    tracer().log_object(owner)
    owner[:] = [Growing(element, columns, items.length, items.capacity, items.arranged)]


def pop(owner: list[Any]) -> Any:
    """Run `owner.pop()`."""
    items = growing_of(owner)
    assert items is not None
    last = position(Affine(-1), items.length)
    found = item_at(items, last)
    tracer().log_object(owner)
    owner[:] = [Growing(items.element, items.columns, last, items.capacity, items.arranged)]
    return found


def clear(owner: list[Any]) -> None:
    """Run `owner.clear()`."""
    items = growing_of(owner)
    assert items is not None
    tracer().log_object(owner)
    owner[:] = [Growing(items.element, items.columns, Affine(0), items.capacity, items.arranged)]


def copy(owner: list[Any]) -> list[Any]:
    """Return `owner.copy()`."""
    return list(owner)


METHODS: dict[str, Callable[..., Any]] = {
    "append": append,
    "clear": clear,
    "copy": copy,
}
"""Methods of lists that grow."""

LOOPS: dict[str, Callable[..., Any]] = {
    "extend": python_lists.extend,
    "insert": python_lists.insert,
    "remove": python_lists.remove,
    "reverse": python_lists.reverse,
    "index": python_lists.index,
    "count": python_lists.count,
}
"""Methods of lists that grow, as plain Python to be traced."""


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


def _joined(items: Any, axis: Any = 0) -> Array:
    column = _rows_of(items)
    if column.ndim < 2:
        fail("ValueError: zero-dimensional arrays cannot be concatenated")
    if axis != 0:
        raise unsupported(
            "arrays in a list whose length is known only when the program runs are joined along an "
            "axis other than the first, which is not supported; use np.stack"
        )
    return numpy_shape.reshape(column, (-1, *numpy_shape.shape(column)[2:]))


def _hstack(items: Any) -> Array:
    column = _rows_of(items)
    if column.ndim == 1:
        return column
    return _joined(items) if column.ndim == 2 else _joined(items, 1)


def _vstack(items: Any) -> Array:
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


CHANGED_LENGTH = (
    "a list changes its length while a loop goes through it, which is not supported; "
    "go through a copy: for x in items.copy()"
)


def same_length(items: Growing, length: Affine) -> None:
    """Refuse a list that changes its length while a loop goes through it."""
    if not current_tracer().facts.equal(items.length, length):
        raise unsupported(CHANGED_LENGTH)


def is_runtime_index(key: Any) -> bool:
    """Return whether an index is a run-time integer."""
    form = form_of(key) if isinstance(key, Number) else None
    return form is not None and tracer().facts.canonical(form).constant is None


def require_length(items: Growing, count: int) -> None:
    """Require that a list has as many items as are unpacked."""
    require_equal(items.length, Affine(count))
