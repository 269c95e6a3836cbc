"""Decisions that a trace found it needs, and the restart that makes them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Key = tuple[Any, ...]

UNROLL, STAGE, STATIC, DYNAMIC = "unroll", "stage", "static", "dynamic"
REFUSE, STRETCH, ROOM, MEMORY = "refuse", "stretch", "room", "memory"
ROUTINE, SIZES, APART, TEXTS = "routine", "sizes", "apart", "texts"
STAND_IN, POOL, ONE_POOL, RECORD = "stand-in", "pool", "one pool", "record"
STEP, REFERENCE, COLUMNS, SPELLED = "step", "reference", "columns", "spelled"
TOGETHER, REBOUND, UNTOLD, AROUND = "together", "rebound", "untold", "around"
NESTED = "nested"
"""Run this loop at trace time; stage this `while`; take this number's value as known; do not, as it
changes from call to call; do not assume this guard; let computed sizes be 1 in some calls only;
take lists that grow in this loop to grow without a known bound; take arrays as parts of the memory
that they share; take a function, for arguments of these kinds, as one that calls itself when the
program runs; let arrays change their sizes in this branch or loop; tell an array whose size changes
from the one that it was before the loop; take every sum of texts as one that may grow in a loop;
have an object of our own stand for the container that is made here; keep objects of this class, or
lists that are made here, or all arrays that lists come to hold, in a pool from the beginning; keep
lists made at two places in one pool; have an object with attributes for certain keys stand for the
dict that is made here; go through the generators that are made here step by step; hold arrays that
live as long as the call in lists as what they are, not as copies; lay what a container from outside
holds in columns for each call; take functions that call each other as one that calls itself; take
this attribute of a class as a variable that the program rebinds; have plain Python run where an
exception is caught whose text is not known; hand over to a function that calls itself what these
variables around it hold; have objects with an attribute for each item stand for the tuples that are
made at these places."""


IN_CONTAINERS = "in containers"
"""Where dicts were found that containers from outside hold whose items lie in columns."""


class Decisions(Struct, frozen=True):
    """A table of decisions, each a kind and what it is about (mostly a place in the source)."""

    keys: frozenset[Key] = frozenset()

    def __contains__(self, key: Key) -> bool:
        return key in self.keys

    def having(self, key: Key) -> Decisions:
        """Return the table with one more decision."""
        return Decisions(self.keys | {key})

    @property
    def stretches(self) -> bool:
        """Whether computed sizes may be 1 in some calls and more in others."""
        return (STRETCH,) in self.keys

    @property
    def refused(self) -> frozenset[str]:
        """Texts of the guards that must not be assumed."""
        return frozenset(str(key[1]) for key in self.keys if key[0] == REFUSE)

    @property
    def unbounded(self) -> frozenset[str]:
        """Names of sizes and integers of which no inequality must be assumed."""
        return frozenset(name for key in self.keys if key[0] == REFUSE for name in key[2:])

    @property
    def nested(self) -> frozenset[Any]:
        """The places whose tuples are objects with an attribute for each item."""
        return frozenset(site for key in self.keys if key[0] == NESTED for site in key[1:])

    def together(self, key: Key) -> frozenset[Key]:
        """Return the functions that are one that calls itself with the one of this key."""
        groups = [frozenset(k[1:]) for k in self.keys if k[0] == TOGETHER]
        found, before = frozenset({key}), 0
        while len(found) > before:
            before = len(found)
            found = found.union(*(group for group in groups if group & found))
        return found

    def memory(self, path: Any) -> Any:
        """Return the memory that an array is to be taken as a part of, and all arrays in it."""
        return next((k[2:] for k in self.keys if k[0] == MEMORY and path in k[1]), None)

    def sharing(self, paths: frozenset[Any], memory: Any, sources: Any) -> Decisions:
        """Return the table with arrays from some sources, and no others, in one memory."""
        kept = frozenset(k for k in self.keys if k[0] != MEMORY or k[1].isdisjoint(paths))
        return Decisions(kept | {(MEMORY, paths, memory, sources)})


class Restart(BaseException):
    """The trace has to start again with one more decision."""

    def __init__(self, key: Key) -> None:
        super().__init__(key)
        self.key = key

    def decided(self, decisions: Decisions) -> Decisions:
        """Return the table for the next trace."""
        if self.key[0] == MEMORY:
            return decisions.sharing(*self.key[1:])
        return decisions.having(self.key)
