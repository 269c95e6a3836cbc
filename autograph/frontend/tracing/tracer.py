"""The tracer: the regions being traced, their journal, and the inputs found on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from autograph.errors import Site
from autograph.frontend.symbols.condition import Atom, Condition
from autograph.frontend.symbols.context import current_tracer, unsupported
from autograph.frontend.symbols.decisions import (
    STATIC,
    UNROLL,
    UNTOLD,
    Decisions,
    Restart,
)
from autograph.frontend.symbols.facts import Facts
from autograph.frontend.symbols.floating_errors import FloatingErrors
from autograph.frontend.symbols.frames import is_of_container
from autograph.frontend.symbols.implicit import implicit_error, is_told, kind_of_message
from autograph.frontend.symbols.inputs import (
    FIRST_ROOM,
    Attribute,
    FreshState,
    GeneratorState,
    Held,
    Input,
    Room,
    Source,
)
from autograph.frontend.symbols.promotion import instead_of, is_supported
from autograph.frontend.symbols.random_states import (
    bits_of,
    is_new,
    new_generator,
    state_owner,
)
from autograph.frontend.symbols.symbolic import Array, Cell, Number, constant_content
from autograph.frontend.tracing.buffers import Buffers
from autograph.frontend.tracing.heap import content_of, is_heap, place_of
from autograph.frontend.tracing.journal import (
    Box,
    BoxPlace,
    Items,
    Scope,
)
from autograph.frontend.tracing.memory_parts import in_one_memory, placed_in
from autograph.frontend.tracing.outer_variables import OuterVariables
from autograph.frontend.tracing.outside import Outside
from autograph.frontend.tracing.shared_memory import HasLayout, Memory, Start, part
from autograph.frontend.tracing.stand_in import StandIn, standing_for
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.types import ArrayType, scalar
from autograph.ops.control import check
from autograph.ops.generator_state import fresh_state, has_state, read_state
from autograph.ops.reduction import all_


class Tracer(Buffers):
    """What one trace knows.

    Args:
        name: Name of the graph.
        decisions: What earlier attempts found necessary.
        arguments: Those of the traced call.

    Attributes:
        images: By condition atom of a loop's first iteration, what carried values are in it.
        seeds: By loop, and the calls that lead to it, what its last traces ended with.
        loops: By index symbol, the loop's place in the source, if it may be unrolled.
        lengths: By index symbol, the number of iterations of such a loop.
        generator_functions: Generator functions that were called, and functions made in them.
        stepped: Places of loops over iterators that were found to depend on run-time values.
        adopted: Objects from outside that the program changes, with their attributes at first.
        generators: The generators of random numbers from outside that the program draws from, or
            the objects that have their states: where they were found, and the states.
        suspended: How many generators stand where something has to run when they are dropped.
        suspended_at: Where the last of them stopped.
        printed: What is to be printed when the call ends.
        order: How often what is traced now will be differentiated.
        kept_results: By cached function and known arguments, what it returned, and the region that
            this was computed in.
        classes: By place, the classes that the program has defined there.
        repeated_classes: Those of them that were defined again.
        compared_classes: Those of them of which the program asks whether something is of them.
        memories: By cached function and kinds of arguments, what stands for its cache, and the
            region that this belongs to.
        activations: The calls of functions that are being traced, outer ones first.
        routines: The functions among them that call themselves when the program runs.
        traces: How often the body of a loop was traced.
        outside: What was found outside the traced function.
        variables: The variables outside that the program rebinds.
        has_changed_items: Whether items of a list of unknown length were changed in place.
        library_objects: What is known of the objects of libraries that the program uses.
        floating_errors: Which floating-point errors raise here.
        entry_modes: How NumPy treats floating-point errors when the call begins.
        error_modes: How it does here.
        has_breakpoint: Whether the program starts the debugger somewhere.
        lifted: The arrays found outside, each as often as the program came upon it.
        parts: The handles of arrays that are parts of a shared memory, and the params that the
            arrays themselves are.
    """

    def __init__(self, name: str, decisions: Decisions, arguments: Sequence[Any] = ()) -> None:
        facts = Facts(decisions.refused, decisions.unbounded, stretches=decisions.stretches)
        super().__init__(name, facts, decisions)
        self.arguments = arguments
        self.outside = Outside(
            decisions,
            self.lift,
            self.number_input,
            lambda o: self.birth(o) is not None,
            self.stand_in,
        )
        self.images: dict[Atom, dict[Value, Any]] = {}
        self.seeds: dict[Any, Any] = {}
        self.loops: dict[Value, Any] = {}
        self.lengths: dict[Value, Affine | None] = {}
        self.generator_functions: dict[Any, Any] = {}
        self.kept_results: dict[Any, tuple[Any, Scope, Any]] = {}
        self.classes: dict[Any, list[type]] = {}
        self.repeated_classes: set[type] = set()
        self.compared_classes: set[type] = set()
        self.stepped: set[Any] = set()
        self.activations: list[Any] = []
        self.memories: dict[tuple[int, Any], tuple[Any, StandIn, Scope]] = {}
        self.routines: list[Any] = []
        self.traces = 0
        self.floating_errors = FloatingErrors()
        self.entry_modes: tuple[str, ...] = tuple(map(str, np.geterr().values()))
        self.error_modes = BoxPlace(Box(self.entry_modes), "the treatment of errors")
        self.has_breakpoint = False
        self.has_changed_items = False
        self._rooms: dict[Any, Affine] = {}
        self.parts: list[tuple[Array, Value]] = []
        self._memories: dict[Memory, Cell] = {}
        self._of_containers: dict[int, Any] = {}
        self._arrays: dict[int, tuple[Any, Array]] = {}
        self.lifted: list[Cell] = []
        self.printed: list[Any] = self.mark_made([])
        self.order = 0
        self.adopted: dict[int, tuple[Any, Items]] = {}
        self.generators: dict[int, tuple[Any, Source, Array]] = {}
        self._fresh: Any = None
        self.library_objects: Any = None
        self.suspended = BoxPlace(Box(0), "suspended generators")
        self.suspended_at: Site | None = None
        self.variables = OuterVariables(
            self.outside, decisions, lambda holder: self.born(holder, self.root)
        )

    # ------------------------------------------------------------ checks

    def check(self, condition: Value, message: str) -> None:
        """Emit a check: where it fails, the original Python runs instead.

        If the message names the class of an exception that the program may catch, the block is
        left by that exception instead.
        """
        known = constant_content(condition)
        if known is not None and known:
            return
        kind = kind_of_message(message) if self.handlers else None
        if kind is not None and self.catches(kind) and not self._stays_untold(message):
            axes = tuple(range(condition.ndim))
            whole = all_(condition, axes=axes) if axes else condition
            self.throw_unless(Condition(whole), lambda: implicit_error(message))
        else:
            check(condition, message=message)

    def _stays_untold(self, message: str) -> bool:
        """Return whether plain Python has to run, as the program returns such an exception."""
        return (UNTOLD,) in self.decisions and (self.definitions > 0 or not is_told(message))

    def stop_for_debugger(self) -> NoReturn:
        """End the block being traced: whenever the program comes here, it runs as plain Python."""
        self.has_breakpoint = True
        self.fail("breakpoint")

    # ------------------------------------------------------------ objects from outside

    def adopt(self, owner: Any) -> None:
        """Have an object from outside hold what the program sees of its attributes."""
        place = place_of(owner)
        assert place is not None
        if id(owner) in self.adopted:
            return
        given = place.read()
        self.root.log.setdefault(place.key, (place, given))
        seen = Items((name, self.outside.attribute(owner, name, x)) for name, x in given.items())
        place.write(seen)
        self.adopted[id(owner)] = (owner, seen)

    def holds_symbols(self, owner: Any) -> bool:
        """Return whether the attributes of an object are what the program sees."""
        return id(owner) in self.adopted or self.birth(owner) is not None

    # ------------------------------------------------------------ generators of random numbers

    def state_of(self, generator: Any) -> Array:
        """Return the state of a generator of random numbers, an array."""
        if is_new(generator):
            state: Array = bits_of(generator).content
            return state
        owner, name = state_owner(generator)
        if id(owner) not in self.generators:
            if not has_state(owner):
                kind = type(bits_of(generator)).__name__
                raise unsupported(
                    f"random numbers by a {kind} are not supported; use np.random.default_rng(seed)"
                )
            source = self.outside.source_of(generator) or Held("random", generator)
            place = source if name is None else Attribute(name, source, name)
            self.outside.found(owner, place)
            for _, other, _ in self.generators.values():
                self.outside.compared(place, other)
            read = GeneratorState(f"{source.name}_state", place, "state")
            self.generators[id(owner)] = (owner, place, self.lift(read_state(owner), read))
        return self.generators[id(owner)][2]

    def make_generator(self, kind: type, state: Array) -> Any:
        """Return a new generator of random numbers in a state."""
        made = self.mark_made(new_generator(kind))
        bits_of(made).content = state
        return made

    def fresh_generator(self) -> Any:
        """Return a generator whose state the system chooses anew for each call."""
        if self._fresh is None:
            state = self.lift(fresh_state(), FreshState("system_entropy", self))
            self._fresh = self.make_generator(np.random.Generator, state)
        return self._fresh

    def changed_generators(self) -> Iterator[tuple[Source, Array]]:
        """Yield the generators from outside that the program drew from, and their states."""
        params = {id(entry.cell): entry.param for entry in self.inputs}
        for _, source, state in self.generators.values():
            if state.cell.value is not params[id(state.cell)]:
                yield source, state

    # ------------------------------------------------------------ stand-ins of containers

    def stand_in(self, container: Any) -> Any:
        """Return an object of our own that holds what a container from outside does."""
        return self.with_parts_born(standing_for(container), self.root)

    def with_parts_born(self, stand_in: StandIn, scope: Scope) -> StandIn:
        """Note that a stand-in and its parts belong to a region, and return it."""
        self.born(stand_in, scope)
        self._made_at[id(stand_in)] = (stand_in, self.site)
        for name, content in content_of(stand_in).items():
            if is_heap(content):
                self.born(content, scope)
                self._of_containers[id(content)] = content
                if self.made_at(content) is None:
                    self._made_at[id(content)] = (content, (self.site, name))
        return stand_in

    def is_of_container(self, owner: Any) -> bool:
        """Return whether a list is a part of what stands for a container."""
        made = self.made_at(owner)
        within = made[1] if isinstance(made, tuple) else None
        inside = isinstance(within, Site) and is_of_container(within.filename)
        return inside or self._of_containers.get(id(owner)) is owner

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
        self.lifted.append(found[1].cell)
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
        if type(array) is not np.ndarray or not is_supported(array.dtype):
            kind = f"{type(array).__name__} of dtype {array.dtype}"
            raise unsupported(
                f"'{source.name}' is an array that cannot be compiled: {kind}; "
                f"{instead_of(source.name, array)}"
            )
        name = self._unique(source.name)
        dims = []
        for axis, size in enumerate(array.shape):
            dim = symbol(f"{name}_{axis}")
            self.facts.enter(dim, size, is_size=True)
            dims.append(Affine.of(dim))
        value = Value(ArrayType(array.dtype, tuple(dims)), None, name)
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
            source = Room("room", key, [FIRST_ROOM], len(self._rooms))
            self._add_input(Input(value.label, source, value, int, writeable=False))
            self.facts.enter_computed(value)
            self._rooms[key] = Affine.of(value)
        return self._rooms[key]

    def is_room(self, form: Affine) -> bool:
        """Return whether a form is the room of a list."""
        return form in self._rooms.values()

    def room_number(self, form: Affine) -> int | None:
        """Return the number of the room that a form is, None if it is none."""
        rooms = list(self._rooms.values())
        return rooms.index(form) if form in rooms else None

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

    def counts_known(self, index: Value) -> bool:
        """Return whether an index is known if its loop, and those around it, are unrolled."""
        if index not in self.lengths:
            return index in self.loops
        length = self.lengths[index]
        symbols = () if length is None else self.facts.canonical(length).symbols
        return length is not None and all(map(self.counts_known, symbols))

    def can_be_known(self, form: Affine) -> bool:
        """Return whether the value of a form can be known: of arguments and unrolled loops."""
        inputs = {entry.param for entry in self.inputs}
        return all(
            symbol in inputs or symbol in self.hints or self._loop_can_be_known(symbol)
            for symbol in self.facts.canonical(form).symbols
        )

    def _loop_can_be_known(self, index: Value) -> bool:
        """Return whether an index is that of a loop whose number of iterations can be known."""
        length = self.lengths.get(index)
        return index in self.loops and length is not None and self.can_be_known(length)

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
