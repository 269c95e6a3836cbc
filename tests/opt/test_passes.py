"""Sharing, dead code, folding, affine forms."""

import numpy as np
import pytest

from autograph.ir.affine import Affine
from autograph.ir.evaluate import CheckFailed, evaluate
from autograph.ir.graph import At, Slice
from autograph.ir.op import constant_of
from autograph.ops.control import check, make_ifelse, make_scan
from autograph.ops.elementwise import (
    add,
    cast,
    cos,
    divide,
    equal,
    exp,
    less,
    log,
    maximum,
    multiply,
    negative,
    sin,
    subtract,
    switch,
)
from autograph.ops.reduction import sum_
from autograph.ops.structure import broadcast, empty, get, set_
from tests.opt.build import assert_same, graph_of, op_names, optimized

# ---------------------------------------------------------------- sharing


def test_equal_nodes_are_shared():
    graph = graph_of(lambda x, y: add(exp(add(x, y)), exp(add(y, x))), x="f8[n]", y="f8[n]")
    assert op_names(optimized(graph)) == ["add", "exp", "add"]


def test_a_region_uses_what_is_outside_and_not_its_sibling():
    def function(x, y, c):
        outside = sin(x)
        (a,) = make_ifelse(c, lambda: [add(sin(x), cos(x))], lambda: [y])
        return outside, a, cos(x)

    graph = graph_of(function, x="f8", y="f8", c="?")
    assert op_names(optimized(graph)) == ["sin", "ifelse", "cos", "add", "cos"]


def test_what_both_arms_do_is_done_before_the_branch():
    def function(x, v, c):
        def then():
            y = set_(x, exp(v), index=(At(Affine(0)),))
            return [set_(y, sin(v), index=(At(Affine(1)),)), cos(v)]

        def orelse():
            y = set_(x, exp(v), index=(At(Affine(0)),))
            return [set_(y, sin(v), index=(At(Affine(1)),)), v]

        return make_ifelse(c, then, orelse)

    graph = graph_of(function, x="f8[3]", v="f8", c="?")
    names = op_names(optimized(graph))
    assert names.index("ifelse") > max(k for k, name in enumerate(names) if name == "set")
    assert names.count("set") == 2
    assert names[names.index("ifelse") :] == ["ifelse", "cos"]


def test_a_write_stays_in_the_arms_if_one_reads_what_it_overwrites():
    def function(x, v, c):
        index = (At(Affine(0)),)
        first = make_ifelse(
            c,
            lambda: [set_(x, v, index=index), get(x, index=index)],
            lambda: [set_(x, v, index=index), v],
        )
        return first

    graph = graph_of(function, x="f8[3]", v="f8", c="?")
    assert op_names(optimized(graph)).count("set") == 2


def test_zeros_of_unlike_sign_are_not_shared():
    graph = graph_of(lambda x: (divide(x, 0.0), divide(x, -0.0)), x="f8")
    assert_same(graph, optimized(graph), np.float64(1))


def test_order_of_maximum_is_kept():
    graph = graph_of(lambda x, y: (maximum(x, y), maximum(y, x)), x="f8[n]", y="f8[n]")
    assert op_names(optimized(graph)) == ["maximum", "maximum"]


def test_new_arrays_are_not_shared():
    def function(x):
        a, b = (empty(dims=x.dims, dtype=x.dtype) for _ in range(2))
        at = (At(Affine(0)),)
        return set_(a, 1.0, index=at), set_(b, 2.0, index=at)

    assert op_names(optimized(graph_of(function, x="f8[n]"))).count("empty") == 2


# ---------------------------------------------------------------- dead code


def test_unused_nodes_go():
    def function(x):
        exp(sin(x))
        return cos(x)

    assert op_names(optimized(graph_of(function, x="f8"))) == ["cos"]


def test_a_check_stays_and_keeps_what_it_needs():
    def function(x):
        check(less(x, 3.0), message="too large")
        return cos(x)

    graph = optimized(graph_of(function, x="f8"))
    assert op_names(graph) == ["less", "check", "cos"]
    with pytest.raises(CheckFailed, match="too large"):
        evaluate(graph, [np.float64(4)])


def test_a_check_that_holds_and_a_second_one_go():
    def function(x):
        check(equal(cast(x, dtype=x.dtype), x), message="a")
        check(less(1.0, 3.0) if False else np.bool_(True), message="b")
        check(equal(x, x), message="a")
        return cos(x)

    assert op_names(optimized(graph_of(function, x="f8"))) == ["equal", "check", "cos"]


def test_a_branch_without_used_results_goes_unless_it_checks():
    def function(x, c):
        make_ifelse(c, lambda: [sin(x)], lambda: [exp(x)])

        def checked():
            check(less(x, 3.0), message="too large")
            return [sin(x)]

        make_ifelse(c, checked, lambda: [exp(x)])
        return x

    names = op_names(optimized(graph_of(function, x="f8", c="?")))
    assert names == ["ifelse", "less", "check"]


def test_symbols_of_dims_live():
    def function(x, k):
        n = cast(multiply(cast(k, dtype=np.dtype("f8")), 2.0), dtype=np.dtype("i8"))
        zeros = broadcast(np.float64(0), dims=(Affine.of(n),), axes=())
        return set_(zeros, 1.0, index=(Slice(Affine(0), Affine.of(n), 1),))

    graph = graph_of(function, x="f8[n]", k="i8")
    assert_same(graph, optimized(graph), np.ones(3), np.int64(4))


# ---------------------------------------------------------------- folding


def test_scalar_constants_fold_as_numpy_computes():
    def function(x):
        two = add(x.dtype.type(1), x.dtype.type(1))
        return multiply(x, subtract(two, 0.5))

    graph = optimized(graph_of(function, x="f4"))
    assert op_names(graph) == ["multiply"]
    (result,) = evaluate(graph, [np.float32(2)])
    assert result == 3
    assert result.dtype == np.float32


def test_an_index_computed_in_steps_becomes_one_form():
    def function(x):
        n = x.dims[0].symbol
        position = subtract(add(multiply(n, 2), 3), n)
        return get(x, index=(At(Affine.of(position)),)), add(position, 1)

    graph = optimized(graph_of(function, x="f8[n]"))
    assert op_names(graph) == ["get", "affine"]
    assert str(graph.nodes[0].attrs["index"][0]) == "n + 3"


def test_arithmetic_that_may_wrap_around_stays_arithmetic():
    graph = optimized(graph_of(lambda a, b: less(a, add(a, b)), a="i8", b="i8"))
    assert op_names(graph) == ["add", "less"]


def test_a_symbol_that_becomes_known_is_replaced_in_all_forms():
    def function(x):
        (k,) = make_ifelse(constant_of(True, "?"), lambda: [np.int64(2)], lambda: [np.int64(5)])
        zeros = broadcast(np.float64(0), dims=(Affine.of(k),), axes=())
        return add(zeros, get(x, index=(Slice(Affine(1), Affine.of(k), 1),)))

    graph = graph_of(function, x="f8[n]")
    after = optimized(graph)
    assert after.results[0].dims == (Affine(2),)
    assert_same(graph, after, np.arange(5.0))


def test_affine_forms_do_not_leave_int64():
    graph = graph_of(lambda k: multiply(multiply(k, 2**61), 4), k="i8")
    assert_same(graph, optimized(graph), np.int64(3))


def test_nothing_is_folded_that_wraps():
    graph = graph_of(lambda k: add(multiply(k, 0), add(np.int64(2**62), np.int64(2**62))), k="i8")
    with np.errstate(all="ignore"):
        assert_same(graph, optimized(graph), np.int64(3))


def test_known_selection_and_double_negation():
    graph = graph_of(lambda x: switch(np.bool_(True), negative(negative(x)), exp(x)), x="f8[n]")
    assert op_names(optimized(graph)) == []


def test_a_sum_keeps_its_written_order_by_default():
    graph = graph_of(lambda x: subtract(add(x, 1e16), 1e16), x="f8")
    assert_same(graph, optimized(graph), np.float64(1))
    unsafe = optimized(graph, claims=frozenset({"exact", "stabler", "unsafe"}))
    assert op_names(unsafe) == []


def test_repeated_scalars_are_computed_once():
    def function(x):
        ones = broadcast(np.float64(1), dims=x.dims, axes=())
        return add(x, log(add(ones, ones)))

    assert op_names(optimized(graph_of(function, x="f8[n]"))) == ["add"]


def test_a_loop_that_nobody_reads_goes():
    def function(x):
        make_scan(Affine(9), [x], lambda i, a: [sin(a)])
        return sum_(x, axes=(0,))

    assert op_names(optimized(graph_of(function, x="f8[n]"))) == ["sum"]
