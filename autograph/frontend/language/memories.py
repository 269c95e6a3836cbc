"""Functions cached by `functools` that call themselves: they remember what they have returned.

Others are traced into their callers as if they were not cached. A memory lasts for one call of the
program, since nobody can tell whether what is returned was computed before.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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


def note_cached(made: Any) -> Any:
    """Note where a cached function was made, if it is one, and return it."""
    if isinstance(made, CACHED):
        tracer().cached[id(made)] = (made, tracer().top)
    return made


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
    trace = tracer()
    kinds = tuple(kind_of(x) for x in args)
    if (id(f), kinds) not in trace.memories:
        _, scope = trace.cached.get(id(f), (f, trace.root))
        trace.memories[id(f), kinds] = trace.with_parts_born(standing_for({}), scope)
    return functools.partial(defined(caching.remembered), trace.memories[id(f), kinds])
