"""Hashes of keys: Python's own, so that sets come in Python's order.

Keys that compare equal have the same hash, whatever their types: 2, 2.0, True and NumPy's. Those of
texts differ from one run of Python to the next: here they are others, and no order follows.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from autograph.frontend.symbols.letters import (
    FACTOR_OF_TEXTS,
    FIRST_OF_TEXTS,
    hash_of_letters,
    is_known_text,
)
from autograph.frontend.tracing.stand_in import by_alternative

BITS = 61
PRIME = 2**BITS - 1
"""What Python reduces numbers by; so it takes 2**61 to be 1."""

INFINITE = 314159
FIRST = np.uint64(11400714785074694791)
SECOND = np.uint64(14029467366897019727)
FIFTH = np.uint64(2870177450012600261)
TURN, BACK = np.uint64(31), np.uint64(33)
LENGTH = np.uint64(2870177450012600261 ^ 3527539)
"""What tuples are hashed with, as in the hash function xxHash.

Source: Python's Objects/tupleobject.c.
"""


@by_alternative
def hash_of(key: Any) -> Any:
    """Return the hash of a key."""
    if isinstance(key, tuple):
        return hash_of_tuple(key)
    if isinstance(key, frozenset):
        return hash_of_frozenset(key)
    if isinstance(key, (float, np.floating)):
        return hash_of_float(float(key))
    if isinstance(key, (int, np.integer, np.bool_)):
        return hash_of_integer(int(key))
    return hash_of_known(key)


def hash_of_integer(x: int) -> int:
    """Return the hash of an integer."""
    if not -PRIME < x < PRIME:
        x = x % PRIME if x > 0 else -(-x % PRIME)
    return -2 if x == -1 else x


def hash_of_float(x: float) -> int:
    """Return the hash of a float: the remainder of division by the prime, of fractions too."""
    if x != x:
        raise ValueError("a NaN is a key by its identity")
    size = abs(x)
    if size == float("inf"):
        return INFINITE if x > 0 else -INFINITE
    while size >= 2.0**BITS:
        size *= 2.0**-BITS
    h = 0
    while size > 0:
        whole = int(size)
        h += whole
        if h >= PRIME:
            h -= PRIME
        size = (size - whole) * 2.0**BITS
    if x < 0:
        h = -h
    return -2 if h == -1 else h


def hash_of_tuple(key: tuple[Any, ...]) -> int:
    """Return the hash of a tuple."""
    h = FIFTH
    for part in key:
        h = h + np.int64(hash_of(part)).astype(np.uint64) * SECOND
        h = ((h << TURN) | (h >> BACK)) * FIRST
    h = h + (np.uint64(len(key)) ^ LENGTH)
    found = int(h.astype(np.int64))
    return 1546275796 if found == -1 else found


def hash_of_frozenset(key: Any) -> int:
    """Return the hash of a frozenset, which does not depend on the order of its items.

    Source: Python's Objects/setobject.c.
    """
    h = np.uint64(0)
    for part in key._members() if hasattr(key, "_members") else key:
        own = np.int64(hash_of(part)).astype(np.uint64)
        h = h ^ ((own ^ np.uint64(89869747)) ^ (own << np.uint64(16))) * np.uint64(3644798167)
    h = h ^ np.uint64(len(key) + 1) * np.uint64(1927868237)
    h = h ^ (h >> np.uint64(11)) ^ (h >> np.uint64(25))
    h = h * np.uint64(69069) + np.uint64(907133923)
    found = int(h.astype(np.int64))
    return 590923713 if found == -1 else found


def hash_of_known(key: Any) -> int:
    """Return the hash of what is known while tracing: a text, None, ..."""
    if isinstance(key, str):
        return hash_of_letters(key) if is_known_text(key) else hash_of_text(key)
    if isinstance(key, bytes):
        return zlib.crc32(key)
    return hash(key) & 0xFFFFFFFF


def hash_of_text(text: str) -> int:
    """Return the hash of a text, one character after the other."""
    h = FIRST_OF_TEXTS
    for c in text:
        h = (h * FACTOR_OF_TEXTS + ord(c)) & 0xFFFFFFFF
    return h


@by_alternative
def has_python_hash(key: Any) -> bool:
    """Return whether the hash of a key is the one that Python uses."""
    if isinstance(key, tuple):
        return all([has_python_hash(part) for part in key])
    if isinstance(key, frozenset):
        parts = key._members() if hasattr(key, "_members") else key
        return all([has_python_hash(part) for part in parts])
    return isinstance(key, (int, float, np.integer, np.floating, np.bool_))
