"""How to make what a compiled function returns, prints and changes, of the results of its graph."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Sequence
from types import CellType
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.frontend.language.notices import emit
from autograph.frontend.language.text import Text
from autograph.frontend.output_lists import Build
from autograph.frontend.tracing.heap import AttributesPlace, empty_object
from autograph.ops.generator_state import (
    generator_of,
    legacy_generator_of,
    python_generator_of,
    write_state,
)


class Template(Struct, frozen=True):
    """How to make one part of what is returned."""

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part.

        Args:
            results: The results of the graph.
            params: The inputs of the graph, the arrays among them with their final contents.
        """
        raise NotImplementedError


class Known(Template, frozen=True):
    """An object that is known at trace time."""

    content: Any

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        return self.content


class Scalar(Template, frozen=True):
    """A Python number (`kind`) or NumPy scalar (kind None) from a result."""

    result: int
    kind: type | None

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        value = results[self.result]
        return value if self.kind is None else self.kind(value)


class Fresh(Template, frozen=True):
    """A new array: a result."""

    result: int

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        result = results[self.result]
        return np.asarray(result) if isinstance(result, np.generic) else result


class Given(Template, frozen=True):
    """An input array itself; at a negative position, an object that is returned as it is."""

    param: int

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        return params[self.param]


class Viewed(Template, frozen=True):
    """A view of an array: what its steps need of sizes is among the results."""

    base: Template
    steps: tuple[Any, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        array = self.base.build(results, params)
        for step in self.steps:
            array = step(array, results)
        return array


class Choice(Template, frozen=True):
    """One of several parts, the first whose flag among the results is set."""

    flags: tuple[int, ...]
    parts: tuple[Template, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        for flag, part in zip(self.flags, self.parts, strict=False):
            if results[flag]:
                return part.build(results, params)
        return self.parts[-1].build(results, params)


class Items(Template, frozen=True):
    """A tuple, list or set."""

    kind: type
    parts: tuple[Template, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        items = [part.build(results, params) for part in self.parts]
        return self.kind._make(items) if hasattr(self.kind, "_make") else self.kind(items)


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

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        made: dict[Any, Any] = copy.copy(self.empty)
        made.update(zip(self.keys, (p.build(results, params) for p in self.parts), strict=True))
        return made


class Rebuilt(Template, frozen=True):
    """An object of a builtin class that an object of our own stands for.

    Attributes:
        rebuild: Makes it of its parts.
        parts: The parts.
    """

    rebuild: Callable[..., Any]
    parts: tuple[Template, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        return self.rebuild(*(part.build(results, params) for part in self.parts))


class Instance(Template, frozen=True):
    """A new object of a class."""

    kind: type
    names: tuple[str, ...]
    parts: tuple[Template, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        made = empty_object(self.kind)
        parts = (part.build(results, params) for part in self.parts)
        AttributesPlace(made).write(dict(zip(self.names, parts, strict=True)))
        return made


class MadeGenerator(Template, frozen=True):
    """A new generator of random numbers in a state."""

    kind: type
    state: Template

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        make = {
            np.random.Generator: generator_of,
            np.random.RandomState: legacy_generator_of,
        }.get(self.kind, python_generator_of)
        return make(self.state.build(results, params))


class Listed(Template, frozen=True):
    """A list whose items lie in columns among the results.

    Attributes:
        length: The number of the result that says how many there are.
        columns: The numbers of the columns.
        item: Makes an item of its leaves.
    """

    length: int
    columns: tuple[int, ...]
    item: Build

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        columns = [results[k] for k in self.columns]
        return [self.item(iter([c[n] for c in columns])) for n in range(int(results[self.length]))]


class Written(Template, frozen=True):
    """A text with run-time values in it."""

    parts: tuple[Template, ...]

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return the part."""
        return Text(part.build(results, params) for part in self.parts).render()


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
        elif isinstance(owner, list):
            owner[:] = content
        elif isinstance(owner, dict):
            owner.clear()
            owner.update(content)
        elif isinstance(owner, deque):
            owner.clear()
            owner.extend(content)
        elif isinstance(owner, set):
            owner.difference_update([x for x in owner if x not in content])
            owner.update(list(content))
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
    """

    template: Template
    printed: Template | None = None
    changes: tuple[Change, ...] = ()

    def build(self, results: Sequence[Any], params: Sequence[Any]) -> Any:
        """Return what the function returns.

        Args:
            results: The results of the graph.
            params: The inputs of the graph, the arrays among them with their final contents.
        """
        if self.printed is not None:
            emit(self.printed.build(results, params))
        found = self.template.build(results, params)
        made = [change.content.build(results, params) for change in self.changes]
        for change, content in zip(self.changes, made, strict=True):
            change.apply(change.owner.build(results, params), content)
        return found
