"""What NumPy says where shapes do not fit, and Python where lengths do not: for those who catch it.

Enters: the dims of operands, before an operation. Leaves: checks of what the operation requires of
them, with NumPy's text. Where nothing catches the exception there is nothing to be done: the
operation finds out itself, and the plain function says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograph.frontend.arrays.slices import require_nonnegative
from autograph.frontend.symbols.broadcasting import ONE, common_dims, require_equal, require_fitting
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.implicit import Telling, raised_by
from autograph.frontend.symbols.view import Dims
from autograph.ir.affine import Affine

GUFUNC = "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
PRODUCT = "(n?,k),(k,m?)->(n?,m?)"


def shape(dims: Dims) -> list[Any]:
    """Return the text of a shape, as parts."""
    canonical = current_tracer().facts.canonical
    parts = [part for dim in dims for part in (",", canonical(dim))]
    return ["(", *parts[1:], ",)" if len(dims) == 1 else ")"]


def _telling(*parts: Any, kind: type[BaseException] = ValueError) -> Callable[[], Telling]:
    """Return what makes the message of an exception, of pieces of text, forms and shapes."""

    def message() -> Telling:
        spread: list[Any] = []
        for part in parts:
            spread += shape(part) if isinstance(part, tuple) else [part]
        return Telling(kind, *spread)

    return message


def _is_asked() -> bool:
    return current_tracer().tells(ValueError)


def require_broadcast(shapes: Sequence[Dims], out: Dims | None = None) -> None:
    """Require that operands broadcast, and fit into what the result is written to."""
    if not _is_asked():
        return
    taken = [tuple(dims) for dims in (*shapes, *(() if out is None else (out,)))]
    shown = [part for dims in taken for part in (" ", dims)]
    start = "operands could not be broadcast together with shapes"
    common = common_dims(taken, _telling(start, *shown, " "))
    if out is None:
        return
    text = "non-broadcastable output operand with shape ", tuple(out)
    unfit = _telling(*text, " doesn't match the broadcast shape ", common)
    if len(out) < len(common):
        current_tracer().fail(unfit())
    for own, wanted in zip(out, common, strict=True):
        require_equal(own, wanted, unfit)


def require_assigned(given: Dims, target: Dims) -> None:
    """Require that what is assigned to an array broadcasts to it."""
    if not _is_asked():
        return
    text = (
        "could not broadcast input array from shape ",
        tuple(given),
        " into shape ",
        tuple(target),
    )
    _require_fits(given, target, _telling(*text))


def _require_fits(given: Dims, target: Dims, message: Callable[[], Telling]) -> None:
    """Require that dims broadcast to others, but for those in front that these have no room for."""
    count = min(len(given), len(target))
    pairs = zip(given[len(given) - count :], target[len(target) - count :], strict=True)
    for dim in given[: len(given) - count]:
        require_equal(dim, ONE, message)
    for own, wanted in pairs:
        require_fitting(own, wanted, message)


def require_matmul(a: Dims, b: Dims) -> None:
    """Require that the inner axes of two matrices, or stacks of them, are as long."""
    if not _is_asked():
        return
    own, other = a[-1], b[-2] if len(b) > 1 else b[0]
    text = GUFUNC, PRODUCT, " (size ", other, " is different from ", own, ")"
    require_equal(own, other, _telling(*text))


def require_dot(a: Dims, b: Dims) -> None:
    """Require of the operands of `np.dot` what it wants."""
    if not _is_asked():
        return
    last, inner = len(a) - 1, max(len(b) - 2, 0)
    text = "shapes ", tuple(a), " and ", tuple(b), " not aligned: ", a[last], f" (dim {last}) != "
    require_equal(a[last], b[inner], _telling(*text, b[inner], f" (dim {inner})"))


def require_reshape(dims: Dims, sizes: tuple[Affine, Affine]) -> None:
    """Require that an array has as many elements as one of other dims.

    Args:
        dims: The other dims.
        sizes: How many elements that has, and the array.
    """
    if _is_asked():
        text = "cannot reshape array of size ", sizes[1], " into shape ", dims
        require_equal(*sizes, _telling(*text))


def require_joined(shapes: Sequence[Dims], along: int) -> None:
    """Require that arrays that are joined are as long along the other axes."""
    if not _is_asked():
        return
    start = (
        "all the input array dimensions except for the concatenation axis must match exactly, "
        "but along dimension "
    )
    for k, dims in enumerate(shapes[1:], start=1):
        for axis, (first, own) in enumerate(zip(shapes[0], dims, strict=True)):
            if axis != along:
                where = f"{axis}, the array at index 0 has size "
                rest = first, f" and the array at index {k} has size ", own
                require_equal(first, own, _telling(start, where, *rest))


def indexing_dims(shapes: Sequence[Dims]) -> Dims:
    """Return the dims that arrays of indices broadcast to."""
    shown = [part for dims in shapes for part in (" ", tuple(dims))]
    start = "shape mismatch: indexing arrays could not be broadcast together with shapes"
    return common_dims(shapes, _telling(start, *shown, " ", kind=IndexError))


def require_scattered(given: Dims, target: Dims) -> None:
    """Require that what is assigned to indexed elements broadcasts to them."""
    if not _is_asked():
        return
    text = (
        *("shape mismatch: value array of shape ", tuple(given)),
        *(" could not be broadcast to indexing result of shape ", tuple(target)),
    )
    _require_fits(given, target, _telling(*text))


def require_masking(mask: Dims, dims: Dims, axis: int) -> None:
    """Require that a mask is as long as the axes that it selects from.

    Args:
        mask: The dims of the mask.
        dims: Those of the axes.
        axis: The number of the first of them.
    """
    for k, (own, wanted) in enumerate(zip(mask, dims, strict=False), start=axis):
        start = f"boolean index did not match indexed array along axis {k}; size of axis is "
        text = start, wanted, " but size of corresponding boolean axis is ", own
        require_equal(own, wanted, _telling(*text, kind=IndexError))


def _unpacked(items: list[int]) -> int:
    (item,) = items
    return item


COUNTS = "got" in raised_by(_unpacked, [1, 2])
"""Whether Python says of a list that is too long how long it is."""


def require_unpacked(length: Affine, wanted: int, *, is_list: bool) -> None:
    """Require as many items as are unpacked.

    Args:
        length: How many there are.
        wanted: How many are unpacked.
        is_list: Whether they are those of a list.
    """
    if _is_asked() and not current_tracer().facts.assume_equal(length, Affine(wanted)):
        text = f"not enough values to unpack (expected {wanted}, got ", length, ")"
        require_nonnegative(length - wanted, Telling(ValueError, *text))
        got = (", got ", length) if is_list and COUNTS else ()
        text = f"too many values to unpack (expected {wanted}", *got, ")"
        require_nonnegative(Affine(wanted) - length, Telling(ValueError, *text))
    require_equal(length, Affine(wanted))


def require_unpacked_at_least(length: Affine, wanted: int) -> None:
    """Require as many items as are unpacked beside a starred target."""
    text = f"not enough values to unpack (expected at least {wanted}, got ", length, ")"
    require_nonnegative(length - wanted, Telling(ValueError, *text))
