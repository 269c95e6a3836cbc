"""Subscripts of arrays, read and written, as NumPy means them.

Integers, slices, `...` and `None` make a view. A mask of the array's shape can be read into
elementwise functions and written. Integer arrays can be read.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograph.frontend.assembly import array_of
from autograph.frontend.broadcasting import fitted_to, require_equal
from autograph.frontend.context import current_tracer, unsupported
from autograph.frontend.gather import gathered
from autograph.frontend.masked import Masked, same_value
from autograph.frontend.promotion import cast_to, kind_of, value_of
from autograph.frontend.slices import bounded_slice, index_form, position
from autograph.frontend.symbolic import (
    Array,
    Number,
    Symbolic,
    constant,
    fail,
    is_symbolic,
    numpy_scalar,
    require,
    under_dims,
)
from autograph.frontend.view import Axis, Dims, Repeated, Selection
from autograph.ir.affine import Affine
from autograph.ir.graph import At, IndexItem, Value
from autograph.ir.types import DType
from autograph.ops import elementwise as ops
from autograph.ops.structure import broadcast


def getitem(a: Any, key: Any) -> Any:
    """Return `a[key]`."""
    if isinstance(a, np.ndarray):
        a = current_tracer().lift(a)
    if not isinstance(a, Array):
        return _getitem_of_others(a, key)
    mask = _mask_of(a, key)
    if mask is not None:
        if mask.ndim != a.ndim:
            raise unsupported(
                "reading by a mask over the first axes only is not supported; use np.where with "
                "the mask broadcast to the shape of the array"
            )
        condition = _require_same_shape(a, mask)
        return Masked(under_dims(a.read(), condition.dims), condition)
    items = _expanded(key, a.ndim)
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
    if not isinstance(a, Array):
        operator.setitem(a, static_key(key), value)
        return
    mask = _mask_of(a, key)
    if mask is not None:
        _set_masked(a, mask, value)
        return
    items = _expanded(key, a.ndim)
    if any(_is_index_array(item) for item in items):
        raise unsupported(
            "writing through integer arrays is not supported: loop over the positions, or use "
            "np.add.at to accumulate"
        )
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
    new = without_leading_ones(assigned_value(value, target), target.ndim)
    target.write(fitted_to(new, target.dims))


def assigned_value(value: Any, target: Array) -> Value:
    """Return the value that is to be assigned, converted to the dtype of the target."""
    if isinstance(value, list | tuple):
        value = array_of(value)
    if isinstance(value, np.ndarray):
        value = current_tracer().lift(value)
    if isinstance(value, Masked):
        raise unsupported("a selection by a mask can only be assigned under the same mask")
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


def without_leading_ones(value: Value, ndim: int) -> Value:
    """Return the value without axes of length 1 in front, that `ndim` axes have no room for."""
    spare = max(value.ndim - ndim, 0)
    if spare == 0:
        return value
    for dim in value.dims[:spare]:
        require_equal(dim, Affine(1))
    whole = Selection.whole(value.dims)
    index = (*(At(Affine(0)) for _ in range(spare)), *whole.index[spare:])
    return Selection(index, tuple(range(ndim))).read(value)


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
            index.append(At(position(index_form(item), dims[len(index)])))
    return Selection(tuple(index), tuple(axes))


def _expanded(key: Any, ndim: int) -> list[Any]:
    """Return one item per axis, and None where a new axis is asked for."""
    items = list(key) if isinstance(key, tuple) else [key]
    for item in items:
        if isinstance(item, bool | np.bool_) or (
            isinstance(item, Number) and item.dtype.kind == "b"
        ):
            raise unsupported("a bool as an index is not supported; use np.where")
    items = [_without_lists(item) for item in items]
    given = sum(item is not None and item is not Ellipsis for item in items)
    places = [k for k, item in enumerate(items) if item is Ellipsis]
    if given > ndim or len(places) > 1:
        fail("IndexError: too many indices for array")
    where = places[0] if places else len(items)
    missing = [slice(None)] * (ndim - given)
    return [*items[:where], *missing, *items[where + bool(places) :]]


def _without_lists(item: Any) -> Any:
    if isinstance(item, np.ndarray):
        return current_tracer().lift(item)
    return (
        array_of(item, np.dtype(np.int64) if not item else None) if isinstance(item, list) else item
    )


def _has_ellipsis(key: Any) -> bool:
    return any(item is Ellipsis for item in (key if isinstance(key, tuple) else (key,)))


def _is_index_array(item: Any) -> bool:
    if isinstance(item, Array) and item.dtype.kind == "b":
        raise unsupported("a mask beside other indices is not supported; use np.where")
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


def _require_same_shape(a: Array, mask: Array) -> Value:
    """Make a mask as long as the axes it selects from, one of 1 included; return its value."""
    dims = a.dims[: mask.ndim]
    for own, wanted in zip(mask.dims, dims, strict=True):
        require_equal(own, wanted)
    return under_dims(mask.read(), tuple(map(current_tracer().facts.canonical, dims)))


def _set_masked(a: Array, mask: Array, value: Any) -> None:
    """Write under a mask over the first axes of an array."""
    condition = _require_same_shape(a, mask)
    if isinstance(value, Masked):
        if mask.ndim != a.ndim or not same_value(value.mask, condition):
            raise unsupported("a selection by another mask cannot be assigned; use np.where")
        new = cast_to(value.full, a.dtype)
    else:
        new = assigned_value(value, a)
        if new.ndim > a.ndim - mask.ndim and not all(dim == 1 for dim in new.dims):
            raise unsupported(
                "assigning a vector of as many elements as a mask selects is not supported; "
                "use np.where(mask, values, array) with values of the array's shape"
            )
        new = without_leading_ones(new, a.ndim - mask.ndim)
    if mask.ndim < a.ndim:
        dims = condition.dims + (Affine(1),) * (a.ndim - mask.ndim)
        condition = broadcast(condition, dims=dims, axes=tuple(range(mask.ndim)))
    a.write(ops.switch(condition, fitted_to(new, a.dims), a.read()))


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
    if isinstance(a, Symbolic):
        raise unsupported(f"{a!r} cannot be subscripted")
    return operator.getitem(a, static_key(key))
