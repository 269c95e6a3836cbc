"""Sorting of lists and comparing of tuples, as plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def sorted_by(items: list[Any], keys: list[Any], reverse: bool) -> list[Any]:
    """Return items in the order of their keys, which are more than numbers."""
    return [items[k] for k in merged_order(keys, reverse)]


def merged_order(keys: list[Any], reverse: bool) -> list[int]:
    """Return the order that sorts keys: merge runs of 1, 2, 4, ... of them."""
    count = len(keys)
    order = list(range(count))
    merged = list(range(count))
    width = 1
    while width < count:
        for low in range(0, count, 2 * width):
            middle = min(low + width, count)
            high = min(low + 2 * width, count)
            a, b = low, middle
            for k in range(low, high):
                if a < middle and (b >= high or not _precedes(keys, order[b], order[a], reverse)):
                    merged[k] = order[a]
                    a += 1
                else:
                    merged[k] = order[b]
                    b += 1
        for k in range(count):
            order[k] = merged[k]
        width *= 2
    return order


def _precedes(keys: list[Any], a: int, b: int, reverse: bool) -> Any:
    return keys[b] < keys[a] if reverse else keys[a] < keys[b]


# ---------------------------------------------------------------- tuples


def equal(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a == b` does."""
    if len(a) != len(b):
        return False
    if len(a) == 0:
        return True
    if len(a) == 1:
        return a[0] == b[0]
    return a[0] == b[0] and equal(a[1:], b[1:])


def unequal(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a != b` does."""
    return not equal(a, b)


def less(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a < b` does."""
    if len(a) == 0 or len(b) == 0:
        return len(a) < len(b)
    if len(a) == 1 and len(b) == 1:
        return a[0] < b[0]
    return less(a[1:], b[1:]) if a[0] == b[0] else a[0] < b[0]


def less_equal(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a <= b` does."""
    if len(a) == 0 or len(b) == 0:
        return len(a) <= len(b)
    if len(a) == 1 and len(b) == 1:
        return a[0] <= b[0]
    return less_equal(a[1:], b[1:]) if a[0] == b[0] else a[0] < b[0]


def greater(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a > b` does."""
    return less(b, a)


def greater_equal(a: tuple[Any, ...], b: tuple[Any, ...]) -> Any:
    """Do what `a >= b` does."""
    return less_equal(b, a)


# ---------------------------------------------------------------- lists


def equal_items(a: Any, b: Any) -> Any:
    """Do what `a == b` does."""
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=False):  # noqa: SIM110 - as the others
        if x != y:
            return False
    return True


def unequal_items(a: Any, b: Any) -> Any:
    """Do what `a != b` does."""
    return not equal_items(a, b)


def less_items(a: Any, b: Any) -> Any:
    """Do what `a < b` does."""
    for x, y in zip(a, b, strict=False):
        if x != y:
            return x < y
    return len(a) < len(b)


def less_equal_items(a: Any, b: Any) -> Any:
    """Do what `a <= b` does."""
    for x, y in zip(a, b, strict=False):
        if x != y:
            return x < y
    return len(a) <= len(b)


def greater_items(a: Any, b: Any) -> Any:
    """Do what `a > b` does."""
    return less_items(b, a)


def greater_equal_items(a: Any, b: Any) -> Any:
    """Do what `a >= b` does."""
    return less_equal_items(b, a)


TUPLES: dict[str, Callable[..., Any]] = {
    "eq": equal,
    "ne": unequal,
    "lt": less,
    "le": less_equal,
    "gt": greater,
    "ge": greater_equal,
}
"""How tuples are compared that have run-time values in them."""


LISTS: dict[str, Callable[..., Any]] = {
    "eq": equal_items,
    "ne": unequal_items,
    "lt": less_items,
    "le": less_equal_items,
    "gt": greater_items,
    "ge": greater_equal_items,
}
"""How lists and tuples are compared whose length is a run-time value."""
