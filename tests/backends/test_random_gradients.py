"""Random programs and their gradients in loop form, against the reference evaluator.

Gradients push old elements on tapes and restore them backwards, so they are the hardest thing that
the scheduler meets: an element that is pushed must be read before it is overwritten.
"""

import numpy as np
import pytest

from autograph.autodiff import value_and_gradient
from autograph.opt import expand, optimize
from tests.autodiff.random_programs import Generator
from tests.backends.harness import Program


@pytest.mark.parametrize("rewritten", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_gradient_in_loop_form(seed, rewritten):
    graph = Generator(seed).graph()
    if rewritten:
        graph = optimize(graph)
    gradient = value_and_gradient(graph, (0, 1, 2, 3))
    if rewritten:
        gradient = expand(optimize(gradient))
    rng = np.random.default_rng(seed)
    program = Program(gradient)
    for size in (5, 2):
        program.check(rng.random(size) + 0.5, rng.random(size) + 0.5, 0.7, 1.3)
