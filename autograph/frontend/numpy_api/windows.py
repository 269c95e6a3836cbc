"""`np.lib.stride_tricks.sliding_window_view`: each window of an array, as a view."""

from __future__ import annotations

from typing import Any

from autograph.frontend.numpy_api.numpy_create import dims_of
from autograph.frontend.numpy_api.numpy_reduce import normal_axis
from autograph.frontend.numpy_api.numpy_shape import as_array
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import Array, fail, require
from autograph.ir.affine import Affine
from autograph.ir.op import form_value
from autograph.ops.elementwise import greater_equal

NEGATIVE = "ValueError: `window_shape` cannot contain negative values"
TOO_LARGE = "ValueError: window shape cannot be larger than input array shape"


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: Any = False
) -> Array:
    """Return `np.lib.stride_tricks.sliding_window_view`, a view that cannot be written."""
    if writeable:
        raise unsupported(
            "sliding_window_view(writeable=True): windows share elements; write to the array itself"
        )
    x = as_array(x)
    sizes = dims_of(window_shape)
    if axis is None:
        axes = list(range(x.ndim))
    else:
        axes = [
            normal_axis(k, x.ndim) for k in (axis if isinstance(axis, tuple | list) else [axis])
        ]
    if len(sizes) != len(axes):
        fail(_unlike(x.ndim, len(sizes), None if axis is None else len(axes)))
    for size in sizes:
        _require_nonnegative(size, NEGATIVE)
    left = list(x.dims)
    for at, size in zip(axes, sizes, strict=True):
        _require_nonnegative(left[at] - size, TOO_LARGE)
        left[at] = left[at] - size + 1
    return Array(x.cell, x.view.windows(axes, sizes))


def _unlike(ndim: int, sizes: int, axes: int | None) -> str:
    if axes is None:
        return (
            "ValueError: Since axis is `None`, must provide window_shape for all dimensions of "
            f"`x`; got {sizes} window_shape elements and `x.ndim` is {ndim}."
        )
    return (
        f"ValueError: Must provide matching length window_shape and axis; got {sizes} window_shape "
        f"elements and {axes} axes elements."
    )


def _require_nonnegative(form: Affine, message: str) -> None:
    facts = current_tracer().facts
    if not facts.assume_nonnegative(form):
        require(greater_equal(form_value(form), form_value(Affine(0))), message)
        facts.learn(form)
