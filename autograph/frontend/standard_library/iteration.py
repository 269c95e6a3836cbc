"""Iterators, as generators in plain Python: what `itertools` and `functools.reduce` do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def reduce(function: Any, iterable: Any, /, *initial: Any) -> Any:
    if initial:
        result = initial[0]
        for x in iterable:
            result = function(result, x)
        return result
    items = list(iterable)
    if len(items) == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    result = items[0]
    for k in range(1, len(items)):
        result = function(result, items[k])
    return result


def accumulate(
    iterable: Any, func: Any = lambda a, b: a + b, *, initial: Any = None
) -> Iterator[Any]:
    if initial is None:
        items = list(iterable)
        if len(items) > 0:
            total = items[0]
            yield total
            for k in range(1, len(items)):
                total = func(total, items[k])
                yield total
    else:
        total = initial
        yield total
        for x in iterable:
            total = func(total, x)
            yield total


def chain(*iterables: Any) -> Iterator[Any]:
    for items in iterables:
        for x in items:
            yield x


def flattened(iterables: Any) -> Iterator[Any]:
    """Do what `chain.from_iterable` does."""
    for items in iterables:
        for x in items:
            yield x


def pairwise(iterable: Any) -> Iterator[tuple[Any, Any]]:
    items = list(iterable)
    for k in range(len(items) - 1):
        yield items[k], items[k + 1]


def product(*iterables: Any, repeat: int = 1) -> Iterator[tuple[Any, ...]]:
    pools = [x if isinstance(x, (range, list, tuple)) else list(x) for x in iterables] * repeat
    for items in tuples_of(pools):
        yield items


def tuples_of(pools: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Go through the tuples of one item of each pool."""
    if len(pools) == 0:
        yield ()
    else:
        for x in pools[0]:
            for rest in tuples_of(pools[1:]):
                yield (x, *rest)


def combinations(iterable: Any, r: int) -> Iterator[tuple[Any, ...]]:
    items = list(iterable)
    for positions in rising(0, len(items), r, 1):
        yield tuple([items[k] for k in positions])


def combinations_with_replacement(iterable: Any, r: int) -> Iterator[tuple[Any, ...]]:
    items = list(iterable)
    for positions in rising(0, len(items), r, 0):
        yield tuple([items[k] for k in positions])


def rising(first: int, end: int, count: int, step: int) -> Iterator[tuple[int, ...]]:
    """Go through tuples of positions, each at least `step` above the one before it."""
    if count == 0:
        yield ()
    else:
        for k in range(first, end):
            for rest in rising(k + step, end, count - 1, step):
                yield (k, *rest)


def permutations(iterable: Any, r: Any = None) -> Iterator[tuple[Any, ...]]:
    items = list(iterable)
    for positions in different(len(items), len(items) if r is None else r, ()):
        yield tuple([items[k] for k in positions])


def different(end: int, count: int, before: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Go through tuples of positions, no two of which are the same."""
    if len(before) == count:
        yield before
    else:
        for k in range(end):
            if k not in before:
                for positions in different(end, count, (*before, k)):
                    yield positions


def groupby(iterable: Any, key: Any = None) -> Iterator[tuple[Any, Any]]:
    items = list(iterable)
    keys = items if key is None else [key(x) for x in items]
    start = 0
    for k in range(1, len(items) + 1):
        if k == len(items) or keys[k] != keys[start]:
            yield keys[start], items[start:k]
            start = k


def starmap(function: Any, iterable: Any) -> Iterator[Any]:
    for arguments in iterable:
        yield function(*arguments)


def takewhile(predicate: Any, iterable: Any) -> Iterator[Any]:
    for x in iterable:
        if not predicate(x):
            break
        yield x


def dropwhile(predicate: Any, iterable: Any) -> Iterator[Any]:
    dropping = True
    for x in iterable:
        if dropping and not predicate(x):
            dropping = False
        if not dropping:
            yield x


def filterfalse(predicate: Any, iterable: Any) -> Iterator[Any]:
    for x in iterable:
        if not (x if predicate is None else predicate(x)):
            yield x


def array_from(iterable: Any, dtype: Any, count: int = -1) -> Any:
    """Do what `np.fromiter` does."""
    return np.array(list(iterable if count < 0 else islice(iterable, count)), dtype)


def compress(data: Any, selectors: Any) -> Iterator[Any]:
    for x, chosen in zip(data, selectors, strict=False):
        if chosen:
            yield x


def islice(iterable: Any, *bounds: Any) -> Iterator[Any]:
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, None)[:3]
    start = 0 if start is None else start
    step = 1 if step is None else step
    if stop is None or stop > 0:
        k = 0
        for x in iterable:
            if k >= start and (k - start) % step == 0:
                yield x
            k += 1
            if stop is not None and k >= stop:
                break


def count(start: Any = 0, step: Any = 1) -> Iterator[Any]:
    x = start
    while True:
        yield x
        x = x + step


def repeat(x: Any, times: Any = None) -> Iterator[Any]:
    if times is None:
        while True:
            yield x
    else:
        for _ in range(times):
            yield x


def cycle(iterable: Any) -> Iterator[Any]:
    items = list(iterable)
    while len(items) > 0:
        for x in items:
            yield x


def items_until(function: Any, end: Any) -> Iterator[Any]:
    """Do what `iter(function, end)` does."""
    while True:
        x = function()
        if x == end:
            break
        yield x


def next_item(iterator: Any, default: Any) -> Any:
    """Do what `next(iterator, default)` does with an object."""
    try:
        return iterator.__next__()
    except StopIteration:
        return default


def closed(generator: Any, exit_: Any) -> None:
    """Do what `generator.close()` does."""
    try:
        generator.throw(exit_)
    except (GeneratorExit, StopIteration):
        return
    raise RuntimeError("generator ignored GeneratorExit")


def applied(function: Any, x: Any) -> Any:
    """Return what a function makes of an item."""
    return function(x)


def item_at(items: Any, k: int) -> Any:
    """Return an item."""
    return items[k]


def is_within(x: int, stop: int, step: int) -> bool:
    """Return whether a number of a range is before its end."""
    return x < stop if step > 0 else x > stop


def place_of(more: bool, k: int, after: int) -> int:
    """Return where the iterator of a list stands, which does not leave its end again."""
    return k if more else after
