"""Random programs: forward against reverse to second order, exactly, and against differences."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.autodiff import pushforward, value_and_gradient
from autograph.ir.evaluate import evaluate
from autograph.ir.verify import verify
from tests.autodiff.checking import check_forward, check_gradient, gradient_dotted, random_like
from tests.autodiff.random_programs import Generator

WRT = (0, 1, 2, 3)


@pytest.mark.parametrize("seed", range(40))
def test_modes_agree(seed: int) -> None:
    graph = Generator(seed).graph()
    rng = np.random.default_rng(seed)
    inputs = [rng.random(3), rng.random(3), 0.3, 0.7]
    gradient = check_gradient(graph, inputs, WRT)
    check_forward(graph, inputs, WRT)
    directions = random_like(inputs, WRT)
    forward = verify(pushforward(gradient, WRT))
    reverse = verify(value_and_gradient(gradient_dotted(graph, WRT), WRT))
    expected = evaluate(forward, [*inputs, *directions])[-4:]
    found = evaluate(reverse, [*inputs, *directions])[1:]
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-10)
