"""How containers are made of items that are known only at run time, as plain Python."""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.deques import Deque
from autograph.frontend.standard_library.dicts import Dict
from autograph.frontend.standard_library.mappings import Counter, DefaultDict, OrderedDict
from autograph.frontend.standard_library.sets import Frozenset, Set


def dict_of(items: Any = (), /, **named: Any) -> Any:
    """Do what `dict(items)` does."""
    return Dict(items, **named)


def set_of(items: Any = ()) -> Any:
    """Do what `set(items)` does."""
    return Set(items)


def frozenset_of(items: Any = ()) -> Any:
    """Do what `frozenset(items)` does."""
    return items if isinstance(items, frozenset) else Frozenset(items)


def defaultdict_of(default_factory: Any = None, /, *args: Any, **named: Any) -> Any:
    """Do what `collections.defaultdict(...)` does."""
    return DefaultDict(default_factory, *args, **named)


def ordereddict_of(items: Any = (), /, **named: Any) -> Any:
    """Do what `collections.OrderedDict(items)` does."""
    return OrderedDict(items, **named)


def counter_of(items: Any = (), /, **named: Any) -> Any:
    """Do what `collections.Counter(items)` does."""
    return Counter(() if items is None else items, **named)


def deque_of(iterable: Any = (), maxlen: Any = None) -> Any:
    """Do what `collections.deque(...)` does."""
    return Deque(iterable, maxlen)


def dict_from_keys(keys: Any, value: Any = None) -> Any:
    """Do what `dict.fromkeys(keys, value)` does."""
    result = Dict()
    for key in keys:
        result[key] = value
    return result


def gone_through(chosen: Any, items: list[Any]) -> Any:
    """Go through the items of one of several containers, which must not change meanwhile."""
    count = len(chosen)
    for x in items:
        if len(chosen) != count:
            kind = "dictionary" if isinstance(chosen, dict) else "Set"
            raise RuntimeError(kind + " changed size during iteration")
        yield x


def stepped(iterator: Any) -> Any:
    """Go through what an object's `__next__` returns."""
    going = True
    while going:
        try:
            x = iterator.__next__()
        except StopIteration:
            going = False
        if going:
            yield x


def zipped(before: Any, generated: Any, after: Any) -> Any:
    """Do what `zip` does, where one of its arguments is a generator."""
    k = 0
    going = all([k < len(items) for items in before])
    if going:
        for x in generated:
            if not all([k < len(items) for items in after]):
                break
            yield (*[items[k] for items in before], x, *[items[k] for items in after])
            k += 1
            if not all([k < len(items) for items in before]):
                break
