"""What an iteration stores goes to memory after all that it reads."""

from __future__ import annotations

import numpy as np

import autograph as ag
from autograph.backends import loops as lp
from autograph.backends.late_stores import store_late
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar

FLOAT = np.dtype(np.float64)
INDEX = symbol("i")
HERE = (Affine.of(INDEX),)


def buffer(name: str) -> lp.Buffer:
    return lp.Buffer(name, FLOAT, (Affine(8),))


def nest(*body: lp.Stmt) -> lp.Nest:
    return lp.Nest((INDEX,), (Affine(0),), (Affine(8),), list(body))


def kinds(statement: lp.Nest) -> list[str]:
    return [type(s).__name__ for s in statement.body]


def test_stores_come_after_loads_of_elements_that_are_read_again() -> None:
    x, y, z = map(buffer, "xyz")
    load = lp.Load(x, HERE)
    twice = lp.Apply(get_op("add"), (load, load), FLOAT)
    delayed = nest(
        lp.Store(y, HERE, twice), lp.Store(z, HERE, lp.Apply(get_op("negative"), (load,), FLOAT))
    )
    store_late([delayed])
    assert kinds(delayed) == ["Let", "Let", "Store", "Store"]
    assert [s.buffer for s in delayed.body[2:] if isinstance(s, lp.Store)] == [y, z]


def test_an_element_that_has_a_name_is_stored_by_that_name() -> None:
    x, y, z = map(buffer, "xyz")
    load, t = lp.Load(x, HERE), Value(scalar(FLOAT))
    square = lp.Apply(get_op("square"), (lp.Read(t),), FLOAT)
    again = lp.Apply(get_op("add"), (square, load), FLOAT)
    delayed = nest(lp.Store(y, HERE, load), lp.Let(t, load), lp.Store(z, HERE, again))
    store_late([delayed])
    assert kinds(delayed) == ["Let", "Let", "Store", "Store"]
    assert delayed.body[2].expr == lp.Read(t)


def test_bodies_that_read_what_they_store_are_left_alone() -> None:
    x, y = map(buffer, "xy")
    load = lp.Load(x, HERE)
    back = lp.Apply(get_op("add"), (load, lp.Load(y, HERE)), FLOAT)
    kept = nest(lp.Store(y, HERE, load), lp.Store(buffer("z"), HERE, back))
    store_late([kept])
    assert kinds(kept) == ["Store", "Store"]


def test_a_taped_part_of_a_step_is_stored_after_the_step_is_computed() -> None:
    def loss(u: np.ndarray, k: float, steps: int) -> float:
        u = u.copy()
        for _ in range(steps):
            u[1:-1] += k * (u[2:] + u[:-2] - 2 * u[1:-1])
        return np.sum(u**2)

    f = ag.value_and_grad(loss, argnums=(0, 1))
    u = np.linspace(0, 1, 9) ** 2
    lines = [line.strip() for line in f.show("loops", u, 0.1, 4).splitlines()]
    at = next(k for k, line in enumerate(lines) if line.startswith("tape["))
    assert lines[at - 1].startswith("let ")
    assert lines[at + 1].startswith("u_next[")
    value, (by_start, by_rate) = f(u, 0.1, 4)
    assert np.isclose(value, loss(u, 0.1, 4), rtol=1e-14)
    step = 1e-6
    difference = (loss(u, 0.1 + step, 4) - loss(u, 0.1 - step, 4)) / (2 * step)
    assert np.isclose(by_rate, difference, rtol=1e-7)
    assert by_start.shape == u.shape
