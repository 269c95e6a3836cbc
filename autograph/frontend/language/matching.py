"""Structural pattern matching: what the patterns of a `match` statement test and capture.

A pattern tells whether a subject matches it, as a truth that may be known only at run time, and
what its captures stand for if it does. Captures are bound after all of a pattern has matched, as
Python does, under the condition that it has.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from autograph.frontend.flow import control
from autograph.frontend.flow.control import condition_of, fork
from autograph.frontend.symbols.union import Union, narrow
from autograph.frontend.tracing.tracer import tracer

Setter = Callable[[Any], Any]
Thunk = Callable[[], Any]
Captures = dict[str, Thunk]

#: Types whose single positional pattern matches the subject itself.
MATCH_THEMSELVES = (*(bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple),)


class Operations(Protocol):
    """The operations of converted code that patterns need."""

    def call(self, f: Any, /, *args: Any) -> Any:
        """Return `f(*args)`."""

    def item(self, o: Any, key: Any) -> Any:
        """Return `o[key]`."""

    def attribute(self, o: Any, name: str) -> Any:
        """Return `o.<name>`."""

    def in_(self, a: Any, b: Any) -> Any:
        """Return `a in b`."""

    def is_(self, a: Any, b: Any) -> Any:
        """Return `a is b`."""


class Pattern(Protocol):
    """A pattern of a `case`."""

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Return whether a subject matches, and what is captured then."""


def match(run: Operations, subject: Any, pattern: Pattern, setters: Mapping[str, Setter]) -> Any:
    """Return whether a subject matches; where it does, bind the names that the pattern captures."""
    subject = narrow(subject)
    if isinstance(subject, Union):
        return fork(subject, lambda alternative: match(run, alternative, pattern, setters))
    truth, captures = pattern.match(run, subject)

    def bind() -> bool:
        for name, value in captures.items():
            setters[name](value())
        return True

    return control.test_and(truth, *[bind] * bool(captures)).number()


def _all(parts: Sequence[tuple[Pattern, Thunk]], run: Operations) -> tuple[Any, Captures]:
    """Match parts of a subject, each only if those before it match."""
    captures: Captures = {}

    def test(pattern: Pattern, value: Thunk) -> Any:
        subject = narrow(value())
        if isinstance(subject, Union):
            return fork(subject, lambda a: condition_of(pattern.match(run, a)[0]).number())
        truth, found = pattern.match(run, subject)
        captures.update(found)
        return truth

    tests = [partial(test, pattern, value) for pattern, value in parts]
    return control.test_and(True, *tests), captures


class Equal(Struct, frozen=True):
    """A value: what compares equal matches."""

    value: Thunk

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Compare."""
        return subject == self.value(), {}


class Singleton(Struct, frozen=True):
    """None, True or False: what is that object matches."""

    value: bool | None

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Compare identities; run-time bools have none, but two only values."""
        if self.value is None:
            return run.is_(subject, None), {}
        is_bool = run.call(isinstance, subject, bool)
        return control.test_and(is_bool, lambda: subject == self.value), {}


class Capture(Struct, frozen=True):
    """A name for what matches a pattern; without a pattern everything does."""

    name: str | None = None
    pattern: Pattern | None = None

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Match the pattern, and capture the subject."""
        truth, captures = (True, {}) if self.pattern is None else self.pattern.match(run, subject)
        if self.name is not None:
            captures = {**captures, self.name: lambda: subject}
        return truth, captures


class Star(Struct, frozen=True):
    """The items of a sequence that no other pattern takes, under a name if it has one."""

    name: str | None


class Items(Struct, frozen=True):
    """A sequence of items, one `Star` at most among their patterns."""

    patterns: tuple[Any, ...]

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Match length and items."""
        text = (str, bytes, bytearray)
        if not isinstance(subject, Sequence) or isinstance(subject, text):
            return False, {}
        stars = [k for k, p in enumerate(self.patterns) if isinstance(p, Star)]
        length, count = run.call(len, subject), len(self.patterns) - len(stars)
        compare = operator.ge if stars else operator.eq
        parts: list[tuple[Pattern, Thunk]] = []
        captures: Captures = {}
        for k, pattern in enumerate(self.patterns):
            if isinstance(pattern, Star):
                behind = count - k
                if pattern.name is not None:
                    between = slice(k, length - behind)
                    captures[pattern.name] = partial(_listed, run, subject, between)
            else:
                position = k - len(self.patterns) if stars and k > stars[0] else k
                parts.append((pattern, partial(run.item, subject, position)))
        return _after(compare(length, count), parts, captures, run)


def _listed(run: Operations, subject: Any, items: slice) -> Any:
    return run.call(list, run.item(subject, items))


class Entries(Struct, frozen=True):
    """A mapping with some keys, whose values match patterns; the rest may get a name."""

    keys: tuple[Thunk, ...]
    patterns: tuple[Pattern, ...]
    rest: str | None = None

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Match keys and values."""
        if not isinstance(subject, Mapping):
            return False, {}
        keys = [key() for key in self.keys]
        present = control.test_and(True, *[partial(run.in_, key, subject) for key in keys])
        values = [partial(run.item, subject, key) for key in keys]
        parts = list(zip(self.patterns, values, strict=True))
        captures: Captures = {}
        if self.rest is not None:
            others = [key for key in subject if key not in keys]
            captures[self.rest] = lambda: {key: run.item(subject, key) for key in others}
        return _after(present, parts, captures, run)


class Instance(Struct, frozen=True):
    """An instance of a class, with patterns for some of its attributes."""

    class_: Thunk
    positional: tuple[Pattern, ...]
    names: tuple[str, ...]
    named: tuple[Pattern, ...]

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Match the class and the attributes."""
        class_ = self.class_()
        of_class = run.call(isinstance, subject, class_)
        if condition_of(of_class).known is False:
            return False, {}
        parts: list[tuple[Pattern, Thunk]] = []
        if self.positional and class_ in MATCH_THEMSELVES:
            parts.append((self.positional[0], lambda: subject))
            names = self.names
        else:
            accepted = getattr(class_, "__match_args__", ())
            if len(self.positional) > len(accepted):
                tracer().fail("TypeError: too many positional patterns")
            names = (*accepted[: len(self.positional)], *self.names)
            parts += self._attributes(run, subject, names, self.positional)
        if any(not hasattr(subject, name) for name in names):
            return False, {}
        parts += self._attributes(run, subject, self.names, self.named)
        return _after(of_class, parts, {}, run)

    def _attributes(
        self, run: Operations, subject: Any, names: Sequence[str], patterns: Sequence[Pattern]
    ) -> list[tuple[Pattern, Thunk]]:
        pairs = zip(names, patterns, strict=False)
        return [(p, partial(run.attribute, subject, name)) for name, p in pairs]


class Either(Struct, frozen=True):
    """Alternatives; they capture the same names."""

    patterns: tuple[Pattern, ...]

    def match(self, run: Operations, subject: Any) -> tuple[Any, Captures]:
        """Match the first alternative that does."""
        first, *others = self.patterns
        truth, captures = first.match(run, subject)
        known = condition_of(truth).known
        if not others or known:
            return truth, captures
        if known is False:
            return Either(tuple(others)).match(run, subject)
        number = condition_of(truth).number()
        rest, otherwise = Either(tuple(others)).match(run, subject)
        chosen: Captures = {
            name: partial(control.value_if, number, captures[name], otherwise[name])
            for name in captures
        }
        return control.test_or(truth, lambda: rest), chosen


def _after(
    truth: Any, parts: Sequence[tuple[Pattern, Thunk]], captures: Captures, run: Operations
) -> tuple[Any, Captures]:
    """Match parts of a subject if something is true of all of it."""
    found: Captures = {}

    def test() -> Any:
        rest, inner = _all(parts, run)
        found.update(inner)
        return rest

    return control.test_and(truth, test), {**captures, **found}
