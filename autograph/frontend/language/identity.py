"""Whether two contents are one object."""

from __future__ import annotations

from typing import Any

from autograph.frontend.language import objects
from autograph.frontend.symbols.condition import TRUE, Condition
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.symbolic import Array, value_of_form
from autograph.frontend.tracing.tracer import tracer
from autograph.ops.elementwise import equal

CHOSEN_VIEWS = (
    "whether two views are one object is not known after a branch or a loop, or if a list of "
    "unknown length holds them; keep in a variable which one was chosen"
)


def identical(a: Any, b: Any) -> Condition:
    """Return the condition that two contents are one object."""
    if not isinstance(a, Array) or not isinstance(b, Array):
        return objects.identical(a, b)
    if a.cell.row is not None and b.cell.row is not None:
        return _same_in_pool(a, b)
    tracer().compared(a, b)
    return TRUE if _is_same_array(a, b) else ~TRUE


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
