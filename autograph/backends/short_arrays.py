"""Holds short arrays of known size in variables, one for each element.

Enters: the statements of a function. Leaves: the same, where the function's own arrays of a few
elements are gone: nests over them are written out, and what their elements are is in variables, so
in registers. A result is stored at the end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.backends.axis_order import elements
from autograph.backends.effects import whole_uses
from autograph.backends.rewrite import Substitution, map_statement
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import scalar

#: Arrays of at most so many elements are held in variables.
LONGEST = 4
#: A nest is written out if that makes at most so many statements.
MOST_STATEMENTS = 48

Element: TypeAlias = tuple[lp.Buffer, tuple[int, ...]]
Path: TypeAlias = tuple[int, ...]


def hold_in_variables(body: list[lp.Stmt], function: lp.LoopFunction) -> list[lp.Stmt]:
    """Return the statements without the function's own arrays of a few elements.

    Args:
        body: The statements.
        function: The function that they belong to; it gets a note.
    """
    short = _short_arrays(body)
    if not short:
        return body
    body = _written_out(body, short)
    uses = _Uses()
    uses.visit(body, (), short)
    returned = [r for r in function.results if isinstance(r, lp.Buffer) and r in short]
    holder = _Holder(short, uses.mutable({e for b in returned for e in _elements(b)}))
    body = holder.block(body)
    for buffer in returned:
        body.append(lp.Alloc(buffer))
        body += [lp.Store(buffer, _point(e), holder.content(e)) for e in _elements(buffer)]
    count = "an array" if len(short) == 1 else f"{len(short)} arrays"
    function.notes.append(lp.Note(None, f"{count} of few elements held in variables"))
    return body


def _elements(buffer: lp.Buffer) -> list[Element]:
    extents = [range(d.const) for d in buffer.dims]
    return [(buffer, index) for index in itertools.product(*extents)]


def _point(element: Element) -> lp.Point:
    return tuple(map(Affine, element[1]))


def _element(buffer: lp.Buffer, index: lp.Point) -> Element:
    return buffer, tuple(form.const for form in index)


# ---------------------------------------------------------------- which arrays


def _short_arrays(body: list[lp.Stmt]) -> dict[lp.Buffer, None]:
    """Return the arrays that can be held in variables: all their positions can be told."""
    allocated: dict[lp.Buffer, int] = {}
    for statement in lp.walk(body):
        if isinstance(statement, lp.Alloc) and _is_short(statement.buffer.dims):
            allocated[statement.buffer] = allocated.get(statement.buffer, 0) + 1
    found = {buffer: None for buffer, times in allocated.items() if times == 1}
    for buffer in whole_uses(body):
        found.pop(buffer, None)
    for statement in lp.walk(body):
        for buffer in statement.others if isinstance(statement, lp.Restore) else ():
            found.pop(buffer, None)
    for statement, around in _with_nests(body, ()):
        free = {i for nest in around if _may_be_written_out(nest) for i in nest.indices}
        parallel = not all(_may_be_written_out(nest) for nest in around)
        for buffer, index in elements(statement):
            if not all(symbol in free for form in index for symbol in form.symbols):
                found.pop(buffer, None)
        if isinstance(statement, lp.Store) and parallel:
            found.pop(statement.buffer, None)
    return found


def _is_short(dims: lp.Point) -> bool:
    return all(d.constant is not None for d in dims) and 0 < _size(dims) <= LONGEST


def _size(dims: Sequence[Affine]) -> int:
    return math.prod(max(d.const, 0) for d in dims)


def _with_nests(
    block: Sequence[lp.Stmt], around: tuple[lp.Nest, ...]
) -> Iterator[tuple[lp.Stmt, tuple[lp.Nest, ...]]]:
    """Yield all statements with the nests around them."""
    for statement in block:
        yield statement, around
        inside = (*around, statement) if isinstance(statement, lp.Nest) else around
        for inner in lp.blocks(statement):
            yield from _with_nests(inner, inside)


def _may_be_written_out(nest: lp.Nest) -> bool:
    extents = [high - low for low, high in zip(nest.lower, nest.upper, strict=True)]
    known = all(f.constant is not None for f in (*nest.lower, *nest.upper))
    plain = all(isinstance(s, lp.Let | lp.Assign | lp.Store | lp.Reduce) for s in nest.body)
    return known and plain and 0 < _size(extents) * len(nest.body) <= MOST_STATEMENTS


# ---------------------------------------------------------------- nests become statements


def _written_out(block: list[lp.Stmt], short: Mapping[lp.Buffer, None]) -> list[lp.Stmt]:
    """Return a block with the nests written out that touch short arrays."""
    result: list[lp.Stmt] = []
    for statement in block:
        for inner in lp.blocks(statement):
            inner[:] = _written_out(inner, short)
        touches = isinstance(statement, lp.Nest) and any(
            buffer in short for s in statement.body for buffer, _ in elements(s)
        )
        if touches and isinstance(statement, lp.Nest) and _may_be_written_out(statement):
            result += _iterations(statement)
        else:
            result.append(statement)
    return result


def _iterations(nest: lp.Nest) -> Iterator[lp.Stmt]:
    ranges = [
        range(low.const, high.const) if not down else range(high.const - 1, low.const - 1, -1)
        for low, high, down in zip(nest.lower, nest.upper, nest.reverse, strict=True)
    ]
    for point in itertools.product(*ranges):
        own: dict[Value, Value | Affine] = {
            s.value: Value(s.value.type, None, s.value.name)
            for s in nest.body
            if isinstance(s, lp.Let)
        }
        own.update(zip(nest.indices, map(Affine, point), strict=True))
        for statement in Substitution(own).block(nest.body):
            if isinstance(statement, lp.Reduce):
                target = lp.Read(statement.target)
                total = lp.Apply(statement.op, (target, statement.expr), target.dtype)
                statement = lp.Assign(statement.target, total)
            yield statement


# ---------------------------------------------------------------- arrays become variables


class _Uses(Struct, eq=False):
    """Where the elements of short arrays are stored and loaded: the number and the block."""

    stores: dict[Element, list[tuple[int, Path]]] = field(default_factory=dict)
    loads: dict[Element, list[tuple[int, Path]]] = field(default_factory=dict)
    count: int = 0

    def visit(self, block: Sequence[lp.Stmt], path: Path, short: Mapping[lp.Buffer, None]) -> None:
        """Collect the uses in a block, whose path is the numbers of the blocks around it."""
        for statement in block:
            self.count += 1
            here = (self.count, path)
            if isinstance(statement, lp.Alloc) and statement.buffer in short and statement.zero:
                for element in _elements(statement.buffer):
                    self.stores.setdefault(element, []).append(here)
            for expr in lp.expressions(statement):
                for e in lp.subexpressions(expr):
                    if isinstance(e, lp.Load) and e.buffer in short:
                        self.loads.setdefault(_element(e.buffer, e.index), []).append(here)
            if isinstance(statement, lp.Store) and statement.buffer in short:
                element = _element(statement.buffer, statement.index)
                self.stores.setdefault(element, []).append(here)
            for k, inner in enumerate(lp.blocks(statement)):
                self.visit(inner, (*path, self.count, k), short)

    def mutable(self, returned: set[Element]) -> set[Element]:
        """Return the elements that need a variable that changes.

        Others are stored in one block only, and loaded only after that: each store names a value.
        """
        found = set()
        for element in {*self.stores, *self.loads, *returned}:
            stores, loads = self.stores.get(element, []), list(self.loads.get(element, []))
            if element in returned:
                loads.append((self.count + 1, ()))
            first, home = stores[0] if stores else (self.count, ())
            named = all(path == home for _, path in stores) and all(
                number > first and path[: len(home)] == home for number, path in loads
            )
            if not stores or not named:
                found.add(element)
        return found


class _Holder:
    """Replaces loads and stores of elements by variables."""

    def __init__(self, short: Mapping[lp.Buffer, None], mutable: set[Element]) -> None:
        self.short = short
        self.mutable = mutable
        self.contents: dict[Element, lp.Expr] = {}

    def content(self, element: Element) -> lp.Expr:
        """Return what an element is, where the holder stands."""
        if element not in self.contents:
            self.contents[element] = lp.Read(self.variable(element))
        return self.contents[element]

    @staticmethod
    def variable(element: Element) -> Value:
        """Return a new variable for an element."""
        buffer, index = element
        own = buffer.name != "t"
        name = "_".join([buffer.name, "at", *map(str, index)]) if own else None
        return Value(scalar(buffer.dtype), None, name)

    def block(self, block: Sequence[lp.Stmt]) -> list[lp.Stmt]:
        """Return a block with variables."""
        result: list[lp.Stmt] = []
        for statement in block:
            result += self.statement(statement)
        return result

    def statement(self, statement: lp.Stmt) -> list[lp.Stmt]:
        """Return what a statement becomes."""
        statement = map_statement(statement, self.expr)
        for inner in lp.blocks(statement):
            inner[:] = self.block(inner)
        match statement:
            case lp.Store(buffer, index, expr) if buffer in self.short:
                return [self.store(_element(buffer, index), expr)]
            case lp.Alloc(buffer, zero) if buffer in self.short:
                nothing = lp.Constant(buffer.dtype.type(0))
                return [
                    self.store(element, nothing)
                    for element in _elements(buffer)
                    if zero or element in self.mutable
                ]
        return [statement]

    def store(self, element: Element, expr: lp.Expr) -> lp.Stmt:
        """Return the statement that gives an element its content."""
        if element in self.mutable:
            content = self.content(element)
            assert isinstance(content, lp.Read)
            return lp.Assign(content.value, expr)
        let = lp.Let(self.variable(element), expr)
        self.contents[element] = lp.Read(let.value)
        return let

    def expr(self, expr: lp.Expr) -> lp.Expr:
        """Return an expression without loads of elements."""
        if isinstance(expr, lp.Load) and expr.buffer in self.short:
            return self.content(_element(expr.buffer, expr.index))
        return expr
