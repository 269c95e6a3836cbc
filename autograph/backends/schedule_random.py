"""Lowering of draws of random numbers: the state of the generator is changed in place.

Enters: a `draw` node. Leaves: a statement that draws by the buffer of the state.
"""

from __future__ import annotations

from autograph.backends import loops as lp
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import Scalar, View
from autograph.ir.graph import Node


def lower_draw(s: Scheduler, node: Node) -> None:
    """Schedule a draw."""
    state, *parameters = node.operands
    given = tuple(s.scalar(p) for p in parameters)
    buffer = s.owned_copy(state)
    after, value = node.results
    s.depths[value] = s.scope.depth
    s.add(lp.Draw(node.attrs["distribution"], buffer, given, value, node.site))
    s.storages[after] = View.whole(buffer)
    s.storages[value] = Scalar(lp.Read(value))
