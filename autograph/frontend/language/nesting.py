"""Displays of tuples: which tuples are nested as deep as the data say.

Enters: a tuple that a display made. Leaves: the tuple, or the object that stands for it in a pool,
where an earlier trace has found that tuples made there are nested in each other without end.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.nested_tuples import NestedTuple, nested_tuple_of
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import escape
from autograph.frontend.tracing.tracer import tracer

DEEP = 3
"""Tuples nested less deep than this are not taken to be nested without end."""


def tuple_of(items: tuple[Any, ...]) -> Any:
    """Return a tuple that a display made, or what stands for it."""
    trace = tracer()
    nested = trace.decisions.nested
    if nested and trace.site in nested:
        made = nested_tuple_of(items)
        trace.born(made)
        escape(made, with_lists=True)
        return made
    if any(map(_may_hold_tuples, items)) and depth_of(items) >= DEEP:
        trace.nested_sites.add(trace.site)
    return items


def _may_hold_tuples(x: Any) -> bool:
    return isinstance(x, tuple | Union)


def depth_of(x: Any) -> int:
    """Return how deep tuples are nested."""
    x = narrow(x)
    if isinstance(x, Union):
        return max(depth_of(part) for _, part in alternatives(x))
    if isinstance(x, NestedTuple) or type(x) is not tuple:
        return 0
    return 1 + max(map(depth_of, x), default=0)
