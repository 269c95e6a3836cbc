"""Nests that share rows of an array run in strips; rows that share a vector run together."""

from __future__ import annotations

import numpy as np
import pytest

import autograph as ag
from autograph.backends import strips
from autograph.backends.dependence import rows_are_independent
from autograph.backends.jam import ROWS, jam_rows
from autograph.backends.loops import Load, Nest, Store
from autograph.ir.affine import Affine
from tests.backends.test_layout import COLUMN, ROW, X, Y, i, j, m, n


def loss(weights, features, labels):
    score = features @ weights
    return np.mean(np.log1p(np.exp(-score * labels))) + np.sum(np.maximum(score, 0.0)) / 8


def inputs(count, width=3, order="C"):
    rng = np.random.default_rng(3)
    features = np.array(rng.standard_normal((count, width)), order=order)
    return rng.standard_normal(width), features, np.sign(rng.standard_normal(count))


def gradient(weights, features, labels):
    score = features @ weights
    slope = -labels / (1 + np.exp(score * labels)) / len(score) + (score > 0) / 8
    return slope @ features


def test_a_matrix_is_gone_through_once() -> None:
    step = ag.value_and_grad(loss)
    text = step.show("loops", *inputs(9))
    before, inside = text.split("for strip < strips")
    assert "features[" not in before
    assert "features[" in inside
    assert "f64[8*eights]" in before  # what lies between the products is as long as a strip
    assert "empty t: f64[features_0]" not in before
    assert "run together, in strips of rows" in step.explain(*inputs(9))


def test_one_nest_needs_no_strips() -> None:
    assert "strip" not in ag.compile(loss).show("loops", *inputs(9))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("width", [1, 3, 700])
def test_strips_of_all_lengths(order: str, width: int) -> None:
    step = ag.value_and_grad(loss)
    for count in (1, 2, 5, 8, 9, 23, 1100 if width < 700 else 32):
        args = inputs(count, width, order)
        value, slope = step(*args)
        np.testing.assert_allclose(value, loss(*args), rtol=1e-12)
        np.testing.assert_allclose(slope, gradient(*args), rtol=1e-10, atol=1e-12)


def test_views_and_what_is_no_number() -> None:
    step = ag.value_and_grad(loss)
    weights, features, labels = inputs(64, 8)
    views = weights[::2], features[::-3, ::2], labels[::-3]
    np.testing.assert_allclose(step(*views)[1], gradient(*views), rtol=1e-12)
    features[17, 3] = np.nan
    value, slope = step(weights, features, labels)
    assert np.isnan(value)
    assert np.isnan(slope).all()


def smoothed(u):
    first = u + 1.0
    second = np.empty_like(u)
    second[1:] = first[:-1] * 2.0
    second[0] = 0.0
    return first, second


def test_nests_that_meet_in_other_rows_stay_apart() -> None:
    u = np.arange(60.0).reshape(20, 3)
    f = ag.compile(smoothed)
    assert "strip" not in f.show("loops", u)
    for got, expected in zip(f(u), smoothed(u), strict=True):
        np.testing.assert_array_equal(got, expected)


def accurate(x):
    centred = x - x.mean(axis=1)[:, None]
    return np.sum(x), np.sum(centred, axis=0), np.sum(np.sum(x, axis=1) * centred[:, 0])


def test_sums_over_strips_stay_accurate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "STRIP_BYTES", 8)
    x = np.random.default_rng(0).random((50_000, 3))
    got = ag.compile(accurate)(x)
    for mine, plain in zip(got, accurate(x), strict=True):
        np.testing.assert_allclose(mine, plain, rtol=1e-11, atol=1e-8)


# ---------------------------------------------------------------- rows that run together


def products(a, x, y):
    return a @ x, y @ a, a.T @ y


@pytest.mark.parametrize("order", ["C", "F"])
def test_products_of_all_sizes(order: str) -> None:
    f = ag.compile(products)
    rng = np.random.default_rng(1)
    for rows in (0, 1, 3, 4, 5, 8, 11):
        for width in (0, 1, 7, 100):
            a = np.array(rng.standard_normal((rows, width)), order=order)
            args = a, rng.standard_normal(width), rng.standard_normal(rows)
            for got, expected in zip(f(*args), products(*args), strict=True):
                np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_rows_add_up_in_order() -> None:
    def added(a):
        total = np.zeros(a.shape[1])
        for row in a:
            total += row
        return total, np.sum(a, axis=0)

    a = np.random.default_rng(2).standard_normal((11, 5)) * 10.0 ** np.arange(11)[:, None]
    got, expected = ag.compile(added)(a), added(a)
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[0])


def sweep(point):
    """Return an ordered nest that stores the element of a buffer before another one's."""
    body = [Store(X, (i, j), Load(X, point))]
    return Nest((ROW, COLUMN), (Affine(1), Affine(1)), (n - 1, m - 1), body, ordered=True)


def test_order_along_rows() -> None:
    assert rows_are_independent(sweep((i - 1, j)))
    assert rows_are_independent(sweep((i - 1, j + 1)))
    assert not rows_are_independent(sweep((i, j - 1)))


def test_rows_that_need_the_last_ones_neighbours_do_not_run_together() -> None:
    shifted = Nest(
        (ROW, COLUMN),
        (Affine(0), Affine(1)),
        (n, m - 1),
        [Store(Y, (Affine(0), j), Load(Y, (Affine(0), j + 1)))],
        ordered=True,
    )
    assert jam_rows([shifted]) == [shifted]


def test_what_rows_share_is_stored_once() -> None:
    add = Store(Y, (Affine(0), j), Load(Y, (Affine(0), j)))
    nest = Nest((ROW, COLUMN), (Affine(0), Affine(0)), (n, m), [add], ordered=True)
    _, main, rest = jam_rows([nest])
    assert isinstance(main, Nest)
    assert isinstance(rest, Nest)
    assert sum(isinstance(s, Store) for s in main.body) == 1
    assert ROWS == 4
