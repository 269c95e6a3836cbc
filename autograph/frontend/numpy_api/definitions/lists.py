"""Methods and builtins over lists and other iterables, as plain Python.

They are traced like the user's functions where the iterable is known only when the program runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.sorting import stable_order


def _said_of_none(f: Callable[..., Any]) -> str:
    """Return what `min` or `max` say of no items, which depends on the version of Python."""
    try:
        return str(f(()))
    except ValueError as error:
        return str(error)


SMALLEST_OF_NONE = _said_of_none(min)
LARGEST_OF_NONE = _said_of_none(max)


def extend(items: list[Any], more: Iterable[Any]) -> None:
    """Do what `items.extend(more)` does."""
    for x in more:
        items.append(x)


def print_items(
    before: list[Any], items: list[Any], after: list[Any], sep: Any = " ", end: Any = "\n"
) -> None:
    """Do what `print(*before, *items, *after)` does."""
    texts = [*map(str, before), *map(str, items), *map(str, after)]
    print((" " if sep is None else sep).join(texts), end=end)


def _gone_through(x: Any) -> Any:
    """Return the only argument of `max`, which must be one that can be gone through."""
    if isinstance(x, list | tuple | dict | set | np.ndarray):
        return x
    raise TypeError(f"{type(x).__name__!r} object is not iterable")


def largest_of(before: list[Any], items: list[Any], after: list[Any], **options: Any) -> Any:
    """Do what `max(*before, *items, *after)` does."""
    given = [*before, *items, *after]
    if len(given) > 1:
        return max(given, **options)
    if given:
        return max(_gone_through(given[0]), **options)
    raise TypeError("max expected at least 1 argument, got 0")


def common_divisor_of(before: list[Any], items: list[Any], after: list[Any]) -> int:
    """Do what `math.gcd(*before, *items, *after)` does."""
    found = 0
    for x in [*before, *items, *after]:
        found = math.gcd(found, x)
    return found


def common_multiple_of(before: list[Any], items: list[Any], after: list[Any]) -> int:
    """Do what `math.lcm(*before, *items, *after)` does."""
    found = 1
    for x in [*before, *items, *after]:
        found = math.lcm(found, x)
    return found


def columns_of(rows: list[Any]) -> Iterator[Any]:
    """Do what `zip(*rows)` does, where there are rows."""
    count = len(rows[0])
    if not isinstance(rows[0], tuple):
        for row in rows:
            count = min(count, len(row))
    for k in range(count):
        yield tuple([row[k] for row in rows])


def smallest_of(before: list[Any], items: list[Any], after: list[Any], **options: Any) -> Any:
    """Do what `min(*before, *items, *after)` does."""
    given = [*before, *items, *after]
    if len(given) > 1:
        return min(given, **options)
    if given:
        return min(_gone_through(given[0]), **options)
    raise TypeError("min expected at least 1 argument, got 0")


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
    if len(items) == 0:
        raise IndexError("pop from empty list")
    if at < -len(items) or at >= len(items):
        raise IndexError("pop index out of range")
    found = items[at]
    delete(items, at)
    return found


def delete(items: list[Any], at: int) -> None:
    """Do what `del items[at]` does."""
    if at < -len(items) or at >= len(items):
        raise IndexError("list assignment index out of range")
    if at < 0:
        at += len(items)
    for k in range(at, len(items) - 1):
        items[k] = items[k + 1]
    items.pop()


def remove(items: list[Any], x: Any) -> None:
    """Do what `items.remove(x)` does."""
    delete(items, index(items, x))


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


def as_tuple(items: Iterable[Any]) -> Any:
    """Do what `tuple(items)` does with items that are made on the way."""
    return tuple(as_list(items))


def join(separator: str, items: Iterable[str]) -> str:
    """Do what `separator.join(items)` does with items that are made on the way."""
    return separator.join(as_list(items))


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


def repeat(items: list[Any], times: int) -> None:
    """Do what `items *= times` does."""
    count = len(items)
    if times <= 0:
        items.clear()
    for _ in range(times - 1):
        for k in range(count):
            items.append(items[k])


def part_of_list(items: list[Any], start: int, count: int, step: int) -> list[Any]:
    """Do what `items[start::step]` does, of so many items."""
    result = []
    for k in range(count):
        result.append(items[start + k * step])
    return result


def part_of_tuple(items: tuple[Any, ...], start: int, count: int, step: int) -> Any:
    """Do what `items[start::step]` does, of so many items of a tuple."""
    result = []
    for k in range(count):
        result.append(items[start + k * step])
    return tuple(result)


def replace_part(items: list[Any], start: int, count: int, step: int, new: Any) -> None:
    """Do what `items[start : start + count] = new` does."""
    values = list(new)
    rest = []
    for k in range(start + count, len(items)):
        rest.append(items[k])
    while len(items) > start:
        items.pop()
    items.extend(values)
    items.extend(rest)


def replace_steps(items: list[Any], start: int, count: int, step: int, new: Any) -> None:
    """Do what `items[start::step] = new` does, of so many items."""
    values = list(new)
    if len(values) != count:
        raise ValueError(
            f"attempt to assign sequence of size {len(values)} to extended slice of size {count}"
        )
    for k in range(count):
        items[start + k * step] = values[k]


def delete_steps(items: list[Any], start: int, count: int, step: int) -> None:
    """Do what `del items[start::step]` does, of so many items."""
    if step < 0:
        start, step = start + (count - 1) * step, -step
    place = start
    for k in range(start, len(items)):
        away = k - start
        if away % step != 0 or away // step >= count:
            items[place] = items[k]
            place += 1
    for _ in range(count):
        items.pop()


def copies(items: Iterable[Any]) -> list[Any]:
    """Return a list of copies of arrays."""
    return [x.copy() for x in items]


def rows_of(x: Any) -> list[Any]:
    """Do what `list(x)` does, of an array."""
    return [x[k] for k in range(len(x))]


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
        raise ValueError(SMALLEST_OF_NONE)
    best = items[0]
    for k in range(1, len(items)):
        if items[k] < best:
            best = items[k]
    return best


def largest(items: list[Any]) -> Any:
    """Do what `max(items)` does."""
    if len(items) == 0:
        raise ValueError(LARGEST_OF_NONE)
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


def smallest_by(items: Iterable[Any], key: Any, default: tuple[Any, ...]) -> Any:
    """Do what `min(items, key=key, default=...)` does; `default` is empty if none is given."""
    listed = as_list(items)
    if len(listed) == 0:
        if default:
            return default[0]
        raise ValueError(SMALLEST_OF_NONE)
    best = listed[0]
    least = best if key is None else key(best)
    for k, x in enumerate(listed):
        if k > 0:
            measure = x if key is None else key(x)
            if measure < least:
                best, least = x, measure
    return best


def largest_by(items: Iterable[Any], key: Any, default: tuple[Any, ...]) -> Any:
    """Do what `max(items, key=key, default=...)` does; `default` is empty if none is given."""
    listed = as_list(items)
    if len(listed) == 0:
        if default:
            return default[0]
        raise ValueError(LARGEST_OF_NONE)
    best = listed[0]
    most = best if key is None else key(best)
    for k, x in enumerate(listed):
        if k > 0:
            measure = x if key is None else key(x)
            if measure > most:
                best, most = x, measure
    return best


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


def filtered(test: Any, items: Iterable[Any]) -> Iterator[Any]:
    """Do what `filter(test, items)` does."""
    for x in items:
        if x if test is None else test(x):
            yield x


def applied(f: Any, items: Iterable[Any]) -> Iterator[Any]:
    """Do what `map(f, items)` does."""
    for x in items:
        yield f(x)


def joined(items: list[Any], axis: int) -> Any:
    """Do what `np.concatenate(items, axis)` does with arrays of several shapes."""
    first = np.moveaxis(items[0], axis, 0)
    count = 0
    for item in items:
        count += item.shape[axis]
    result = np.empty((count, *first.shape[1:]), items[0].dtype)
    start = 0
    for item in items:
        stop = start + item.shape[axis]
        result[start:stop] = np.moveaxis(item, axis, 0)
        start = stop
    return np.moveaxis(result, 0, axis)


def keys_of(items: list[Any], key: Callable[[Any], Any]) -> list[Any]:
    """Return what each item is compared by."""
    result = []
    for x in items:
        result.append(key(x))
    return result


def order_of(keys: list[Any], reverse: bool) -> Any:
    """Return the positions of items in the order in which `sorted` puts them."""
    by: Any = np.array(keys)
    return len(keys) - 1 - stable_order(by[::-1])[::-1] if reverse else stable_order(by)


def place_in(order: Any, k: int) -> int:
    """Return where the item at a place of an order is."""
    return int(order[k])


def put_in_order(items: list[Any], keys: list[Any], reverse: bool) -> list[Any]:
    """Do what `sorted` does, given the keys of the items."""
    result = []
    if len(items) > 0:
        order = order_of(keys, reverse)
        for k in range(len(items)):
            result.append(items[place_in(order, k)])
    return result


def replace_items(items: list[Any], new: list[Any]) -> None:
    """Give a list other items, as many as before."""
    for k in range(len(items)):
        items[k] = new[k]


def extreme(items: list[Any], keys: list[Any], largest: bool) -> Any:
    """Do what `max(items, key=...)` does, or `min`, given the keys."""
    if len(items) == 0:
        raise ValueError("arg is an empty sequence")
    best, best_key = items[0], keys[0]
    for k in range(1, len(items)):
        if (keys[k] > best_key) if largest else (keys[k] < best_key):
            best, best_key = items[k], keys[k]
    return best
