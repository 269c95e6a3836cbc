"""Where the value of a graph value is found while loops are written.

Enters: values and buffers. Leaves: `Scalar` (an expression), `View` (elements of a buffer under an
affine map) and `operand_points` (at which points of its operands an element of a lazy value is
computed). A value with no storage yet is virtual: computed wherever it is consumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from autograph.backends.loops import Buffer, Expr, Point
from autograph.ir.affine import Affine
from autograph.ir.graph import At, Index, Node, Slice, Value, symbol

#: Ops that compute an element of their result from single elements of their operands.
LAZY_VIEWS = frozenset({"get", "transpose", "broadcast", "assume_dims"})
LAZY_CREATES = frozenset({"constant", "affine", "iota", "empty"})


class Box(Struct, frozen=True):
    """The points with `lower <= point < upper` in every axis."""

    lower: Point
    upper: Point

    @staticmethod
    def whole(dims: Point) -> Box:
        """Return the box of all points of an array."""
        return Box((Affine(0),) * len(dims), dims)


class Scalar(Struct, frozen=True):
    """A rank-0 value: a variable, a literal or an affine form."""

    expr: Expr


class View(Struct, frozen=True):
    """An array that lies in a buffer.

    Attributes:
        buffer: Where.
        axes: One placeholder symbol per axis of the value.
        index: The element of the buffer at which the value's element at `axes` lies.
    """

    buffer: Buffer
    axes: tuple[Value, ...]
    index: Point

    @staticmethod
    def whole(buffer: Buffer) -> View:
        """Return the view of a value that fills a buffer in order."""
        axes = tuple(symbol() for _ in buffer.dims)
        return View(buffer, axes, tuple(Affine.of(a) for a in axes))

    @property
    def is_whole(self) -> bool:
        """Whether value and buffer have the same elements at the same points."""
        return self.index == tuple(Affine.of(a) for a in self.axes)

    def at(self, point: Sequence[Affine]) -> Point:
        """Return the element of the buffer that holds the value's element at a point."""
        mapping = dict(zip(self.axes, point, strict=True))
        return tuple(form.substitute(mapping) for form in self.index)

    def through(self, node: Node) -> View:
        """Return the view of the result of a view op applied to this one."""
        axes = tuple(symbol() for _ in node.result.dims)
        point = operand_point(node, 0, tuple(Affine.of(a) for a in axes))
        return View(self.buffer, axes, self.at(point))


class FixedTape(Struct, frozen=True):
    """A tape whose elements lie in a buffer with leading axes, one per level of loops.

    Attributes:
        buffer: With dims (trips of each level..., dims of an element...).
        prefix: Positions in the leading axes of the levels around this tape's.
        lengths: Number of elements of this tape, then of the tapes inside.
    """

    buffer: Buffer
    prefix: Point
    lengths: Point


class StackStorage(Struct, eq=False):
    """Base of tapes on growing stacks."""

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The buffers of the stacks."""
        raise NotImplementedError


Storage: TypeAlias = Scalar | View | FixedTape | StackStorage


def is_lazy(node: Node) -> bool:
    """Return whether the elements of the node's result can be computed one by one where needed."""
    if node.op.kind == "elementwise" or node.op.name in LAZY_VIEWS | LAZY_CREATES:
        return True
    if node.op.name == "take":
        return True
    return node.op.name == "reshape" and reshaped_axes(node) is not None


def reshaped_axes(node: Node) -> list[int | None] | None:
    """Return, per operand axis, the result axis it becomes (None: its extent is 1).

    None as a whole if the reshape does more than insert and remove axes of extent 1.
    """
    (x,), result = node.operands, node.result
    wide = [axis for axis, dim in enumerate(result.dims) if dim != 1]
    axes: list[int | None] = []
    for dim in x.dims:
        if dim == 1:
            axes.append(None)
        elif wide and result.dims[wide[0]] == dim:
            axes.append(wide.pop(0))
        else:
            return None
    return axes if not wide else None


def operand_point(node: Node, k: int, point: Point) -> Point:
    """Return the element of operand `k` from which a lazy node computes its element at `point`."""
    operand, name = node.operands[k], node.op.name
    if name == "get":
        return index_point(node.attrs["index"], point)
    if name == "transpose":
        found: list[Affine] = [Affine(0)] * operand.ndim
        for axis, source in enumerate(node.attrs["permutation"]):
            found[source] = point[axis]
        return tuple(found)
    if name == "broadcast":
        axes = node.attrs["axes"]
        return tuple(
            Affine(0) if dim == 1 else point[axis]
            for dim, axis in zip(operand.dims, axes, strict=True)
        )
    if name == "reshape":
        sources = reshaped_axes(node)
        assert sources is not None
        return tuple(Affine(0) if axis is None else point[axis] for axis in sources)
    if name == "assume_dims":
        return point
    return broadcast_point(operand.dims, point)


def broadcast_point(dims: Point, point: Point) -> Point:
    """Return the element of an array of `dims` that broadcasting puts at `point`."""
    aligned = point[len(point) - len(dims) :]
    return tuple(Affine(0) if d == 1 else p for d, p in zip(dims, aligned, strict=True))


def index_point(index: Index, point: Point) -> Point:
    """Return the element of an array that lies at `point` of the part an index selects."""
    rest = iter(point)
    found = []
    for item in index:
        if isinstance(item, At):
            found.append(item.position)
        else:
            found.append(item.start + next(rest) * item.step)
    return tuple(found)


def index_covers(index: Index, dims: Point) -> bool:
    """Return whether an index selects every element of an array in order."""
    return all(
        isinstance(item, Slice) and item.start == 0 and item.step == 1 and item.length == dim
        for item, dim in zip(index, dims, strict=True)
    )
