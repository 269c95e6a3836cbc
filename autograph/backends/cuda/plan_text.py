"""Text of host plans, for the head of the source and for people.

Enters: a plan. Leaves: lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograph.backends import loops as lp
from autograph.backends.cuda.module import (
    Fetch,
    HostFor,
    HostIf,
    HostStmt,
    HostWhile,
    Launch,
    Shape,
    host_blocks,
)
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import dtype_text


class PlanPrinter:
    """Prints plans.

    Args:
        name: Gives the identifier of a variable or buffer.
    """

    def __init__(self, name: Callable[[Value | lp.Buffer], str]) -> None:
        self.name = name

    def function(
        self,
        function: lp.LoopFunction,
        plan: Sequence[HostStmt],
        results: Sequence[lp.Buffer | lp.Expr],
    ) -> list[str]:
        """Return the lines of a whole plan."""
        params = []
        for k, param in enumerate(function.params):
            kind = dtype_text(param.dtype)
            if k in function.buffers:
                buffer = function.buffers[k]
                params.append(f"{self.name(buffer)}: {kind}[{self.point(buffer.dims)}]")
            else:
                params.append(f"{self.name(param)}: {kind}")
        lines = [f"{function.name}({', '.join(params)})"]
        for guard in function.guards:
            lines.append(f"  guard {self.form(guard.form)} {guard.relation[:2]} 0")
        lines += self.block(plan, 1)
        found = ", ".join(
            self.name(r) if isinstance(r, lp.Buffer) else self.expr(r) for r in results
        )
        return [*lines, f"  return {found}".rstrip()]

    def block(self, plan: Sequence[HostStmt], depth: int) -> list[str]:
        """Return the lines of a block."""
        lines = []
        for statement in plan:
            lines += ["  " * depth + text for text in self.statement(statement)]
            for k, inner in enumerate(host_blocks(statement)):
                if k and inner and host_blocks(statement)[0]:
                    lines.append("  " * depth + "else:")
                lines += self.block(inner, depth + 1)
        return lines

    def form(self, form: Affine) -> str:
        """Return an affine form."""
        return form.text({s: self.name(s) for s in form.symbols})

    def point(self, forms: Sequence[Affine]) -> str:
        """Return affine forms, separated by commas."""
        return ", ".join(map(self.form, forms))

    def statement(self, statement: HostStmt) -> list[str]:
        """Return the lines of a statement, without its blocks."""
        match statement:
            case Launch():
                return [
                    f"{kernel.name}<<<{self.configuration(statement, kernel.shape)}>>>"
                    for kernel in statement.kernels
                ]
            case Fetch(variables):
                return [f"fetch {', '.join(map(self.name, variables))}"]
            case HostFor(index, length, reverse):
                positions = f"range({self.form(length)})"
                if reverse:
                    positions = f"reversed({positions})"
                return [f"for {self.name(index)} in {positions}:"]
            case HostWhile():
                return ["while true:"]
            case HostIf(condition, then):
                return [f"if {'' if then else 'not '}{self.expr(condition)}:"]
            case lp.Let(value, expr) | lp.Assign(value, expr):
                return [f"{self.name(value)} = {self.expr(expr)}"]
            case lp.Check(condition, message):
                return [f"check {self.expr(condition)}: {message}"]
            case lp.Break():
                return ["break"]
            case _:
                return [self.memory(statement)]

    def configuration(self, launch: Launch, shape: Shape) -> str:
        """Return what a kernel is run over."""
        if shape in (Shape.SINGLE, Shape.COMBINE):
            return str(shape.value)
        return f"{' x '.join(f'({self.form(e)})' for e in launch.extents)} points"

    def memory(self, statement: HostStmt) -> str:
        """Return the text of a statement about memory."""
        match statement:
            case lp.Alloc(buffer, zero):
                dims = f"{dtype_text(buffer.dtype)}[{self.point(buffer.dims)}]"
                return f"{self.name(buffer)} = {'zeros' if zero else 'empty'} {dims}"
            case lp.Alias(buffer, of):
                return f"{self.name(buffer)} = {self.name(of)} as [{self.point(buffer.dims)}]"
            case lp.Grow(buffer, capacity, room):
                return f"{self.name(room)} = grow {self.name(buffer)} to {self.form(capacity)}"
            case lp.Swap(first, second):
                return f"swap {self.name(first)}, {self.name(second)}"
            case lp.Restore(buffer):
                return f"restore {self.name(buffer)}"
            case lp.MatMul(out, first, second):
                operands = f"{self.operand(first)} @ {self.operand(second)}"
                return f"{self.name(out)} = {operands}"
            case lp.Call():
                outputs = ", ".join(map(self.name, statement.outputs))
                inputs = ", ".join(map(self.name, statement.inputs))
                return f"{outputs} = {statement.op.name}({inputs}) by the host's library"
        raise AssertionError(statement)

    def operand(self, operand: lp.Operand) -> str:
        """Return an operand of a matrix product."""
        return self.name(operand.buffer) + (".T" if operand.transposed else "")

    def expr(self, expr: lp.Expr) -> str:
        """Return an expression over host variables."""
        match expr:
            case lp.Constant(value):
                return str(value)
            case lp.Read(value):
                return self.name(value)
            case lp.Form(form):
                return self.form(form)
            case lp.Load(buffer, index):
                return f"{self.name(buffer)}[{self.point(index)}]"
            case lp.Inside(point, lower, upper):
                return f"({self.point(point)}) in [{self.point(lower)} : {self.point(upper)}]"
            case lp.Apply(op, args, dtype):
                name: str = dtype_text(dtype) if op.name == "cast" else op.name
                return f"{name}({', '.join(map(self.expr, args))})"
