"""`np.nditer`: the elements of arrays, one by one, as arrays without axes.

Enters: the arrays and what is asked of the iterator. Leaves: what goes through them in the order of
memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.arrays.elementwise import as_operand
from autograph.frontend.arrays.slices import require_nonnegative
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.numpy_reduce import product_of
from autograph.frontend.numpy_api.numpy_shape import as_array, broadcast_to
from autograph.frontend.numpy_api.strides import is_contiguous
from autograph.frontend.standard_library.elements import elements
from autograph.frontend.symbols.broadcasting import common_dims
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.implicit import message_of
from autograph.frontend.symbols.symbolic import Array, python_number
from autograph.frontend.symbols.view import Dims

NOTHING = message_of(ValueError("Iteration of zero-sized operands is not enabled"))

INSTEAD = "go through np.ndenumerate(x) or np.ndindex(x.shape)"

READ = ("readonly",)
WRITTEN = (("readwrite",), ("writeonly",))
HARMLESS = {"refs_ok", "common_dtype", "copy_if_overlap"}
"""What may be asked of an iterator over elements of one dtype that is no different then."""


def nditer(op: Any, flags: Any = None, op_flags: Any = None, *, order: str = "K") -> Any:
    """Return what `np.nditer` goes through."""
    several = isinstance(op, tuple | list) and any(map(_is_array, op))
    given = list(op) if several else [op]
    asked = set(flags or ()) - HARMLESS - {"multi_index", "zerosize_ok"}
    if asked or order not in ("K", "C") or any(x is None for x in given):
        what = f"flags={sorted(asked)}" if asked else f"order={order!r}, or None as an operand"
        raise unsupported(f"np.nditer with {what} is not supported; {INSTEAD}")
    operands = list(map(as_array, given))
    kinds = _access(op_flags, len(operands))
    dims = common_dims([x.dims for x in operands])
    for dim in dims if "zerosize_ok" not in (flags or ()) else ():
        require_nonnegative(dim - 1, NOTHING)
    if order == "K" and not all(_lies_in_order(x) for x in operands):
        raise unsupported(
            "np.nditer of an array that does not lie in row-major order goes through it in the "
            f"order of memory, which is not supported; ask for order='C', or {INSTEAD}"
        )
    seen = [_seen(x, dims, k in WRITTEN) for x, k in zip(operands, kinds, strict=True)]
    shape = tuple(python_number(int, dim) for dim in dims)
    sizes = tuple(python_number(int, product_of(dims[k:])) for k in range(len(dims) + 1))
    has_positions = "multi_index" in (flags or ())
    return defined(elements)(tuple(seen), shape, sizes, not several, has_positions)


def _is_array(x: Any) -> bool:
    return isinstance(as_operand(x) if isinstance(x, np.ndarray) else x, Array)


def _access(op_flags: Any, count: int) -> list[tuple[str, ...]]:
    """Return how each operand is used: whether its elements are written."""
    if op_flags is None:
        return [READ] * count
    each = [op_flags] * count if all(isinstance(x, str) for x in op_flags) else op_flags
    kinds = [tuple(kind) for kind in each]
    if len(kinds) != count or any(kind not in (READ, *WRITTEN) for kind in kinds):
        raise unsupported(f"np.nditer with op_flags={op_flags!r} is not supported; {INSTEAD}")
    return kinds


def _lies_in_order(x: Array) -> bool:
    return bool(x.cell.contiguous) and is_contiguous(x.view)


def _seen(x: Array, dims: Dims, is_written: bool) -> Array:
    """Return an array as the iterator sees it: it broadcasts, unless it is written."""
    return x if is_written else broadcast_to(x, tuple(python_number(int, dim) for dim in dims))
