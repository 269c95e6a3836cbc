"""Functions that move elements or axes: reshape, transpose, concatenate and their kin.

Where NumPy returns a view, so do these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from autograph.frontend.arrays.assembly import placed
from autograph.frontend.arrays.elementwise import as_operand, emit_ufunc
from autograph.frontend.arrays.masked import positions_where
from autograph.frontend.arrays.mismatches import require_joined, require_reshape
from autograph.frontend.arrays.slices import index_form
from autograph.frontend.numpy_api.numpy_create import asarray, dims_of
from autograph.frontend.numpy_api.numpy_reduce import (
    normal_axes,
    normal_axis,
    product_of,
    static_integer,
)
from autograph.frontend.numpy_api.strides import is_contiguous, stays_view
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.broadcasting import common_dims, fitted_to, require_equal
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import value_of
from autograph.frontend.symbols.symbolic import Array, array, fail, python_number
from autograph.frontend.symbols.view import Axis, Dims, Repeated, Selection, View
from autograph.ir.affine import Affine
from autograph.ir.graph import At, IndexItem, Slice, Value
from autograph.ops.structure import empty

ONE = Affine(1)


def as_array(x: Any) -> Array:
    """Return the handle of an argument that has to be an array."""
    return asarray(as_operand(x))


def shape(x: Any) -> tuple[Any, ...]:
    """Return `np.shape`."""
    x = as_operand(x)
    return tuple(python_number(int, dim) for dim in x.dims) if isinstance(x, Array) else ()


def ndim(x: Any) -> int:
    """Return `np.ndim`."""
    x = as_operand(x)
    return x.ndim if isinstance(x, Array) else 0


def size(x: Any, axis: Any = None) -> Any:
    """Return `np.size`."""
    x = as_operand(x)
    if not isinstance(x, Array):
        return 1
    axes = normal_axes(axis, x.ndim)
    return python_number(int, product_of([x.dims[k] for k in axes]))


# ---------------------------------------------------------------- order of axes


def transpose(x: Any, axes: Any = None) -> Array:
    """Return `np.transpose`, a view."""
    x = as_array(x)
    order = range(x.ndim)[::-1] if axes is None else [normal_axis(k, x.ndim) for k in axes]
    if sorted(order) != list(range(x.ndim)):
        raise unsupported(f"{axes} is no permutation of {x.ndim} axes")
    return Array(x.cell, x.view.transposed(tuple(order)))


def swapaxes(x: Any, axis1: Any, axis2: Any) -> Array:
    """Return `np.swapaxes`, a view."""
    x = as_array(x)
    order = list(range(x.ndim))
    a, b = normal_axis(axis1, x.ndim), normal_axis(axis2, x.ndim)
    order[a], order[b] = order[b], order[a]
    return transpose(x, order)


def moveaxis(x: Any, source: Any, destination: Any) -> Array:
    """Return `np.moveaxis`, a view."""
    x = as_array(x)
    sources, places = (
        [normal_axis(k, x.ndim) for k in (axes if isinstance(axes, tuple | list) else (axes,))]
        for axes in (source, destination)
    )
    if len(sources) != len(places):
        fail("ValueError: source and destination must have the same number of elements")
    order = [k for k in range(x.ndim) if k not in sources]
    for place, moved in sorted(zip(places, sources, strict=True)):
        order.insert(place, moved)
    return transpose(x, order)


def rollaxis(x: Any, axis: Any, start: Any = 0) -> Array:
    """Return `np.rollaxis`, a view."""
    x = as_array(x)
    moved, before = normal_axis(axis, x.ndim), static_integer(start)
    before = before + x.ndim if before < 0 else before
    return moveaxis(x, moved, before - 1 if moved < before else before)


def diagonal(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Array:
    """Return `np.diagonal`, a view that cannot be written."""
    x = as_array(x)
    if x.ndim < 2:
        fail("ValueError: diag requires an array of at least two dimensions")
    first, second = normal_axis(axis1, x.ndim), normal_axis(axis2, x.ndim)
    if first == second:
        fail("ValueError: axis1 and axis2 cannot be the same")
    rest = [k for k in range(x.ndim) if k not in (first, second)]
    view = x.view.transposed((first, second, *rest))
    k, facts = static_integer(offset), current_tracer().facts
    row, column = Affine(max(-k, 0)), Affine(max(k, 0))
    down, across = view.dims[0] - row, view.dims[1] - column
    if facts.assume_nonnegative(across - down):
        length = down
    else:
        length = (
            across if facts.assume_nonnegative(down - across) else integers.minimum(down, across)
        )
    if not facts.assume_nonnegative(length):
        length = integers.maximum(length, Affine(0))
    return Array(x.cell, view.diagonal((row, column), length))


def flip(x: Any, axis: Any = None) -> Array:
    """Return `np.flip`, a view."""
    x = as_array(x)
    axes = normal_axes(axis, x.ndim)
    index = tuple(
        Slice(dim - 1, dim, -1) if k in axes else Slice(Affine(0), dim)
        for k, dim in enumerate(x.dims)
    )
    return Array(x.cell, x.view.select(Selection(index, tuple(range(x.ndim)))))


# ---------------------------------------------------------------- axes of length one


def expand_dims(x: Any, axis: Any) -> Array:
    """Return `np.expand_dims`, a view."""
    x = as_array(x)
    count = x.ndim + (len(axis) if isinstance(axis, tuple | list) else 1)
    new = normal_axes(axis, count)
    old = iter(range(x.ndim))
    axes: list[Axis] = [Repeated(ONE) if k in new else next(old) for k in range(count)]
    return _with_axes(x, axes)


def ix_(*positions: Any) -> tuple[Array, ...]:
    """Return `np.ix_`: index arrays along an axis each, that select all combinations."""
    found = []
    for k, given in enumerate(positions):
        x = as_array(given)
        if x.dtype.kind == "b":
            x = array(positions_where(x.read())[0])
        before, after = tuple(range(k)), tuple(range(k + 1, len(positions)))
        found.append(expand_dims(x, (*before, *after)))
    return tuple(found)


def _with_axes(x: Array, axes: Sequence[Axis]) -> Array:
    whole = Selection.whole(x.dims)
    return Array(x.cell, x.view.select(Selection(whole.index, tuple(axes))))


def squeeze(x: Any, axis: Any = None) -> Array:
    """Return `np.squeeze`, a view; without `axis`, lengths must not depend on the arguments."""
    x = as_array(x)
    facts = current_tracer().facts
    if axis is None:
        unknown = [dim for dim in x.dims if dim.constant is None and not facts.positive(dim - 1)]
        for dim in unknown:
            is_one = facts.estimate(dim) == 1
            if not (facts.assume_equal(dim, ONE) if is_one else facts.assume_nonnegative(dim - 2)):
                raise unsupported("np.squeeze of axes of unknown length needs axis=")
        dropped = {k for k, dim in enumerate(x.dims) if facts.canonical(dim) == ONE}
    else:
        dropped = set(normal_axes(axis, x.ndim))
        for k in dropped:
            require_equal(x.dims[k], ONE)
    return _without_axes(x, dropped)


def _without_axes(x: Array, dropped: set[int]) -> Array:
    index: list[IndexItem] = [
        At(Affine(0)) if k in dropped else Slice(Affine(0), dim) for k, dim in enumerate(x.dims)
    ]
    axes = tuple(range(x.ndim - len(dropped)))
    return Array(x.cell, x.view.select(Selection(tuple(index), axes)))


def broadcast_to(x: Any, shape: Any) -> Array:
    """Return `np.broadcast_to`, a view that cannot be written."""
    source = as_array(x)
    dims = dims_of(shape)
    fitted_to(source.read(), dims)
    missing = len(dims) - source.ndim
    facts = current_tracer().facts
    index: list[IndexItem] = []
    axes: list[Axis] = [Repeated(dim) for dim in dims[:missing]]
    for own, wanted in zip(source.dims, dims[missing:], strict=True):
        if facts.canonical(own) == ONE and wanted != ONE:
            index.append(At(Affine(0)))
            axes.append(Repeated(wanted))
        else:
            axes.append(sum(isinstance(item, Slice) for item in index))
            index.append(Slice(Affine(0), own))
    view = source.view.select(Selection(tuple(index), tuple(axes)))
    return Array(source.cell, replace(view, readonly=True))


# ---------------------------------------------------------------- reshape


def reshape(x: Any, shape: Any, order: Any = "C") -> Array:
    """Return `np.reshape`: a view where the strides allow it, else a copy."""
    x = as_array(x)
    if order == "F":
        items = shape if isinstance(shape, tuple | list) else (shape,)
        with current_tracer().within_definition():
            return transpose(reshape(transpose(x), tuple(items)[::-1]))
    if order != "C":
        raise unsupported(f"reshape with order={order!r} is not supported; use order='C' or 'F'")
    dims = _completed(shape, x.dims)
    whole_axes = _only_unit_axes_differ(x.dims, dims)
    if whole_axes is not None:
        dropped = {k for k, dim in enumerate(x.dims) if dim == ONE}
        return _with_axes(_without_axes(x, dropped), whole_axes)
    if not x.cell.contiguous:
        current_tracer().place_in_memory(x.cell)
    if stays_view(x.view, dims):
        return Array(x.cell, x.view.reshaped(dims))
    return Array(array(x.read()).cell, View(x.dims).reshaped(dims))


def ravel(x: Any, order: Any = "C") -> Array:
    """Return `np.ravel`: a view if the elements lie in order, else a copy."""
    x = as_array(x)
    if order not in ("C", "F"):
        raise unsupported(f"ravel with order={order!r} is not supported; use order='C' or 'F'")
    x = transpose(x) if order == "F" else x
    if not x.cell.contiguous:
        current_tracer().place_in_memory(x.cell)
    return reshape(x if is_contiguous(x.view) else array(x.read()), -1)


def flatten(x: Any, order: Any = "C") -> Array:
    """Return `x.flatten()`, a copy."""
    return array(reshape(array(as_array(x).read()), -1, order).read())


def _completed(shape: Any, before: Dims) -> Dims:
    """Return the dims that a reshape asks for, with -1 filled in, of the same product."""
    facts = current_tracer().facts
    items = shape if isinstance(shape, tuple | list) else (shape,)
    forms = [facts.canonical(index_form(item)) for item in items]
    holes = [k for k, form in enumerate(forms) if form == -1]
    if len(holes) > 1:
        fail("ValueError: can only specify one unknown dimension")
    if holes:
        known = [form for k, form in enumerate(forms) if k != holes[0]]
        forms[holes[0]] = _missing_dim(list(map(facts.canonical, before)), known)
    else:
        dims_of(tuple(python_number(int, form) for form in forms))
    sizes = product_of(forms), product_of(before)
    if not holes:
        require_reshape(tuple(forms), sizes)
    require_equal(*sizes)
    return tuple(map(facts.canonical, forms))


def _missing_dim(before: list[Affine], known: list[Affine]) -> Affine:
    """Return the dim that makes the product of `known` that of `before`."""
    left: list[Affine] = []
    for dim in known:
        if dim in before:
            before.remove(dim)
        else:
            left.append(dim)
    divisor = product_of(left)
    if divisor == 0:
        fail("ValueError: cannot reshape with an unknown and an empty dimension")
    return integers.floor_divide(product_of(before), divisor)


def _only_unit_axes_differ(before: Dims, after: Dims) -> tuple[Axis, ...] | None:
    """Return the axes of `after`, if it is `before` but for axes of length 1."""
    if [dim for dim in before if dim != ONE] != [dim for dim in after if dim != ONE]:
        return None
    numbers = iter(range(len(before)))
    return tuple(Repeated(ONE) if dim == ONE else next(numbers) for dim in after)


# ---------------------------------------------------------------- joining


def _parts(arrays: Any) -> list[Array]:
    if isinstance(arrays, Array | np.ndarray):
        raise unsupported("the arrays to join must be given as a list or tuple")
    return [as_array(x) for x in arrays]


def concatenate(arrays: Any, axis: Any = 0) -> Array:
    """Return `np.concatenate`."""
    parts = _parts(arrays)
    if axis is None:
        parts, axis = [ravel(part) for part in parts], 0
    along = normal_axis(axis, parts[0].ndim)
    if any(part.ndim != parts[0].ndim for part in parts):
        raise unsupported("the arrays to join have different numbers of axes")
    require_joined([part.dims for part in parts], along)
    dims = list(parts[0].dims)
    for part in parts[1:]:
        for k, dim in enumerate(part.dims):
            if k != along:
                require_equal(dims[k], dim)
    dims[along] = sum((part.dims[along] for part in parts), Affine(0))
    dtype = np.result_type(*(part.dtype for part in parts))
    base: Value = empty(dims=tuple(map(current_tracer().facts.canonical, dims)), dtype=dtype)
    start = Affine(0)
    for part in parts:
        index = [Slice(Affine(0), dim) for dim in base.dims]
        index[along] = Slice(start, part.dims[along])
        value = fitted_to(value_of(part, dtype), tuple(item.length for item in index))
        base = placed(base, value, index)
        start = start + part.dims[along]
    return array(base)


def stack(arrays: Any, axis: Any = 0) -> Array:
    """Return `np.stack`."""
    parts = _parts(arrays)
    place = normal_axis(axis, parts[0].ndim + 1)
    with current_tracer().within_definition():
        return concatenate([expand_dims(part, place) for part in parts], place)


def vstack(arrays: Any) -> Array:
    """Return `np.vstack`."""
    return concatenate([_at_least_2d(part) for part in _parts(arrays)], 0)


def hstack(arrays: Any) -> Array:
    """Return `np.hstack`."""
    parts = [part if part.ndim else expand_dims(part, 0) for part in _parts(arrays)]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


def column_stack(arrays: Any) -> Array:
    """Return `np.column_stack`."""
    parts = [transpose(_at_least_2d(p)) if p.ndim < 2 else p for p in _parts(arrays)]
    return concatenate(parts, 1)


def _at_least_2d(x: Array) -> Array:
    while x.ndim < 2:
        x = expand_dims(x, 0)
    return x


def atleast_1d(*arrays: Any) -> Any:
    """Return `np.atleast_1d`."""
    return _each(arrays, lambda x: x if x.ndim else expand_dims(x, 0))


def atleast_2d(*arrays: Any) -> Any:
    """Return `np.atleast_2d`."""
    return _each(arrays, _at_least_2d)


def atleast_3d(*arrays: Any) -> Any:
    """Return `np.atleast_3d`."""

    def widened(x: Array) -> Array:
        x = _at_least_2d(x) if x.ndim == 1 else x
        return x if x.ndim >= 3 else expand_dims(x, (0, 1, 2)[x.ndim :] if x.ndim == 0 else 2)

    return _each(arrays, widened)


def _each(arrays: Sequence[Any], change: Callable[[Array], Array]) -> Any:
    changed = tuple(change(as_array(x)) for x in arrays)
    return changed[0] if len(changed) == 1 else changed


def append(x: Any, values: Any, axis: Any = None) -> Array:
    """Return `np.append`."""
    return concatenate([x, values], axis)


def roll(x: Any, shift: Any, axis: Any = None) -> Array:
    """Return `np.roll`, along one axis after another."""
    x = as_array(x)
    if axis is None and x.ndim != 1:
        return reshape(roll(ravel(x), shift), shape(x))
    shifts = shift if isinstance(shift, tuple | list) else (shift,)
    axes = (0,) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        fail("ValueError: 'shift' and 'axis' should be scalars or 1D sequences")
    count = max(len(shifts), len(axes)) if shifts and axes else 0
    result = x
    for k in range(count):
        along = normal_axis(axes[k % len(axes)], x.ndim)
        result = _rolled(result, shifts[k % len(shifts)], along)
    return result if count else array(x.read())


def _rolled(x: Array, shift: Any, along: int) -> Array:
    dim = x.dims[along]
    cut = _cut_position(-index_form(shift), dim)
    pieces = []
    for start, length in ((cut, dim - cut), (Affine(0), cut)):
        index = [Slice(Affine(0), d) for d in x.dims]
        index[along] = Slice(start, length)
        selection = Selection(tuple(index), tuple(range(x.ndim)))
        pieces.append(Array(x.cell, x.view.select(selection)))
    return concatenate(pieces, along)


def _cut_position(form: Affine, dim: Affine) -> Affine:
    """Return an index modulo the length of the axis."""
    facts = current_tracer().facts
    for candidate in (form, form + dim):
        if facts.assume_nonnegative(candidate) and facts.assume_nonnegative(dim - candidate):
            return candidate
    return integers.remainder(form, integers.maximum(dim, ONE))


def diff(x: Any, n: Any = 1, axis: Any = -1) -> Array:
    """Return `np.diff`."""
    result = as_array(x)
    along = normal_axis(axis, result.ndim)
    for _ in range(static_integer(n)):
        result = _first_difference(result, along)
    return result


def _first_difference(x: Array, along: int) -> Array:
    length = x.dims[along] - 1
    if not current_tracer().facts.assume_nonnegative(length):
        length = integers.maximum(length, Affine(0))
    values = []
    for start in (x.dims[along] - length, Affine(0)):
        index = [Slice(Affine(0), dim) for dim in x.dims]
        index[along] = Slice(start, length)
        view = x.view.select(Selection(tuple(index), tuple(range(x.ndim))))
        values.append(Array(x.cell, view).read())
    return array(emit_ufunc(np.not_equal if x.dtype.kind == "b" else np.subtract, values))


def broadcast_arrays(*arrays: Any) -> tuple[Array, ...]:
    """Return `np.broadcast_arrays`."""
    handles = [as_array(x) for x in arrays]
    dims = common_dims([x.dims for x in handles])
    wanted = tuple(python_number(int, dim) for dim in dims)
    return tuple(broadcast_to(x, wanted) for x in handles)
