"""Which functions of the standard library are traced as plain Python of our own, and when."""

from __future__ import annotations

import bisect
import builtins
import collections
import functools
import heapq
import itertools
import math
import statistics
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograph.frontend.language.generators import Generator
from autograph.frontend.language.going_through import is_view
from autograph.frontend.language.iterators import KnownIterator, StagedIterable, StagedIterator
from autograph.frontend.standard_library import (
    averages,
    bisection,
    gamma_functions,
    heaps,
    iteration,
    making,
    mathematics,
)
from autograph.frontend.standard_library.deques import Deque
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.heap import is_object

Definition = Callable[..., Any]

ALWAYS: dict[Any, Definition] = {
    collections.defaultdict: making.defaultdict_of,
    collections.OrderedDict: making.ordereddict_of,
    collections.Counter: making.counter_of,
    collections.deque: making.deque_of,
    heapq.heappush: heaps.heappush,
    heapq.heappop: heaps.heappop,
    heapq.heapify: heaps.heapify,
    heapq.heapreplace: heaps.heapreplace,
    heapq.heappushpop: heaps.heappushpop,
    bisect.insort_left: bisection.insort_left,
    bisect.insort_right: bisection.insort_right,
    itertools.count: iteration.count,
    itertools.cycle: iteration.cycle,
}
"""Those that make or change a container in a way that nobody else can follow, or never end."""

OF_FLOATS = ("modf", "frexp", "ldexp", "remainder", "nextafter", "ulp")
OF_SEVERAL = ("hypot", "dist", "prod", "perm", "fsum")
OF_DATA = ("mean", "pvariance", "variance", "pstdev", "stdev")

STAGED: dict[Any, Definition] = {
    bisect.bisect_left: bisection.bisect_left,
    bisect.bisect_right: bisection.bisect_right,
    heapq.nlargest: heaps.nlargest,
    heapq.nsmallest: heaps.nsmallest,
    heapq.merge: heaps.merge,
    functools.reduce: iteration.reduce,
    np.fromiter: iteration.array_from,
    builtins.set: making.set_of,
    builtins.frozenset: making.frozenset_of,
    builtins.dict: making.dict_of,
    builtins.hex: mathematics.hexadecimal,
    builtins.oct: mathematics.octal,
    builtins.bin: mathematics.binary,
    dict.fromkeys: making.dict_from_keys,
    math.gamma: gamma_functions.gamma,
    math.lgamma: gamma_functions.lgamma,
    itertools.accumulate: iteration.accumulate,
    itertools.chain: iteration.chain,
    itertools.chain.from_iterable: iteration.flattened,
    itertools.pairwise: iteration.pairwise,
    itertools.product: iteration.product,
    itertools.combinations: iteration.combinations,
    itertools.combinations_with_replacement: iteration.combinations_with_replacement,
    itertools.permutations: iteration.permutations,
    itertools.groupby: iteration.groupby,
    itertools.starmap: iteration.starmap,
    itertools.takewhile: iteration.takewhile,
    itertools.dropwhile: iteration.dropwhile,
    itertools.filterfalse: iteration.filterfalse,
    itertools.compress: iteration.compress,
    itertools.islice: iteration.islice,
    itertools.repeat: iteration.repeat,
    **{getattr(math, name): getattr(mathematics, name) for name in (*OF_FLOATS, *OF_SEVERAL)},
    **{getattr(statistics, name): getattr(averages, name) for name in OF_DATA},
}
"""Those that Python itself can do, unless an argument has run-time values in it."""

LOOKING = (
    *(heapq.nlargest, heapq.nsmallest, np.fromiter),
    *(itertools.groupby, itertools.takewhile, itertools.dropwhile, itertools.filterfalse),
    *(getattr(math, name) for name in OF_SEVERAL),
    *(getattr(statistics, name) for name in OF_DATA),
)
"""Those that look at what they go through, so that iterators over known items are no exception."""

_STAGED_KINDS = (
    Symbolic,
    StagedIterable,
    StagedIterator,
    Generator,
    types.GeneratorType,
    np.ndarray,
)

FEW = 8
"""Ranges of at most so many items are gone through while tracing."""


def definition_of(f: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Definition | None:
    """Return the function in plain Python that does what a call does, if it is to be traced."""
    try:
        always, staged = ALWAYS.get(f), STAGED.get(f)
    except TypeError:
        return None
    if always is not None:
        is_counted_now = f is collections.Counter and not kwargs and all(map(_is_known, args))
        return None if is_counted_now else always
    if args and isinstance(narrow(args[0]), Deque) and getattr(f, "__module__", None) == "numpy":
        return _of_a_list(f)
    given = (*args, *kwargs.values())
    looks = any(f is g for g in LOOKING) and any(isinstance(x, KnownIterator) for x in given)
    if staged is None or not (looks or any(map(_is_staged, given))):
        return None
    return staged


def _is_known(x: Any) -> bool:
    """Return whether something is a text, or has nothing in it but texts and known numbers."""
    x = narrow(x)
    if type(x) in (list, tuple):
        return growing_of(x) is None and all(map(_is_known, x))
    return x is None or type(x) in (str, bytes, int, float, bool)


@functools.cache
def _of_a_list(f: Callable[..., Any]) -> Definition:
    """Return a function of NumPy that makes a list of its first argument."""

    def function(items: Any, *more: Any, **named: Any) -> Any:
        return f(list(items), *more, **named)

    return function


def _is_staged(x: Any) -> bool:
    """Return whether something has run-time values in it, or takes long to go through."""
    x = narrow(x)
    if isinstance(x, range):
        return len(x) > FEW
    if growing_of(x) is not None or is_object(x) or is_view(x):
        return True
    if isinstance(x, list | tuple):
        return any(map(_is_staged, x))
    return isinstance(x, _STAGED_KINDS)
