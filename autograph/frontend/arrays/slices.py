"""Positions and slices of one axis: Python integers become forms within the axis' range.

What a program usually means (`u[1:-1]`, `x[i + 1]`, `x[:n]`) stays affine: that the bounds lie
within the axis is proved, or assumed of the arguments and guarded. Else the clamping that NumPy
does is emitted, and an element outside is caught by a check.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.implicit import Telling
from autograph.frontend.symbols.integers import by_sign, floor_divide, maximum, minimum
from autograph.frontend.symbols.magnitude import ORDINARY
from autograph.frontend.symbols.promotion import cast_to
from autograph.frontend.symbols.symbolic import (
    INT64,
    Array,
    Number,
    constant,
    fail,
    require,
    require_fits,
    value_of_form,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice, Value
from autograph.ops.elementwise import add, greater_equal, multiply
from autograph.ops.structure import iota

ZERO = Affine(0)


def index_form(x: Any) -> Affine:
    """Return an integer used as an index, as a form.

    Raises:
        UnsupportedError: If it is no integer.
    """
    if isinstance(x, int | np.integer):
        return Affine(int(x))
    if isinstance(x, Array) and x.ndim == 0 and x.dtype.kind in "iu":
        return Affine.of(cast_to(x.read(), INT64))
    if isinstance(x, Number) and (x.dtype.kind in "iu" or x.kind is bool):
        form = x.form if x.form is not None else Affine.of(cast_to(x.value(), INT64))
        return _within_64_bits(form)
    if hasattr(x, "__index__") and not isinstance(x, Number | Array):
        return Affine(x.__index__())
    if isinstance(x, str):
        raise unsupported(f"the field {x!r} of an array of records; use one array for each field")
    raise unsupported(f"an index must be an integer, a slice or an array, not {x!r}")


def _within_64_bits(form: Affine) -> Affine:
    """Return the form, with a check if it may leave 64 bits and get into an axis from there.

    One symbol and a little more is out of bounds on the other side, too, if it leaves 64 bits.
    """
    if len(form.terms) == 1 and form.terms[0][1] == 1 and abs(form.const) <= ORDINARY:
        return form
    if form.terms:
        require_fits(form)
    return form


def require_nonnegative(form: Affine, message: str) -> None:
    """Make a form nonnegative: proved, assumed of the arguments, or checked at run time."""
    facts = current_tracer().facts
    form = facts.canonical(form)
    if facts.assume_nonnegative(form):
        return
    if form.constant is not None:
        fail(message)
    value = value_of_form(form)
    require(greater_equal(value, constant(0, INT64)), message)
    facts.learn(form)


def position(form: Affine, dim: Affine, error: str | int | Telling = 0) -> Affine:
    """Return the position within an axis that an index means, which may count from the end.

    Args:
        form: The index.
        dim: The size of the axis.
        error: The message where it is out of range, or the number of the axis of an array.
    """
    if isinstance(error, int):
        where = f" is out of bounds for axis {error} with size "
        error = Telling(IndexError, "index ", form, where, dim)
    with current_tracer().facts.positions():
        return _position(form, dim, error)


def _position(form: Affine, dim: Affine, message: str) -> Affine:
    facts = current_tracer().facts
    form = facts.canonical(form)
    if facts.nonnegative(form):
        found = form
    elif facts.negative(form):
        found = form + dim
    elif facts.assume_nonnegative(form):
        found = form
    elif facts.assume_nonnegative(-form - 1):
        found = form + dim
    else:
        found = by_sign(form, form + dim, form)
    require_nonnegative(found, message)
    require_nonnegative(dim - 1 - found, message)
    return found


def bounded_slice(key: slice, dim: Affine) -> Slice:
    """Return the positions that a slice takes of an axis."""
    step = _static_step(key.step)
    if step == 0:
        fail("ValueError: slice step cannot be zero")
    dim = current_tracer().facts.canonical(dim)
    low = None if key.start is None else index_form(key.start)
    high = None if key.stop is None else index_form(key.stop)
    with current_tracer().facts.positions():
        return _bounded_slice(low, high, step, dim)


def _bounded_slice(low: Affine | None, high: Affine | None, step: int, dim: Affine) -> Slice:
    if step > 0:
        start = ZERO if low is None else _clamped(low, dim)
        stop = dim if high is None else _clamped(high, dim)
        return Slice(start, _length(stop - start, step), step)
    start = dim - 1 if low is None else _clamped_down(low, dim)
    stop = Affine(-1) if high is None else _clamped_down(high, dim)
    return Slice(start, _length(start - stop, -step), step)


def has_runtime_step(item: Any) -> bool:
    """Return whether an item of an index is a slice whose step is known only at run time."""
    if not isinstance(item, slice) or not isinstance(item.step, Number):
        return False
    form = item.step.form
    return form is None or current_tracer().facts.canonical(form).constant is None


def positions_of(key: slice, dim: Affine) -> Value:
    """Return the positions that a slice with a run-time step takes of an axis, as a vector.

    Raises:
        UnsupportedError: If the step is not positive.
    """
    facts, step = current_tracer().facts, index_form(key.step)
    if not facts.assume_nonnegative(step - 1):
        raise unsupported("a slice whose step is known only at run time must have a positive one")
    with facts.positions():
        dim = facts.canonical(dim)
        start = ZERO if key.start is None else _clamped(index_form(key.start), dim)
        stop = dim if key.stop is None else _clamped(index_form(key.stop), dim)
        span = stop - start
        if not facts.assume_nonnegative(span):
            span = maximum(span, ZERO)
        counted: Value = iota(length=floor_divide(span + step - 1, step))
    found: Value = add(multiply(counted, value_of_form(step)), value_of_form(start))
    return found


def _static_step(step: Any) -> int:
    if step is None:
        return 1
    if isinstance(step, Number):
        return int(current_tracer().need_static(step))
    return int(step)


def _length(distance: Affine, step: int) -> Affine:
    """Return how many steps fit into a distance, rounded up; none if it is negative."""
    if not current_tracer().facts.assume_nonnegative(distance):
        distance = maximum(distance, ZERO)
    return floor_divide(distance + (step - 1), Affine(step))


def _clamped(form: Affine, dim: Affine) -> Affine:
    """Return a slice bound, moved into the range from 0 to `dim`."""
    facts = current_tracer().facts
    form = facts.canonical(form)
    if facts.assume_nonnegative(form):
        return form if facts.assume_nonnegative(dim - form) else minimum(form, dim)
    if facts.assume_nonnegative(-form - 1):
        return dim + form if facts.assume_nonnegative(dim + form) else maximum(dim + form, ZERO)
    return by_sign(form, maximum(dim + form, ZERO), minimum(form, dim))


def _clamped_down(form: Affine, dim: Affine) -> Affine:
    """Return a bound of a slice that runs down, moved into the range from -1 to `dim - 1`."""
    facts = current_tracer().facts
    form, last, before = facts.canonical(form), dim - 1, Affine(-1)
    if facts.assume_nonnegative(form):
        return form if facts.assume_nonnegative(last - form) else minimum(form, last)
    if facts.assume_nonnegative(-form - 1):
        found = dim + form
        return found if facts.assume_nonnegative(found + 1) else maximum(found, before)
    return by_sign(form, maximum(dim + form, before), minimum(form, last))
