"""What a container from outside holds, in tables: a row for each list, dict and set in it.

Enters: a container of a call. Leaves: for each place in it, the lists and dicts that lie there, in
the order in which they are found, and columns of what they hold. A place is known by the way to
it: all items of a list, and all values of a dict, have the same one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.tracing.stand_in import STAND_INS, StandIn, standing_for

Place = tuple[Any, ...]
Rows = Mapping[int, tuple[Place, int]]

ITEM = "item"
"""What the items of lists are called among the parts."""


class Misfit(Exception):
    """A container does not hold what it did when the program was compiled."""


class Table(Struct, eq=False):
    """The lists, or the stand-ins of one class, that lie in one place.

    Attributes:
        place: The place.
        kind: Their class.
        contents: The lists and stand-ins.
        owners: What the caller knows them as.
    """

    place: Place
    kind: type
    contents: list[Any]
    owners: list[Any]

    @property
    def is_known(self) -> bool:
        """Whether the caller knows what lies here: not what stand-ins are made of."""
        return not any(isinstance(k, type) and issubclass(k, StandIn) for k in self.place[-3:-2])

    def parts(self) -> dict[str, list[Any]]:
        """Return the items of all lists, or what each attribute is in all stand-ins."""
        if self.kind is list:
            return {ITEM: [x for content in self.contents for x in content]}
        return {name: [vars(x)[name] for x in self.contents] for name in vars(self.contents[0])}


class Tables:
    """The tables of what a container holds; the first has one row, for the container itself.

    Attributes:
        rows: By identity, in which table something lies, and in which row.
    """

    def __init__(self, root: Any) -> None:
        self._tables: dict[Place, Table] = {}
        self.rows: dict[int, tuple[Place, int]] = {}
        self._waiting: deque[tuple[Any, Place]] = deque()
        self._enter(list(root) if isinstance(root, tuple) else root, ())
        while self._waiting:
            content, place = self._waiting.popleft()
            parts = ((ITEM, x) for x in content) if type(content) is list else vars(content).items()
            for name, part in parts:
                self._visit(part, (*place, name))

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    def get(self, place: Place) -> Table | None:
        """Return the table of a place, None if nothing lies there."""
        return self._tables.get(place)

    def _visit(self, part: Any, position: Place) -> None:
        if isinstance(part, tuple):
            for k, x in enumerate(part):
                self._visit(x, (*position, k))
        elif type(part) is list or type(part) in STAND_INS:
            self._enter(part, position)

    def _enter(self, owner: Any, position: Place) -> None:
        if id(owner) in self.rows:
            return
        content = owner if type(owner) is list else standing_for(owner)
        place = (*position, type(content))
        table = self._tables.setdefault(place, Table(place, type(content), [], []))
        self.rows[id(owner)] = self.rows[id(content)] = (place, len(table.owners))
        table.contents.append(content)
        table.owners.append(owner)
        self._waiting.append((content, place))


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
        lengths = not self.is_flat and self.place[-1] is list
        return lengths + sum(len(part.dtypes) for part in self.parts)

    def columns(self, table: Table | None, rows: Rows) -> list[np.ndarray[Any, Any]]:
        """Return the columns: of lists that lie in rows, their lengths come first."""
        given = {} if table is None else table.parts()
        found = [c for p in self.parts for c in p.columns(given.get(p.name, ()), rows)]
        if self.is_flat or self.place[-1] is not list:
            return found
        lengths = np.array([len(x) for x in table.contents] if table else [], dtype=np.int64)
        widest = int(lengths.max(initial=0))
        inside = np.arange(widest) < lengths[:, np.newaxis]
        return [lengths, *(_laid_in(column, inside) for column in found)]


def _laid_in(column: np.ndarray[Any, Any], inside: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    laid = np.zeros(inside.shape, column.dtype)
    laid[inside] = column
    return laid


class Layout(Struct, frozen=True):
    """How what a container holds is laid in columns, for each call anew.

    Attributes:
        kind: The class of the container.
        plans: The tables.
        known: Attributes of what stands for the container that are taken as known.
    """

    kind: type
    plans: tuple[Plan, ...]
    known: dict[str, Any]

    @property
    def count(self) -> int:
        """How many columns there are."""
        return sum(plan.count for plan in self.plans)

    def lay_out(self, root: Any) -> list[Any] | None:
        """Return the columns, then for each table the objects that lie in it; None for a misfit."""
        if type(root) is not self.kind:
            return None
        tables = Tables(root)
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
        owners = [table.owners if table and table.is_known else [] for table in pools]
        return [*(column for columns in found for column in columns), *owners]
