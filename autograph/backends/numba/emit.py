"""The numba emitter: the loop form as readable Python source with explicit scalar loops.

Enters: a `LoopFunction`. Leaves: the source of one function, to be compiled by
`numba.njit(error_model="numpy")` with the names of `vocabulary`. It returns one flat tuple: the
status (0 done, 1 a guard failed and nothing was touched, 2 a check failed, 3 lists need more room),
then the results, apart from arguments that were written.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.dependence import accesses, nest_ranges
from autograph.backends.effects import effects, whole_uses
from autograph.backends.naming import Names
from autograph.backends.numba import vocabulary
from autograph.backends.numba.calls import CallWriter
from autograph.backends.numba.equal_loops import with_equal_loops_shared
from autograph.backends.numba.expressions import literal, type_text
from autograph.backends.numba.growth import growth_ahead
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ops.control import room_too_small

_INDEX = np.dtype(np.int64)


def emit(function: lp.LoopFunction) -> str:
    """Return the source of a loop function, the routines that it calls before it."""
    names = _names()
    called = {function: names.fresh(function.name)}
    called.update((routine, names.fresh(routine.name)) for routine in routines_of(function))
    sources: list[str] = []
    known: dict[str, str] = {}
    for f in [*called][::-1]:
        source = _Emitter(f, called, is_routine=f is not function).source()
        nameless = re.sub(rf"\b{called[f]}\b", "", source)
        if nameless in known:  # a gradient calls a routine that its adjoint calls, too
            called[f] = known[nameless]
        else:
            known[nameless] = called[f]
            sources.append(source)
    return with_equal_loops_shared("\n\n".join(sources), {"math", *vocabulary.MODULES})


def routines_of(function: lp.LoopFunction) -> Iterator[lp.LoopFunction]:
    """Yield the routines that a function calls, and those that they call."""
    for routine in function.routines:
        yield routine
        yield from routines_of(routine)


def entry_name(function: lp.LoopFunction) -> str:
    """Return the name of the function that is called: its own, unless the source needs that."""
    return _names().fresh(function.name)


def _names() -> Names:
    return Names({"math", *vocabulary.MODULES})


class _Emitter(CallWriter):
    """Writes one function.

    Args:
        function: What it does.
        called: The names of all functions of the source.
        is_routine: Whether it is called by others, and counts how deep they have come.
    """

    def __init__(
        self, function: lp.LoopFunction, called: Mapping[lp.LoopFunction, str], is_routine: bool
    ) -> None:
        super().__init__(Names({"math", *vocabulary.MODULES, *called.values()}))
        self.function = function
        self.called = called
        self.name = called[function]
        self.counted = [self.names.fresh("calls"), self.names.fresh("start")] if is_routine else []
        self.returned = [r for k, r in enumerate(function.results) if k not in function.writes]
        swapped = {
            b for s in lp.walk(function.body) if isinstance(s, lp.Swap) for b in (s.first, s.second)
        }
        self.foreign = swapped | set(function.buffers.values())
        self.counts = _element_counts(function.body)
        self.originals = {b: "" for b in function.buffers.values() if b in swapped}

    # ------------------------------------------------------------ the function

    def source(self) -> str:
        function = self.function
        params = [
            self.names.of(function.buffers.get(k, param)) for k, param in enumerate(function.params)
        ]
        for symbol, (k, axis) in function.dim_symbols.items():
            self.line(
                f"{self.names.of(symbol)} = {self.names.of(function.buffers[k])}.shape[{axis}]"
            )
        for buffer in self.originals:
            self.originals[buffer] = self.names.fresh(f"{self.names.of(buffer)}_given")
            self.line(f"{self.originals[buffer]} = {self.names.of(buffer)}")
        body = list(function.body) if self.counted else self.early_results()
        if self.counted:
            calls, start = self.counted
            if function.deepest > 1:
                self.line(f"if is_too_deep({calls}, {function.deepest}, {start}):")
                self.line(f"    return {self.failure(2)}")
        for guard in function.guards:
            failing = {">=0": "<", "==0": "!=", "!=0": "=="}[guard.relation]
            self.line(f"if {self.compared(guard.form, failing)}:")
            self.line(f"    return {self.failure(1)}")
        if not self.counted:
            self.overlaps()
        for statement in body:
            self.statement(statement)
        self.line(f"return {self.tuple(0, map(self.result, self.returned))}")
        head = f"def {self.name}({', '.join([*params, *self.counted])}):"
        return "\n".join([head, *self.lines]) + "\n"

    def compared(self, form: Affine, relation: str) -> str:
        """Return the test `form <relation> 0`, of one symbol without arithmetic that overflows."""
        if len(form.terms) != 1 or abs(form.terms[0][1]) != 1:
            return f"{self.form(form)} {relation} 0"
        ((symbol, sign),) = form.terms
        mirrored = {"<": ">"}.get(relation, relation) if sign < 0 else relation
        return f"{self.names.of(symbol)} {mirrored} {-sign * form.const}"

    def overlaps(self) -> None:
        """Refuse calls in which an array that is written shares memory with another."""
        written = sorted(set(self.function.writes.values()))
        for k in written:
            for other in self.read_params():
                if other != k and (other not in written or other > k):
                    pair = [self.names.of(self.function.buffers[p]) for p in (k, other)]
                    self.line(f"if overlapping({', '.join(pair)}):")
                    self.line(f"    return {self.failure(1)}")

    def read_params(self) -> list[int]:
        """Return the array params whose elements are used."""
        body = self.function.body
        used = whole_uses(body).union(*(effects(s).reads | effects(s).writes for s in body))
        used.update(r for r in self.function.results if isinstance(r, lp.Buffer))
        return [k for k, buffer in self.function.buffers.items() if buffer in used]

    def early_results(self) -> list[lp.Stmt]:
        """Bind the returned buffers before anything can fail; return the rest of the body."""
        function = self.function
        body = list(function.body)
        failing = lp.Check | lp.LibraryRun | lp.Call | lp.Invoke
        checks = any(isinstance(s, failing) for s in lp.walk(body))
        if not checks and not function.guards and not function.writes:
            return body
        for result in self.returned:
            if not isinstance(result, lp.Buffer) or result.param is not None:
                continue
            alloc = self.leading_alloc(body, result)
            if alloc is not None:
                body.remove(alloc)
                dims = [
                    self.form(d) if d.symbol is not None else f"max(0, {self.form(d)})"
                    for d in result.dims
                ]
                self.allocate(result, dims, alloc.zero)
            else:
                self.allocate(result, ["0"] * len(result.dims), False)
        return body

    @staticmethod
    def leading_alloc(body: Sequence[lp.Stmt], buffer: lp.Buffer) -> lp.Alloc | None:
        for statement in body:
            if not isinstance(statement, lp.Alloc):
                return None
            if statement.buffer is buffer:
                return statement
        return None

    def tuple(self, status: int | str, items: Iterable[str]) -> str:
        return f"({', '.join([str(status), *items])},)"

    def result(self, result: lp.Buffer | lp.Expr) -> str:
        if isinstance(result, lp.Buffer):
            return self.originals.get(result) or self.names.of(result)
        return self.expr(result)

    def failure(self, status: int | str) -> str:
        """Return the tuple of a call that is abandoned: results of the right types."""
        return self.tuple(status, map(self.stand_in, self.returned))

    def stand_in(self, result: lp.Buffer | lp.Expr) -> str:
        """Return the text of anything of the type of a result."""
        if not isinstance(result, lp.Buffer):
            return literal(result.dtype.type(0))
        if self.counted:
            return f"empty({self.shape(['0'] * len(result.dims))}, {type_text(result.dtype)})"
        return self.result(result)

    # ------------------------------------------------------------ statements

    def statement(self, statement: lp.Stmt) -> None:
        match statement:
            case lp.Let(value, expr) | lp.Assign(value, expr):
                text = self.expr(expr)
                self.line(f"{self.names.of(value)} = {text}")
                if not self.nested:
                    self.assume_count(value)
            case lp.Store(buffer, index, expr):
                text = self.expr(expr)
                self.line(f"{self.expressions.element(buffer, index)} = {text}")
            case lp.Reduce():
                self.reduce(statement)
            case lp.ArgReduce():
                self.arg_reduce(statement)
            case lp.Nest():
                self.nest(statement)
            case lp.For() | lp.While() | lp.Break() | lp.If() | lp.Check():
                self.control(statement)
            case _:
                self.memory(statement)

    def control(self, statement: lp.Stmt) -> None:
        match statement:
            case lp.For(index, length, body, reverse):
                self.line(self.loop(index, Affine(0), length, reverse))
                self.running[index] = effects(statement).writes
                self.indented(body)
                del self.running[index]
                self.names.release([index])
            case lp.While(body):
                self.endless(body)
            case lp.Break():
                self.line("break")
            case lp.If():
                self.branch(statement)
            case lp.Check(condition, message):
                self.line(f"if not {self.expressions.text(condition)}:")
                short = room_too_small(message)
                self.line(f"    return {self.failure(2 if short is None else 3 + short)}")

    def endless(self, body: Sequence[lp.Stmt]) -> None:
        """Write a loop that only a break leaves; while stacks have room, nothing in it grows."""
        growing = growth_ahead(body)
        self.line("while True:")
        if not growing:
            self.indented(body)
            return
        self.depth += 1
        tests = [f"{self.form(g.capacity)} <= {self.names.of(g.room)}" for g in growing]
        self.line(f"while {' and '.join(tests)}:")
        self.indented([s for s in body if s not in growing])
        self.line("else:")
        self.depth += 1
        for statement in growing:
            self.grow(statement)
        self.line("continue")
        self.depth -= 1
        self.line("break")
        self.depth -= 1

    def assume_count(self, value: Value) -> None:
        """Tell LLVM what it needs to know to vectorise nests over a part of a growing buffer.

        The position of the part is not negative, and how it changes from one iteration of the loop
        around to the next is no help in telling whether arrays overlap.
        """
        for buffer in self.counts.get(value, ()):
            name = self.names.of(buffer)
            self.line(f"assume_nonnegative({self.names.of(value)})")
            self.line(f"{name} = detached({name})")

    def branch(self, statement: lp.If) -> None:
        condition = self.expr(statement.condition)
        if isinstance(statement.condition, lp.Inside) and condition in ("True", "False"):
            for chosen in statement.then if condition == "True" else statement.orelse:
                self.statement(chosen)
            return
        if not statement.then:
            self.line(f"if not {self.expressions.text(statement.condition)}:")
            self.indented(statement.orelse)
            return
        self.line(f"if {condition}:")
        self.indented(statement.then)
        if statement.orelse:
            self.line("else:")
            self.indented(statement.orelse)

    # ------------------------------------------------------------ memory

    def memory(self, statement: lp.Stmt) -> None:
        match statement:
            case lp.Alloc(buffer, zero):
                self.allocate(buffer, self.extents(buffer), zero)
            case lp.Alias(buffer, of):
                shape = self.shape([self.form(d) for d in buffer.dims])
                self.line(f"{self.names.of(buffer)} = {self.names.of(of)}.reshape({shape})")
            case lp.Grow():
                self.grow(statement)
            case lp.Swap(first, second):
                a, b = self.names.of(first), self.names.of(second)
                self.line(f"{a}, {b} = detached({b}), detached({a})")
            case lp.Restore():
                self.restore(statement)
            case _:
                self.calling(statement)

    @staticmethod
    def shape(dims: Sequence[str]) -> str:
        return dims[0] if len(dims) == 1 else f"({', '.join(dims)})"

    def extent(self, dim: Affine) -> str:
        """Return the text of an extent; it may be negative where its check is yet to come."""
        text = self.form(dim)
        sizes = self.function.dim_symbols
        known = [Affine(0), *(g.form for g in self.function.guards if g.relation == ">=0")]
        for rest in (dim - form for form in known):
            if rest.const >= 0 and all(k > 0 and s in sizes for s, k in rest.terms):
                return text
        return f"max(0, {text})"

    def extents(self, buffer: lp.Buffer) -> list[str]:
        """Return the texts of the extents of a buffer's memory."""
        dims = list(map(self.extent, buffer.dims))
        if buffer.waves is None:
            return dims
        (rows, columns), skew = dims, buffer.waves.skew
        last = f"{skew} * ({rows} - 1) + {columns} - 1"
        return [f"max(0, {self.names.of(buffer.waves.width)} * ({last}) + {rows})"]

    def allocate(self, buffer: lp.Buffer, dims: Sequence[str], zero: bool) -> None:
        call = f"{'zeros' if zero else 'empty'}({self.shape(dims)}, {type_text(buffer.dtype)})"
        self.line(f"{self.names.of(buffer)} = {call}")

    def grow(self, statement: lp.Grow) -> None:
        buffer, room = statement.buffer, self.names.of(statement.room)
        name, needed = self.names.of(buffer), self.form(statement.capacity)
        larger, k = self.names.fresh("larger"), self.names.fresh("k", _INDEX)
        self.line(f"if {needed} > {room}:")
        self.line(f"    {larger} = empty(max(2 * {room}, {needed}), {type_text(buffer.dtype)})")
        self.line(f"    for {k} in range({room}):")
        self.line(f"        {larger}[{k}] = {name}[{k}]")
        self.line(f"    {name} = {larger}")
        self.line(f"    {room} = {name}.shape[0]")

    def restore(self, statement: lp.Restore) -> None:
        buffer, others = statement.buffer, statement.others
        if buffer not in self.originals:
            return
        given, name = self.originals[buffer], self.names.of(buffer)
        self.line(f"if not same_memory({name}, {given}):")
        self.depth += 1
        letters = ["ijkl"[min(k, 3)] for k in range(len(buffer.dims))]
        indices = [self.names.fresh(letter, _INDEX) for letter in letters]
        for index, dim in zip(indices, buffer.dims, strict=True):
            self.line(f"for {index} in range({self.form(dim)}):")
            self.depth += 1
        at = ", ".join(indices)
        if others:
            kept = self.names.fresh("kept")
            self.line(f"{kept} = {given}[{at}]")
        self.line(f"{given}[{at}] = {name}[{at}]")
        if others:
            self.line(f"{name}[{at}] = {kept}")
        self.depth -= len(indices)
        for other in map(self.names.of, others):
            self.line(f"if same_memory({other}, {given}):")
            self.line(f"    {other} = {name}")
        self.line(f"{name} = {given}")
        self.depth -= 1


def _element_counts(body: Sequence[lp.Stmt]) -> dict[Value, dict[lp.Buffer, None]]:
    """Return the variables that nests add to positions in growing buffers, and these buffers."""
    grown = {s.buffer for s in lp.walk(body) if isinstance(s, lp.Grow)}
    found: dict[Value, dict[lp.Buffer, None]] = {}
    for nest in (s for s in lp.walk(body) if isinstance(s, lp.Nest)):
        for access in itertools.chain(*accesses(nest.body, nest_ranges(nest))):
            if access.buffer in grown:
                for symbol in access.index[0].symbols:
                    found.setdefault(symbol, {})[access.buffer] = None
    return found
