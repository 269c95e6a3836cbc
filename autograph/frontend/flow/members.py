"""The functions of a recursive routine: one that calls itself, or several that call each other.

Several are one routine that is told which of them is called, and is given the arguments of that one
only. Which they are is found out as they call each other.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Hashable, Iterator
from inspect import BoundArguments, Signature
from typing import Any

from msgspec import Struct

from autograph.frontend.flow.control import Block, Code, condition_of, if_
from autograph.frontend.flow.routine_calls import RESULT
from autograph.frontend.numpy_api.operators import compare
from autograph.frontend.symbols.decisions import Key
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.journal import UNBOUND

WHICH = "which function"
"""The argument of a routine of several functions that says which of them is called."""


class Member(Struct, frozen=True):
    """A function of a routine.

    Attributes:
        number: Its number among them.
        key: What it is known by.
        function: The converted function.
        signature: Its signature.
        given: The names of the arguments that calls give.
    """

    number: int
    key: Key
    function: Any
    signature: Signature
    given: tuple[str, ...]

    @property
    def result(self) -> str:
        """The place of what it returns."""
        return f"{RESULT} {self.number}" if self.number else RESULT

    def place(self, name: str) -> str:
        """Return the place of an argument."""
        return f"{name} {self.number}" if self.number else name

    @property
    def places(self) -> list[str]:
        """The places of its arguments."""
        return [self.place(name) for name in self.given]

    def bound(self, contents: dict[str, Any]) -> BoundArguments:
        """Return its arguments, given what is at the places."""
        arguments = {name: contents[self.place(name)] for name in self.given}
        return BoundArguments(self.signature, arguments)


class Members:
    """The functions of a routine.

    Args:
        keys: What they are known by.
    """

    def __init__(self, keys: Collection[Key]) -> None:
        self.keys = keys
        self._found: dict[Key, Member] = {}

    def __iter__(self) -> Iterator[Member]:
        return iter(self._found.values())

    def find(self, key: Key, function: types.FunctionType, bound: BoundArguments) -> Member:
        """Return the function of a call, from now on one of the routine's."""
        if key not in self._found:
            given = tuple(bound.arguments)
            new = Member(len(self._found), key, function, bound.signature, given)
            self._found[key] = new
        return self._found[key]

    @property
    def places(self) -> list[str]:
        """The places of all arguments."""
        return [place for member in self for place in member.places]

    def contents(self, member: Member, bound: BoundArguments) -> dict[Hashable, Any]:
        """Return what is at the places of arguments where one of the functions is called."""
        found: dict[Hashable, Any] = {WHICH: member.number} if len(self.keys) > 1 else {}
        found.update(dict.fromkeys(self.places, UNBOUND))
        for name, content in bound.arguments.items():
            found[member.place(name)] = narrow(content)
        return found

    def dispatch(self, which: Any, run: Callable[[Member], Code]) -> Block:
        """Return a block that runs the function that is called.

        Args:
            which: The number of the function.
            run: Runs one of them.
        """
        members = list(self)

        def from_(number: int) -> Code:
            if number == len(members) - 1:
                return run(members[number])
            called = condition_of(compare("eq", which, number))
            return if_(called, lambda: run(members[number]), lambda: from_(number + 1))

        return lambda: from_(0)
