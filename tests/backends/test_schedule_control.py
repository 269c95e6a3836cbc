"""Loops, branches, tapes: graphs with regions against the reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tests.backends.graphs as G
from autograph.backends.prepare import overwritten
from autograph.ir.graph import Graph, Value
from autograph.ops import control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from autograph.ops import structure as st
from tests.backends.graphs import INT, add, div, get, graph, inc, mul, set_, sub, total, zeros
from tests.backends.harness import Affine, Program, param

r = np.random.default_rng(1)


def test_break_leaves_after_the_iteration_that_stops() -> None:
    a, limit = param("a", 1), param("limit")

    @graph(a, limit)
    def g(a: Value, limit: Value) -> Any:
        def body(i: Value, s: Value) -> Any:
            s = add(s, get(a, i))
            return s, ew.greater(s, limit)

        return control.make_scan(a.dims[0], [np.float64(0)], body, until=True)

    p = Program(g)
    for n in (0, 1, 7):
        for limit in (-1.0, 0.7, 2.0, 100.0):
            p.check(np.linspace(0.1, 1, n), limit)
    p.check(np.linspace(0.1, 1, 7), 2.0, compile_=True)


def test_backwards_with_condition_and_break() -> None:
    a, limit = param("a", 1), param("limit")

    @graph(a, limit)
    def g(a: Value, limit: Value) -> Any:
        def body(i: Value, s: Value, last: Value) -> Any:
            s = add(s, get(a, i))
            return s, Affine.of(i), ew.greater(s, limit)

        return control.make_scan(
            a.dims[0],
            [np.float64(0), np.int64(-1)],
            body,
            until=True,
            reverse=True,
            condition=lambda s, last: ew.not_equal(s, 0.25),
        )

    p = Program(g)
    for values in ([], [1.0, 2.0, 3.0], [1.0, 0.25], [5.0, 0.125, 0.125]):
        for limit in (0.0, 3.0, 9.0):
            p.check(np.array(values), limit)


def test_forms_over_carried_integers() -> None:
    """Positions in the condition and over carries that never change refer to real variables."""
    x, i = param("x", 1), param("i", dtype=INT)

    @graph(x, i, writes={1: 0})
    def g(x: Value, i: Value) -> Any:
        def more(x: Value, k: Value, one: Value) -> Value:
            inside = ew.less(Affine.of(k) + Affine.of(one), ew.cast(x, dtype=x.dtype).dims[0])
            return ew.logical_and(inside, ew.greater(get(x, Affine.of(k)), 0.0))

        def body(t: Value, x: Value, k: Value, one: Value) -> Any:
            return set_(x, 5.0, Affine.of(k) + Affine.of(one)), Affine.of(k) + Affine.of(one), one

        x, k, _, n = control.make_scan(None, [x, i, np.int64(1)], body, condition=more)
        return k, x, n

    p = Program(g)
    for values in ([1.0, 2.0, 3.0], [1.0, 2.0, -3.0, 4.0], [-1.0, 2.0]):
        p.check(np.array(values), 0)


def test_scalars_are_exchanged_at_once() -> None:
    n = param("n", dtype=INT)

    @graph(n)
    def g(n: Value) -> Any:
        def body(i: Value, a: Value, b: Value, c: Value, k: Value) -> Any:
            return b, add(a, b), a, Affine.of(k) + Affine.of(i)

        start = [np.float64(0), np.float64(1), np.float64(5), np.int64(3)]
        return control.make_scan(Affine.of(n), start, body)

    p = Program(g)
    for n in range(5):
        p.check(n)


@pytest.mark.parametrize("turn", [1, 2])
def test_arrays_are_exchanged_at_once(turn: int) -> None:
    a, n = param("a", 1), param("n", dtype=INT)
    b, c = param("b", dims=a.dims), param("c", dims=a.dims)

    @graph(a, b, c, n)
    def g(a: Value, b: Value, c: Value, n: Value) -> Any:
        def body(i: Value, x: Value, y: Value, z: Value) -> Any:
            xyz = (x, y, add(z, 1.0))
            return xyz[turn:] + xyz[:turn]

        return control.make_scan(Affine.of(n), [a, b, c], body)

    p = Program(g)
    for n in range(5):
        p.check(r.random(4), r.random(4), r.random(4), n)


def test_one_array_in_two_carries() -> None:
    a, n = param("a", 1), param("n", dtype=INT)

    @graph(a, n, writes={0: 0})
    def g(a: Value, n: Value) -> Any:
        def body(i: Value, x: Value, y: Value) -> Any:
            z = add(x, mul(2.0, y))
            return set_(x, 1.0, i), z

        return control.make_scan(Affine.of(n), [a, a], body)

    p = Program(g)
    for n in range(4):
        p.check(r.random(5), n)


def test_carry_that_becomes_a_view_of_itself() -> None:
    a, n = param("a", dims=(Affine(4), Affine(4))), param("n", dtype=INT)

    @graph(a, n, writes={0: 0})
    def g(a: Value, n: Value) -> Any:
        def body(i: Value, x: Value) -> Any:
            return [st.transpose(set_(x, get(x, 0), i), permutation=(1, 0))]

        return control.make_scan(Affine.of(n), [a], body)

    p = Program(g)
    for n in range(4):
        p.check(r.random((4, 4)), n)


def test_captured_lazy_value_over_an_array_that_the_loop_changes() -> None:
    a = param("a", 1)

    @graph(a, writes={0: 0})
    def g(a: Value) -> Any:
        double, first = mul(2.0, a), get(a, slice(0, 2))

        def body(i: Value, x: Value) -> Any:
            return [set_(x, add(get(x, i), get(double, i), get(first, 1)), i)]

        (b,) = control.make_scan(a.dims[0], [a], body)
        return b, total(a)

    p = Program(g)
    for n in (2, 5):
        p.check(r.random(n))


def test_inner_loops_of_varying_length() -> None:
    a = param("a", 1)

    @graph(a, writes={0: 0})
    def g(a: Value) -> Any:
        def body(i: Value, x: Value) -> Any:
            return control.make_scan(
                Affine.of(i), [x], lambda j, x: [set_(x, add(get(x, i), get(x, j)), i)]
            )

        return control.make_scan(a.dims[0], [a], body)

    p = Program(g)
    for n in (0, 1, 4):
        p.check(r.random(n))


def test_size_found_at_run_time() -> None:
    """Temporaries whose size is computed in a loop are allocated where it is known."""
    n = param("n", dtype=INT)

    @graph(n)
    def g(n: Value) -> Any:
        def body(i: Value, s: Value) -> Any:
            size = ew.multiply(i, i)
            v = ew.cast(st.iota(length=Affine.of(size)), dtype=np.dtype(np.float64))
            w = ew.exp(mul(v, 0.01))
            return [add(s, div(total(w), add(1.0, total(mul(w, w)))))]

        return control.make_scan(Affine.of(n), [np.float64(0)], body)

    p = Program(g)
    for n in (0, 1, 4):
        p.check(n)


# ---------------------------------------------------------------- ifelse


def ifelse_arrays(then: str, orelse: str) -> Graph:
    a, c = param("a", 1), param("c")

    @graph(a, c, writes={0: 0})
    def g(a: Value, c: Value) -> Any:
        arms = {
            "pass": lambda: [a],
            "set": lambda: [set_(a, 1.0, slice(0, 2))],
            "shift": lambda: [set_(a, get(a, slice(None, -1)), slice(1, None))],
            "both": lambda: [set_(a, add(get(a, G.AFTER), get(a, G.BEFORE)), G.INNER)],
            "new": lambda: [mul(a, 2.0)],
            "flip": lambda: [set_(mul(a, 2.0), 3.0, 0)],
            "zero": lambda: [zeros(*a.dims)],
        }
        return control.make_ifelse(ew.greater(c, 0.0), arms[then], arms[orelse])

    return g


@pytest.mark.parametrize("then", ["pass", "set", "shift", "both"])
@pytest.mark.parametrize("orelse", ["pass", "set", "new", "flip", "zero"])
def test_arrays_from_branches(then: str, orelse: str) -> None:
    p = Program(ifelse_arrays(then, orelse))
    for n in (2, 5):
        for c in (1.0, -1.0):
            p.check(r.random(n), c)


def test_branches_in_a_loop_write_in_place() -> None:
    a, n = param("a", 1), param("n", dtype=INT)

    @graph(a, n, writes={0: 0})
    def g(a: Value, n: Value) -> Any:
        def body(i: Value, x: Value, s: Value) -> Any:
            low = ew.less(get(x, 0), 0.5)
            x, s = control.make_ifelse(
                low,
                lambda: [set_(x, add(get(x, i), 0.3), i), s],
                lambda: [inc(x, 1.0, slice(1, None)), add(s, total(x))],
            )
            return set_(x, mul(get(x, 0), 1.4), 0), s

        return control.make_scan(Affine.of(n), [a, np.float64(0)], body)

    p = Program(g)
    assert " = empty(" not in p.source
    for n in (0, 1, 4):
        p.check(r.random(6), n)


def test_branch_over_an_array_needed_later_keeps_it() -> None:
    a, c = param("a", 1), param("c")

    @graph(a, c)
    def g(a: Value, c: Value) -> Any:
        (b,) = control.make_ifelse(ew.greater(c, 0.0), lambda: [set_(a, 1.0, 0)], lambda: [a])
        return b, mul(a, 2.0)

    p = Program(g)
    p.check(r.random(3), 1.0)
    p.check(r.random(3), -1.0)


def test_branches_of_scalars_of_all_kinds() -> None:
    a, k = param("a", dtype=np.float32), param("k", dtype=INT)

    @graph(a, k)
    def g(a: Value, k: Value) -> Any:
        return control.make_ifelse(
            ew.less(k, 3),
            lambda: [mul(a, a), Affine.of(k) + 1, ew.less(a, 0.5)],
            lambda: [np.float32(2.5), np.int64(4), np.bool_(True)],
        )

    p = Program(g)
    for k in (1, 5):
        p.check(0.3, k, compile_=True, rtol=1e-6)


# ---------------------------------------------------------------- tapes


def product_and_factors(length: Any = None) -> Graph:
    """A loop that remembers scalars and arrays, and one that replays them backwards."""
    a, n = param("a", 1), param("n", dtype=INT)

    @graph(a, n)
    def g(a: Value, n: Value) -> Any:
        def forward(i: Value, x: Value, s: Value) -> Any:
            old = get(x, G.INNER)
            new = set_(x, add(mul(0.5, old), get(x, G.AFTER)), G.INNER)
            t = add(s, total(new))
            return new, t, old, mul(t, t), s

        x, s, olds, squares, sums = control.make_scan(Affine.of(n), [a, np.float64(1)], forward)

        def backward(i: Value, x: Value, s: Value, old: Value, q: Value, p: Value) -> Any:
            x = set_(x, old, G.INNER)
            return x, add(mul(0.5, s), q, p, total(x), ew.cast(i, dtype=np.dtype(np.float64)))

        y, s2 = control.make_scan(
            Affine.of(n), [x, s], backward, tapes=[olds, squares, sums], reverse=True
        )
        (s3,) = control.make_scan(
            Affine.of(n), [np.float64(0)], lambda i, s, q: [add(mul(s, 0.5), q)], tapes=[squares]
        )
        return x, s, y, s2, s3

    return g


def test_fixed_tapes() -> None:
    p = Program(product_and_factors())
    for n in (2, 5):
        for steps in (0, 1, 4):
            p.check(r.random(n), steps)
    p.check(r.random(5), 4, compile_=True)


def test_nested_fixed_tapes() -> None:
    a, n = param("a", 1), param("n", dtype=INT)

    @graph(a, n)
    def g(a: Value, n: Value) -> Any:
        def row(i: Value, x: Value) -> Any:
            def cell(j: Value, x: Value) -> Any:
                old = get(x, j)
                return set_(x, mul(old, 1.1), j), old

            return control.make_scan(a.dims[0], [x], cell, reverse=True)

        x, tape = control.make_scan(Affine.of(n), [a], row)

        def back(i: Value, x: Value, s: Value, olds: Value) -> Any:
            def cell(j: Value, x: Value, s: Value, old: Value) -> Any:
                return set_(x, old, j), add(mul(s, 0.9), old)

            return control.make_scan(a.dims[0], [x, s], cell, tapes=[olds])

        y, s = control.make_scan(Affine.of(n), [x, np.float64(0)], back, tapes=[tape], reverse=True)
        return x, y, s

    p = Program(g)
    for size in (0, 3):
        for steps in (0, 1, 3):
            p.check(r.random(size), steps)


def until_loop_with_tapes(width: int) -> Graph:
    a, limit = param("a", 1), param("limit")

    @graph(a, limit)
    def g(a: Value, limit: Value) -> Any:
        def forward(i: Value, x: Value, s: Value) -> Any:
            y = mul(x, 1.01)
            return y, add(s, get(y, 0)), s, x

        x, _, trips, sums, xs = control.make_scan(
            None, [a, np.float64(0)], forward, condition=lambda x, s: ew.less(s, limit)
        )
        y, q = control.make_scan(
            Affine.of(trips),
            [x, np.float64(0)],
            lambda i, x, q, s, old: [add(mul(0.5, x), old), add(mul(0.5, q), s)],
            tapes=[sums, xs],
            reverse=True,
        )
        return x, trips, y, q

    return g


def test_growing_tapes() -> None:
    p = Program(until_loop_with_tapes(1))
    for limit in (0.0, 1.0, 30.0, 300.0):
        p.check(np.array([1.0, 2.0, 3.0]), limit)
    p.check(np.array([1.0, 2.0, 3.0]), 200.0, compile_=True)


def test_growing_tapes_inside_a_loop() -> None:
    a = param("a", 1)

    @graph(a)
    def g(a: Value) -> Any:
        def forward(i: Value, s: Value) -> Any:
            ai = get(a, i)
            x, trips, xs = control.make_scan(
                None,
                [ai],
                lambda k, x: [mul(0.5, add(x, div(ai, x))), x],
                condition=lambda x: ew.greater(ew.absolute(sub(mul(x, x), ai)), 1e-9),
            )
            return add(s, x), trips, xs

        s, counts, tapes = control.make_scan(a.dims[0], [np.float64(0)], forward)

        def backward(i: Value, q: Value, trips: Value, xs: Value) -> Any:
            return control.make_scan(
                Affine.of(trips),
                [q],
                lambda k, q, x: [add(mul(q, 0.7), x)],
                tapes=[xs],
                reverse=True,
            )

        (q,) = control.make_scan(
            a.dims[0], [np.float64(0)], backward, tapes=[counts, tapes], reverse=True
        )
        return s, q

    p = Program(g)
    for n in (0, 1, 40):
        p.check(r.random(n) + 0.1)


def test_growing_tapes_inside_two_loops() -> None:
    n = param("n", dtype=INT)

    @graph(n)
    def g(n: Value) -> Any:
        def inner(j: Value, s: Value) -> Any:
            x, trips, xs = control.make_scan(
                None, [s], lambda k, x: [mul(x, 0.5), x], condition=lambda x: ew.greater(x, 1.0)
            )
            return add(x, ew.cast(add(j, 2), dtype=np.dtype(np.float64))), trips, xs

        def outer(i: Value, s: Value) -> Any:
            return control.make_scan(Affine.of(i), [s], inner)

        s, trips, tapes = control.make_scan(Affine.of(n), [np.float64(5)], outer)

        def back_inner(j: Value, q: Value, count: Value, xs: Value) -> Any:
            return control.make_scan(
                Affine.of(count),
                [q],
                lambda k, q, x: [add(mul(q, 0.7), x)],
                tapes=[xs],
                reverse=True,
            )

        def back(i: Value, q: Value, counts: Value, inner_tapes: Value) -> Any:
            return control.make_scan(
                Affine.of(i), [q], back_inner, tapes=[counts, inner_tapes], reverse=True
            )

        (q,) = control.make_scan(
            Affine.of(n), [np.float64(0)], back, tapes=[trips, tapes], reverse=True
        )
        return s, q

    p = Program(g)
    for n in (0, 1, 2, 6):
        p.check(n)


def test_condition_that_reads_carried_arrays() -> None:
    p = Program(G.newton_array())
    p.check(r.random(5) + 0.1)
    p.check(r.random(5) + 0.1, compile_=True)


def test_iteration_swaps_whole_arrays_instead_of_copying() -> None:
    square = param("a", dims=(Affine(3), Affine(3)))

    @graph(square)
    def g(a: Value) -> Any:
        def body(k: Value, x: Value) -> Any:
            y = red.dot(a, x)
            return [div(y, ew.sqrt(total(mul(y, y))))]

        return control.make_scan(Affine(30), [add(zeros(3), 1.0)], body)

    p = Program(g)
    p.check(r.random((3, 3)) + 0.1, rtol=1e-9)


def test_each_branch_in_branches_is_looked_at_once() -> None:
    a, b, c = param("a", 1), param("b", 1), param("c")

    def nested(depth: int) -> list[Value]:
        if depth == 0:
            return [set_(a, 1.0, 0), set_(b, 2.0, 0)]
        return list(control.make_ifelse(ew.greater(c, depth), lambda: nested(depth - 1), list_both))

    def list_both() -> list[Value]:
        return [a, b]

    @graph(a, b, c)
    def g(a: Value, b: Value, c: Value) -> Any:
        return nested(40)

    assert overwritten(g.nodes[-1]) == (a, b)
