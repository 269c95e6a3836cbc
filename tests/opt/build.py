"""Builds small entry graphs for tests of rewriting, and compares what they evaluate to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph, Value, building, symbol
from autograph.ir.op import constant_operands
from autograph.ir.types import array
from autograph.ir.verify import verify
from autograph.opt import optimize


def graph_of(function: Callable[..., Any], **params: Any) -> Graph:
    """Return the graph of a function of values.

    Args:
        function: Emits ops on its arguments and returns a value or a tuple of them.
        params: Name and type of each param: `x="f8[m, n]"`; equal names are equal dims.
    """
    symbols: dict[str, Value] = {}
    graph = Graph("f")
    for name, text in params.items():
        dtype, _, dims = text.partition("[")
        names = [d.strip() for d in dims.rstrip("]").split(",") if d.strip()]
        forms = [symbols.setdefault(d, symbol(d)) for d in names]
        graph.params.append(Value(array(dtype, forms), None, name))
    with building(graph):
        results = function(*graph.params)
        graph.results = constant_operands(results if isinstance(results, tuple) else (results,))
    return verify(graph)


def optimized(graph: Graph, **options: Any) -> Graph:
    return optimize(graph, verify_each=True, **options)


def op_names(graph: Graph) -> list[str]:
    """Return the names of the ops of a graph and its regions, constants left out."""
    return [n.op.name for n in graph.walk() if n.op.name != "constant"]


def value_of(function: Callable[..., Any], *inputs: Any, **params: Any) -> Any:
    """Return what a function's optimised graph evaluates to."""
    (result,) = evaluate(optimized(graph_of(function, **params)), list(inputs))
    return result


def assert_same(a: Graph, b: Graph, *inputs: Any) -> None:
    """Assert that two graphs return the same, to the bit."""
    for x, y in zip(evaluate(a, list(inputs)), evaluate(b, list(inputs)), strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_array_equal(x, y)
