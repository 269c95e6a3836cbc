"""Keys of dicts that are texts of which only the running program knows the characters.

Of a dict whose few keys are known texts such a key is one of them: no hash table is needed.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.flow.control import condition_of, fork, value_if
from autograph.frontend.language import letters
from autograph.frontend.language.text import Text
from autograph.frontend.symbols.condition import Condition, any_of
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.tracer import tracer

KEY_ERROR = "KeyError: a text"
NEW_KEY = "a dict with known keys gets another one"
"""What happens where a text is none of the known keys: of a lookup, and of an assignment."""

FEW = 8
"""With so many known keys a text is compared, one after the other."""


def _cases(owner: Any, key: Any) -> list[tuple[Condition, str]]:
    """Return the keys that a text may be, with the conditions; none where a table is needed."""
    if not isinstance(key, Text) or type(owner) not in (dict, set, frozenset, list, tuple):
        return []
    if not 0 < len(owner) <= FEW or not all(type(k) is str for k in owner):
        return []
    known = dict.fromkeys(owner)
    return [(condition_of(letters.compared("eq", key, k)), k) for k in known]


def known_key(owner: Any, key: Any, missing: str = KEY_ERROR) -> Any:
    """Return the known keys of a dict that a text may be; any other key as it is.

    Args:
        owner: What the key is of.
        key: The key.
        missing: What happens if it is none of them.
    """
    text = narrow(key)
    if type(owner) is not dict or (missing != KEY_ERROR and len(owner) < 2):
        return key
    cases = _cases(owner, text)
    if not cases:
        return key
    found = any_of(when for when, _ in cases)
    if found.known is False:
        tracer().fail(missing)
    if found.known is None:
        tracer().check(found.value(), missing)
        tracer().learn(found)
    return narrow(Union(tuple(cases)))


def contains(owner: Any, key: Any) -> Condition | None:
    """Return whether a text is among a few known ones, None if that is not what is asked."""
    cases = _cases(owner, narrow(key))
    return any_of(when for when, _ in cases) if cases else None


def get(owner: dict[Any, Any], key: Any, default: Any = None) -> Any:
    """Return `owner.get(key, default)` of a text; `NotImplemented` where a table is needed."""
    cases = _cases(owner, narrow(key))
    if not cases:
        return NotImplemented
    there = any_of(when for when, _ in cases)
    one = narrow(Union(tuple(cases)))
    return value_if(there, lambda: merged(fork(one, owner.__getitem__)), lambda: default)


def merged(found: Any) -> Any:
    """Return texts of one length that a key chooses among as one text."""
    content = narrow(found)
    if not isinstance(content, Union) or not letters.can_be_spelled(content):
        return found
    codes = narrow(letters.with_codes(content, lambda codes: codes))
    return found if isinstance(codes, Union) else letters.of_codes(codes)
