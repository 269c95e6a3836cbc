"""Gradients of whole programs: values by three routes, and what they keep."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.autodiff import pushforward, value_and_gradient
from autograph.ir.evaluate import evaluate
from autograph.ir.printer import to_text
from autograph.ir.verify import verify
from tests.autodiff import programs
from tests.autodiff.cases import CASES, Case, count, random
from tests.autodiff.checking import (
    check_forward,
    check_gradient,
    check_second_order,
    constant_arrays_in_loops,
    gradient_dotted,
    random_like,
    tapes,
    whole_updates_in_loops,
)

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@cases
def test_reverse_is_central_difference(case: Case) -> None:
    check_gradient(case.make(), case.inputs, case.wrt)


@cases
def test_forward_is_reverse(case: Case) -> None:
    check_forward(case.make(), case.inputs, case.wrt)


@cases
def test_second_order_by_three_routes(case: Case) -> None:
    check_second_order(case.make(), case.inputs, case.wrt)


@cases
def test_tapes_are_as_few_as_can_be(case: Case) -> None:
    assert tapes(value_and_gradient(case.make(), case.wrt)) == case.tapes


@cases
def test_no_array_is_filled_with_a_constant_in_a_loop(case: Case) -> None:
    assert not constant_arrays_in_loops(value_and_gradient(case.make(), case.wrt))


ELEMENT_PROGRAMS = [
    "linear sweeps",
    "nonlinear sweeps",
    "triangular",
    "warping",
    "distance",
    "observations",
    "fork",
    "mapped",
    "carried and captured",
]


@pytest.mark.parametrize("name", ELEMENT_PROGRAMS)
def test_element_updates_never_touch_a_whole_array(name: str) -> None:
    case = CASES[name]
    assert not whole_updates_in_loops(value_and_gradient(case.make(), case.wrt))


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize(
    "make", [programs.jacobi, lambda: programs.sweeps(True), programs.uneven, programs.swapped]
)
def test_loops_that_run_once_or_never(make: object, size: int, steps: int) -> None:
    graph = make()  # type: ignore[operator]
    shapes = [tuple(size for _ in p.dims) for p in graph.params[:-1]]
    inputs = [*(random(*shape) for shape in shapes), count(steps)]
    check_gradient(graph, inputs, range(len(shapes)))
    check_second_order(graph, inputs, range(len(shapes)))


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize(
    "make",
    [
        programs.straight,
        programs.warping,
        programs.distance,
        programs.newton,
        programs.branchy,
        programs.mapped,
        programs.ragged,
    ],
)
def test_arrays_of_no_or_one_element(make: object, size: int) -> None:
    graph = make()  # type: ignore[operator]
    inputs = [random(size) for _ in graph.params]
    check_gradient(graph, inputs, range(len(inputs)))
    check_second_order(graph, inputs, range(len(inputs)))


def test_burgers_on_one_cell() -> None:
    check_gradient(programs.burgers(), [random(1), 0.1, count(2)], (0, 1))


def test_arm_not_taken_contributes_no_nan() -> None:
    graph = value_and_gradient(programs.forbidden(), (0,))
    a = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(evaluate(graph, [a])[1], [2.0, 2.0, 0.5])


def test_results_are_the_same_each_time() -> None:
    texts = {to_text(value_and_gradient(programs.warping(), (0, 1))) for _ in range(3)}
    assert len(texts) == 1


@cases
def test_third_order_by_two_routes(case: Case) -> None:
    second = gradient_dotted(case.make(), case.wrt)
    third = gradient_dotted(second, case.wrt)
    directions = [random_like(case.inputs, case.wrt, seed) for seed in (1, 2, 3)]
    inputs = [*case.inputs, *directions[0], *directions[1]]
    gradients = evaluate(verify(value_and_gradient(third, case.wrt)), inputs)[1:]
    forward = evaluate(verify(pushforward(third, case.wrt)), [*inputs, *directions[2]])[1]
    expected = sum(np.vdot(g, d) for g, d in zip(gradients, directions[2], strict=True))
    np.testing.assert_allclose(forward, expected, rtol=1e-7, atol=1e-9)
