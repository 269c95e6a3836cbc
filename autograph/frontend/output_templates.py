"""How to make what a compiled function returns, prints and changes, of the results of its graph."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import CellType
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.language.notices import emit
from autograph.frontend.language.text import Text
from autograph.frontend.output_views import Size, size_in
from autograph.frontend.tracing.heap import AttributesPlace, ErrorPlace, empty_object, is_object
from autograph.frontend.tracing.local_classes import LOCAL, renewed
from autograph.frontend.tracing.stand_in import StandIn
from autograph.ops.generator_state import (
    generator_of,
    legacy_generator_of,
    python_generator_of,
    write_state,
)


class Made(Struct):
    """What has been made of the results of one call.

    Attributes:
        results: The results of the graph.
        params: The inputs of the graph, the arrays among them with their final contents.
        pools: The pools of objects among the results.
        shared: What is part of several things.
    """

    results: Sequence[Any]
    params: Sequence[Any]
    pools: Sequence[Rows]
    shared: dict[Any, Any] = {}

    def row(self, pool: int, at: int, dims: Sequence[int] = ()) -> Any:
        """Return the object in a row of a pool: the same one whenever it is asked for.

        An array in a pool for arrays of several sizes has dims of its own.
        """
        if (pool, at) not in self.shared:
            given, rows = self.given(pool), self.pools[pool]
            if at in given:
                return given[at]
            if rows.kind is np.ndarray:
                whole = self.results[rows.columns[0]]
                part = whole[at : at + dims[0], *map(slice, dims[1:])] if dims else whole[at]
                return self.shared.setdefault((pool, at), part.copy())
            self.shared[pool, at] = made = empty_object(self.kind(rows.kind))
            self.shared[pool, at] = self._filled(made, pool, at)
        return self.shared[pool, at]

    def kind(self, kind: type) -> type:
        """Return a class of objects: a new one for each call if the program defines it."""
        if kind not in LOCAL:
            return kind
        if kind not in self.shared:
            bases = tuple(map(self.kind, kind.__bases__))
            self.shared[kind] = renewed(kind, bases)
        made: type = self.shared[kind]
        return made

    def given(self, pool: int) -> dict[int, Any]:
        """Return the objects from outside that the first rows of a pool are."""
        owners = self.pools[pool].owners
        found: dict[int, Any] = {} if owners is None else owners.build(self)
        return found

    def rewritten(self, pool: int) -> Iterator[tuple[Any, Any]]:
        """Yield the objects from outside in a pool, each with what it contains in the end."""
        rows = self.pools[pool]
        for at, owner in self.given(pool).items():
            if rows.kind is np.ndarray:
                whole = self.results[rows.columns[0]]
                yield owner, whole[(slice(at, at + len(owner)), *map(slice, owner.shape[1:]))]
            else:
                yield owner, self._filled(empty_object(rows.kind), pool, at)

    def _filled(self, made: Any, pool: int, at: int) -> Any:
        """Give an empty object the content of a row; return what it stands for."""
        rows = self.pools[pool]
        rows.fill(made, iter([self.results[k][at] for k in rows.columns]), self)
        return made.rebuilt(*made.contents()) if isinstance(made, StandIn) else made


class Rows(Struct, frozen=True):
    """The objects of a pool.

    Attributes:
        kind: Their class.
        columns: The numbers of the columns among the results.
        fill: Gives an empty object what its leaves amount to.
        owners: The objects from outside that the first of them are.
    """

    kind: type
    columns: tuple[int, ...]
    fill: Callable[[Any, Iterator[Any], Made], None]
    owners: Template | None = None


class Template(Struct, frozen=True):
    """How to make one part of what is returned."""

    def build(self, made: Made) -> Any:
        """Return the part."""
        raise NotImplementedError


class Shared(Template, frozen=True, eq=False):
    """A list, dict or object that is part of several things."""

    of: Template

    def build(self, made: Made) -> Any:
        """Return the part."""
        if self not in made.shared:
            made.shared[self] = self.of.build(made)
        return made.shared[self]


class PoolRow(Template, frozen=True):
    """An object in a pool: the numbers of the pool, and of the result that says which row.

    Attributes:
        pool: The number of the pool.
        at: The number of the result.
        dims: Of an array with dims of its own: these.
    """

    pool: int
    at: int
    dims: tuple[Size, ...] = ()

    def build(self, made: Made) -> Any:
        """Return the part."""
        dims = [size_in(dim, made.results) for dim in self.dims]
        return made.row(self.pool, int(made.results[self.at]), dims)


class Known(Template, frozen=True):
    """An object that is known at trace time."""

    content: Any

    def build(self, made: Made) -> Any:
        """Return the part."""
        return self.content


class Scalar(Template, frozen=True):
    """A Python number (`kind`) or NumPy scalar (kind None) from a result."""

    result: int
    kind: type | None

    def build(self, made: Made) -> Any:
        """Return the part."""
        value = made.results[self.result]
        return value if self.kind is None else self.kind(value)


class Fresh(Template, frozen=True):
    """A new array: a result."""

    result: int

    def build(self, made: Made) -> Any:
        """Return the part."""
        result = made.results[self.result]
        return np.asarray(result) if isinstance(result, np.generic) else result


class Given(Template, frozen=True):
    """An input array itself; at a negative position, an object that is returned as it is."""

    param: int

    def build(self, made: Made) -> Any:
        """Return the part."""
        return made.params[self.param]


class Viewed(Template, frozen=True):
    """A view of an array: what its steps need of sizes is among the results."""

    base: Template
    steps: tuple[Any, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        array = self.base.build(made)
        for step in self.steps:
            array = step(array, made.results)
        return array


class Choice(Template, frozen=True):
    """One of several parts, the first whose flag among the results is set."""

    flags: tuple[int, ...]
    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        for flag, part in zip(self.flags, self.parts, strict=False):
            if made.results[flag]:
                return part.build(made)
        return self.parts[-1].build(made)


class Items(Template, frozen=True):
    """A tuple, list or set."""

    kind: type
    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        items = [part.build(made) for part in self.parts]
        kind: Any = made.kind(self.kind)
        return kind._make(items) if hasattr(kind, "_make") else kind(items)


class Mapped(Template, frozen=True):
    """A dict.

    Attributes:
        empty: The dict without its items; it is copied.
        keys: Its keys.
        parts: Its values.
    """

    empty: dict[Any, Any]
    keys: tuple[Any, ...]
    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        mapped: dict[Any, Any] = copy.copy(self.empty)
        mapped.update(zip(self.keys, (p.build(made) for p in self.parts), strict=True))
        return mapped


class Rebuilt(Template, frozen=True):
    """An object of a builtin class that an object of our own stands for.

    Attributes:
        rebuild: Makes it of its parts.
        parts: The parts.
    """

    rebuild: Callable[..., Any]
    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        return self.rebuild(*(part.build(made) for part in self.parts))


class Instance(Template, frozen=True):
    """A new object of a class."""

    kind: type
    names: tuple[str, ...]
    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        instance = empty_object(made.kind(self.kind))
        parts = (part.build(made) for part in self.parts)
        place = ErrorPlace if isinstance(instance, BaseException) else AttributesPlace
        place(instance).write(dict(zip(self.names, parts, strict=True)))
        return instance


class MadeGenerator(Template, frozen=True):
    """A new generator of random numbers in a state."""

    kind: type
    state: Template

    def build(self, made: Made) -> Any:
        """Return the part."""
        make = {
            np.random.Generator: generator_of,
            np.random.RandomState: legacy_generator_of,
        }.get(self.kind, python_generator_of)
        return make(self.state.build(made))


Build = Callable[[Iterator[Any], Made], Any]
"""Makes an item of a list of its leaves."""


class Listed(Template, frozen=True):
    """A list or tuple whose items lie in columns among the results.

    Attributes:
        kind: Which of them.
        length: The number of the result that says how many there are.
        columns: The numbers of the columns.
        item: Makes an item of its leaves.
    """

    kind: type
    length: int
    columns: tuple[int, ...]
    item: Build

    def build(self, made: Made) -> Any:
        """Return the part."""
        columns = [made.results[k] for k in self.columns]
        length = int(made.results[self.length])
        items = [self.item(iter([c[n] for c in columns]), made) for n in range(length)]
        return items if self.kind is list else self.kind(items)


class Written(Template, frozen=True):
    """A text with run-time values in it."""

    parts: tuple[Template, ...]

    def build(self, made: Made) -> Any:
        """Return the part."""
        return Text(part.build(made) for part in self.parts).render()


def replace_items(owner: Any, content: Any) -> None:
    """Have a container hold what another one does."""
    if isinstance(owner, list):
        owner[:] = content
    elif isinstance(owner, np.ndarray):
        owner[...] = content
    elif isinstance(owner, dict):
        owner.clear()
        owner.update(content)
    elif isinstance(owner, deque):
        owner.clear()
        owner.extend(content)
    elif is_object(owner):
        AttributesPlace(owner).write(AttributesPlace(content).read())
    else:
        owner.difference_update([x for x in owner if x not in content])
        owner.update(list(content))


class Change(Struct, frozen=True):
    """What an object from outside contains in the end.

    Attributes:
        owner: The object.
        content: Its items; of an object, those attributes that changed, as a dict; of a generator
            of random numbers, its state.
        deleted: Attributes that are gone.
    """

    owner: Template
    content: Template
    deleted: tuple[str, ...] = ()

    def apply(self, owner: Any, content: Any) -> None:
        """Change the object."""
        if isinstance(content, np.ndarray):
            write_state(owner, content)
        elif isinstance(owner, list | dict | deque | set):
            replace_items(owner, content)
        else:
            for name, value in content.items():
                object.__setattr__(owner, name, value)
            for name in self.deleted:
                object.__delattr__(owner, name)


class Rebinding(Change, frozen=True):
    """What a variable outside the function is in the end.

    Attributes:
        name: Its name.
    """

    name: str = ""

    def apply(self, owner: Any, content: Any) -> None:
        """Rebind the variable, or delete it."""
        if isinstance(owner, CellType):
            if self.deleted:
                del owner.cell_contents
            else:
                owner.cell_contents = content
        elif isinstance(owner, type):
            setattr(owner, self.name, content)
        elif self.deleted:
            del owner[self.name]
        else:
            owner[self.name] = content


class Output(Struct, frozen=True):
    """The return value of a compiled function.

    Attributes:
        template: How to make it.
        printed: How to make the texts that the function prints and the warnings that it gives, if
            there are any.
        changes: What becomes of objects from outside the function.
        pools: The pools of the objects among them.
        rewritten: Those of them whose objects from outside have changed.
    """

    template: Template
    printed: Template | None = None
    changes: tuple[Change, ...] = ()
    pools: tuple[Rows, ...] = ()
    rewritten: tuple[int, ...] = ()

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return what the function returns.

        Args:
            results: The results of the graph.
            params: The inputs of the graph, the arrays among them with their final contents.
        """
        made = Made(results, params, self.pools)
        if self.printed is not None:
            emit(self.printed.build(made))
        found = self.template.build(made)
        contents = [change.content.build(made) for change in self.changes]
        rewritten = [pair for pool in self.rewritten for pair in made.rewritten(pool)]
        for change, content in zip(self.changes, contents, strict=True):
            change.apply(change.owner.build(made), content)
        for owner, content in rewritten:
            replace_items(owner, content)
        return found
