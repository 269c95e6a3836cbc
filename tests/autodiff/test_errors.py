"""What has no gradient is refused with a clear message; what does not matter has a zero one."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.autodiff import pushforward, value_and_gradient
from autograph.errors import NondifferentiableError
from autograph.ir.evaluate import GuardFailed, evaluate
from autograph.ir.graph import Guard
from autograph.ir.printer import to_text
from autograph.ir.verify import verify
from tests.autodiff import programs
from tests.autodiff.building import array_param, build, number_param, op


def test_integer_param_is_refused() -> None:
    graph = build([array_param("x", "n", dtype="int64"), number_param("y")], lambda x, y: y + 0.0)
    for derive in (value_and_gradient, pushforward):
        with pytest.raises(NondifferentiableError, match="with respect to x"):
            derive(graph, (0,))


def test_array_loss_is_refused() -> None:
    graph = build([array_param("x", "n")], lambda x: x * 2.0)
    with pytest.raises(NondifferentiableError, match="needs a scalar"):
        value_and_gradient(graph, (0,))


def test_integer_loss_is_refused() -> None:
    graph = build([array_param("x", "n")], lambda x: op("argmax", x, axes=(0,)))
    with pytest.raises(NondifferentiableError, match="floating point result"):
        value_and_gradient(graph, (0,))


def test_no_result_is_refused() -> None:
    graph = build([array_param("x", "n")], lambda x: [])
    with pytest.raises(NondifferentiableError, match="returns nothing"):
        value_and_gradient(graph, (0,))


def test_complex_losses_are_refused() -> None:
    graph = build([array_param("x", "n")], lambda x: op("cast", x.sum(), dtype=np.dtype("c16")))
    with pytest.raises(NondifferentiableError, match="c128"):
        value_and_gradient(graph, [0])


def test_param_that_does_not_matter_has_a_zero_gradient() -> None:
    x, y, z = array_param("x", "n"), array_param("y", "m"), number_param("z")
    graph = build([x, y, z], lambda x, y, z: (op("floor", y) + 1.0).sum() + x[0])
    gradient = verify(value_and_gradient(graph, (1, 2, 0)))
    _, by_y, by_z, by_x = evaluate(gradient, [np.ones(2), np.ones(3), 1.0])
    np.testing.assert_array_equal(by_y, np.zeros(3))
    assert by_z == 0.0
    np.testing.assert_array_equal(by_x, [1.0, 0.0])


def test_constant_loss() -> None:
    graph = build([array_param("x", "n"), number_param("y")], lambda x, y: y)
    _, by_x, by_y = evaluate(value_and_gradient(graph, (0, 1)), [np.ones(2), 3.0])
    np.testing.assert_array_equal(by_x, np.zeros(2))
    assert by_y == 1.0


def test_gradient_writes_to_no_param_and_keeps_guards() -> None:
    x = array_param("x", "n")
    graph = build([x], lambda x: [x[0] * 2.0, x.set(0, 3.0)])
    graph.writes = {1: 0}
    graph.guards.append(Guard(x.dims[0] - 1, ">=0"))
    for derived in (value_and_gradient(graph, (0,)), pushforward(graph, (0,))):
        assert not derived.writes
        assert derived.guards == graph.guards
        assert [p.type for p in derived.params[:1]] == [p.type for p in graph.params]
    value = np.array([5.0, 1.0])
    np.testing.assert_array_equal(evaluate(value_and_gradient(graph, (0,)), [value])[1], [2.0, 0.0])
    np.testing.assert_array_equal(value, [5.0, 1.0])
    with pytest.raises(GuardFailed):
        evaluate(value_and_gradient(graph, (0,)), [np.zeros(0)])


def test_given_graph_is_left_as_it_was() -> None:
    for make in (programs.uneven, programs.warping, programs.newton):
        graph = make()
        before = to_text(graph)
        value_and_gradient(graph, (0,))
        pushforward(graph, (0,))
        assert to_text(verify(graph)) == before


def test_pushforward_returns_tangents_of_float_results_only() -> None:
    graph = build([array_param("x", "n")], lambda x: [op("argmax", x, axes=(0,)), x[0] * x[1]])
    forward = verify(pushforward(graph, (0,)))
    results = evaluate(forward, [np.array([2.0, 3.0]), np.array([1.0, 10.0])])
    assert results == [1, 6.0, 23.0]
