"""When an object of our own stands for a dict or another container, and what that is seen as.

Enters: containers that the program makes or is given. Leaves: the container itself, or its
stand-in. A dict or set stays itself as long as its keys are known while tracing; where they turn
out not to be, the trace starts again with a stand-in from where it was made.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable, Collection, Hashable
from typing import Any

import numpy as np

from autograph.frontend.language import letters, lists
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.standard_library import making
from autograph.frontend.standard_library.deques import Deque
from autograph.frontend.standard_library.dict_views import Keys, Pairs, Values
from autograph.frontend.standard_library.dicts import Dict
from autograph.frontend.standard_library.mappings import Counter, DefaultDict, OrderedDict
from autograph.frontend.standard_library.records import record_of
from autograph.frontend.standard_library.sets import (
    Frozenset,
    Set,
    frozenset_standing_for,
    set_standing_for,
)
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import STAND_IN
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.leaves import is_number, kind_key, number_leaf
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Number, Symbolic
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import require_pools, settled
from autograph.frontend.tracing.heap import content_of, is_object
from autograph.frontend.tracing.origins import unfit_parts
from autograph.frontend.tracing.outside_kinds import ALWAYS_REPLACED
from autograph.frontend.tracing.pools import has_rows
from autograph.frontend.tracing.stand_in import RECORDS, STAND_INS, standing_for
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine

STAND_INS.update(
    {
        dict: lambda x: letters.with_spelled_parts(Dict(x)),
        set: set_standing_for,
        frozenset: frozenset_standing_for,
        collections.OrderedDict: OrderedDict,
        collections.Counter: lambda x: letters.with_spelled_parts(Counter(x)),
        collections.deque: lambda x: Deque(x, x.maxlen),
        collections.defaultdict: lambda x: DefaultDict(x.default_factory, x),
    }
)

RECORDS[dict] = record_of

REPLACED = (Dict, Set, Frozenset, OrderedDict, Counter, DefaultDict, Deque, Keys, Values, Pairs)
"""The classes of what stands for containers and their views."""

ON_DEMAND: dict[type, Callable[..., Any]] = {
    dict: defined(making.dict_of),
    set: defined(making.set_of),
}
"""Those that are themselves as long as their keys are known, and what makes others of items."""

FEW, MOST = 8, 32
"""Of so many items one can be chosen, each of which may be of its own kind: of containers from
outside, and of others, whose items cannot be laid in columns."""

SHORT = 64
"""Loops of at most so many iterations may be unrolled to know a key."""


# ---------------------------------------------------------------- making


def made(container: Any) -> Any:
    """Return a container that the program has just made, or its stand-in."""
    kind = type(container)
    if kind in ALWAYS_REPLACED:
        return settled(tracer().with_parts_born(standing_for(container), tracer().top))
    if kind not in ON_DEMAND:
        return settled(tracer().mark_made(container))
    stands = (STAND_IN, tracer().site) in tracer().decisions
    if any(map(has_symbols, container)) or _has_objects(container, stands):
        items = list(container.items() if isinstance(container, dict) else container)
        alike = all(map(lists.fits, items))
        return ON_DEMAND[kind]([lists.in_columns(items)] if alike else items)
    if not stands:
        keys = tracer().record_keys(tracer().site) if kind is dict else ()
        if keys and set(container) <= set(keys):
            return settled(tracer().with_parts_born(record_of(container, keys), tracer().top))
        return tracer().mark_made(container)
    return settled(tracer().with_parts_born(standing_for(container), tracer().top))


def gathered(items: Any) -> Any:
    """Return run-time items of a list of known length in columns, so that loops are staged."""
    items = narrow(items)
    if type(items) not in (list, tuple) or len(items) < 2 or growing_of(items) is not None:
        return items
    if not any(map(has_symbols, items)) or not all(map(lists.fits, items)):
        return items
    return tracer().mark_made([lists.in_columns(items)])


def is_one_of_several(x: Any) -> bool:
    """Return whether something is one of several containers, as the program runs."""
    return isinstance(x, Union) and any(type(a) in REPLACED for _, a in alternatives(x))


def _has_objects(container: Any, stands: bool) -> bool:
    """Return whether keys of a container are objects in pools, or belong there if it `stands`."""
    pools = tracer().pools
    return any(
        has_rows(pools, x) or isinstance(x, Frozenset) or (stands and is_object(x))
        for x in container
    )


def has_symbols(x: Any) -> bool:
    """Return whether something is, or is a tuple of, what is known only at run time."""
    return any(map(has_symbols, x)) if isinstance(x, tuple) else isinstance(x, Symbolic)


# ---------------------------------------------------------------- when it is needed


KEY_IN_POOL = (
    "an object that a list of unknown length holds is a key of a dict whose values are neither "
    "numbers nor such objects, which is not supported; make the values objects of a class"
)


UNKNOWN_KEY = (
    "a key that is known only when the program runs adds an item to a dict that holds arrays or "
    "other things that cannot lie in columns, or takes one out of it, which is not supported; make "
    "the dict in the compiled function"
)


def require_for(owner: Any, key: Any) -> None:
    """Start again with a stand-in for a dict or set, if a key is known only at run time.

    Raises:
        Restart: If so.
        UnsupportedError: If nobody knows where the container was made.
    """
    if type(owner) not in ON_DEMAND:
        return
    if isinstance(owner, dict) and isinstance(key, Union) and _hold_items(owner.values()):
        tracer().require_columns(owner, insist=not may_be_known(key))
    if not is_run_time(key):
        return
    if isinstance(owner, dict) and not all(map(lists.fits, owner.values())):
        tracer().require_columns(owner, insist=not may_be_known(key) and len(owner) > FEW)
        if has_rows(tracer().pools, key):
            require_pools(owner.values())
            raise unsupported(KEY_IN_POOL)
        return
    raise tracer().needs_stand_in(tracer().origin_of(owner))


def as_key(owner: Any, key: Any) -> Any:
    """Return the key of a dict or an item of a set: of texts with their letters."""
    return letters.as_key(key) if isinstance(owner, (dict, set, frozenset, *REPLACED)) else key


def _hold_items(values: Collection[Any]) -> bool:
    """Return whether what a dict holds is lists and dicts that can lie in columns."""
    kinds = len(values) > 1 and all(type(x) in (list, *STAND_INS) for x in values)
    return kinds and not any(any(True for _ in unfit_parts(x)) for x in values)


def may_be_known(key: Any) -> bool:
    """Return whether a number can be taken as known: of arguments and loops to unroll."""
    form = key.form if isinstance(key, Number) else None
    return form is not None and tracer().can_be_known(form)


def known(key: Any) -> Any:
    """Return the Python value of a key that nothing but a known one can stand for.

    Raises:
        UnsupportedError: If it has none.
    """
    if isinstance(key, Number):
        return tracer().need_static(key)
    raise unsupported(UNKNOWN_KEY)


def is_run_time(key: Any) -> bool:
    """Return whether a key is, or has in it, what is known only at run time."""
    if isinstance(key, Frozenset) or tracer().pools.row_of(key) is not None:
        return True
    if isinstance(key, tuple):
        return any(map(is_run_time, key))
    if isinstance(key, Union):
        return any(is_run_time(part) for _, part in alternatives(key))
    if isinstance(key, Growing):
        return True
    if not isinstance(key, Number):
        return False
    if key.form is None:
        return True
    trace = tracer()
    form = trace.facts.canonical(key.form)
    if form.constant is not None:
        return False
    is_index = len(form.symbols) == 1 and trace.counts_known(form.symbols[0])
    return not (is_index and trace.facts.nonnegative(Affine(SHORT) - form))


# ---------------------------------------------------------------- pure methods


def remembered(method: Any, args: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Return what a pure method returns: what it did before, if nothing that it reads changed."""
    kept: list[Any] = []
    owner = method.__self__
    state = tuple(_signature(part, kept) for part in content_of(owner).values())
    key = ("pure", method.__func__, id(owner), state, _signature(args, kept))
    found, _ = tracer().facts.once(key, lambda: (make(), (owner, kept)))
    return found


def _signature(x: Any, kept: list[Any]) -> Hashable:
    """Return what is equal for equal contents; objects that it names are kept."""
    if is_number(x):
        return kind_key(kind_of(x)), repr(x) if isinstance(x, np.generic) else number_leaf(x)
    if isinstance(x, tuple | list):
        return type(x), tuple(_signature(part, kept) for part in x)
    if isinstance(x, str | bytes | types.NoneType):
        return x
    kept.append(x)
    return id(x)
