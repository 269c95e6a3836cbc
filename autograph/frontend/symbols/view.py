"""Views: which part of a buffer an array handle shows, in which order of axes.

Enters: the dims of a buffer and the selections, transpositions and reshapes made since.
Leaves: ops that read the view from the buffer's value, or write it back. Selections of selections
compose, so that any number of them reads as one `get`; only a reshape starts a further step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograph.ir.affine import Affine
from autograph.ir.graph import At, Index, IndexItem, Slice, Value
from autograph.ir.op import form_value
from autograph.ir.types import DType
from autograph.ops.complex_parts import imag, make_complex, part_dtype, real
from autograph.ops.elementwise import add
from autograph.ops.structure import broadcast, get, iota, put, reshape, set_, take, transpose

Dims = tuple[Affine, ...]


class Repeated(Struct, frozen=True):
    """An axis of a view that no axis of the buffer stands behind: all positions are the same."""

    length: Affine


Axis = int | Repeated
"""An axis of a view: the number of a kept axis (one with a slice), or a repeated one."""


class Selection(Struct, frozen=True):
    """One index item per axis of what it is applied to, then an order of the kept axes."""

    index: Index
    axes: tuple[Axis, ...]

    @staticmethod
    def whole(dims: Dims) -> Selection:
        """Return the selection of everything."""
        return Selection(tuple(Slice(Affine(0), dim) for dim in dims), tuple(range(len(dims))))

    @property
    def kept(self) -> tuple[Slice, ...]:
        """The slices among the index items."""
        return tuple(item for item in self.index if isinstance(item, Slice))

    @property
    def dims(self) -> Dims:
        """The dims of the view."""
        kept = self.kept
        return tuple(a.length if isinstance(a, Repeated) else kept[a].length for a in self.axes)

    def then(self, later: Selection) -> Selection:
        """Return the selection that `later`, applied to what this one shows, amounts to."""
        index: list[IndexItem] = list(self.index)
        buffer_axes = [k for k, item in enumerate(self.index) if isinstance(item, Slice)]
        behind: list[int | None] = []
        for axis, item in zip(self.axes, later.index, strict=True):
            if isinstance(axis, int):
                index[buffer_axes[axis]] = _composed(self.kept[axis], item)
            if isinstance(item, Slice):
                behind.append(None if isinstance(axis, Repeated) else buffer_axes[axis])
        number = {
            k: n for n, k in enumerate(k for k, i in enumerate(index) if isinstance(i, Slice))
        }
        axes: list[Axis] = []
        for a in later.axes:
            source = behind[a] if isinstance(a, int) else None
            if source is not None:
                axes.append(number[source])
            else:
                axes.append(a if isinstance(a, Repeated) else Repeated(later.kept[a].length))
        return Selection(tuple(index), tuple(axes))

    def map(self, f: Callable[[Affine], Affine]) -> Selection:
        """Return the selection with `f` applied to its forms."""
        axes = (a if isinstance(a, int) else Repeated(f(a.length)) for a in self.axes)
        return Selection(tuple(item.map(f) for item in self.index), tuple(axes))

    def covers(self, dims: Dims) -> bool:
        """Return whether the index takes all of something of these dims, in order."""
        return all(
            isinstance(item, Slice) and item == Slice(Affine(0), dim)
            for item, dim in zip(self.index, dims, strict=True)
        )

    def read(self, base: Value) -> Value:
        """Emit the read of the view from the value it is applied to."""
        value: Value = base if self.covers(base.dims) else get(base, index=self.index)
        order = [axis for axis in self.axes if isinstance(axis, int)]
        if order != sorted(order):
            value = transpose(value, permutation=tuple(order))
        if len(order) < len(self.axes):
            axes = tuple(k for k, axis in enumerate(self.axes) if isinstance(axis, int))
            value = broadcast(value, dims=self.dims, axes=axes)
        return value

    def write(self, base: Value, value: Value) -> Value:
        """Emit the base with the view replaced by a value that broadcasts to the view's dims."""
        if any(isinstance(axis, Repeated) and axis.length == 0 for axis in self.axes):
            return base
        value = self._in_order_of_base(value)
        if not self.covers(base.dims):
            written: Value = set_(base, value, index=self.index)
            return written
        return broadcast_to(value, base.dims)

    def _in_order_of_base(self, value: Value) -> Value:
        """Return the value with its axes as those of the kept axes, broadcast to them."""
        order = [axis for axis in self.axes if isinstance(axis, int)]
        if value.ndim == 0 or (order == sorted(order) and len(order) == len(self.axes)):
            return value
        missing = len(self.axes) - value.ndim
        if missing:
            dims = (Affine(1),) * missing + value.dims
            value = broadcast(value, dims=dims, axes=tuple(range(missing, len(dims))))
        if len(order) < len(self.axes):
            zero = At(Affine(0))
            items = zip(self.axes, value.dims, strict=True)
            first = tuple(
                zero if isinstance(axis, Repeated) else Slice(Affine(0), dim) for axis, dim in items
            )
            value = get(value, index=first)
        if order != sorted(order):
            value = transpose(value, permutation=tuple(order.index(k) for k in range(len(order))))
        return value


class Reshaped(Struct, frozen=True):
    """A change of dims over the same elements in row-major order."""

    before: Dims
    dims: Dims

    def map(self, f: Callable[[Affine], Affine]) -> Reshaped:
        """Return the step with `f` applied to its forms."""
        return Reshaped(_mapped(self.before, f), _mapped(self.dims, f))

    def read(self, base: Value) -> Value:
        """Emit the reshape."""
        value: Value = reshape(base, dims=self.dims)
        return value

    def write(self, base: Value, value: Value) -> Value:
        """Emit the base that reads as `value`."""
        written: Value = reshape(broadcast_to(value, self.dims), dims=self.before)
        return written


class Part(Struct, frozen=True):
    """The real or the imaginary parts of complex elements."""

    imaginary: bool
    dims: Dims

    def map(self, f: Callable[[Affine], Affine]) -> Part:
        """Return the step with `f` applied to its forms."""
        return Part(self.imaginary, _mapped(self.dims, f))

    def read(self, base: Value) -> Value:
        """Emit the parts."""
        value: Value = imag(base) if self.imaginary else real(base)
        return value

    def write(self, base: Value, value: Value) -> Value:
        """Emit the base with these parts replaced."""
        value = broadcast_to(value, self.dims)
        parts = (real(base), value) if self.imaginary else (value, imag(base))
        written: Value = make_complex(*parts)
        return written


class Diagonal(Struct, frozen=True):
    """Elements along a diagonal of the first two axes, which it replaces by one at the end."""

    before: Dims
    starts: tuple[Affine, Affine]
    length: Affine

    @property
    def dims(self) -> Dims:
        """The dims of the view."""
        return (*self.before[2:], self.length)

    def map(self, f: Callable[[Affine], Affine]) -> Diagonal:
        """Return the step with `f` applied to its forms."""
        row, column = self.starts
        return Diagonal(_mapped(self.before, f), (f(row), f(column)), f(self.length))

    def _positions(self) -> list[Value]:
        """Emit one index array per axis."""
        rest = len(self.before) - 2
        along: Value = iota(length=self.length)
        found = [add(along, form_value(start)) for start in self.starts]
        for k, dim in enumerate(self.before[2:]):
            dims = tuple(dim if axis == k else Affine(1) for axis in range(rest + 1))
            found.append(broadcast(iota(length=dim), dims=dims, axes=(k,)))
        return found

    def read(self, base: Value) -> Value:
        """Emit the read of the elements."""
        value: Value = take(base, *self._positions())
        return value

    def write(self, base: Value, value: Value) -> Value:
        """Emit the base with the elements replaced."""
        written: Value = put(base, broadcast_to(value, self.dims), *self._positions())
        return written


class Windows(Struct, frozen=True):
    """The windows that slide along some axes; the axes within them come last."""

    before: Dims
    axes: tuple[int, ...]
    sizes: Dims

    @property
    def dims(self) -> Dims:
        """The dims of the view."""
        places = list(self.before)
        for axis, size in zip(self.axes, self.sizes, strict=True):
            places[axis] = places[axis] - size + 1
        return (*places, *self.sizes)

    def map(self, f: Callable[[Affine], Affine]) -> Windows:
        """Return the step with `f` applied to its forms."""
        return Windows(_mapped(self.before, f), self.axes, _mapped(self.sizes, f))

    def read(self, base: Value) -> Value:
        """Emit the read of the windows."""
        positions = [self._along(k) for k in range(len(self.before))]
        for within, axis in enumerate(self.axes, len(self.before)):
            positions[axis] = add(positions[axis], self._along(within))
        value: Value = take(base, *positions)
        return value

    def _along(self, axis: int) -> Value:
        """Emit the positions along an axis of the view."""
        dims = self.dims
        along: Value = broadcast(iota(length=dims[axis]), dims=dims, axes=(axis,))
        return along

    def write(self, base: Value, value: Value) -> Value:
        """Refuse: these views cannot be written."""
        raise AssertionError("windows are read only")


Step = Selection | Reshaped | Part | Diagonal | Windows


class View(Struct, frozen=True):
    """What a handle shows of a buffer: steps from the buffer's dims to its own.

    Attributes:
        buffer_dims: The dims of the buffer.
        steps: Selections and reshapes, applied one after the other.
        readonly: Whether NumPy refuses writes: positions may share elements.
        derived: Whether this is an array object of its own, even if it shows the whole buffer.
        joined: Whether it is one of several such objects, where paths have met.
    """

    buffer_dims: Dims
    steps: tuple[Step, ...] = ()
    readonly: bool = False
    derived: bool = False
    joined: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.buffer_dims, self.steps, self.readonly)

    @property
    def dims(self) -> Dims:
        """The dims of the view."""
        return self.steps[-1].dims if self.steps else self.buffer_dims

    def dtype(self, buffer: DType) -> DType:
        """Return the dtype of the elements, given that of the buffer."""
        return part_dtype(buffer) if any(isinstance(s, Part) for s in self.steps) else buffer

    def part(self, imaginary: bool) -> View:
        """Return the view of the real or the imaginary parts."""
        return self._with([*self.steps, Part(imaginary, self.dims)])

    def diagonal(self, starts: tuple[Affine, Affine], length: Affine) -> View:
        """Return the view of a diagonal of the first two axes, which cannot be written."""
        made = self._with([*self.steps, Diagonal(self.dims, starts, length)])
        return replace(made, readonly=True)

    def windows(self, axes: Sequence[int], sizes: Dims) -> View:
        """Return the view of the windows along some axes, which cannot be written."""
        made = self._with([*self.steps, Windows(self.dims, tuple(axes), sizes)])
        return replace(made, readonly=True)

    def _with(self, steps: Sequence[Step]) -> View:
        return View(self.buffer_dims, tuple(steps), self.readonly, derived=True)

    def map(self, f: Callable[[Affine], Affine]) -> View:
        """Return the view with `f` applied to its forms."""
        steps = tuple(step.map(f) for step in self.steps)
        return replace(self, buffer_dims=_mapped(self.buffer_dims, f), steps=steps)

    def step_forms(self) -> list[Affine]:
        """Return the forms of the steps."""
        forms: list[Affine] = []

        def note(form: Affine) -> Affine:
            forms.append(form)
            return form

        for step in self.steps:
            step.map(note)
        return forms

    def over(self, buffer_dims: Dims, forms: Iterable[Affine]) -> View:
        """Return the view of a buffer of other dims by steps with other forms."""
        rest = iter(forms)
        steps = tuple(step.map(lambda _: next(rest)) for step in self.steps)
        return replace(self, buffer_dims=buffer_dims, steps=steps)

    def select(self, selection: Selection) -> View:
        """Return the view that a selection from this one shows."""
        steps = list(self.steps)
        if steps and isinstance(steps[-1], Selection):
            selection = steps.pop().then(selection)  # type: ignore[union-attr]
        before = steps[-1].dims if steps else self.buffer_dims
        if selection != Selection.whole(before):
            steps.append(selection)
        return self._with(steps)

    def transposed(self, permutation: Sequence[int]) -> View:
        """Return the view whose axis k is axis `permutation[k]` of this one."""
        whole = Selection.whole(self.dims)
        return self.select(Selection(whole.index, tuple(permutation)))

    def reshaped(self, dims: Dims) -> View:
        """Return the view of the same elements, which lie in row-major order, under other dims."""
        steps = list(self.steps)
        before = self.dims
        if steps and isinstance(steps[-1], Reshaped):
            before = steps.pop().before  # type: ignore[union-attr]
        if dims != before:
            steps.append(Reshaped(before, dims))
        return self._with(steps)

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie in row-major order without gaps, if the buffer's do."""
        if not self.steps:
            return True
        before, last = self._with(self.steps[:-1]), self.steps[-1]
        if isinstance(last, Reshaped):
            return before.contiguous
        if isinstance(last, Part | Diagonal | Windows):
            return False
        order = [axis for axis in last.axes if isinstance(axis, int)]
        in_order = order == sorted(order) and not self.readonly
        return in_order and before.contiguous and _without_gaps(last, before.dims)

    def read(self, buffer: Value) -> Value:
        """Emit the read of the view from the buffer's value."""
        for step in self.steps:
            buffer = step.read(buffer)
        return buffer

    def write(self, buffer: Value, value: Value) -> Value:
        """Emit the buffer's value after a value that broadcasts to the view was written to it."""
        return _written(self.steps, buffer, value)


def _mapped(dims: Dims, f: Callable[[Affine], Affine]) -> Dims:
    return tuple(f(dim) for dim in dims)


def _written(steps: tuple[Step, ...], base: Value, value: Value) -> Value:
    if not steps:
        return broadcast_to(value, base.dims)
    step, rest = steps[0], steps[1:]
    if rest:
        value = _written(rest, step.read(base), value)
    return step.write(base, value)


def _composed(outer: Slice, inner: IndexItem) -> IndexItem:
    """Return the item that takes `inner` from what `outer` takes."""
    if isinstance(inner, At):
        return At(outer.start + inner.position * outer.step)
    return Slice(outer.start + inner.start * outer.step, inner.length, outer.step * inner.step)


def _without_gaps(selection: Selection, before: Dims) -> bool:
    """Return whether single positions come first, then one stretch, then whole axes."""
    seen_slice = False
    for item, dim in zip(selection.index, before, strict=True):
        if isinstance(item, At):
            if seen_slice:
                return False
        elif item.step != 1 or (seen_slice and item != Slice(Affine(0), dim)):
            return False
        else:
            seen_slice = True
    return True


def broadcast_to(value: Value, dims: Dims) -> Value:
    """Return the value repeated to dims that it broadcasts to; itself if they are its own."""
    if value.dims == dims:
        return value
    repeated: Value = broadcast(
        value, dims=dims, axes=tuple(range(len(dims) - value.ndim, len(dims)))
    )
    return repeated
