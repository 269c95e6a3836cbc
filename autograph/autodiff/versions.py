"""The versions of an array that is updated piece by piece, and the steps between them.

A loop that writes into an array carries it, and each write makes a new version. If every step
from the first version of an iteration to the last only overwrites pieces, any version can be had
from the last one by putting the old pieces back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Node, Slice, Value, defined_in
from autograph.ir.types import ArrayType
from autograph.ops.control import ifelse, scan
from autograph.ops.structure import inc, set_


class Step(Struct, frozen=True):
    """A node that makes the version `after` of an array from the version `before`."""

    node: Node
    before: Value
    after: Value

    @property
    def is_write(self) -> bool:
        """Whether the step is a single write, not a loop or branch of writes."""
        return self.node.op in (set_, inc)


def steps_to(last: Value, region: Graph) -> list[Step]:
    """Return the steps inside a region that lead to a version, newest first."""
    inside = defined_in(region)
    steps: list[Step] = []
    version = last
    while version in inside and (step := _step(version)) is not None:
        steps.append(step)
        version = step.before
    return steps


def first_version(last: Value, steps: list[Step]) -> Value:
    """Return the version that the steps to `last` start from."""
    return steps[-1].before if steps else last


def _step(after: Value) -> Step | None:
    """Return the step that makes a version, or None if it is a new array."""
    node = after.node
    if node is None or not isinstance(after.type, ArrayType) or after.type.is_scalar:
        return None
    before: Value | None = None
    if node.op in (set_, inc):
        before = node.operands[0]
    elif node.op is scan:
        before = _before_scan(node, node.results.index(after))
    elif node.op is ifelse:
        before = _before_ifelse(node, node.results.index(after))
    return None if before is None else Step(node, before, after)


def _before_scan(node: Node, slot: int) -> Value | None:
    if slot >= node.attrs["carries"]:
        return None
    body = node.regions[0]
    last = body.results[slot]
    if first_version(last, steps_to(last, body)) is not body.params[1 + slot]:
        return None
    return node.operands[slot]


def _before_ifelse(node: Node, slot: int) -> Value | None:
    """Return the version that both arms start from; loops inside arms are not followed."""
    starts = []
    for region in node.regions:
        last = region.results[slot]
        steps = steps_to(last, region)
        if any(step.node.op is scan for step in steps):
            return None
        starts.append(first_version(last, steps))
    if starts[0] is not starts[1] or starts[0] in defined_in(node.regions[0]):
        return None
    return starts[0]


def piece_lengths(steps: Iterable[Step]) -> Iterator[Affine]:
    """Yield the dims of all pieces that the steps overwrite."""
    for step in steps:
        if step.is_write:
            yield from (i.length for i in step.node.attrs["index"] if isinstance(i, Slice))
            continue
        slot = step.node.results.index(step.after)
        regions = step.node.regions[:1] if step.node.op is scan else step.node.regions
        for region in regions:
            yield from piece_lengths(steps_to(region.results[slot], region))
