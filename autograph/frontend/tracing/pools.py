"""Pools: where objects lie that lists of unknown length refer to.

The objects of one class, or the lists that meet in one place, are the rows of a pool, which is
itself a list that grows. An object in a pool is known by its row: two names of one row are names of
one object. Nothing leaves a pool before the call ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from msgspec import Struct

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.growing import Growing, growing_of, row_index
from autograph.frontend.symbols.inputs import Source
from autograph.frontend.symbols.union import Union
from autograph.frontend.tracing.journal import UNBOUND, Items
from autograph.ir.affine import Affine
from autograph.ir.graph import Index, Slice, Value
from autograph.ops.structure import empty, get, set_

STRETCHES = "stretches"
"""What the keys of pools begin with whose arrays take several rows, as many as they are long."""


class Pool(Struct, frozen=True, eq=False):
    """The objects of one kind.

    Attributes:
        key: What identifies the pool.
        kind: Their class.
        rows: A list with what each of them is made of.
        is_given: Whether the first of them are from outside.
    """

    key: Hashable
    kind: type
    rows: list[Any]
    is_given: bool = False

    @property
    def items(self) -> Growing:
        """What they are made of, as it is now."""
        items = growing_of(self.rows)
        assert items is not None
        return items


class Given(Struct, frozen=True, eq=False):
    """Objects from outside that the first rows of a pool are.

    Attributes:
        source: Where a list of them is found.
        items: What they were made of at first.
    """

    source: Source
    items: Growing


class Row(Struct, frozen=True):
    """Which row of which pool an object, a list or an array is.

    Attributes:
        pool: The pool.
        at: The number of the row.
        dims: Of an array in a pool for arrays of several sizes: its dims. Its items along the first
            axis are the rows from `at` on.
    """

    pool: Pool
    at: Affine
    dims: tuple[Affine, ...] | None = None

    def names(self) -> tuple[str, ...]:
        """Return the names of the attributes."""
        return tuple(self.pool.items.element.keys)

    def attribute(self, name: str) -> Any:
        """Return an attribute of the object, unbound if it has none of this name."""
        items, start = self.pool.items, 0
        for key, template in items.element.pairs():
            count = len(template.types())
            if key == name:
                leaves = items.row(self.at, range(start, start + count))
                return template.unpack(iter(leaves), {})
            start += count
        return UNBOUND

    def contents(self) -> Value:
        """Return the contents of the array, of a pool of arrays."""
        items = self.pool.items
        if not items.columns:
            about: Any = self.pool.key[1]  # type: ignore[index]
            dims, dtype = (self.dims, about) if self.dims else (about.dims, about.dtype)
            nothing: Value = empty(dims=dims, dtype=dtype)
            return nothing
        if self.dims is not None:
            return self._stretch(items)

        def read() -> tuple[Value, Growing]:
            return items.row(self.at)[0], items

        value, _ = current_tracer().facts.once(("array in a pool", id(items), self.at), read)
        return value

    def having(self, value: Value) -> Growing:
        """Return what a pool of arrays holds if this one has other contents."""
        items = self.pool.items
        (column,) = items.columns
        index = row_index(column, self.at) if self.dims is None else self._index(self.dims)
        return items.changed([set_(column, value, index=index)])

    def _index(self, dims: tuple[Affine, ...]) -> Index:
        return (Slice(self.at, dims[0]), *(Slice(Affine(0), dim) for dim in dims[1:]))

    def _stretch(self, items: Growing) -> Value:
        """Return the contents of an array that takes several rows."""
        assert self.dims is not None
        dims = self.dims

        def read() -> tuple[Value, Growing]:
            (column,) = items.columns
            return get(column, index=self._index(dims)), items

        key = ("array in a pool", id(items), self.at, dims)
        value, _ = current_tracer().facts.once(key, read)
        return value

    def attributes(self) -> Items:
        """Return all attributes."""
        found = ((name, self.attribute(name)) for name in self.names())
        return Items((name, x) for name, x in found if x is not UNBOUND)


class Pools:
    """The pools of one trace, and which objects of the trace stand for rows of them.

    Attributes:
        given: Pools whose first rows are objects from outside.
    """

    def __init__(self) -> None:
        self._pools: dict[Hashable, Pool] = {}
        self.given: dict[Pool, Given] = {}
        self._rows: dict[int, tuple[Any, Row]] = {}

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._pools.values())

    def get(self, key: Hashable) -> Pool | None:
        """Return the pool of a key, None if there is none yet."""
        return self._pools.get(key)

    def changed(self) -> list[Pool]:
        """Return the pools with objects from outside, if some of them changed."""
        changed = any(pool.items is not given.items for pool, given in self.given.items())
        return list(self.given) if changed else []

    def add(self, pool: Pool) -> None:
        """Add a pool."""
        self._pools[pool.key] = pool

    def row_of(self, x: Any) -> Row | None:
        """Return the row that an object stands for, None if it is in no pool."""
        found = self._rows.get(id(x))
        return found[1] if found is not None and found[0] is x else None

    def stand(self, x: Any, row: Row) -> Any:
        """Have an object stand for a row from now on, and return it."""
        self._rows[id(x)] = (x, row)
        return x


NO_POOLS = Pools()
"""The pools where nothing is traced."""


def has_rows(pools: Pools, x: Any) -> bool:
    """Return whether something is, or is one of several or a tuple with, an object in a pool."""
    if isinstance(x, Union):
        return any(has_rows(pools, part) for _, part in x.alternatives)
    if isinstance(x, tuple | list):
        own = pools.row_of(x) is not None
        return own or any(has_rows(pools, part) for part in x)
    return pools.row_of(x) is not None
