"""The order of the axes of buffers, and of the nests over them."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from autograph.backends import loops as lp
from autograph.backends.axis_order import turned
from autograph.ir.affine import Affine
from autograph.ir.graph import symbol
from autograph.ir.op import get_op

F8 = np.dtype(np.float64)
M, N = symbol("m"), symbol("n")
m, n = Affine.of(M), Affine.of(N)
ROW, COLUMN = symbol("i"), symbol("j")
i, j = Affine.of(ROW), Affine.of(COLUMN)
X, Y = (lp.Buffer(name, F8, (n, m)) for name in "xy")
S = lp.Buffer("s", F8, (m,))


def mixed(points, factors):
    """Add multiples of columns to columns after them, then up squares."""
    scaled = points * 2.0
    for a in range(1, points.shape[1]):
        for b in range(a):
            scaled[:, a] += factors[a, b] * scaled[:, b]
    return np.sum(scaled**2, axis=1)


def energy(points, factors):
    return np.sum(np.exp(-mixed(points, factors)))


def returned(points, factors):
    scaled = points * 2.0
    for a in range(1, points.shape[1]):
        for b in range(a):
            scaled[:, a] += factors[a, b] * scaled[:, b]
    return scaled


def inputs(count, width):
    rng = np.random.default_rng(5)
    return rng.standard_normal((count, width)), 0.1 * rng.standard_normal((width, width))


def test_arrays_lie_along_their_inner_loops() -> None:
    f = ag.compile(mixed)
    text = f.show("loops", *inputs(9, 4))
    assert "f64[points_1, points_0]" in text
    assert "nest 0 <= j < points_1, 0 <= i < points_0" in text
    assert "axes are stored in the order in which inner loops run" in f.explain(*inputs(9, 4))


def test_what_the_caller_sees_keeps_its_axes() -> None:
    text = ag.compile(returned).show("loops", *inputs(9, 4))
    assert "f64[points_1, points_0]" not in text


compiled = ag.compile(mixed)
slopes = ag.grad(energy, argnums=(0, 1))


@pytest.mark.parametrize("shape", [(9, 4), (1, 4), (0, 3), (5, 1), (700, 3)])
def test_values_and_gradients(shape) -> None:
    points, factors = inputs(*shape)
    assert np.allclose(compiled(points, factors), mixed(points, factors), rtol=1e-14)
    by_points, by_factors = slopes(points, factors)
    direction, other = np.cos(points), np.sin(factors)
    h = 1e-6
    ahead = energy(points + h * direction, factors + h * other)
    behind = energy(points - h * direction, factors - h * other)
    slope = np.sum(by_points * direction) + np.sum(by_factors * other)
    assert np.isclose(slope, (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-7)


def smoothed(x, steps):
    """Smooth columns, and read old columns meanwhile: the buffers change places."""
    y = x + 1.0
    for _ in range(steps):
        z = np.zeros_like(y)
        for k in range(1, x.shape[1] - 1):
            z[:, k] = y[:, k - 1] - 2 * y[:, k] + y[:, k + 1]
        y = z
    return np.sum(y * y)


@pytest.mark.parametrize("shape", [(8, 5), (3, 2), (1, 9)])
def test_buffers_that_change_places(shape) -> None:
    x = np.random.default_rng(2).standard_normal(shape)
    assert np.isclose(ag.compile(smoothed)(x, 3), smoothed(x, 3), rtol=1e-13)


def nest(*body: lp.Stmt, ordered: bool = False) -> lp.Nest:
    zero = Affine.of(0)
    return lp.Nest((ROW, COLUMN), (zero, zero), (m, n), list(body), ordered=ordered)


def add(buffer: lp.Buffer, index: lp.Point, term: lp.Expr) -> lp.Store:
    return lp.Store(buffer, index, lp.Apply(get_op("add"), (lp.Load(buffer, index), term), F8))


def test_the_index_along_rows_runs_innermost() -> None:
    assert turned(nest(lp.Store(Y, (j, i), lp.Load(X, (j, i))))).indices == (COLUMN, ROW)
    assert turned(nest(lp.Store(Y, (i, j), lp.Load(X, (i, j))))).indices == (ROW, COLUMN)


def test_an_accumulation_becomes_a_sum() -> None:
    index = (j,)
    made = turned(nest(add(S, index, lp.Load(X, (j, i))), ordered=True))
    assert made.indices == (COLUMN,)
    assert [type(s) for s in made.body] == [lp.Assign, lp.Nest, lp.Store]


@pytest.mark.parametrize(
    "body",
    [
        [add(S, (j,), lp.Load(X, (j, i))), lp.Store(Y, (j, i), lp.Load(S, (j,)))],  # parts of sums
        [add(S, (j,), lp.Load(X, (j, i))), add(S, (j,), lp.Load(X, (j, i)))],
        [add(S, (j,), lp.Load(X, (j, i))), lp.Store(Y, (j, i), lp.Load(Y, (j, i + 1)))],
        [lp.Store(X, (j, i), lp.Load(X, (j, i + 1)))],
        [add(X, (j, i), lp.Load(X, (j, i - 1)))],
    ],
)
def test_other_orders_stay(body) -> None:
    given = nest(*body, ordered=True)
    assert turned(given) is given


def counted(points, factors, limit):
    """Do the same, and count the columns that begin with much."""
    scaled = points * 2.0
    count = 0
    for a in range(1, points.shape[1]):
        for b in range(a):
            scaled[:, a] += factors[a, b] * scaled[:, b]
        if scaled[-1, a] > limit:
            count += a
            scaled[0, a] = limit
    return count + np.sum(scaled)


def test_conditions_read_what_was_laid_out() -> None:
    f = ag.compile(counted)
    assert "f64[points_1, points_0]" in f.show("loops", *inputs(9, 4), 0.5)
    for limit in (-0.5, 0.5):
        given = (*inputs(9, 4), limit)
        np.testing.assert_allclose(f(*given), counted(*given), rtol=1e-13)


def test_sums_across_columns_add_rows() -> None:
    text = ag.compile(mixed).show("loops", *inputs(9, 4))
    assert "if less_equal(points_1, 512)" in text
    assert "nest ordered 0 <= group < groups, 0 <= i < points_0" in text


def extremes_and_sums(points, factors):
    scaled = points * 2.0
    for a in range(1, points.shape[1]):
        for b in range(a):
            scaled[:, a] += factors[a, b] * scaled[:, b]
    return np.max(scaled, axis=1), np.sum(scaled, axis=1), np.sum(np.abs(scaled) + 1.0, axis=1)


def test_sums_of_any_length_and_of_what_is_no_number() -> None:
    f = ag.compile(extremes_and_sums)
    for count, width in ((0, 3), (1, 2), (5, 4), (3, 7), (2, 600)):
        points, factors = inputs(count, width)
        points[1:2, 1] = np.nan
        factors *= 4 / width
        expected = extremes_and_sums(points, factors)
        for got, plain in zip(f(points, factors), expected, strict=True):
            np.testing.assert_allclose(got, plain, rtol=1e-11)
