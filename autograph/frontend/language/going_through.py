"""What builtins go through: views of dicts and objects, as lists and what these iterate over."""

from __future__ import annotations

import builtins
import functools
import heapq
import itertools
import math
import statistics
import types
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from autograph.frontend.language.generators import Generator
from autograph.frontend.language.iterators import KnownIterator, has_symbols
from autograph.frontend.language.objects import has_python_method
from autograph.frontend.language.positions import Cursor
from autograph.frontend.numpy_api.definitions.lists import as_list
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.stand_in import StandIn

VIEWS: tuple[Any, ...] = (type({}.keys()), type({}.values()), type({}.items()))

ITERATING = (list, tuple, frozenset, sum, any, all, min, max, enumerate, zip)
"""What goes through its arguments, if they are objects that can be gone through."""

THROUGH_KEYS = (
    *(builtins.any, builtins.all, functools.reduce, math.fsum, math.prod),
    *(heapq.nlargest, heapq.nsmallest, statistics.mean, statistics.stdev, statistics.variance),
    *(itertools.accumulate, itertools.combinations, itertools.groupby, itertools.islice),
    *(itertools.pairwise, itertools.permutations, itertools.product, itertools.takewhile),
    *(itertools.dropwhile, itertools.chain, np.fromiter),
)
"""What goes through dicts only by their keys."""

ABOUT_VIEWS: tuple[Any, ...] = (
    *(builtins.len, builtins.type, builtins.isinstance, builtins.iter, builtins.reversed),
    *(builtins.print, builtins.str, builtins.repr, builtins.format),
)
"""Builtins that tell a view from a list."""


def is_view(x: Any) -> bool:
    """Return whether something is a view of a dict in which there are run-time values."""
    return isinstance(x, VIEWS) and has_symbols(list(x))


def as_items(x: Any) -> Any:
    """Return a list in the place of a view that holds run-time values."""
    return list(x) if is_view(x) else x


def with_keys(f: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    """Return the arguments of what goes through them, lists of keys in the place of dicts."""
    if not any(f is g for g in THROUGH_KEYS):
        return tuple(args)
    return tuple(list(x) if isinstance(narrow(x), dict) else x for x in args)


class GoesThrough(Protocol):
    """What goes through iterables as converted code does."""

    def iterable(self, x: Any) -> Any:
        """Return what is gone through in the place of `x`."""

    def plain(self, f: Any, *args: Any) -> Any:
        """Return the result of a function of this package that is traced as the user's are."""


def arguments(f: Any, args: tuple[Any, ...], run: GoesThrough) -> tuple[Any, ...]:
    """Return the arguments of a call of a builtin, lists and iterables in the place of objects."""
    args = with_keys(f, args)
    if isinstance(f, types.FunctionType | types.MethodType) or any(f is g for g in ABOUT_VIEWS):
        return args
    if not (getattr(f, "__module__", None) or "").startswith(
        "numpy"
    ):  # which takes views as objects
        args = tuple(map(as_items, args))
    if not any(f is g for g in ITERATING) or (len(args) > 1 and (f is min or f is max)):
        return args
    if f is frozenset and args and is_container(narrow(args[0])):
        return args  # a copy of a table does not have the order of items put in one by one
    found = tuple(map(run.iterable, args[:1] if f is sum else args))
    if f is not zip:
        return (*found, *args[len(found) :])
    return tuple(
        run.plain(as_list, x) if is_container(narrow(a)) else x
        for a, x in zip(args, found, strict=True)
    )


def is_known_on_each_path(x: Union) -> bool:
    """Return whether each of several things is an iterator over items known while tracing."""
    return all(isinstance(part, KnownIterator) for _, part in alternatives(x))


def is_made_on_the_way(x: Any) -> bool:
    """Return whether the items of something are made by code that runs as they are needed."""
    x = narrow(x)
    return isinstance(x, Generator | Cursor) or has_python_method(x, "__iter__")


def is_container(x: Any) -> bool:
    """Return whether an object of our own stands for a container."""
    return isinstance(x, StandIn) and not isinstance(x, Generator | Cursor)
