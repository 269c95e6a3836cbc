"""Lowering of recursion: a routine is scheduled like an entry graph, and its calls are statements.

Enters: a node that calls a routine. Leaves: the call. Arrays that the routine changes are handed to
it in buffers that the caller may overwrite, and lie there afterwards; new arrays come in buffers
of their own, which belong to the caller from then on.
"""

from __future__ import annotations

from collections.abc import Callable

from autograph.backends import loops as lp
from autograph.backends.scheduler import Scheduler
from autograph.backends.storage import Scalar, View
from autograph.ir.graph import Graph, Node, Value

Schedule = Callable[[Graph], lp.LoopFunction]


def lower_recursion(s: Scheduler, node: Node, schedule: Schedule) -> None:
    """Schedule a routine and the call of it from outside."""
    (routine,) = node.regions
    graph = Graph(routine.name, routine.params, routine.nodes, routine.results)
    graph.writes = dict(node.attrs["writes"])
    function = schedule(graph)
    function.deepest = node.attrs["deepest"]
    s.routines.append(function)
    s.notes += function.notes
    lower_call(s, node, function)
    if function.deepest > 1:
        s.note(f"'{routine.name}' calls itself: it is a function of its own")


def lower_call(s: Scheduler, node: Node, routine: lp.LoopFunction | None = None) -> None:
    """Schedule a call of a routine, of the one around if none is given."""
    written = {operand: result for result, operand in node.attrs["writes"]}
    arguments: dict[int, lp.Buffer | lp.Expr] = {}
    for k, value in enumerate(node.operands):
        if k not in written:
            arguments[k] = s.stored(value) if value.ndim else s.scalar(value)
            _keep(s, arguments[k])
    for k in written:
        value = node.operands[k]
        arguments[k] = s.fresh(value) if _is_shared(s, node, k) else s.owned_copy(value)
        _keep(s, arguments[k])
    returned = [v for k, v in enumerate(node.results) if k not in written.values()]
    made: list[lp.Buffer | Value] = []
    for value in returned:
        s.depths[value] = s.scope.depth
        if value.ndim:
            buffer = lp.Buffer(value.name or "t", value.dtype, value.dims)
            s.scope.owned.add(buffer)
            s.storages[value] = View.whole(buffer)
            made.append(buffer)
        else:
            s.storages[value] = Scalar(lp.Read(value))
            made.append(value)
    for k, result in written.items():
        place = arguments[k]
        assert isinstance(place, lp.Buffer)
        s.storages[node.results[result]] = View.whole(place)
    ordered = tuple(arguments[k] for k in range(len(node.operands)))
    changed = tuple(b for k, b in arguments.items() if k in written and isinstance(b, lp.Buffer))
    s.add(lp.Invoke(routine, ordered, changed, tuple(made), node.site))


def _keep(s: Scheduler, argument: lp.Buffer | lp.Expr) -> None:
    if isinstance(argument, lp.Buffer):
        s.scope.recent.add(argument)


def _is_shared(s: Scheduler, node: Node, k: int) -> bool:
    """Return whether another operand lies in the memory of one that is written."""
    buffer = s.whole(node.operands[k])
    others = [v for j, v in enumerate(node.operands) if j != k and v.ndim]
    return node.operands[k] in others or any(buffer in s.buffers_read(v) for v in others)
