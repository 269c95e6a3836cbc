"""Where the inputs of a graph come from when the compiled function is called.

A source is a place outside the traced function: an argument or an object that is held on to, and
the steps from there: attributes, items, variables of functions. Its text is the Python expression
that reads it, of which the code that prepares a call is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CellType, MethodType
from typing import Any

from msgspec import Struct, field

from autograph.frontend.symbols.symbolic import Cell
from autograph.ir.graph import Value
from autograph.ops.generator_state import fresh_state, read_state
from autograph.ops.held_objects import hold, new_scope

Path = tuple[Any, ...]

WRAPPED = "__autograph_wrapped__"
"""The attribute of a compiled function that holds the plain one."""

FIRST_ROOM = 64
"""How many items a list that grows without a known bound has room for at first."""


class Names(Struct):
    """The objects that generated code refers to, by the names that it calls them.

    Attributes:
        objects: The objects; in generated code, the globals.
    """

    objects: dict[str, Any] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def of(self, thing: Any) -> str:
        """Return the name of an object."""
        if id(thing) not in self._names:
            name = f"k{len(self._names)}"
            self._names[id(thing)], self.objects[name] = name, thing
        return self._names[id(thing)]


def parameter(position: int) -> str:
    """Return what generated code calls an argument."""
    return f"a{position}"


class Source(Struct, frozen=True, eq=False):
    """A place outside the traced function that a value is read from.

    Attributes:
        name: What messages and the graph call it.
    """

    name: str

    @property
    def path(self) -> Path:
        """What identifies it in the decision table; equal for equal places."""
        raise NotImplementedError

    @property
    def root(self) -> Source:
        """The argument or held object that it starts from."""
        return self

    def text(self, names: Names) -> str:
        """Return the expression that reads it, where `a0`, `a1`, ... are the arguments."""
        raise NotImplementedError

    def fetch(self, arguments: Sequence[Any]) -> Any:
        """Return the value for a call with these arguments, one for each parameter.

        Raises:
            Exception: What reading a place that is not there any more raises.
        """
        names = Names({parameter(k): x for k, x in enumerate(arguments)})
        return eval(self.text(names), names.objects)


class Argument(Source, frozen=True, eq=False):
    """An argument, by its position among the parameters."""

    position: int

    @property
    def path(self) -> Path:
        """What identifies it."""
        return (self.position,)

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return parameter(self.position)


class Held(Source, frozen=True, eq=False):
    """A certain object, which is held on to."""

    content: Any

    @property
    def path(self) -> Path:
        """What identifies it."""
        return ("held", id(self.content))

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return names.of(self.content)


class Step(Source, frozen=True, eq=False):
    """A place inside what another source gives."""

    owner: Source
    key: Any

    @property
    def path(self) -> Path:
        """What identifies it."""
        return (*self.owner.path, type(self).__name__, self.key)

    @property
    def root(self) -> Source:
        """The argument or held object that it starts from."""
        return self.owner.root


class Attribute(Step, frozen=True, eq=False):
    """An attribute."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        owner = self.owner.text(names)
        if self.key.isidentifier():
            return f"{owner}.{self.key}"
        return f"{names.of(getattr)}({owner}, {self.key!r})"


class GeneratorState(Step, frozen=True, eq=False):
    """The state of a generator of random numbers, an array."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(read_state)}({self.owner.text(names)})"


class FreshState(Held, frozen=True, eq=False):
    """The state of a generator that the system seeds anew for each call."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(fresh_state)}()"


class HeldTicket(Step, frozen=True, eq=False):
    """The ticket of an object of a library, an array."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(hold)}({self.owner.text(names)})"


def is_square(matrix: Any) -> bool:
    """Return whether a matrix has as many rows as columns."""
    rows, columns = matrix.shape
    return bool(rows == columns)


class Squareness(Step, frozen=True, eq=False):
    """Whether a matrix is square."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(is_square)}({self.owner.text(names)})"


class NewScope(Held, frozen=True, eq=False):
    """The ticket of what keeps the objects that a call makes, an array."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(new_scope)}()"


class Room(Source, frozen=True, eq=False):
    """How many items there is room for in a list that grows without a known bound.

    Attributes:
        key: What tells it apart from other rooms.
        sizes: What it was so far, what it is now last; it grows when a call needs more.
        number: Its number among the rooms of a program.
    """

    key: Any
    sizes: list[int]
    number: int

    @property
    def path(self) -> Path:
        """What identifies it."""
        return ("room", self.key)

    @property
    def size(self) -> int:
        """The room."""
        return self.sizes[-1]

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(self.sizes)}[-1]"

    def enlarge(self) -> None:
        """Make room for more items."""
        self.sizes.append(4 * self.size)


class Item(Step, frozen=True, eq=False):
    """An item of a tuple, list or dict, or a global variable: an item of its namespace."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        key = repr(self.key) if type(self.key) in (int, str) else names.of(self.key)
        return f"{self.owner.text(names)}[{key}]"


class Plain(Step, frozen=True, eq=False):
    """The plain function of what may be a compiled one."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{names.of(plain_function)}({self.owner.text(names)})"


class FunctionVariable(Step, frozen=True, eq=False):
    """A variable of a function around the one that a source gives, by its position."""

    def text(self, names: Names) -> str:
        """Return the expression that reads it."""
        return f"{self.owner.text(names)}.__closure__[{self.key}].cell_contents"


def plain_function(f: Any) -> Any:
    """Return the plain function of a compiled one, anything else as it is."""
    return f if isinstance(f, MethodType) else getattr(f, WRAPPED, f)


def variable(name: str, cell: CellType) -> Source:
    """Return the source of a variable of a function that is not converted."""
    return Attribute(name, Held(name, cell), "cell_contents")


def global_variable(name: str, namespace: dict[str, Any]) -> Source:
    """Return the source of a global variable."""
    return Item(name, Held("globals", namespace), name)


class Input(Struct, frozen=True, eq=False):
    """A param of the entry graph.

    Attributes:
        name: Its name.
        source: Where it comes from.
        param: The graph's value.
        kind: The type of what the traced call passed.
        writeable: Whether the traced array may be written.
        cell: The buffer of an array; only while tracing.
        example: What the traced call passed; only while tracing.
    """

    name: str
    source: Source
    param: Value
    kind: type
    writeable: bool
    cell: Cell | None = None
    example: Any = None
