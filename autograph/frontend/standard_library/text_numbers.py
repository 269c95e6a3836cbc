"""Numbers that are written in texts, as plain Python over their characters.

Source: D. Lemire, "Number parsing at a gigabyte per second" (2021), for the nearest float.
"""

from __future__ import annotations

import numpy as np

from autograph.frontend.standard_library.text_places import kept_before, kept_from
from autograph.frontend.symbols.letters import ascii_only, codes_of, plain_unless
from autograph.frontend.tracing.stand_in import shared

PLUS, MINUS, POINT, ZERO, NINE, UNDERSCORE = map(ord, "+-.09_")
LETTER_A, LETTER_B, LETTER_E, LETTER_O, LETTER_X = map(ord, "abeox")
LOWER = 32
"""What makes a capital letter a small one."""

LEAST, MOST = -342, 308
"""Between these powers of ten, numbers of 19 digits may be finite floats that are not zero."""

DIGITS = 19
"""So many digits always are a number of 64 bits."""

HALF = np.uint64(32)
LOW_HALF = np.uint64(2**32 - 1)
ONE = np.uint64(1)


def _power_of_five(q: int) -> int:
    """Return the first 128 bits of a power of five, rounded up if it is negative."""
    if q >= 0:
        power: int = 5**q
        return power << 128 >> power.bit_length()
    power = 5**-q
    return (1 << 127 + power.bit_length()) // power + 1


POWERS = [_power_of_five(q) for q in range(LEAST, MOST + 1)]
HIGH = np.array([p >> 64 for p in POWERS], dtype=np.uint64)
LOW = np.array([p & 2**64 - 1 for p in POWERS], dtype=np.uint64)


# ---------------------------------------------------------------- integers


def integer(text: str, base: int = 10) -> int:
    """Do what `int(text, base)` does."""
    if base != 0 and not 2 <= base <= 36:
        raise ValueError("int() base must be >= 2 and <= 36, or 0")
    valid, value = integer_in(codes_of(text), base)
    if not valid:
        raise ValueError(f"invalid literal for int() with base {base}: {text!r:.200}")
    return value


@shared
def integer_in(codes: list[int], base: int) -> tuple[bool, int]:
    """Return whether code points are those of an integer, and the integer."""
    at, end = kept_from(codes, 0), kept_before(codes, len(codes))
    sign = 1
    if at < end and (codes[at] == PLUS or codes[at] == MINUS):
        sign = -1 if codes[at] == MINUS else 1
        at += 1
    is_zero_only = False
    may_be_underscore = False
    if end - at >= 2 and codes[at] == ZERO:
        mark = codes[at + 1] | LOWER
        meant = 16 if mark == LETTER_X else 8 if mark == LETTER_O else 2 if mark == LETTER_B else 0
        if meant != 0 and (base == meant or base == 0):
            base = meant
            at += 2
            may_be_underscore = True
        elif base == 0:
            is_zero_only = True
    if base == 0:
        base = 10
    value = 0
    while at < end:
        k = ascii_only(codes[at])
        if k == UNDERSCORE:
            if not may_be_underscore:
                return False, 0
            may_be_underscore = False
        else:
            digit = digit_of(k)
            if digit >= base or (is_zero_only and digit > 0):
                return False, 0
            value = base * value + digit
            may_be_underscore = True
        at += 1
    return at > 0 and codes[at - 1] != UNDERSCORE and digit_of(codes[at - 1]) < base, sign * value


def digits_of(n: int) -> list[int]:
    """Return the code points of `str(n)`."""
    codes: list[int] = []
    rest = abs(int(n))
    while rest >= 10:
        codes.append(ZERO + rest % 10)
        rest //= 10
    codes.append(ZERO + rest)
    if n < 0:
        codes.append(MINUS)
    codes.reverse()
    return codes


def digit_of(k: int) -> int:
    """Return what a code point is as a digit: 36, if it is none."""
    if ZERO <= k <= NINE:
        return k - ZERO
    letter = (k | LOWER) - LETTER_A
    return letter + 10 if 0 <= letter < 26 else 36


# ---------------------------------------------------------------- floats


def real(text: str) -> float:
    """Do what `float(text)` does."""
    codes = codes_of(text)
    at, end = kept_from(codes, 0), kept_before(codes, len(codes))
    negative = False
    if at < end and (codes[at] == PLUS or codes[at] == MINUS):
        negative = codes[at] == MINUS
        at += 1
    word = word_in(codes, at, end)
    size = 0.0
    if word == 1:
        size = float("inf")
    elif word == 2:
        size = float("nan")
    else:
        valid, whole, power, is_cut = decimal_in(codes, at, end)
        if not valid:
            raise ValueError(f"could not convert string to float: {text!r}")
        plain_unless(not is_cut)
        size = nearest(whole, power)
    return -size if negative else size


@shared
def word_in(codes: list[int], at: int, end: int) -> int:
    """Return which word stands for a number: 1 is infinity, 2 is NaN, 0 is none."""
    if is_word(codes, at, end, [105, 110, 102]):
        return 1
    if is_word(codes, at, end, [105, 110, 102, 105, 110, 105, 116, 121]):
        return 1
    return 2 if is_word(codes, at, end, [110, 97, 110]) else 0


def is_word(codes: list[int], at: int, end: int, word: list[int]) -> bool:
    """Return whether code points are those of a word, or of its capitals."""
    if end - at != len(word):
        return False
    for k in range(len(word)):  # noqa: SIM110
        if codes[at + k] | LOWER != word[k]:
            return False
    return True


@shared
def decimal_in(codes: list[int], at: int, end: int) -> tuple[bool, np.uint64, int, bool]:
    """Return whether code points are those of a number, its digits, power of ten, and if cut."""
    whole = np.uint64(0)
    digits = power = seen = 0
    after_digit = behind_point = is_cut = False
    while at < end and codes[at] | LOWER != LETTER_E:
        k = ascii_only(codes[at])
        if k == POINT:
            if behind_point or (seen > 0 and not after_digit):
                return False, whole, 0, False
            behind_point, after_digit = True, False
        elif k == UNDERSCORE:
            if not after_digit:
                return False, whole, 0, False
            after_digit = False
        elif ZERO <= k <= NINE:
            digit = k - ZERO
            if digits < DIGITS:
                whole = whole * np.uint64(10) + np.uint64(digit)
                digits += 1 if digits > 0 or digit > 0 else 0
                power -= 1 if behind_point else 0
            else:
                is_cut = is_cut or digit > 0
                power += 0 if behind_point else 1
            after_digit = True
            seen += 1
        else:
            return False, whole, 0, False
        at += 1
    if seen == 0 or codes[at - 1] == UNDERSCORE:
        return False, whole, 0, False
    if at == end:
        return True, whole, power, is_cut
    valid, exponent = exponent_in(codes, at + 1, end)
    return valid, whole, power + exponent, is_cut


def exponent_in(codes: list[int], at: int, end: int) -> tuple[bool, int]:
    """Return whether code points are those of an exponent, and the exponent."""
    sign = 1
    if at < end and (codes[at] == PLUS or codes[at] == MINUS):
        sign = -1 if codes[at] == MINUS else 1
        at += 1
    exponent = 0
    after_digit = False
    while at < end:
        k = ascii_only(codes[at])
        if ZERO <= k <= NINE:
            exponent = min(10 * exponent + k - ZERO, 10**8)
            after_digit = True
        elif k == UNDERSCORE and after_digit:
            after_digit = False
        else:
            return False, 0
        at += 1
    return after_digit, sign * exponent


def nearest(whole: np.uint64, power: int) -> float:
    """Return the float next to a number of 64 bits times a power of ten."""
    if whole == 0 or power < LEAST:
        return 0.0
    if power > MOST:
        return float("inf")
    zeros = leading_zeros(whole)
    whole = whole << np.uint64(zeros)
    high, low = product(whole, HIGH[power - LEAST])
    if (high & np.uint64(511)) == 511:
        more, _ = product(whole, LOW[power - LEAST])
        low = low + more
        high = high + (ONE if low < more else np.uint64(0))
    upper = int(high >> np.uint64(63))
    kept = high >> np.uint64(upper + 9)
    exponent = ((217706 * power) >> 16) + 63 + upper - zeros + 1023
    if exponent <= 0:
        return subnormal(kept, exponent)
    is_tie = low <= 1 and -4 <= power <= 23 and (kept & np.uint64(3)) == 1
    if is_tie and (kept << np.uint64(upper + 9)) == high:
        kept = kept - ONE
    kept = (kept + (kept & ONE)) >> ONE
    if exponent + (1 if kept >= np.uint64(2**53) else 0) >= 2047:
        return float("inf")
    half = (exponent - 1075) // 2
    return float(kept) * 2.0**half * 2.0 ** (exponent - 1075 - half)


def subnormal(kept: np.uint64, exponent: int) -> float:
    """Return a float below the normal ones, given its first bits."""
    if exponent < -62:
        return 0.0
    kept = kept >> np.uint64(1 - exponent)
    kept = (kept + (kept & ONE)) >> ONE
    return float(kept) * 2.0**-537 * 2.0**-537


def leading_zeros(x: np.uint64) -> int:
    """Return how many of the 64 bits are zero before the first one that is not."""
    count = 0
    for step in (32, 16, 8, 4, 2, 1):
        if x >> np.uint64(64 - step) == 0:
            x = x << np.uint64(step)
            count += step
    return count


def product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the upper and lower 64 bits of a product."""
    a_high, a_low = a >> HALF, a & LOW_HALF
    b_high, b_low = b >> HALF, b & LOW_HALF
    low = a_low * b_low
    middle = a_high * b_low + (low >> HALF)
    other = a_low * b_high + (middle & LOW_HALF)
    return a_high * b_high + (middle >> HALF) + (other >> HALF), a * b
