"""The scheduler's entry: a graph becomes loop nests over buffers.

Enters: an entry graph. Leaves: a `LoopFunction`. One lowering per family of ops, in the modules
`schedule_*`; elementwise ops, views and element reads need none, they are computed inside the nests
of their consumers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from autograph.backends import loops as lp
from autograph.backends.direct_tapes import compute_in_tapes
from autograph.backends.fuse import fuse
from autograph.backends.jam import jam_rows
from autograph.backends.lanes.run import run_in_lanes
from autograph.backends.late_stores import store_late
from autograph.backends.layout import lay_out
from autograph.backends.moves import Move, move_arrays
from autograph.backends.naming import Names
from autograph.backends.prepare import prepare
from autograph.backends.restores import drop_unread_stores
from autograph.backends.schedule_control import lower_ifelse, lower_scan
from autograph.backends.schedule_gather import lower_update
from autograph.backends.schedule_kept_tapes import lower_load_tape, lower_store_tape
from autograph.backends.schedule_library import lower_library
from autograph.backends.schedule_random import lower_draw
from autograph.backends.schedule_recursion import lower_call, lower_recursion
from autograph.backends.schedule_reductions import (
    lower_check,
    lower_dot,
    lower_nonzero,
    lower_position,
    lower_reduction,
)
from autograph.backends.schedule_reshape import lower_reshape
from autograph.backends.schedule_routine import lower_routine
from autograph.backends.schedule_updates import lower_inc, lower_put, lower_set
from autograph.backends.scheduler import Scheduler
from autograph.backends.short_arrays import hold_in_variables
from autograph.backends.skewing import skew
from autograph.backends.storage import Scalar, View
from autograph.backends.strips import run_in_strips
from autograph.backends.windows import carry_in_windows
from autograph.ir.graph import Graph, Node

LOWERINGS: dict[str, Callable[[Scheduler, Node], None]] = {
    **dict.fromkeys(("sum", "prod", "max", "min", "any", "all"), lower_reduction),
    **dict.fromkeys(("argmax", "argmin"), lower_position),
    "dot": lower_dot,
    "library": lower_library,
    "routine": lower_routine,
    "draw": lower_draw,
    "check": lower_check,
    "set": lower_set,
    "inc": lower_inc,
    **dict.fromkeys(("put", "put_add"), lower_put),
    "nonzero": lower_nonzero,
    "update": lower_update,
    "reshape": lower_reshape,
    "scan": lower_scan,
    "ifelse": lower_ifelse,
    "recurse": lower_call,
    "store_tape": lower_store_tape,
    "load_tape": lower_load_tape,
}


def schedule(graph: Graph, *, ordered: bool = True) -> lp.LoopFunction:
    """Return the loop form of an entry graph.

    Args:
        graph: The graph; it is left alone.
        ordered: Whether a nest may write in place where that needs its iterations in order. Targets
            that run iterations side by side say no, and get a temporary instead.
    """
    prepared = prepare(graph)
    routines = partial(lower_recursion, schedule=partial(schedule, ordered=ordered))
    s = Scheduler(prepared, {**LOWERINGS, "recursion": routines}, ordered)
    function = lp.LoopFunction(
        Names().fresh(graph.name),
        list(prepared.params),
        _param_buffers(s, prepared),
        list(graph.guards),
        prepared.dim_symbols(),
        [],
        [],
        dict(graph.writes),
        s.notes,
    )
    for result, param in graph.writes.items():
        s.scope.owned.add(function.buffers[param])
        s.scope.destinations[prepared.results[result]] = function.buffers[param]
    s.run(s.scope)
    _results(s, prepared, function)
    function.routines = s.routines
    function.body = [*s.prologue, *s.scope.statements]
    compute_in_tapes(function)
    if ordered:
        function.body = hold_in_variables(function.body, function)
        drop_unread_stores(function)
    function.body = fuse(function.body, function, cut=ordered)
    lay_out(function.body, function)
    if ordered:
        skew(function)
        run_in_strips(function.body, function)
        function.body = carry_in_windows(jam_rows(function.body))
        function.body = run_in_lanes(function.body, function)
        store_late(function.body)
    return function


def _param_buffers(s: Scheduler, graph: Graph) -> dict[int, lp.Buffer]:
    """Bind array params to buffers, scalar params to themselves."""
    from_caller: dict[int, lp.Buffer] = {}
    for k, param in enumerate(graph.params):
        if param.ndim:
            buffer = lp.Buffer(param.name or f"x{k}", param.dtype, param.dims, param=k)
            from_caller[k] = buffer
            s.storages[param] = View.whole(buffer)
        else:
            s.storages[param] = Scalar(lp.Read(param))
    for symbol in graph.dim_symbols():
        s.storages[symbol] = Scalar(lp.Read(symbol))
    return from_caller


def _results(s: Scheduler, graph: Graph, function: lp.LoopFunction) -> None:
    """Bring the results to where the caller expects them."""
    moves: list[Move] = []
    fresh: dict[int, lp.Buffer] = {}
    for k, value in enumerate(graph.results):
        if not value.ndim or k in graph.writes:
            continue
        place = s.whole(value)
        mine = place is not None and place in s.scope.owned and place.param is None
        again = place in fresh.values() or any(graph.results[r] is value for r in graph.writes)
        fresh[k] = place if mine and not again and place is not None else s.fresh(value)
        s.scope.recent.add(fresh[k])
    for k, param in graph.writes.items():
        moves.append(Move(function.buffers[param], graph.results[k]))
    move_arrays(s, moves)
    needed = [*fresh.values(), *(move.target for move in moves)]
    for move in moves:
        others = _swapped_with(s.scope.statements, move.target) & set(needed)
        s.add(lp.Restore(move.target, tuple(b for b in needed if b in others)))
    for k, value in enumerate(graph.results):
        if k in graph.writes:
            function.results.append(function.buffers[graph.writes[k]])
        else:
            function.results.append(fresh[k] if value.ndim else s.scalar(value))


def _swapped_with(statements: list[lp.Stmt], buffer: lp.Buffer) -> set[lp.Buffer]:
    """Return the other buffers that may be bound to the memory a buffer began with."""
    swaps = [s for s in lp.walk(statements) if isinstance(s, lp.Swap)]
    found, size = {buffer}, 0
    while len(found) > size:
        size = len(found)
        for swap in swaps:
            if swap.first in found or swap.second in found:
                found |= {swap.first, swap.second}
    return found - {buffer}
