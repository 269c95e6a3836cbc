"""Functions cached by `functools` that call themselves: they remember what they have returned.

Others are traced into their callers as if they were not cached. A memory lasts for one call of the
program, or for the region that makes the cached function: nobody can tell whether what is returned
was computed before.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.frontend.conversion.convert import is_converted
from autograph.frontend.flow.recursion import is_routine
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.standard_library import caching
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.tracing.stand_in import standing_for
from autograph.frontend.tracing.tracer import tracer

CACHED = type(functools.cache(lambda: None))
"""The type of functions that keep their results: they are traced anew for run-time values."""

KEYS = (int, float)
"""The kinds of arguments that are looked up; a cache tells them apart."""


def kept(f: Any, args: Sequence[Any], kwargs: Mapping[str, Any], compute: Callable[[], Any]) -> Any:
    """Return what a cached function of the program returns for known arguments: computed once.

    What was computed in a region that has ended is of no use any more.
    """
    trace = tracer()
    try:
        key = (id(f), args, tuple(kwargs.items()), tuple(map(type, args)))
        _, home, result = trace.kept_results.get(key, (None, None, None))
    except TypeError:  # not hashable, as the program will find
        return compute()
    if home not in trace.stack:
        result, home = compute(), trace.top
        trace.kept_results[key] = f, home, result
    return result


def remembering(
    f: Any, function: types.FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[..., Any] | None:
    """Return what calls a function that remembers; None if it is called as it is.

    Args:
        f: The cached function.
        function: The converted form of what it caches.
        args: Positional arguments.
        kwargs: Keyword arguments.
    """
    numbers = all(is_number(x) and kind_of(x) in KEYS for x in args)
    if kwargs or not args or not numbers or not is_routine(function):
        return None
    trace, kinds = tracer(), tuple(kind_of(x) for x in args)
    known, table, home = trace.memories.get((id(f), kinds), (None, None, None))
    if (
        known is not f or home not in trace.stack
    ):  # what was made in a region that has ended is of no use here
        home = trace.top if is_converted(f.__wrapped__) else trace.root
        table = trace.with_parts_born(standing_for({}), home)
        trace.memories[id(f), kinds] = f, table, home
    return functools.partial(defined(caching.remembered), table)
