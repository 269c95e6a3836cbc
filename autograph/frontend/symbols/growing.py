"""Lists whose length is known only when the program runs.

The items of such a list lie in columns: buffers with one row for each item, one buffer for each
part that an item is taken apart into. A list is a `list` whose only item is a `Growing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

FIXED_ITEM = (
    "an array in a list whose length is known only when the program runs is changed in place, "
    "which is not supported; append a copy, or store a new array: items[k] = items[k] + 1"
)


class Growing(Symbolic):
    """The items of a list, as many as the program makes when it runs.

    Attributes:
        element: The template of an item.
        columns: For each leaf of the template, the leaves of all items.
        length: How many there are.
        capacity: How many rows the columns have.
        arranged: The loop that chose the capacity, if one did.
    """

    __slots__ = ("arranged", "capacity", "columns", "element", "length")

    def __init__(
        self,
        element: Any,
        columns: Sequence[Value],
        length: Affine,
        capacity: Affine,
        arranged: Any = None,
    ) -> None:
        self.element = element
        self.columns = tuple(columns)
        self.length = length
        self.capacity = capacity
        self.arranged = arranged

    def _no_attribute(self, name: str) -> Exception:
        if name.startswith("__"):
            return AttributeError(name)
        return unsupported(
            "this is not supported on a list whose length is known only when the program runs; "
            "make an array of it first: np.array(items)"
        )

    def __repr__(self) -> str:
        return f"<{self.length} items>"


def growing_of(items: Any) -> Growing | None:
    """Return the items of a list or its content, if their number is a run-time value."""
    if isinstance(items, list | tuple) and len(items) == 1 and isinstance(items[0], Growing):
        return items[0]
    return None
