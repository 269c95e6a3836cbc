"""Methods and builtins over lists and other iterables, as plain Python.

They are traced like the user's functions where the iterable is known only when the program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def extend(items: list[Any], more: Iterable[Any]) -> None:
    """Do what `items.extend(more)` does."""
    for x in more:
        items.append(x)


def insert(items: list[Any], at: int, x: Any) -> None:
    """Do what `items.insert(at, x)` does."""
    if at < 0:
        at += len(items)
    if at < 0:
        at = 0
    if at > len(items):
        at = len(items)
    items.append(x)
    for k in range(len(items) - 1, at, -1):
        items[k] = items[k - 1]
    items[at] = x


def pop(items: list[Any], at: int) -> Any:
    """Do what `items.pop(at)` does."""
    found = items[at]
    if at < 0:
        at += len(items)
    for k in range(at, len(items) - 1):
        items[k] = items[k + 1]
    items.pop()
    return found


def remove(items: list[Any], x: Any) -> None:
    """Do what `items.remove(x)` does."""
    at = index(items, x)
    pop(items, at)


def reverse(items: list[Any]) -> None:
    """Do what `items.reverse()` does."""
    count = len(items)
    for k in range(count // 2):
        items[k], items[count - 1 - k] = items[count - 1 - k], items[k]


def index(items: list[Any], x: Any) -> int:
    """Do what `items.index(x)` does."""
    for k, item in enumerate(items):
        if item == x:
            return k
    raise ValueError(f"{x!r} is not in list")


def count(items: Iterable[Any], x: Any) -> int:
    """Do what `items.count(x)` does."""
    found = 0
    for item in items:
        if item == x:
            found += 1
    return found


def contains(items: Iterable[Any], x: Any) -> bool:
    """Do what `x in items` does."""
    for item in items:  # noqa: SIM110 - what is called is what this defines
        if item == x:
            return True
    return False


def as_list(items: Iterable[Any] = ()) -> list[Any]:
    """Do what `list(items)` does."""
    result = []
    for x in items:
        result.append(x)
    return result


def concatenated(items: Iterable[Any], more: Iterable[Any]) -> list[Any]:
    """Do what `items + more` does."""
    result = []
    for x in items:
        result.append(x)
    for x in more:
        result.append(x)
    return result


def repeated(items: Iterable[Any], times: int) -> list[Any]:
    """Do what `items * times` does."""
    result = []
    for _ in range(times):
        for x in items:
            result.append(x)
    return result


def any_of(items: Iterable[Any]) -> bool:
    """Do what `any(items)` does."""
    for x in items:  # noqa: SIM110
        if x:
            return True
    return False


def all_of(items: Iterable[Any]) -> bool:
    """Do what `all(items)` does."""
    for x in items:  # noqa: SIM110
        if not x:
            return False
    return True


def total(items: Iterable[Any], start: Any = 0) -> Any:
    """Do what `sum(items, start)` does."""
    for x in items:
        start = start + x
    return start


def smallest(items: list[Any]) -> Any:
    """Do what `min(items)` does."""
    if len(items) == 0:
        raise ValueError("min() arg is an empty sequence")
    best = items[0]
    for k in range(1, len(items)):
        if items[k] < best:
            best = items[k]
    return best


def largest(items: list[Any]) -> Any:
    """Do what `max(items)` does."""
    if len(items) == 0:
        raise ValueError("max() arg is an empty sequence")
    best = items[0]
    for k in range(1, len(items)):
        if items[k] > best:
            best = items[k]
    return best


def smallest_made(items: Iterable[Any]) -> Any:
    """Do what `min(items)` does with items that are made on the way."""
    return smallest(as_list(items))


def largest_made(items: Iterable[Any]) -> Any:
    """Do what `max(items)` does with items that are made on the way."""
    return largest(as_list(items))


def numbered(items: Iterable[Any], start: int = 0) -> Iterator[tuple[int, Any]]:
    """Do what `enumerate(items, start)` does."""
    k = start
    for x in items:
        yield k, x
        k += 1


def mapped(f: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Do what `map(f, items)` does."""
    for x in items:
        yield f(x)
