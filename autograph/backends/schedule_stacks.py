"""Growing tapes: flat stacks of elements, with marks where the inner tapes of a tape begin.

Enters: pushes and pops of scalars, arrays and inner tapes. Leaves: statements over a flat buffer
and a cursor variable per level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.schedule_reductions import row_major
from autograph.backends.storage import Scalar, StackStorage, View
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.op import get_op
from autograph.ir.types import ArrayType, DType, TapeType, Type

if TYPE_CHECKING:
    from autograph.backends.scheduler import Scheduler

_INITIAL_ROOM = 64


class Cursor(Struct, frozen=True):
    """A flat buffer and the variable that says where its last element ends."""

    buffer: lp.Buffer
    top: Value
    room: Value


class StackTape(StackStorage, eq=False):
    """A tape on stacks.

    Attributes:
        levels: The elements, then per level of tapes around them the marks: for each inner tape,
            the tops that all stacks of lower levels had when it began.
        begun: While an iteration runs, the tops at its beginning.
    """

    levels: tuple[Cursor, ...]
    begun: list[Value] = field(default_factory=list)

    @property
    def buffers(self) -> tuple[lp.Buffer, ...]:
        """The buffers of the stacks."""
        return tuple(level.buffer for level in self.levels)

    # ------------------------------------------------------------ pushing

    def push_scalar(self, s: Scheduler, expr: lp.Expr) -> None:
        """Push a scalar."""
        _push(s, self.levels[0], expr)

    def push_array(self, s: Scheduler, value: Value) -> None:
        """Push an array: its elements in row-major order."""
        data = self.levels[0]
        block = s.block()
        count = element_count(block, value.dims)
        start = Affine.of(block.name(lp.Read(data.top), "start").value)
        s.add(lp.Grow(data.buffer, start + count, data.room))
        nest = _nest(s, value)
        inside = Block(s.storages, s.times, nest.body)
        point = tuple(map(Affine.of, nest.indices))
        at = start + row_major(inside, point, value.dims)
        nest.body.append(lp.Store(data.buffer, (at,), inside.element(value, point)))
        s.add(nest)
        s.add(lp.Assign(data.top, lp.Form(start + count)))

    def begin_inner(self, s: Scheduler) -> StackTape:
        """Remember where the stacks are and return the tape that lies on them from there on."""
        self.begun.clear()
        for level in self.levels[:-1]:
            self.begun.append(s.block().name(lp.Read(level.top), "mark").value)
        return StackTape(self.levels[:-1])

    def end_inner(self, s: Scheduler) -> None:
        """Push the marks of the inner tape that the iteration has filled."""
        for mark in self.begun:
            _push(s, self.levels[-1], lp.Read(mark))

    # ------------------------------------------------------------ popping

    def cursor(self, s: Scheduler) -> StackTape:
        """Return the same tape with variables of its own, for a loop that pops all of it."""
        levels = []
        for level in self.levels:
            top = s.variable(np.int64, "top")
            s.assign(top, lp.Read(level.top))
            levels.append(Cursor(level.buffer, top, level.room))
        return StackTape(tuple(levels))

    def pop(self, s: Scheduler, param: Value) -> None:
        """Bind the param of a loop's body to the last element, which leaves the tape."""
        if isinstance(param.type, TapeType):
            s.storages[param] = self._pop_inner(s)
        elif not param.ndim:
            _drop(s, self.levels[0], Affine(1))
            s.depths[param] = s.scope.depth
            s.add(lp.Let(param, lp.Load(self.levels[0].buffer, (Affine.of(self.levels[0].top),))))
            s.storages[param] = Scalar(lp.Read(param))
        else:
            self._pop_array(s, param)

    def _pop_inner(self, s: Scheduler) -> StackTape:
        inner = []
        for level in self.levels[:-1]:
            end = s.block().name(lp.Read(level.top), "end").value
            inner.append(Cursor(level.buffer, end, level.room))
        marks = self.levels[-1]
        for level in reversed(self.levels[:-1]):
            _drop(s, marks, Affine(1))
            s.add(lp.Assign(level.top, lp.Load(marks.buffer, (Affine.of(marks.top),))))
        return StackTape(tuple(inner))

    def _pop_array(self, s: Scheduler, param: Value) -> None:
        data, block = self.levels[0], s.block()
        _drop(s, data, element_count(block, param.dims))
        buffer = s.allocate(param.dims, param.dtype, "popped")
        nest = _nest(s, param)
        inside = Block(s.storages, s.times, nest.body)
        point = tuple(map(Affine.of, nest.indices))
        at = Affine.of(data.top) + row_major(inside, point, param.dims)
        nest.body.append(lp.Store(buffer, point, lp.Load(data.buffer, (at,))))
        s.add(nest)
        s.storages[param] = View.whole(buffer)


def new_stack(s: Scheduler, type_: Type, dtype: DType) -> StackTape:
    """Return a new, empty tape."""
    levels = [_new_cursor(s, dtype, "tape")]
    while isinstance(type_, TapeType) and not isinstance(type_.element, ArrayType):
        levels.append(_new_cursor(s, np.dtype(np.int64), "marks"))
        type_ = type_.element
    return StackTape(tuple(levels))


def _new_cursor(s: Scheduler, dtype: DType, name: str) -> Cursor:
    buffer = lp.Buffer(name, dtype, (Affine(_INITIAL_ROOM),))
    top, room = s.variable(np.int64, "top"), s.variable(np.int64, "room")
    s.prologue.append(lp.Alloc(buffer))
    s.prologue.append(lp.Assign(room, lp.Constant(np.int64(_INITIAL_ROOM))))
    s.assign(top, lp.Constant(np.int64(0)))
    return Cursor(buffer, top, room)


def _push(s: Scheduler, cursor: Cursor, expr: lp.Expr) -> None:
    top = Affine.of(cursor.top)
    s.add(lp.Grow(cursor.buffer, top + 1, cursor.room))
    s.add(lp.Store(cursor.buffer, (top,), expr))
    s.add(lp.Assign(cursor.top, lp.Form(top + 1)))


def _drop(s: Scheduler, cursor: Cursor, count: Affine) -> None:
    s.add(lp.Assign(cursor.top, lp.Form(Affine.of(cursor.top) - count)))


def _nest(s: Scheduler, value: Value) -> lp.Nest:
    return lp.Nest(s.indices(value.ndim), (Affine(0),) * value.ndim, value.dims, [], site=s.site)


def element_count(block: Block, dims: Sequence[Affine]) -> Affine:
    """Return the product of dims, naming products of variables."""
    total = Affine(1)
    for dim in dims:
        known = next((f.constant for f in (total, dim) if f.constant is not None), None)
        if known is not None:
            total = (dim if total.constant is not None else total) * known
        else:
            args = (lp.Form(total), lp.Form(dim))
            product = lp.Apply(get_op("multiply"), args, np.dtype(np.int64))
            total = Affine.of(block.name(product, "count").value)
    return total
