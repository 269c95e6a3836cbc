"""Activity, array versions, the choice of what to tape, and fusion, each by itself."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

import autograph as ag
from autograph.autodiff import value_and_gradient
from autograph.autodiff.activity import useful, varied
from autograph.autodiff.cotangents import sum_onto
from autograph.autodiff.cuts import Network, smallest_cut
from autograph.autodiff.fusion import fuse_forward_reverse
from autograph.autodiff.versions import first_version, piece_lengths, steps_to
from autograph.ir.affine import Affine
from autograph.ir.graph import Graph, Value
from autograph.ir.types import scalar
from autograph.ops.control import scan
from tests.autodiff.building import (
    N,
    array_param,
    branch,
    build,
    filled,
    loop,
    number_param,
    op,
    unwrap,
)
from tests.autodiff.cases import random
from tests.autodiff.checking import check_gradient, tapes

# ---------------------------------------------------------------- activity


def test_activity_follows_carries_through_iterations() -> None:
    x, y = number_param("x"), number_param("y")

    def f(x: N, y: N) -> N:
        # x reaches the third carry only after two iterations; the fourth never matters.
        _, _, c, d = loop(5, [x, 0.0, 0.0, y], lambda i, a, b, c, d: [a, a * 2.0, b * 3.0, d * b])
        del d
        return c

    graph = build([x, y], f)
    loop_node = graph.nodes[-1]
    reached = varied(graph, [x.value])
    assert [v in reached for v in loop_node.results] == [True, True, True, True]
    needed = useful(graph, graph.results)
    assert [v in needed for v in loop_node.results] == [True, True, True, False]
    assert y.value not in needed
    assert x.value in needed


def test_integers_and_steps_are_never_active() -> None:
    x = number_param("x")
    graph = build([x], lambda x: op("floor", x) + op("cast", x < 1.0, dtype=np.dtype("f8")))
    assert varied(graph, [x.value]) == {x.value}
    assert x.value not in useful(graph, graph.results)


# ---------------------------------------------------------------- versions


def body_of(make: Callable[[N, N], object]) -> Graph:
    a = array_param("a", "n")
    graph = build([a], lambda a: loop(3, [a], make)[0])
    return graph.nodes[-1].regions[0]


def chain(body: Graph) -> tuple[bool, int]:
    """Whether the carry is only overwritten piecewise, and in how many steps."""
    steps = steps_to(body.results[0], body)
    return first_version(body.results[0], steps) is body.params[1], len(steps)


def test_versions_through_writes_loops_and_branches() -> None:
    def body(t: N, a: N) -> list[N]:
        a = a.set(0, 1.0).inc(slice(1, None), a[0])
        (a,) = loop(2, [a], lambda i, a: a.set(i, 2.0))
        return branch(a[0] > 0.0, lambda: a.set(slice(0, 2), a[1]), lambda: a)

    region = body_of(body)
    assert chain(region) == (True, 4)
    n = region.params[1].dims[0]
    assert set(piece_lengths(steps_to(region.results[0], region))) == {n - 1, Affine(2)}


def test_new_arrays_and_loops_in_branches_end_a_chain() -> None:
    assert chain(body_of(lambda t, a: a * 2.0)) == (False, 0)

    def body(t: N, a: N) -> list[N]:
        def looped() -> list[N]:
            return loop(2, [a], lambda i, a: a.set(i, 2.0))

        return branch(a[0] > 0.0, looped, lambda: a)

    assert not chain(body_of(body))[0]


# ---------------------------------------------------------------- what to tape


def test_cut_takes_few_leaves_or_few_results() -> None:
    a, b, c, d, e = (Value(scalar("f8")) for _ in range(5))
    one = dict.fromkeys([a, b, c, d, e], 1)
    fan_out = Network(one, {a: {c: None, d: None, e: None}}, {a: None}, {c: None, d: None, e: None})
    assert smallest_cut(fan_out) == [a]
    fan_in = Network(one, {a: {c: None}, b: {c: None}}, {a: None, b: None}, {c: None})
    assert smallest_cut(fan_in) == [c]
    equal = Network({a: 1, b: 1}, {a: {b: None}}, {a: None}, {b: None})
    assert smallest_cut(equal) == [b], "among equals the one that saves recomputation"


@pytest.mark.parametrize("seed", range(20))
def test_cut_is_the_cheapest_by_trial(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = [Value(scalar("f8")) for _ in range(7)]
    network = Network({v: int(rng.integers(1, 5)) for v in values})
    for k, v in enumerate(values):
        made_from = [u for u in values[:k] if rng.random() < 0.4]
        for u in made_from:
            network.users.setdefault(u, {})[v] = None
        if not made_from:
            network.missing[v] = None
    network.demanded.update(dict.fromkeys(values[-3:]))

    def suffices(kept: set[Value]) -> bool:
        had: set[Value] = set(kept)
        for v in values:
            made_from = [u for u in values if v in network.users.get(u, {})]
            if v not in network.missing and all(u in had for u in made_from):
                had.add(v)
        return set(network.demanded) <= had

    sets = (set(kept) for k in range(8) for kept in combinations(values, k))
    best = min(network.cost(kept) for kept in sets if suffices(kept))
    cut = smallest_cut(network)
    assert suffices(set(cut))
    assert network.cost(cut) == best


# ---------------------------------------------------------------- sums over repeated axes


def test_sum_onto_keeps_axes_of_one() -> None:
    x = array_param("x", "m", 1, "n")
    m = x.dims[0]
    results: list[Value] = []

    def f(x: N) -> list[Value]:
        one = Affine(1)
        results.extend(
            sum_onto(unwrap(x), dims, axes)
            for dims, axes in [((m, one), (0, 1)), ((one, one), (0, 1)), ((), ()), ((one,), (2,))]
        )
        return results

    build([x], f)
    assert [r.dims for r in results] == [(m, 1), (1, 1), (), (1,)]


# ---------------------------------------------------------------- fusion


def loops(graph: Graph) -> int:
    return sum(node.op is scan for node in graph.nodes)


def mapped(f: Callable[[N, N, N], N], seed: Callable[[N], N]) -> Graph:
    """Write f of each element of a into its own element of b; then reduce b."""
    a = array_param("a", "n")

    def program(a: N) -> N:
        n = a.dims[0]
        (b,) = loop(n, [filled(0.5, n)], lambda i, b: b.set(i, f(i, a[i], b)))
        return seed(b)

    return build([a], program)


def exponential(i: N, x: N, b: N) -> N:
    return op("exp", x) * x


FUSED = [
    mapped(exponential, lambda b: b.sum()),
    mapped(lambda i, x, b: op("exp", x) * b[i], lambda b: b.sum() * 2.0),
]
NOT_FUSED = {
    "the reverse needs the final array": mapped(exponential, lambda b: (b * b).sum()),
    "iterations read each other's elements": mapped(
        lambda i, x, b: op("exp", x) + op("sin", b[0]), lambda b: b.sum()
    ),
}


@pytest.mark.parametrize("graph", FUSED)
def test_independent_iterations_are_fused(graph: Graph) -> None:
    gradient = check_gradient(graph, [random(4)], (0,))
    assert loops(gradient) == 1
    assert tapes(gradient) == 0


@pytest.mark.parametrize("graph", NOT_FUSED.values(), ids=NOT_FUSED)
def test_dependent_iterations_are_not_fused(graph: Graph) -> None:
    gradient = check_gradient(graph, [random(4)], (0,))
    assert loops(gradient) == 2


def test_recurrences_are_not_fused() -> None:
    a = array_param("a", "n")

    def f(a: N) -> N:
        return loop(a.dims[0], [0.3], lambda i, s: op("exp", s * a[i] * -1.0))[0]

    assert loops(check_gradient(build([a], f), [random(4)], (0,))) == 2


def test_sums_in_branches_and_inner_loops_are_fused() -> None:
    a, b = array_param("a", "n"), array_param("b", "m")

    def f(a: N, b: N) -> N:
        def outer(i: N, s: N) -> N:
            x = op("exp", a[i])
            (y,) = branch(x > 2.0, lambda: x * b[0], lambda: op("sin", x) * b[1])
            (z,) = loop(b.dims[0], [0.0], lambda j, z: z + op("exp", x * b[j]) * b[j])
            return s + x * y * z

        return loop(a.dims[0], [0.0], outer)[0]

    gradient = check_gradient(build([a, b], f), [random(4), 0.5 * random(3)], (0, 1))
    assert loops(gradient) == 1


def test_fusion_leaves_other_graphs_alone() -> None:
    graph = value_and_gradient(NOT_FUSED["the reverse needs the final array"], (0,))
    assert fuse_forward_reverse(graph) is graph


# ---------------------------------------------------------------- what the forward loop shares


def network(x, steps):
    """Iterate a layer whose derivative needs the exponentials that its value needs."""
    scores = np.zeros(3)
    for _ in range(steps):
        x = 1.0 / (1.0 + np.exp(-2.0 * x))
        scores[0] += np.log(np.sum(np.exp(x)))
    return np.sum(scores) + np.sum(x)


def test_exponentials_are_computed_once() -> None:
    loss, gradient = ag.compile(network), ag.value_and_grad(network)
    x = random(5)
    exponentials = [f.show("loops", x, 4).count("exp(") for f in (loss, gradient)]
    assert exponentials[0] == exponentials[1] == 2
    ag.check_grads(lambda x: network(x, 4), (x,))
