"""Hashes and equality of keys.

Keys that compare equal have the same hash, whatever their types: 2, 2.0, True and NumPy's. Hashes
are ours, not Python's, since no order depends on them.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np

from autograph.frontend.tracing.stand_in import by_alternative

FRACTION = 2.0**53
FAR = 2.0**62
BITS = 2**42 - 1
"""The bits of a part of a tuple: few enough for products to stay within 64 bits."""

PRIME = 2**61 - 1
"""What Python reduces integers by."""


@by_alternative
def hash_of(key: Any) -> Any:
    """Return the hash of a key."""
    if isinstance(key, tuple):
        h = len(key)
        for part in key:
            h = ((h ^ (hash_of(part) & BITS)) * 1000003) & BITS
        return h ^ (h >> 20)
    if isinstance(key, (float, np.floating)):
        return hash_of_float(float(key))
    if isinstance(key, (int, np.integer, np.bool_)):
        return int(key)
    return hash_of_known(key)


def hash_of_float(x: float) -> int:
    """Return the hash of a float, that of an integer if it is one."""
    if not -FAR < x < FAR:
        return 0
    whole = math.floor(x)
    return whole ^ int((x - whole) * FRACTION)


def hash_of_known(key: Any) -> int:
    """Return the hash of what is known while tracing: a text, None, ..."""
    if isinstance(key, (str, bytes)):
        return zlib.crc32(key.encode() if isinstance(key, str) else key)
    return hash(key) & 0xFFFFFFFF


def python_hash(key: Any) -> Any:
    """Return the hash of an integer that Python uses."""
    h = int(key)
    if not -PRIME < h < PRIME:
        h = h % PRIME if h > 0 else -(-h % PRIME)
    return -2 if h == -1 else h
