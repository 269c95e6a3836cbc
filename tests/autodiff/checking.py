"""Checks of derivatives against differences, and facts about the structure of graphs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograph.autodiff import pushforward, value_and_gradient
from autograph.autodiff.cotangents import whole
from autograph.ir.evaluate import evaluate
from autograph.ir.graph import Graph, Node, Value, building
from autograph.ir.op import constant
from autograph.ir.types import TapeType
from autograph.ir.verify import verify
from autograph.ops.control import scan
from autograph.ops.elementwise import add, multiply
from autograph.ops.reduction import sum_
from autograph.ops.structure import broadcast, inc, set_


def differences(graph: Graph, inputs: Sequence[Any], k: int, step: float = 1e-6) -> np.ndarray:
    """Central differences of result 0 by every element of input k."""
    x = np.asarray(inputs[k], dtype=float)
    found = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * step
            given = [*inputs[:k], moved, *inputs[k + 1 :]]
            values.append(float(evaluate(graph, given)[0]))
        found[at] = (values[0] - values[1]) / (2 * step)
    return found


def check_gradient(
    graph: Graph, inputs: Sequence[Any], wrt: Sequence[int], tolerance: float = 1e-6
) -> Graph:
    """Compare the gradient graph with central differences; return it."""
    gradient = verify(value_and_gradient(graph, wrt))
    value, *found = evaluate(gradient, inputs)
    np.testing.assert_allclose(value, evaluate(graph, inputs)[0], rtol=1e-12, atol=1e-12)
    for k, g in zip(wrt, found, strict=True):
        expected = differences(graph, inputs, k)
        assert np.shape(g) == expected.shape
        scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
        np.testing.assert_allclose(g, expected, rtol=0, atol=tolerance * scale)
    return gradient


def check_forward(graph: Graph, inputs: Sequence[Any], wrt: Sequence[int]) -> Graph:
    """Compare forward mode along a random direction with reverse mode; return its graph."""
    forward = verify(pushforward(graph, wrt))
    directions = random_like(inputs, wrt)
    results = evaluate(forward, [*inputs, *directions])
    _, *gradients = evaluate(value_and_gradient(graph, wrt), inputs)
    expected = sum(np.vdot(g, d) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(results[len(graph.results)], expected, rtol=1e-9, atol=1e-12)
    return forward


def random_like(inputs: Sequence[Any], wrt: Sequence[int], seed: int = 1) -> list[Any]:
    rng = np.random.default_rng(seed)
    found = []
    for k in wrt:
        x = np.asarray(inputs[k])
        found.append(rng.normal(size=x.shape).astype(x.dtype)[()])
    return found


def with_results(graph: Graph, results: Sequence[int]) -> Graph:
    """The same graph with a choice of its results."""
    return Graph(
        graph.name,
        list(graph.params),
        list(graph.nodes),
        [graph.results[k] for k in results],
        guards=list(graph.guards),
    )


def gradient_dotted(graph: Graph, wrt: Sequence[int]) -> Graph:
    """The gradient dotted with directions, which are further params, as a graph."""
    result = value_and_gradient(graph, wrt)
    directions = [Value(graph.params[k].type) for k in wrt]
    with building(result):
        terms = []
        for g, d in zip(result.results[1:], directions, strict=True):
            product = multiply(g, d)
            terms.append(sum_(product, axes=tuple(range(product.ndim))))
        result.results = [reduce(add, terms)]
    result.params += directions
    return verify(result)


def check_second_order(graph: Graph, inputs: Sequence[Any], wrt: Sequence[int]) -> None:
    """Compare Hessian-vector products by three routes with differences of the gradient."""
    directions = random_like(inputs, wrt)
    reverse = value_and_gradient(graph, wrt)
    step, moved = 1e-6, []
    for sign in (1, -1):
        given = list(inputs)
        for k, d in zip(wrt, directions, strict=True):
            given[k] = given[k] + sign * step * d
        moved.append(evaluate(reverse, given)[1:])
    expected = [(a - b) / (2 * step) for a, b in zip(*moved, strict=True)]
    forward_reverse = verify(pushforward(reverse, wrt))
    tangent = with_results(verify(pushforward(graph, wrt)), [len(graph.results)])
    count = len(wrt)
    found = {
        "forward over reverse": evaluate(forward_reverse, [*inputs, *directions])[-count:],
        "reverse over forward": evaluate(
            verify(value_and_gradient(tangent, wrt)), [*inputs, *directions]
        )[1:],
        "reverse over reverse": evaluate(
            verify(value_and_gradient(gradient_dotted(graph, wrt), wrt)), [*inputs, *directions]
        )[1:],
    }
    for route, products in found.items():
        for x, y in zip(products, expected, strict=True):
            scale = max(1.0, float(np.max(np.abs(y), initial=0)))
            np.testing.assert_allclose(x, y, rtol=0, atol=3e-6 * scale, err_msg=route)


def tapes(graph: Graph) -> int:
    """The number of tapes that loops of a graph push on, nested ones counted at each level."""
    return sum(isinstance(v.type, TapeType) for node in graph.walk() for v in node.results)


def constant_arrays_in_loops(graph: Graph) -> list[Node]:
    """Nodes inside loop bodies that fill an array with a constant."""
    return [
        node
        for loop in graph.walk()
        if loop.op is scan
        for node in loop.regions[0].walk()
        if node.op is broadcast and is_constant(node.operands[0])
    ]


def is_constant(value: Value) -> bool:
    return value.node is not None and value.node.op is constant


def whole_updates_in_loops(graph: Graph) -> list[Node]:
    """Nodes inside loop bodies that add to or write all of an array."""
    return [
        node
        for loop in graph.walk()
        if loop.op is scan
        for node in loop.regions[0].walk()
        if node.op in (inc, set_) and node.attrs["index"] == whole(node.operands[0])
    ]
