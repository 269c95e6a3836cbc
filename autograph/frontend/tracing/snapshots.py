"""Containers from outside, as they were when the program came to see them.

Enters: a container, and what the program sees in its place. Leaves: whether the program changed it.
"""

from __future__ import annotations

import copy
from typing import Any

from msgspec import Struct

from autograph.frontend.tracing.heap import content_of
from autograph.frontend.tracing.journal import same_content
from autograph.frontend.tracing.outside_kinds import CHANGING, is_number
from autograph.frontend.tracing.stand_in import STAND_INS, StandIn


class Snapshot(Struct, frozen=True, eq=False):
    """A container from outside.

    Attributes:
        name: What messages call it.
        given: The container itself.
        now: What the program sees in its place.
        before: What that held at first.
    """

    name: str
    given: Any
    now: Any
    before: Any

    @classmethod
    def of(cls, name: str, given: Any, now: Any) -> Snapshot:
        """Return a container as it is now."""
        return cls(name, given, now, _content(now))

    @property
    def has_changed(self) -> bool:
        """Whether it holds other objects than before."""
        now, before = self.now, self.before
        if isinstance(now, StandIn):
            return not same_content(tuple(_content(now)), tuple(before))
        if len(now) != len(before):
            return True
        if isinstance(now, CHANGING):
            return bool(now != before)
        if isinstance(now, dict):
            keys = all(a is b for a, b in zip(now, before, strict=True))
            pairs = zip(now.values(), before.values(), strict=True)
            return not (keys and all(a is b for a, b in pairs))
        return any(a is not b for a, b in zip(now, before, strict=True))

    @property
    def fits_columns(self) -> bool:
        """Whether an object stands for it, and all that it holds are numbers or tuples of them."""
        given = self.given
        if not isinstance(self.now, StandIn) or type(given) not in STAND_INS:
            return False
        values = given.values() if isinstance(given, dict) else ()
        return all(map(_is_flat, (*given, *values)))


def _is_flat(x: Any) -> bool:
    return all(map(_is_flat, x)) if isinstance(x, tuple) else x is None or is_number(x)


def _content(x: Any) -> Any:
    """Return what a container holds now."""
    if not isinstance(x, StandIn):
        return copy.copy(x)
    return [tuple(part) if isinstance(part, list) else part for part in content_of(x).values()]
