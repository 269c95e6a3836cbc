"""What is handed to a recursive routine, and what it hands back.

An array from around the routine is handed over as a view of its buffer, which the routine sees as
it is. Any other array is handed over by its contents, with its sizes, and what the routine changes
in it is written back by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograph.frontend.symbols.condition import any_of
from autograph.frontend.symbols.context import current_tracer
from autograph.frontend.symbols.leaves import Leaf, condition_of_leaf, leaf_value, selected
from autograph.frontend.symbols.symbolic import Array, Cell, under_dims
from autograph.frontend.symbols.union import Union, alternatives
from autograph.frontend.symbols.view import Selection, View
from autograph.frontend.tracing.composite import ROOM, Grown
from autograph.frontend.tracing.journal import Scope
from autograph.frontend.tracing.listed import ANY, Listed
from autograph.frontend.tracing.packing import Packing
from autograph.frontend.tracing.padded import Padded, Visible, apart, bound_of, merged, of_buffer
from autograph.frontend.tracing.slots import Path, Slot
from autograph.frontend.tracing.template import (
    Contents,
    Handle,
    Template,
    handle_of,
    learn_range,
)
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ir.graph import Value
from autograph.ir.types import ArrayType, DType, scalar
from autograph.ops.recursion import ResultType

INT64, BOOL = scalar(np.int64), scalar(np.bool_)


class Passed(Template, frozen=True):
    """An array that is handed over.

    Attributes:
        dtype: Of its elements.
        dims: Its extents; None for those that differ from call to call.
        handle: The view of a buffer from around the routine that it is; None if it is handed over
            by its contents.
        fixed: Whether a list holds it, so that it must not change any more.
        itself: The number of the array handed to the routine that the routine may return as it is;
            then a flag tells whether it does.
    """

    is_key = True
    takes_choice = True

    dtype: DType
    dims: tuple[Affine | None, ...]
    handle: Handle | None
    itself: int | None = None
    fixed: bool = False

    @property
    def key(self) -> Hashable:
        """What identifies the alternative."""
        return ("passed", self.dtype, len(self.dims))

    def merged(self, other: Any) -> Template:
        """Return the template of both."""
        dims = tuple(_common(a, b) for a, b in zip(self.dims, other.dims, strict=True))
        itself = other.itself if self.itself is None else self.itself
        handle = _merged_handles(self.handle, other.handle)
        return Passed(self.dtype, dims, handle, itself, self.fixed or other.fixed)

    def types(self) -> list[ArrayType]:
        """Return the types of the leaves."""
        if self.handle is not None:
            return self.handle.types()
        dims = tuple(ANY if dim is None else dim for dim in self.dims)
        flag = [BOOL] * (self.itself is not None)
        return flag + [INT64] * self.dims.count(None) + [ArrayType(self.dtype, dims)]

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        if isinstance(content, Union) and self.handle is not None:
            sources = [(c, self.pack(part, path, packing)) for c, part in alternatives(content)]
            return selected(sources, self.types())
        flag: list[Leaf] = []
        if self.itself is not None and isinstance(packing, Passing):
            flag = [any_of(c for c, x in alternatives(content) if packing.is_itself(x))]
        if isinstance(content, Union):
            content = _chosen(content)
        array = current_tracer().lift(content) if isinstance(content, np.ndarray) else content
        if self.handle is not None:
            steps = bool(self.handle.view.steps)
            return self.handle.pack(_selected(array) if steps else array, path, packing)
        dims = tuple(
            own if dim is None else dim for own, dim in zip(array.dims, self.dims, strict=True)
        )
        value = under_dims(array.read(), dims)
        open_dims = (d for d, known in zip(dims, self.dims, strict=True) if known is None)
        return [*flag, *open_dims, value]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Any, Any]) -> Any:
        """Return the content that leaves stand for."""
        if self.itself is not None:
            flag = condition_of_leaf(next(leaves))
            array = replace(self, itself=None).unpack(leaves, made)
            given = made.get(self.itself)
            return array if given is None else Union(((flag, given), (~flag, array)))
        if self.handle is not None:
            array = self.handle.unpack(leaves, made)
            learn_range(array.view)
            return array
        facts = current_tracer().facts
        for _ in range(self.dims.count(None)):
            next(leaves)
        value = leaf_value(next(leaves))
        for dim in value.dims:
            facts.learn(dim)
        cell = current_tracer().new_cell(value)
        cell.fixed = self.fixed
        return Array(cell)


def _chosen(content: Union) -> Array:
    """Return a new array with the content of one of several, which may differ in size."""
    parts = [
        (c, tracer().lift(x) if isinstance(x, np.ndarray) else x) for c, x in alternatives(content)
    ]
    values = [(c, x.read()) for c, x in parts]
    template = of_buffer(Contents(values[0][1].array_type))
    for _, value in values[1:]:
        template = merged(template, Contents(value.array_type), bound_of)
    packed = [(c, template.pack(value, (), OUTSIDE)) for c, value in values]
    return Array(tracer().new_cell(template.unpack(iter(selected(packed, template.types())), {})))


OUTSIDE = Packing(None)
"""The packing of contents that have no slots."""


def _common(a: Affine | None, b: Affine | None) -> Affine | None:
    return a if a == b else None


def _merged_handles(a: Handle | None, b: Handle | None) -> Handle | None:
    """Return what two views of one buffer have in common, None if they are not of one kind."""
    if a is None or b is None or a.buffer is not b.buffer:
        return None
    if bool(a.view.steps) != bool(b.view.steps):
        a, b = (_handle(_selected(Array(h.buffer, _view(h)))) for h in (a, b))  # type: ignore[arg-type]
    same = a.view == b.view
    merged = a.merged(b) if same else None
    return merged if isinstance(merged, Handle) else None


def _view(handle: Handle) -> View:
    assert isinstance(handle.buffer, Cell)
    forms = [Affine(0) if form is None else form for form in handle.forms]
    return handle.view.over(handle.buffer.value.dims, forms)


def _handle(array: Array) -> Handle:
    return handle_of(array.cell, array.view)


def _selected(array: Array) -> Array:
    """Return an array as a selection from its buffer, though it be the whole of it."""
    if array.view.steps:
        return array
    whole = Selection.whole(array.view.buffer_dims)
    return Array(array.cell, replace(array.view, steps=(whole,), derived=True, joined=True))


class Sized(Padded, frozen=True):
    """The content of a buffer that several of the arrays handed over together are parts of."""

    @staticmethod
    def of(cell: Cell, is_visible: Visible) -> Sized:
        """Return the template of a buffer."""
        dims = tuple(dim if is_visible(dim) else None for dim in cell.value.dims)
        return Sized(cell.value.dtype, dims, tuple(ANY if d is None else d for d in dims))

    def pack(self, content: Any, path: Path, packing: Packing) -> list[Leaf]:
        """Return the leaves of a content."""
        pairs = list(zip(content.dims, self.dims, strict=True))
        open_dims = [own for own, known in pairs if known is None]
        dims = tuple(own if known is None else known for own, known in pairs)
        return [*open_dims, under_dims(content, dims)]

    def unpack(self, leaves: Iterator[Leaf], made: Mapping[Any, Any]) -> Any:
        """Return the content that leaves stand for."""
        for _ in range(self.dims.count(None)):
            next(leaves)
        value = leaf_value(next(leaves))
        for dim in value.dims:
            current_tracer().facts.learn(dim)
        return value


class Given(Struct, frozen=True):
    """The place of a list, dict or object that a routine was handed: its number among them."""

    number: int


class Passing(Packing):
    """The packing of what goes into a routine and comes out of it.

    Attributes:
        scope: The region of the routine; None outside, where nothing counts as made inside.
        received: The buffers of arrays that were handed over by their contents, with their numbers.
        moved: The identities of lists, dicts and objects from outside that are handed over as if
            they had been made inside.
        defined: What is defined in the routine so far.
    """

    received: Mapping[Cell, int] = {}
    moved: Collection[int] = ()
    defined: Collection[Value] = ()

    def __post_init__(self) -> None:
        if self.scope is not None:
            self.defined = _all_defined(self.scope)

    def is_visible(self, form: Affine) -> bool:
        """Return whether a form is about what is around the routine that is being traced."""
        return not any(symbol in self.defined for symbol in form.symbols)

    def is_made(self, content: Any) -> bool:
        """Return whether something was made in the routine, or is handed over as if it were."""
        return id(content) in self.moved or super().is_made(content)

    def own_template(self, array: Array) -> Template | None:
        """Return the template of an array, None if others share its buffer."""
        visible = self.is_visible
        dims = tuple(dim if visible(dim) else None for dim in array.dims)
        if self.is_inside(array.cell):
            if id(array.cell) in self.shared:
                return None
            itself = self.received[array.cell] if self.is_itself(array) else None
            return Passed(array.dtype, dims, None, itself, array.cell.fixed)
        handle = _handle(array)
        forms = tuple(f if f is not None and visible(f) else None for f in handle.forms)
        return Passed(array.dtype, dims, replace(handle, forms=forms))

    @property
    def shared(self) -> Collection[int]:
        """The identities of the buffers that travel in slots."""
        return {id(c) for slot, things in self.slots.items() if slot.is_buffer for _, c in things}

    def keep_shared(self) -> None:
        """Have buffers travel in slots only where they are found at several places."""
        places = Counter(found for found, _ in self.slots_of)
        for slot, things in list(self.slots.items()):
            if slot.is_buffer and all(places[id(cell)] == 1 for _, cell in things):
                del self.slots[slot]

    def name_given(self) -> None:
        """Have what a routine was handed travel in slots named by that."""
        renamed: dict[Slot, Slot] = {}
        for slot in self.slots:
            own = next((p for p in slot.places if len(p) == 1 and isinstance(p[0], Given)), None)
            renamed[slot] = slot if own is None else Slot((own,), slot.kind)
        self.slots = {renamed[slot]: things for slot, things in self.slots.items()}
        self.slots_of = {
            where: [(when, renamed.get(slot, slot)) for when, slot in homes]
            for where, homes in self.slots_of.items()
        }

    def is_itself(self, array: Array) -> bool:
        """Return whether an array is one that was handed over, and is to be told from new ones."""
        return apart() and array.cell in self.received and not array.view.derived


def _all_defined(scope: Scope) -> set[Value]:
    """Return what is defined in a routine that is being traced."""
    found: set[Value] = set()
    for open_scope in tracer().stack:
        if open_scope.within(scope):
            found.update(open_scope.graph.params)
            found.update(v for node in open_scope.graph.nodes for v in node.results)
    return found


def with_room(template: Template, key: Hashable) -> Template:
    """Return a template in which a list that grows has as much room as the calls so far needed."""
    if isinstance(template, Grown) and not isinstance(template, Listed):
        return replace(template, capacity=tracer().room(key), arranged=ROOM)
    return template


# ---------------------------------------------------------------- params, operands, results


def params_of(types: Sequence[ArrayType], names: Sequence[str | None]) -> list[Value]:
    """Return params of these types; the extents that vary are those of the integers before them."""
    found: list[Value] = []
    for type_, name in zip(types, names, strict=True):
        found.append(Value(_filled(type_, found), None, name))
    return found


def operands_of(leaves: Sequence[Leaf], types: Sequence[ArrayType]) -> list[Value]:
    """Emit the operands that leaves are; what nobody looks at becomes something of its type."""
    found: list[Value] = []
    for leaf, type_ in zip(leaves, types, strict=True):
        if isinstance(leaf, ArrayType):
            leaf = _filled(type_, found)
        value = leaf_value(leaf)
        wanted = _filled(type_, found)
        found.append(under_dims(value, wanted.dims) if wanted.dims else value)
    return found


def _filled(type_: ArrayType, before: Sequence[Value]) -> ArrayType:
    count = type_.dims.count(ANY)
    sizes = map(Affine.of, before[len(before) - count :])
    return ArrayType(type_.dtype, tuple(next(sizes) if d == ANY else d for d in type_.dims))


def result_types(types: Sequence[ArrayType]) -> list[ResultType]:
    """Return the types of a routine's results."""
    return [ResultType(t.dtype, tuple(None if d == ANY else d for d in t.dims)) for t in types]
