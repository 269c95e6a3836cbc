"""Methods of texts, as plain Python over their characters.

What depends on the classes of characters is about ASCII: of other characters, whose tables are
Python's, plain Python runs.
"""

from __future__ import annotations

from typing import Any

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.symbols.letters import ascii_code


def count(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    stop = len(text) if end is None else end
    text = text[start:stop]
    found, i, size = 0, 0, len(part)
    if size == 0:
        return len(text) + 1
    while i + size <= len(text):
        if text[i : i + size] == part:
            found += 1
            i += size
        else:
            i += 1
    return found


def find(text: str, part: str, start: int = 0) -> int:
    i = start
    while i + len(part) <= len(text):
        if text[i : i + len(part)] == part:
            return i
        i += 1
    return -1


def rfind(text: str, part: str) -> int:
    i = len(text) - len(part)
    while i >= 0:
        if text[i : i + len(part)] == part:
            return i
        i -= 1
    return -1


def index(text: str, part: str, start: int = 0) -> int:
    found = find(text, part, start)
    if found < 0:
        raise ValueError("substring not found")
    return found


def contains(text: str, part: str) -> bool:
    return find(text, part) >= 0


def startswith(text: str, prefix: Any) -> bool:
    if isinstance(prefix, tuple):
        for each in prefix:  # noqa: SIM110
            if startswith(text, each):
                return True
        return False
    return len(prefix) <= len(text) and text[: len(prefix)] == prefix


def endswith(text: str, suffix: Any) -> bool:
    if isinstance(suffix, tuple):
        for each in suffix:  # noqa: SIM110
            if endswith(text, each):
                return True
        return False
    return len(suffix) <= len(text) and text[len(text) - len(suffix) :] == suffix


def isdigit(text: str) -> bool:
    for c in text:
        if not 48 <= ascii_code(c) <= 57:
            return False
    return len(text) > 0


def isalpha(text: str) -> bool:
    for c in text:
        k = ascii_code(c)
        if not (65 <= k <= 90 or 97 <= k <= 122):
            return False
    return len(text) > 0


def isalnum(text: str) -> bool:
    for c in text:
        k = ascii_code(c)
        if not (48 <= k <= 57 or 65 <= k <= 90 or 97 <= k <= 122):
            return False
    return len(text) > 0


def isspace(text: str) -> bool:
    for c in text:
        k = ascii_code(c)
        if not (9 <= k <= 13 or 28 <= k <= 32):
            return False
    return len(text) > 0


def isupper(text: str) -> bool:
    cased = False
    for c in text:
        k = ascii_code(c)
        if 97 <= k <= 122:
            return False
        if 65 <= k <= 90:
            cased = True
    return cased


def islower(text: str) -> bool:
    cased = False
    for c in text:
        k = ascii_code(c)
        if 65 <= k <= 90:
            return False
        if 97 <= k <= 122:
            cased = True
    return cased


def upper(text: str) -> str:
    return "".join([_upper(c) for c in text])


def lower(text: str) -> str:
    return "".join([_lower(c) for c in text])


def _upper(c: str) -> str:
    k = ascii_code(c)
    return chr(k - 32 if 97 <= k <= 122 else k)


def _lower(c: str) -> str:
    k = ascii_code(c)
    return chr(k + 32 if 65 <= k <= 90 else k)


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    if len(old) == 0:
        refuse("replacing nothing in a text that only the running program knows")
    parts = []
    i = done = 0
    while i < len(text):
        if (count < 0 or done < count) and text[i : i + len(old)] == old:
            parts.append(new)
            i += len(old)
            done += 1
        else:
            parts.append(text[i])
            i += 1
    return "".join(parts)


def repeated(text: str, times: int) -> str:
    return "".join([text for _ in range(times)])


def integer(text: str) -> int:
    sign, value, digits = 1, 0, 0
    for c in text:
        k = ascii_code(c)
        if 48 <= k <= 57:
            value = 10 * value + (k - 48)
            digits += 1
        elif digits == 0 and value == 0 and sign == 1 and c == "-":
            sign = -1
        else:
            raise ValueError("invalid literal for int() with base 10")
    if digits == 0:
        raise ValueError("invalid literal for int() with base 10")
    return sign * value


def codes_of_all(separator: str, texts: list[str]) -> list[int]:
    """Return the code points of texts with a separator between them."""
    codes: list[int] = []
    for k in range(len(texts)):
        if k > 0:
            for c in separator:
                codes.append(ord(c))
        for c in texts[k]:
            codes.append(ord(c))
    return codes
