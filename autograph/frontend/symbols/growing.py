"""Lists whose length is known only when the program runs.

The items of such a list lie in columns: buffers with one row for each item, one buffer for each
part that an item is taken apart into. A list is a `list` whose only item is a `Growing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Slice, Value
from autograph.ops.structure import get

FIXED_ITEM = (
    "an array in a list whose length is known only when the program runs is changed in place, "
    "which is not supported for arrays of several sizes; append a copy, or store a new array: "
    "items[k] = items[k] + 1"
)


STALE_ITEM = (
    "a list that a list of unknown length holds is used after items of that list were changed in "
    "place, which is not supported; read the item again right before: items[k]"
)
ITEM_OF_LIST = (
    "is an item of a list of unknown length, which is known as such only where it was read; read "
    "it again: items[k]"
)
SHARED_ITEM = (
    "an item of a list of unknown length is changed in place, and such a list holds one list "
    "twice, or two of them hold the same one, which is not supported; hold copies: "
    "items.append(x.copy())"
)
FIXED_LIST = (
    "a list that a list of unknown length holds is changed by a name of its own, which is not "
    "supported; change it as an item: items[k].append(x)"
)


def row_index(column: Value, position: Affine) -> tuple[At | Slice, ...]:
    """Return the index of a row of a column."""
    return (At(position), *(Slice(Affine(0), dim) for dim in column.dims[1:]))


class Growing(Symbolic):
    """The items of a list, as many as the program makes when it runs.

    Attributes:
        element: The template of an item.
        columns: For each leaf of the template, the leaves of all items.
        capacity: How many rows the columns have.
        arranged: The loop that chose the capacity, if one did.
        held: Whether another list holds a copy of them: it must not change any more.
        in_pool: Whether they are those of a list in a pool.
        origins: Of the items of a list that another one holds a copy of: where it may have been
            made.
        home: Of the items of a list that is itself an item of a list: that list, the position in
            it, and the items of that list when this one was read.
        relaid: Returns items laid into other columns; set by `relaid`.
    """

    __slots__ = (
        "_columns",
        "_length",
        "arranged",
        "capacity",
        "element",
        "held",
        "home",
        "in_pool",
        "origins",
    )

    relaid: ClassVar[Callable[[Growing, Any, Affine], Growing]]

    def __init__(
        self,
        element: Any,
        columns: Sequence[Value],
        length: Affine,
        capacity: Affine,
        arranged: Any = None,
    ) -> None:
        self.element = element
        self._columns = tuple(columns)
        self._length = length
        self.capacity = capacity
        self.arranged = arranged
        self.held = False
        self.in_pool = False
        self.origins: tuple[Any, ...] = ()
        self.home: tuple[list[Any], Affine, Growing] | None = None

    @property
    def columns(self) -> tuple[Value, ...]:
        """The columns.

        Raises:
            UnsupportedError: If they may have changed as those of an item of another list.
        """
        self._require_current()
        return self._columns

    @property
    def length(self) -> Affine:
        """How many there are.

        Raises:
            UnsupportedError: If that may have changed as that of an item of another list.
        """
        self._require_current()
        return self._length

    @property
    def is_inner(self) -> bool:
        """Whether this is an item of another list, or of a pool, and has room as needed."""
        return self.home is not None or self.in_pool

    def row(self, at: Affine, which: range | None = None) -> list[Value]:
        """Return the leaves of the item at a position in range; of some columns, if it is told."""
        columns = self.columns if which is None else [self.columns[k] for k in which]
        return [get(column, index=row_index(column, at)) for column in columns]

    def _require_current(self) -> None:
        at_home = self.home is not None and growing_of(self.home[0]) is self.home[2]
        if self.held and not at_home and current_tracer().has_changed_items:
            raise current_tracer().needs_pool([self], STALE_ITEM)

    def changed(
        self,
        columns: Sequence[Value] | None = None,
        length: Affine | None = None,
        element: Any = None,
        capacity: Affine | None = None,
    ) -> Growing:
        """Return other items in the place of these."""
        made = Growing(
            self.element if element is None else element,
            self._columns if columns is None else columns,
            self._length if length is None else length,
            self.capacity if capacity is None else capacity,
            self.arranged,
        )
        made.held, made.home = self.held, self.home
        made.in_pool, made.origins = self.in_pool, self.origins
        return made

    def _no_attribute(self, name: str) -> Exception:
        if name.startswith("__"):
            return AttributeError(name)
        return unsupported(
            "this is not supported on a list whose length is known only when the program runs; "
            "make an array of it first: np.array(items)"
        )

    def __repr__(self) -> str:
        return f"<{self._length} items>"


def growing_of(items: Any) -> Growing | None:
    """Return the items of a list or its content, if their number is a run-time value."""
    if isinstance(items, list | tuple) and len(items) == 1 and isinstance(items[0], Growing):
        return items[0]
    return None


def is_item(content: Any) -> bool:
    """Return whether a list is an item of another one, as which it can be changed."""
    items = growing_of(content) if type(content) is list else None
    return items is not None and items.home is not None
