"""Heaps in lists, as plain Python: what `heapq` does, with the same comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def heappush(heap: list[Any], item: Any) -> None:
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


def heappop(heap: list[Any]) -> Any:
    last = heap.pop()
    if len(heap) == 0:
        return last
    least = heap[0]
    heap[0] = last
    sink(heap, 0)
    return least


def heapreplace(heap: list[Any], item: Any) -> Any:
    least = heap[0]
    heap[0] = item
    sink(heap, 0)
    return least


def heappushpop(heap: list[Any], item: Any) -> Any:
    if len(heap) > 0 and heap[0] < item:
        least = heap[0]
        heap[0] = item
        sink(heap, 0)
        return least
    return item


def heapify(heap: list[Any]) -> None:
    for at in range(len(heap) // 2 - 1, -1, -1):
        sink(heap, at)


def rise(heap: list[Any], top: int, at: int) -> None:
    """Move the item at a position up, as long as it is less than its parent."""
    item = heap[at]
    while at > top:
        parent = (at - 1) >> 1
        above = heap[parent]
        if not item < above:
            break
        heap[at] = above
        at = parent
    heap[at] = item


def sink(heap: list[Any], top: int) -> None:
    """Move the item at a position to a leaf, always the way of the lesser child, then up again."""
    end = len(heap)
    item = heap[top]
    at = top
    child = 2 * at + 1
    while child < end:
        if child + 1 < end and not heap[child] < heap[child + 1]:
            child += 1
        heap[at] = heap[child]
        at = child
        child = 2 * at + 1
    heap[at] = item
    rise(heap, top, at)


def nlargest(n: int, iterable: Any, key: Any = None) -> list[Any]:
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]


def nsmallest(n: int, iterable: Any, key: Any = None) -> list[Any]:
    return sorted(iterable, key=key)[: max(n, 0)]


def merge(*iterables: Any, key: Any = None, reverse: bool = False) -> Iterator[Any]:
    every = [x for items in iterables for x in items]
    for x in sorted(every, key=key, reverse=reverse):
        yield x
