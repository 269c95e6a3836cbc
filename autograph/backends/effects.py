"""What a statement reads and writes: variables and buffers, whole.

Enters: statements of the loop form. Leaves: `Effects`, which tell whether two may change places.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.ir.affine import Affine
from autograph.ir.graph import Value

Place: TypeAlias = Value | lp.Buffer


class Effects(Struct):
    """The variables and buffers that statements read and write.

    Attributes:
        reads: What is read; a buffer also if only its binding matters.
        writes: What is written or bound anew.
        leaves: Whether control may leave the statement for elsewhere.
    """

    reads: set[Place] = field(default_factory=set)
    writes: set[Place] = field(default_factory=set)
    leaves: bool = False

    def union(self, other: Effects) -> Effects:
        """Return the effects of both."""
        leaves = self.leaves or other.leaves
        return Effects(self.reads | other.reads, self.writes | other.writes, leaves)

    def conflicts(self, other: Effects) -> bool:
        """Return whether the order of the two matters."""
        if self.leaves or other.leaves:
            return True
        return not (
            self.writes.isdisjoint(other.writes)
            and self.writes.isdisjoint(other.reads)
            and other.writes.isdisjoint(self.reads)
        )


def effects(statement: lp.Stmt) -> Effects:
    """Return the effects of a statement, those of blocks inside included."""
    found = Effects()
    for inner in lp.walk([statement]):
        _add(found, inner)
    return found


class KnownEffects:
    """The effects of statements, each found once: for as long as none of them changes."""

    def __init__(self) -> None:
        self._found: dict[lp.Stmt, Effects] = {}

    def __call__(self, statement: lp.Stmt) -> Effects:
        """Return the effects of a statement."""
        found = self._found.get(statement)
        if found is None:
            found = self._found[statement] = effects(statement)
        return found


def reads_of(expr: lp.Expr) -> set[Place]:
    """Return the variables and buffers that an expression reads."""
    found: set[Place] = set(lp.variables(expr))
    found.update(e.buffer for e in lp.subexpressions(expr) if isinstance(e, lp.Load))
    return found


def _add(found: Effects, statement: lp.Stmt) -> None:
    for expr in lp.expressions(statement):
        found.reads |= reads_of(expr)
    match statement:
        case lp.Let(value) | lp.Assign(value):
            found.writes.add(value)
        case lp.Reduce(target):
            found.reads.add(target)
            found.writes.add(target)
        case lp.ArgReduce(best, position, _, _, at):
            found.writes |= {best, position}
            _read_forms(found, [at])
        case lp.Store(buffer, index):
            found.writes.add(buffer)
            _read_forms(found, index)
        case lp.Nest(indices, lower, upper):
            found.writes.update(indices)
            _read_forms(found, (*lower, *upper))
        case lp.For(index, length):
            found.writes.add(index)
            _read_forms(found, [length])
        case lp.Break() | lp.Check():
            found.leaves = True
        case _:
            _add_memory(found, statement)


def _add_memory(found: Effects, statement: lp.Stmt) -> None:
    match statement:
        case lp.Alloc(buffer):
            found.writes.add(buffer)
            _read_forms(found, buffer.dims)
        case lp.Alias(buffer, of):
            found.writes |= {buffer, of}
            _read_forms(found, buffer.dims)
        case lp.Grow(buffer, capacity, room):
            found.writes |= {buffer, room}
            _read_forms(found, [capacity])
        case lp.Swap(first, second):
            found.writes |= {first, second}
        case lp.Restore(buffer):
            found.writes.add(buffer)
        case lp.MatMul(out, first, second):
            found.writes.add(out)
            found.reads |= {first.buffer, second.buffer}
        case lp.Call(_, _, inputs, outputs):
            found.reads.update(inputs)
            found.writes.update(outputs)
            found.leaves = True
        case lp.Draw(_, state, _, value):
            found.reads.add(state)
            found.writes |= {state, value}
        case lp.LibraryRun() | lp.LibraryResults() | lp.Invoke():
            _add_call(found, statement)


def _add_call(found: Effects, statement: lp.LibraryRun | lp.LibraryResults | lp.Invoke) -> None:
    found.leaves = True
    match statement:
        case lp.LibraryRun():
            found.reads.update(statement.operands)
            found.writes.update((*statement.sizes, statement.ticket))
        case lp.LibraryResults():
            found.reads.add(statement.ticket)
            found.writes.update(statement.out)
        case lp.Invoke():
            found.reads.update(statement.buffers)
            found.writes.update((*statement.written, *statement.made))


def _read_forms(found: Effects, forms: Iterable[Affine]) -> None:
    for form in forms:
        found.reads.update(form.symbols)


def whole_uses(body: list[lp.Stmt]) -> set[lp.Buffer]:
    """Return the buffers that are used other than by loads and stores of elements."""
    found: set[lp.Buffer] = set()
    for statement in lp.walk(body):
        match statement:
            case lp.Alias(first, second) | lp.Swap(first, second):
                found |= {first, second}
            case lp.Grow(buffer) | lp.Restore(buffer) | lp.Draw(_, buffer):
                found.add(buffer)
            case lp.MatMul(out, first, second):
                found |= {out, first.buffer, second.buffer}
            case lp.LibraryRun(_, operands):
                found.update(operands)
            case lp.LibraryResults(_, out):
                found.update(out)
            case lp.Call(_, _, inputs, outputs):
                found |= {*inputs, *outputs}
            case lp.Invoke():
                found.update((*statement.buffers, *statement.made_buffers))
    return found
