"""Templates of arrays in lists that grow.

The list holds copies of them, in rows of its columns. Arrays of one shape fill the rows. Arrays of
several shapes lie at the beginnings of larger rows, and their sizes in columns of their own. Where
somebody can tell, arrays that are there until the call ends are not copied: then the columns hold
what there is to know of the view, such as its beginning.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from autograph.frontend.symbols.leaves import Leaf, form_of_leaf, leaf_value
from autograph.frontend.symbols.symbolic import Array, under_dims
from autograph.frontend.symbols.view import View
from autograph.frontend.tracing.padded import Padded, Visible, bound_of, outside
from autograph.frontend.tracing.pools import STRETCHES, Pool
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import Handle, Template, learn_range
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType

if TYPE_CHECKING:
    from autograph.frontend.tracing.packing import Packing


class Row(Template, frozen=True):
    """An array in a list that grows: the list holds a copy of it."""

    is_key = True

    type: ArrayType

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("row", self.type.dtype, self.type.ndim)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        facts = tracer().facts
        if isinstance(other, Row):
            pairs = zip(self.type.dims, other.type.dims, strict=True)
            if all(facts.assume_equal(a, b) for a, b in pairs):
                return self
        return self.sized().merged(other)

    def sized(self) -> SizedRow:
        """Return the template with sizes of their own for arrays of several shapes."""
        return SizedRow(Padded(self.type.dtype, self.type.dims, self.type.dims))

    def outside(self, is_visible: Visible) -> Template:
        """Return the template as it can leave a region."""
        if all(map(is_visible, self.type.dims)):
            return self
        return self.sized().outside(is_visible)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [self.type]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [under_dims(_held(content), self.type.dims)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return _row_array(leaf_value(next(leaves)))


class HeldView(Handle, frozen=True):
    """An array in a list that grows which is there until the call ends: the list refers to it."""

    @property
    def key(self) -> Hashable:
        """What identifies the alternative: an array that is no view of another one is known."""
        own = None if self.view.derived or isinstance(self.buffer, Pool) else self.forms
        return ("held", self.buffer, self.view, self.view.derived, own)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        array = super().unpack(leaves, made)
        learn_range(array.view)
        return Array(array.cell, replace(array.view, joined=array.view.derived))

    def outside(self, is_visible: Visible) -> Template:
        """Return the template as it can leave a region."""
        forms = tuple(f if f is not None and is_visible(f) else None for f in self.forms)
        return replace(self, forms=forms)


class PooledArray(HeldView, frozen=True):
    """A view of an array in a pool: the first of the forms is the row.

    In a pool for arrays of several sizes the next ones are the dims of the array.
    """

    buffer: Any

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        mine = _forms_of(content)
        return [f for f, fixed in zip(mine, self.forms, strict=True) if fixed is None]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        at, *forms = [form_of_leaf(next(leaves)) if f is None else f for f in self.forms]
        dims = None
        if self.count_dims:
            dims, forms = tuple(forms[: self.count_dims]), forms[self.count_dims :]
        cell = tracer().array_in(self.buffer, at, dims)
        view = self.view.over(cell.value.dims, forms)
        return Array(cell, replace(view, joined=view.derived))

    @property
    def count_dims(self) -> int:
        """How many of the forms are dims of the array."""
        kind, *about = self.buffer.key
        return 1 + len(about[-1]) if kind == STRETCHES else 0

    def slots(self) -> Iterator[Slot]:
        """Yield nothing: a pool is there until the call ends."""
        return iter(())


def pooled_array(array: Array) -> PooledArray:
    """Return the template of a view of an array in a pool."""
    return PooledArray(array.cell.row.pool, _closed(array), _forms_of(array))


def _forms_of(array: Array) -> tuple[Affine, ...]:
    row = array.cell.row
    return (row.at, *(row.dims or ()), *array.view.step_forms())


def _closed(array: Array) -> View:
    """Return a view with the forms of its steps zero, and the sizes if they vary."""
    view = array.view
    dims = view.buffer_dims
    if array.cell.row.dims is not None:
        dims = (Affine(0),) * len(dims)
    return view.over(dims, [Affine(0) for _ in view.step_forms()])


def array_in_list(array: Array) -> Template:
    """Return the template of an array in a list that grows."""
    if array.cell.row is not None:
        return pooled_array(array)
    if not tracer().is_referred_to(array.cell):
        return Row(ArrayType(array.dtype, array.dims))
    view = array.view
    return HeldView(array.cell, view.map(lambda _: Affine(0)), tuple(view.step_forms()))


class SizedRow(Template, frozen=True):
    """Arrays of several shapes in a list that grows.

    Attributes:
        place: How each lies at the beginning of its row.
    """

    is_key = True

    place: Padded

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("row", self.place.dtype, len(self.place.dims))

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        facts, theirs = tracer().facts, (other.sized() if isinstance(other, Row) else other).place
        dims, room = [], []
        for k, (a, b) in enumerate(zip(self.place.dims, theirs.dims, strict=True)):
            same = a is not None and b is not None and facts.equal(a, b)
            dims.append(a if same else None)
            mine = self.place.room[k]
            room.append(mine if same else bound_of(mine, theirs.room[k]))
        return SizedRow(replace(self.place, dims=tuple(dims), room=tuple(room)))

    def outside(self, is_visible: Visible) -> Template:
        """Return the template as it can leave a region.

        Each row has room: a bound of the size might be far larger, and there are many rows.
        """
        trace, place = tracer(), outside(self.place, is_visible)
        room = tuple(
            new if new == old or new.constant is not None else trace.room((trace.site, "row", k))
            for k, (old, new) in enumerate(zip(self.place.room, place.room, strict=True))
        )
        return SizedRow(replace(place, room=room))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return self.place.types()

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return self.place.pack(_held(content), path, packing)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return _row_array(self.place.unpack(leaves, made))


def _held(content: Any) -> Any:
    """Return the value of an array that a list holds a copy of from now on."""
    if isinstance(content, Value):
        return content
    array = tracer().lift(content) if isinstance(content, np.ndarray) else content
    trace = tracer()
    trace.fix(array.cell)
    trace.has_copies = trace.has_copies or trace.lives_on(array.cell)
    return array.read()


def _row_array(value: Any) -> Array:
    cell = tracer().new_cell(value)
    tracer().fix(cell)
    return Array(cell)
