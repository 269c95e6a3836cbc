"""What a container from outside holds, in tables: a row for each list, dict, set and object in it.

Enters: a container of a call. Leaves: for each place in it, the lists, dicts, objects and arrays
that lie there, in the order in which they are found, and columns of what they hold. A place is
known by the way to it: all items of a list, and all values of a dict, have the same one. An array
takes a row for each of its items along the first axis, and one more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.tracing.heap import AttributesPlace, is_object
from autograph.frontend.tracing.stand_in import RECORDS, STAND_INS, StandIn, standing_for

Place = tuple[Any, ...]
Rows = Mapping[int, tuple[Place, int]]

ITEM = "item"
"""What the items of lists are called among the parts."""


class Misfit(Exception):
    """A container does not hold what it did when the program was compiled."""


class ArrayKind(Struct, frozen=True):
    """What the arrays of one table have in common."""

    dtype: np.dtype[Any]
    ndim: int


class Table(Struct, eq=False):
    """The lists, the stand-ins or objects of one class, or the arrays that lie in one place.

    Attributes:
        place: The place.
        kind: Their class.
        contents: The lists, stand-ins, objects and arrays.
        owners: By row, what the caller knows them as.
        length: How many rows there are.
    """

    place: Place
    kind: Any
    contents: list[Any]
    owners: dict[int, Any]
    length: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the caller knows what lies here: not what stand-ins are made of."""
        around = self.place[-3:-2]
        return not any(_is_container(k) and k is not list and not k.is_record for k in around)

    def parts(self) -> dict[str, list[Any]]:
        """Return the items of all lists, or what each attribute is in all stand-ins."""
        if self.kind is list:
            return {ITEM: [x for content in self.contents for x in content]}
        attributes = [attributes_of(x) for x in self.contents]
        if any(x.keys() != attributes[0].keys() for x in attributes):
            raise Misfit
        return {name: [x[name] for x in attributes] for name in attributes[0]}


class Tables:
    """The tables of what a container holds; the first has one row, for the container itself.

    Args:
        root: The container.
        records: Whether dicts side by side with the same few texts as keys have an attribute for
            each; else they are hash tables.

    Attributes:
        rows: By identity, in which table something lies, and in which row.
    """

    def __init__(self, root: Any, *, records: bool) -> None:
        self._tables: dict[Place, Table] = {}
        self.rows: dict[int, tuple[Place, int]] = {}
        self._waiting: deque[tuple[Any, Place]] = deque()
        self._enter(list(root) if isinstance(root, tuple) else root, ())
        while self._waiting:
            content, place = self._waiting.popleft()
            is_list = type(content) is list
            parts = ((ITEM, x) for x in content) if is_list else attributes_of(content).items()
            keys = _common_keys(content) if is_list and records else ()
            for name, part in parts:
                self._visit(part, (*place, name), keys)

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    def get(self, place: Place) -> Table | None:
        """Return the table of a place, None if nothing lies there."""
        return self._tables.get(place)

    def _visit(self, part: Any, position: Place, keys: tuple[Any, ...] = ()) -> None:
        if isinstance(part, tuple):
            for k, x in enumerate(part):
                self._visit(x, (*position, k))
        elif keys and id(part) not in self.rows:
            self._add(part, RECORDS[dict](part, keys), position)
        elif isinstance(part, np.ndarray):
            self._enter_array(part, position)
        elif type(part) is list or type(part) in STAND_INS or is_object(part):
            self._enter(part, position)

    def _enter(self, owner: Any, position: Place) -> None:
        if id(owner) in self.rows:
            return
        self._add(owner, standing_for(owner) if type(owner) in STAND_INS else owner, position)

    def _add(self, owner: Any, content: Any, position: Place) -> None:
        place = (*position, type(content))
        table = self._tables.setdefault(place, Table(place, type(content), [], {}))
        self.rows[id(owner)] = self.rows[id(content)] = (place, table.length)
        table.contents.append(content)
        table.owners[table.length] = owner
        table.length += 1
        self._waiting.append((content, place))

    def _enter_array(self, x: np.ndarray[Any, Any], position: Place) -> None:
        if id(x) in self.rows:
            return
        if type(x) is not np.ndarray or not x.ndim or not x.dtype.isnative:
            raise Misfit
        place = (*position, ArrayKind(x.dtype, x.ndim))
        table = self._tables.setdefault(place, Table(place, np.ndarray, [], {}))
        self.rows[id(x)] = (place, table.length)
        table.contents.append(x)
        table.owners[table.length] = x
        table.length += len(x) + 1

    def arrays(self) -> list[np.ndarray[Any, Any]]:
        """Return the arrays in all tables."""
        return [x for table in self if table.kind is np.ndarray for x in table.contents]


MOST_KEYS = 16
"""Dicts of more keys than this are hash tables."""


def _common_keys(items: list[Any]) -> tuple[Any, ...]:
    """Return the keys that all items have, if they are dicts with the same few texts as keys."""
    if not items or any(type(x) is not dict for x in items) or len(items[0]) > MOST_KEYS:
        return ()
    keys = tuple(items[0])
    alike = all(type(k) is str for k in keys) and all(tuple(x) == keys for x in items)
    return keys if alike else ()


def attributes_of(x: Any) -> Mapping[str, Any]:
    """Return the attributes of a stand-in or an object."""
    found: Mapping[str, Any] = AttributesPlace(x).read()
    return found


# ---------------------------------------------------------------- columns

Take = Callable[[Any, Rows], Sequence[Any]]
"""Returns the leaves of an item, given in which rows lists and dicts lie."""


class Part(Struct, frozen=True):
    """How the leaves of a part of what lies in a table are taken.

    Attributes:
        name: Its name.
        take: Takes them.
        dtypes: Their dtypes.
    """

    name: str
    take: Take
    dtypes: tuple[np.dtype[Any], ...]

    def columns(self, items: Sequence[Any], rows: Rows) -> list[np.ndarray[Any, Any]]:
        """Return the columns of the leaves of items."""
        leaves = [self.take(x, rows) for x in items]
        columns = zip(*leaves, strict=True) if leaves else ((),) * len(self.dtypes)
        return [np.array(c, dtype=t) for c, t in zip(columns, self.dtypes, strict=True)]


class Plan(Struct, frozen=True):
    """How the columns of a table are made.

    Attributes:
        place: The place of the table.
        is_flat: Whether it is the one list of its place: then its items are the rows.
        parts: The parts that have columns.
    """

    place: Place
    is_flat: bool
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        """How many columns there are."""
        if isinstance(self.place[-1], ArrayKind):
            return 1
        lengths = not self.is_flat and self.place[-1] is list
        return lengths + sum(len(part.dtypes) for part in self.parts)

    def columns(self, table: Table | None, rows: Rows) -> list[np.ndarray[Any, Any]]:
        """Return the columns: of lists that lie in rows, their lengths come first."""
        if isinstance(self.place[-1], ArrayKind):
            return [_one_after_the_other(self.place[-1], table)]
        given = {} if table is None else table.parts()
        found = [c for p in self.parts for c in p.columns(given.get(p.name, ()), rows)]
        if self.is_flat or self.place[-1] is not list:
            return found
        lengths = np.array([len(x) for x in table.contents] if table else [], dtype=np.int64)
        widest = int(lengths.max(initial=0))
        inside = np.arange(widest) < lengths[:, np.newaxis]
        return [lengths, *(_laid_in(column, inside) for column in found)]


def _one_after_the_other(kind: ArrayKind, table: Table | None) -> np.ndarray[Any, Any]:
    """Return arrays one behind the other, each at the beginning of the rows that it takes."""
    arrays = table.owners if table else {}
    shapes = [x.shape[1:] for x in arrays.values()] or [(0,) * (kind.ndim - 1)]
    laid = np.zeros((table.length if table else 0, *map(max, *shapes, shapes[0])), kind.dtype)
    for at, x in arrays.items():
        laid[(slice(at, at + len(x)), *map(slice, x.shape[1:]))] = x
    return laid


def overlap(arrays: Sequence[np.ndarray[Any, Any]]) -> bool:
    """Return whether some of several arrays may share memory."""
    bounds = sorted(np.lib.array_utils.byte_bounds(x) for x in arrays if x.size)
    return any(high > low for (_, high), (low, _) in pairwise(bounds))


def _laid_in(column: np.ndarray[Any, Any], inside: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    laid = np.zeros(inside.shape, column.dtype)
    laid[inside] = column
    return laid


def _is_container(kind: Any) -> bool:
    return kind is list or (isinstance(kind, type) and issubclass(kind, StandIn))


class Layout(Struct, frozen=True):
    """How what a container holds is laid in columns, for each call anew.

    Attributes:
        kind: The class of the container.
        plans: The tables.
        known: Attributes of what stands for the container that are taken as known.
        records: Whether dicts with the same few texts as keys have attributes for them.
    """

    kind: type
    plans: tuple[Plan, ...]
    known: dict[str, Any]
    records: bool

    @property
    def count(self) -> int:
        """How many columns there are."""
        return sum(plan.count for plan in self.plans)

    @property
    def holds_others(self) -> bool:
        """Whether there are objects or arrays among what it holds."""
        kinds = [plan.place[-1] for plan in self.plans]
        return any(
            k is not list and not (isinstance(k, type) and issubclass(k, StandIn)) for k in kinds
        )

    def lay_out(self, root: Any) -> list[Any] | None:
        """Return the columns, then for each table the objects that lie in it; None for a misfit."""
        if type(root) is not self.kind:
            return None
        try:
            tables = Tables(root, records=self.records)
        except Misfit:
            return None
        if overlap(tables.arrays()) or not all(x.flags.writeable for x in tables.arrays()):
            return None
        first = next(iter(tables))
        places = {plan.place for plan in self.plans}
        if any(table.place not in places for table in tables):
            return None
        if any(vars(first.contents[0])[name] != x for name, x in self.known.items()):
            return None
        try:
            found = [plan.columns(tables.get(plan.place), tables.rows) for plan in self.plans]
        except Misfit:
            return None
        pools = [tables.get(plan.place) for plan in self.plans if not plan.is_flat]
        owners = [table.owners if table and table.is_known else {} for table in pools]
        return [*(column for columns in found for column in columns), *owners]
