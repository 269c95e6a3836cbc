"""Lowering of reshapes that regroup elements: the array is stored and its memory seen anew.

Enters: a `reshape` node. Leaves: an `Alias` of a buffer that holds the elements in row-major order.
"""

from __future__ import annotations

from autograph.backends import loops as lp
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import View, reshaped_axes
from autograph.ir.graph import Node


def lower_reshape(s: Scheduler, node: Node) -> None:
    """Schedule a reshape."""
    (x,), result = node.operands, node.result
    if reshaped_axes(node) is not None:
        s.lazy(node)
        return
    buffer = s.fresh(x)
    s.scope.pinned.add(buffer)
    alias = lp.Buffer(result.name or "t", result.dtype, result.dims)
    if s.scope.depth == 0:  # in a loop the same memory would be bound to two buffers
        s.scope.owned.add(alias)
    s.add(lp.Alias(alias, buffer))
    s.storages[result] = View.whole(alias)
