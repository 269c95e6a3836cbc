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

from autograph.frontend.flow.around import Lifted, contents_around, handed_over
from autograph.frontend.flow.control import Block, Code, condition_of, if_
from autograph.frontend.flow.routine_calls import RESULT
from autograph.frontend.numpy_api.operators import compare
from autograph.frontend.symbols.decisions import Key
from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.tracer import tracer

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
        around: The variables around the function that calls hand over, too.
    """

    number: int
    key: Key
    function: Any
    signature: Signature
    given: tuple[str, ...]
    around: frozenset[str]

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
        around = [self._place_around(name) for name in contents_around(self.function, self.around)]
        return [self.place(name) for name in self.given] + around

    def _place_around(self, name: str) -> str:
        return self.place(f"{name} around")

    def bound(self, contents: dict[str, Any]) -> BoundArguments:
        """Return its arguments, given what is at the places."""
        arguments = {name: contents[self.place(name)] for name in self.given}
        return BoundArguments(self.signature, arguments)

    def contents(self, function: types.FunctionType, bound: BoundArguments) -> dict[str, Any]:
        """Return what is at the places where the function is called."""
        found = {self.place(name): narrow(x) for name, x in bound.arguments.items()}
        for name, content in contents_around(function, self.around).items():
            found[self._place_around(name)] = content
        return found

    def lifted(self, contents: dict[str, Any]) -> types.FunctionType:
        """Return the function over what was handed over, given what is at the places."""
        names = contents_around(self.function, self.around)
        around = {name: contents[self._place_around(name)] for name in names}
        return Lifted(self.function, self.around, around).function


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
            given, around = tuple(bound.arguments), handed_over(tracer().decisions, key[1])
            new = Member(len(self._found), key, function, bound.signature, given, around)
            self._found[key] = new
        return self._found[key]

    @property
    def places(self) -> list[str]:
        """The places of all arguments."""
        return [place for member in self for place in member.places]

    def contents(
        self, member: Member, function: types.FunctionType, bound: BoundArguments
    ) -> dict[Hashable, Any]:
        """Return what is at the places of arguments where one of the functions is called."""
        found: dict[Hashable, Any] = {WHICH: member.number} if len(self.keys) > 1 else {}
        found.update(dict.fromkeys(self.places, UNBOUND))
        found.update(member.contents(function, bound))
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
