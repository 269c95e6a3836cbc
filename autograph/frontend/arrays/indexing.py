"""Subscripts of arrays, read and written, as NumPy means them.

Integers, slices, `...` and `None` make a view. A mask of the array's shape can be read into
elementwise functions and written as a whole; among other indices, masks stand for the positions at
which they hold. Integer arrays select copies.
"""

from __future__ import annotations

import operator
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograph.frontend.arrays.assembly import array_of
from autograph.frontend.arrays.gather import gathered, scattered
from autograph.frontend.arrays.masked import Masked, positions_where, same_value, with_elements
from autograph.frontend.arrays.mismatches import require_assigned, require_masking
from autograph.frontend.arrays.slices import (
    bounded_slice,
    has_runtime_step,
    index_form,
    position,
    positions_of,
)
from autograph.frontend.symbols.broadcasting import fitted_to, without_leading_ones
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import (
    Array,
    Number,
    Symbolic,
    array,
    constant,
    fail,
    is_symbolic,
    numpy_scalar,
    require,
    under_dims,
)
from autograph.frontend.symbols.view import Axis, Dims, Repeated, Selection
from autograph.ir.affine import Affine
from autograph.ir.graph import At, IndexItem, Value
from autograph.ir.types import DType
from autograph.ops import elementwise as ops
from autograph.ops.structure import broadcast


def getitem(a: Any, key: Any) -> Any:
    """Return `a[key]`."""
    if isinstance(a, np.ndarray):
        a = current_tracer().lift(a)
    if isinstance(a, Masked):
        a = a.elements()
    if not isinstance(a, Array):
        return _getitem_of_others(a, key)
    key = with_elements(key)
    mask = _mask_of(a, key)
    if mask is not None and mask.ndim == a.ndim:
        condition = _masking(mask, a.dims)
        return Masked(under_dims(a.read(), condition.dims), condition)
    items = expanded(key, a)
    if any(_is_index_array(item) for item in items):
        return gathered(a, items)
    view = a.view.select(select(a.dims, items))
    if not view.dims and not _has_ellipsis(key):
        return numpy_scalar(a.dtype, Array(a.cell, view).read())
    return Array(a.cell, view)


def setitem(a: Any, key: Any, value: Any) -> None:
    """Do `a[key] = value`."""
    if isinstance(a, np.ndarray):
        a = current_tracer().lift(a)
    if isinstance(a, Masked):
        a = a.changeable()
    if not isinstance(a, Array):
        operator.setitem(a, static_key(key), value)
        return
    key = with_elements(key)
    mask = _mask_of(a, key)
    if mask is not None and _set_masked(a, mask, value):
        return
    items = _with_positions_for_runtime_steps(expanded(key, a), a.dims)
    if any(_is_index_array(item) for item in items):
        if a.view.readonly:
            fail("ValueError: assignment destination is read-only")
        new = assigned_value(value, a)
        with current_tracer().within_definition() if mask is not None else nullcontext():
            scattered(a, items, new)
        return
    target = Array(a.cell, a.view.select(select(a.dims, items)))
    if not target.ndim and not _has_ellipsis(key) and isinstance(value, Array) and value.ndim:
        fail("ValueError: setting an array element with a sequence")
    assign(target, value)


def assign(target: Array, value: Any) -> None:
    """Write a value to all elements of an array, cast and broadcast as NumPy's assignment does."""
    if target.view.readonly:
        fail("ValueError: assignment destination is read-only")
    if isinstance(value, Array) and value.cell is target.cell and value.view == target.view:
        return
    new = assigned_value(value, target)
    require_assigned(new.dims, target.dims)
    new = without_leading_ones(new, target.ndim)
    target.write(fitted_to(new, target.dims))


def assigned_value(value: Any, target: Array) -> Value:
    """Return the value that is to be assigned, converted to the dtype of the target."""
    if isinstance(value, list | tuple):
        value = array_of(value)
    if isinstance(value, np.ndarray):
        value = current_tracer().lift(value)
    value = with_elements(value)
    kind = kind_of(value)
    own = np.dtype(kind)
    if own.kind == "c" and target.dtype.kind != "c":
        raise unsupported(f"assignment of complex numbers to an array of {target.dtype}")
    is_scalar = not isinstance(value, Array) or value.ndim == 0
    if is_scalar and own.kind == "f" and target.dtype.kind in "iu":
        return _truncated(value_of(value), target.dtype)
    return value_of(value, target.dtype)


def _truncated(value: Value, dtype: DType) -> Value:
    """Return a float scalar as an integer; NumPy raises where it is out of range or NaN."""
    limits = np.iinfo(dtype)
    low = ops.greater_equal(value, constant(float(limits.min), value.dtype))
    high = ops.less(value, constant(float(limits.max) + 1.0, value.dtype))
    require(ops.logical_and(low, high), f"cannot convert the float to {dtype}")
    return cast_to(value, dtype)


# ---------------------------------------------------------------- basic indices


def select(dims: Dims, items: list[Any]) -> Selection:
    """Return the selection that integers, slices and None make of an array of these dims."""
    index: list[IndexItem] = []
    axes: list[Axis] = []
    kept = 0
    for item in items:
        if item is None:
            axes.append(Repeated(Affine(1)))
        elif isinstance(item, slice):
            index.append(bounded_slice(item, dims[len(index)]))
            axes.append(kept)
            kept += 1
        else:
            axis = len(index)
            index.append(At(position(index_form(item), dims[axis], axis)))
    return Selection(tuple(index), tuple(axes))


def expanded(key: Any, a: Array) -> list[Any]:
    """Return one item per axis of an array, and None where a new axis is asked for."""
    items: list[Any] = []
    taken = 0
    given = list(key) if isinstance(key, tuple) else [key]
    given = [_without_lists(item) for item in given]
    wanted = sum(_axes_taken(item) for item in given)
    for item in given:
        if isinstance(item, bool | np.bool_) or (
            isinstance(item, Number) and item.dtype.kind == "b"
        ):
            raise unsupported("a bool as an index is not supported; use np.where")
        if item is Ellipsis:
            items += [slice(None)] * (a.ndim - wanted)
            taken += a.ndim - wanted
        elif isinstance(item, Array) and item.dtype.kind == "b" and item.ndim:
            dims = a.dims[taken : taken + item.ndim]
            items += map(array, positions_where(_masking(item, dims, taken)))
            taken += item.ndim
        else:
            items.append(item)
            taken += _axes_taken(item)
    if wanted > a.ndim or sum(item is Ellipsis for item in given) > 1:
        fail("IndexError: too many indices for array")
    return [*items, *[slice(None)] * (a.ndim - taken)]


def _with_positions_for_runtime_steps(items: list[Any], dims: Dims) -> list[Any]:
    """Return the items of an index to write through, with positions for slices of unknown step.

    Among slices alone an array of positions takes its slice's place; several do not combine so.
    """
    unknown = [k for k, item in enumerate(items) if has_runtime_step(item)]
    if len(unknown) != 1 or not all(isinstance(item, slice) for item in items):
        return items
    (k,) = unknown
    return [*items[:k], array(positions_of(items[k], dims[k])), *items[k + 1 :]]


def _axes_taken(item: Any) -> int:
    """Return how many axes an item of an index is about."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, Array) and item.dtype.kind == "b" else 1


def _without_lists(item: Any) -> Any:
    if isinstance(item, np.ndarray):
        return current_tracer().lift(item)
    return (
        array_of(item, np.dtype(np.int64) if not item else None) if isinstance(item, list) else item
    )


def _has_ellipsis(key: Any) -> bool:
    return any(item is Ellipsis for item in (key if isinstance(key, tuple) else (key,)))


def _is_index_array(item: Any) -> bool:
    return isinstance(item, Array) and item.ndim > 0


# ---------------------------------------------------------------- masks


def _mask_of(a: Array, key: Any) -> Array | None:
    """Return the mask that the whole key is, or None."""
    if isinstance(key, tuple) and len(key) == 1:
        (key,) = key
    if isinstance(key, np.ndarray) and key.dtype == np.bool_:
        key = current_tracer().lift(key)
    if isinstance(key, Array) and key.dtype == np.bool_ and 0 < key.ndim <= a.ndim:
        return key
    return None


def _masking(mask: Array, dims: Dims, axis: int = 0) -> Value:
    """Make a mask as long as the axes it selects from, one of 1 included; return its value."""
    require_masking(mask.dims, dims, axis)
    return under_dims(mask.read(), tuple(map(current_tracer().facts.canonical, dims)))


def _set_masked(a: Array, mask: Array, value: Any) -> bool:
    """Write under a mask over the first axes of an array, if the elements can be chosen in place.

    They cannot be if the value has as many elements as the mask selects.
    """
    condition = _masking(mask, a.dims[: mask.ndim])
    if isinstance(value, Masked) and value.intact:
        if mask.ndim != a.ndim or not same_value(value.mask, condition):
            return False
        new = cast_to(value.full, a.dtype)
    else:
        new = assigned_value(value, a)
        if new.ndim > a.ndim - mask.ndim and not all(dim == 1 for dim in new.dims):
            return False
        new = without_leading_ones(new, a.ndim - mask.ndim)
    if mask.ndim < a.ndim:
        dims = condition.dims + (Affine(1),) * (a.ndim - mask.ndim)
        condition = broadcast(condition, dims=dims, axes=tuple(range(mask.ndim)))
    if a.view.readonly:
        fail("ValueError: assignment destination is read-only")
    a.write(ops.switch(condition, fitted_to(new, a.dims), a.read()))
    return True


# ---------------------------------------------------------------- other containers


def static_key(key: Any) -> Any:
    """Return the key of a Python container with its run-time numbers specialised on."""
    if isinstance(key, Number):
        return current_tracer().need_static(key)
    if isinstance(key, slice) and is_symbolic(key):
        return slice(*(static_key(part) for part in (key.start, key.stop, key.step)))
    if isinstance(key, tuple) and is_symbolic(key):
        return tuple(map(static_key, key))
    return key


def _getitem_of_others(a: Any, key: Any) -> Any:
    if isinstance(a, Number) and not a.is_python and key in ((), Ellipsis):
        return a
    if isinstance(a, Number) and isinstance(a.kind, type):
        fail(f"TypeError: '{a.kind.__name__}' object is not subscriptable")
    if isinstance(a, Symbolic):
        raise unsupported(f"{a!r} cannot be subscripted")
    return operator.getitem(a, static_key(key))
