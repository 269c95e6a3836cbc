"""Straight-line graphs and whole programs: the emitted source against the reference evaluator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tests.backends.graphs as G
from autograph.backends import loops as lp
from autograph.backends.loop_printer import to_text
from autograph.ir.graph import At, Guard, Slice, Value
from autograph.ops import control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from autograph.ops import structure as st
from tests.backends.graphs import INT, add, div, get, graph, inc, mul, set_, sub, total, zeros
from tests.backends.harness import Affine, Program, param

r = np.random.default_rng(0)

PROGRAMS: dict[str, tuple[Any, list[tuple[Any, ...]]]] = {
    "heat": (G.heat, [(r.random((n, n + 1)), t, 0.1) for n in (2, 3, 5) for t in (0, 1, 2, 3)]),
    "jacobi": (
        G.jacobi,
        [(r.random((n, n)), r.random((n, n)), t) for n in (2, 3, 5) for t in (0, 1, 3)],
    ),
    "burgers": (G.burgers, [(r.random(n), 0.1, t) for n in (1, 2, 5) for t in (0, 1, 3)]),
    "seidel": (G.seidel, [(r.random((n, n + 1)), t) for n in (2, 3, 5) for t in (0, 1, 2)]),
    "trisolv": (G.trisolv, [(r.random((n, n)) + np.eye(n), r.random(n)) for n in (0, 1, 2, 5)]),
    "newton": (G.newton, [(r.random(n) + 0.1,) for n in (0, 1, 5)]),
    "newton_array": (G.newton_array, [(r.random(n) + 0.1,) for n in (1, 5)]),
    "logreg": (
        G.logreg,
        [
            (r.random(n), 0.3, r.random((m, n)), np.sign(r.random(m) - 0.5), 0.1)
            for n, m in ((0, 1), (1, 2), (3, 7))
        ],
    ),
    "branchy": (G.branchy, [(r.random(n),) for n in (0, 1, 5)]),
    "nlseidel": (G.nlseidel, [(r.random((n, n + 1)), t) for n in (2, 3, 5) for t in (0, 1, 2)]),
    "edit_distance": (
        G.edit_distance,
        [(r.integers(0, 3, m), r.integers(0, 3, n)) for m, n in ((0, 0), (1, 2), (5, 4))],
    ),
    "softmax_loss": (
        G.softmax_loss,
        [(r.random((m, n)) * 2000 - 1000, r.integers(0, n, m)) for m, n in ((1, 1), (4, 5))],
    ),
    "nbody": (
        G.nbody,
        [
            (r.random((n, 3)), r.random((n, 3)), r.random(n), t, 0.01)
            for n in (1, 4)
            for t in (0, 1, 3)
        ],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("ordered", [True, False])
def test_program(name: str, ordered: bool) -> None:
    make, cases = PROGRAMS[name]
    p = Program(make(), ordered=ordered)
    for case in cases:
        p.check(*map(np.copy, case))


@pytest.mark.parametrize("name", PROGRAMS)
def test_schedule_is_deterministic(name: str) -> None:
    make = PROGRAMS[name][0]
    first, second = Program(make()), Program(make())
    assert first.source == second.source
    assert to_text(first.loops) == to_text(second.loops)


@pytest.mark.parametrize("order", ["C", "F", "strided", "reversed"])
def test_memory_layouts(order: str) -> None:
    p = Program(G.heat())
    u = r.random((5, 6))
    layouts = {
        "C": u,
        "F": np.asfortranarray(u),
        "strided": r.random((10, 12))[::2, ::2],
        "reversed": r.random((5, 6))[::-1, ::-1],
    }
    for steps in (2, 3):
        p.check(layouts[order], steps, 0.1, compile_=True)


def test_heat_runs_in_the_callers_buffer_with_one_scratch() -> None:
    p = Program(G.heat())
    allocated = [s for s in lp.walk(p.loops.body) if isinstance(s, lp.Alloc)]
    swaps = [s for s in lp.walk(p.loops.body) if isinstance(s, lp.Swap)]
    assert len(allocated) == len(swaps) == 1
    assert swaps[0].first is p.loops.buffers[0]


def test_upwind_runs_backwards_without_a_temporary() -> None:
    p = Program(G.burgers())
    nests = [s for s in lp.walk(p.loops.body) if isinstance(s, lp.Nest)]
    assert [n.reverse for n in nests] == [(True,)]
    assert " = empty(" not in p.source


# ---------------------------------------------------------------- in-place updates


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [
        (1, None, None, -1),
        (None, -1, 1, None),
        (1, -1, 2, None),
        (0, 4, 4, 8),
        (2, 6, 0, 4),
        (2, 6, 3, 7),
        (0, 8, 0, 8),
        (3, 3, 4, 4),
    ],
)
def test_shifted_update(a: Any, b: Any, c: Any, d: Any, loop: bool) -> None:
    Program(G.shifts(a, b, c, d, loop)).check(r.random(8))


def test_update_from_both_sides_once() -> None:
    x = param("x", 1)

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        return set_(x, add(get(x, G.AFTER), get(x, G.BEFORE)), G.INNER)

    p = Program(g)
    assert p.source.count(" = empty(") == 1
    for n in (2, 3, 7):
        p.check(r.random(n))


def test_row_update_costs_a_row() -> None:
    x = param("x", 2)

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        def body(i: Value, x: Value) -> Any:
            return [set_(x, add(get(x, i, G.AFTER), get(x, i, G.BEFORE)), i, G.INNER)]

        return control.make_scan(x.dims[0], [x], body)

    p = Program(g)
    temporary = [s.buffer for s in lp.walk(p.loops.body) if isinstance(s, lp.Alloc)]
    assert [len(b.dims) for b in temporary] == [1]
    p.check(r.random((3, 5)))


def test_old_content_is_read_before_it_is_overwritten() -> None:
    x = param("x", 1)

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        head, double = get(x, slice(0, 2)), mul(2.0, x)
        y = set_(x, 0.0, slice(1, None))
        return y, head, add(double, y), get(x, 1)

    Program(g).check(r.random(4))


def test_two_dimensional_orders() -> None:
    x = param("x", 2)
    orders = {
        "down right": (slice(1, None), slice(None, -1)),
        "down left": (slice(1, None), slice(1, None)),
        "up": (slice(None, -1), slice(1, None)),
    }
    for rows, columns in orders.values():

        @graph(x, writes={0: 0})
        def g(x: Value, rows: Any = rows, columns: Any = columns) -> Any:
            other = slice(None, -1) if rows.start else slice(1, None)
            aside = slice(None, -1) if columns.start else slice(1, None)
            return set_(x, add(get(x, other, aside), 1.0), rows, columns)

        p = Program(g)
        assert " = empty(" not in p.source
        p.check(r.random((4, 5)))


@pytest.mark.parametrize("step", [2, 3, -1, -2])
def test_steps(step: int) -> None:
    x = param("x", dims=(Affine(9),))
    length = len(range(9)[::step])
    begin = 0 if step > 0 else 8

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        index = (Slice(Affine(begin), Affine(length), step),)
        part = st.get(x, index=index)
        y = st.set_(x, add(part, get(x, slice(0, length))), index=index)
        y = st.inc(y, st.get(y, index=index), index=index)
        return y, part

    Program(g).check(r.random(9))


def test_interleaved_parts_do_not_meet() -> None:
    x = param("x", dims=(Affine(8),))
    even, odd = (Slice(Affine(k), Affine(4), 2) for k in (0, 1))

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        return st.set_(x, mul(2.0, st.get(x, index=(odd,))), index=(even,))

    p = Program(g)
    assert " = empty(" not in p.source
    p.check(r.random(8))


def test_transposed_update_needs_a_temporary() -> None:
    x = param("x", dims=(Affine(4), Affine(4)))

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        return set_(x, add(x, st.transpose(x, permutation=(1, 0))))

    Program(g).check(r.random((4, 4)))


def test_dynamic_positions_and_three_dimensions() -> None:
    x, i = param("x", 3), param("i", dtype=INT)

    @graph(x, i, writes={0: 0})
    def g(x: Value, i: Value) -> Any:
        k = ew.remainder(mul(i, 3), 2)
        y = set_(x, get(x, 1, slice(None), G.AFTER), k, slice(None), G.INNER)
        y = inc(y, 1.0, slice(None), i, k)
        return set_(y, mul(get(y, slice(1, None)), 0.5), slice(None, -1)), get(y, k, k, k)

    p = Program(g)
    for i in (0, 1):
        p.check(r.random((2, 3, 4)), i)


def test_increments_overlap_and_read_the_target() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        y = inc(x, mul(2.0, get(x, slice(None, -1))), slice(1, None))
        y = inc(y, get(x, slice(1, None)), slice(None, -1))
        y = inc(y, get(y, G.AFTER), G.INNER)
        return inc(y, total(y), slice(None))

    Program(g).check(r.random(6))


def test_values_broadcast_to_the_part() -> None:
    x, row = param("x", 2), None
    row = param("row", dims=x.dims[1:])

    @graph(x, row, writes={0: 0})
    def g(x: Value, row: Value) -> Any:
        y = set_(x, ew.exp(row), slice(0, 2))
        y = set_(y, get(y, 0, 0), slice(2, None))
        return inc(y, row)

    Program(g).check(r.random((3, 4)), r.random(4))


def test_put_add_accumulates_repeated_positions() -> None:
    x, n = param("x", 1), param("at", 1, INT)
    v = param("v", dims=n.dims)

    @graph(x, v, n)
    def g(x: Value, v: Value, n: Value) -> Any:
        y = st.put_add(x, add(v, st.take(x, n)), n)
        return y, st.put_add(zeros(*x.dims), v, n)

    p = Program(g)
    p.check(r.random(3), r.random(5), np.array([0, 2, 2, 1, 2]))
    p.check(r.random(3), r.random(0), np.array([], np.int64))


def test_take_with_several_index_arrays() -> None:
    x, i = param("x", 2), param("i", 1, INT)
    j = param("j", dtype=INT, dims=(Affine(2), i.dims[0]))

    @graph(x, i, j)
    def g(x: Value, i: Value, j: Value) -> Any:
        return st.take(mul(x, 2.0), i, j)

    Program(g).check(r.random((3, 4)), np.array([0, 2, 1]), np.array([[0, 1, 2], [3, 3, 0]]))


# ---------------------------------------------------------------- entry


def test_results_never_alias_what_the_caller_keeps() -> None:
    x = param("x", 2)

    @graph(x)
    def g(x: Value) -> Any:
        return x, x, st.transpose(x, permutation=(1, 0)), get(x, 0), zeros(*x.dims), zeros(*x.dims)

    Program(g).check(r.random((2, 3)))


def test_written_params() -> None:
    x = param("x", 1)
    y = param("y", dims=x.dims)

    @graph(x, y, writes={1: 0, 2: 1})
    def swap(x: Value, y: Value) -> Any:
        return x, y, x

    Program(swap).check(r.random(3), r.random(3))

    @graph(x, y, writes={0: 0, 1: 1})
    def mix(x: Value, y: Value) -> Any:
        return add(x, mul(2.0, y)), sub(x, y), x

    Program(mix).check(r.random(3), r.random(3))

    @graph(x, y, writes={1: 1})
    def same(x: Value, y: Value) -> Any:
        z = mul(x, 2.0)
        return z, z, add(y, z)

    Program(same).check(r.random(3), r.random(3))


def test_guards_come_before_anything_else() -> None:
    x, n = param("x", 1), param("n", dtype=INT)

    @graph(x, n, writes={0: 0})
    def g(x: Value, n: Value) -> Any:
        y = set_(x, 1.0, slice(0, Affine.of(n)))
        return y, get(y, slice(Affine.of(n), None)), total(y), ew.less(n, 3), mul(y, 2.0)

    g.guards = [Guard(x.dims[0] - Affine.of(n), ">=0"), Guard(Affine.of(n), ">=0")]
    p = Program(g)
    for n in (0, 3, 5, -1):
        p.check(r.random(4), n, compile_=True)


def test_checks() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        control.check(ew.greater(total(x), 0.5), message="small")

        def body(i: Value, s: Value) -> Any:
            control.check(ew.less(get(x, i), 0.9), message="large")
            return [add(s, get(x, i))]

        s = control.make_scan(x.dims[0], [np.float64(0)], body)
        control.check(ew.greater_equal(x, 0.0), message="negative")
        return mul(x, s[0])

    p = Program(g)
    for values in ([1.0, 0.3], [0.8, 0.3], [0.1], [0.8, -0.1], []):
        p.check(np.array(values), compile_=True)


def test_reshapes() -> None:
    x = param("x", dims=(Affine(2), Affine(6)))

    @graph(x)
    def g(x: Value) -> Any:
        cube = st.reshape(mul(x, 2.0), dims=tuple(map(Affine, (3, 2, 2))))
        flat = st.reshape(st.transpose(x, permutation=(1, 0)), dims=(Affine(12),))
        wide = st.reshape(x, dims=tuple(map(Affine, (1, 2, 1, 6))))

        def body(i: Value, s: Value) -> Any:
            return [add(mul(s, 0.5), st.reshape(mul(s, 0.1), dims=s.dims))]

        return cube, set_(flat, 0.0, 3), wide, control.make_scan(Affine(3), [flat], body)[0]

    Program(g).check(r.random((2, 6)))


def test_reshape_in_a_loop_does_not_share_memory() -> None:
    x = param("x", dims=(Affine(2), Affine(2)))

    @graph(x)
    def g(x: Value) -> Any:
        def body(i: Value, a: Value, b: Value) -> Any:
            flat = st.reshape(add(a, 1.0), dims=(Affine(4),))
            return st.reshape(mul(b, 2.0), dims=a.dims), flat

        return control.make_scan(Affine(5), [x, st.reshape(x, dims=(Affine(4),))], body)

    Program(g).check(r.random((2, 2)))


# ---------------------------------------------------------------- reductions


@pytest.mark.parametrize("axes", [(), (0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)])
def test_reductions_over_axes(axes: tuple[int, ...]) -> None:
    x = param("x", 3)

    @graph(x)
    def g(x: Value) -> Any:
        plain = [f(x, axes=axes) for f in (red.sum_, red.prod, red.max_, red.min_)]
        logic = [f(ew.greater(x, 0.5), axes=axes) for f in (red.any_, red.all_)]
        return [*plain, *logic, red.any_(x, axes=axes)]

    p = Program(g)
    p.check(r.random((2, 3, 4)))
    x = r.random((2, 3, 4))
    x[1, 2, 3] = np.nan
    x[0, 1, 2] = np.inf
    p.check(x)


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1), (1, 2), (0, 1, 2)])
def test_positions(axes: tuple[int, ...]) -> None:
    x = param("x", 3)

    @graph(x)
    def g(x: Value) -> Any:
        return red.argmax(x, axes=axes), red.argmin(x, axes=axes)

    p = Program(g)
    for case in (
        r.integers(0, 3, (2, 3, 4)).astype(float),
        np.where(r.random((2, 3, 4)) > 0.7, np.nan, r.random((2, 3, 4))),
    ):
        p.check(case)


def test_empty_reductions() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return (
            total(x),
            red.prod(x, axes=(0,)),
            red.all_(ew.less(x, 0), axes=(0,)),
            total(mul(x, x)),
        )

    Program(g).check(np.array([]))


def test_integer_reductions_wrap() -> None:
    x = param("x", 1, INT)

    @graph(x)
    def g(x: Value) -> Any:
        return total(x), red.max_(x, axes=(0,)), red.min_(x, axes=(0,)), red.prod(x, axes=(0,))

    p = Program(g)
    p.check(np.array([2**62, 2**62, 3, -5]), compile_=True)


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 4))])
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.bool_])
def test_products(shapes: Any, dtype: Any) -> None:
    a, b = (
        param(n, dtype=dtype, dims=tuple(map(Affine, s))) for n, s in zip("ab", shapes, strict=True)
    )

    @graph(a, b)
    def g(a: Value, b: Value) -> Any:
        return red.dot(a, b), red.dot(ew.maximum(a, a), b)

    x, y = (np.asarray(r.integers(0, 3, s)).astype(dtype) for s in shapes)
    Program(g).check(x, y)


def test_products_of_transposes() -> None:
    a = param("a", 2)
    b = param("b", dims=(a.dims[0], a.dims[0]))

    @graph(a, b)
    def g(a: Value, b: Value) -> Any:
        at = st.transpose(a, permutation=(1, 0))
        return red.dot(at, b), red.dot(at, a), red.dot(st.transpose(b, permutation=(1, 0)), a)

    Program(g).check(r.random((3, 4)), r.random((3, 3)), compile_=True)


def test_products_of_strided_arrays() -> None:
    a, n = param("a", dims=(Affine(3), Affine(3))), param("n", dtype=INT)

    @graph(a, n, writes={0: 0})
    def g(a: Value, n: Value) -> Any:
        at = st.transpose(a, permutation=(1, 0))
        (b,) = control.make_scan(Affine.of(n), [a], lambda t, x: [red.dot(x, a)])
        return b, red.dot(at, a)

    p = Program(g)
    for n in (0, 1, 2):
        p.check(r.random((6, 6))[::2, ::2], n, compile_=True)


def test_costly_values_are_not_repeated() -> None:
    x, a = param("x", 1), None
    a = param("a", dims=(Affine(4), x.dims[0]))

    @graph(x, a)
    def g(x: Value, a: Value) -> Any:
        e = ew.exp(x)
        wide = mul(a, e)
        left, right = get(e, slice(None, -1)), get(e, slice(1, None))
        return red.sum_(wide, axes=(1,)), red.dot(a, ew.log(add(e, 1.0))), sub(right, left)

    p = Program(g)
    assert p.source.count("exp_f64") == 2  # in a loop, and in the one over its rest
    assert p.source.count("log_f64") == 2
    p.check(r.random(3), r.random((4, 3)))


def test_neighbours_of_a_cheap_value_are_computed_not_stored() -> None:
    x = param("x", 1)

    @graph(x, writes={0: 0})
    def g(x: Value) -> Any:
        flux = mul(0.5, x, x)
        slope = sub(get(flux, slice(1, None)), get(flux, slice(None, -1)))
        return inc(x, slope, slice(1, None))

    p = Program(g)
    assert " = empty(" not in p.source
    p.check(r.random(6))


def test_consumers_over_one_box_share_a_nest() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        e = ew.exp(x)
        return total(e), total(mul(e, e)), red.max_(e, axes=(0,))

    p = Program(g)
    assert p.source.count(" = empty(") == 0
    nests = [s for s in lp.walk(p.loops.body) if isinstance(s, lp.Nest)]
    assert len(nests) == 1
    p.check(r.random(5))


def stencil_and_sum(*lows: int) -> Program:
    """Return a sum over all of y that is a little larger than an update reading y."""
    x, y = param("x", len(lows)), None
    y = param("y", dims=x.dims)

    @graph(x, y, writes={0: 0})
    def g(x: Value, y: Value) -> Any:
        s = total(mul(y, get(y, *[slice(None)] * len(lows))))
        part = tuple(slice(low, -1) for low in lows)
        neighbours = tuple(slice(low - 1, -2) for low in lows)
        return set_(x, add(get(y, *part), get(y, *neighbours)), *part), s

    return Program(g)


@pytest.mark.parametrize("lows", [(1,), (1, 2), (2, 1, 1)])
def test_a_sum_runs_along_with_a_nest_over_a_smaller_box(lows: tuple[int, ...]) -> None:
    p = stencil_and_sum(*lows)
    merged = [
        s
        for s in lp.walk(p.loops.body)
        if isinstance(s, lp.Nest) and {lp.Reduce, lp.Store} <= {type(x) for x in s.body}
    ]
    assert len(merged) == 1
    for size in (3, 4, 5, 7):
        dims = [size + k for k in range(len(lows))]
        p.check(r.random(dims), r.random(dims))
    dims = [6] * len(lows)
    p.check(r.random(dims), r.random(dims), compile_=True)


def test_backends_without_order_keep_sums_whole() -> None:
    p = Program(stencil_and_sum(1, 1).graph, ordered=False)
    assert not any(isinstance(s, lp.If) for s in lp.walk(p.loops.body))


# ---------------------------------------------------------------- accuracy


@pytest.mark.parametrize("dims", [(4, 50_000), (50_000, 5), (300, 700)])
def test_sums_cut_in_two_are_accurate(dims: tuple[int, int]) -> None:
    p = stencil_and_sum(1, 1)
    y = r.random(dims) + 1e3
    exact = math.fsum((y * y).ravel())
    _, s = p.compiled(np.zeros(dims), y)
    assert abs(s - exact) <= 2 * np.spacing(exact)


def test_long_sums_are_as_accurate_as_numpys() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        return total(x)

    p = Program(g)
    values = r.random(200_000) + 1e3
    exact = math.fsum(values)
    _, s = p.compiled(values)
    assert abs(s - exact) <= abs(np.sum(values) - exact) + np.spacing(exact)
    assert p.compiled(np.array([np.inf, 1.0]))[1] == np.inf
    assert np.isnan(p.compiled(np.array([np.inf, -np.inf]))[1])
    assert np.isnan(p.compiled(np.array([np.nan, 1.0]))[1])
    assert p.compiled(np.array([1e308, 1e308, -1e308]))[1] == np.inf


# ---------------------------------------------------------------- random graphs


def random_graph(seed: int) -> Any:
    """A random sequence of updates, shifts, reductions and temporaries on two arrays."""
    rng = np.random.default_rng(seed)
    x = param("x", dims=(Affine(7),))
    y = param("y", dims=(Affine(7),))
    loops = int(rng.integers(0, 3))

    def steps(x: Value, y: Value) -> tuple[Value, Value]:
        arrays = [x, y]
        for _ in range(int(rng.integers(1, 5))):
            k, j = (int(n) for n in rng.integers(0, len(arrays), 2))
            length = int(rng.integers(1, 7))
            at, other, third = (int(n) for n in rng.integers(0, 8 - length, 3))

            def part(a: Value, at: int, length: int = length) -> Value:
                return get(a, slice(at, at + length))

            value = add(mul(0.5, part(arrays[j], other)), mul(0.25, part(arrays[k], third)))
            keep = len(arrays) < 4 and rng.random() < 0.4
            kind = rng.integers(0, 4)
            if kind == 0:
                new = set_(arrays[k], value, slice(at, at + length))
            elif kind == 1:
                new = inc(arrays[k], value, slice(at, at + length))
            elif kind == 2:
                new = set_(arrays[k], mul(0.1, total(value)), at)
            else:
                new = add(mul(0.5, arrays[k]), ew.tanh(arrays[j]))
            if keep:
                arrays.append(new)
            else:
                arrays[k] = new
        chosen = rng.permutation(len(arrays))[:2]
        return arrays[int(chosen[0])], arrays[int(chosen[1])]

    @graph(x, y, name=f"random{seed}", writes={0: int(rng.integers(0, 2))})
    def g(x: Value, y: Value) -> Any:
        if loops:
            a, b = control.make_scan(Affine(loops + 1), [x, y], lambda i, a, b: steps(a, b))
        else:
            a, b = steps(x, y)
        return [a, b, total(x)] if rng.random() < 0.5 else [b, a]

    return g


@pytest.mark.parametrize("seed", range(150))
def test_random_graph(seed: int) -> None:
    for ordered in (True, False):
        Program(random_graph(seed), ordered).check(r.random(7), r.random(7))


def test_names_do_not_influence_the_schedule() -> None:
    texts = []
    for name in ("a", "zzz"):
        x = param(name, 1)

        @graph(x)
        def g(x: Value) -> Any:
            y = ew.exp(x)
            return total(y), div(y, total(y))

        texts.append(Program(g).source.replace("zzz", "a"))
    assert texts[0] == texts[1]


def test_positions_given_by_scalars_of_the_graph() -> None:
    x, k = param("x", 1), param("k", 1, INT)

    @graph(x, k)
    def g(x: Value, k: Value) -> Any:
        def body(i: Value, x: Value) -> Any:
            p = get(k, i)
            return [
                st.set_(
                    x, add(st.get(x, index=(At(Affine.of(p)),)), 1.0), index=(At(Affine.of(p)),)
                )
            ]

        return control.make_scan(k.dims[0], [x], body)

    Program(g).check(r.random(4), np.array([3, 0, 3]))
