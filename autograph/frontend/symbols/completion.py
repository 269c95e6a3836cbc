"""Completions: how a block of statements ended, as far as that is known at trace time."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from autograph.frontend.symbols.condition import FALSE, TRUE, Condition, any_of

NORMAL, BREAK, CONTINUE, RETURN, RAISE, EXIT, THROW, SUSPEND = range(8)
"""It ran to its end; it left by the statement of this name; EXIT: the test of a `while` failed.

THROW is an exception that a handler of the program may catch; RAISE is one that none does, so that
the original Python runs again and raises it.
"""


OUTWARD = 100
"""What is added to a code where it passes through a generator, whose blocks it does not concern."""


class Completion(Struct, frozen=True):
    """The ways in which a block may have ended, each with its condition.

    A block that may have ended in several ways returns the completion itself as its code.
    """

    ways: tuple[tuple[int, Condition], ...]

    @staticmethod
    def of(code: Completion | int | None) -> Completion:
        """Return the completion that a block's code stands for."""
        return code if isinstance(code, Completion) else Completion(((code or NORMAL, TRUE),))

    @property
    def only(self) -> int | None:
        """The code of the only way, if there is but one."""
        return self.ways[0][0] if len(self.ways) == 1 else None

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes that may be."""
        return tuple(code for code, _ in self.ways)

    def condition(self, code: int) -> Condition:
        """Return the condition under which the block ended with this code."""
        return dict(self.ways).get(code, FALSE)

    def renamed(self, codes: Mapping[int, int]) -> Completion:
        """Return the completion with codes replaced; equal ones become one."""
        merged: dict[int, list[Condition]] = {}
        for code, condition in self.ways:
            merged.setdefault(codes.get(code, code), []).append(condition)
        if len(merged) == 1:
            return Completion(((next(iter(merged)), TRUE),))
        return Completion(tuple((code, any_of(parts)) for code, parts in merged.items()))

    def without(self, code: int) -> Completion:
        """Return the completion where it is known not to have this code."""
        rest = tuple(way for way in self.ways if way[0] != code)
        return Completion.of(rest[0][0]) if len(rest) == 1 else Completion(rest)

    def leaving(self) -> Condition:
        """Return the condition under which the block did not run to its end."""
        return ~self.condition(NORMAL)
