"""Sums of cotangents multiply what their terms have in common once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.autodiff import reverse, reverse_scan
from examples import newton


def cubic_root(a, b):
    """Find a root of a cubic by a fixed number of Newton's steps."""
    root = 1.0
    for _ in range(6):
        value = ((root - 1.0 - b) * root + a) * root - a * b
        slope = (3.0 * root - 2.0 * (1.0 + b)) * root + a
        root -= value / slope
    return root


def horner(x):
    """Evaluate a polynomial at each element of an array, by a loop over its coefficients."""
    total = np.zeros_like(x)
    for k in range(5):
        total = total * x + (k + 1.0) * x * x
    return np.sum(total * np.sin(x))


def orbit(x, y):
    """Go along an orbit whose steps use each coordinate many times."""
    for _ in range(4):
        size = x * x + y * y + 1.0
        x, y = x + 0.1 * (y * size - x * y), y - 0.1 * (x * size + x * y * y)
    return x * y + x


def branches(x):
    """Use a number several times in one branch of a loop."""
    total = 0.0
    for v in x:
        if v > 0:
            square = v * v
            total += (square * v + 2.0 * v) * v
        else:
            total -= v * v * v
    return total


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (cubic_root, (1.3, 0.4)),
    (horner, (np.linspace(-1, 2, 5),)),
    (orbit, (0.4, -0.3)),
    (branches, (np.array([0.5, -1.0, 2.0, 0.1]),)),
]


def products_in_gradient(function: Callable[..., Any], args: tuple[Any, ...]) -> int:
    """Return how many multiplications the graph of a gradient has."""
    gradient = ag.grad(function, argnums=tuple(range(len(args))))
    return gradient.show("optimized", *args).count("= multiply(")


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_factored_gradients_are_right(function, args):
    ag.check_grads(function, args)


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def without_factoring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave sums of cotangents as they are."""
    for module in (reverse, reverse_scan):
        monkeypatch.setattr(module, "take_out_factors", lambda graph, sums: None)


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_factoring_never_adds_products(function, args, monkeypatch):
    with_factors = products_in_gradient(function, args)
    without_factoring(monkeypatch)
    assert with_factors <= products_in_gradient(function, args)


def test_newtons_step_is_differentiated_by_its_slope_once(monkeypatch):
    """The cotangents of value and slope each meet the derivative of a polynomial by the root."""
    args = newton.make_inputs(20)
    with_factors = products_in_gradient(newton.total, args)
    without_factoring(monkeypatch)
    assert with_factors < products_in_gradient(newton.total, args)


def overflowing(x, scale):
    """Compute what overflows far out, where its factor is zero."""
    y = x
    for _ in range(1):
        y = scale * (x * x * x + x * 2.0)
    return y


def test_no_product_is_made_that_the_program_does_not_compute():
    """The derivative by a factor of zero stays zero where a power of the other one overflows."""
    assert ag.grad(overflowing)(1e150, 0.0) == 0.0
    assert ag.grad(overflowing)(2.0, 3.0) == pytest.approx(3.0 * 14.0)
