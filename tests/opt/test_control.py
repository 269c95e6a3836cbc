"""Rewrites of branches and loops."""

import numpy as np
import pytest

from autograph.ir.affine import Affine
from autograph.ir.evaluate import CheckFailed, evaluate
from autograph.ir.graph import At, Graph
from autograph.ir.op import constant_of, form_value
from autograph.ops.control import check, make_ifelse, make_scan, scan, tape_results
from autograph.ops.elementwise import (
    add,
    exp,
    greater,
    less,
    less_equal,
    logical_not,
    multiply,
    sin,
    square,
    subtract,
)
from autograph.ops.reduction import dot
from autograph.ops.structure import broadcast, get, set_
from tests.opt.build import assert_same, graph_of, op_names, optimized


def only_scan(graph: Graph):
    (node,) = [n for n in graph.walk() if n.op is scan]
    return node


# ---------------------------------------------------------------- branches


def test_a_known_condition_leaves_its_arm():
    graph = graph_of(
        lambda x: make_ifelse(constant_of(False, "?"), lambda: [sin(x)], lambda: [exp(x)])[0],
        x="f8[n]",
    )
    assert op_names(optimized(graph)) == ["exp"]


def test_results_equal_in_both_arms_leave():
    def function(x, c):
        y = exp(x)
        return make_ifelse(c, lambda: [y, sin(x)], lambda: [exp(x), square(x)])

    graph = graph_of(function, x="f8[n]", c="?")
    after = optimized(graph)
    assert op_names(after) == ["exp", "ifelse", "sin", "square"]
    assert len(after.nodes[-1].results) == 1
    for c in (True, False):
        assert_same(graph, after, np.arange(3.0), np.bool_(c))


def test_a_branch_of_truths_is_its_condition():
    def function(c):
        return (
            make_ifelse(c, lambda: [np.bool_(True)], lambda: [np.bool_(False)])[0],
            make_ifelse(c, lambda: [np.bool_(False)], lambda: [np.bool_(True)])[0],
        )

    assert op_names(optimized(graph_of(function, c="?"))) == ["logical_not"]


def test_an_arm_knows_the_condition():
    def function(x, c):
        def then():
            return make_ifelse(c, lambda: [sin(x)], lambda: [exp(x)])

        return make_ifelse(c, then, lambda: [square(x)])[0], logical_not(c)

    graph = graph_of(function, x="f8", c="?")
    after = optimized(graph)
    assert op_names(after) == ["ifelse", "sin", "square", "logical_not"]
    assert_same(graph, after, np.float64(2), np.bool_(False))


def test_arms_of_known_scalars_become_a_selection():
    graph = graph_of(
        lambda x, c: make_ifelse(c, lambda: [np.int64(1), x], lambda: [np.int64(0), x]),
        x="f8",
        c="?",
    )
    assert op_names(optimized(graph)) == ["switch"]


def test_nothing_leaves_an_arm():
    graph = graph_of(
        lambda x, c: make_scan(
            Affine(3), [x], lambda i, a: make_ifelse(c, lambda: [add(a, exp(x))], lambda: [a])
        )[0],
        x="f8",
        c="?",
    )
    assert op_names(optimized(graph)) == ["scan", "ifelse", "exp", "add"]


def test_a_read_stays_behind_the_check_of_its_index():
    def function(x, k):
        def body(i, a):
            check(less(k, 3), message="k")
            return [add(a, get(x, index=(At(Affine.of(k)),)))]

        return make_scan(Affine(4), [0.0], body)[0]

    after = optimized(graph_of(function, x="f8[n]", k="i8"))
    assert [node.op.name for node in after.nodes if node.op is get] == []
    with pytest.raises(CheckFailed):
        evaluate(after, [np.ones(3), np.int64(7)])


# ---------------------------------------------------------------- carries


def test_unchanged_carries_are_replaced():
    def function(x, y):
        return make_scan(
            Affine(4),
            [x, y, 2.0],
            lambda i, a, b, c: [multiply(add(a, b), c), b, c],
            condition=lambda a, b, c: less(a, multiply(b, 100.0)),
        )

    graph = graph_of(function, x="f8", y="f8")
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 1
    assert after.results[1] is after.params[1]
    for start in (0.5, 5e9):
        assert_same(graph, after, np.float64(start), np.float64(3))


def test_dead_carries_go_and_live_ones_stay():
    def function(x):
        results = make_scan(
            Affine(4),
            [x, x, 0.0, 1.0],
            lambda i, a, b, c, d: [add(a, d), exp(b), add(c, 1.0), multiply(d, 2.0)],
        )
        return results[0]

    graph = graph_of(function, x="f8")
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 2
    assert_same(graph, after, np.float64(2))


def test_equal_carries_are_merged():
    def function(x):
        def body(i, a, b, c):
            term = get(x, index=(At(Affine.of(i)),))
            return [add(a, term), add(b, term), add(c, square(term))]

        return make_scan(x.dims[0], [0.0, 0.0, 0.0], body)

    graph = graph_of(function, x="f8[n]")
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 2
    assert after.results[0] is after.results[1]
    assert_same(graph, after, np.arange(5.0))


def test_carries_that_start_equal_but_part_are_kept():
    graph = graph_of(
        lambda x: make_scan(Affine(3), [x, x], lambda i, a, b: [add(a, b), subtract(b, a)]), x="f8"
    )
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 2
    assert_same(graph, after, np.float64(3))


def test_a_carry_is_not_taken_for_the_value_it_starts_from():
    def function(x, y):
        return make_scan(Affine(2), [x, y, x], lambda i, a, b, c: [y, x, b])

    graph = graph_of(function, x="f8", y="f8")
    assert_same(graph, optimized(graph), np.float64(1), np.float64(2))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("step", [1, -2])
def test_counting_carries_become_forms_of_the_index(reverse, step):
    def function(x, k):
        def body(i, total, j):
            numbers = add(multiply(total, 2), add(multiply(j, 10), i))
            return [numbers, form_value(Affine.of(j) + step)]

        return make_scan(x.dims[0], [np.int64(0), k], body, reverse=reverse)

    graph = graph_of(function, x="f8[n]", k="i8")
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 1
    for size in (0, 1, 4):
        assert_same(graph, after, np.ones(size), np.int64(7))


# ---------------------------------------------------------------- trip counts


@pytest.mark.parametrize(
    "condition",
    [
        lambda i, k: less(i, k),
        lambda i, k: greater(k, i),
        lambda i, k: less_equal(i, k),
        lambda i, k: less(form_value(Affine.of(i) * 2 + 1), k),
    ],
)
@pytest.mark.parametrize("step", [1, 3])
def test_a_while_that_counts_becomes_a_counted_loop(condition, step):
    def function(x, k, start):
        def body(i, j, total):
            return [form_value(Affine.of(j) + step), add(multiply(total, 1.5), x)]

        return make_scan(None, [start, np.float64(0)], body, condition=lambda j, _: condition(j, k))

    graph = graph_of(function, x="f8", k="i8", start="i8")
    after = optimized(graph)
    assert only_scan(after).attrs["length"] is not None
    assert len(only_scan(after).regions) == 1
    for k in (-3, 0, 1, 2, 7, 8, 9):
        assert_same(graph, after, np.float64(0.3), np.int64(k), np.int64(1))


def test_a_while_that_counts_down():
    def function(x, k):
        return make_scan(
            None,
            [k, np.float64(0)],
            lambda i, j, total: [form_value(Affine.of(j) - 2), add(total, x)],
            condition=lambda j, total: greater(j, 0),
        )

    graph = graph_of(function, x="f8", k="i8")
    after = optimized(graph)
    assert only_scan(after).attrs["length"] is not None
    for k in (-1, 0, 1, 2, 5):
        assert_same(graph, after, np.float64(0.3), np.int64(k))


def test_the_trip_count_up_to_a_dim_needs_no_maximum():
    def function(x):
        def body(i, j, total):
            return [form_value(Affine.of(j) + 1), add(total, get(x, index=(At(Affine.of(j)),)))]

        return make_scan(
            None,
            [np.int64(0), np.float64(0)],
            body,
            condition=lambda j, total: less(j, Affine.of(x.dims[0])),
        )

    graph = graph_of(function, x="f8[n]")
    after = optimized(graph)
    assert op_names(after) == ["scan", "get", "add"]
    assert after.results[1] is not after.results[0]
    assert_same(graph, after, np.arange(4.0))


def test_a_loop_of_no_trips_is_its_initial_values():
    graph = graph_of(lambda x: make_scan(Affine(0), [x], lambda i, a: [sin(a)])[0], x="f8[n]")
    assert optimized(graph).results == graph.params


def test_until_keeps_its_count():
    def function(x, k):
        def body(i, a, b):
            following = multiply(a, 2.0)
            return [following, b, greater(following, 100.0)]

        return make_scan(Affine.of(k), [x, 3.0], body, until=True)

    graph = graph_of(function, x="f8", k="i8")
    after = optimized(graph)
    assert only_scan(after).attrs["carries"] == 1
    for k in (0, 2, 50):
        assert_same(graph, after, np.float64(1), np.int64(k))


# ---------------------------------------------------------------- tapes


def test_unread_tapes_and_pops_go():
    def function(x):
        first = make_scan(Affine(5), [x], lambda i, a: [multiply(a, 1.5), sin(a), a, exp(a)])
        tapes = first[1:]
        second = make_scan(
            Affine(5), [0.0], lambda i, g, s, a, e: [add(g, multiply(s, e))], tapes=tapes
        )
        return second[0]

    graph = graph_of(function, x="f8")
    after = optimized(graph)
    first, second = (n for n in after.nodes if n.op is scan)
    assert len(tape_results(first)) == 2
    assert len(second.operands) == 3
    assert_same(graph, after, np.float64(0.1))


# ---------------------------------------------------------------- invariants


def test_invariants_leave_loops_as_far_as_they_can():
    def function(x, k):
        def outer(i, a):
            def inner(j, b):
                return [add(b, multiply(exp(x), multiply(sin(a), 3.0)))]

            return make_scan(Affine.of(k), [a], inner)

        return make_scan(Affine.of(k), [x], outer)[0]

    graph = graph_of(function, x="f8", k="i8")
    after = optimized(graph)
    assert op_names(after) == ["exp", "scan", "sin", "multiply", "multiply", "scan", "add"]
    assert_same(graph, after, np.float64(0.1), np.int64(3))


def test_expensive_arrays_leave_with_what_they_need_and_cheap_ones_stay():
    def function(x, y):
        def body(i, a):
            return [add(add(a, multiply(x, y)), exp(multiply(x, 2.0)))]

        return make_scan(Affine(3), [x], body)[0]

    graph = graph_of(function, x="f8[n]", y="f8[n]")
    after = optimized(graph)
    assert op_names(after) == ["multiply", "exp", "scan", "multiply", "add", "add"]
    assert_same(graph, after, np.ones(3), np.arange(3.0))


def test_what_a_loop_writes_on_stays_inside():
    def function(x):
        def body(i, total):
            buffer = broadcast(np.float64(0), dims=x.dims, axes=())
            filled = set_(buffer, total, index=(At(Affine.of(i)),))
            return [add(total, dot(filled, x))]

        return make_scan(x.dims[0], [1.0], body)[0]

    graph = graph_of(function, x="f8[n]")
    after = optimized(graph)
    assert op_names(after)[0] == "scan"
    assert_same(graph, after, np.arange(4.0))


def test_a_check_in_a_loop_stays_there():
    def function(x, k):
        def body(i, a):
            check(less(x, 3.0), message="too large")
            return [add(a, x)]

        return make_scan(Affine.of(k), [0.0], body)[0]

    after = optimized(graph_of(function, x="f8", k="i8"))
    assert evaluate(after, [np.float64(4), np.int64(0)]) == [0.0]
    with pytest.raises(CheckFailed):
        evaluate(after, [np.float64(4), np.int64(1)])
