"""Sizes that are guarded to be equal get one name."""

from __future__ import annotations

import numpy as np

from autograph.frontend.tracing.unify import unify_sizes
from autograph.ir.evaluate import evaluate
from autograph.ir.verify import verify
from tests.frontend.fake_tracer import Program


def program():
    def f(np, x, y):
        before = y[1:] * 2
        y += x
        return before + x[1:], y.sum()

    return Program(f, (np.arange(4.0), np.ones(4)))


def test_unified_graph_computes_the_same_under_one_name():
    traced = program()
    graph = unify_sizes(traced.graph, traced.tracer.facts.substitution)
    verify(graph)
    names = [node.op.name for node in graph.walk()]
    assert names.count("assume_dims") < traced.ops.count("assume_dims")
    assert names[0] == "assume_dims"
    inputs = [np.arange(5.0), np.ones(5)]
    for mine, plain in zip(evaluate(graph, inputs), evaluate(traced.graph, inputs), strict=True):
        np.testing.assert_array_equal(mine, plain)


def test_written_params_keep_their_dims():
    traced = program()
    last = len(traced.graph.results) - 1
    traced.graph.writes = {last: 1}
    graph = unify_sizes(traced.graph, traced.tracer.facts.substitution)
    verify(graph)
    assert graph.results[last].type == graph.params[1].type


def test_without_equalities_the_graph_stays():
    traced = Program(lambda np, x: x + 1, (np.arange(4.0),))
    assert unify_sizes(traced.graph, traced.tracer.facts.substitution) is traced.graph
