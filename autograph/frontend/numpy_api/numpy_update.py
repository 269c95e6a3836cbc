"""Functions that change an array: copyto, put, place, fill_diagonal and their kin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import as_operand
from autograph.frontend.numpy_api.library_calls import change_on_host
from autograph.frontend.numpy_api.numpy_reduce import as_truth
from autograph.frontend.symbols.broadcasting import fitted_to
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.promotion import cast_to, kind_of, value_of
from autograph.frontend.symbols.symbolic import Array, fail
from autograph.ir.types import DType
from autograph.ops.elementwise import switch


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Do `np.copyto`."""
    target, source = writable(dst), as_operand(src)
    own: DType = np.dtype(kind_of(source))
    weak = not isinstance(source, Array) and isinstance(kind_of(source), type)
    if not weak and not np.can_cast(own, target.dtype, casting):  # type: ignore[arg-type]
        fail(f"TypeError: Cannot cast array data from {own} to {target.dtype}")
    if weak and not np.can_cast(np.result_type(own.type(0).item(), target.dtype), target.dtype):
        fail(f"TypeError: Cannot cast {own} to {target.dtype}")
    new = fitted_to(value_of(source, target.dtype), target.dims)
    if where is not True:
        mask = fitted_to(as_truth(value_of(as_operand(where))), target.dims)
        new = switch(mask, new, target.read())
    target.write(cast_to(new, target.dtype))


def writable(x: Any) -> Array:
    """Return the handle of an argument that is going to be changed."""
    target = current_tracer().lift(x) if isinstance(x, np.ndarray) else x
    if not isinstance(target, Array):
        raise unsupported(f"a {type(x).__name__} cannot be changed in place; pass an array")
    if target.view.readonly:
        fail("ValueError: assignment destination is read-only")
    return target


CALLS: dict[Any, Callable[..., Any]] = {
    np.copyto: copyto,
    **{
        f: partial(change_on_host, f)
        for f in (np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis)
    },
}
"""What functions that change their first argument do."""
