"""Statements that call something, as numba source: products, libraries, functions of the source.

Enters: such a statement. Leaves: lines of source; where a call fails, the function returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.numba import lapack_calls, library_calls, routine_calls
from autograph.backends.numba.expressions import type_text
from autograph.backends.numba.nests import NestWriter
from autograph.errors import InternalError

_INDEX = np.dtype(np.int64)


class CallWriter(NestWriter):
    """Writes calls; leaves to a subclass what the function around them is.

    Attributes:
        function: The function that is written.
        called: The names of all functions of the source.
        counted: The names of the number of calls so far, and where they began, in a routine.
        foreign: Buffers that may be the caller's arrays, of any strides.
    """

    function: lp.LoopFunction
    called: Mapping[lp.LoopFunction, str]
    counted: list[str]
    foreign: set[lp.Buffer]

    def failure(self, status: int | str) -> str:
        """Return the tuple of a call that is abandoned."""
        raise NotImplementedError

    def calling(self, statement: lp.Stmt) -> None:
        """Write a statement that calls something."""
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

    def product(self, statement: lp.MatMul) -> None:
        """Write a product of matrices."""
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
        """Write the call of a library function, or where its results go."""
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
        """Return the text of a tuple of buffers."""
        return f"({''.join(f'{self.names.of(b)}, ' for b in buffers)})"

    def call(self, statement: lp.Call) -> None:
        """Write the call of a routine."""
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
        """Write the call of a function of the source."""
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
        """Return the text of a factor of a product."""
        name = self.names.of(operand.buffer)
        if operand.buffer in self.foreign:  # it may be the caller's, of any strides
            name = f"np.ascontiguousarray({name})"
        return name + (".T" if operand.transposed else "")
