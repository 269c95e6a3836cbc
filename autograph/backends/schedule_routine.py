"""Lowering of routine ops: one call that reads and writes whole buffers.

Enters: a node of a routine op. Leaves: its operands stored in order, buffers for its results, and
the call. A scalar operand or result is the only element of a buffer.
"""

from __future__ import annotations

from autograph.backends import loops as lp
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import View
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ops.routine import constant_options

FIRST = (Affine(0),)


def lower_routine(s: Scheduler, node: Node) -> None:
    """Schedule a call of a library routine."""
    outputs = tuple(_output(s, value) for value in node.results)
    inputs = tuple(_input(s, value) for value in node.operands)
    pairs = (*zip(node.operands, inputs, strict=True), *zip(node.results, outputs, strict=True))
    scalars = frozenset(buffer for value, buffer in pairs if not value.ndim)
    s.add(lp.Call(node.op, constant_options(node), inputs, outputs, scalars, node.site))
    s.note(f"{node.op.name} by the library")
    for value, buffer in zip(node.results, outputs, strict=True):
        if value.ndim:
            s.storages[value] = View.whole(buffer)
        else:
            s.bind(value, lp.Load(buffer, FIRST))


def _output(s: Scheduler, value: Value) -> lp.Buffer:
    return s.allocate(value.dims or (Affine(1),), value.dtype, value.name or "t")


def _input(s: Scheduler, value: Value) -> lp.Buffer:
    if value.ndim:
        return s.stored(value)
    buffer = s.allocate((Affine(1),), value.dtype, value.name or "t")
    s.add(lp.Store(buffer, FIRST, s.scalar(value)))
    return buffer
