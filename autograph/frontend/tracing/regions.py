"""The regions that are being traced: what is known in them, what they change, how they are left.

Enters: blocks to trace, changes of places, exceptions. Leaves: for each region that ends, the
contents that it left where; while it is open, which exceptions something around it may catch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import CellType
from typing import Any

from msgspec import Struct, field

from autograph.errors import InternalError, Site, UnsupportedError
from autograph.frontend.symbols.completion import RAISE, THROW, Completion
from autograph.frontend.symbols.condition import Atom, Condition
from autograph.frontend.symbols.facts import Facts
from autograph.frontend.symbols.frames import traced_site, user_site
from autograph.frontend.symbols.implicit import told_error, untold_error
from autograph.frontend.symbols.known import KnownInScope
from autograph.frontend.symbols.symbolic import Cell
from autograph.frontend.tracing.heap import PLACES, is_heap, place_of
from autograph.frontend.tracing.journal import (
    Box,
    BoxPlace,
    BufferPlace,
    Changes,
    Place,
    Region,
    Scope,
    VariablePlace,
    same_content,
)
from autograph.frontend.tracing.stand_in import is_told_apart
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value, building


class Consumer(Struct, frozen=True):
    """What runs at a `yield`.

    Attributes:
        block: Takes an item.
        function: What the generator that yields is a call of.
        depth: How many regions were open when it started.
        handlers: What is caught around the block.
        handled: The exceptions that are being handled around it.
        inside: Whether its exceptions are raised in the generator.
    """

    block: Callable[[Any], Any]
    function: Any
    depth: int
    handlers: list[tuple[type[BaseException], ...]]
    handled: list[Any]
    inside: bool


class Step(Struct):
    """A generator that runs until it yields, instead of what would consume its items.

    Attributes:
        generator: The generator.
        function: What it is a call of.
        depth: How many regions were open when it was taken up.
        where: Where it stood.
        item: Where the item is put.
        sent: What the `yield` at which it is taken up gives.
        thrown: What that raises.
        cells: Its variables in this run.
    """

    generator: Any
    function: Any
    depth: int
    where: Any
    item: BoxPlace
    sent: Any = None
    thrown: BaseException | None = None
    cells: dict[str, CellType] = field(default_factory=dict)


class Regions:
    """The open regions and the journal of their changes.

    Args:
        name: Name of the entry graph.
        facts: What is known of integers.

    Attributes:
        stack: The open regions, the entry graph first.
        frames: The places that running functions may write without notice: their variables.
        handlers: The classes of exceptions that the `try` statements around this place catch.
        handled: The exceptions whose handlers are being traced.
        definitions: How many definitions of NumPy's functions this place is in: NumPy's own
            exceptions have other texts than theirs.
        consumers: For the generators that are being traced, what happens at a `yield`.
    """

    def __init__(self, name: str, facts: Facts) -> None:
        self.facts = facts
        self.stack: list[Scope] = []
        self.frames: list[Sequence[Place]] = []
        self.handlers: list[tuple[type[BaseException], ...]] = []
        self.handled: list[Any] = []
        self.definitions = 0
        self.consumers: list[Consumer | Step] = []
        self._pendings: list[BoxPlace] = []
        self._born: dict[int, tuple[Any, Scope]] = {}
        self._made_at: dict[int, tuple[Any, Any]] = {}
        self._open: list[ExitStack] = []
        self._enter(Scope(None, Graph(name)))

    # ------------------------------------------------------------ where we are

    @property
    def top(self) -> Scope:
        """The region being traced."""
        return self.stack[-1]

    @property
    def root(self) -> Scope:
        """The entry graph's region."""
        return self.stack[0]

    @property
    def hints(self) -> dict[Value, int]:
        """Sizes and integer arguments of the traced call."""
        return self.facts.hints

    @property
    def site(self) -> Site | None:
        """The user's line that runs."""
        return user_site()

    def truth_of(self, atom: Atom) -> bool | None:
        """Return the truth of an atom, if a branch around this place decided it."""
        for scope in reversed(self.stack):
            if scope.truths and atom in scope.truths:  # hashing a conjunction takes long
                return scope.truths[atom]
        return None

    # ------------------------------------------------------------ regions

    def _enter(self, scope: Scope) -> None:
        self.stack.append(scope)
        opened = ExitStack()
        opened.enter_context(building(scope.graph))
        self._open.append(opened)
        self.facts.push(scope.known)

    def _leave(self, scope: Scope) -> None:
        if self.stack.pop() is not scope:
            raise InternalError("regions end in the wrong order")
        self._open.pop().close()
        self.facts.pop()

    def push(self, name: str, condition: Condition | None = None) -> Scope:
        """Start a region, in which a condition holds."""
        scope = Scope(self.top, Graph(name), known=KnownInScope())
        self._enter(scope)
        if condition is not None:
            self.learn(condition)
        log = scope.log
        for places in self.frames:
            for place in places:  # none of them was made in this region
                if (key := place.key) not in log:
                    log[key] = (place, place.read())
        return scope

    def learn(self, condition: Condition) -> None:
        """Take a condition as true from here to the end of the region."""
        for atom, truth in condition.consequences():
            self.top.truths[atom] = truth
            if isinstance(atom, Value):
                self.facts.learn_condition(atom, truth)
            elif isinstance(atom, Affine):
                self.facts.learn(atom - 1 if truth else -atom)

    def pop(self, scope: Scope) -> Changes:
        """End a region: put back what it changed, and return what it left where."""
        changed = [
            (key, place, before, now)
            for key, (place, before) in scope.log.items()
            if (now := place.read()) is not before
        ]
        for _, place, before, _ in changed:
            place.write(before)
        self._leave(scope)
        return {
            key: (place, now)
            for key, place, before, now in changed
            if not same_content(before, now)
        }

    def reopen(self, scope: Scope, changes: Changes) -> None:
        """Take up a region again where it ended."""
        self._enter(scope)
        for place, content in changes.values():
            place.write(content)

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """Emit into a region that has ended."""
        self._enter(scope)
        try:
            yield
        finally:
            self._leave(scope)

    @contextmanager
    def at_entry(self) -> Iterator[None]:
        """Emit into the entry graph, where the results can be seen from everywhere."""
        with building(self.root.graph), self.facts.at_entry():
            yield

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Leave, if a refusal ends it, the regions entered inside, as if they had never been."""
        depth = len(self.stack)
        try:
            yield
        except UnsupportedError:
            while len(self.stack) > depth:
                self.pop(self.top)
            raise

    def unwind(self) -> None:
        """Put back everything that any open region changed."""
        for scope in reversed(self.stack):
            for place, before in scope.log.values():
                place.write(before)
        while self._open:
            self._open.pop().close()

    # ------------------------------------------------------------ the journal

    def log(self, place: Place) -> None:
        """Note the content of a place that this region is about to change."""
        if place.key in self.top.log:
            return
        owner = place.owner
        birth = owner.birth if isinstance(owner, Cell) else self.birth(owner)
        if birth is None or not birth.within(self.top):
            self.top.log[place.key] = (place, place.read())

    def is_alive(self, place: Place) -> bool:
        """Return whether a place is a variable of a running function, or a buffer made around here.

        Of lists and dicts that is not known.
        """
        if isinstance(place, BufferPlace):
            return self.top.within(place.owner.birth)
        if place in self._pendings:
            return True
        return any(place.key == other.key for places in self.frames for other in places)

    def birth(self, owner: Any) -> Scope | None:
        """Return the region that something was made in, None if it was there before."""
        born = self._born.get(id(owner))
        return born[1] if born is not None and born[0] is owner else None

    def born(self, owner: Any, scope: Scope | None = None) -> None:
        """Note that a variable or box was made in a region, this one unless told: its own."""
        self._born[id(owner)] = (owner, scope or self.top)

    def write(self, place: Place, content: Any) -> None:
        """Change the content of a place."""
        self.log(place)
        place.write(content)

    def log_object(self, owner: Any) -> None:
        """Note the content of a list, dict, set or object that is about to change."""
        place = place_of(owner)
        if place is not None:
            self.log(place)

    def mark_made(self, content: Any, origin: Any = None) -> Any:
        """Note that a list, dict, set or object was made in this region, and return it.

        Args:
            content: What was made; anything else is let pass.
            origin: Where it was made, if not here.
        """
        if is_heap(content):
            self.born(content)
            if type(content) in PLACES or is_told_apart(type(content)):
                here = self.site if type(content) in (dict, set) else traced_site()
                self._made_at[id(content)] = (content, origin or here)
        return content

    def made_at(self, owner: Any) -> Any:
        """Return the place in the source where a list, dict or set was made, None if not here."""
        found = self._made_at.get(id(owner))
        return found[1] if found is not None and found[0] is owner else None

    def log_variables(self, names: Sequence[str], cells: Sequence[CellType]) -> list[Place]:
        """Note the variables that a function may rebind, and return their places."""
        places: list[Place] = [VariablePlace(c, n) for n, c in zip(names, cells, strict=True)]
        for place in places:
            self.log(place)
        return places

    # ------------------------------------------------------------ exceptions

    @property
    def pending(self) -> BoxPlace:
        """Where an exception is kept on its way to its handler: outside a generator, or inside."""
        while len(self._pendings) <= len(self.consumers):
            self._pendings.append(BoxPlace(Box(), "the exception"))
        return self._pendings[len(self.consumers)]

    @contextmanager
    def catching(self, *kinds: type[BaseException]) -> Iterator[None]:
        """Be inside a `try` that catches exceptions of these classes."""
        self.handlers.append(kinds)
        try:
            yield
        finally:
            self.handlers.pop()

    def catches(self, error: BaseException | type[BaseException]) -> bool:
        """Return whether a `try` around this place may catch an exception."""
        kind = error if isinstance(error, type) else type(error)
        return any(issubclass(kind, kinds) for kinds in self.handlers)

    def throw(self, error: BaseException | None) -> int:
        """Return the code with which the program raises; an exception to be caught is kept."""
        if error is None or not self.catches(error):
            return RAISE
        self.write(self.pending, self.mark_made(self.as_seen(told_error(error))))
        return THROW

    def tells(self, kind: type[BaseException]) -> bool:
        """Return whether the program may see the text of such an exception that is raised here."""
        return not self.definitions and self.catches(kind)

    @contextmanager
    def within_definition(self) -> Iterator[None]:
        """Be inside of what a function of NumPy is defined as: its exceptions are not told."""
        self.definitions += 1
        try:
            yield
        finally:
            self.definitions -= 1

    def as_seen(self, error: Any) -> Any:
        """Return an exception that is raised here as the program sees it."""
        if not self.definitions or not isinstance(error, BaseException):
            return error
        return self.mark_made(untold_error(type(error)))

    def throw_unless(self, condition: Condition, error: Callable[[], Any]) -> None:
        """Leave the block by an exception where a condition does not hold; go on where it does."""
        away = self.push("leave", ~condition)
        self.write(self.pending, self.mark_made(self.as_seen(error())))
        left = Region(away, Completion.of(THROW), self.pop(away))
        self.push("stay", condition).guard = (~condition, left, True)
