"""Nests around one box that run as one."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from autograph.backends import loops as lp
from autograph.backends.rims import join_rims
from autograph.ir.affine import Affine
from autograph.ir.graph import Value, symbol
from autograph.ir.op import get_op
from autograph.ir.types import scalar

F8 = np.dtype(np.float64)
N = symbol("n")
n = Affine.of(N)
A, B, C = (lp.Buffer(name, F8, (n,)) for name in "abc")
TOTAL = Value(scalar(F8), None, "s")


def rim(make, lower=0, upper=n, hole=(2, n - 2)):
    """Return a nest over a range without a hole."""
    index = symbol("i")
    i = Affine.of(index)
    box = lp.Inside((i,), (Affine.of(hole[0]),), (Affine.of(hole[1]),))
    body: list[lp.Stmt] = [lp.If(box, [], [make(i)])]
    return lp.Nest((index,), (Affine.of(lower),), (Affine.of(upper),), body)


def inner(make, lower=2, upper=n - 2):
    index = symbol("i")
    return lp.Nest((index,), (Affine.of(lower),), (Affine.of(upper),), [make(Affine.of(index))])


def copy(to, source, shift=0):
    return lambda i: lp.Store(to, (i,), lp.Load(source, (i + shift,)))


def total(i):
    return lp.Reduce(TOTAL, get_op("add"), lp.Load(A, (i,)))


def joined(*block):
    statements = list(block)
    join_rims(statements)
    return statements


def test_rims_around_one_box_run_as_one() -> None:
    first, middle, second = rim(copy(B, A)), inner(copy(B, A)), rim(copy(C, B))
    assert len(joined(first, middle, second)) == 2


def test_the_smaller_rim_is_done_where_the_larger_one_is_in_its_box() -> None:
    (nest,) = joined(rim(copy(B, A), 1, n - 1), rim(copy(C, B)))
    (statement,) = nest.body
    test = statement.orelse[0]
    assert isinstance(test.condition, lp.Inside)
    assert test.condition.lower == (Affine.of(1),)
    assert len(test.then) == 1


def test_rims_that_are_shifted_meet() -> None:
    first = rim(copy(B, A), 0, n - 1, hole=(1, n - 3))
    (nest,) = joined(first, rim(copy(C, B, -1), 1, n))
    loads = [
        e.index
        for s in lp.walk([nest])
        for x in lp.expressions(s)
        for e in lp.subexpressions(x)
        if isinstance(e, lp.Load)
    ]
    assert loads == [(Affine.of(nest.indices[0]) - 1,)]  # of `a`; what `b` holds is at hand


@pytest.mark.parametrize(
    "block",
    [
        (rim(copy(B, A)), rim(copy(C, B, 1))),  # reads what a neighbour has stored
        (rim(copy(B, A)), rim(copy(C, B), hole=(1, n - 1))),  # another hole
        (rim(copy(B, A)), inner(copy(C, B, 1)), rim(copy(A, C, 1))),  # of both sides
        (rim(copy(B, A), 0, n), rim(copy(C, B), 1, n - 1)),  # the first is the larger one
    ],
)
def test_what_depends_on_neighbours_stays_apart(block) -> None:
    assert len(joined(*block)) == len(block)


def test_sums_run_past_each_other_but_not_past_their_use() -> None:
    assert len(joined(rim(total), inner(total), rim(copy(B, A)))) == 2
    use = lp.Assign(Value(scalar(F8), None, "t"), lp.Read(TOTAL))
    block = joined(rim(total), use, rim(copy(B, A)))
    assert [type(s) for s in block] == [lp.Nest, lp.Assign]
    reads = inner(lambda i: lp.Store(C, (i,), lp.Read(TOTAL)))
    again = rim(lambda i: lp.Store(A, (i,), lp.Load(C, (i + 1,))))
    assert len(joined(rim(total), reads, again)) == 3


def transport(u, speed, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += speed * u[1:-1, 1:-1] * (u[2:, 1:-1] - u[:-2, 1:-1] + u[1:-1, 2:])
    return np.sum(u**2)


def test_products_of_cotangents_are_not_stored() -> None:
    slope = ag.value_and_grad(transport, argnums=(0, 1))
    u = np.linspace(0, 1, 99).reshape(11, 9)
    text = slope.show("loops", u.copy(), 0.1, 3)
    backwards = text[text.index("for down") :]
    assert backwards.count("nest ") == 2
    assert backwards.count("] = ") == 2  # the new cotangent, inside and at the rim


slope_of_transport = ag.grad(transport, argnums=(0, 1))


@pytest.mark.parametrize("shape", [(9, 9), (2, 2), (4, 3), (3, 7), (5, 5), (6, 600)])
def test_gradients_of_small_and_long_fields(shape) -> None:
    rng = np.random.default_rng(1)
    u = rng.standard_normal(shape)
    by_u, by_speed = slope_of_transport(u.copy(), 0.1, 3)
    direction = rng.standard_normal(shape)
    h = 1e-6
    ahead = transport(u + h * direction, 0.1 + h, 3)
    behind = transport(u - h * direction, 0.1 - h, 3)
    expected = (ahead - behind) / (2 * h)
    assert np.isclose(np.sum(by_u * direction) + by_speed, expected, rtol=1e-6, atol=1e-6)
