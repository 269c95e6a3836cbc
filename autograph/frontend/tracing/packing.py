"""Names for what was made in a region: the buffers and objects that travel through its results."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, field

from autograph.frontend.symbols.condition import Condition
from autograph.frontend.symbols.growing import is_item
from autograph.frontend.symbols.symbolic import Array, Cell
from autograph.frontend.tracing.heap import is_heap
from autograph.frontend.tracing.journal import Scope
from autograph.frontend.tracing.tracer import tracer

Path = tuple[Any, ...]


class Slot(Struct, frozen=True):
    """Where something made inside a region travels: a buffer, or the content of an object.

    Attributes:
        places: The places that refer to it, or the first of them.
        kind: Dtype and number of axes of a buffer, the class of an object.
    """

    places: tuple[Path, ...]
    kind: tuple[np.dtype[Any], int] | type

    @property
    def is_buffer(self) -> bool:
        """Whether a buffer travels here."""
        return isinstance(self.kind, tuple)


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

    def own_template(self, array: Array) -> Any:
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
