"""Whether two contents are one object."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.flow.control import condition_of
from autograph.frontend.language import objects
from autograph.frontend.standard_library.nested_tuples import NestedTuple
from autograph.frontend.symbols.condition import TRUE, Condition, all_of, any_of
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.leaves import is_number, kind_key
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Array, Number, value_of_form
from autograph.frontend.tracing.stand_in import class_of
from autograph.frontend.tracing.tracer import tracer
from autograph.ops.elementwise import equal

NUMBERS = (
    "whether two numbers are one object is not known while compiling; compare them with == or !=, "
    "or keep in a variable which one was chosen"
)

TUPLES = (
    "whether two tuples are one object is not known while compiling; compare them with == or "
    "!=, or keep in a variable which one was chosen"
)

CHOSEN_VIEWS = (
    "whether two views are one object is not known after a branch or a loop, or if a list of "
    "unknown length holds them; keep in a variable which one was chosen"
)


def identical(a: Any, b: Any) -> Condition:
    """Return the condition that two contents are one object."""
    if is_number(a) and is_number(b):
        return _is_same_number(a, b)
    if _is_tuple(a) and _is_tuple(b):
        return _is_same_tuple(a, b)
    if not isinstance(a, Array) or not isinstance(b, Array):
        return objects.identical(a, b)
    if a.cell.row is not None and b.cell.row is not None:
        return _same_in_pool(a, b)
    tracer().compared(a, b)
    return TRUE if _is_same_array(a, b) else ~TRUE


def _is_same_number(a: Any, b: Any) -> Condition:
    are_known = not isinstance(a, Number) and not isinstance(b, Number)
    if a is b or are_known or kind_key(kind_of(a)) != kind_key(kind_of(b)):
        return TRUE if a is b else ~TRUE
    if np.dtype(kind_of(a)) != np.dtype(bool):  # there is one object for each truth value
        raise unsupported(NUMBERS)
    p, q = condition_of(a), condition_of(b)
    return any_of([all_of([p, q]), all_of([~p, ~q])])


def _is_tuple(x: Any) -> bool:
    return isinstance(x, tuple | NestedTuple)


def _is_same_tuple(a: Any, b: Any) -> Condition:
    """Return the condition that two tuples are one, which are no objects but their items."""
    lengths = [None if growing_of(x) is not None else _length(x) for x in (a, b)]
    if a is b or lengths == [0, 0]:
        return TRUE
    may_be_one = class_of(a) is class_of(b) and (None in lengths or lengths[0] == lengths[1])
    if may_be_one and not (isinstance(a, NestedTuple) and isinstance(b, NestedTuple)):
        raise unsupported(TUPLES)
    return objects.identical(a, b)


def _length(x: Any) -> int:
    return len(x._names) if isinstance(x, NestedTuple) else len(x)


def _same_in_pool(a: Array, b: Array) -> Condition:
    """Return the condition that two arrays in pools are one object."""
    one, other = a.cell.row, b.cell.row
    if a is b:
        return TRUE
    if one.pool is not other.pool or a.view.derived != b.view.derived:
        return ~TRUE
    if a.view.derived:
        raise unsupported(CHOSEN_VIEWS)
    return Condition(equal(value_of_form(one.at), value_of_form(other.at)))


def _is_same_array(a: Array, b: Array) -> bool:
    if a.cell is not b.cell and a.cell.may_be(b.cell):
        raise tracer().stale(a.cell)
    if a is b or a.cell is not b.cell or a.view.derived != b.view.derived:
        return a is b
    if a.view.joined or b.view.joined:
        raise unsupported(CHOSEN_VIEWS)
    return a.view == b.view and not a.view.derived
