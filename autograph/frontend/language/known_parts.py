"""Parts of lists and tuples with known items, of which only the running program knows the bounds.

Enters: such a list or tuple, and a slice. Leaves: what Python does with it, as loops in plain
Python that are traced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograph.frontend.arrays.slices import bounded_slice
from autograph.frontend.language.lists import is_runtime_index, place_of
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.ir.affine import Affine

PART_OF: dict[type, Callable[..., Any]] = {
    list: python_lists.part_of_list,
    tuple: python_lists.part_of_tuple,
}
"""What gives a part of a list, or of a tuple."""


def is_runtime_part(owner: Any, key: Any) -> bool:
    """Return whether a slice of a list or tuple of known items has a run-time bound."""
    if type(owner) not in PART_OF or not isinstance(key, slice):
        return False
    return any(map(is_runtime_index, (key.start, key.stop)))


def part_of(owner: list[Any] | tuple[Any, ...], key: slice) -> Any:
    """Return `owner[key]`."""
    return defined(PART_OF[type(owner)])(owner, *_place(owner, key))


def set_part(owner: list[Any], key: slice, x: Any) -> None:
    """Run `owner[key] = x`."""
    start, count, step = _place(owner, key)
    replace = python_lists.replace_part if step == 1 else python_lists.replace_steps
    defined(replace)(owner, start, count, step, x)


def delete_part(owner: list[Any], key: slice) -> None:
    """Run `del owner[key]`."""
    defined(python_lists.delete_steps)(owner, *_place(owner, key))


def _place(owner: list[Any] | tuple[Any, ...], key: slice) -> tuple[Any, ...]:
    return place_of(bounded_slice(key, Affine(len(owner))))
