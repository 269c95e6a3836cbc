import numpy as np
import pytest

from autograph.errors import InternalError, VerificationError
from autograph.ir.affine import Affine
from autograph.ir.evaluate import CheckFailed, GuardFailed, evaluate
from autograph.ir.graph import (
    At,
    Graph,
    Guard,
    Node,
    Slice,
    Value,
    building,
    captured_values,
    copy_entry,
    current_graph,
    free_values,
    symbol,
    uses,
)
from autograph.ir.printer import to_text
from autograph.ir.types import array, scalar
from autograph.ir.verify import verify
from autograph.ops.control import check, make_scan
from autograph.ops.elementwise import add, less, multiply, sin
from autograph.ops.structure import get, set_
from tests.ir.graphs import absolute_by_branch, smoothing, sum_of_sin, vector


def test_text_is_stable_and_readable():
    assert to_text(sum_of_sin()) == (
        "graph f(x: f64[n]):\n"
        "  %0 = sin(x): f64[n]\n"
        "  %1 = multiply(%0, x): f64[n]\n"
        "  %2 = sum(%1) {axes=(0,)}: f64\n"
        "  return %2\n"
    )


def test_text_of_a_loop_shows_regions_and_what_is_written():
    text = to_text(smoothing())
    assert text.startswith("graph smooth(u: f64[n], steps: i64) writes u:\n")
    assert "= set u_1[1 : +n - 2], " in text
    assert "length=steps" in text


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8])
def test_evaluate_agrees_with_numpy(size):
    x = np.linspace(-1, 2, size)
    before = x.copy()
    assert evaluate(sum_of_sin(), [x])[0] == pytest.approx(np.sum(np.sin(x) * x), abs=1e-15)
    np.testing.assert_array_equal(x, before)


def test_evaluate_runs_loops_without_touching_the_input():
    u = np.arange(5.0)
    total, final = evaluate(smoothing(), [u, 3])
    expected = u.copy()
    for _ in range(3):
        expected[1:-1] = expected[1:-1] * 0.5 + expected[2:]
    np.testing.assert_array_equal(final, expected)
    assert total == expected.sum()
    np.testing.assert_array_equal(u, np.arange(5.0))


@pytest.mark.parametrize(("x", "expected"), [(2.0, 2.0), (-3.0, 3.0)])
def test_evaluate_runs_one_arm(x, expected):
    assert evaluate(absolute_by_branch(), [x]) == [expected]


def test_while_until_and_tapes():
    """Halve until below 1; the pushed values come back in reverse order."""
    graph = Graph("halve", [Value(scalar("f8"), None, "x")])
    with building(graph):
        last, trips, tape = make_scan(
            None,
            graph.params,
            lambda i, v: [multiply(v, 0.5), v],
            condition=lambda v: less(1.0, v),
        )
        total, first = make_scan(
            Affine.of(trips),
            [0.0, 0.0],
            lambda i, s, f, popped: [add(s, popped), popped],
            tapes=[tape],
            reverse=True,
        )
        graph.results = [last, trips, total, first]
    verify(graph)
    assert evaluate(graph, [8.0]) == [1.0, 3, 14.0, 8.0]
    assert evaluate(graph, [0.5]) == [0.5, 0, 0.0, 0.0]


def test_a_loop_that_its_body_stops():
    graph = Graph("count", [Value(scalar("i8"), None, "n")])
    with building(graph):
        total, trips = make_scan(
            Affine.of(graph.params[0]),
            [np.int64(0)],
            lambda i, s: [add(s, i), less(3, add(s, i))],
            until=True,
        )
        graph.results = [total, trips]
    verify(graph)
    assert evaluate(graph, [10]) == [6, 4]
    assert evaluate(graph, [2]) == [1, 2]


def test_checks_and_guards_stop_the_call():
    graph = sum_of_sin()
    graph.guards.append(Guard(graph.params[0].dims[0] - 2, ">=0"))
    with building(graph):
        check(less(graph.params[0], 5.0), message="too large")
    verify(graph)
    with pytest.raises(GuardFailed):
        evaluate(graph, [np.zeros(1)])
    with pytest.raises(CheckFailed, match="too large"):
        evaluate(graph, [np.full(2, 6.0)])
    assert evaluate(graph, [np.zeros(2)]) == [0.0]


def test_evaluate_notices_a_graph_that_lies_about_types():
    with pytest.raises(InternalError, match="evaluates to"):
        evaluate(sum_of_sin(), [np.zeros(3, np.float32)])


def test_copies_are_equal_and_separate():
    graph = smoothing()
    copy = copy_entry(graph)
    verify(copy)
    assert to_text(copy) == to_text(graph)
    assert not {id(n) for n in graph.walk()} & {id(n) for n in copy.walk()}


def test_free_values_of_a_region_are_what_it_takes_from_around():
    graph = smoothing()
    scan = graph.nodes[0]
    assert list(free_values(scan.regions[0])) == list(graph.params[0].dims[0].symbols)
    steps = graph.params[1]
    assert steps in captured_values(scan)
    assert None in uses(graph)[scan.results[0]]


def test_sizes_are_values_too():
    x = vector()
    graph = Graph("f", [x])
    with building(graph):
        graph.results = [add(x.dims[0].symbol, 1)]
    assert evaluate(graph, [np.zeros(4)]) == [5]


def test_no_graph_is_being_built_outside():
    with pytest.raises(LookupError):
        current_graph()


def broken_scope() -> Graph:
    x = vector()
    graph, other = Graph("f", [x]), Graph("g", [x])
    with building(other):
        hidden = sin(x)
    with building(graph):
        graph.results = [add(hidden, x)]
    return graph


def broken_symbol() -> Graph:
    x = vector()
    graph = Graph("f", [x])
    with building(graph):
        graph.results = [get(x, index=(At(Affine.of(symbol("k"))),))]
    return graph


def broken_type() -> Graph:
    x = vector()
    graph = Graph("f", [x])
    with building(graph):
        graph.results = [sin(x)]
    graph.nodes[0].results[0].type = scalar("f8")
    return graph


def broken_order() -> Graph:
    graph = sum_of_sin()
    graph.nodes.reverse()
    return graph


def broken_writes() -> Graph:
    graph = sum_of_sin()
    graph.writes = {0: 0}
    return graph


def endless() -> Graph:
    graph = Graph("f", [Value(scalar("f8"), None, "x")])
    with building(graph):
        graph.results = [make_scan(None, graph.params, lambda i, v: [v])[0]]
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (broken_scope(), "outside its scope"),
        (broken_symbol(), "outside its scope"),
        (broken_type(), "other types"),
        (broken_order(), "outside its scope"),
        (broken_writes(), "cannot be written"),
        (endless(), "never ends"),
    ],
)
def test_verifier_refuses(graph, message):
    with pytest.raises(VerificationError, match=message):
        verify(graph)


def test_type_rules_refuse_ill_typed_nodes():
    x = vector()
    with building(Graph("f", [x])):
        with pytest.raises(TypeError, match="differ"):
            set_(x, vector("y"), index=(Slice(Affine(0), Affine(3)),))
        with pytest.raises(TypeError, match="differ"):
            add(x, vector("y"))
        with pytest.raises(TypeError, match="takes"):
            add(x, Value(array("f4", [x.dims[0]])))
        with pytest.raises(TypeError, match="index items"):
            get(x, index=())


def test_single_result():
    x = vector()
    graph = Graph("f", [x])
    with building(graph):
        y = sin(x)
    assert isinstance(y.node, Node)
    assert y.node.result is y
