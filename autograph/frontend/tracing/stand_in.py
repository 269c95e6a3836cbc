"""Stand-ins: objects that the program sees as builtin containers, though they are made of others.

A dict whose keys are run-time values cannot be a dict while tracing. An object of a class of our
own, made of lists, stands for it; its methods are traced like the user's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np
from msgspec import Struct

from autograph.frontend.tracing.local_classes import lasting


class Family(Struct, frozen=True):
    """Objects that lie in one pool.

    Attributes:
        key: What is the same for all of them in a trace.
        site: What is the same for them in each trace.
    """

    key: Any
    site: Any


class StandIn:
    """An object in the place of one of a builtin class.

    Attributes:
        stands_for: The class that the program sees.
        is_record: Whether its attributes are the items of what it stands for.
        is_told_apart: Whether those made at different places may hold things of different kinds,
            so that they lie in pools of their own, as lists do.
    """

    stands_for: ClassVar[type]
    is_record: ClassVar[bool] = False
    is_told_apart: ClassVar[bool] = False

    @property
    def family(self) -> Family:
        """What tells apart objects of the class that lie in pools of their own."""
        return Family(type(self), type(self))

    def contents(self) -> tuple[Any, ...]:
        """Return what `rebuilt` makes the object of: parts that results of a graph can hold."""
        raise NotImplementedError

    @staticmethod
    def rebuilt(*contents: Any) -> Any:
        """Return the object of the builtin class, given what `contents` has become."""
        raise NotImplementedError


Function = TypeVar("Function", bound=Callable[..., Any])


def pure(method: Function) -> Function:
    """Mark a method that changes nothing: what it returned is returned again for equal contents."""
    method.is_pure = True  # type: ignore[attr-defined]
    return method


def by_alternative(function: Function) -> Function:
    """Mark a function that is traced for each alternative of its arguments."""
    function.is_by_alternative = True  # type: ignore[attr-defined]
    return function


def shared(function: Function) -> Function:
    """Mark a function whose code all calls share that have arguments of the same types."""
    function.is_shared = True  # type: ignore[attr-defined]
    return function


def lengthening(
    room: Callable[[list[Any]], dict[int, Any]], alike: tuple[int, ...]
) -> Callable[[Function], Function]:
    """Mark a function whose code calls share, and which makes lists longer.

    Args:
        room: Returns how long the lists by these numbers among the arguments may become, given the
            lengths of all lists.
        alike: The numbers of the lists whose items are put into each other.
    """

    def mark(function: Function) -> Function:
        function.room, function.alike = room, alike  # type: ignore[attr-defined]
        return shared(function)

    return mark


def gathering(function: Function) -> Function:
    """Mark a function of a list: of known length, it becomes one whose items lie in columns."""
    function.is_gathering = True  # type: ignore[attr-defined]
    return function


MARKS = ("is_pure", "is_by_alternative", "is_shared", "is_gathering")


def is_marked(function: Any) -> bool:
    """Return whether a function has one of the marks."""
    return any(hasattr(function, mark) for mark in MARKS)


def family_of(x: Any) -> Family:
    """Return which objects lie in one pool with an object."""
    return x.family if isinstance(x, StandIn) else Family(type(x), lasting(type(x)))


def is_told_apart(kind: type) -> bool:
    """Return whether objects of a class lie in a pool for each place where some are made."""
    return kind is list or (issubclass(kind, StandIn) and kind.is_told_apart)


def class_of(x: Any) -> type:
    """Return the class that the program sees an object to be of."""
    return x.stands_for if isinstance(x, StandIn) else type(x)


STAND_INS: dict[type, Callable[[Any], StandIn]] = {}
"""What makes the stand-in of a container of each class; the modules that define them add it."""


RECORDS: dict[type, Callable[[Any, tuple[Any, ...]], StandIn]] = {}
"""What makes the stand-in, with an attribute for each of some keys, of a dict."""


def standing_for(container: Any) -> StandIn:
    """Return a stand-in that holds what a container holds, whose keys are known."""
    with np.errstate(over="ignore"):  # hashes wrap around
        return STAND_INS[type(container)](container)
