"""Builtins over iterables that are traced as the plain Python they amount to."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.frontend.numpy_api.definitions import lists as python_lists

PLAIN: dict[Any, Callable[..., Any]] = {
    builtins.any: python_lists.any_of,
    builtins.all: python_lists.all_of,
    builtins.sum: python_lists.total,
    builtins.min: python_lists.smallest,
    builtins.max: python_lists.largest,
    builtins.list: python_lists.as_list,
    builtins.tuple: python_lists.as_tuple,
}
"""Builtins over iterables, as plain Python."""

MADE: dict[Any, Callable[..., Any]] = {
    builtins.min: python_lists.smallest_made,
    builtins.max: python_lists.largest_made,
}
"""Those that need all items first, over items that are made on the way."""

CHOOSING: dict[Any, Callable[..., Any]] = {
    builtins.min: python_lists.smallest_by,
    builtins.max: python_lists.largest_by,
}
"""Those that compare by a key, or have a default."""


def choice_by_key(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return items, key and default of a call of `min` or `max` with keywords."""
    if not kwargs or not args:
        return None
    if kwargs.keys() - {"key", "default"} or (len(args) > 1 and "default" in kwargs):
        return None
    items = args[0] if len(args) == 1 else args
    default = (kwargs["default"],) if "default" in kwargs else ()
    return items, kwargs.get("key"), default
