"""Reverse-mode gradients of the programs, against central differences of the plain ones."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import autograph as ag
from examples.differences import difference_gradient
from tests.programs import derivatives
from tests.programs.all_programs import PROGRAMS
from tests.programs.corpus import Case, Program
from tests.programs.test_programs import code_for

RTOL = 1e-6

DIFFERENTIATED = [program for program in PROGRAMS if program.gradient]


@pytest.mark.parametrize("program", DIFFERENTIATED, ids=lambda program: program.name)
def test_gradient_is_central_difference(program: Program, subtests: pytest.Subtests) -> None:
    loss = loss_of(program)
    function = ag.value_and_grad(loss, argnums=program.gradient)
    for case in program.cases:
        with subtests.test(case.name), code_for(program, case):
            check_case(function, loss, program, case)


def loss_of(program: Program) -> Any:
    """Return a program, with one number made of its result if that is an array."""
    function = program.function
    if not isinstance(function(*program.cases[0].make()), np.ndarray):
        return function

    def loss(*arguments: Any) -> Any:
        result = function(*arguments)
        if np.iscomplexobj(result):
            return np.sum(np.abs(result) ** 2 + result.real)
        return np.sum(result * (result + 1.0))

    return loss


def on_copies(loss: Any) -> Any:
    """Return a loss that leaves its arguments as they are, generators of random numbers too."""
    return lambda *arguments: loss(*copy.deepcopy(arguments))


def check_case(function: Any, loss: Any, program: Program, case: Case) -> None:
    """Compare value and gradients, their forms, and that no argument is written to."""
    arguments = case.make()
    value, gradients = function(*arguments)
    np.testing.assert_allclose(value, loss(*case.make()), rtol=max(program.rtol, 1e-12))
    assert isinstance(gradients, tuple)
    assert len(gradients) == len(program.gradient)
    for argnum, gradient in zip(program.gradient, gradients, strict=True):
        expected = difference_gradient(on_copies(loss), case.make(), argnum)
        assert np.shape(gradient) == np.shape(expected)
        assert np.asarray(gradient).dtype == np.asarray(expected).dtype
        scale = float(np.max(np.abs(expected), initial=0.0))
        np.testing.assert_allclose(gradient, expected, rtol=RTOL, atol=RTOL * scale + 1e-11)
    for before, after in zip(case.make(), arguments, strict=True):
        if isinstance(before, np.random.Generator):
            continue  # goes on, as it does in the plain program
        was, now = (x.toarray() if scipy.sparse.issparse(x) else x for x in (before, after))
        np.testing.assert_array_equal(now, was, err_msg="an argument was written to")
    assert function.stats()["replays"] == 0


def scaled_sum(x, k):
    return np.sum(x * x) * k


def test_argnums_choose_the_form_of_the_result() -> None:
    x = np.array([1.0, 2.0, 3.0])
    by_first = ag.grad(scaled_sum)(x, 2.0)
    np.testing.assert_array_equal(by_first, 4.0 * x)
    (by_scale,) = ag.grad(scaled_sum, argnums=(1,))(x, 2.0)
    assert by_scale == 14.0
    value, by_second = ag.value_and_grad(scaled_sum, argnums=1)(x, 2.0)
    assert (value, by_second) == (28.0, 14.0)


def test_gradient_of_a_compiled_function() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ag.grad(ag.compile(scaled_sum))(x, 0.5), x)


def test_what_is_not_chosen_contributes_nothing_even_where_its_slope_is_infinite() -> None:
    zero_and_four = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ag.grad(derivatives.distance_or_zero)(np.zeros(3)), 0.0)
        by_root = ag.grad(derivatives.root_where_positive)(zero_and_four)
        by_logarithm = ag.grad(derivatives.logarithm_where_positive)(zero_and_four)
        by_choice = ag.grad(derivatives.nested_choice)(np.array([0.0, 0.25, 1.0, 3.0]))
    np.testing.assert_allclose(by_root, [0.5, -0.75])
    np.testing.assert_allclose(by_logarithm, [0.0, -0.25])
    np.testing.assert_allclose(by_choice, [0.0, 1.0, 0.5, -0.25])


def test_array_whose_rim_stays_is_taped_whole_in_one_sweep() -> None:
    gradient = ag.grad(derivatives.advected_plate, argnums=(0, 1, 2))
    text = gradient.show("loops", np.ones((5, 6)), 0.1, 0.2, 3)
    forward, reverse = text.split("for down")
    assert "empty tape: f64[steps, u_0, u_1]" in forward
    assert "= tape[" not in reverse.replace("let", "")  # nothing is put back before it is read
    sweeps = [line for line in reverse.splitlines() if line.lstrip().startswith("nest")]
    assert len(sweeps) == 2  # the sums and the update in one, and the rest around it


def test_history_of_later_contents_is_restored_step_by_step() -> None:
    text = ag.grad(derivatives.old_and_new_contents_used).show("loops", np.ones(5), 0.3, 2)
    assert "u1[i] = tape" in text.split("for down")[1]
