"""Where lists, dicts and objects were made, and which of them have to be made in another way.

Enters: something that the program does with a container or object which that one is not made for.
Leaves: the restart that makes it otherwise from the beginning, or the refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import (
    COLUMNS,
    IN_CONTAINERS,
    NESTED,
    ONE_POOL,
    POOL,
    RECORD,
    STAND_IN,
    Decisions,
    Restart,
)
from autograph.frontend.symbols.facts import Facts
from autograph.frontend.symbols.growing import FIXED_LIST, growing_of
from autograph.frontend.symbols.symbolic import Array
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.tracing.heap import is_object
from autograph.frontend.tracing.outside import Outside
from autograph.frontend.tracing.pools import Pools
from autograph.frontend.tracing.regions import Regions
from autograph.frontend.tracing.stand_in import StandIn, family_of, is_told_apart

OUTSIDE_POOLS = (
    "a list whose length is known only when the program runs holds an object or dict from outside "
    "the function, or one that cannot change in compiled code, which is not supported; make "
    "objects of classes of your own in the function, or keep one list for each of their parts"
)


NO_COLUMNS = (
    "a value that is known only when the program runs chooses from '{}', which holds things that "
    "cannot lie in columns; that is supported for lists, dicts and tuples from outside that hold "
    "numbers, texts, None, objects with the same attributes, arrays that can be written and share "
    "no memory, and lists, dicts, sets and tuples of them; pass one array with another axis, or "
    "copies"
)


def unfit_parts(container: Any) -> Iterator[Any]:
    """Yield what a container from outside holds that cannot lie in columns."""
    if isinstance(container, tuple | list | dict):
        for part in container.values() if isinstance(container, dict) else container:
            yield from unfit_parts(part)
    elif isinstance(container, Union):
        for _, part in alternatives(container):
            yield from unfit_parts(part)
    elif not isinstance(container, StandIn) and (
        isinstance(container, Array | np.ndarray) or is_object(container)
    ):
        yield container


class Origins(Regions):
    """Regions that know where things were made.

    Args:
        name: Name of the entry graph.
        facts: What is known of integers.
        decisions: What earlier attempts found necessary.

    Attributes:
        outside: What was found outside the traced function.
        pools: The pools of objects.
        has_shared_items: Whether lists of unknown length may hold one list several times.
        nested_sites: Places where tuples of tuples of tuples were made.
    """

    outside: Outside

    def __init__(self, name: str, facts: Facts, decisions: Decisions) -> None:
        super().__init__(name, facts)
        self.decisions = decisions
        self.pools = Pools()
        self.has_shared_items = False
        self.nested_sites: set[Any] = set()
        self._held: dict[int, tuple[Any, Any]] = {}

    # ------------------------------------------------------------ lists that others hold

    def hold(self, content: list[Any], holder: list[Any] | None) -> None:
        """Note that another list holds a copy of a list, so that this one must not change."""
        if self.pools.row_of(content) is not None:
            return
        before = self._held.get(id(content), (content, None))[1]
        if before is not None and holder is not None and before is not holder:
            self.note_shared(content)
        self._held[id(content)] = (content, before if holder is None else holder)

    def is_held(self, content: Any) -> bool:
        """Return whether another list holds a copy of a list."""
        return self._held.get(id(content), (None, None))[0] is content and content is not None

    def log_object(self, owner: Any) -> None:
        """Note the content of a list, dict, set or object that is about to change."""
        if self.is_held(owner):
            raise self.needs_pool(owner, FIXED_LIST)
        super().log_object(owner)

    # ------------------------------------------------------------ stand-ins

    def origin_of(self, owner: Any) -> Any:
        """Return where a dict or set was made, or was found outside, None if nobody knows."""
        source = self.outside.source_of(owner)
        return self.made_at(owner) if source is None else source.path

    def needs_stand_in(self, origin: Any) -> Exception | Restart:
        """Return the restart that has an object stand for a dict or set, given where it is from."""
        decision = (STAND_IN, origin)
        if origin is None or decision in self.decisions:
            return unsupported(
                "the keys of a dict or set depend on run-time values here, and it was made in a "
                "way that is not followed; make it in the compiled function: {}, dict() or set()"
            )
        return Restart(decision)

    def require_columns(self, *containers: Any, insist: bool) -> None:
        """Start again with the items of a container from outside in columns.

        Args:
            *containers: The container whose items a run-time value chooses, or such items: then
                it is the one around them.
            insist: Whether containers that hold arrays and objects have to lie in columns, too;
                else they stay as they are.

        Raises:
            Restart: If one of them was found outside, and does not lie in columns yet.
        """
        for x in containers:
            source = self.outside.container_of(x)
            if source is None or (COLUMNS, source.path) in self.decisions:
                continue
            if insist or not any(True for _ in unfit_parts(x)):
                raise Restart((COLUMNS, source.path))

    # ------------------------------------------------------------ pools

    def needs_pool(self, content: Any, otherwise: str = OUTSIDE_POOLS) -> Exception | Restart:
        """Return the restart that keeps an object or a list in a pool from the beginning.

        Args:
            content: The object.
            otherwise: What to say where that is impossible.
        """
        origins: tuple[Any, ...] = ()
        if type(content) is list:
            items = growing_of(content)
            held = items is not None and items.held and items.origins
            origins = items.origins if items is not None and held else (self.made_at(content),)
        elif type(content) is dict and (STAND_IN, self.made_at(content)) not in self.decisions:
            return self._needs_record(content, otherwise)
        elif type(content) is set:
            return self.needs_stand_in(self.origin_of(content))
        elif self.birth(content) is not None:
            origins = self.origins_of(content)
        for origin in origins:
            if origin is not None and (POOL, origin) not in self.decisions:
                return Restart((POOL, origin))
        return unsupported(otherwise)

    def require_nested_tuples(self) -> None:
        """Start again with objects for the tuples made where they were nested in others.

        Raises:
            Restart: If there are such places that were not known before.
        """
        sites = self.nested_sites - self.decisions.nested
        if sites:
            raise Restart((NESTED, *sorted(sites, key=str)))

    def origins_of(self, made: Any) -> tuple[Any, ...]:
        """Return what says of an object or list in each trace which pool it belongs in."""
        if not is_told_apart(type(made)):
            return (family_of(made).site,)
        return (self.made_at(made),) if type(made) is list else (self.made_at(made), type(made))

    def _needs_record(self, content: dict[Any, Any], otherwise: str) -> Exception | Restart:
        """Return the restart that has an object with attributes stand for a dict.

        One without keys yet becomes a hash table.
        """
        origin = self.made_at(content)
        if not content:
            return self.needs_stand_in(origin)
        before = self.record_keys(origin)
        keys = tuple(dict.fromkeys((*before, *content)))
        if origin is None or (before and keys == before):
            return unsupported(otherwise)
        return Restart((RECORD, origin, keys))

    def record_keys(self, origin: Any) -> tuple[Any, ...]:
        """Return the keys of the dicts made at a place that an object stands for, if one does."""
        found = [key[2] for key in self.decisions.keys if key[:2] == (RECORD, origin)]
        return max(found, key=len, default=())

    def require_hash_tables(self, label: str) -> NoReturn:
        """Start again with hash tables for dicts with certain keys that objects stand for.

        If none of them was made in the program, they are in containers from outside.

        Raises:
            Restart: To make them hash tables.
        """
        keys = [key for key in self.decisions.keys if key[0] == RECORD and repr(key[2]) == label]
        open_ = [key[1] for key in keys if (STAND_IN, key[1]) not in self.decisions]
        raise self.needs_stand_in(min(open_, key=str, default=IN_CONTAINERS))

    def note_shared(self, content: list[Any]) -> None:
        """Note that a list is held twice: it has to be in a pool, or must not change."""
        found = self.needs_pool(content)
        if isinstance(found, Restart):
            raise found
        self.has_shared_items = True

    def needs_one_pool(self, *keys: Any) -> Restart:
        """Return the restart that keeps the lists of two pools in one."""
        return Restart((ONE_POOL, *(origin for _, origin in keys)))

    def common_origin(self, origin: Any) -> Any:
        """Return one of the places whose lists lie in one pool with those made at this place."""
        pairs = [set(key[1:]) for key in self.decisions.keys if key[0] == ONE_POOL]
        group, before = {origin}, 0
        while len(group) > before:
            before = len(group)
            group = group.union(*(pair for pair in pairs if pair & group))
        return min(group, key=str)
