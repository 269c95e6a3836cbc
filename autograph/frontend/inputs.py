"""Where the inputs of a graph come from when the compiled function is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograph.frontend.symbolic import Cell
from autograph.ir.graph import Value

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Source:
    """A place outside the traced function that a value is read from.

    Attributes:
        name: What messages and the graph call it.
        path: What identifies it in the decision table.
    """

    name: str
    path: Path

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        raise NotImplementedError


@dataclass(frozen=True)
class Argument(Source):
    """An argument, or an item inside one.

    The path is the position or keyword, then the keys of the items on the way.
    """

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        first, *rest = self.path
        value = kwargs[first] if isinstance(first, str) else args[first]
        for key in rest:
            value = value[key]
        return value


@dataclass(frozen=True, eq=False)
class _Held(Source):
    """A source that belongs to an object that is held on to."""

    owner: Any

    def __hash__(self) -> int:
        return hash((type(self), self.name, id(self.owner)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Held)
            and type(other) is type(self)
            and (other.name, id(other.owner)) == (self.name, id(self.owner))
        )


class Variable(_Held):
    """A variable of a function around the compiled one: a closure cell."""

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        try:
            return self.owner.cell_contents
        except ValueError:
            return None


class Global(_Held):
    """A global variable of a module: an item of its namespace."""

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        return self.owner.get(self.name)


class Attribute(_Held):
    """An attribute of an object that is not staged."""

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        return getattr(self.owner, self.name, None)


class Fixed(Source):
    """One certain object."""

    def __init__(self, value: Any) -> None:
        super().__init__("array", ("fixed", id(value)))
        object.__setattr__(self, "value", value)

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value for a call with these arguments."""
        return self.value  # type: ignore[attr-defined]


@dataclass(frozen=True, eq=False)
class Input:
    """A param of the entry graph.

    Attributes:
        name: Its name.
        source: Where it comes from.
        param: The graph's value.
        cell: The buffer, for an array.
        example: What it was in the traced call.
        writeable: Whether the traced array may be written.
    """

    name: str
    source: Source
    param: Value
    cell: Cell | None
    example: Any
    writeable: bool

    def fetch(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what to pass for a call with these arguments."""
        return self.source.fetch(args, kwargs)
