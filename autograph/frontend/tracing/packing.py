"""Packings: what was made in a region by name, and the templates of what a place holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, field

from autograph.frontend.arrays.masked import Masked
from autograph.frontend.symbols.condition import TRUE, Condition
from autograph.frontend.symbols.decisions import Restart
from autograph.frontend.symbols.growing import ITEM_OF_LIST, growing_of, is_item
from autograph.frontend.symbols.leaves import Leaf, is_number
from autograph.frontend.symbols.promotion import kind_of
from autograph.frontend.symbols.symbolic import Array, Cell, Number, Symbolic
from autograph.frontend.symbols.union import Union, Unjoined, alternatives
from autograph.frontend.tracing.composite import (
    Container,
    Grown,
    Inner,
    grown,
    merge_all,
    pack_content,
)
from autograph.frontend.tracing.heap import Elements, Keyed, content_of, is_heap
from autograph.frontend.tracing.journal import Items, Scope
from autograph.frontend.tracing.pooled import Pooled
from autograph.frontend.tracing.rows import array_in_list, pooled_array
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import (
    Contents,
    NoJoin,
    Reference,
    Scalar,
    Selected,
    Static,
    Template,
    Unfit,
    handle_of,
)
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.graph import Value


class Packing(Struct):
    """Names what was made in a region, and takes contents apart.

    Attributes:
        scope: The region; None outside, where nothing counts as made inside.
        slots: Cells and objects made inside, by slot, each with the condition under which it is
            meant.
        slots_of: By the identity of what was made and the path where it is found, the slots in
            which it travels, each with the condition under which it does.
    """

    scope: Scope | None
    slots: dict[Slot, list[tuple[Condition, Any]]] = field(default_factory=dict)
    slots_of: dict[tuple[int, Path], list[tuple[Condition, Slot]]] = field(default_factory=dict)

    def is_inside(self, cell: Cell) -> bool:
        """Return whether a buffer was made in the region."""
        own = cell.row is None and self.scope is not None
        return own and cell.birth.within(self.scope)

    def own_template(self, array: Array) -> Template | None:
        """Return the template of an array, None if it is that of a view of its buffer."""
        return None

    def is_made(self, content: Any) -> bool:
        """Return whether a list, dict, set or object was made in the region."""
        if self.scope is None or not is_heap(content) or is_item(content):
            return False
        if tracer().pools.row_of(content) is not None:
            return False
        birth = tracer().birth(content)
        return birth is not None and birth.within(self.scope)

    @property
    def of_items(self) -> Packing:
        """The packing of the items of lists that grow."""
        return ELEMENTS

    # ------------------------------------------------------------ templates

    def template_of(self, content: Any, path: Path) -> Template:
        """Return the template of what is at a path at the end of the region (or before it)."""
        if isinstance(content, Union):
            return merge_all([self.template_of(c, path) for _, c in alternatives(content)])
        return merge_all([template for _, template in self.templates_of(content, path)])

    def templates_of(self, content: Any, path: Path) -> list[tuple[Condition, Template]]:
        """Return the template of a content; where it may travel in several slots, one for each."""
        if isinstance(content, np.ndarray):
            content = tracer().lift(content)
        if isinstance(content, Array):
            return self._templates_of_array(content, path)
        row = tracer().pools.row_of(content)
        if row is not None:
            return [(TRUE, Pooled(row.pool))]
        if is_item(content):
            found = tracer().needs_pool(content)
            remedy = found.key if isinstance(found, Restart) else None
            return [(TRUE, NoJoin(Unjoined(ITEM_OF_LIST, tracer().site, remedy)))]
        if not isinstance(content, tuple | Items) and self.is_made(content):
            return [(when, Reference(slot)) for when, slot in self.slots_of[id(content), path]]
        return [(TRUE, self._single_template(content, path))]

    def _templates_of_array(self, array: Array, path: Path) -> list[tuple[Condition, Template]]:
        if array.cell.row is not None:
            return [(TRUE, pooled_array(array))]
        own = self.own_template(array)
        if own is not None:
            return [(TRUE, own)]
        if not self.is_inside(array.cell):
            return [(TRUE, handle_of(array.cell, array.view))]
        slots = self.slots_of[id(array.cell), path]
        return [(when, handle_of(slot, array.view)) for when, slot in slots]

    def _single_template(self, content: Any, path: Path) -> Template:
        if isinstance(content, Value):
            return Contents(content.array_type)
        if isinstance(content, Masked) and content.intact:
            return Selected(content.full.array_type, content.mask.array_type)
        if isinstance(content, Number):
            return Scalar(content.kind)
        if isinstance(content, Unjoined):
            return NoJoin(content)
        if isinstance(content, tuple | Items):
            return self.container(content, path)
        return Static(content)

    def container(self, content: Any, path: Path) -> Container | Grown:
        """Return the template of a tuple, or of what a list, dict, set or object contains."""
        items = growing_of(content)
        if items is not None:
            how = items.arranged, items.held, _origin(content), type(content), items.origins
            return Grown(items.element, items.capacity, *how)
        keys = tuple(content) if isinstance(content, Items) else tuple(range(len(content)))
        parts = content.values() if isinstance(content, Items) else content
        pairs = zip(keys, parts, strict=True)
        templates = tuple(self.template_of(part, (*path, key)) for key, part in pairs)
        elements: tuple[Template, ...] = ()
        if isinstance(content, Elements):
            elements = tuple(map(element_of, content))
        return Container(type(content), keys, templates, elements, origin=_origin(content))


def _origin(content: Any) -> Any:
    """Return where a list, dict or set was made, given its content; None if nobody knows."""
    owner = content.owner if isinstance(content, Keyed | Elements) else None
    return None if owner is None else tracer().origin_of(owner)


# ---------------------------------------------------------------- items of lists that grow


class _ItemPacking(Packing):
    """The packing of the items of lists that grow: nothing has an identity."""

    def templates_of(self, content: Any, path: Path) -> list[tuple[Condition, Template]]:
        """Return the template of an item."""
        return [(TRUE, element_of(content))]


ELEMENTS = _ItemPacking(None)


def pack_element(element: Template, item: Any) -> list[Leaf]:
    """Return the leaves of an item of a list that grows."""
    return pack_content(element, item, (), ELEMENTS)


def element_of(item: Any) -> Template:
    """Return the template of an item in a list that grows."""
    item = tracer().lift(item) if isinstance(item, np.ndarray) else item
    if is_number(item):
        return Scalar(kind_of(item))
    if isinstance(item, Masked):
        item = item.elements()
    if isinstance(item, Array):
        return array_in_list(item)
    if isinstance(item, Union):
        return merge_all([element_of(part) for _, part in alternatives(item)])
    grown_items = growing_of(item) if type(item) is tuple else None
    if grown_items is not None:
        return Inner(Grown(grown_items.element, grown_items.capacity, kind=tuple))
    if isinstance(item, tuple):
        return Container(type(item), tuple(range(len(item))), tuple(map(element_of, item)))
    row = tracer().pools.row_of(item)
    if row is not None:
        return Pooled(row.pool)
    if type(item) is list:
        content = content_of(item)
        found = ELEMENTS.container(content, ())
        inner = found if isinstance(found, Grown) else grown(found)
        items = growing_of(content)
        origins = items.origins if items is not None and items.held else ()
        return Inner(Grown(inner.element, inner.capacity), origins or (tracer().made_at(item),))
    return Unfit(item) if is_heap(item) or isinstance(item, Symbolic | Unjoined) else Static(item)
