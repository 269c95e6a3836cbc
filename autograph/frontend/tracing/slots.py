"""Slots: names for what was made in a region, and travels through its results."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

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
