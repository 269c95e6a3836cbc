"""Sorting lists, and the extreme of items by a key, as Python's builtins do it.

Enters: `sorted`, `list.sort`, `min` and `max` with a key. Leaves: the result; where the order
depends on run-time values, the items are put in the order of their keys, which are numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograph.frontend.language.interpreter import Interpreter
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.language.lists import item_at, spread_rows
from autograph.frontend.language.objects import MISSING
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.standard_library import sorting
from autograph.frontend.standard_library.sets import Frozenset
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import Number, form_of, is_symbolic
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.template import Scalar
from autograph.frontend.tracing.tracer import tracer

KNOWN = (list, tuple, range, str, set, frozenset, dict)


def call(f: Any, args: Sequence[Any], kwargs: Mapping[str, Any], run: Interpreter) -> Any:
    """Return the result of a call that orders items, `MISSING` for any other call."""
    if f is sorted and len(args) == 1:
        return _sorted(args[0], run, **kwargs)
    if (f is min or f is max) and len(args) == 1 and set(kwargs) == {"key"}:
        items, keys = _keyed(args[0], kwargs["key"], run)
        return defined(python_lists.extreme)(items, keys, f is max)
    owner = getattr(f, "__self__", None)
    if type(owner) is list and getattr(f, "__name__", "") == "sort" and not args:
        _replace(owner, _sorted(owner, run, **kwargs))
        return None
    return MISSING


def _sorted(items: Any, run: Interpreter, key: Any = None, reverse: bool = False) -> Any:
    items = narrow(items)
    if key is None and isinstance(items, Frozenset):
        items = run.method(items, "_to_be_ordered")
    items, keys = _keyed(items, key, run)
    if _is_known(items) and not any(is_symbolic(k) or is_object(k) for k in keys):
        order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
        return tracer().mark_made([items[k] for k in order])
    if not _are_numbers(keys):
        return defined(sorting.sorted_by)(items, keys, bool(reverse))
    if not _is_known(items):
        return defined(python_lists.put_in_order)(items, keys, bool(reverse))
    order = defined(python_lists.order_of)(keys, bool(reverse))
    rows = spread_rows(items)
    if rows is None:
        raise unsupported("only numbers, and tuples of them, are put in an order that data decide")
    places = [form_of(defined(python_lists.place_in)(order, k)) for k in range(len(items))]
    return tracer().mark_made([item_at(rows, place) for place in places if place is not None])


def _are_numbers(keys: Any) -> bool:
    """Return whether all keys are numbers, of one kind if their number is not known."""
    grown = growing_of(keys)
    if grown is not None:
        return isinstance(grown.element, Scalar)
    return all(isinstance(k, Number | int | float) for k in keys)


def _replace(items: list[Any], new: list[Any]) -> None:
    """Give a list other items, as many as before."""
    if _is_known(items):
        tracer().log_object(items)
        items[:] = new
    else:
        defined(python_lists.replace_items)(items, new)


def _is_known(items: Any) -> bool:
    """Return whether the length of a list is known."""
    return isinstance(items, list | tuple) and growing_of(items) is None


def _keyed(items: Any, key: Callable[[Any], Any] | None, run: Interpreter) -> tuple[Any, Any]:
    """Return items in a list, and what each of them is compared by."""
    items = narrow(items)
    is_staged = isinstance(items, StagedIterable) or growing_of(items) is not None
    if type(items) in KNOWN and not is_staged:
        items = list(items)
        keys = items if key is None else [narrow(run.call(key, x)) for x in items]
        if any(isinstance(k, Union) for k in keys):
            raise unsupported("the type of a key depends on a run-time condition")
        return items, keys
    items = defined(python_lists.as_list)(items)
    return items, items if key is None else defined(python_lists.keys_of)(items, key)
