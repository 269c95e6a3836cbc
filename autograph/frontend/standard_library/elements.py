"""What `np.nditer` returns, as plain Python: it counts the elements that it has gone through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.tracing.stand_in import StandIn


class Elements(StandIn):
    """An `np.nditer` over arrays of one shape, in row-major order."""

    stands_for = np.nditer

    def __init__(
        self, arrays: Any, shape: Any, sizes: Any, is_one: bool, has_positions: bool
    ) -> None:
        self.operands = arrays
        self.shape = shape
        self.itersize, self._sizes = sizes[0], sizes[1:]
        self.iterindex = 0
        self._is_started = False
        self._is_one = is_one
        self._has_positions = has_positions

    def contents(self) -> tuple[Any, ...]:
        """Refuse to leave the compiled function."""
        refuse("an np.nditer that leaves the compiled function")

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def close(self) -> None:
        """Do nothing: nothing has been buffered."""
        return None

    def reset(self) -> None:
        """Start again."""
        self.iterindex = 0
        self._is_started = False

    @property
    def finished(self) -> Any:
        """Whether all elements have been gone through."""
        return self.iterindex >= self.itersize

    @property
    def multi_index(self) -> Any:
        """The position of the element."""
        if not self._has_positions:
            raise ValueError("Iterator is not tracking a multi-index")
        if self.iterindex >= self.itersize:
            raise ValueError("Iterator is past the end")
        return self._position(self.iterindex)

    def iternext(self) -> Any:
        """Go to the next element; return whether there is one."""
        self.iterindex = self.iterindex + 1
        return self.iterindex < self.itersize

    def _position(self, k: Any) -> Any:
        """Return the position of the element by a number."""
        parts = zip(self._sizes, self.shape)  # noqa: B905  (the lengths agree)
        return tuple([k // size % dim for size, dim in parts])

    def _element(self, array: Any, k: Any) -> Any:
        return array[(*self._position(k), ...)]

    @property
    def value(self) -> Any:
        """The element, or those of several arrays."""
        if self.iterindex >= self.itersize:
            raise ValueError("Iterator is past the end")
        if self._is_one:
            return self._element(self.operands[0], self.iterindex)
        return tuple([self._element(array, self.iterindex) for array in self.operands])

    def __getitem__(self, number: Any) -> Any:
        if self.iterindex >= self.itersize:
            raise ValueError("Iterator is past the end")
        return self._element(self.operands[number], self.iterindex)

    def __setitem__(self, number: Any, new: Any) -> None:
        if self.iterindex >= self.itersize:
            raise ValueError("Iterator is past the end")
        self._element(self.operands[number], self.iterindex)[...] = new

    def __iter__(self) -> Iterator[Any]:
        first = self.iterindex + 1 if self._is_started else self.iterindex
        for k in range(first, self.itersize):
            self._is_started = True
            self.iterindex = k
            if self._is_one:
                yield self._element(self.operands[0], k)
            else:
                yield tuple([self._element(array, k) for array in self.operands])
        self.iterindex = self.itersize


def elements(arrays: Any, shape: Any, sizes: Any, is_one: bool, has_positions: bool) -> Any:
    """Return what goes through arrays of one shape.

    Args:
        arrays: The arrays.
        shape: Their shape.
        sizes: How many elements they have, and their parts by the first, the first two, ... axes.
        is_one: Whether an element is one of one array, not a tuple.
        has_positions: Whether it knows the position of the element.
    """
    return Elements(arrays, shape, sizes, is_one, has_positions)
