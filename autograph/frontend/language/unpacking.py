"""Unpacking of lists, arrays, and what is one of several things.

Enters: what stands to the right of several targets, or behind a star. Leaves: as many items as
there are targets, what a display of items holds, or the call with these arguments.
"""

from __future__ import annotations

import builtins
import math
import types
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.errors import UnsupportedError
from autograph.frontend.arrays.mismatches import require_unpacked
from autograph.frontend.flow.control import fork
from autograph.frontend.language import lists, stand_ins
from autograph.frontend.language.lifting import lifted
from autograph.frontend.language.values import getitem
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.standard_library import mathematics
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.context import run, unsupported
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.symbolic import Array, constant, require, value_of_form
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ops.elementwise import equal, greater_equal


def unpacked(value: Any, before: int, after: int) -> Any:
    """Return what is unpacked into `before` targets, and `after` behind a starred one.

    Args:
        value: What is unpacked.
        before: The number of targets before a starred one, or of all.
        after: The number of targets after the starred one; -1: there is none.
    """
    value = lifted(narrow(value))
    if isinstance(value, Union):
        items = fork(value, lambda a: _exactly(a, before, after))
        return _with_rest(value, before, after) if isinstance(items, Union) else items
    items = growing_of(value)
    if items is not None:
        if after >= 0:
            return lists.unpacked(items, value, before, after)
        lists.require_length(items, before)
        return tuple(lists.item_at(items, Affine(k)) for k in range(before))
    if isinstance(value, Array) and value.ndim and after < 0:
        require_unpacked(value.dims[0], before, is_list=False)
        return tuple(getitem(value, k) for k in range(before))
    return value


class Rest(Struct, frozen=True, eq=False):
    """What a starred target takes of lists of several lengths: already the list."""

    items: Any


def made_of(items: Any) -> Any:
    """Return the list that a starred target takes, given the items that Python has left to it."""
    is_rest = type(items) is list and len(items) == 1 and isinstance(items[0], Rest)
    return items[0].items if is_rest else items


def _with_rest(value: Union, before: int, after: int) -> Any:
    """Unpack lists or tuples of several lengths, of which a starred target takes the rest."""

    def parts(one: Any) -> tuple[Any, ...]:
        items = _exactly(one, before, after)
        end = len(items) - after
        rest = stand_ins.made(list(items[before:end]))
        return (*items[:before], rest, *items[end:])

    found = fork(value, parts)
    return (*found[:before], Rest(found[before]), *found[before + 1 :])


def _exactly(value: Any, before: int, after: int) -> tuple[Any, ...]:
    """Unpack one of several alternatives; Python itself unpacks what is only one thing."""
    items: tuple[Any, ...] = run(tuple, (unpacked(value, before, after),), {})
    if len(items) < before + max(after, 0) or (after < 0 and len(items) > before):
        tracer().fail(f"ValueError: wrong number of values to unpack, {len(items)}")
    return items


# ---------------------------------------------------------------- behind a star


class Several(Struct, frozen=True, eq=False):
    """Arguments of a call, more or fewer of them as the data say.

    Attributes:
        items: One of several tuples, or a list whose length is known only when the program runs.
    """

    items: Any


def items_of(x: Any) -> Any:
    """Return what is unpacked into items, which must be as many on all paths."""
    if isinstance(x, Union):
        return on_all_paths(_each_unpacked(x))
    items = growing_of(x)
    if items is None:
        return x
    try:
        length = lists.length_of(items)
        count = length if isinstance(length, int) else tracer().need_static(length)
    except UnsupportedError:
        raise unsupported(
            "a list whose length is known only when the program runs is unpacked into arguments or "
            "items, which is not supported here; pass the list itself, or add the lists"
        ) from None
    return [lists.item_at(items, Affine(k)) for k in range(count)]


def on_all_paths(items: Any) -> Any:
    """Return what is unpacked, which must have the same items on all paths."""
    if isinstance(items, Union):
        raise unsupported(
            "what is unpacked here has other items depending on run-time values, which is not "
            "supported; give it as many items, or the same keys, on all paths"
        )
    return items


def _each_unpacked(x: Any) -> Any:
    return fork(x, lambda a: tuple(items_of(a)))


def arguments_of(x: Any) -> Any:
    """Return what is unpacked into the arguments of a call."""
    items = _each_unpacked(x) if isinstance(x, Union) else x
    several = isinstance(items, Union) or growing_of(items) is not None
    return (Several(items),) if several else items


def has_several(args: Sequence[Any]) -> bool:
    """Return whether the number of arguments depends on the data."""
    return any(isinstance(x, Several) for x in args)


def in_each_case(call: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of a call with as many arguments as there are in each case."""
    at = next(k for k, x in enumerate(args) if isinstance(x, Several))
    before, items, after = args[:at], args[at].items, args[at + 1 :]
    if isinstance(items, Union):
        return fork(items, lambda chosen: call(*before, *chosen, *after, **kwargs))
    return call(*before, *items_of(items), *after, **kwargs)


OF_ALL: dict[Any, Callable[..., Any]] = {
    builtins.print: python_lists.print_items,
    builtins.max: python_lists.largest_of,
    builtins.min: python_lists.smallest_of,
    math.gcd: python_lists.common_divisor_of,
    math.lcm: python_lists.common_multiple_of,
    math.hypot: mathematics.hypot_of,
}
"""Functions of any number of arguments, as functions of a list with other arguments around it."""


class Taken(Struct, frozen=True):
    """How many arguments a function takes.

    Attributes:
        least: How many it takes one by one, at least.
        most: And at most.
        takes_more: Whether it takes more as a tuple.
    """

    least: int
    most: int
    takes_more: bool


def _taken(f: Any, kwargs: Mapping[str, Any]) -> Taken | None:
    """Return how many arguments a function takes, None if that is not known.

    Args:
        f: The function.
        kwargs: Its keyword arguments.
    """
    if isinstance(f, np.ufunc):
        return Taken(f.nin, f.nin, takes_more=False)
    if not isinstance(f, types.FunctionType | types.MethodType):
        return None
    found = list(signature(f).parameters.values())
    single = [p for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [p.name for p in single]
    given = min((names.index(name) for name in kwargs if name in names), default=len(names))
    needed = [p for p in single[:given] if p.default is p.empty]
    takes_more = any(p.kind is p.VAR_POSITIONAL for p in found)
    return Taken(len(needed), given, takes_more)


def _not_empty(items: list[Any]) -> list[Any]:
    """Return a list, after a check that has the program run as plain Python if it is empty."""
    found = growing_of(items)
    if found is not None and not tracer().facts.nonnegative(found.length - 1):
        some = greater_equal(value_of_form(found.length), constant(1, np.int64))
        require(some, "zip of no arguments")
        tracer().facts.learn(found.length - 1)
    return items


def _divided(items: list[Any], count: int, takes_more: bool) -> tuple[Any, ...]:
    """Return a list as arguments: so many one by one, and maybe the rest as items of a tuple.

    Where there are not as many, a check has the program run as plain Python, which raises.
    """
    if not takes_more:
        return tuple(unpacked(items, count, -1))
    if not count:
        found = growing_of(items)
        return tuple(items) if found is None else (lists.free(found),)
    found = unpacked(items, count, 0)
    single, rest = found[:count], found[count:]
    return (*single, *(lists.free(x) if isinstance(x, Growing) else x for x in rest))


def _by_count(items: list[Any], counts: Sequence[int], use: Callable[..., Any]) -> Any:
    """Return what is made of the items of a list, of which there may be so many.

    Where there are more or fewer, a check has the program run as plain Python, which raises.
    """
    found = growing_of(items)
    if found is None:
        return use(items)
    length = value_of_form(found.length)
    cases = [(Condition(equal(length, constant(count, np.int64))), count) for count in counts]
    one = any_of(when for when, _ in cases)
    require(one.value(), "too many or too few arguments")
    return fork(
        narrow(Union(tuple(cases))),
        lambda count: use([lists.item_at(found, Affine(k)) for k in range(count)]),
    )


def call(runtime: Any, f: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of a call of a function, the number of whose arguments depends on data."""
    several = [k for k, x in enumerate(args) if isinstance(x, Several)]
    if not any(isinstance(args[k].items, Union) for k in several):
        at = several[0]
        if f in OF_ALL and len(several) == 1:
            parts = list(args[:at]), args[at].items, list(args[at + 1 :])
            return runtime.call(OF_ALL[f], *parts, **kwargs)
        if f is zip and not kwargs:
            rows = runtime.call(list, _joined(runtime, args))
            return runtime.plain(python_lists.columns_of, _not_empty(rows))
        taken = _taken(f, kwargs)
        if taken is not None and taken.least == taken.most:
            at = min(at, taken.most)
            rest = _divided(_joined(runtime, args[at:]), taken.most - at, taken.takes_more)
            return runtime.call(f, *args[:at], *rest, **kwargs)
        if taken is not None and not taken.takes_more and at <= taken.most:
            items = _joined(runtime, args[at:])
            counts = range(max(taken.least - at, 0), taken.most - at + 1)
            call_it = partial(runtime.call, f, *args[:at], **kwargs)
            return _by_count(items, counts, lambda given: call_it(*given))
    return in_each_case(lambda *given, **named: runtime.call(f, *given, **named), args, kwargs)


def _joined(runtime: Any, args: Sequence[Any]) -> Any:
    """Return a list of arguments, some of them given by lists."""
    return runtime.display([x.items if isinstance(x, Several) else [x] for x in args])
