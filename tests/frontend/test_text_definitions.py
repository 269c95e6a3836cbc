"""Definitions of text methods and of numbers in texts, run as plain Python, agree with Python's."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograph.frontend.standard_library import (
    gamma_functions,
    text_letters,
    text_numbers,
    text_parts,
    texts,
)

EDGES = (
    "0 -0 1. .5 . 5e 5e+ e5 1e5 1_0 _1 1_ 1__0 1_.5 1._5 1e1_0 1e_1 1e400 1e-400 5e-324 2.5e-324 "
    "2.4e-324 2.2250738585072011e-308 inf -Infinity nan NaN infinit 1.7976931348623158e308 "
    "1.7976931348623159e308 9007199254740993 0.1 1e23 8.5e22 00012.50 + - ++1 1.2.3 0x10 12a"
)
INTEGERS = "0 12 -7 +3 1_0 1__0 _1 1_ 0x1f 0b11 0o7 00 01 0_0 0x_1 0x zz ff -0x1F a"


def outcome(f: Callable[..., Any], *args: Any) -> str:
    """Return what a call returns or raises, so that NaN and signs of zeros can be compared."""
    try:
        return repr(f(*args))
    except (ValueError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


def written_floats() -> list[str]:
    rng = random.Random(1)
    found = [*EDGES.split(), "", " 1.5\n", "1 2"]
    for _ in range(2000):
        (x,) = struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))
        found += [repr(x), f"{x:.{rng.randrange(1, 19)}g}"]
        found.append(f"{rng.getrandbits(63)}e{rng.randrange(-345, 310)}")
        found.append(f"{2 * rng.getrandbits(53) + 1}e{rng.randrange(3)}")
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_floats_are_read_to_the_bit() -> None:
    for text in written_floats():
        with np.errstate(over="ignore"):
            assert outcome(text_numbers.real, text) == outcome(float, text), text


@pytest.mark.parametrize("base", [0, 2, 8, 10, 16, 36, 1])
def test_integers_are_read(base: int) -> None:
    for text in [*INTEGERS.split(), "", " 4 ", "- 1", "-"]:
        expected = outcome(int, text, base)
        assert outcome(text_numbers.integer, text, base) == expected, text


@pytest.mark.parametrize("n", [0, 7, 10, -1, -905, 2**63 - 1, -(2**63)])
def test_integers_are_written(n: int) -> None:
    assert "".join(map(chr, text_numbers.digits_of(n))) == str(n)


def test_gamma_functions_agree_to_the_bit() -> None:
    rng = random.Random(2)
    points = [rng.uniform(-210, 200) for _ in range(3000)] + [k / 4 for k in range(-40, 100)]
    points += [rng.uniform(-5, 5) for _ in range(3000)]
    points += [0.0, -0.0, math.inf, -math.inf, math.nan, 171.7, 1e308, 1e-310, 1e306, 1e-21]
    for x in points:
        assert outcome(gamma_functions.gamma, x) == outcome(math.gamma, x), x
        assert outcome(gamma_functions.lgamma, x) == outcome(math.lgamma, x), x


CALLS: list[tuple[Any, str, tuple[Any, ...]]] = [
    *((text_parts, "split", args) for args in [(), (",",), ("ab",), (None, 1), (",", 1), (",", 0)]),
    *((text_parts, "rsplit", args) for args in [(), (",",), ("ab",), (None, 1), (",", 1)]),
    *((text_parts, "splitlines", args) for args in [(), (True,)]),
    *((text_parts, name, (",",)) for name in ("partition", "rpartition")),
    *(
        (text_parts, name, args)
        for name in ("strip", "lstrip", "rstrip")
        for args in [(), ("a ,",)]
    ),
    *((text_parts, name, ("ab",)) for name in ("removeprefix", "removesuffix")),
    *((text_parts, name, (n, "*")) for name in ("ljust", "rjust", "center") for n in (3, 8, 9)),
    *((text_parts, name, (n,)) for name in ("zfill", "expandtabs") for n in (0, 4, 9)),
    (text_parts, "translate", (str.maketrans("ab", "xy", ","),)),
    (text_parts, "translate", ({97: "<A>", 98: None},)),
    *((texts, "find", args) for args in [("a",), ("ab", 1), ("", 3), ("a", 0, -1), ("", 99)]),
    *((texts, "rfind", args) for args in [("a",), ("ab", 1), ("", 0, 2), ("a", 0, -1)]),
    *((texts, "count", args) for args in [("a",), ("ab",), ("",), ("a", 1, -1)]),
    *((texts, "replace", args) for args in [("a", "xx"), ("", "-"), ("", "-", 2), ("ab", "", 1)]),
    *((texts, "startswith", args) for args in [("a",), (("b", "ab"),), ("", 2), ("b", 1, 3)]),
    *((texts, "endswith", args) for args in [("a",), (("b", "ab"),), ("a", 0, -1)]),
    *((text_letters, name, ()) for name in ("title", "capitalize", "swapcase", "istitle")),
    *((text_letters, name, ()) for name in ("isprintable", "isidentifier", "isascii", "isspace")),
]

WORDS = ("", "a", "ab", "abab", " a,b ,, ab\tc ", "-7,a b", "\r\na\n\nb\x0b", "It's A 3b", " \t ")


@pytest.mark.parametrize(("module", "name", "args"), CALLS)
def test_methods_agree(module: Any, name: str, args: tuple[Any, ...]) -> None:
    for text in (*WORDS, "\xa0a\u2003b\u2028c\x85d") if module is text_parts else WORDS:
        expected = outcome(getattr(text, name), *args)
        assert outcome(getattr(module, name), text, *args) == expected, text
