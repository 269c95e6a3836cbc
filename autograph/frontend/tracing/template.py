"""Templates: what a place may hold, and how its content travels through the results of a region.

A content is taken apart into leaves (graph values, constants, forms, conditions), and put together
from the leaves on the other side. What is the same on all paths needs no leaf.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.arrays.masked import Masked
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.leaves import (
    Leaf,
    dtype_of_kind,
    form_of_leaf,
    is_number,
    kind_key,
    leaf_value,
    number_leaf,
    number_of_leaf,
)
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Array, Cell, Kind, under_dims
from autograph.frontend.symbols.union import Unjoined
from autograph.frontend.symbols.view import Selection, View
from autograph.frontend.tracing.journal import same_number
from autograph.frontend.tracing.slots import Path, Slot
from autograph.ir.affine import Affine
from autograph.ir.graph import Slice
from autograph.ir.types import ArrayType, scalar

if TYPE_CHECKING:
    from autograph.frontend.tracing.packing import Packing

UNJOINED = "unjoined"
"""The key of contents without a common form."""

# ---------------------------------------------------------------- kinds of templates


class Template(Struct, frozen=True):
    """What a place may hold.

    Attributes:
        is_key: Whether it describes the same contents only as templates do that are equal to it.
        takes_choice: Whether it packs one of several contents by itself.
    """

    is_key: ClassVar[bool] = False
    takes_choice: ClassVar[bool] = False

    @property
    def key(self) -> Hashable:
        """Templates of equal keys merge into one."""
        raise NotImplementedError

    def merged(self, other: Any) -> Template:
        """Return the template of both; `other` has the same key."""
        return self

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return []

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return []

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content made of leaves."""
        raise NotImplementedError

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of buffers made inside that the content refers to."""
        return iter(())


class Static(Template, frozen=True, eq=False):
    """Something known at trace time."""

    content: Any

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        if is_number(self.content):
            return ("number", kind_key(kind_of(self.content)))
        by_value = isinstance(self.content, str | bytes)
        return ("static", self.content if by_value else id(self.content))

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        if isinstance(other, Static) and (
            not is_number(self.content) or same_number(self.content, other.content)
        ):
            return self
        return Scalar(kind_of(self.content))

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.content


class Scalar(Template, frozen=True):
    """A number of one kind."""

    kind: Kind

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("number", kind_key(self.kind))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [scalar(dtype_of_kind(self.kind))]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [number_leaf(content)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return number_of_leaf(self.kind, next(leaves))


class Contents(Template, frozen=True):
    """The content of a buffer.

    Attributes:
        type: Its type.
        fixed: Whether it must not change any more.
        origins: Buffers that may be the same one in the program.
        stale: Whether one of them was changed.
    """

    is_key = True

    type: ArrayType
    fixed: bool = False
    origins: frozenset[Cell] = frozenset()
    stale: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.type, self.fixed, self.stale)

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "contents"

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [self.type]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [under_dims(content, self.type.dims)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return leaf_value(next(leaves))


class Selected(Template, frozen=True):
    """The elements of an array where a mask holds: the whole array, and the mask."""

    full: ArrayType
    mask: ArrayType

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("selected", self.full, self.mask)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [self.full, self.mask]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        return [content.full, content.mask]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        full, mask = leaf_value(next(leaves)), leaf_value(next(leaves))
        return Masked(full, mask, passed_on=True)


class Handle(Template, frozen=True):
    """A view of a buffer.

    Attributes:
        buffer: The buffer's cell, or the slot of one made inside.
        view: The view with all its forms zero: what must agree.
        forms: The forms of the view's steps; None where paths differ.
    """

    is_key = True

    buffer: Cell | Slot
    view: View
    forms: tuple[Affine | None, ...]

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("handle", self.buffer, self.view, self.view.derived)

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        pairs = zip(self.forms, other.forms, strict=True)
        return replace(self, forms=tuple(_common_form(a, b) for a, b in pairs))

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        return [scalar(np.int64) for form in self.forms if form is None]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        mine = content.view.step_forms()
        return [f for f, fixed in zip(mine, self.forms, strict=True) if fixed is None]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        forms = [form_of_leaf(next(leaves)) if f is None else f for f in self.forms]
        cell = self.buffer if isinstance(self.buffer, Cell) else made[self.buffer]
        view = self.view.over(cell.value.dims, forms)
        return Array(cell, replace(view, joined=view.derived))

    def slots(self) -> Iterator[Slot]:
        """Yield the slots of the buffers it refers to."""
        if not isinstance(self.buffer, Cell):
            yield self.buffer


class Reference(Template, frozen=True):
    """A list, dict, set or object made inside."""

    slot: Slot

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("reference", self.slot)

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return made[self.slot]

    def slots(self) -> Iterator[Slot]:
        """Yield the slot of the object."""
        yield self.slot


class NoJoin(Template, frozen=True, eq=False):
    """Contents without a common form; an error when used."""

    content: Unjoined

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return UNJOINED

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        return self.content


class Unfit(Template, frozen=True, eq=False):
    """Something that a list that grows cannot hold: it has an identity and is in no pool."""

    content: Any

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return "unfit"

    def types(self) -> list[ArrayType]:
        """Start again with such things in pools, or refuse the list."""
        raise current_tracer().needs_pool(self.content)


def handle_of(buffer: Cell | Slot, view: View) -> Handle:
    """Return the template of a view of a buffer."""
    return Handle(buffer, view.map(lambda _: Affine(0)), tuple(view.step_forms()))


def learn_range(view: View) -> None:
    """Note that a view lies within its buffer."""
    facts = current_tracer().facts
    if not view.steps or not isinstance(view.steps[0], Selection):
        return
    for item, dim in zip(view.steps[0].index, view.buffer_dims, strict=True):
        if not isinstance(item, Slice):
            facts.learn(item.position)
            facts.learn(dim - 1 - item.position)
            continue
        facts.learn(item.start)
        facts.learn(item.length)
        if item.step == 1:
            facts.learn(dim - item.start - item.length)


def _common_form(a: Affine | None, b: Affine | None) -> Affine | None:
    """Return the form that two forms are, None if they differ."""
    if a is None or b is None:
        return None
    canonical = current_tracer().facts.canonical
    return a if a == b or canonical(a) == canonical(b) else None
