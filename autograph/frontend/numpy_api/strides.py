"""Whether NumPy reshapes without a copy: decided by the strides, which follow from the sizes.

Where the answer depends on the sizes of the arguments, it is the one for the traced call, and that
the sizes keep giving it is assumed or checked.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from autograph.frontend.numpy_api.numpy_reduce import product_of
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.broadcasting import require_equal
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import constant, require, value_of_form
from autograph.frontend.symbols.view import (
    Diagonal,
    Dims,
    Part,
    Repeated,
    Reshaped,
    Selection,
    View,
    Windows,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice
from autograph.ops.elementwise import not_equal

ONE = Affine(1)

_KIND = {Diagonal: "a diagonal", Windows: "sliding windows"}


def stays_view(view: View, dims: Dims) -> bool:
    """Return whether a view of a contiguous buffer can be reshaped to `dims` without a copy."""
    if view.contiguous:
        return True
    selection = view.steps[-1]
    base = replace(view, steps=view.steps[:-1])
    if isinstance(selection, Diagonal | Windows):
        raise unsupported(f"reshape of {_KIND[type(selection)]} is not supported; copy it first")
    if isinstance(selection, Reshaped | Part):
        return stays_view(base, dims)
    if not base.contiguous:
        raise unsupported("this reshape of a view is not supported; copy the view first")
    axes, after = _reshaped_axes(view.dims, dims)
    if len(axes) <= 1:
        return True
    axes = [axis for axis in axes if not _is_one(view.dims[axis])]
    merged = [_merges(selection, base.dims, *pair) for pair in pairwise(axes)]
    if len(axes) > 2 and len([dim for dim in after if dim != ONE]) > 1 and not all(merged):
        raise unsupported("this reshape of a view is not supported; copy the view first")
    return all(merged)


def is_contiguous(view: View) -> bool:
    """Return whether the elements of a view of a contiguous buffer lie in row-major order."""
    if view.contiguous:
        return True
    selection = view.steps[-1]
    base = replace(view, steps=view.steps[:-1])
    if isinstance(selection, Part | Diagonal | Windows) or not base.contiguous:
        return False
    if isinstance(selection, Reshaped):
        return is_contiguous(base)
    axes = [axis for axis, dim in enumerate(view.dims) if not _is_one(dim)]
    if not all(_merges(selection, base.dims, *pair) for pair in pairwise(axes)):
        return False
    last = selection.axes[axes[-1]] if axes else None
    return last is None or (
        isinstance(last, int) and _holds_in_traced_call(_stride(selection, base.dims, last) - 1)
    )


def _reshaped_axes(before: Dims, after: Dims) -> tuple[list[int], list[Affine]]:
    """Return the axes that a reshape does not keep as they are, and the dims they become."""
    axes, left = list(range(len(before))), list(after)
    for end in (0, -1):
        while axes and left and before[axes[end]] == left[end]:
            axes.pop(end)
            left.pop(end)
    return axes, left


def _is_one(dim: Affine) -> bool:
    """Return whether an axis has length 1: then its stride does not matter."""
    return _holds_in_traced_call(dim - 1)


def _merges(selection: Selection, base: Dims, outer: int, inner: int) -> bool:
    """Return whether a step along the outer axis is as long as the whole inner one."""
    steps = []
    for axis in (outer, inner):
        kept = selection.axes[axis]
        if isinstance(kept, Repeated):
            raise unsupported("reshape of a broadcast array is not supported; copy it first")
        steps.append(_stride(selection, base, kept))
    length = selection.dims[inner]
    return _holds_in_traced_call(steps[0] - integers.product(length, steps[1]))


def _stride(selection: Selection, base: Dims, kept: int) -> Affine:
    """Return how many elements of the base lie between neighbours along a kept axis."""
    sources = [k for k, item in enumerate(selection.index) if isinstance(item, Slice)]
    return product_of(base[sources[kept] + 1 :]) * selection.kept[kept].step


def _holds_in_traced_call(form: Affine) -> bool:
    """Return whether a form is zero in the traced call, and make it so in every other one."""
    facts = current_tracer().facts
    if facts.zero(form):
        return True
    value = facts.estimate(form)
    if value is None:
        raise unsupported("whether this reshape is a view depends on run-time values; copy first")
    zero = Affine(0)
    if value == 0:
        if not facts.assume_equal(form, zero, insist=True):
            require_equal(form, zero)
        return True
    if not facts.assume_unequal(form, zero):
        message = "whether a reshape is a view or a copy depends on the sizes"
        require(not_equal(value_of_form(form), constant(0, np.int64)), message)
    return False
