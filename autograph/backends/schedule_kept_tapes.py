"""Lowering of tapes that one program leaves for another: as buffers that calls return and take.

Enters: `store_tape` and `load_tape`. Leaves: a tape's own buffers where these have the right size,
copies of the filled parts of stacks.
"""

from __future__ import annotations

import numpy as np

from autograph.backends import loops as lp
from autograph.backends.block import Block
from autograph.backends.schedule_reductions import row_major
from autograph.backends.schedule_stacks import Cursor, StackTape
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import FixedTape, View
from autograph.errors import InternalError
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value
from autograph.ops.tapes import stored_values


def lower_store_tape(s: Scheduler, node: Node) -> None:
    """Schedule what makes arrays of a tape."""
    storage = s.storages[node.operands[0]]
    if isinstance(storage, FixedTape):
        s.storages[node.result] = View.whole(storage.buffer)
        return
    if not isinstance(storage, StackTape):
        raise InternalError("a tape is kept that is nowhere", node.site)
    for (count, array), level in zip(stored_values(node), storage.levels, strict=False):
        if count is not None:
            s.bind(count, lp.Read(level.top))
        buffer = s.allocate(array.dims, array.dtype, "kept")
        nest = lp.Nest(
            s.indices(array.ndim), (Affine(0),) * array.ndim, array.dims, [], site=node.site
        )
        inside = Block(s.storages, s.times, nest.body)
        point = tuple(map(Affine.of, nest.indices))
        at = row_major(inside, point, array.dims)
        nest.body.append(lp.Store(buffer, point, lp.Load(level.buffer, (at,))))
        s.add(nest)
        s.storages[array] = View.whole(buffer)


def lower_load_tape(s: Scheduler, node: Node) -> None:
    """Schedule what makes a tape of arrays."""
    pairs = stored_values(node)
    if node.attrs["lengths"]:
        buffer = s.stored(pairs[0][1])
        s.storages[node.result] = FixedTape(buffer, (), node.attrs["lengths"])
        return
    s.storages[node.result] = StackTape(tuple(_cursor(s, count, array) for count, array in pairs))


def _cursor(s: Scheduler, count: Value | None, array: Value) -> Cursor:
    assert count is not None
    top, room = s.variable(np.int64, "top"), s.variable(np.int64, "room")
    for variable in (top, room):
        s.assign(variable, s.scalar(count))
    return Cursor(s.stored(array), top, room)
