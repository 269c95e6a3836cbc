"""Views: composition of selections, reading and writing back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autograph.frontend.symbols.view import Repeated, Reshaped, Selection, View
from autograph.ir.affine import Affine
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import At, Graph, Slice, Value, building
from autograph.ir.types import array

ONE = Affine(1)


def forms(shape):
    return tuple(map(Affine, shape))


def item_strategy(size):
    at = st.integers(0, size - 1).map(lambda k: At(Affine(k))) if size else st.nothing()

    @st.composite
    def piece(draw):
        step = draw(st.sampled_from([1, 1, 2, -1, -2]))
        start = draw(st.integers(0, max(size - 1, 0)))
        room = (size - 1 - start) // step + 1 if step > 0 else start // -step + 1
        return Slice(Affine(start), Affine(draw(st.integers(0, max(room, 0) if size else 0))), step)

    return st.one_of(piece(), piece(), at)


@st.composite
def views(draw):
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    view = View(forms(shape))
    for _ in range(draw(st.integers(0, 4))):
        dims = [d.constant for d in view.dims]
        kind = draw(st.sampled_from(["select", "select", "transpose", "reshape"]))
        if kind == "transpose":
            view = view.transposed(draw(st.permutations(range(len(dims)))))
        elif kind == "reshape":
            units = draw(st.integers(0, 1))
            view = view.reshaped(forms([1] * units + [_size(dims)]))
        else:
            index = tuple(draw(item_strategy(size)) for size in dims)
            kept = range(sum(isinstance(item, Slice) for item in index))
            axes = list(draw(st.permutations(kept)))
            for _ in range(draw(st.integers(0, 1))):
                axes.insert(draw(st.integers(0, len(axes))), Repeated(ONE))
            view = view.select(Selection(index, tuple(axes)))
    return tuple(shape), view


def _size(dims):
    return int(np.prod(dims, dtype=int))


def numpy_selection(x, selection):
    index = []
    for item in selection.index:
        if isinstance(item, At):
            index.append(item.position.constant)
        else:
            start, length = item.start.constant, item.length.constant
            stop = start + length * item.step
            index.append(
                slice(start, None if stop < 0 else stop, item.step) if length else slice(0, 0)
            )
    x = x[(*index, ...)]
    order = [axis for axis in selection.axes if isinstance(axis, int)]
    x = x.transpose(order)
    x = x[(*(None if isinstance(a, Repeated) else slice(None) for a in selection.axes), ...)]
    return np.broadcast_to(x, [d.constant for d in selection.dims])


def positions(shape, view):
    """Return the number of the buffer's element at each position of a view."""
    x = np.arange(_size(shape)).reshape(shape)
    for step in view.steps:
        if isinstance(step, Reshaped):
            x = x.reshape([d.constant for d in step.dims])
        else:
            x = numpy_selection(x, step)
    return x


def run(shape, emit, *values):
    graph = Graph()
    arrays = [np.arange(_size(shape)).reshape(shape) * 1.0, *values]
    graph.params = [Value(array(np.float64, x.shape)) for x in arrays]
    with building(graph):
        graph.results = [emit(*graph.params)]
    return evaluate(graph, arrays)[0], graph


@settings(max_examples=150, deadline=None, derandomize=True)
@given(views())
def test_read_and_write_agree_with_numpy(case):
    shape, view = case
    wanted = positions(shape, view)
    found, _ = run(shape, view.read)
    assert wanted.shape == tuple(d.constant for d in view.dims)
    np.testing.assert_array_equal(found, wanted)

    new = -1.0 - np.arange(wanted.size).reshape(wanted.shape)
    found, _ = run(shape, view.write, new)
    buffer = np.arange(_size(shape)) * 1.0
    buffer[wanted.ravel()] = new.ravel()
    np.testing.assert_array_equal(found, buffer.reshape(shape))

    found, _ = run(shape, lambda base, v: view.write(base, v), np.array(5.0))
    buffer[wanted.ravel()] = 5.0
    np.testing.assert_array_equal(found, buffer.reshape(shape))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(views())
def test_contiguous_means_no_gaps(case):
    shape, view = case
    taken = positions(shape, view).ravel()
    if view.contiguous and taken.size > 1:
        np.testing.assert_array_equal(np.diff(taken), 1)


def test_selections_compose_into_one_step():
    view = View(forms((10, 4)))
    for _ in range(3):
        whole = Selection.whole(view.dims)
        first = Slice(ONE, view.dims[0] - 1)
        view = view.select(Selection((first, *whole.index[1:]), whole.axes))
        view = view.transposed((1, 0)).transposed((1, 0))
    (step,) = view.steps
    assert step.index[0] == Slice(Affine(3), Affine(7))
    _, graph = run((10, 4), view.read)
    assert [node.op.name for node in graph.nodes] == ["get"]


def test_whole_view_has_no_steps():
    view = View(forms((3, 4)))
    assert view.select(Selection.whole(view.dims)).steps == ()
    assert view.transposed((1, 0)).transposed((1, 0)).steps == ()
    assert view.reshaped(forms((12,))).reshaped(forms((3, 4))).steps == ()


def test_whole_write_emits_nothing():
    view = View(forms((3, 4)))
    _, graph = run((3, 4), view.write, np.zeros((3, 4)))
    assert graph.nodes == []


def test_repeated_axis_reads_as_broadcast():
    view = View(forms((1, 3)))
    stretched = view.select(
        Selection((At(Affine(0)), Slice(Affine(0), Affine(3))), (Repeated(Affine(4)), 0))
    )
    found, _ = run((1, 3), stretched.read)
    np.testing.assert_array_equal(found, np.broadcast_to(np.arange(3.0), (4, 3)))
    assert [d.constant for d in stretched.dims] == [4, 3]


def test_map_applies_to_all_forms():
    view = (
        View(forms((4, 3)))
        .reshaped(forms((12,)))
        .select(Selection((Slice(ONE, Affine(5)),), (0, Repeated(ONE))))
    )
    doubled = view.map(lambda form: form * 2)
    assert [d.constant for d in doubled.dims] == [10, 2]
    assert doubled.buffer_dims == forms((8, 6))
