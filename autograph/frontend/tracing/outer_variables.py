"""Variables outside the traced function that the program rebinds, attributes of classes among them.

Enters: a namespace, cell or class, and where it was found. Leaves: an object of the program that
has the variable as its attribute, and in the end what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CellType, ModuleType, SimpleNamespace
from typing import Any

from msgspec import Struct

from autograph.frontend.symbols.decisions import DYNAMIC, REBOUND, STATIC, Decisions, Restart
from autograph.frontend.symbols.inputs import Attribute, Held, Item, Source
from autograph.frontend.tracing.local_classes import LOCAL
from autograph.frontend.tracing.outside import Outside
from autograph.frontend.tracing.outside_kinds import is_number

Place = dict[str, Any] | CellType | type
"""What a variable lies in: the namespace of a module, a cell of its own, or a class."""

NOTHING = object()


class Rebound(Struct, frozen=True):
    """A variable that the program rebinds.

    Attributes:
        place: What it lies in.
        name: Its name.
        owner: Where the place was found.
        holder: The object that has it as its attribute.
        first: What it was at first, `NOTHING` if it was not bound.
    """

    place: Place
    name: str
    owner: Source
    holder: SimpleNamespace
    first: Any


class OuterVariables:
    """The variables outside that the program rebinds.

    Args:
        outside: What is known of objects outside.
        decisions: Which numbers are run-time values.
        make: Notes that the program has an object from its beginning.
    """

    def __init__(self, outside: Outside, decisions: Decisions, make: Callable[[Any], None]) -> None:
        self._outside, self._decisions, self._make = outside, decisions, make
        self._rebound: dict[tuple[int, str], Rebound] = {}

    def find(self, place: Place, name: str) -> Any:
        """Return the object that holds a variable, None if the program does not rebind it."""
        found = self._rebound.get((id(place), name))
        return None if found is None else found.holder

    def holder(self, place: Place, name: str, owner: Source) -> Any:
        """Return the object that holds a variable."""
        key = (id(place), name)
        if key not in self._rebound:
            holder, first = SimpleNamespace(), self._first(place, name, owner)
            if first is not NOTHING:
                setattr(holder, name, first)
            self._make(holder)
            self._rebound[key] = Rebound(place, name, owner, holder, first)
        return self._rebound[key].holder

    def of_attribute(self, owner: type | ModuleType, name: str) -> Any:
        """Return the object that holds an attribute of a class or module.

        None where the program does not rebind the attribute.
        """
        found = None
        for c in owner.__mro__ if isinstance(owner, type) else (owner,):
            if (REBOUND, _key(c), name) in self._decisions:
                place = vars(c) if isinstance(c, ModuleType) else c
                found = self.holder(place, name, Held("owner", place))
                if hasattr(found, name):
                    return found
            elif name in vars(c):
                return None
        return found

    def rebind(self, owner: type | ModuleType, name: str) -> Any:
        """Return the object that holds an attribute of a class or module, which is rebound.

        Raises:
            Restart: If the program has taken the attribute for one that stays.
        """
        key = (REBOUND, _key(owner), name)
        if key not in self._decisions:
            raise Restart(key)
        return self.of_attribute(owner, name)

    def rebinds(self, place: Place) -> bool:
        """Return whether the program rebinds a variable in a place."""
        return any(variable.place is place for variable in self._rebound.values())

    def _first(self, place: Place, name: str, owner: Source) -> Any:
        """Return what the program sees in a variable at first: a number is a run-time value."""
        source: Source
        if isinstance(place, dict):
            content, source = place.get(name, NOTHING), Item(name, owner, name)
        elif isinstance(place, type) and self._outside.is_made(place):
            return vars(place).get(name, NOTHING)
        elif isinstance(place, type):
            content, source = vars(place).get(name, NOTHING), Attribute(name, owner, name)
        else:
            content, source = _content(place), Attribute(name, owner, "cell_contents")
        if content is NOTHING:
            self._outside.lacks(place, name)
            return NOTHING
        decided = any((kind, source.path) in self._decisions for kind in (DYNAMIC, STATIC))
        if is_number(content) and not decided:
            raise Restart((DYNAMIC, source.path))
        return self._outside.content(content, source)

    def changed(self) -> Iterator[tuple[Rebound, Any]]:
        """Yield the variables that are another object now, and what they are."""
        for variable in self._rebound.values():
            now = vars(variable.holder).get(variable.name, NOTHING)
            if not isinstance(variable.place, dict) and self._outside.is_made(variable.place):
                continue  # nobody can see it any more
            if now is not variable.first:
                yield variable, now


def _key(place: type | ModuleType) -> Any:
    """Return what tells a class or module from others in each trace."""
    return LOCAL.get(place, id(place)) if isinstance(place, type) else id(place)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return NOTHING
