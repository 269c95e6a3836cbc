"""Buffers whose size changes from one path or iteration to another: beginnings of larger ones.

Enters: the content of a buffer, and how large it may become. Leaves: its sizes, as leaves of their
own, and a buffer with room for more, at whose beginning the content lies.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from msgspec.structs import replace

from autograph.frontend.symbols.decisions import APART
from autograph.frontend.symbols.leaves import Leaf, form_of_leaf, leaf_value
from autograph.frontend.symbols.magnitude import COUNTABLE
from autograph.frontend.symbols.symbolic import Array, Cell, value_of_form
from autograph.frontend.symbols.union import alternatives
from autograph.frontend.tracing.columns import require_room
from autograph.frontend.tracing.contents import part_at
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import Contents, Template
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Index, Slice, Value
from autograph.ir.types import ArrayType, DType, scalar
from autograph.ops.structure import assume_dims, broadcast, empty, get, set_

if TYPE_CHECKING:
    from autograph.frontend.tracing.packing import Packing

Dims = tuple[Affine, ...]
Larger = Callable[[Affine, Affine], Affine]
Visible = Callable[[Affine], bool]


class Padded(Template, frozen=True):
    """The content of a buffer of some size, at the beginning of a larger one.

    Attributes:
        dtype: Its dtype.
        dims: Its dims; None for those that change.
        room: The dims of the larger buffer.
        fixed: Whether it must not change any more.
        origins: Buffers that may be the same one in the program.
        stale: Whether one of them was changed.
    """

    is_key = True

    dtype: DType
    dims: tuple[Affine | None, ...]
    room: Dims
    fixed: bool = False
    origins: frozenset[Cell] = frozenset()
    stale: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Padded) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.dtype, self.dims, self.room, self.fixed, self.stale)

    @property
    def key(self) -> Any:
        """What identifies the alternative."""
        return "contents"

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        sizes = [scalar(np.int64) for dim in self.dims if dim is None]
        return [*sizes, ArrayType(self.dtype, self.room)]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        sizes = [d for d, known in zip(content.dims, self.dims, strict=True) if known is None]
        return [*sizes, padded(content, self.room)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Slot, Any]) -> Any:
        """Return the content that leaves stand for."""
        facts, dims = tracer().facts, []
        for dim, room in zip(self.dims, self.room, strict=True):
            size = form_of_leaf(next(leaves)) if dim is None else dim
            if size.symbol is not None:
                facts.magnitudes.limits[size.symbol] = COUNTABLE
            facts.learn(size)
            facts.learn(room - size)
            dims.append(size)
        whole = leaf_value(next(leaves))
        content: Value = whole if tuple(dims) == self.room else get(whole, index=_first(dims))
        return content

    def having_dims(self, dims: Dims) -> Padded:
        """Return the template with axes open where a content of these dims differs."""
        facts = tracer().facts
        pairs = zip(self.dims, dims, strict=True)
        found = tuple(a if a is not None and facts.equal(a, b) else None for a, b in pairs)
        return replace(self, dims=found)

    def opened(
        self, other: Padded, columns: Sequence[Value | None], rows: Dims
    ) -> list[Value | None]:
        """Return columns of contents, a row each, under a template with more open axes."""
        given = iter(columns)
        found: list[Value | None] = []
        for dim, later in zip(self.dims, other.dims, strict=True):
            if dim is None:
                found.append(next(given))
            elif later is None:
                found.append(broadcast(value_of_form(dim), dims=rows, axes=()))
        return [*found, next(given)]


Buffer = Contents | Padded


def of_buffer(template: Buffer) -> Padded:
    """Return a template with the padding that it has, maybe none."""
    if isinstance(template, Padded):
        return template
    dims = template.type.dims
    return Padded(template.type.dtype, dims, dims, template.fixed, template.origins, template.stale)


B = TypeVar("B", bound="Contents | Padded")


def with_marks(template: B, *others: Buffer | Cell) -> B:
    """Return a template with what is to be noted of others, or of buffers, besides."""
    return replace(
        template,
        fixed=template.fixed or any(x.fixed for x in others),
        origins=template.origins.union(*(x.origins for x in others)),
        stale=template.stale or any(x.stale for x in others),
    )


def merged(a: Buffer, b: Buffer, larger: Larger) -> Padded:
    """Return the template of buffers of different sizes."""
    first, second = of_buffer(a), of_buffer(b)
    facts, dims, room = tracer().facts, [], []
    pairs = zip(first.dims, second.dims, strict=True)
    for k, (x, y) in enumerate(pairs):
        same = x is not None and y is not None and facts.equal(x, y)
        dims.append(x if same else None)
        room.append(first.room[k] if same else larger(first.room[k], second.room[k]))
    return replace(with_marks(first, second), dims=tuple(dims), room=tuple(room))


def outside(template: Buffer, is_visible: Visible) -> Padded:
    """Return the template of a buffer some of whose sizes are known only inside a region."""
    inner = of_buffer(template)
    dims = tuple(d if d is not None and is_visible(d) else None for d in inner.dims)
    room = tuple(
        d if is_visible(d) else bound_outside(d, k, is_visible) for k, d in enumerate(inner.room)
    )
    return replace(inner, dims=dims, room=room)


def bound_outside(size: Affine, axis: int, is_visible: Visible) -> Affine:
    """Return a bound of a size that can be referred to outside: room for it, if there is none."""
    trace = tracer()
    bound = trace.facts.upper_bound(size, is_visible)
    return trace.room((trace.site, axis)) if bound is None else bound


def arrays_in(content: Any) -> list[Array] | None:
    """Return the arrays that a content is one of; None if it may be something else."""
    found = []
    for _, part in alternatives(content):
        if isinstance(part, np.ndarray):
            part = tracer().lift(part)
        if not isinstance(part, Array):
            return None
        found.append(part)
    return found


def is_like(x: Any, dtype: DType, ndim: int) -> bool:
    """Return whether something is an array of a dtype and a number of axes."""
    return isinstance(x, Array) and x.dtype == dtype and x.ndim == ndim


def holds(template: Padded, x: Any) -> bool:
    """Return whether something is an array of the dtype and the number of axes of a template."""
    return is_like(x, template.dtype, len(template.dims))


def apart() -> bool:
    """Return whether arrays are told from those that they were before a loop or branch."""
    return (APART,) in tracer().decisions


def home_of(slot: Slot, entry: Mapping[Hashable, Any]) -> Path:
    """Return the path of a slot where an array is before the loop, the first if there is none."""
    for place, *path in slot.places:
        arrays = arrays_in(part_at(entry[place], path))
        if arrays and all((a.dtype, a.ndim) == slot.kind for a in arrays):
            return (place, *path)
    return slot.places[0]


def bound_of(a: Affine, b: Affine) -> Affine:
    """Return a bound of two sizes without computing it: the larger one, or room for both."""
    facts, trace = tracer().facts, tracer()
    if facts.nonnegative(a - b):
        return a
    if facts.nonnegative(b - a):
        return b
    rooms = (form for form in (a, b) if trace.is_room(form))
    return next(rooms, None) or trace.room((trace.site, "either"))


# ---------------------------------------------------------------- values


def room_of(content: Any) -> Dims | None:
    """Return the dims of the buffer at whose beginning an array lies, if it is such an array."""
    if not isinstance(content, Array) or content.view.steps:
        return None
    value = _bare(content.cell.value)
    if value.node is None or value.node.op is not get:
        return None
    whole = value.node.operands[0]
    return whole.dims if _beginning_of(value, whole.dims) is whole else None


def padded(value: Value, room: Dims) -> Value:
    """Return a value of these dims at whose beginning another one lies.

    What the value has in common with the beginning of such a value is not copied.
    """
    if value.dims == room:
        return value
    for capacity, dim in zip(room, value.dims, strict=True):
        require_room(capacity, dim)
    pieces: list[tuple[Index, Value]] = []
    rest = _bare(value)
    while rest.node is not None and rest.node.op is set_:
        pieces.insert(0, (rest.node.attrs["index"], rest.node.operands[1]))
        rest = _bare(rest.node.operands[0])
    base = _beginning_of(rest, room)
    if base is None and rest.node is not None and rest.node.op is empty and pieces:
        index, first = pieces[0]
        base = _beginning_of(_bare(first), room) if index == _first(first.dims) else None
        pieces = pieces[1:] if base is not None else pieces
    if base is None:
        base, pieces = empty(dims=room, dtype=value.dtype), [(_first(value.dims), value)]
    for index, piece in pieces:
        base = set_(base, piece, index=index)
    return base


def _beginning_of(value: Value, room: Dims) -> Value | None:
    """Return the value of these dims that another one is the beginning of, if there is one."""
    node = value.node
    if node is None or node.op is not get or node.operands[0].dims != room:
        return None
    return node.operands[0] if node.attrs["index"] == _first(value.dims) else None


def _bare(value: Value) -> Value:
    while value.node is not None and value.node.op is assume_dims:
        value = value.node.operands[0]
    return value


def _first(dims: Any) -> Index:
    return tuple(Slice(Affine(0), dim) for dim in dims)
