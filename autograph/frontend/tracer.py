"""The tracer: the regions being traced, their journal, and the inputs found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import CellType
from typing import Any, NoReturn

import numpy as np

from autograph.errors import InternalError, Site
from autograph.frontend.completion import RAISE, THROW, Completion
from autograph.frontend.condition import Atom, Condition
from autograph.frontend.context import ProgramRaises, current_tracer, unsupported
from autograph.frontend.decisions import STATIC, UNROLL, Decisions, Restart
from autograph.frontend.facts import Facts, KnownInScope
from autograph.frontend.frames import user_site
from autograph.frontend.growing import FIXED_ITEM
from autograph.frontend.heap import is_heap, place_of
from autograph.frontend.implicit import implicit_error, told_error
from autograph.frontend.inputs import FIRST_ROOM, Held, Input, Room, Source
from autograph.frontend.journal import (
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
from autograph.frontend.memory_parts import in_one_memory, placed_in
from autograph.frontend.outside import Outside
from autograph.frontend.shared_memory import HasLayout, Memory, Start, part
from autograph.frontend.symbolic import Array, Cell, Number, constant_content
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value, building, symbol
from autograph.ir.types import ArrayType, scalar
from autograph.ops.control import check
from autograph.ops.reduction import all_


@dataclass(frozen=True)
class Consumer:
    """What runs at a `yield`.

    Attributes:
        block: Takes an item.
        handlers: What is caught around the block.
        handled: The exceptions that are being handled around it.
        inside: Whether its exceptions are raised in the generator.
    """

    block: Callable[[Any], Any]
    handlers: list[tuple[type[BaseException], ...]]
    handled: list[Any]
    inside: bool


class Tracer:
    """What one trace knows.

    Args:
        name: Name of the graph.
        decisions: What earlier attempts found necessary.
        arguments: Those of the traced call.

    Attributes:
        stack: The open regions, the entry graph first.
        frames: The places that running functions may write without notice: their variables.
        images: By condition atom of a loop's first iteration, what carried values are in it.
        seeds: By loop, the state that its last trace ended with.
        loops: By index symbol, the loop's place in the source, if it may be unrolled.
        printed: What is to be printed when the call ends.
        traces: How often the body of a loop was traced.
        handlers: The classes of exceptions that the `try` statements around this place catch.
        handled: The exceptions whose handlers are being traced.
        consumers: The blocks that run at a `yield` of the generators that are being traced.
        outside: What was found outside the traced function.
        has_breakpoint: Whether the program starts the debugger somewhere.
        parts: The handles of arrays that are parts of a shared memory, and the params that the
            arrays themselves are.
    """

    def __init__(self, name: str, decisions: Decisions, arguments: Sequence[Any] = ()) -> None:
        self.decisions = decisions
        self.arguments = arguments
        self.facts = Facts(decisions.refused, decisions.unbounded, stretches=decisions.stretches)
        self.stack: list[Scope] = []
        self.frames: list[Sequence[Place]] = []
        self.inputs: list[Input] = []
        self.outside = Outside(
            decisions, self.lift, self.number_input, lambda o: self.birth(o) is not None
        )
        self.images: dict[Atom, dict[Value, Any]] = {}
        self.seeds: dict[Any, Any] = {}
        self.loops: dict[Value, Any] = {}
        self.traces = 0
        self.handlers: list[tuple[type[BaseException], ...]] = []
        self.handled: list[Any] = []
        self.consumers: list[Consumer] = []
        self._pendings: list[BoxPlace] = []
        self.has_breakpoint = False
        self._rooms: dict[Any, Affine] = {}
        self.parts: list[tuple[Array, Value]] = []
        self._memories: dict[Memory, Cell] = {}
        self._arrays: dict[int, tuple[Any, Array]] = {}
        self._born: dict[int, tuple[Any, Scope]] = {}
        self._open: list[ExitStack] = []
        self._enter(Scope(None, Graph(name)))
        self.printed: list[Any] = self.mark_made([])

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
            if atom in scope.truths:
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
        for places in self.frames:
            for place in places:
                self.log(place)
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
        left = {key: (place, place.read()) for key, (place, _) in scope.log.items()}
        for place, before in scope.log.values():
            place.write(before)
        self._leave(scope)
        return {
            key: entry
            for key, entry in left.items()
            if not same_content(scope.log[key][1], entry[1])
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

    def abandon(self, depth: int) -> None:
        """Leave regions that an error stopped, as if they had never been."""
        while len(self.stack) > depth:
            self.pop(self.top)

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

    def mark_made(self, content: Any) -> Any:
        """Note that a list, dict, set or object was made in this region, and return it."""
        if is_heap(content):
            self.born(content)
        return content

    def log_variables(self, names: Sequence[str], cells: Sequence[CellType]) -> list[Place]:
        """Note the variables that a function may rebind, and return their places."""
        places: list[Place] = [VariablePlace(c, n) for n, c in zip(names, cells, strict=True)]
        for place in places:
            self.log(place)
        return places

    # ------------------------------------------------------------ buffers and checks

    def new_cell(self, value: Value) -> Cell:
        """Return a buffer made in this region."""
        return Cell(value, self.top)

    def write_cell(self, cell: Cell, value: Value) -> None:
        """Give a buffer new contents."""
        entry = next((i for i in self.inputs if i.cell is cell), None)
        if entry is not None and not entry.writeable:
            self.fail("ValueError: assignment destination is read-only")
        if cell.fixed:
            raise unsupported(FIXED_ITEM)
        self.write(BufferPlace(cell, entry.name if entry is not None else "array"), value)

    def check(self, condition: Value, message: str) -> None:
        """Emit a check: where it fails, the original Python runs instead.

        If the message names the class of an exception that the program may catch, the block is
        left by that exception instead.
        """
        known = constant_content(condition)
        if known is not None and known:
            return
        error = implicit_error(message) if self.handlers else None
        if error is not None and self.catches(error):
            axes = tuple(range(condition.ndim))
            whole = all_(condition, axes=axes) if axes else condition
            self.throw_unless(Condition(whole), lambda: error)
        else:
            check(condition, message=message)

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
        self.write(self.pending, self.mark_made(told_error(error)))
        return THROW

    def throw_unless(self, condition: Condition, error: Callable[[], Any]) -> None:
        """Leave the block by an exception where a condition does not hold; go on where it does."""
        away = self.push("leave", ~condition)
        self.write(self.pending, self.mark_made(error()))
        left = Region(away, Completion.of(THROW), self.pop(away))
        self.push("stay", condition).guard = (~condition, left, True)

    def fail(self, message: str) -> NoReturn:
        """End the block being traced: the program raises whenever it comes here."""
        raise ProgramRaises(message)

    def stop_for_debugger(self) -> NoReturn:
        """End the block being traced: whenever the program comes here, it runs as plain Python."""
        self.has_breakpoint = True
        self.fail("breakpoint")

    # ------------------------------------------------------------ inputs

    def lift(self, array: Any, source: Source | None = None) -> Array:
        """Return an ndarray found on the heap as a symbolic input."""
        first = self.outside.source_of(array)
        source = source or first or Held("array", array)
        self.outside.found(array, source)
        found = self._arrays.get(id(array))
        if found is None:
            found = (array, self._array_input(array, first or source))
            self._arrays[id(array)] = found
        return found[1]

    def compared(self, a: Any, b: Any) -> None:
        """Note that it matters whether two objects are the same."""
        self.outside.compared(self._source_of(a), self._source_of(b))

    def _source_of(self, x: Any) -> Source | None:
        if isinstance(x, Array):
            return next((entry.source for entry in self.inputs if entry.cell is x.cell), None)
        return self.outside.source_of(x)

    def _unique(self, name: str) -> str:
        taken = {i.name for i in self.inputs}
        if name not in taken:
            return name
        return next(f"{name}_{k}" for k in range(2, 1000) if f"{name}_{k}" not in taken)

    def _array_input(self, array: Any, source: Source) -> Array:
        if type(array) is not np.ndarray or array.dtype.kind not in "biufc":
            kind = f"{type(array).__name__} of dtype {array.dtype}"
            raise unsupported(f"'{source.name}' is an array that cannot be compiled: {kind}")
        name = self._unique(source.name)
        dims = []
        for axis, size in enumerate(array.shape):
            dim = symbol(f"{name}_{axis}")
            self.facts.enter(dim, size, is_size=True)
            dims.append(Affine.of(dim))
        value = Value(ArrayType(array.dtype.newbyteorder("="), tuple(dims)), None, name)
        shared = self.decisions.memory(source.path)
        if shared is not None:
            entry = Input(name, source, value, type(array), array.flags.writeable, None, array)
            self._add_input(entry)
            return self._part_of_memory(entry, *shared)
        cell = Cell(value, self.root, contiguous=array.flags.c_contiguous)
        self._add_input(Input(name, source, value, type(array), array.flags.writeable, cell, array))
        return Array(cell)

    def _part_of_memory(self, entry: Input, memory: Memory, sources: Sequence[Source]) -> Array:
        """Return the handle of an array that is taken as a part of a memory."""
        layout, starts = placed_in(entry, memory, sources, self.arguments)
        if memory not in self._memories:
            whole = memory.fetch(self.arguments)
            self._memories[memory] = self._array_input(whole, memory).cell
        self.outside.note(HasLayout(entry.source, memory, layout))
        forms = []
        for axis, start in enumerate(starts):
            name = f"{entry.source.name}_start_{axis}"
            number = self.number_input(start, Start(name, entry.source, memory, axis))
            assert number.form is not None
            self.facts.learn(number.form)
            forms.append(number.form)
        handle = part(self._memories[memory], layout, forms, entry.param.dims)
        self.parts.append((handle, entry.param))
        return handle

    def place_in_memory(self, cell: Cell) -> None:
        """Have an argument with gaps taken as a part of its memory, by starting the trace again.

        Raises:
            Restart: If its memory lies in row-major order.
            UnsupportedError: If it does not, or the argument is no part of it by slices.
        """
        entry = next((entry for entry in self.inputs if entry.cell is cell), None)
        if entry is None or isinstance(entry.source, Memory):
            raise unsupported("this array does not lie in row-major order; copy it first")
        raise in_one_memory([entry.source], self.arguments)

    def number_input(self, number: Any, source: Source) -> Number:
        """Return a Python or NumPy number as a symbolic input."""
        name = self._unique(source.name)
        value = Value(scalar(np.asarray(number).dtype), None, name)
        if value.dtype == np.int64:
            self.facts.enter(value, number, is_size=False)
        self._add_input(Input(name, source, value, type(number), writeable=False))
        return Number(number.dtype if isinstance(number, np.generic) else type(number), value)

    def room(self, key: Any) -> Affine:
        """Return how many items there is room for in a list that grows without a known bound."""
        if key not in self._rooms:
            value = Value(scalar(np.int64), None, self._unique("room"))
            source = Room("room", key, [FIRST_ROOM])
            self._add_input(Input(value.label, source, value, int, writeable=False))
            self.facts.enter_computed(value)
            self._rooms[key] = Affine.of(value)
        return self._rooms[key]

    def is_room(self, form: Affine) -> bool:
        """Return whether a form is the room of a list."""
        return form in self._rooms.values()

    def _add_input(self, entry: Input) -> None:
        self.inputs.append(entry)
        self.root.graph.params.append(entry.param)

    # ------------------------------------------------------------ values needed now

    def need_static(self, number: Any) -> Any:
        """Return the Python value of a number, or restart the trace so that it has one.

        Raises:
            Restart: If unrolling a loop, or taking an argument's value as known, provides it.
            UnsupportedError: If nothing does.
        """
        form = number.form
        if form is None:
            self._specialize([number.value()])
        else:
            form = self.facts.canonical(form)
            if form.constant is None:
                self._specialize(form.symbols)
                hint = self.facts.hint(form)
                if hint is None or not self.facts.assume_equal(form, hint):
                    raise self._not_static()
                return hint
            return form.constant
        raise self._not_static()

    def _specialize(self, values: Sequence[Value]) -> None:
        for value in values:
            if value in self.loops:
                raise Restart((UNROLL, self.loops[value]))
            for entry in self.inputs:
                if entry.param is value:
                    raise Restart((STATIC, entry.source.path))

    def _not_static(self) -> Exception:
        return unsupported(
            "a value that is known only when the program runs is needed here while the program "
            "is compiled (as a length, an axis, a position in a list or a Python number)"
        )


def tracer() -> Tracer:
    """Return the tracer in charge."""
    current: Any = current_tracer()
    assert isinstance(current, Tracer)
    return current
