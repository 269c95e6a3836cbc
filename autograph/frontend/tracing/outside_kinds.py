"""How objects from outside are told apart: numbers, values, containers, what has attributes."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.tracing.heap import is_object

NUMBERS = (bool, int, float, complex)
VALUES = (str, bytes, range, slice, np.dtype, np.generic, set, frozenset, bytearray, Enum)
"""Types of objects that are known by their values."""

CHANGING = (set, bytearray)
"""Those of them that can change."""

ALWAYS_REPLACED = (defaultdict, OrderedDict, Counter, deque)
"""Types of containers that an object of our own always stands for."""


def is_number(x: Any) -> bool:
    """Return whether an object is a number that can be a run-time value."""
    if type(x) in NUMBERS:
        return not is_long(x)
    return isinstance(x, np.generic) and x.dtype.kind in "biufc"


def is_structured(x: Any) -> bool:
    """Return whether an object is known by its attributes."""
    return isinstance(x, partial) or (is_object(x) and not isinstance(x, VALUES))
