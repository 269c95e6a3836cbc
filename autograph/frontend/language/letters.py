"""Texts that are looked into: their characters are numbers, of a known count or as the data say.

Enters: texts, known or not, and what is done with their characters. Leaves: numbers, conditions,
and texts whose only piece is a tuple of code points. Integers in a text are spelled when it is
looked into; one that contains other formatted values has no such form, since its characters are
made when the call ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from autograph.frontend.arrays import python_numbers
from autograph.frontend.arrays.slices import (
    bounded_slice,
    index_form,
    position,
    require_nonnegative,
)
from autograph.frontend.flow.control import condition_of, fork
from autograph.frontend.language import lists
from autograph.frontend.language.iterators import StagedIterable
from autograph.frontend.language.text import (
    FORMAT,
    JOIN,
    LETTERS,
    OPAQUE,
    PLAIN,
    SPECIFIED,
    Text,
    concatenated,
)
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import lists as python_lists
from autograph.frontend.standard_library import sorting, text_numbers, texts
from autograph.frontend.symbols.condition import all_of
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import SPELLED, TEXTS, Restart
from autograph.frontend.symbols.growing import Growing, growing_of
from autograph.frontend.symbols.implicit import message_of
from autograph.frontend.symbols.symbolic import (
    Number,
    constant,
    form_of,
    python_number,
    require,
)
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.symbols.view import broadcast_to
from autograph.frontend.tracing.template import Scalar
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ops.elementwise import less

OUT_OF_TEXT = message_of(IndexError("string index out of range"))

MARK = json.dumps([(LETTERS, "", "")])
"""The pieces of a text that is spelled: its characters."""

FEW = 32
"""Parts of texts of so many characters have each of them as a value of its own."""

LARGEST = 0x10FFFF
"""The largest code point."""


Codes = tuple[Any, ...]
"""Code points, or the only item that holds as many as the data say."""


# ---------------------------------------------------------------- spelling


def of_codes(codes: Codes) -> Any:
    """Return the text of some code points, a plain one if they are known."""
    if all(isinstance(code, int) for code in codes):
        return "".join(map(chr, codes))
    return Text((MARK, codes))


def is_text(x: Any) -> bool:
    """Return whether something is a text."""
    return isinstance(x, str | Text)


def is_spelled(x: Any) -> bool:
    """Return whether something is a text of characters that only the running program knows."""
    return isinstance(x, Text) and isinstance(x[0], str) and x[0] == MARK


def with_codes(x: Any, use: Callable[[Codes], Any]) -> Any:
    """Return what `use` makes of the code points of a text, whichever it is."""
    x = narrow(x)
    if isinstance(x, Union):
        return fork(x, lambda a: with_codes(a, use))
    if isinstance(x, Text):
        pieces = narrow(x[0])
        if isinstance(pieces, Union):
            return fork(pieces, lambda p: with_codes(Text((p, *x[1:])), use))
    codes = narrow(_codes_of(x))
    return fork(codes, use) if isinstance(codes, Union) else use(codes)


def _codes_of(x: Any) -> Any:
    if isinstance(x, str):
        return tuple(map(ord, x))
    if not isinstance(x, Text):
        tracer().fail(f"TypeError: {type(x).__name__} in the place of a text")
    if is_spelled(x):
        return x[1]
    values = iter(x[1:])
    return _codes_of_parts(
        [
            text if kind == PLAIN else _spelled_part(kind, text, spec, narrow(next(values)))
            for kind, text, spec in x.pieces()
        ]
    )


def _codes_of_parts(parts: Sequence[Any]) -> Any:
    """Return the code points of texts one after the other."""
    codes: Any = ()
    for part in parts:
        codes = narrow(with_codes(part, partial(_concatenated, codes)))
        if isinstance(codes, Union):
            raise unsupported(OPAQUE)
    return codes


def _spelled_part(kind: str, text: str, spec: str, value: Any) -> Any:
    if kind == LETTERS:
        return of_codes(value)
    if kind == FORMAT and can_be_spelled(value) and not spec and text in ("", "s"):
        return value
    if _is_plain_integer(kind, text, spec, value):
        return of_codes(tuple(defined(text_numbers.digits_of)(value)))
    if kind == JOIN and isinstance(value, list):
        if growing_of(value) is None:
            parts = [p for k, item in enumerate(value) for p in ((text, item) if k else (item,))]
            return of_codes(_codes_of_parts(parts))
        if not text and (SPELLED,) not in tracer().decisions and (TEXTS,) in tracer().decisions:
            raise Restart((SPELLED,))
        return of_codes(tuple(defined(texts.codes_of_all)(text, value)))
    raise unsupported(OPAQUE)


def _is_plain_integer(kind: str, text: str, spec: str, value: Any) -> bool:
    """Return whether a piece is an integer as `str` writes it."""
    is_plain = kind == FORMAT and text in ("", "s") and spec in ("", "d")
    return is_plain and isinstance(value, Number) and value.dtype.kind == "i"


@lru_cache(maxsize=256)
def _array_of(text: str) -> np.ndarray:
    """Return the code points of a text, the same array for the same text."""
    return np.array([*map(ord, text)], dtype=np.int64)


def spread(codes: Codes) -> Growing:
    """Return code points in a column, so that a run-time index can pick one."""
    items = growing_of(codes)
    if items is not None:
        return items
    if not codes:
        nothing = broadcast_to(constant(0, np.int64), (Affine(0),))
        return Growing(Scalar(int), [nothing], Affine(0), Affine(0))
    if len(codes) > 1 and all(isinstance(code, int) for code in codes):
        value = tracer().lift(_array_of("".join(map(chr, codes)))).read()
        return Growing(Scalar(int), [value], Affine(len(codes)), value.dims[0])
    return lists.in_columns(codes)


def as_key(x: Any) -> Any:
    """Return a key: a text in it that is not known as one that is spelled."""
    x = narrow(x)
    if type(x) is tuple and any(isinstance(narrow(part), Text) for part in x):
        return tuple(map(as_key, x))
    if not isinstance(x, Text) or is_spelled(x):
        return x
    return with_codes(x, of_codes)


def in_a_list(x: Any) -> Any:
    """Return the code points of a text as a list whose items lie in a column."""
    return with_codes(x, lambda codes: tracer().mark_made([spread(codes)]))


def _code_at(items: Growing, at: Affine) -> Any:
    code = lists.item_at(items, at)
    form = form_of(code) if isinstance(code, Number) else None
    if form is not None and form.symbol is not None:
        tracer().facts.bound(form.symbol, 0, LARGEST)
    return code


# ---------------------------------------------------------------- looking into


def looks_into(x: Any, key: Any) -> bool:
    """Return whether `x[key]` is of a text, and needs its characters."""
    if isinstance(x, Text):
        return True
    parts = (key.start, key.stop) if isinstance(key, slice) else (key,)
    return isinstance(x, str) and any(lists.is_runtime_index(narrow(part)) for part in parts)


def item(x: Any, key: Any) -> Any:
    """Return `x[key]`, a text again."""
    return with_codes(x, lambda codes: _item(codes, key))


def _item(codes: Codes, key: Any) -> Any:
    is_known = growing_of(codes) is None and not looks_into("", key)
    if is_known and isinstance(key, slice):
        return of_codes(codes[key])
    items = spread(codes)
    if not isinstance(key, slice):
        at = position(index_form(key), items.length, OUT_OF_TEXT)
        return of_codes((_code_at(items, at),))
    part = bounded_slice(key, items.length)
    count = tracer().facts.canonical(part.length).constant
    if count is not None and count <= FEW:
        starts = [part.start + k * part.step for k in range(count)]
        return of_codes(tuple(_code_at(items, at) for at in starts))
    return Text((MARK, lists.getitem(items, key, ())))


def length(x: Any) -> Any:
    """Return `len(x)`."""

    def count(codes: Codes) -> Any:
        items = growing_of(codes)
        return len(codes) if items is None else lists.length_of(items)

    return with_codes(x, count)


setattr(Text, "length", staticmethod(length))  # noqa: B010


def characters(x: Any) -> Any:
    """Return the characters of a text as what a loop goes through: a list, or a staged iterable."""
    codes = narrow(with_codes(x, lambda codes: codes))
    if isinstance(codes, Union):
        codes = with_codes(x, lambda codes: (spread(codes),))
    if growing_of(codes) is None and len(codes) <= FEW:
        return [of_codes((code,)) for code in codes]
    found = spread(codes)
    return StagedIterable(found.length, lambda k: of_codes((_code_at(found, k),)))


def code_of(x: Any) -> Any:
    """Return `ord(x)`."""

    def only(codes: Codes) -> Any:
        items = growing_of(codes)
        if items is not None:
            lists.require_length(items, 1)
            return _code_at(items, Affine(0))
        if len(codes) != 1:
            tracer().fail("TypeError: ord() expected a character")
        return codes[0]

    return with_codes(x, only)


def character(code: Any) -> Any:
    """Return `chr(code)`."""
    form = index_form(code)
    require_nonnegative(form, "ValueError: chr() arg not in range(0x110000)")
    require_nonnegative(LARGEST - form, "ValueError: chr() arg not in range(0x110000)")
    return of_codes((python_number(int, form),))


# ---------------------------------------------------------------- comparing and joining


def compared(name: str, a: Any, b: Any) -> Any:
    """Return the comparison of two texts."""
    return with_codes(a, lambda p: with_codes(b, lambda q: _compared(name, p, q)))


def _compared(name: str, p: Codes, q: Codes) -> Any:
    if growing_of(p) is not None or growing_of(q) is not None:
        return defined(sorting.LISTS[name])((spread(p),), (spread(q),))
    if name in ("eq", "ne"):
        if len(p) != len(q):
            return name == "ne"
        pairs = zip(p, q, strict=True)
        same = all_of([condition_of(_number_compared("eq", x, y)) for x, y in pairs])
        return (same if name == "eq" else ~same).number()
    if len(p) == len(q) == 1:
        return _number_compared(name, p[0], q[0])
    return defined(sorting.TUPLES[name])(p, q)


def _number_compared(name: str, x: Any, y: Any) -> Any:
    if isinstance(x, int) and isinstance(y, int):
        return getattr(x, f"__{name}__")(y)
    return python_numbers.compare(name, x, y)


def added(a: Any, b: Any) -> Any:
    """Return `a + b`: spelled, if one of them is or all texts of the program are that can be."""
    decisions = tracer().decisions
    is_prepended = isinstance(b, Text) and growing_of(b[-1]) is not None and can_be_spelled(a)
    spelled = is_spelled(a) or is_spelled(b)
    if (TEXTS,) in decisions and (SPELLED,) not in decisions and (spelled or is_prepended):
        raise Restart((SPELLED,))
    if not (spelled or (SPELLED,) in decisions) or not (can_be_spelled(a) and can_be_spelled(b)):
        return concatenated(a, b)
    return with_codes(a, lambda p: with_codes(b, lambda q: of_codes(_concatenated(p, q))))


def can_be_spelled(x: Any) -> bool:
    """Return whether a text has no values in it that are formatted."""
    x = narrow(x)
    if isinstance(x, Union):
        return all(can_be_spelled(part) for _, part in alternatives(x))
    if not isinstance(x, Text):
        return isinstance(x, str)
    forms = [form for _, form in alternatives(x[0])] if isinstance(x[0], Union) else [x[0]]
    return all(map(_can_be_spelled, (Text((form, *x[1:])) for form in forms)))


def _can_be_spelled(x: Text) -> bool:
    values = iter(x[1:])
    for kind, text, spec in x.pieces():
        value = None if kind == PLAIN else narrow(next(values))
        if kind == SPECIFIED:
            return False
        if (SPELLED,) in tracer().decisions and _is_plain_integer(kind, text, spec, value):
            continue
        if kind == FORMAT and not (can_be_spelled(value) and not spec and text in ("", "s")):
            return False
        if kind == JOIN and not (isinstance(value, list) and growing_of(value) is None):
            return False
        if kind == JOIN and not all(map(can_be_spelled, value or ())):
            return False
    return True


def _concatenated(p: Codes, q: Codes) -> Codes:
    grows = (TEXTS,) in tracer().decisions
    if not grows and not (p and q):
        return p or q
    if not grows and growing_of(p) is None and growing_of(q) is None:
        return (*p, *q)
    made = tracer().mark_made([spread(p)])
    if growing_of(q) is not None or len(q) > FEW:
        defined(python_lists.extend)(made, [spread(q)])
    else:
        for code in q:
            lists.append(made, code)
    return tuple(made)


def ascii_only(code: Any) -> Any:
    """Return a code point of ASCII; of others plain Python runs."""
    if isinstance(code, Number):
        require(less(code.value(), constant(128, np.int64)), "a character that is not ASCII")
        if code.form is not None and code.form.symbol is not None:
            tracer().facts.bound(code.form.symbol, 0, 127)
    elif code > 127:
        tracer().fail("a character that is not ASCII")
    return code


SOME = 4
"""Of so many texts the characters are kept in columns, rather than which text it is."""


def with_spelled_parts(container: Any) -> Any:
    """Return a stand-in that has just been made, with its many known texts spelled."""
    for part in container.contents():
        if isinstance(part, list) and len(part) > SOME and all(type(x) is str for x in part):
            part[:] = [Text((MARK, tuple(map(ord, x)))) for x in part]
    return container
