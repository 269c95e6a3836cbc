"""Methods that find things in texts and put texts together, as plain Python."""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.text_places import last_place_of, place_of
from autograph.frontend.symbols.letters import codes_of, is_known_text


def count(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    text = text[start:end]
    if len(part) == 0:
        return len(text) + 1
    codes, wanted = codes_of(text), codes_of(part)
    found, at = 0, place_of(codes, wanted, 0)
    while at >= 0:
        found += 1
        at = place_of(codes, wanted, at + len(part))
    return found


def find(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    if end is None and is_known_text(text):
        i = start
        while i + len(part) <= len(text):
            if text[i : i + len(part)] == part:
                return i
            i += 1
        return -1
    first = bounded(start, len(text))
    behind = len(text) if end is None else bounded(end, len(text))
    return place_of(codes_of(text[:behind]), codes_of(part), first)


def rfind(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    first = bounded(start, len(text))
    behind = len(text) if end is None else bounded(end, len(text))
    at = last_place_of(codes_of(text), codes_of(part), behind)
    return at if at >= first else -1


def bounded(at: int, count: int) -> int:
    """Return a place that may be counted from the end, not before the beginning."""
    return max(at + count, 0) if at < 0 else at


def index(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    found = find(text, part, start, end)
    if found < 0:
        raise ValueError("substring not found")
    return found


def rindex(text: str, part: str, start: int = 0, end: int | None = None) -> int:
    found = rfind(text, part, start, end)
    if found < 0:
        raise ValueError("substring not found")
    return found


def contains(text: str, part: str) -> bool:
    return find(text, part) >= 0


def startswith(text: str, prefix: Any, start: int = 0, end: int | None = None) -> bool:
    if start != 0 or end is not None:
        return start <= len(text) and startswith(text[start:end], prefix)
    if isinstance(prefix, tuple):
        for each in prefix:  # noqa: SIM110
            if startswith(text, each):
                return True
        return False
    return len(prefix) <= len(text) and text[: len(prefix)] == prefix


def endswith(text: str, suffix: Any, start: int = 0, end: int | None = None) -> bool:
    if start != 0 or end is not None:
        return start <= len(text) and endswith(text[start:end], suffix)
    if isinstance(suffix, tuple):
        for each in suffix:  # noqa: SIM110
            if endswith(text, each):
                return True
        return False
    return len(suffix) <= len(text) and text[len(text) - len(suffix) :] == suffix


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    codes, wanted = codes_of(text), codes_of(old)
    parts: list[str] = []
    start, at = 0, place_of(codes, wanted, 0)
    left = count if count >= 0 else len(text) + 1
    while at >= 0 and left > 0:
        parts.append(text[start:at])
        parts.append(new)
        left -= 1
        start = at + len(old)
        if len(old) > 0:
            at = place_of(codes, wanted, start)
        elif at < len(text):
            at += 1
        else:
            at = -1
    parts.append(text[start:])
    return "".join(parts)


def repeated(text: str, times: int) -> str:
    return "".join([text for _ in range(times)])


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
