"""Conversion of the patterns of `match` statements to the objects of `matching`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import gast

from autograph.frontend.conversion.scopes import captured_names, setter_of


class Converter(Protocol):
    """What converts the expressions in patterns."""

    def visit(self, node: gast.AST) -> gast.AST:
        """Convert an expression."""


def match_text(pattern: gast.pattern, converter: Converter) -> tuple[str, dict[str, gast.AST]]:
    """Return the arguments of `ag__.match` for a pattern, and what its holes stand for."""
    texts = _Texts(converter)
    captured = sorted({name for part in gast.walk(pattern) for name in captured_names(part)})
    setters = [f"{name}={setter_of(name)}" for name in captured]
    return ", ".join([texts.of(pattern), *setters]), texts.parts


class _Texts:
    """Prints patterns; the expressions in them become holes.

    Attributes:
        parts: What the holes stand for.
    """

    def __init__(self, converter: Converter) -> None:
        self.parts: dict[str, gast.AST] = {}
        self._converter = converter

    def of(self, pattern: Any) -> str:
        """Return the expression that makes a pattern."""
        match pattern:
            case gast.MatchValue(value=value):
                return f"ag__.patterns.Equal({self._thunk(value)})"
            case gast.MatchSingleton(value=value):
                return f"ag__.patterns.Singleton({value!r})"
            case gast.MatchAs(pattern=inner, name=name):
                return f"ag__.patterns.Capture({name!r}, {inner and self.of(inner)})"
            case gast.MatchStar(name=name):
                return f"ag__.patterns.Star({name!r})"
            case gast.MatchOr(patterns=patterns):
                return f"ag__.patterns.Either({self._all(patterns)})"
            case gast.MatchSequence(patterns=patterns):
                return f"ag__.patterns.Items({self._all(patterns)})"
            case gast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
                thunks = _tuple([self._thunk(key) for key in keys])
                return f"ag__.patterns.Entries({thunks}, {self._all(patterns)}, {rest!r})"
        return self._instance(pattern)

    def _instance(self, pattern: gast.MatchClass) -> str:
        positional, named = self._all(pattern.patterns), self._all(pattern.kwd_patterns)
        names = _tuple([repr(name) for name in pattern.kwd_attrs])
        class_ = self._thunk(pattern.cls)
        return f"ag__.patterns.Instance({class_}, {positional}, {names}, {named})"

    def _all(self, patterns: Sequence[gast.pattern]) -> str:
        return _tuple([self.of(pattern) for pattern in patterns])

    def _thunk(self, value: gast.expr) -> str:
        hole = f"_{len(self.parts)}"
        self.parts[hole] = self._converter.visit(value)
        return f"lambda: {hole}"


def _tuple(texts: Sequence[str]) -> str:
    return f"({''.join(text + ', ' for text in texts)})"
