"""Where things are in a text, as plain Python over its code points.

All calls for texts of any length share the code of these functions.
"""

from __future__ import annotations

from autograph.frontend.tracing.stand_in import shared

SPACES: int = sum(1 << k for k in (*range(9, 14), *range(28, 33)))
LINE_ENDS: int = sum(1 << k for k in (*range(10, 14), *range(28, 31)))
"""Code points below 64 as bits."""

OTHER_SPACES = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
OTHER_LINE_ENDS = (0x85, 0x2028, 0x2029)


def is_space(k: int) -> bool:
    """Return whether texts are split at a code point, and stripped of it."""
    if k < 64:
        return SPACES >> k & 1 == 1
    return k > 127 and k in OTHER_SPACES


def ends_line(k: int) -> bool:
    """Return whether a line ends at a code point."""
    if k < 64:
        return LINE_ENDS >> k & 1 == 1
    return k > 127 and k in OTHER_LINE_ENDS


@shared
def space_from(codes: list[int], start: int) -> int:
    """Return where the first space is, from a place on."""
    for at in range(start, len(codes)):
        if is_space(codes[at]):
            return at
    return len(codes)


@shared
def kept_from(codes: list[int], start: int) -> int:
    """Return where the first character is that is no space, from a place on."""
    for at in range(start, len(codes)):
        if not is_space(codes[at]):
            return at
    return len(codes)


@shared
def space_before(codes: list[int], end: int) -> int:
    """Return the place behind the last space before another place."""
    for k in range(end):
        if is_space(codes[end - 1 - k]):
            return end - k
    return 0


@shared
def kept_before(codes: list[int], end: int) -> int:
    """Return the place behind the last character before another place that is no space."""
    for k in range(end):
        if not is_space(codes[end - 1 - k]):
            return end - k
    return 0


@shared
def other_from(codes: list[int], chars: list[int], start: int) -> int:
    """Return where the first character is that is none of some, from a place on."""
    for at in range(start, len(codes)):
        if codes[at] not in chars:
            return at
    return len(codes)


@shared
def other_before(codes: list[int], chars: list[int], end: int) -> int:
    """Return the place behind the last character before another place that is none of some."""
    for k in range(end):
        if codes[end - 1 - k] not in chars:
            return end - k
    return 0


@shared
def line_end_from(codes: list[int], start: int) -> int:
    """Return where a line ends."""
    for at in range(start, len(codes)):
        if ends_line(codes[at]):
            return at
    return len(codes)


@shared
def behind_line_end(codes: list[int], end: int) -> int:
    """Return where the next line begins, given where one ends."""
    if end + 1 < len(codes) and codes[end] == 13 and codes[end + 1] == 10:
        return end + 2
    return min(end + 1, len(codes))


@shared
def place_of(codes: list[int], part: list[int], start: int) -> int:
    """Return where a part is first found, from a place on; -1 if it is nowhere."""
    for at in range(start, len(codes) - len(part) + 1):
        if begins_at(codes, part, at):
            return at
    return -1


@shared
def last_place_of(codes: list[int], part: list[int], end: int) -> int:
    """Return where a part is last found before a place; -1 if it is nowhere."""
    for at in range(min(end, len(codes)) - len(part), -1, -1):
        if begins_at(codes, part, at):
            return at
    return -1


def begins_at(codes: list[int], part: list[int], at: int) -> bool:
    """Return whether a part is at a place."""
    for k in range(len(part)):  # noqa: SIM110
        if codes[at + k] != part[k]:
            return False
    return True
