"""The reverse of a branch is a branch on the same condition.

Each arm runs again what its rules need and runs backwards from there. It returns the cotangents
of the active values that either arm reads from around the branch, begun from what they are so
far, and the arrays whose writes it undoes. The arm not taken contributes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from autograph.autodiff.arm_frame import Arm
from autograph.autodiff.cotangents import Cotangents
from autograph.autodiff.primal import Frame
from autograph.autodiff.versions import first_version, steps_to
from autograph.errors import NondifferentiableError
from autograph.ir.graph import Node, Value, building, emit, free_values
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse

Walk = Callable[[Frame, Cotangents], None]
"""Runs a frame's region backwards."""


def reverse_ifelse(node: Node, frame: Frame, cotangents: Cotangents, walk: Walk) -> None:
    """Emit the reverse of an ifelse of the frame's region.

    Args:
        node: The branch.
        frame: The frame of the region that holds it.
        cotangents: Those of the frame's region; updated.
        walk: Runs an arm backwards.

    Raises:
        NondifferentiableError: If the branch captures or returns a tape.
    """
    given = [(k, cotangents.take(result)) for k, result in enumerate(node.results)]
    held = [k for k, result in enumerate(node.results) if frame.holds(result)]
    if not held and all(g is None for _, g in given):
        return
    captures = _captures(node, frame)
    before = {value: cotangents.take(value) for value in captures}
    arms, found = [], []
    for which in (0, 1):
        arm = Arm(frame, node, which, frame.plan)
        inner = Cotangents(arm)
        with building(arm.reverse):
            for value, x in before.items():
                if x is not None:
                    inner.put(value, x)
            for k, g in given:
                if g is not None:
                    inner.add(arm.region.results[k], g)
            walk(arm, inner)
            found.append({value: inner.take(value) for value in captures})
        arms.append(arm)
    _emit(node, frame, cotangents, arms, (before, found), held)


def _captures(node: Node, frame: Frame) -> list[Value]:
    """Return the active values that the arms read from around the branch."""
    free = dict.fromkeys(v for region in node.regions for v in free_values(region))
    captures = [v for v in free if v in frame.plan.active]
    if not all(isinstance(v.type, ArrayType) for v in (*captures, *node.results)):
        raise NondifferentiableError("a tape enters or leaves a branch", node.site)
    return captures


def _emit(
    node: Node,
    frame: Frame,
    cotangents: Cotangents,
    arms: list[Arm],
    sums: tuple[dict[Value, Value | None], list[dict[Value, Value | None]]],
    held: list[int],
) -> None:
    """Emit the branch: results are changed cotangents, then arrays with their writes undone."""
    before, found = sums
    changed = [v for v, x in before.items() if any(after[v] is not x for after in found)]
    starts = [_start(node, k) for k in held]
    for arm, after in zip(arms, found, strict=True):
        with building(arm.reverse):
            for value in changed:
                x = after[value]
                arm.reverse.results.append(frame.zeros(value) if x is None else x)
            arm.reverse.results += [arm.demand(start) for start in starts]
    results: tuple[Value, ...] = ()
    with building(frame.reverse):
        if changed or starts:
            condition = frame.demand(node.operands[0])
            results = emit(ifelse, [condition], {}, [arm.reverse for arm in arms])
        for value, x in before.items():
            if value not in changed and x is not None:
                cotangents.put(value, x)
        for value, result in zip(changed, results, strict=False):
            cotangents.put(value, result)
        for start, result in zip(starts, results[len(changed) :], strict=True):
            frame.know(start, result)


def _start(node: Node, k: int) -> Value:
    """Return the version of an array that result `k` of the branch starts from."""
    region = node.regions[0]
    last = region.results[k]
    return first_version(last, steps_to(last, region))
