"""Writes functions of generated source as LLVM code.

Enters: a function of generated source and the types in it. Leaves: an LLVM function. numba's own
way goes from byte code through a form of many small statements, each of which is analysed a dozen
times; generated source is a small language, of numbers, elements of arrays, loops over ranges and
calls, so that each part of its syntax tree is written where it is met. What calls and operations
mean is numba's: its implementations write them, but for arithmetic that is one instruction.

Variables are places on the stack, which LLVM puts into registers. Arrays are counted as numba's
are: a variable owns what it holds until it is given something else, until nothing in the function
reads it any more, or until the function ends. All returns go to one exit, which releases what is
still held.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from numba.core.callconv import RETCODE_OK
from numba.core.ir import Loc
from numba.core.types.misc import unliteral
from numba.np.arrayobj import store_item

from autograph.backends.numba.compilation.expression_writer import WORD, ExpressionWriter
from autograph.backends.numba.compilation.loop_hints import hints_for
from autograph.backends.numba.compilation.source_types import UnknownSourceError


class FunctionWriter(ExpressionWriter):
    """Writes one function."""

    def write(self, arguments: Sequence[Any]) -> None:
        """Write all of it.

        Args:
            arguments: The values of its arguments.
        """
        self._loops: list[tuple[Any, Any]] = []
        self._leaving: dict[str, Any] = {}
        self._exit = self.target.append_basic_block("exit")
        self.variables.begin(arguments)
        body = self.target.append_basic_block("body")
        self.builder.branch(body)
        self.builder.position_at_end(body)
        self.block(self.function.body)
        if not self.builder.block.is_terminated:
            self.builder.branch(self._exit)
        self.builder.position_at_end(self._exit)
        self.variables.release_all()
        self.context.call_conv._return_errcode_raw(self.builder, RETCODE_OK)

    # ------------------------------------------------------------ statements

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Write statements one after the other, up to one that leaves the block."""
        for statement in statements:
            self.statement(statement)
            if self.builder.block.is_terminated:
                return
            self.drop(0)
            self.variables.end_after(statement)

    def statement(self, statement: ast.stmt) -> None:
        """Write a statement."""
        match statement:
            case ast.Assign(targets=[target], value=value):
                self.assign(target, value)
            case ast.AugAssign(target=target, value=value):
                callee = self.types.callees[statement]
                kinds = [self.types.of[target], self.types.of[value]]
                made = self.called(callee, kinds, [self.value(target), self.value(value)])
                self.store(target, callee.signature.return_type, made)
            case ast.Expr(value=value):
                self.value(value)
            case ast.Return(value=ast.expr() as value):
                self.leave(value)
            case ast.Raise():
                self.fail(statement)
            case _:
                self.control(statement)

    def control(self, statement: ast.stmt) -> None:
        """Write a statement that decides what runs."""
        match statement:
            case ast.If():
                self.branch(statement)
            case ast.For():
                self.loop(statement)
            case ast.While():
                self.endless(statement)
            case ast.Break():
                self.builder.branch(self._loops[-1][1])
            case ast.Continue():
                self.builder.branch(self._loops[-1][0])

    def fail(self, statement: ast.Raise) -> None:
        """Write the end of the function by an exception."""
        assert isinstance(statement.exc, ast.Call)
        texts = tuple(self.types.known(arg) for arg in statement.exc.args)
        place = Loc(self.filename, statement.lineno)
        kind = self.types.known(statement.exc.func)
        call_conv = self.context.call_conv
        call_conv.return_user_exc(self.builder, kind, texts, place, self.function.name)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Write an assignment."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            taken = [(self.types.of[part], self.taken(part)) for part in value.elts]
            for place, (kind, part) in zip(target.elts, taken, strict=True):
                self.store(place, kind, part)
        elif isinstance(target, ast.Tuple):
            kind, whole = self.types.of[value], self.taken(value)
            for k, place in enumerate(target.elts):
                self.store(place, kind[k], self.builder.extract_value(whole, k))
        else:
            self.store(target, self.types.of[value], self.taken(value))

    def store(self, target: ast.expr, kind: Any, value: Any) -> None:
        """Give a variable or an element a value."""
        if isinstance(target, ast.Name):
            self.give(target.id, kind, value)
            return
        assert isinstance(target, ast.Subscript)
        array_type = self.types.of[target.value]
        place = self.place(target)
        element = self.context.cast(self.builder, value, unliteral(kind), array_type.dtype)
        count = len(self.builder.block.instructions)
        store_item(self.context, self.builder, array_type, element, place)
        self.remember(count)

    def give(self, name: str, kind: Any, value: Any) -> None:
        """Give a variable a value that it owns from now on."""
        to = self.types.variables[name]
        if (kind := unliteral(kind)) != to:
            value = self.context.cast(self.builder, value, kind, to)
        self.variables.store(name, value)

    def leave(self, value: ast.expr) -> None:
        """Write the return of a value; where a function returns the same again, it goes there."""
        text = ast.unparse(value)
        block = self._leaving.get(text)
        if block is not None:
            self.builder.branch(block)
            return
        block = self._leaving[text] = self.target.append_basic_block("leave")
        self.builder.branch(block)
        self.builder.position_at_end(block)
        result = self.types.result
        if isinstance(value, ast.Tuple):
            parts = [
                self.context.cast(
                    self.builder, self.taken(part), unliteral(self.types.of[part]), result[k]
                )
                for k, part in enumerate(value.elts)
            ]
            made = self.context.make_tuple(self.builder, result, parts)
        else:
            kind = unliteral(self.types.of[value])
            made = self.context.cast(self.builder, self.taken(value), kind, result)
        returned = self.context.get_return_value(self.builder, result, made)
        place = self.context.call_conv._get_return_argument(self.target)
        self.drop(0)
        self.builder.store(returned, place)
        self.builder.branch(self._exit)

    # ------------------------------------------------------------ control

    def branch(self, statement: ast.If) -> None:
        """Write a branch."""
        builder = self.builder
        condition = self.truth(statement.test)
        self.drop(0)
        arms = [
            (self.target.append_basic_block("if"), arm)
            for arm in (statement.body, statement.orelse)
            if arm
        ]
        after = self.target.append_basic_block("endif")
        builder.cbranch(condition, arms[0][0], arms[1][0] if len(arms) > 1 else after)
        reached = len(arms) == 1
        for block, arm in arms:
            builder.position_at_end(block)
            self.block(arm)
            if not builder.block.is_terminated:
                builder.branch(after)
                reached = True
        builder.position_at_end(after)
        if not reached:
            builder.unreachable()

    def endless(self, statement: ast.While) -> None:
        """Write a loop with a test."""
        builder = self.builder
        head, body, after = (self.target.append_basic_block(x) for x in ("while", "do", "done"))
        otherwise = self.target.append_basic_block("else") if statement.orelse else after
        builder.branch(head)
        builder.position_at_end(head)
        if self.types.known(statement.test) is True:
            builder.branch(body)
        else:
            condition = self.truth(statement.test)
            self.drop(0)
            builder.cbranch(condition, body, otherwise)
        builder.position_at_end(body)
        self._inside(statement.body, head, after)
        if statement.orelse:
            builder.position_at_end(otherwise)
            self.block(statement.orelse)
            if not builder.block.is_terminated:
                builder.branch(after)
        builder.position_at_end(after)

    def loop(self, loop: ast.For) -> None:
        """Write a loop over a range: a test before the first iteration, then one after each."""
        builder = self.builder
        start, stop, step = self.bounds(loop.iter)
        relation = "<" if step > 0 else ">"
        body, latch, after = (self.target.append_basic_block(x) for x in ("for", "next", "end"))
        before = builder.block
        builder.cbranch(builder.icmp_signed(relation, start, stop), body, after)
        builder.position_at_end(body)
        counter = builder.phi(WORD)
        counter.add_incoming(start, before)
        assert isinstance(loop.target, ast.Name)
        assert isinstance(loop.iter, ast.Call)
        self.variables.store(loop.target.id, counter)
        outer, self.hints = self.hints, hints_for(ast.unparse(loop.iter.func)) or self.hints
        self._inside(loop.body, latch, after)
        builder.position_at_end(latch)
        following = builder.add(counter, WORD(step), flags=("nsw",))
        counter.add_incoming(following, latch)
        again = builder.cbranch(builder.icmp_signed(relation, following, stop), body, after)
        if self.hints is not outer and self.hints is not None:
            self.hints.write(builder.module, again)
        self.hints = outer
        builder.position_at_end(after)

    def _inside(self, body: Sequence[ast.stmt], again: Any, after: Any) -> None:
        """Write the body of a loop."""
        self._loops.append((again, after))
        self.block(body)
        self._loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(again)

    def bounds(self, call: ast.expr) -> tuple[Any, Any, int]:
        """Return start, stop and step of a range."""
        assert isinstance(call, ast.Call)
        bounds = [self.word(bound) for bound in call.args[:2]]
        start = bounds[0] if len(bounds) == 2 else WORD(0)
        step = self.types.known(call.args[2]) if len(call.args) > 2 else 1
        if not isinstance(step, int) or not step:
            raise UnknownSourceError(ast.unparse(call))
        return start, bounds[-1], step
