"""Objects in pools: how they travel through results, and what stands for them while tracing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.leaves import Leaf, form_of_leaf
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.tracing.heap import empty_object
from autograph.frontend.tracing.pools import Pool, Row
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.stand_in import is_told_apart
from autograph.frontend.tracing.template import Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, scalar

if TYPE_CHECKING:
    from autograph.frontend.tracing.packing import Packing


class Pooled(Template, frozen=True):
    """An object in a pool: its row."""

    pool: Pool

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        pool = self.pool
        one_pool = is_told_apart(pool.kind) and not pool.is_given
        return ("pooled", pool.kind if one_pool else pool.key)

    def merged(self, other: Any) -> Template:
        """Return the template of both: lists that meet lie in one pool."""
        if other.pool is not self.pool:
            raise tracer().needs_one_pool(self.pool.key, other.pool.key)
        return self

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [scalar(np.int64)]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        row = tracer().pools.row_of(content)
        assert row is not None
        return [row.at]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return handle(Row(self.pool, known_row(form_of_leaf(next(leaves)))))


def known_row(at: Affine) -> Affine:
    """Return the number of a row, of which it is known now that it is one."""
    facts = tracer().facts
    facts.learn(at)
    if at.symbol is not None:
        facts.magnitudes.limits[at.symbol] = COUNTABLE
    return at


def handle(row: Row) -> Any:
    """Return what stands for an object in a pool."""
    made = empty_object(row.pool.kind)
    if row.pool.kind is list:
        made.append(LiveItems(row))
    tracer().born(made)
    return tracer().pools.stand(made, row)


class LiveItems(Growing):
    """The items of a list in a pool, as they are whenever they are looked at.

    Args:
        row: Where the list lies.
    """

    __slots__ = ("row_in_pool",)

    def __init__(self, row: Row) -> None:
        self.row_in_pool = row
        self.home, self.held = None, False
        self.in_pool, self.origins = True, ()

    @property
    def now(self) -> Growing:
        """The items as they are now, apart from the pool."""
        rows, at = self.row_in_pool.pool.items, self.row_in_pool.at
        element = rows.element.items.element
        if getattr(element, "alternatives", None) == ():  # no list here has ever had an item
            return Growing(element, (), Affine(0), Affine(0))

        def read() -> tuple[Growing, Growing]:
            (now,) = rows.element.items.unpack(iter(rows.row(at)), {})
            return now, rows

        now, _ = tracer().facts.once(("items in pool", id(rows), at), read)
        return now

    @property
    def columns(self) -> tuple[Value, ...]:
        """The columns."""
        return self.now.columns

    @property
    def length(self) -> Affine:
        """How many there are."""
        return self.now.length

    @property
    def element(self) -> Any:
        """The template of an item."""
        return self.row_in_pool.pool.items.element.items.element

    @property
    def capacity(self) -> Affine:  # type: ignore[override]
        """How many rows the columns have."""
        capacity: Affine = self.row_in_pool.pool.items.element.items.capacity
        return capacity

    @property
    def arranged(self) -> Any:
        """No loop chooses the capacity of a list in a pool."""
        return None

    def changed(
        self,
        columns: Sequence[Value] | None = None,
        length: Affine | None = None,
        element: Any = None,
        capacity: Affine | None = None,
    ) -> Growing:
        """Return other items in the place of these."""
        now = Growing(self.element, self.columns, self.length, self.capacity)
        now.in_pool = True
        return now.changed(columns, length, element, capacity)

    def __repr__(self) -> str:
        return f"<the items of row {self.row_in_pool.at}>"
