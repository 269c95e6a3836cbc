"""Characters as numbers, as definitions in plain Python ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

FIRST_OF_TEXTS, FACTOR_OF_TEXTS = 7, 1000003
"""What texts are hashed with."""


def hash_of_letters(text: str) -> int:
    """Return the hash of a known text: as definitions hash its characters one by one."""
    h = FIRST_OF_TEXTS
    for c in text:
        h = (h * FACTOR_OF_TEXTS + ord(c)) & 0xFFFFFFFF
    return h


def is_known_text(text: object) -> bool:
    """Return whether a text is known while tracing."""
    return isinstance(text, str)


def codes_of(text: str) -> list[int]:
    """Return the code points of a text."""
    return [ord(c) for c in text]


def ascii_only(code: int) -> int:
    """Return a code point of ASCII; for others plain Python runs."""
    return code


def plain_unless(holds: bool) -> None:
    """Have plain Python run where a condition does not hold."""


def places_in_table(table: Mapping[int, int | str | None]) -> tuple[np.ndarray, list[str]]:
    """Return where code points have their texts in a list, -1 if they have none, and the list.

    Args:
        table: What `str.maketrans` returns.
    """
    texts = [chr(x) if isinstance(x, int) else x or "" for x in table.values()]
    return _places(tuple(table)), texts


@lru_cache(maxsize=256)
def _places(keys: tuple[int, ...]) -> np.ndarray:
    """Return the positions of keys, the same array for the same keys."""
    places = np.full(max(keys, default=-1) + 1, -1)
    places[list(keys)] = np.arange(len(keys))
    return places
