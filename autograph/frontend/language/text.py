"""Texts with run-time values in them, and what is printed: made when a call ends.

Enters: what f-strings, `str`, `format`, `%` and `print` are given. Leaves: a plain `str` where
all is known, else a `Text`; printed texts lie in a list that the compiled function prints at its
end.
"""

from __future__ import annotations

import builtins
import itertools
import json
import re
import string
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograph.frontend.flow.control import fork
from autograph.frontend.language import lists
from autograph.frontend.language.iterators import Iterator
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import TEXTS
from autograph.frontend.symbols.growing import growing_of
from autograph.frontend.symbols.implicit import Telling, look_into
from autograph.frontend.symbols.symbolic import Array, Symbolic, array, python_number
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.composite import Container, OneOf
from autograph.frontend.tracing.heap import arguments_of, is_heap, is_object
from autograph.frontend.tracing.stand_in import class_of
from autograph.frontend.tracing.template import Static, Template
from autograph.frontend.tracing.tracer import tracer

PLAIN, FORMAT, PERCENT, JOIN = "plain", "format", "percent", "join"
LETTERS, SPECIFIED = "letters", "specified"
"""Kinds of pieces: text as it is; a value formatted by `format`; a value formatted by `%`; a list
of texts and the text between them; a tuple of code points; a value and its specification, which
only the running program knows."""

CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}

Piece = tuple[str, str, str]
"""The kind of a piece; the text, or the conversion; the format specification."""

JOINED = json.dumps([(JOIN, "", "")])
"""The pieces of a list of texts, one after the other."""

ALTERNATIVES = 3
"""How many lists of parts a text may have, by what happened before: each is gone on with."""

OPAQUE = (
    "a text that contains run-time values is looked into, which is not supported; compare or index "
    "the values themselves"
)


class Text(tuple[Any, ...]):
    """A text with run-time values in it: its pieces, written down as a `str`, then the values."""

    is_text = True
    length: ClassVar[Callable[[Any], Any]]
    """Returns the number of characters; set by `letters`."""

    def __bool__(self) -> bool:
        raise unsupported(OPAQUE)

    def truth(self) -> Any:
        """Return whether there are any characters, as a number."""
        return Text.length(self) != 0

    @classmethod
    def _make(cls, parts: Any) -> Text:
        return cls(parts)

    @staticmethod
    def of(pieces: Sequence[Piece], values: Sequence[Any]) -> Any:
        """Return the text of pieces, a plain one if its values are known."""
        text = Text((json.dumps(pieces), *values))
        if not any(map(_is_unknown, values)):
            return text.render()
        grows = (TEXTS,) in tracer().decisions
        return Text((JOINED, tracer().mark_made([text]))) if grows else text

    def pieces(self) -> list[Piece]:
        """Return the pieces."""
        return [(kind, text, spec) for kind, text, spec in json.loads(self[0])]

    def render(self) -> str:
        """Return the text, once the values are known."""
        values = iter(self[1:])
        return "".join(
            text if kind == PLAIN else _formatted(kind, text, spec, next(values))
            for kind, text, spec in self.pieces()
        )


def _formatted(kind: str, conversion: str, spec: str, value: Any) -> str:
    if kind == JOIN:
        return conversion.join(value)
    if kind == LETTERS:
        return "".join(map(chr, value))
    if kind == SPECIFIED:
        value, spec = value
    if kind == PERCENT:
        return spec % (value,)
    return format(CONVERSIONS[conversion](value) if conversion else value, spec)


def _is_unknown(x: Any) -> bool:
    if isinstance(x, tuple | list | dict) and not isinstance(x, Text):
        return any(map(_is_unknown, x.values() if isinstance(x, dict) else x))
    made = is_object(x) and tracer().birth(x) is not None
    return made or isinstance(x, Symbolic | np.ndarray | Text | Iterator)


# ---------------------------------------------------------------- making texts


def field(value: Any, conversion: str = "", spec: Any = "") -> Any:
    """Return the text of a value in an f-string."""
    value = narrow(value)
    if isinstance(value, Union) and any(is_object(x) for _, x in alternatives(value)):
        return fork(value, lambda one: field(one, conversion, spec))
    if isinstance(value, BaseException):
        told = _of_error(value) if conversion in ("", "s") else _shown_error(value)
        if told is not NotImplemented:
            value, conversion = told, "" if conversion == "r" else conversion
        elif conversion in ("", "s"):
            value = str(value)
    if isinstance(spec, Text):
        return Text.of([(SPECIFIED, conversion, "")], [(_as_it_is(value), spec)])
    if isinstance(value, Text) and spec == "" and conversion in ("", "s"):
        return value
    return Text.of([(FORMAT, conversion, spec)], [_as_it_is(value)])


def _as_it_is(value: Any) -> Any:
    """Return a value as it is now: arrays and lists may change before the call ends."""
    value = tracer().lift(value) if isinstance(value, np.ndarray) else value
    if isinstance(value, Array):
        return array(value.read())
    if isinstance(value, Iterator):
        raise unsupported("the text of an iterator has its address in it; make a list of its items")
    if not _is_unknown(value) or isinstance(value, Text):
        return value
    if type(value) is list:
        return tracer().mark_made([_as_it_is(narrow(x)) for x in value])
    if type(value) is dict:
        return tracer().mark_made({k: _as_it_is(narrow(x)) for k, x in value.items()})
    if isinstance(value, tuple):
        parts = [_as_it_is(narrow(x)) for x in value]
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    if is_heap(value):
        raise unsupported(
            f"text is made of a {class_of(value).__name__} that contains run-time values, which is "
            "not supported; format its parts"
        )
    return value


def joined(parts: Sequence[Any]) -> Any:
    """Return texts one after the other."""
    pieces: list[Piece] = []
    values: list[Any] = []
    for part in (item for whole in map(narrow, parts) for item in _parts(whole)):
        if isinstance(part, Text) and isinstance(part[0], str):
            pieces += part.pieces()
            values += part[1:]
        elif isinstance(part, str):
            pieces.append((PLAIN, part, ""))
        elif _is_chosen(part):
            pieces.append((FORMAT, "", ""))
            values.append(part)
        else:
            tracer().fail(f"TypeError: expected str instance, {type(part).__name__} found")
    return Text.of(pieces, values)


def _is_chosen(x: Any) -> bool:
    """Return whether something is a text that run-time values choose, or whose pieces they do."""
    parts = [part for _, part in alternatives(x)] if isinstance(x, Union) else [x]
    return all(isinstance(part, str | Text) for part in parts)


def concatenated(first: Any, second: Any) -> Any:
    """Return `first + second`: a list of parts, which grows where a loop adds to a text."""
    before = narrow(first[1]) if _is_list(first) else [first]
    if isinstance(before, Union):
        if len(alternatives(before)) > ALTERNATIVES:
            raise unsupported(
                "a text that many loops and branches add to is not supported; append the parts to "
                "a list and join them in the end: ''.join(parts)"
            )
        return fork(before, lambda parts: concatenated(Text((first[0], parts)), second))
    parts = tracer().mark_made(list(before))
    for part in _parts(second):
        if growing_of(parts) is None:
            parts.append(part)
        else:
            lists.append(parts, part)
    return Text((JOINED, parts))


def _parts(x: Any) -> Sequence[Any]:
    """Return the parts of a text whose number is known, else the text."""
    is_known = _is_list(x) and isinstance(x[1], list) and growing_of(x[1]) is None
    return x[1] if is_known else [x]


def _is_list(x: Any) -> bool:
    """Return whether a text is a list of parts."""
    return isinstance(x, Text) and isinstance(x[0], str) and x[0] == JOINED


def with_separator(separator: str, parts: Sequence[Any]) -> Any:
    """Return texts with a separator between them."""
    items = growing_of(parts)
    if items is not None:
        return _of_growing(separator, parts, items.element)
    spread: list[Any] = []
    for k, part in enumerate(parts):
        spread += [separator, part] if k else [part]
    return joined(spread)


def _is_text(element: Template) -> bool:
    """Return whether all items of a list are texts."""
    if isinstance(element, OneOf):
        return all(map(_is_text, element.alternatives))
    if isinstance(element, Container):
        return element.kind is Text
    return isinstance(element, Static) and isinstance(element.content, str)


def _of_growing(separator: str, parts: Sequence[Any], element: Template) -> Any:
    """Return the items of a list of unknown length, as they are now, with a text between them."""
    if not _is_text(element):
        tracer().fail("TypeError: sequence item 0: expected str instance")
    return Text.of([(JOIN, separator, "")], [tracer().mark_made(list(parts))])


def from_template(
    template: str,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    field: Callable[[Any, str, str], Any] = field,
) -> Any:
    """Return `template.format(*args, **kwargs)`, by what makes the text of each value."""
    numbers = map(str, itertools.count())

    def filled(template: str) -> Any:
        parts: list[Any] = []
        for before, name, spec, conversion in string.Formatter().parse(template):
            parts.append(before)
            if name is None:
                continue
            name = name or next(numbers)
            if not name.isalnum():
                raise unsupported("a format with attributes or items; use an f-string")
            value = args[int(name)] if name.isdigit() else kwargs[name]
            parts.append(field(value, conversion or "", filled(spec) if spec else ""))
        return joined(parts)

    return filled(template)


_DIRECTIVE = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]|%%")


def by_percent(template: str, values: Any) -> Any:
    """Return `template % values`."""
    given = iter(values if isinstance(values, tuple) and not isinstance(values, Text) else [values])
    pieces: list[Piece] = []
    own: list[Any] = []
    start = 0
    for found in _DIRECTIVE.finditer(template):
        pieces.append((PLAIN, template[start : found.start()], ""))
        start = found.end()
        if found.group() == "%%":
            pieces.append((PLAIN, "%", ""))
        else:
            pieces.append((PERCENT, "", found.group()))
            own.append(_as_it_is(narrow(next(given))))
    rest = template[start:]
    if "%" in rest:
        raise unsupported("this use of % on run-time values is not supported; use an f-string")
    return Text.of([*pieces, (PLAIN, rest, "")], own)


# ---------------------------------------------------------------- calls


def call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the result of a call that prints or makes a text of run-time values.

    It is `NotImplemented` for any other call.
    """
    if f is builtins.print:
        return print_(*args, **kwargs)
    if f in (builtins.str, builtins.repr) and args and isinstance(args[0], BaseException):
        return _of_error(args[0]) if f is builtins.str else _shown_error(args[0])
    owner = getattr(f, "__self__", None)
    if isinstance(owner, str) and f.__name__ in ("format", "join"):
        if f.__name__ == "format" and any(map(_is_unknown, (*args, *kwargs.values()))):
            return from_template(owner, args, kwargs)
        if f.__name__ == "join" and isinstance(args[0], list | tuple) and _is_unknown(args[0]):
            return with_separator(owner, args[0])
    if not args or kwargs or not any(map(_is_unknown, args)) or growing_of(args[0]) is not None:
        return NotImplemented
    if f is builtins.str or f is builtins.repr:
        return field(args[0], "" if f is builtins.str else "r")
    return field(args[0], "", *args[1:]) if f is builtins.format else NotImplemented


def _of_error(error: BaseException) -> Any:
    """Return the text of an exception, `NotImplemented` if its class or no run-time value says."""
    look_into(error)
    if type(error).__str__ not in (BaseException.__str__, KeyError.__str__):
        return NotImplemented
    args = arguments_of(error)
    if isinstance(args, Union):
        return fork(args, lambda a: _of_arguments(type(error), a))
    return _of_arguments(type(error), args) if any(map(_is_unknown, args)) else NotImplemented


def _shown_error(error: BaseException) -> Any:
    """Return the text of how an exception is made, `NotImplemented` if no run-time value says."""
    look_into(error)
    args = arguments_of(error)
    if type(error).__repr__ is not BaseException.__repr__ or isinstance(args, Union):
        return NotImplemented
    if not any(map(_is_unknown, args)):
        return repr(error)
    shown = field(args, "r") if len(args) != 1 else joined(["(", field(args[0], "r"), ")"])
    return joined([type(error).__name__, shown])


def _of_arguments(kind: type[BaseException], args: tuple[Any, ...]) -> Any:
    if not args:
        return ""
    shown = args[0] if len(args) == 1 else args
    quoted = kind.__str__ is KeyError.__str__ or shown is args
    return field(shown, "r" if quoted else "")


def print_(
    *args: Any, sep: Any = None, end: Any = None, file: Any = None, flush: Any = False
) -> None:
    """Run `print(...)`: note what is to be printed when the call ends."""
    if file is not None:
        raise unsupported("print(file=...) in a compiled function: not supported; print to stdout")
    texts = [x if isinstance(x, str | Text) else field(x) for x in map(narrow, args)]
    whole = with_separator(" " if sep is None else sep, texts)
    whole = joined([whole, "\n" if end is None else end])
    lists.append(tracer().printed, written(whole))


def written(text: Any) -> Text:
    """Return a text as one that is made when the call ends."""
    return text if isinstance(text, Text) else Text((json.dumps([(PLAIN, text, "")]),))


def refuse(x: Any) -> None:
    """Refuse to look into a text that contains run-time values."""
    if isinstance(x, Text):
        raise unsupported(OPAQUE)


def _told(parts: Sequence[Any]) -> Any:
    """Return the text of an exception, of pieces and integers."""
    shown = (x if isinstance(x, str) else field(python_number(int, x)) for x in parts)
    return joined(list(shown))


setattr(Telling, "write", staticmethod(_told))  # noqa: B010
