"""Objects of the program that can change: lists, dicts, sets, and instances of Python classes.

Enters: an object. Leaves: the place of its content, which regions save and restore, and an empty
object of the same class to be filled with a content.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.random_states import bits_of, is_generator, is_new, new_generator
from autograph.frontend.symbols.random_states import kinds as generators
from autograph.frontend.tracing.journal import Items, Place
from autograph.frontend.tracing.pools import NO_POOLS, Pools, Row
from autograph.frontend.tracing.stand_in import StandIn


class ListPlace(Place, frozen=True, eq=False):
    """The items of a list."""

    owner: list[Any]

    def read(self) -> Any:
        """Return the content."""
        content = Elements(self.owner)
        content.owner = self.owner
        return content

    def write(self, content: Any) -> None:
        """Replace the content."""
        self.owner[:] = content


class Elements(tuple[Any, ...]):
    """The content of a list, apart from the list.

    Attributes:
        owner: The list, if the content was read from one.
    """

    owner: list[Any] | None = None


class DictPlace(Place, frozen=True, eq=False):
    """The items of a dict."""

    owner: dict[Any, Any]

    def read(self) -> Any:
        """Return the content."""
        return Keyed(self.owner).of(self.owner)

    def write(self, content: Any) -> None:
        """Replace the content."""
        self.owner.clear()
        self.owner.update(content)


class Keyed(Items):
    """The content of a dict or set, apart from it: all its keys are always there.

    Attributes:
        owner: The dict or set, if it was read from one.
    """

    owner: Any = None

    def of(self, owner: Any) -> Keyed:
        """Return the content, after noting what it was read from."""
        self.owner = owner
        return self


class SetPlace(Place, frozen=True, eq=False):
    """The elements of a set, as the keys of items."""

    owner: set[Any]

    def read(self) -> Any:
        """Return the content."""
        return Keyed((key, None) for key in self.owner).of(self.owner)

    def write(self, content: Any) -> None:
        """Replace the content."""
        self.owner.clear()
        self.owner.update(content)


class AttributesPlace(Place, frozen=True, eq=False):
    """The attributes of an object."""

    def read(self) -> Any:
        """Return the content."""
        found = Items(getattr(self.owner, "__dict__", {}))
        for name in slots_of(type(self.owner)):
            try:
                found[name] = object.__getattribute__(self.owner, name)
            except AttributeError:
                continue
        return found

    def write(self, content: Any) -> None:
        """Replace the content."""
        slots = slots_of(type(self.owner))
        for name in slots:
            if name in content:
                object.__setattr__(self.owner, name, content[name])
            elif hasattr(self.owner, name):
                object.__delattr__(self.owner, name)
        attributes = getattr(self.owner, "__dict__", None)
        if attributes is not None:
            attributes.clear()
            attributes.update((k, x) for k, x in content.items() if k not in slots)


class RowPlace(Place, frozen=True, eq=False):
    """The attributes of an object in a pool; it is the pool that changes."""

    owner: Row

    def read(self) -> Any:
        """Return the content."""
        return self.owner.attributes()


class GeneratorPlace(Place, frozen=True, eq=False):
    """The state of a generator that the program made."""

    def read(self) -> Any:
        """Return the content."""
        found = bits_of(self.owner).content if is_new(self.owner) else None
        return Items() if found is None else Items({"state": found})

    def write(self, content: Any) -> None:
        """Replace the content."""
        bits_of(self.owner).content = content.get("state")


CAUSE = "__cause__"


class ErrorPlace(AttributesPlace, frozen=True, eq=False):
    """The arguments, the cause and the attributes of an exception."""

    owner: BaseException

    def read(self) -> Any:
        """Return the content."""
        cause = self.owner.__cause__
        given = {"args": arguments_of(self.owner)}
        given |= {} if cause is None else {CAUSE: cause}
        return Items({**super().read(), **given})

    def write(self, content: Any) -> None:
        """Replace the content."""
        rest = dict(content)
        args, self.owner.__cause__ = rest.pop("args"), rest.pop(CAUSE, None)
        self.owner.args = args if isinstance(args, tuple) else (_OneOf(args),)
        super().write(rest)


class _OneOf(Struct, frozen=True, eq=False):
    """One of several tuples of arguments: an exception can hold it only as an argument."""

    content: Any


def arguments_of(error: BaseException) -> Any:
    """Return the arguments of an exception: a tuple, or what is one of several."""
    args = error.args
    return args[0].content if len(args) == 1 and isinstance(args[0], _OneOf) else args


T = TypeVar("T")

LIBRARIES = ("autograph", "numpy", "scipy", "functools", "itertools", "contextlib", "re", "inspect")
"""Modules whose objects are taken not to change."""

PLACES: dict[type, type[Place]] = {list: ListPlace, dict: DictPlace, set: SetPlace}


def _remembered(f: Callable[[type], T]) -> Callable[[type], T]:
    """Return a function of classes that looks at each of them once."""
    known: WeakKeyDictionary[type, T] = WeakKeyDictionary()

    def look_up(kind: type) -> T:
        if kind not in known:
            known[kind] = f(kind)
        return known[kind]

    return look_up


@_remembered
def slots_of(kind: type) -> frozenset[str]:
    """Return the names of the attributes that a class keeps in slots."""
    return frozenset(
        name
        for base in kind.__mro__
        for name, member in vars(base).items()
        if isinstance(member, types.MemberDescriptorType) and not name.startswith("__")
    )


@_remembered
def is_plain_class(kind: type) -> bool:
    """Return whether instances of a class are made of their attributes and nothing else."""
    if issubclass(kind, StandIn):
        return True
    library = (kind.__module__ or "").partition(".")[0] in LIBRARIES
    if (
        library
        or issubclass(kind, generators())
        or issubclass(kind, type | enum.Enum)
        or kind is object
    ):
        return False
    if kind is types.SimpleNamespace or issubclass(kind, BaseException):
        return True
    try:
        made = object.__new__(kind)
    except TypeError:
        return False
    return hasattr(made, "__dict__") or bool(slots_of(kind))


def method_of(x: Any, *names: str) -> types.FunctionType | None:
    """Return the first of some methods that the class of an object defines in Python."""
    for name in names if is_object(x) else ():
        found = next((vars(c)[name] for c in type(x).__mro__ if name in vars(c)), None)
        if isinstance(found, types.FunctionType):
            return found
    return None


def is_object(x: Any) -> bool:
    """Return whether `x` is an instance of a Python class, made of its attributes."""
    return is_plain_class(type(x))


def is_heap(x: Any) -> bool:
    """Return whether `x` is a list, dict, set or object: known by identity, with a content."""
    if type(x) in PLACES or isinstance(x, BaseException) or is_generator(x):
        return True
    return is_plain_class(type(x))


def place_of(owner: Any) -> Place | None:
    """Return the place of what an object contains, None for what cannot change."""
    kind = type(owner)
    if kind in PLACES:
        return PLACES[kind](owner, kind.__name__)
    if is_generator(owner):
        return GeneratorPlace(owner, kind.__name__)
    if isinstance(owner, BaseException):
        return ErrorPlace(owner, kind.__name__)
    if not is_plain_class(kind):
        return None
    row = current_pools().row_of(owner)
    return AttributesPlace(owner, kind.__name__) if row is None else RowPlace(row, kind.__name__)


def current_pools() -> Pools:
    """Return the pools of the current trace."""
    try:
        trace: Any = current_tracer()
    except LookupError:
        return NO_POOLS
    pools: Pools = trace.pools
    return pools


def content_of(owner: Any) -> Any:
    """Return what a list, dict, set or object contains."""
    place = place_of(owner)
    assert place is not None
    return place.read()


def empty_object(kind: type) -> Any:
    """Return a new object without content."""
    if kind in PLACES or kind is types.SimpleNamespace:
        return kind()
    if issubclass(kind, BaseException):
        return kind.__new__(kind)
    if issubclass(kind, generators()):
        return new_generator(kind)
    return object.__new__(kind)
