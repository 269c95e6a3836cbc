"""Random programs of views, writes through them and in-place operators, against NumPy."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograph.errors import UnsupportedError
from autograph.ir.evaluate import CheckFailed, GuardFailed
from tests.frontend.fake_tracer import Program, assert_same

ARGUMENTS = (np.arange(12.0).reshape(3, 4) + 1, np.arange(4.0) - 2)
OTHER_SIZES = (np.arange(20.0).reshape(5, 4) + 1, np.arange(4.0) - 2)


class Everything:
    """Contains every guard: none may be assumed."""

    def __contains__(self, text: str) -> bool:
        return True


def random_key(rng: random.Random, ndim: int) -> tuple[Any, ...]:
    items: list[Any] = []
    for _ in range(rng.randint(0, ndim)):
        if rng.random() < 0.3:
            items.append(rng.randint(-3, 2))
        else:
            bounds = [rng.choice([None, None, rng.randint(-5, 5)]) for _ in range(2)]
            items.append(slice(*bounds, rng.choice([None, 1, 1, 2, -1, -2])))
    for extra in (Ellipsis, None):
        if rng.random() < 0.2:
            items.insert(rng.randint(0, len(items)), extra)
    return tuple(items)


def step(rng: random.Random, arrays: list[Any]) -> None:
    """Do one random thing with one of the arrays: view it, write it, or compute with it."""
    a, b, what = rng.choice(arrays), rng.choice(arrays), rng.random()
    if what < 0.35:
        arrays.append(a[random_key(rng, a.ndim)])
    elif what < 0.45:
        arrays.append(a.T)
    elif what < 0.55:
        arrays.append(a.reshape(-1))
    elif what < 0.7:
        a[random_key(rng, a.ndim)] = rng.choice([1.5, -2, b])
    elif what < 0.85:
        a += b
    else:
        arrays.append(a * b)
    arrays[:] = [x for x in arrays if hasattr(x, "reshape") and x.ndim]


def program_of(seed: int) -> Callable[..., Any]:
    def program(np: Any, *arrays: Any) -> Any:
        rng, live = random.Random(seed), list(arrays)
        for _ in range(rng.randint(2, 7)):
            step(rng, live)
        return tuple(live)

    return program


def outcome(run: Callable[..., Any], inputs: Any) -> Any:
    """Return what NumPy returns and leaves in the inputs, or None where it raises."""
    inputs = copy.deepcopy(inputs)
    try:
        return run(np, *inputs), inputs
    except (ValueError, IndexError, TypeError):
        return None


def require_agreement(program: Program, run: Callable[..., Any], inputs: Any) -> None:
    wanted = outcome(run, inputs)
    try:
        result, contents = program.run(*inputs)
    except CheckFailed:
        assert wanted is None
        return
    assert wanted is not None
    assert_same(result, wanted[0])
    for after, plain in zip(contents, wanted[1], strict=True):
        assert_same(np.asarray(after), plain)


@pytest.mark.parametrize("refused", [(), Everything()], ids=["guarded", "unguarded"])
@pytest.mark.parametrize("block", range(3))
def test_random_programs(block, refused):
    for seed in range(block * 80, block * 80 + 80):
        run = program_of(seed)
        try:
            program = Program(run, ARGUMENTS, refused)
        except UnsupportedError:
            continue
        require_agreement(program, run, ARGUMENTS)
        if program.tracer.checks:
            continue
        try:
            require_agreement(program, run, OTHER_SIZES)
        except GuardFailed:
            assert not refused
