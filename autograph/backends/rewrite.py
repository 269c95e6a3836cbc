"""Copies of statements and expressions with something replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from autograph.backends import loops as lp
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Value

ExprMap = Callable[[lp.Expr], lp.Expr]


def map_expr(expr: lp.Expr, change: ExprMap) -> lp.Expr:
    """Return an expression with `change` applied to every part, innermost first."""
    if isinstance(expr, lp.Apply):
        expr = lp.Apply(expr.op, tuple(map_expr(a, change) for a in expr.args), expr.dtype)
    return change(expr)


def map_statement(statement: lp.Stmt, change: ExprMap) -> lp.Stmt:
    """Return a statement with `change` applied to its own expressions (not to blocks inside)."""
    if isinstance(statement, lp.Let | lp.Assign | lp.Store | lp.Reduce | lp.ArgReduce):
        return replace(statement, expr=map_expr(statement.expr, change))
    if isinstance(statement, lp.If | lp.Check):
        return replace(statement, condition=map_expr(statement.condition, change))
    if isinstance(statement, lp.Draw):
        return replace(
            statement, parameters=tuple(map_expr(p, change) for p in statement.parameters)
        )
    if isinstance(statement, lp.Invoke):
        arguments = (
            a if isinstance(a, lp.Buffer) else map_expr(a, change) for a in statement.arguments
        )
        return replace(statement, arguments=tuple(arguments))
    return statement


def map_elements(
    block: Sequence[lp.Stmt], change: Callable[[lp.Buffer, lp.Point], lp.Point]
) -> list[lp.Stmt]:
    """Return a copy of a block in which all accesses to buffers are at other points."""

    def load(expr: lp.Expr) -> lp.Expr:
        return (
            lp.Load(expr.buffer, change(expr.buffer, expr.index))
            if isinstance(expr, lp.Load)
            else expr
        )

    result = []
    for statement in block:
        statement = map_statement(statement, load)
        match statement:
            case lp.Store(buffer, index):
                statement = replace(statement, index=change(buffer, index))
            case lp.Nest(_, _, _, body):
                statement = replace(statement, body=map_elements(body, change))
            case lp.If(_, then, orelse):
                then, orelse = map_elements(then, change), map_elements(orelse, change)
                statement = replace(statement, then=then, orelse=orelse)
        result.append(statement)
    return result


class Substitution:
    """Replaces variables by forms, or by other variables, in statements.

    Args:
        mapping: What stands for each variable; for a name that the statements define, another.
    """

    def __init__(self, mapping: Mapping[Value, AffineLike]) -> None:
        self.mapping = mapping

    def form(self, form: Affine) -> Affine:
        """Return a form with the variables replaced."""
        return form.substitute(self.mapping)

    def point(self, point: lp.Point) -> lp.Point:
        """Return a point with the variables replaced."""
        return tuple(map(self.form, point))

    def expr(self, expr: lp.Expr) -> lp.Expr:
        """Return an expression with the variables replaced in its own forms."""
        match expr:
            case lp.Read(value):
                other = self.mapping.get(value, value)
                return lp.Read(other) if isinstance(other, Value) else lp.Form(Affine.of(other))
            case lp.Form(form):
                return lp.Form(self.form(form))
            case lp.Load(buffer, index):
                return lp.Load(buffer, self.point(index))
            case lp.Inside(at, lower, upper):
                return lp.Inside(self.point(at), self.point(lower), self.point(upper))
        return expr

    def variable(self, value: Value) -> Value:
        """Return the variable that stands for one that the statements define."""
        other = self.mapping.get(value)
        return other if isinstance(other, Value) else value

    def statement(self, statement: lp.Stmt) -> lp.Stmt:
        """Return a statement with the variables replaced."""
        statement = map_statement(statement, self.expr)
        match statement:
            case lp.Let(value) | lp.Assign(value):
                return replace(statement, value=self.variable(value))
            case lp.Reduce(target):
                return replace(statement, target=self.variable(target))
            case lp.Store():
                return replace(statement, index=self.point(statement.index))
            case lp.ArgReduce():
                return replace(statement, at=self.form(statement.at))
            case lp.Grow():
                return replace(statement, capacity=self.form(statement.capacity))
            case lp.Nest():
                lower, upper = self.point(statement.lower), self.point(statement.upper)
                body = self.block(statement.body)
                return replace(statement, lower=lower, upper=upper, body=body)
            case lp.For():
                length, body = self.form(statement.length), self.block(statement.body)
                return replace(statement, length=length, body=body)
            case lp.While():
                return replace(statement, body=self.block(statement.body))
            case lp.If():
                then, orelse = self.block(statement.then), self.block(statement.orelse)
                return replace(statement, then=then, orelse=orelse)
        return statement

    def block(self, statements: list[lp.Stmt]) -> list[lp.Stmt]:
        """Return a block with the variables replaced."""
        return [self.statement(statement) for statement in statements]


def placed(nest: lp.Nest, start: lp.Point, indices: tuple[Value, ...], at: lp.Point) -> lp.Nest:
    """Return a nest with other index variables, moved so that one point comes to be another.

    Args:
        nest: The nest.
        start: A point of its space.
        indices: The index variables that the copy has.
        at: The point that stands for `start` in the copy.
    """
    gaps = [a - b for a, b in zip(start, at, strict=True)]
    mapping = {
        index: Affine.of(other) + gap
        for index, other, gap in zip(nest.indices, indices, gaps, strict=True)
    }
    lower = tuple(form - gap for form, gap in zip(nest.lower, gaps, strict=True))
    upper = tuple(form - gap for form, gap in zip(nest.upper, gaps, strict=True))
    body = Substitution(mapping).block(nest.body)
    return replace(nest, indices=indices, lower=lower, upper=upper, body=body)
