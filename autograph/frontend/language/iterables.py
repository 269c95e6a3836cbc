"""What loops run over, where its length or its items are known only when the program runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from autograph.frontend.arrays.indexing import getitem
from autograph.frontend.arrays.masked import Masked, with_elements
from autograph.frontend.arrays.python_numbers import require_nonzero_form
from autograph.frontend.arrays.slices import index_form
from autograph.frontend.flow.control import fork
from autograph.frontend.language import generators, known_keys, lists
from autograph.frontend.language.iterators import (
    Iterator,
    KnownIterator,
    StagedIterable,
    StagedIterator,
    made_of,
)
from autograph.frontend.language.lists import CHANGED_LENGTH, item_of, same_length
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.standard_library import making
from autograph.frontend.symbols import integers
from autograph.frontend.symbols.context import current_tracer, run, unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import Array, Number, form_of, python_number
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.ir.affine import Affine


def staged_iterable(x: Any) -> StagedIterable | None:
    """Return the items of a value as a staged iterable, None if Python has to go through them."""
    if isinstance(x, StagedIterable):
        return x
    if isinstance(x, StagedIterator):
        return x.rest()
    if isinstance(x, range):
        return staged_range(x.start, x.stop, x.step)
    if isinstance(x, Union):
        return _of_union(x)
    items = growing_of(x)
    if items is not None:
        return _of_list(x, items.length)
    if isinstance(x, np.ndarray):
        x = current_tracer().lift(x)
    x = with_elements(x) if isinstance(x, Masked) else x
    if isinstance(x, Array):
        if x.ndim == 0:
            current_tracer().fail("TypeError: iteration over a 0-d array")
        return StagedIterable(x.dims[0], lambda k: getitem(x, python_number(int, k)))
    return None


_EMPTY: dict[Any, Any] = {}
KEYS, VALUES, ITEMS = type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items())


def with_common_keys(x: Any) -> Any:
    """Return what is gone through in one of several dicts that all have the same keys, in order.

    Args:
        x: Dicts, or views of them of the same kind; anything else stays as it is.
    """
    if not isinstance(x, Union):
        return x
    parts = [part for _, part in alternatives(x)]
    keys = _keys_of(parts[0])
    if keys is None or any(type(p) is not type(parts[0]) or _keys_of(p) != keys for p in parts):
        return x
    if type(parts[0]) not in (VALUES, ITEMS):
        return tuple(keys)
    values = [narrow(fork(x, partial(_value_at, k))) for k in range(len(keys))]
    pairs = zip(keys, values, strict=True)
    return tuple(pairs if type(parts[0]) is ITEMS else values)


class Alike(Sequence[Any]):
    """The items of one of several lists or tuples of the same length, looked up one by one."""

    def __init__(self, union: Union, length: int) -> None:
        self._union = union
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, position: Any) -> Any:
        if not 0 <= position < self._length:
            raise IndexError(position)
        if any(len(x) != self._length for _, x in alternatives(self._union)):
            raise unsupported(CHANGED_LENGTH)
        return narrow(fork(self._union, itemgetter(position)))


def in_common(x: Any) -> Any:
    """Return what goes through one of several containers of the same structure, if they are."""
    x = with_common_keys(x)
    if not isinstance(x, Union):
        return x
    parts = [part for _, part in alternatives(x)]
    known = all(isinstance(p, list | tuple) and growing_of(p) is None for p in parts)
    if not known or any(len(p) != len(parts[0]) for p in parts):
        return x
    return Alike(x, len(parts[0]))


def _keys_of(x: Any) -> list[Any] | None:
    if type(x) is dict or type(x) is KEYS:
        return list(x)
    return list(x.mapping) if type(x) in (VALUES, ITEMS) else None


def _value_at(position: int, view: Any) -> Any:
    return list(view.mapping.values())[position]


def _of_union(union: Union) -> StagedIterable:
    """Return the items of one of several lists or arrays."""
    # What is left of an iterator now: each item moves it on.
    left = {id(x): x.rest() for _, x in alternatives(union) if isinstance(x, StagedIterator)}

    def part(x: Any) -> StagedIterable:
        found = left.get(id(x)) or staged_iterable(x)
        spread = lists.spread(x) if found is None and x and isinstance(x, list | tuple) else None
        if spread is not None:
            found = StagedIterable(spread.length, lambda k: lists.item_at(spread, k))
        if found is None and isinstance(x, list | tuple) and not x:
            found = StagedIterable(Affine(0), lambda _: None)
        if found is None:
            raise unsupported(
                "a loop over something that depends on a run-time condition is not supported; "
                "put the loop into both branches"
            )
        return found

    length = fork(union, lambda x: python_number(int, part(x).length))
    form = form_of(length)
    assert form is not None
    # Where there are items, an empty alternative is none.
    filled = tuple(a for a in alternatives(union) if part(a[1]).length.constant != 0)
    if not filled:
        return StagedIterable(Affine(0), lambda _: None)
    some = filled[0][1] if len(filled) == 1 else Union(filled)
    return StagedIterable(form, lambda k: fork(some, lambda x: part(x).item(k)))


def _of_list(owner: list[Any], length: Affine) -> StagedIterable:
    def item(k: Affine) -> Any:
        items = growing_of(owner)
        if items is None:
            raise unsupported(CHANGED_LENGTH)
        same_length(items, length)
        return item_of(items, k, owner)

    return StagedIterable(length, item)


def _bound(x: Any) -> Affine | None:
    """Return a bound of a range as a form, None if it is no integer."""
    narrow_integer = isinstance(x, Number) and x.dtype.kind in "iu" and x.dtype.itemsize < 8
    return index_form(x) if narrow_integer else form_of(x)


def staged_range(*args: Any) -> StagedIterable:
    """Return `range(...)` with run-time bounds."""
    start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
    forms = [_bound(x) for x in (start, stop, step)]
    if any(form is None for form in forms):
        current_tracer().fail("TypeError: range takes integers")
    low, high, stride = forms
    assert low is not None
    assert high is not None
    assert stride is not None
    require_nonzero_form(stride, "ValueError: range() arg 3 must not be zero")
    return StagedIterable(
        _range_length(low, high, stride),
        lambda i: _range_item(low, stride, i),
        True,
        (start, stop, step),
    )


def _range_item(start: Affine, step: Affine, index: Affine) -> Any:
    facts = current_tracer().facts
    distance = integers.wrapping_product(index, step)
    item = start + distance
    if not facts.fits(item):
        facts.note_fits(facts.canonical(item))
    return python_number(int, item)


def _range_length(start: Affine, stop: Affine, step: Affine) -> Affine:
    """Return the number of items of a range, whose step is not zero."""
    facts = current_tracer().facts
    if facts.nonnegative(step):
        span = stop - start
    elif facts.nonnegative(-step):
        span = start - stop
    else:
        span = integers.by_sign(step, start - stop, stop - start)
    if not facts.assume_nonnegative(span):
        span = integers.maximum(span, Affine(0))
    size = integers.absolute(step)
    return span if size == 1 else integers.floor_divide(span + size - 1, size)


def staged_zip(iterables: Sequence[Any]) -> StagedIterator:
    """Return `zip(...)`, some of whose iterables are staged."""
    made = list(map(made_of, iterables))
    parts = [_positions(x) for x in iterables]
    length = parts[0].length
    for part in parts[1:]:
        length = integers.minimum(length, part.length)
    pairs = StagedIterable(length, lambda k: tuple(part.item(k) for part in parts))
    return StagedIterator("zip", pairs, *made)


def staged_enumerate(iterable: Any, start: Any = 0) -> StagedIterator:
    """Return `enumerate(...)` of a staged iterable."""
    made = made_of(iterable)
    part = _positions(iterable)
    first = form_of(start)
    if first is None:
        current_tracer().fail("TypeError: enumerate takes an integer")
    numbered = StagedIterable(part.length, lambda k: (python_number(int, first + k), part.item(k)))
    return StagedIterator("enumerate", numbered, made, start)


def staged_reversed(iterable: Any) -> StagedIterator:
    """Return `reversed(...)` of a staged iterable."""
    if isinstance(iterable, Iterator):
        current_tracer().fail(f"TypeError: '{iterable.kind}' object is not reversible")
    part = _positions(iterable)
    backwards = StagedIterable(
        part.length, lambda k: part.item(part.length - 1 - k), part.unrollable
    )
    return StagedIterator("reversed", backwards, iterable)


def mapped(
    kind: str, source: Any, make: Callable[[Any], Any], function: Callable[[Any], Any] | None = None
) -> Any:
    """Return an iterator over what a function makes of the items of something.

    Args:
        kind: The name of the type that Python's own iterator has.
        source: What has the items.
        make: Returns what becomes of an item.
        function: The program's own function that does so.
    """
    if isinstance(source, generators.Generator):
        return generators.mapped(make, source)
    if isinstance(source, range):
        return KnownIterator(kind, source, make)
    made = made_of(source)
    staged = source.hand_over() if isinstance(source, StagedIterator) else staged_iterable(source)
    if staged is None:
        return KnownIterator(kind, run(iter, (source,), {}), make)
    items = StagedIterable(staged.length, lambda k: make(staged.item(k)), staged.unrollable)
    return StagedIterator(kind, items, function or make, made)


def _positions(x: Any) -> StagedIterable:
    found = x.hand_over() if isinstance(x, StagedIterator) else staged_iterable(x)
    if found is not None:
        return found
    if not isinstance(x, Sequence):
        raise unsupported(
            f"a {type(x).__name__} cannot be gone through together with run-time values"
        )
    items = x
    spread = lists.spread_rows(tuple(items)) if items else None
    if spread is not None:
        return StagedIterable(spread.length, lambda k: lists.item_at(spread, k))
    return StagedIterable(Affine(len(items)), lambda k: _known_item(items, python_number(int, k)))


def _known_item(items: Sequence[Any], k: Any) -> Any:
    """Return an item of a sequence of unlike items, at a position that is in range."""
    if isinstance(items, list | tuple) and lists.is_runtime_index(k):
        spread = known_keys.spread(items, k)
        if spread is not None:
            return lists.item_at(spread, index_form(k))
        if known_keys.is_chosen(items, k):
            return fork(known_keys.positions(items, k), items.__getitem__)
    return items[current_tracer().need_static(k)]


def zip_with_generator(args: tuple[Any, ...]) -> Any:
    """Return the generator of what `zip` makes of a generator and sequences, None for others."""
    places = [k for k, a in enumerate(args) if isinstance(a, generators.Generator)]
    rest = [a for a in args if not isinstance(a, generators.Generator)]
    if len(places) > 1 or not all(hasattr(type(a), "__len__") for a in rest):
        return None
    (at,) = places
    return defined(making.zipped)(list(args[:at]), args[at], list(args[at + 1 :]))
