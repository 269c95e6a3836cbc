"""Which floating-point errors raise: what `np.errstate` says around the line that is traced.

Where one may have happened but it is not certain that NumPy notices it, too, a check makes the
original function run instead, which finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import reduce, wraps
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import constant, require
from autograph.ir.graph import Value
from autograph.ops.elementwise import (
    absolute,
    isfinite,
    isnan,
    less,
    logical_or,
    maximum,
    multiply,
)
from autograph.ops.reduction import prod, sum_

KINDS = ("divide", "over", "under", "invalid")
"""The kinds of errors, in the order in which NumPy looks for them."""

SILENT = ("ignore", "warn")
"""What may become of errors that compiled code does not look for."""

DOUBT = "there may have been a floating-point error"


class FloatingErrors(Struct):
    """What becomes of floating-point errors.

    Attributes:
        raising: The kinds that raise.
        depth: How many `np.errstate` are around here.
        certain: Whether what is traced is what NumPy computes, step by step.
    """

    raising: frozenset[str] = frozenset()
    depth: int = 0
    certain: bool = True


def _raising_under(manager: np.errstate) -> frozenset[str]:
    """Return the kinds of errors that raise inside of an `np.errstate`."""
    raising = set(current_tracer().floating_errors.raising)
    for kind in KINDS:
        mode = getattr(manager, f"_{kind}") or manager._all  # type: ignore[attr-defined]
        if mode in ("call", "print", "log"):
            raise unsupported(
                f"np.errstate({kind}={mode!r}) is not supported; use {kind}='raise' and catch "
                "FloatingPointError, or enter errstate around the call of the compiled function"
            )
        if mode == "raise":
            raising.add(kind)
        elif mode is not None:
            raising.discard(kind)
    return frozenset(raising)


def under_errstate(manager: np.errstate) -> AbstractContextManager[None]:
    """Be inside of an `np.errstate`; what is known is computed so, too."""
    return _raising(_raising_under(manager))


@contextmanager
def _raising(kinds: frozenset[str]) -> Iterator[None]:
    errors = current_tracer().floating_errors
    before, errors.raising = errors.raising, kinds
    errors.depth += 1
    try:
        with np.errstate(**{kind: "raise" if kind in kinds else "ignore" for kind in KINDS}):  # type: ignore[arg-type]
            yield
    finally:
        errors.raising = before
        errors.depth -= 1


def without_certainty(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose errors need not be those of what it is traced in the place of."""

    @wraps(f)
    def doubtful(*args: Any, **kwargs: Any) -> Any:
        errors = current_tracer().floating_errors
        before, errors.certain = errors.certain, False
        try:
            return f(*args, **kwargs)
        finally:
            errors.certain = before

    return doubtful


def are_raised() -> bool:
    """Return whether any floating-point error raises here."""
    return bool(current_tracer().floating_errors.raising)


def require_none(condition: Value) -> None:
    """Have plain Python run where a condition that excludes errors does not hold."""
    require(condition, DOUBT)


def doubt() -> None:
    """Have plain Python run."""
    require_none(constant(False, np.bool_))


def doubt_result(result: Value) -> None:
    """Have plain Python run if a result tells of an error, of whatever was computed for it."""
    kinds = current_tracer().floating_errors.raising
    if not kinds or result.dtype.kind not in "fc":
        return
    if "under" in kinds:
        doubt()
    require_none(isfinite(result))


def doubt_sum(*factors: Value) -> None:
    """Have plain Python run if a sum of products of elements may overflow, in whatever order.

    Args:
        *factors: The arrays that the products are of.
    """
    kinds = current_tracer().floating_errors.raising
    if not kinds or factors[0].dtype.kind not in "fc":
        return
    if "under" in kinds and len(factors) > 1:
        doubt()
    if kinds - {"under"}:
        require_none(isfinite(reduce(multiply, map(_total, factors))))


def _total(x: Value) -> Value:
    """Return the sum of the sizes of elements."""
    sizes: Value = absolute(x)
    total: Value = sum_(sizes, axes=tuple(range(x.ndim))) if x.ndim else sizes
    return total


def doubt_product(x: Value) -> None:
    """Have plain Python run if a product of elements may overflow, in whatever order."""
    kinds = current_tracer().floating_errors.raising
    if not kinds or x.dtype.kind not in "fc":
        return
    if "under" in kinds:
        doubt()
    sizes: Value = absolute(x)
    large: Value = maximum(sizes, constant(1.0, sizes.dtype))
    require_none(isfinite(prod(large, axes=tuple(range(x.ndim))) if x.ndim else large))


def doubt_cast(value: Value, result: Value) -> None:
    """Have plain Python run if a conversion may have met a number that the other type lacks."""
    kinds = current_tracer().floating_errors.raising
    if not kinds or value.dtype.kind not in "fc" or result.dtype.kind == "b":
        return
    if result.dtype.kind in "iu":
        if "invalid" in kinds:
            limit = constant(2.0 ** (8 * min(result.dtype.itemsize, 8) - 2), value.dtype)
            require_none(less(absolute(value), limit))
    elif result.dtype.itemsize < value.dtype.itemsize:
        if "under" in kinds:
            doubt()
        require_none(logical_or(isfinite(result), isnan(value)))
