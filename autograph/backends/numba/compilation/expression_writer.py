"""Writes expressions of generated source as LLVM code.

Enters: expressions, and the types in their function. Leaves: instructions that compute them. What
calls and operations mean is numba's: its implementations write them, but for arithmetic that is one
instruction. Values are borrowed, unless they are `taken`; arrays that an expression makes are
released when its statement has ended.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.containers import BaseTuple
from numba.core.types.misc import unliteral
from numba.np.arrayobj import load_item

from autograph.backends.numba.compilation import instructions
from autograph.backends.numba.compilation.loop_hints import Hints
from autograph.backends.numba.compilation.source_types import (
    NOTHING,
    Callee,
    SourceTypes,
    UnknownSourceError,
)
from autograph.backends.numba.compilation.variables import Variables

WORD = ir.IntType(64)


class ExpressionWriter:
    """Writes the expressions of one function.

    Args:
        context: numba's target context for the function.
        function: The function.
        found: The types in it.
        target: The LLVM function.
        descriptor: Returns numba's description of a function of the source for types of arguments.
        filename: Where errors say that the source is.
    """

    def __init__(
        self,
        context: Any,
        function: ast.FunctionDef,
        found: SourceTypes,
        target: Any,
        descriptor: Callable[[str, tuple[Any, ...]], Any],
        filename: str,
    ) -> None:
        self.function, self.filename = function, filename
        self.context, self.types, self.target = context, found, target
        self.builder = ir.IRBuilder(target.append_basic_block("entry"))
        self.variables = Variables(context, self.builder, function, found)
        self.hints: Hints | None = None
        self._descriptor = descriptor
        self._implementations: dict[tuple[Any, Any], Any] = {}
        self._fresh: list[tuple[Any, Any]] = []

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression."""
        known = self.types.known(node)
        if known is not NOTHING:
            return self._constant(self.types.of[node], known)
        match node:
            case ast.Name(id=name):
                return self.variables.load(name)
            case ast.BinOp(left=left, right=right):
                return self._operation(node, [left, right])
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
                return self._operation(node, [operand])
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp():
                return self.truth(node)
        return self._compound(node)

    def _compound(self, node: ast.expr) -> Any:
        match node:
            case ast.IfExp():
                return self._choice(node)
            case ast.Tuple(elts=parts):
                values = [self.value(part) for part in parts]
                return self.context.make_tuple(self.builder, self.types.of[node], values)
            case ast.Subscript():
                return self._element(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
        raise UnknownSourceError(ast.unparse(node))

    def _constant(self, kind: Any, value: Any) -> Any:
        """Return the value of what is known while compiling."""
        if isinstance(value, bool | int | float | complex):
            return self.context.get_constant_generic(self.builder, unliteral(kind), value)
        return self.context.get_dummy_value()

    def word(self, node: ast.expr) -> Any:
        """Return the value of an integer with 64 bits."""
        return self.as_type(node, types.int64)

    def as_type(self, node: ast.expr, to: Any) -> Any:
        """Return the value of an expression, converted."""
        value, kind = self.value(node), unliteral(self.types.of[node])
        return value if kind == to else self.context.cast(self.builder, value, kind, to)

    def taken(self, node: ast.expr) -> Any:
        """Return the value of an expression; it is owned by whoever asks."""
        value, kind = self.value(node), self.types.of[node]
        if not self._counted(kind):
            return value
        if self._fresh and self._fresh[-1][1] is value:
            self._fresh.pop()
        else:
            self.context.nrt.incref(self.builder, kind, value)
        return value

    def _counted(self, kind: Any) -> bool:
        """Return whether references to values of a type are counted."""
        if isinstance(kind, types.Number | types.Boolean):
            return False
        return bool(self.context.data_model_manager[kind].contains_nrt_meminfo())

    def drop(self, count: int) -> None:
        """Release what expressions have made but for the first so many."""
        while len(self._fresh) > count:
            self.context.nrt.decref(self.builder, *self._fresh.pop())

    def truth(self, node: ast.expr) -> Any:
        """Return whether an expression holds."""
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = [functools.partial(self.truth, x) for x in values]
                return self._short_circuit(isinstance(op, ast.And), parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.builder.not_(self.truth(operand))
            case ast.Compare(left=left, comparators=others):
                operands = [left, *others]
                values = [self.value(left)]

                def compared(k: int) -> Any:
                    values.append(self.value(others[k]))
                    kinds = [self.types.of[x] for x in operands[k : k + 2]]
                    return self.called(self.types.callees[node, k], kinds, values[k : k + 2])

                tests = [functools.partial(compared, k) for k in range(len(others))]
                return self._short_circuit(True, tests)
        value, kind = self.value(node), unliteral(self.types.of[node])
        return value if kind == types.boolean else self.context.is_true(self.builder, kind, value)

    def _short_circuit(self, all_: bool, tests: Sequence[Callable[[], Any]]) -> Any:
        """Write tests of which each is made only if those before leave it open."""
        builder = self.builder
        decided: list[Any] = []
        after = self.target.append_basic_block("tested") if len(tests) > 1 else None
        for test in tests[:-1]:
            count = len(self._fresh)
            value = test()
            self.drop(count)
            decided.append(builder.block)
            following = self.target.append_basic_block("test")
            builder.cbranch(value, *((following, after) if all_ else (after, following)))
            builder.position_at_end(following)
        count = len(self._fresh)
        value = tests[-1]()
        if after is None:
            return value
        self.drop(count)
        last = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        result = builder.phi(value.type)
        for block in decided:
            result.add_incoming(value.type(int(not all_)), block)
        result.add_incoming(value, last)
        return result

    def _choice(self, node: ast.IfExp) -> Any:
        """Return one of two values."""
        builder, kind = self.builder, unliteral(self.types.of[node])
        if self._counted(kind):
            raise UnknownSourceError(ast.unparse(node))
        condition = self.truth(node.test)
        blocks = [self.target.append_basic_block("choose") for _ in range(2)]
        after = self.target.append_basic_block("chosen")
        builder.cbranch(condition, *blocks)
        arrived = []
        for block, arm in zip(blocks, (node.body, node.orelse), strict=True):
            builder.position_at_end(block)
            count = len(self._fresh)
            value = self.as_type(arm, kind)
            self.drop(count)
            arrived.append((value, builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        result = builder.phi(arrived[0][0].type)
        for value, block in arrived:
            result.add_incoming(value, block)
        return result

    # ------------------------------------------------------------ operations and calls

    def _operation(self, node: ast.expr, operands: Sequence[ast.expr]) -> Any:
        """Return the result of an operation."""
        kinds = [self.types.of[x] for x in operands]
        return self.called(self.types.callees[node], kinds, [self.value(x) for x in operands])

    def called(self, callee: Callee, kinds: Sequence[Any], values: Sequence[Any]) -> Any:
        """Return what comes of operands."""
        signature = callee.signature
        values = [
            value if kind == to else self.context.cast(self.builder, value, kind, to)
            for value, kind, to in zip(values, map(unliteral, kinds), signature.args, strict=True)
        ]
        if isinstance(callee.function, type):
            return instructions.write(self.builder, callee.function, signature.args[0], *values)
        return self._implementation(callee)(self.builder, values)

    def _implementation(self, callee: Callee) -> Any:
        key = callee.function, callee.signature
        if key not in self._implementations:
            self._implementations[key] = self.context.get_function(*key)
        return self._implementations[key]

    def _call(self, node: ast.Call) -> Any:
        """Return what a call returns."""
        callee = self.types.callees[node]
        signature = callee.signature
        values = [
            self._argument(arg, to) for arg, to in zip(node.args, signature.args, strict=True)
        ]
        if isinstance(callee.function, str):
            descriptor = self._descriptor(callee.function, signature.args)
            result = self.context.call_internal(self.builder, descriptor, signature, values)
        elif isinstance(callee.function, types.BoundFunction):
            assert isinstance(node.func, ast.Attribute)
            values.insert(0, self.as_type(node.func.value, callee.function.this))
            result = self._implementation(callee)(self.builder, values)
        else:
            result = self._implementation(callee)(self.builder, values)
        if result is None:
            result = self.context.get_dummy_value()
        if self._counted(signature.return_type):
            self._fresh.append((signature.return_type, result))
        return result

    def _argument(self, node: ast.expr, to: Any) -> Any:
        """Return what a function gets that takes a type; functions and texts have no value."""
        known = self.types.known(node)
        if isinstance(to, types.Literal) and known is not NOTHING:
            return self._constant(to, known)
        has_value = isinstance(to, types.Number | types.Boolean | types.Array | BaseTuple)
        return self.as_type(node, to) if has_value else self.value(node)

    def _attribute(self, node: ast.Attribute) -> Any:
        """Return an attribute of a value."""
        kind, made = self.types.of[node.value], self.types.of[node]
        implementation = self.context.get_getattr(kind, node.attr)
        result = implementation(self.context, self.builder, kind, self.value(node.value), node.attr)
        if self._counted(made):
            self._fresh.append((made, result))
        return result

    def _element(self, node: ast.Subscript) -> Any:
        """Return an element of an array, or a part of a tuple."""
        kind = self.types.of[node.value]
        if isinstance(kind, BaseTuple):
            part = self.types.known(node.slice)
            match node.value:
                case ast.Attribute(value=ast.Name(id=name), attr="shape"):
                    return self.variables.field(name, "shape", part)
            return self.builder.extract_value(self.value(node.value), part)
        place = self.place(node)
        count = len(self.builder.block.instructions)
        loaded = load_item(self.context, self.builder, kind, place)
        self.remember(count)
        return loaded

    def remember(self, count: int) -> None:
        """Note the loads and stores that follow the first instructions of the block."""
        if self.hints is not None:
            self.hints.accesses += [
                x for x in self.builder.block.instructions[count:] if x.opname in ("load", "store")
            ]

    def place(self, node: ast.Subscript) -> Any:
        """Return the address of an element."""
        kind, index = self.types.of[node.value], node.slice
        if not isinstance(node.value, ast.Name):
            raise UnknownSourceError(ast.unparse(node))
        name = node.value.id
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        at = [self.word(part) for part in parts]
        builder, data = self.builder, self.variables.field(name, "data")
        if kind.layout not in "CF":
            strides = [self.variables.field(name, "strides", k) for k in range(kind.ndim)]
            return cgutils.get_item_pointer2(
                self.context, builder, data, strides, strides, kind.layout, at
            )
        axes = [*range(kind.ndim)][:: 1 if kind.layout == "C" else -1]
        extents = {k: self.variables.field(name, "shape", k) for k in axes[1:]}
        offset = None
        for number, axis in enumerate(axes):
            term, inside = at[axis], [extents[k] for k in axes[number + 1 :]]
            if inside:
                term = builder.mul(term, functools.reduce(builder.mul, inside))
            offset = term if offset is None else builder.add(offset, term)
        return builder.gep(data, [WORD(0) if offset is None else offset])
