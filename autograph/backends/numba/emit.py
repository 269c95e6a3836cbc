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
from autograph.backends.numba import lapack_calls, library_calls, routine_calls, vocabulary
from autograph.backends.numba.equal_loops import with_equal_loops_shared
from autograph.backends.numba.expressions import literal, type_text
from autograph.backends.numba.growth import growth_ahead
from autograph.backends.numba.nests import NestWriter
from autograph.errors import InternalError
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


class _Emitter(NestWriter):
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
                self.running.add(index)
                self.indented(body)
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

    def calling(self, statement: lp.Stmt) -> None:
        match statement:
            case lp.MatMul():
                self.product(statement)
            case lp.LibraryRun() | lp.LibraryResults():
                self.library(statement)
            case lp.Call():
                self.call(statement)
            case lp.Draw(distribution, state, parameters, value):
                arguments = ", ".join([self.names.of(state), *map(self.expr, parameters)])
                self.line(f"{self.names.of(value)} = draw_{distribution}({arguments})")
            case lp.Invoke():
                self.invoke(statement)
            case _:
                raise InternalError(f"no numba text for {statement}")

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

    def product(self, statement: lp.MatMul) -> None:
        out = statement.out
        args = [self.operand(statement.first), self.operand(statement.second)]
        if out not in self.foreign:
            self.line(f"np.dot({', '.join([*args, self.names.of(out)])})")
            return
        product = self.names.fresh("product")
        self.line(f"{product} = np.dot({', '.join(args)})")
        i, j = self.names.fresh("i", _INDEX), self.names.fresh("j", _INDEX)
        self.line(f"for {i} in range({self.form(out.dims[0])}):")
        self.line(f"    for {j} in range({self.form(out.dims[1])}):")
        self.line(f"        {self.names.of(out)}[{i}, {j}] = {product}[{i}, {j}]")

    def library(self, statement: lp.LibraryRun | lp.LibraryResults) -> None:
        if isinstance(statement, lp.LibraryResults):
            out = self.buffers(statement.out)
            self.line(f"if not library_results({self.names.of(statement.ticket)}, {out}):")
            self.line(f"    return {self.failure(2)}")
            return
        found = self.names.fresh("found")
        self.line(f"{found} = empty({1 + len(statement.sizes)}, np.int64)  # {statement.call}")
        operands = self.buffers(statement.operands)
        self.line(f"if not library_run({library_calls.register(statement)}, {found}, {operands}):")
        self.line(f"    return {self.failure(2)}")
        for k, value in enumerate((statement.ticket, *statement.sizes)):
            self.line(f"{self.names.of(value)} = {found}[{k}]")

    def buffers(self, buffers: Sequence[lp.Buffer]) -> str:
        return f"({''.join(f'{self.names.of(b)}, ' for b in buffers)})"

    def call(self, statement: lp.Call) -> None:
        if lapack_calls.is_direct(statement):
            inputs = [self.operand(lp.Operand(buffer)) for buffer in statement.inputs]
            outputs = map(self.names.of, statement.outputs)
            self.line(lapack_calls.call_text(statement, [*inputs, *outputs]))
            return
        arguments = self.buffers((*statement.inputs, *statement.outputs))
        call = f"call_routine({routine_calls.call_text(statement)!r}, {arguments})"
        short = routine_calls.short_form(statement)
        if short is not None:
            operands = ", ".join(map(self.names.of, (*statement.inputs, *statement.outputs)))
            call = f"({short}({operands}) or {call})"
        self.line(f"if not {call}:")
        self.line(f"    return {self.failure(2)}")

    def invoke(self, statement: lp.Invoke) -> None:
        name = self.called[statement.routine or self.function]
        start = self.counted[1] if self.counted else "stack_position()"
        calls = f"{self.counted[0]} + 1" if statement.routine is None else "np.int64(1)"
        handed = {b: self.handed_over(b) for b in statement.buffers}
        arguments = [
            handed[a] if isinstance(a, lp.Buffer) else self.unliteral(a)
            for a in statement.arguments
        ]
        status = self.names.fresh("status")
        made = ", ".join([status, *map(self.names.of, statement.made)])
        call = f"{name}({', '.join([*arguments, calls, start])})"
        self.line(f"{made}{',' * (not statement.made)} = {call}")
        self.line(f"if {status} != 0:")
        self.line(f"    return {self.failure(status)}")
        for buffer in statement.written:
            if handed[buffer] != self.names.of(buffer):
                self.line(f"if not same_memory({handed[buffer]}, {self.names.of(buffer)}):")
                self.copy(handed[buffer], buffer)

    def handed_over(self, buffer: lp.Buffer) -> str:
        """Return what a routine gets for a buffer: all its calls get arrays of one layout."""
        name = self.names.of(buffer)
        if self.counted or buffer not in self.foreign:
            return name
        handed = self.names.fresh(f"{name}_handed")
        self.line(f"{handed} = contiguous({name})")
        return handed

    def unliteral(self, expr: lp.Expr) -> str:
        """Return the text of an argument, for which numba must not compile anew."""
        text = self.expr(expr)
        known = isinstance(expr, lp.Constant) or (
            isinstance(expr, lp.Form) and expr.form.constant is not None
        )
        return f"{type_text(expr.dtype)}({text})" if known else text

    def copy(self, source: str, target: lp.Buffer) -> None:
        """Copy all elements, in a block of its own."""
        indices = [self.names.fresh("ijkl"[min(k, 3)]) for k in range(len(target.dims))]
        for depth, (index, dim) in enumerate(zip(indices, target.dims, strict=True), start=1):
            self.line("    " * depth + f"for {index} in range({self.form(dim)}):")
        at = ", ".join(indices)
        text = f"{self.names.of(target)}[{at}] = {source}[{at}]"
        self.line("    " * (len(indices) + 1) + text)

    def operand(self, operand: lp.Operand) -> str:
        name = self.names.of(operand.buffer)
        if operand.buffer in self.foreign:  # it may be the caller's, of any strides
            name = f"np.ascontiguousarray({name})"
        return name + (".T" if operand.transposed else "")


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
