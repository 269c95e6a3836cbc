"""Sorting of short vectors in machine code, where a call of NumPy would take longer than the sort.

Leaves: `sort_short` and `argsort_short`, which sort by insertion, stably, NaN last, and return
whether they did: they leave long vectors alone. `argsort_distinct` also leaves alone vectors of
which several orders are sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numba import njit

#: The most elements that are sorted by insertion: a call of NumPy takes as long as that.
SHORT = 96


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def _precedes(a: Any, b: Any) -> Any:
    return a < b or (b != b and a == a)


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def sort_short(x: Any, out: Any) -> Any:
    """Sort a short vector; return whether it is short."""
    count = x.shape[0]
    if count > SHORT:
        return False
    for k in range(count):
        new = x[k]
        at = k
        while at > 0 and _precedes(new, out[at - 1]):
            out[at] = out[at - 1]
            at -= 1
        out[at] = new
    return True


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def argsort_short(x: Any, out: Any) -> Any:
    """Find the positions that sort a short vector; return whether it is short."""
    count = x.shape[0]
    if count > SHORT:
        return False
    for k in range(count):
        new = x[k]
        at = k
        while at > 0 and _precedes(new, x[out[at - 1]]):
            out[at] = out[at - 1]
            at -= 1
        out[at] = k
    return True


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def argsort_distinct(x: Any, out: Any) -> Any:
    """Find the positions that sort a short vector; return whether no others do as well."""
    if not argsort_short(x, out):
        return False
    for k in range(1, x.shape[0]):  # noqa: SIM110 - numba compiles loops faster
        if not _precedes(x[out[k - 1]], x[out[k]]):
            return False
    return True


def namespace() -> Mapping[str, Callable[..., Any]]:
    """Return the names that generated source uses."""
    functions = (sort_short, argsort_short, argsort_distinct)
    return MappingProxyType({f.__name__: f for f in functions})
