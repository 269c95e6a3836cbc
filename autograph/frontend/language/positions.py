"""Where a loop stands in what it goes through, as a value that branches and loops carry.

Enters: an iterable. Leaves: a tuple whose first item names its kind, the others are what is left to
go through; whether there is a next item; and that item together with the position behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, cast

import numpy as np

from autograph.frontend.flow.control import (
    condition_of,
    fork,
    if_,
    nothing,
    require_normal,
    value_if,
    without_unbound,
)
from autograph.frontend.language import generators, lists
from autograph.frontend.language.generators import Generator
from autograph.frontend.language.iterables import staged_iterable
from autograph.frontend.language.iterator_states import read, write
from autograph.frontend.language.iterators import (
    KnownIterator,
    Made,
    StagedIterable,
    StagedIterator,
)
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.operators import binary, compare
from autograph.frontend.standard_library import iteration
from autograph.frontend.symbols.condition import (
    Condition,
    all_of,
    any_of,
    known_condition,
    positive,
)
from autograph.frontend.symbols.context import ProgramRaises, current_tracer, unsupported
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.symbolic import Symbolic, form_of, python_number
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import settled
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.stand_in import StandIn
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine

ITEMS, RANGE, STEPS = "items", "range", "steps"
"""Items by position; the numbers of a range; what an iterator gives step by step. Other kinds are
those of iterators: zip, enumerate, reversed, and what a function makes of items."""
MAPPED, STRICT_ZIP = "mapped", "strict zip"

MISSING = object()

AFTER_ALL = 2**48
"""Where the iterator of a list stands once it has come to its end, for good: behind any item."""

Position = tuple[Any, ...]
Taken = tuple[Condition, Callable[[], Any]]
"""Whether there is an item, and a function that returns it, to be called where there is."""
Step = tuple[Condition, Callable[[], tuple[Any, Position]]]
"""Whether there is an item, and a function that returns it and the position behind it."""


class Cursor(StandIn):
    """What `iter` returns: an object with a position, its only attribute."""

    stands_for: ClassVar[type] = type(iter([]))

    def contents(self) -> tuple[Any, ...]:
        """Refuse to leave the compiled function."""
        raise unsupported("an iterator cannot be returned; return a list")


def cursor(x: Any) -> Cursor:
    """Return an iterator over something."""
    made: Cursor = tracer().mark_made(Cursor())
    vars(made)["at"] = beginning(x)
    return cast(Cursor, settled(made))


def zipped(iterables: Sequence[Any], *, strict: bool) -> Cursor:
    """Return `zip(*iterables, strict=strict)`, which asks one after the other for an item."""
    made: Cursor = tracer().mark_made(Cursor())
    vars(made)["at"] = (STRICT_ZIP if strict else "zip", *map(beginning, iterables))
    return cast(Cursor, settled(made))


def beginning(x: Any) -> Position:
    """Return the position at which a loop over something starts."""
    x = narrow(x)
    if isinstance(x, StagedIterator):
        made = x.made
        x.hand_over()
        return _of_iterator(made)
    if isinstance(x, Made):
        return _of_iterator(x)
    if isinstance(x, KnownIterator):
        raise _not_carried(x.kind)
    bounds = x.bounds if isinstance(x, StagedIterable) else None
    if isinstance(x, range):
        bounds = (x.start, x.stop, x.step)
    if bounds is not None:
        return (RANGE, *bounds)
    if isinstance(x, Generator | Cursor):
        return (STEPS, x)
    if isinstance(x, list | tuple | np.ndarray | Symbolic):
        return (ITEMS, x, 0)
    if hasattr(type(x), "__iter__") and not isinstance(x, StagedIterable):
        return (ITEMS, tuple(x), 0)
    raise ProgramRaises(f"TypeError: '{type(x).__name__}' object is not iterable")


def _of_iterator(x: Made) -> Position:
    parts = x.parts
    if parts is None:
        raise _not_carried(x.kind)
    if x.kind == "reversed":
        (items,) = parts
        return (x.kind, items, _length(items))
    if x.kind == "enumerate":
        items, start = parts
        return (x.kind, beginning(items), start)
    if x.kind == "zip":
        return (x.kind, *map(beginning, parts))
    make, items = parts
    return (MAPPED, make, beginning(items))


def _not_carried(kind: str) -> Exception:
    return unsupported(
        f"a {kind} is gone through here in a way that is not supported in branches and loops; "
        "make a list of its items first"
    )


# ---------------------------------------------------------------- going on


def step(position: Position) -> Step:
    """Return whether there is an item at a position, and what returns it."""
    kind, *rest = position
    return STEP[kind](*rest)


def _items(x: Any, k: Any) -> Step:
    x = narrow(x)
    known = isinstance(x, list | tuple) and growing_of(x) is None
    if known and type(k) is int:
        more = known_condition(k < len(x))
        return more, lambda: (x[k], (ITEMS, x, k + 1))
    return _place(x, k), lambda: (_item(x, k), (ITEMS, x, binary("add", k, 1)))


def _place(x: Any, k: Any) -> Condition:
    """Return whether a position is before the end, given that it is not negative."""
    form, length = form_of(k), form_of(_length(x))
    assert form is not None
    assert length is not None
    current_tracer().facts.learn(form)
    current_tracer().facts.learn(AFTER_ALL - form)
    return positive(length - form)


def _length(x: Any) -> Any:
    found = staged_iterable(x)
    return len(x) if found is None else python_number(int, found.length)


def _item(x: Any, k: Any) -> Any:
    found, form = staged_iterable(x), form_of(k)
    assert form is not None
    if found is not None:
        return found.item(form)
    if lists.spread(x) is not None:
        return defined(iteration.item_at)(x, k)
    places = [condition_of(compare("eq", k, j)) for j in range(len(x))]
    return narrow(Union(tuple(zip(places, x, strict=True))))


def _range(x: Any, stop: Any, stride: Any) -> Step:
    more = condition_of(defined(iteration.is_within)(x, stop, stride))
    return more, lambda: (x, (RANGE, binary("add", x, stride), stop, stride))


def _reversed(x: Any, k: Any) -> Step:
    def item() -> tuple[Any, Position]:
        before = binary("sub", k, 1)
        return _item(narrow(x), before), ("reversed", x, before)

    form = form_of(k)
    assert form is not None
    return positive(form), item


def _enumerate(inner: Position, number: Any) -> Step:
    more, item = step(inner)

    def numbered() -> tuple[Any, Position]:
        found, after = item()
        return (number, found), ("enumerate", after, binary("add", number, 1))

    return more, numbered


def _zip(*inner: Position, strict: bool = False) -> Step:
    """Go on with several, one after the other as long as they have items."""
    kind = STRICT_ZIP if strict else "zip"
    if not strict and all(map(is_still, inner)):
        parts = [step(part) for part in inner]
        return all_of(more for more, _ in parts), lambda: _side_by_side(kind, parts)

    def items(k: int, found: tuple[Any, ...]) -> Any:
        if k == len(inner):
            return found
        more, item = step(inner[k])
        ended = _require_end if strict else _nothing
        return value_if(more, lambda: items(k + 1, (*found, item())), lambda: ended(inner, k))

    found = items(0, ())
    is_whole = any_of(when for when, x in alternatives(found) if x is not None)
    whole = next((x for _, x in alternatives(found) if x is not None), ())
    return is_whole, lambda: _side_by_side(kind, [(is_whole, partial(_as_it_is, p)) for p in whole])


def _side_by_side(kind: str, parts: Sequence[Step]) -> tuple[Any, Position]:
    found = [item() for _, item in parts]
    return tuple(x for x, _ in found), (kind, *(after for _, after in found))


def is_still(position: Position) -> bool:
    """Return whether it can be asked for an item without anything happening."""
    kind, *rest = position
    return kind in (ITEMS, RANGE, "reversed") or (kind == "enumerate" and is_still(rest[0]))


def _as_it_is(x: Any) -> Any:
    return x


def _nothing(*_: Any) -> None:
    return None


def _require_end(parts: Sequence[Position], k: int) -> None:
    """Raise what `zip(..., strict=True)` raises where one of its parts ends before others."""
    if k > 0:
        raise _unequal(k, "shorter")

    def fails(j: int) -> int:
        raise _unequal(j, "longer")

    for j in range(1, len(parts)):
        require_normal(if_(step(parts[j])[0], partial(fails, j), nothing))


def _unequal(k: int, how: str) -> ProgramRaises:
    before = "argument 1" if k == 1 else f"arguments 1-{k}"
    error = ValueError(f"zip() argument {k + 1} is {how} than {before}")
    return ProgramRaises(f"ValueError: {error}", error)


def _mapped(make: Callable[[Any], Any], inner: Position) -> Step:
    more, item = step(inner)

    def made() -> tuple[Any, Position]:
        found, after = item()
        return defined(iteration.applied)(make, found), (MAPPED, make, after)

    return more, made


def _steps(iterator: Any) -> Step:
    more, item = advance(iterator)
    return more, lambda: (item(), (STEPS, iterator))


STEP: dict[str, Callable[..., Step]] = {
    ITEMS: _items,
    RANGE: _range,
    STEPS: _steps,
    MAPPED: _mapped,
    "reversed": _reversed,
    "enumerate": _enumerate,
    "zip": _zip,
    STRICT_ZIP: partial(_zip, strict=True),
}


# ---------------------------------------------------------------- iterators


def advance(iterator: Any) -> Taken:
    """Go to the next item of an iterator."""
    iterator = narrow(iterator)
    if isinstance(iterator, Union):
        return _of_several(iterator)
    if isinstance(iterator, Generator):
        return generators.advance(iterator)
    if isinstance(iterator, StagedIterator):
        rest = iterator.rest()
        return positive(rest.length), lambda: rest.item(Affine(0))
    if isinstance(iterator, KnownIterator):
        found = next(iterator, MISSING)
        return known_condition(found is not MISSING), lambda: found
    return _of_cursor(iterator)


def _of_several(iterators: Union) -> Taken:
    """Go to the next item of one of several iterators."""

    def pair(iterator: Any) -> tuple[Any, Any]:
        more, item = advance(iterator)
        return more.number(), value_if(more, item, lambda: UNBOUND)

    more, item = fork(iterators, pair)
    return condition_of(more), lambda: narrow(without_unbound(item))


def _of_cursor(iterator: Cursor) -> Taken:
    at = read(iterator, "at")
    more, pair = step(at)
    if at[0] == ITEMS and isinstance(narrow(at[1]), list) and more.known is not True:
        stays = defined(iteration.place_of)(more.number(), at[2], AFTER_ALL)
        _move(iterator, (ITEMS, at[1], stays))

    def item() -> Any:
        found, after = pair()
        _move(iterator, after)
        return found

    return more, item


def _move(iterator: Cursor, at: Position) -> None:
    write(iterator, {"at": at})
