"""Lowering of calls of library functions: operands and results lie in buffers of their own.

Enters: a `library` node. Leaves: a statement that runs the function, which tells the extents of the
results, and one that copies the results to buffers of these extents.
"""

from __future__ import annotations

from autograph.backends import loops as lp
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import Scalar, View
from autograph.ir.affine import Affine
from autograph.ir.graph import Node, Value, symbol

POINT = (Affine(0),)


def lower_library(s: Scheduler, node: Node) -> None:
    """Schedule a call of a library function."""
    count = len(node.results) - len(node.attrs["dtypes"])
    sizes, arrays = node.results[:count], node.results[count:]
    operands = tuple(s.stored(v) if v.ndim else _boxed(s, v) for v in node.operands)
    ticket = symbol("ticket")
    attrs = node.attrs
    scalars = tuple(not v.ndim for v in node.operands)
    s.add(
        lp.LibraryRun(
            attrs["call"],
            operands,
            scalars,
            sizes,
            ticket,
            attrs["dtypes"],
            attrs["dims"],
            node.site,
        )
    )
    for size in sizes:
        s.depths[size] = s.scope.depth
        s.storages[size] = Scalar(lp.Read(size))
    out = tuple(_buffer(s, v) for v in arrays)
    s.add(lp.LibraryResults(ticket, out))
    for value, buffer in zip(arrays, out, strict=True):
        if value.ndim:
            s.storages[value] = View.whole(buffer)
        else:
            s.bind(value, lp.Load(buffer, POINT))


def _boxed(s: Scheduler, value: Value) -> lp.Buffer:
    """Return a buffer of one element that holds a scalar."""
    box = s.allocate((Affine(1),), value.dtype, value.name or "t")
    s.add(lp.Store(box, POINT, s.scalar(value)))
    return box


def _buffer(s: Scheduler, value: Value) -> lp.Buffer:
    dims = value.dims if value.ndim else (Affine(1),)
    return s.allocate(dims, value.dtype, value.name or "t")
