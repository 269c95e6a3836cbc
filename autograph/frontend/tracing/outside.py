"""What a trace finds outside the traced function: arguments, globals, variables, what they hold.

Enters: an object and the source that it was read from. Leaves: what the traced program sees in its
place: a symbolic array or number, a container with such items, or the object itself. Whatever is
taken as known becomes a premise.

Numbers inside arguments are run-time values. Those that globals and closures hold are constants
until a call finds another number there; from then on they are run-time values too.
"""

from __future__ import annotations

import copy
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from autograph.frontend.numpy_api.library_objects import is_library_object
from autograph.frontend.symbols.context import unsupported
from autograph.frontend.symbols.decisions import (
    COLUMNS,
    DYNAMIC,
    STAND_IN,
    STATIC,
    Decisions,
    Restart,
)
from autograph.frontend.symbols.inputs import (
    Argument,
    Attribute,
    Held,
    Item,
    Plain,
    Source,
    plain_function,
)
from autograph.frontend.symbols.magnitude import is_long
from autograph.frontend.symbols.random_states import is_generator, state_owner
from autograph.frontend.symbols.staged import STAGED, Transformed, staged_form
from autograph.frontend.symbols.symbolic import Symbolic
from autograph.frontend.tracing.findings import Findings
from autograph.frontend.tracing.heap import content_of, is_object
from autograph.frontend.tracing.outside_kinds import (
    ALWAYS_REPLACED,
    CHANGING,
    VALUES,
    is_number,
    is_structured,
)
from autograph.frontend.tracing.premises import (
    HasKeys,
    HasLeaves,
    HasLength,
    HasType,
    IsEqual,
    IsLong,
    IsObject,
)
from autograph.frontend.tracing.snapshots import Snapshot
from autograph.frontend.tracing.stand_in import StandIn

MANY = 16
"""A sequence of more numbers than this is compared as a whole."""


class Outside(Findings):
    """The objects outside the function being traced.

    Args:
        decisions: Which numbers are constants and which are run-time values.
        lift: Makes an array an input of the graph.
        number_input: Makes a number an input of the graph.
        is_made: Returns whether an object was made by the traced program.
        stand_in: Returns an object of our own in the place of a container.

    Attributes:
        has_long: Whether an argument is or has an integer beyond 64 bits.
        lay_out: Returns what stands for a container whose items run-time values choose.
        of_library: Returns what stands for an object of a library.
    """

    lay_out: ClassVar[Callable[[Any, Source], Any]]
    of_library: ClassVar[Callable[[Any, Source], Any]]

    def __init__(
        self,
        decisions: Decisions,
        lift: Callable[[Any, Source], Any],
        number_input: Callable[[Any, Source], Any],
        is_made: Callable[[Any], bool],
        stand_in: Callable[[Any], Any],
    ) -> None:
        super().__init__(is_made)
        self.has_long = False
        self._decisions = decisions
        self._lift = lift
        self._stand_in = stand_in
        self._number_input = number_input
        self._seen: dict[int, Any] = {}
        self._parts: dict[int, tuple[Any, Source]] = {}
        self._exposed: dict[int, Any] = {}
        self._numbers: dict[Any, Any] = {}
        self._snapshots: list[Snapshot] = []

    # ------------------------------------------------------------ what the program sees

    def content(self, x: Any, source: Source) -> Any:
        """Return what the program sees of an object that was read from a source."""
        if isinstance(x, Symbolic) or self.is_made(x):
            return x
        if isinstance(x, np.ndarray):
            return self._lift(x, source)
        if is_long(x) and isinstance(source.root, Argument):
            self.has_long = True
            self.note(IsLong(source))
            return x
        if is_number(x):
            return self._number(x, source)
        if (COLUMNS, source.path) in self._decisions:
            return self._in_columns(x, source)
        if is_long(x) or isinstance(x, VALUES):
            self.note(IsEqual(source, copy.copy(x) if isinstance(x, CHANGING) else x))
            return self._changing(x, source) if isinstance(x, CHANGING) else x
        if isinstance(x, dict | tuple | list | deque):
            return self._container(x, source)
        return self._object(x, source)

    def _number(self, x: Any, source: Source) -> Any:
        path = source.path
        is_input = isinstance(source.root, Argument) or (DYNAMIC, path) in self._decisions
        if not is_input or (STATIC, path) in self._decisions:
            self.note(IsEqual(source, x))
            return x
        if path not in self._numbers:
            self._numbers[path] = self._number_input(x, source)
        return self._numbers[path]

    def _object(self, x: Any, source: Source) -> Any:
        if staged_form(x) is not None:
            self._staged(x, source)
        elif isinstance(plain_function(x), types.FunctionType):
            self._function(x, source)
        elif isinstance(x, types.MethodType):
            return self._method(x, source)
        elif hasattr(type(x), "__next__"):
            raise unsupported(
                f"'{source.name}' is an iterator, which every call would use up; pass a list"
            )
        elif is_structured(x):
            self.note(HasType(source, type(x)))
            self.found(x, source)
        elif is_generator(x):
            self._generator(x, source)
        elif is_library_object(x):
            return type(self).of_library(x, source)
        elif hasattr(x, "__cuda_array_interface__"):
            what = "an array on a CUDA device inside an object; pass it as an argument"
            raise unsupported(f"'{source.name}' is {what}")
        else:
            self.note(IsObject(source, x))
            self._origins.setdefault(id(x), (x, source))
        return x

    def _generator(self, x: Any, source: Source) -> None:
        """Note which kind of random bits a generator has; their state is read when it draws."""
        self.note(HasType(source, type(x)))
        self.found(x, source)
        owner, name = state_owner(x)
        if name is not None:
            self.note(HasType(Attribute(name, source, name), type(owner)))

    def _staged(self, x: Any, source: Source) -> None:
        """Note a transformed function: an argument is known by the transform and the function."""
        form = staged_form(x)
        self._origins.setdefault(id(x), (x, source))
        if not isinstance(form, Transformed) or not isinstance(source.root, Argument):
            self.note(IsObject(source, x))
            return
        place = Attribute(source.name, source, STAGED)
        self.note(IsEqual(Attribute(source.name, place, "transform"), form.transform))
        self.content(form.fn, Attribute(source.name, place, "fn"))

    # ------------------------------------------------------------ containers

    def _changing(self, x: Any, source: Source) -> Any:
        """Return what the program sees of an object that is known by a value that can change."""
        if not self.found(x, source):
            return self._seen[id(x)]
        made = copy.copy(x) if type(x) is set else x
        return self._replaced(x, made, source)

    def _replaced(self, x: Any, made: Any, source: Source) -> Any:
        """Note what stands for an object, so that changes of it are found in the end."""
        if type(x) in ALWAYS_REPLACED or (STAND_IN, source.path) in self._decisions:
            made = self._stand_in(made)
        self._seen[id(x)] = made
        return self._standing(x, made, source)

    def _standing(self, given: Any, made: Any, source: Source) -> Any:
        """Note where what the program sees as a container was found, and return it."""
        self._seen[id(made)] = made
        self._origins[id(made)] = (made, source)
        for part in vars(made).values() if isinstance(made, StandIn) else ():
            if type(part) is list:
                self._parts[id(part)] = (part, source)
        self._snapshots.append(Snapshot.of(source.name, given, made))
        return made

    def container_of(self, x: Any) -> Source | None:
        """Return where the container was found that a list or dict is, or is a part of."""
        found = self._parts.get(id(x))
        return found[1] if found is not None and found[0] is x else self.source_of(x)

    def _in_columns(self, x: Any, source: Source) -> Any:
        """Return a container whose items lie in columns."""
        if isinstance(x, tuple):
            return type(self).lay_out(x, source)
        if not self.found(x, source):
            return self._seen[id(x)]
        self._seen[id(x)] = made = type(self).lay_out(x, source)
        return self._standing(x, made, source)

    def _container(self, x: Any, source: Source) -> Any:
        """Return a container whose items are what the program sees.

        It is a copy: its numbers may be run-time values, and the program may change it.
        """
        self.note(HasType(source, type(x)))
        if isinstance(x, tuple):
            return tuple.__new__(type(x), self._items(x, source))
        if not self.found(x, source):
            return self._seen[id(x)]
        made = self._seen[id(x)] = copy.copy(x)
        keys = x if isinstance(x, dict) else range(len(x))
        for key, item in zip(keys, self._items(x, source), strict=True):
            made[key] = item
        return self._replaced(x, made, source)

    def _items(self, x: Any, source: Source) -> list[Any]:
        if isinstance(x, dict):
            self.note(HasKeys(source, tuple(x)))
            pairs: Iterator[tuple[Any, Any]] = iter(x.items())
        elif len(x) > MANY and all(is_number(i) or isinstance(i, str) for i in x):
            if not isinstance(source.root, Argument):
                self.note(HasLeaves(source, tuple(x)))
                return list(x)
            self.note(HasLength(source, len(x)))
            pairs = enumerate(x)
        else:
            self.note(HasLength(source, len(x)))
            pairs = enumerate(x)
        return [self._item(item, Item(f"{source.name}_{k}", source, k)) for k, item in pairs]

    def _item(self, x: Any, source: Source) -> Any:
        if isinstance(x, np.ndarray) and not isinstance(source.root, Argument):
            self.found(x, source)  # it becomes an input when the program uses it
            return x
        return self.content(x, source)

    def changed(self) -> list[tuple[Source, Any]]:
        """Return the lists and dicts that the program changed, each with where it was found.

        Raises:
            UnsupportedError: If it changed a container of another kind.
            Restart: If its columns should be inputs of the graph.
        """
        found: list[tuple[Source, Any]] = []
        for shot in self._snapshots:
            if not shot.has_changed:
                continue
            if type(shot.now) not in (list, dict, set) and not isinstance(shot.now, StandIn):
                raise unsupported(
                    f"changing the items of '{shot.name}', a {type(shot.now).__name__} from "
                    "outside the function, is not supported; return a new container"
                )
            source = self.source_of(shot.now)
            assert source is not None
            if shot.fits_columns and (COLUMNS, source.path) not in self._decisions:
                raise Restart((COLUMNS, source.path))  # or each size would bring a specialisation
            found.append((source, shot.now))
        return found

    def note_apart(self, changed: Iterable[Source]) -> None:
        """Note that containers which the program changes are no other ones that it reads."""
        for source in changed:
            for other in self.containers():
                self.compared(source, other)

    def containers(self) -> list[Source]:
        """Return where the lists, dicts and sets are that the program has seen."""
        found = [self.source_of(shot.now) for shot in self._snapshots]
        return [source for source in found if source is not None]

    def objects(self) -> list[Source]:
        """Return where the objects are that the program has seen."""
        return [source for x, source in self._origins.values() if is_object(x)]

    # ------------------------------------------------------------ functions and objects

    def _function(self, given: Any, source: Source) -> None:
        f, plain = plain_function(given), Plain(source.name, source, None)
        if not isinstance(source.root, Argument):
            self.note(IsObject(source, given))
            self._origins.setdefault(id(f), (f, plain if f is not given else source))
            return
        if self.found(f, plain):
            self.note(IsObject(Attribute("globals", plain, "__globals__"), f.__globals__))
            self.called(f)

    def called(self, f: types.FunctionType) -> tuple[Any, Any]:
        """Note what a function is made of, which is about to be traced.

        Returns:
            What the program sees of its defaults: those of parameters, and of keywords.
        """
        owner = self.source_of(f) or Held(f.__name__, f)
        self.note(IsObject(Attribute("code", owner, "__code__"), f.__code__))
        found = []
        for name in ("__defaults__", "__kwdefaults__"):
            defaults = getattr(f, name)
            source = Attribute(name.strip("_"), owner, name)
            if defaults is None:
                self.note(IsObject(source, None))
            found.append(None if defaults is None else self._defaults(defaults, source))
        return found[0], found[1]

    def _defaults(self, defaults: Any, source: Source) -> Any:
        """Return what the program sees of defaults: containers may change, and stay changed."""
        self._note_keys(defaults, source)
        is_dict = isinstance(defaults, dict)
        values = {}
        for k, x in defaults.items() if is_dict else enumerate(defaults):
            place = Item(f"{source.name}_{k}", source, k)
            if isinstance(x, list | dict | set | deque):
                values[k] = self.content(x, place)
            else:
                self._known(x, place)
                values[k] = x
        return values if is_dict else tuple(values.values())

    def _note_keys(self, x: Any, source: Source) -> None:
        """Take the type of a dict, tuple or list as known, and its keys or its length."""
        self.note(HasType(source, type(x)))
        self.note(HasKeys(source, tuple(x)) if isinstance(x, dict) else HasLength(source, len(x)))

    def _known(self, x: Any, source: Source) -> None:
        """Take an object as known; numbers inside it stay constants."""
        if is_number(x) or isinstance(x, VALUES):
            self.note(IsEqual(source, copy.copy(x)))
        elif isinstance(x, dict | tuple | list):
            self._note_keys(x, source)
            pairs = x.items() if isinstance(x, dict) else enumerate(x)
            for k, item in pairs:
                self._known(item, Item(f"{source.name}_{k}", source, k))
        elif isinstance(x, np.ndarray):
            self.found(x, source)
        else:
            self._object(x, source)

    def expose(self, *contents: Any) -> None:
        """Take objects as known as a whole: code that is not converted is about to see them.

        Raises:
            UnsupportedError: If an object holds arrays, whose elements change from call to call.
        """
        for x in contents:
            source = self.source_of(x)
            if is_generator(x):
                raise unsupported(
                    "a generator of random numbers is used where only its methods can be; draw "
                    "the numbers first"
                )
            if isinstance(x, tuple):
                self.expose(*x)
            elif is_structured(x) and source is not None and id(x) not in self._exposed:
                self._exposed[id(x)] = x
                self.note(IsObject(source, x))
                for name, value in content_of(x).items():
                    if isinstance(value, np.ndarray):
                        raise unsupported(
                            f"a {type(x).__name__}, which holds the array '{name}', is used where "
                            "only its attributes can be; use the attributes"
                        )
                    self._known(value, Attribute(name, source, name))
                    self.expose(value)

    def _method(self, method: types.MethodType, source: Source) -> types.MethodType:
        function = Attribute(source.name, source, "__func__")
        self.note(IsObject(function, method.__func__))
        owner = method.__self__
        if self.source_of(owner) is None and not self.is_made(owner):
            self.content(owner, Attribute("self", source, "__self__"))
        return method

    def attribute(self, o: Any, name: str, value: Any) -> Any:
        """Return what the program sees of an attribute of an object."""
        owner = self.source_of(o)
        if isinstance(value, types.BuiltinMethodType) and value.__self__ is o:
            return value  # the type of the object says what it is
        if owner is None:
            owner = Held(name, o)
        return self.content(value, Attribute(name, owner, name))
