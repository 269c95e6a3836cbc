"""Text of the loop form, for people and golden tests.

Enters: a `LoopFunction`. Leaves: text that is the same for the same function in every process.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograph.backends import loops as lp
from autograph.backends.naming import Names
from autograph.ir.affine import Affine
from autograph.ir.types import dtype_text


def to_text(function: lp.LoopFunction) -> str:
    """Return the loop form as text."""
    routines = [to_text(routine) for routine in function.routines]
    return "\n".join([*routines, _Printer().function(function)])


class _Printer:
    def __init__(self) -> None:
        self.names = Names()
        self.lines: list[str] = []

    def function(self, function: lp.LoopFunction) -> str:
        params = []
        for k, param in enumerate(function.params):
            if k in function.buffers:
                params.append(self.declaration(function.buffers[k]))
            else:
                params.append(f"{self.names.of(param)}: {dtype_text(param.dtype)}")
        self.lines.append(f"loops {function.name}({', '.join(params)})")
        for symbol, (k, axis) in function.dim_symbols.items():
            buffer = self.names.of(function.buffers[k])
            self.lines.append(f"  {self.names.of(symbol)} = dim {axis} of {buffer}")
        for guard in function.guards:
            self.lines.append(f"  guard {self.form(guard.form)} {guard.relation[:2]} 0")
        self.block(function.body, 1)
        results = []
        for k, result in enumerate(function.results):
            text = self.names.of(result) if isinstance(result, lp.Buffer) else self.expr(result)
            if k in function.writes:
                text += f" in {self.names.of(function.buffers[function.writes[k]])}"
            results.append(text)
        self.lines.append(f"  return {', '.join(results)}")
        return "\n".join(self.lines) + "\n"

    def declaration(self, buffer: lp.Buffer) -> str:
        text = f"{self.names.of(buffer)}: {dtype_text(buffer.dtype)}[{self.point(buffer.dims)}]"
        if buffer.waves is None:
            return text
        return f"{text} in waves of {self.names.of(buffer.waves.width)}, skew {buffer.waves.skew}"

    def form(self, form: Affine) -> str:
        return form.text({s: self.names.of(s) for s in form.symbols})

    def point(self, point: Sequence[Affine]) -> str:
        return ", ".join(self.form(form) for form in point)

    def element(self, buffer: lp.Buffer, index: lp.Point) -> str:
        return f"{self.names.of(buffer)}[{self.point(index)}]"

    def expr(self, expr: lp.Expr) -> str:
        match expr:
            case lp.Constant(value):
                return str(value)
            case lp.Read(value):
                return self.names.of(value)
            case lp.Form(form):
                return self.form(form)
            case lp.Load(buffer, index):
                return self.element(buffer, index)
            case lp.Inside(point, lower, upper):
                return f"({self.point(point)}) in [{self.point(lower)} : {self.point(upper)}]"
            case lp.Apply(op, args, dtype):
                name = f"cast.{dtype_text(dtype)}" if op.name == "cast" else op.name
                return f"{name}({', '.join(self.expr(arg) for arg in args)})"

    def block(self, body: Sequence[lp.Stmt], depth: int) -> None:
        for statement in body:
            self.lines.append("  " * depth + self.statement(statement))
            inner = lp.blocks(statement)
            for k, block in enumerate(inner):
                if k and block:
                    self.lines.append("  " * depth + "else")
                self.block(block, depth + 1)
            if isinstance(statement, lp.Nest):
                self.names.release(statement.indices)
            elif isinstance(statement, lp.For):
                self.names.release([statement.index])

    def statement(self, statement: lp.Stmt) -> str:
        match statement:
            case lp.Let(value, expr):
                return f"let {self.names.of(value)} = {self.expr(expr)}"
            case lp.Assign(value, expr):
                return f"{self.names.of(value)} = {self.expr(expr)}"
            case lp.Store(buffer, index, expr):
                return f"{self.element(buffer, index)} = {self.expr(expr)}"
            case lp.Reduce(target, op, expr):
                name = self.names.of(target)
                return f"{name} = {op.name}({name}, {self.expr(expr)})"
            case lp.ArgReduce(best, position, op, expr, at):
                names = f"{self.names.of(best)}, {self.names.of(position)}"
                return f"{names} = best({op.name}, {self.expr(expr)} at {self.form(at)})"
            case _:
                return self.control(statement)

    def control(self, statement: lp.Stmt) -> str:
        match statement:
            case lp.Nest():
                return self.nest(statement)
            case lp.For(index, length, _, reverse):
                way = " down" if reverse else ""
                return f"for{way} {self.names.of(index)} < {self.form(length)}"
            case lp.If(condition):
                return f"if {self.expr(condition)}"
            case lp.While():
                return "while"
            case lp.Break():
                return "break"
            case lp.Check(condition, message):
                return f"check {self.expr(condition)}: {message}"
            case lp.Draw(distribution, state, parameters, value):
                arguments = ", ".join([self.names.of(state), *map(self.expr, parameters)])
                return f"draw {self.names.of(value)} = {distribution}({arguments})"
            case _:
                return self.memory(statement)

    def memory(self, statement: lp.Stmt) -> str:
        match statement:
            case lp.Alloc(buffer, zero):
                return f"{'zeros' if zero else 'empty'} {self.declaration(buffer)}"
            case lp.Alias(buffer, of):
                return f"alias {self.declaration(buffer)} = {self.names.of(of)}"
            case lp.Grow(buffer, capacity, room):
                text = f"{self.names.of(buffer)} to {self.form(capacity)}"
                return f"grow {text}, room {self.names.of(room)}"
            case lp.Swap(first, second):
                return f"swap {self.names.of(first)}, {self.names.of(second)}"
            case lp.Restore(buffer):
                return f"restore {self.names.of(buffer)}"
            case lp.MatMul(out, first, second):
                text = f"{self.operand(first)} @ {self.operand(second)}"
                return f"{self.names.of(out)} = {text}"
            case _:
                return self.elsewhere(statement)

    def elsewhere(self, statement: lp.Stmt) -> str:
        match statement:
            case lp.LibraryRun(call, operands):
                names = ", ".join(map(self.names.of, operands))
                return f"{self.names.of(statement.ticket)} = library {call} of {names}"
            case lp.LibraryResults(ticket, out):
                return f"{', '.join(map(self.names.of, out))} = results {self.names.of(ticket)}"
            case lp.Call():
                return self.call(statement)
            case lp.Invoke():
                return self.invoke(statement)
        raise AssertionError(statement)

    def call(self, statement: lp.Call) -> str:
        outputs = ", ".join(map(self.names.of, statement.outputs))
        arguments = [*map(self.names.of, statement.inputs)]
        arguments += [f"{key}={value!r}" for key, value in statement.options.items()]
        return f"{outputs} = {statement.op.name}({', '.join(arguments)})"

    def invoke(self, statement: lp.Invoke) -> str:
        name = statement.routine.name if statement.routine is not None else "itself"
        arguments = ", ".join(
            self.names.of(a) if isinstance(a, lp.Buffer) else self.expr(a)
            for a in statement.arguments
        )
        made = ", ".join(map(self.names.of, (*statement.made, *statement.written)))
        return f"{made} = call {name}({arguments})" if made else f"call {name}({arguments})"

    def operand(self, operand: lp.Operand) -> str:
        return self.names.of(operand.buffer) + (".T" if operand.transposed else "")

    def nest(self, nest: lp.Nest) -> str:
        axes = []
        for index, lower, upper, reverse in zip(
            nest.indices, nest.lower, nest.upper, nest.reverse, strict=True
        ):
            way = " down" if reverse else ""
            axes.append(f"{self.form(lower)} <= {self.names.of(index)} < {self.form(upper)}{way}")
        return f"nest{' ordered' if nest.ordered else ''} {', '.join(axes)}"
