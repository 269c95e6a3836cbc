"""Methods that depend on the classes of characters, as plain Python.

They are about ASCII: of other characters, whose tables are Python's, plain Python runs.
"""

from __future__ import annotations

from autograph.frontend.symbols.letters import ascii_only


def isdigit(text: str) -> bool:
    for c in text:
        if not 48 <= ascii_only(ord(c)) <= 57:
            return False
    return len(text) > 0


def isalpha(text: str) -> bool:
    for c in text:
        k = ascii_only(ord(c))
        if not (65 <= k <= 90 or 97 <= k <= 122):
            return False
    return len(text) > 0


def isalnum(text: str) -> bool:
    for c in text:
        k = ascii_only(ord(c))
        if not (48 <= k <= 57 or 65 <= k <= 90 or 97 <= k <= 122):
            return False
    return len(text) > 0


def isspace(text: str) -> bool:
    for c in text:
        k = ascii_only(ord(c))
        if not (9 <= k <= 13 or 28 <= k <= 32):
            return False
    return len(text) > 0


def isupper(text: str) -> bool:
    cased = False
    for c in text:
        k = ascii_only(ord(c))
        if 97 <= k <= 122:
            return False
        if 65 <= k <= 90:
            cased = True
    return cased


def islower(text: str) -> bool:
    cased = False
    for c in text:
        k = ascii_only(ord(c))
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
    k = ascii_only(ord(c))
    return chr(k - 32 if 97 <= k <= 122 else k)


def _lower(c: str) -> str:
    k = ascii_only(ord(c))
    return chr(k + 32 if 65 <= k <= 90 else k)


def title(text: str) -> str:
    letters = []
    after_letter = False
    for c in text:
        letters.append(_lower(c) if after_letter else _upper(c))
        after_letter = isalpha(c)
    return "".join(letters)


def capitalize(text: str) -> str:
    return upper(text[:1]) + lower(text[1:])


def swapcase(text: str) -> str:
    return "".join([_upper(c) if islower(c) else _lower(c) for c in text])


def istitle(text: str) -> bool:
    cased = after_letter = False
    for c in text:
        if isalpha(c):
            if isupper(c) == after_letter:
                return False
            cased = after_letter = True
        else:
            after_letter = False
    return cased


def isascii(text: str) -> bool:
    for c in text:  # noqa: SIM110
        if ord(c) > 127:
            return False
    return True


def isprintable(text: str) -> bool:
    for c in text:  # noqa: SIM110
        if not 32 <= ascii_only(ord(c)) <= 126:
            return False
    return True


def isidentifier(text: str) -> bool:
    for c in text:
        if not (c == "_" or isalnum(c)):
            return False
    return len(text) > 0 and not isdigit(text[0])
