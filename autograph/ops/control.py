"""Control ops, which hold regions, and the check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Value, building, emit, region_params
from autograph.ir.op import Op, constant_operands
from autograph.ir.types import ArrayType, TapeType, Type, scalar


def _infer_ifelse(node: Node) -> Sequence[Type]:
    then, orelse = node.regions
    types = [v.type for v in then.results]
    if [v.type for v in orelse.results] != types:
        raise TypeError(f"arms of unlike types: {types}, {[v.type for v in orelse.results]}")
    return types


ifelse = Op("ifelse", "control", _infer_ifelse)
"""Runs the first region if the bool scalar operand holds, else the second."""


def _infer_scan(node: Node) -> Sequence[Type]:
    count, until = node.attrs["carries"], node.attrs["until"]
    body = node.regions[0]
    carries = [v.type for v in node.operands[:count]]
    given = [v.type for v in body.results[:count]]
    if given != carries:
        raise TypeError(
            f"carries enter as {list(map(str, carries))}, leave {list(map(str, given))}"
        )
    pushed = body.results[count : len(body.results) - until]
    trips: list[Type] = [scalar(np.int64)] if has_trip_count(node) else []
    return [*carries, *trips, *(TapeType(v.type) for v in pushed)]


scan = Op("scan", "control", _infer_scan)
"""A loop over carried values.

Attributes: `length` (form, or None), `reverse`, `carries` (their number), `until`.
"""


def has_trip_count(node: Node) -> bool:
    """Return whether a scan has its number of trips among its results."""
    return node.attrs["length"] is None or bool(node.attrs["until"])


def trip_count(node: Node) -> Affine:
    """Return the number of iterations a scan has run."""
    if has_trip_count(node):
        return Affine.of(node.results[node.attrs["carries"]])
    length = node.attrs["length"]
    assert isinstance(length, Affine)
    return length


def tape_results(node: Node) -> tuple[Value, ...]:
    """Return the tapes among the results of a scan."""
    return node.results[node.attrs["carries"] + has_trip_count(node) :]


def pushed_values(node: Node) -> list[Value]:
    """Return the body results that a scan pushes on its tapes."""
    body, count = node.regions[0], node.attrs["carries"]
    return body.results[count : len(body.results) - node.attrs["until"]]


def make_scan(
    length: Affine | None,
    inits: Sequence[Any],
    body: Callable[..., Sequence[Any]],
    *,
    tapes: Sequence[Value] = (),
    condition: Callable[..., Any] | None = None,
    reverse: bool = False,
    until: bool = False,
    names: Sequence[str | None] | None = None,
    index_name: str | None = None,
) -> tuple[Value, ...]:
    """Emit a scan; `body(index, *carries, *elements)` and `condition(*carries)` emit regions.

    Args:
        length: Number of iterations, or None for a loop that only its condition ends.
        inits: First values of the carries; numbers become constants.
        body: Returns the next carries, then what to push on tapes, then the stop flag if `until`.
        tapes: Tapes to pop, one element an iteration.
        condition: Whether to run another iteration.
        reverse: Whether the index runs down.
        until: Whether the body says when to stop.
        names: Names of the carries.
        index_name: Name of the index.
    """
    operands = constant_operands(inits)
    types: list[Type] = [v.type for v in operands]
    for tape in tapes:
        assert isinstance(tape.type, TapeType)
        types.append(tape.type.element)
    labels = [*(names or [None] * len(operands)), *[None] * len(tapes)]
    region = Graph("body", [Value(scalar(np.int64), None, index_name)])
    region.params += region_params(types, labels)
    with building(region):
        region.results = constant_operands(list(body(*region.params)))
    regions = [region]
    if condition is not None:
        test = Graph("while", region_params((v.type for v in operands), labels[: len(operands)]))
        with building(test):
            test.results = constant_operands([condition(*test.params)])
        regions.append(test)
    attrs = {"length": length, "reverse": reverse, "carries": len(operands), "until": until}
    return emit(scan, [*operands, *tapes], attrs, regions)


def make_ifelse(
    condition: Value, then: Callable[[], Sequence[Any]], orelse: Callable[[], Sequence[Any]]
) -> tuple[Value, ...]:
    """Emit an ifelse; `then()` and `orelse()` emit the regions and return their results."""
    regions = []
    for name, arm in (("then", then), ("else", orelse)):
        region = Graph(name)
        with building(region):
            region.results = constant_operands(list(arm()))
        regions.append(region)
    return emit(ifelse, [condition], {}, regions)


def _infer_check(node: Node) -> Sequence[Type]:
    condition = node.operands[0].type
    if not isinstance(condition, ArrayType) or condition.dtype != np.bool_:
        raise TypeError(f"check of {condition}")
    return ()


check = Op("check", "effect", _infer_check)
"""Abandons the call, before anything is committed, unless the condition holds everywhere."""

OUT_OF_ROOM = "a list needs more room"
"""The message of a check that fails where a call has to be repeated with more room for lists."""


def out_of_room(number: int | None) -> str:
    """Return the message where a certain room is too small."""
    return OUT_OF_ROOM if number is None else f"{OUT_OF_ROOM}: {number}"


def room_too_small(message: str) -> int | None:
    """Return 0 for a message that there is too little room, 1 + its number if it has one."""
    text, _, number = message.partition(": ")
    if text != OUT_OF_ROOM:
        return None
    return 1 + int(number) if number else 0
