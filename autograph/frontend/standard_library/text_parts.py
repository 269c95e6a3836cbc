"""Methods that take texts apart or lay them out, as plain Python over their characters."""

from __future__ import annotations

from typing import Any

from autograph.frontend.standard_library.text_places import (
    behind_line_end,
    kept_before,
    kept_from,
    last_place_of,
    line_end_from,
    other_before,
    other_from,
    place_of,
    space_before,
    space_from,
)
from autograph.frontend.standard_library.texts import find, rfind
from autograph.frontend.symbols.letters import codes_of, places_in_table

# ---------------------------------------------------------------- parts


def split(text: str, sep: Any = None, maxsplit: int = -1) -> list[str]:
    codes = codes_of(text)
    parts: list[str] = []
    if sep is None:
        start = kept_from(codes, 0)
        while start < len(text):
            end = space_from(codes, start) if len(parts) != maxsplit else len(text)
            parts.append(text[start:end])
            start = kept_from(codes, end)
        return parts
    if len(sep) == 0:
        raise ValueError("empty separator")
    separator = codes_of(sep)
    start, at = 0, place_of(codes, separator, 0)
    while at >= 0 and len(parts) != maxsplit:
        parts.append(text[start:at])
        start = at + len(sep)
        at = place_of(codes, separator, start)
    parts.append(text[start:])
    return parts


def rsplit(text: str, sep: Any = None, maxsplit: int = -1) -> list[str]:
    codes = codes_of(text)
    parts: list[str] = []
    if sep is None:
        end = kept_before(codes, len(text))
        while end > 0:
            start = space_before(codes, end) if len(parts) != maxsplit else 0
            parts.append(text[start:end])
            end = kept_before(codes, start)
        parts.reverse()
        return parts
    if len(sep) == 0:
        raise ValueError("empty separator")
    separator = codes_of(sep)
    end, at = len(text), last_place_of(codes, separator, len(text))
    while at >= 0 and len(parts) != maxsplit:
        parts.append(text[at + len(sep) : end])
        end = at
        at = last_place_of(codes, separator, end)
    parts.append(text[:end])
    parts.reverse()
    return parts


def splitlines(text: str, keepends: bool = False) -> list[str]:
    codes = codes_of(text)
    lines: list[str] = []
    start = 0
    while start < len(text):
        end = line_end_from(codes, start)
        behind = behind_line_end(codes, end)
        lines.append(text[start : behind if keepends else end])
        start = behind
    return lines


def partition(text: str, sep: str) -> tuple[str, str, str]:
    if len(sep) == 0:
        raise ValueError("empty separator")
    at = find(text, sep)
    if at < 0:
        return text, "", ""
    return text[:at], sep, text[at + len(sep) :]


def rpartition(text: str, sep: str) -> tuple[str, str, str]:
    if len(sep) == 0:
        raise ValueError("empty separator")
    at = rfind(text, sep)
    if at < 0:
        return "", "", text
    return text[:at], sep, text[at + len(sep) :]


# ---------------------------------------------------------------- ends


def first_kept(text: str, chars: Any) -> int:
    """Return where what is not stripped begins."""
    if chars is None:
        return kept_from(codes_of(text), 0)
    return other_from(codes_of(text), codes_of(chars), 0)


def behind_kept(text: str, chars: Any, start: int) -> int:
    """Return where what is not stripped ends; not before `start`."""
    if chars is None:
        return max(kept_before(codes_of(text), len(text)), start)
    return max(other_before(codes_of(text), codes_of(chars), len(text)), start)


def strip(text: str, chars: Any = None) -> str:
    start = first_kept(text, chars)
    return text[start : behind_kept(text, chars, start)]


def lstrip(text: str, chars: Any = None) -> str:
    return text[first_kept(text, chars) :]


def rstrip(text: str, chars: Any = None) -> str:
    return text[: behind_kept(text, chars, 0)]


def removeprefix(text: str, prefix: str) -> str:
    found = len(prefix) <= len(text) and text[: len(prefix)] == prefix
    return text[len(prefix) if found else 0 :]


def removesuffix(text: str, suffix: str) -> str:
    kept = len(text) - len(suffix)
    found = kept >= 0 and text[kept:] == suffix
    return text[: kept if found else len(text)]


# ---------------------------------------------------------------- layout


def ljust(text: str, width: int, fill: str = " ") -> str:
    return text + fill * max(width - len(text), 0)


def rjust(text: str, width: int, fill: str = " ") -> str:
    return fill * max(width - len(text), 0) + text


def center(text: str, width: int, fill: str = " ") -> str:
    pad = max(width - len(text), 0)
    left = pad // 2 + (pad & width & 1)
    return fill * left + text + fill * (pad - left)


def zfill(text: str, width: int) -> str:
    signed = len(text) > 0 and text[0] in "+-"
    sign = 1 if signed else 0
    return text[:sign] + "0" * max(width - len(text), 0) + text[sign:]


def expandtabs(text: str, tabsize: int = 8) -> str:
    parts = []
    column = 0
    for c in text:
        if c == "\t":
            width = tabsize - column % tabsize if tabsize > 0 else 0
            parts.append(" " * width)
            column += width
        else:
            parts.append(c)
            column = 0 if c in "\n\r" else column + 1
    return "".join(parts)


def translate(text: str, table: Any) -> str:
    places, texts = places_in_table(table)
    found = []
    for c in text:
        k = ord(c)
        at = int(places[k]) if k < len(places) else -1
        if at < 0:
            found.append(c)
        else:
            found.append(texts[at])
    return "".join(found)
