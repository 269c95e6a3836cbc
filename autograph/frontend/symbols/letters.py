"""Characters as numbers, as definitions in plain Python ask for them."""

from __future__ import annotations

FIRST_OF_TEXTS, FACTOR_OF_TEXTS = 7, 1000003
"""What texts are hashed with."""


def ascii_code(character: str) -> int:
    """Return the code point of an ASCII character; of others plain Python runs."""
    return ord(character)


def hash_of_letters(text: str) -> int:
    """Return the hash of a known text: as definitions hash its characters one by one."""
    h = FIRST_OF_TEXTS
    for c in text:
        h = (h * FACTOR_OF_TEXTS + ord(c)) & 0xFFFFFFFF
    return h


def is_known_text(text: object) -> bool:
    """Return whether a text is known while tracing."""
    return isinstance(text, str)
