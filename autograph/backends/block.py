"""Statements under construction: evaluates single elements of values.

Enters: values with or without storage, and points. Leaves: expressions, and `Let` statements for
elements that are used more than once.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.storage import Scalar, Storage, View, is_lazy, operand_point
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ir.types import scalar


class Block:
    """A block of statements; elements evaluated in it are remembered.

    Args:
        storages: Where values with storage are.
        times: How often each value is used; what is used more than once gets a name.
        statements: The statements so far, appended to.
        outer: The block around, whose elements are known here too.
    """

    def __init__(
        self,
        storages: Mapping[Value, Storage],
        times: Mapping[Value, int],
        statements: list[lp.Stmt],
        outer: Block | None = None,
    ) -> None:
        self.storages = storages
        self.times = times
        self.statements = statements
        self.known: dict[tuple[Value, lp.Point], lp.Expr] = dict(outer.known) if outer else {}

    def inner(self, statements: list[lp.Stmt]) -> Block:
        """Return a block inside this one."""
        return Block(self.storages, self.times, statements, self)

    def scalar(self, value: Value) -> lp.Expr:
        """Return a rank-0 value without giving it a name."""
        storage = self.storages.get(value)
        return storage.expr if isinstance(storage, Scalar) else self._compute(value, ())

    def element(self, value: Value, point: lp.Point) -> lp.Expr:
        """Return the element of a value at a point."""
        storage = self.storages.get(value)
        if isinstance(storage, Scalar):
            return storage.expr
        key = (value, point)
        if key in self.known:
            return self.known[key]
        if isinstance(storage, View):
            expr: lp.Expr = lp.Load(storage.buffer, storage.at(point))
        else:
            expr = self._compute(value, point)
        if self.times.get(value, 0) > 1 and isinstance(expr, lp.Apply | lp.Load):
            expr = self.name(expr, value.name)
        self.known[key] = expr
        return expr

    def name(self, expr: lp.Expr, name: str | None = None) -> lp.Read:
        """Give the value of an expression a name."""
        variable = Value(scalar(expr.dtype), None, name)
        self.statements.append(lp.Let(variable, expr))
        return lp.Read(variable)

    def position(self, expr: lp.Expr) -> Affine:
        """Return an int64 expression as a form."""
        if isinstance(expr, lp.Form):
            return expr.form
        if isinstance(expr, lp.Constant):
            return Affine(int(expr.value))
        read = expr if isinstance(expr, lp.Read) else self.name(expr)
        return Affine.of(read.value)

    def _compute(self, value: Value, point: lp.Point) -> lp.Expr:
        node = value.node
        if node is None or not is_lazy(node):
            raise InternalError(f"{value!r} was not scheduled before it is used")
        match node.op.name:
            case "constant":
                return lp.Constant(node.attrs["value"])
            case "affine":
                return lp.Form(node.attrs["form"])
            case "iota":
                return lp.Form(point[0])
            case "empty":
                return lp.Constant(value.dtype.type(0))
            case "take":
                return self._take(node, point)
        args = tuple(
            self.element(v, operand_point(node, k, point)) for k, v in enumerate(node.operands)
        )
        if node.op.kind != "elementwise":
            return args[0]
        return lp.Apply(node.op, args, value.dtype)

    def _take(self, node: Node, point: lp.Point) -> lp.Expr:
        array, *indices = node.operands
        positions = [
            self.position(self.element(v, operand_point(node, k, point)))
            for k, v in enumerate(indices, start=1)
        ]
        return self.element(array, tuple(positions))


def literal(dtype: np.dtype[np.generic], number: float | bool) -> lp.Constant:
    """Return a constant of a dtype."""
    return lp.Constant(dtype.type(number))
