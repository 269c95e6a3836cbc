"""Functions defined in plain NumPy: against NumPy itself, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.harness import Program, outcome

RNG = np.random.default_rng(0)
x = RNG.normal(size=9)
y = RNG.normal(size=(4, 5))
q = RNG.normal(size=(4, 4))
i = RNG.integers(-5, 6, 7)
m = x > 0
e = np.zeros(0)
z = x.copy()
z[[2, 5]] = np.nan
Z = y.copy()
Z[1, 2] = np.nan
d = np.array([3.0, 1, 2, 1, 3, 3, -0.0, 0.0])
s = np.sort(x)
t3 = RNG.normal(size=(2, 3, 4))
a3, b3 = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
a, b, c, v = (RNG.normal(size=shape) for shape in ((3, 4), (4, 5), (2, 3, 4), 4))
k2 = np.argmax(y, axis=1)[:, None]

Case = tuple[Callable[..., Any], tuple[Any, ...]]


def case(function: Callable[..., Any], *arguments: Any) -> Case:
    return function, arguments


CASES = [
    case(lambda a: np.cumsum(a), a),
    case(lambda a: np.cumprod(a, axis=-1), a),
    case(lambda a: np.cumsum(a, 0), y),
    case(lambda a: np.cumsum(a, axis=1), y),
    case(lambda a: np.maximum.accumulate(a), y),
    case(lambda a: np.maximum.accumulate(a), x),
    case(lambda a: np.logaddexp.accumulate(a), x),
    case(lambda a: np.minimum.accumulate(a), i),
    case(lambda a: np.subtract.accumulate(a), x),
    case(lambda a: np.trapezoid(a), x),
    case(lambda a, b: np.trapezoid(a, b), x, np.sort(x)),
    case(lambda a: np.trapezoid(a, dx=0.1, axis=0), y),
    case(lambda a: np.gradient(a), x),
    case(lambda a: np.gradient(a, 0.5), x),
    case(lambda a: np.gradient(a), y),
    case(lambda a, t: np.gradient(a, t), x, np.sort(x)),
    case(lambda a: np.gradient(a, 0.5, edge_order=2), x),
    case(lambda a, t: np.gradient(a, t, edge_order=2), x, np.sort(x)),
    case(lambda a: np.gradient(a, axis=1), y),
    case(lambda a, b: np.convolve(a, b), i, i[:3]),
    case(lambda a: np.flatnonzero(a), a),
    case(lambda a: np.unique(a), a),
    case(lambda a: np.unique(a, return_index=True, return_inverse=True, return_counts=True), a),
    case(lambda a: np.unique(a, return_counts=True), d),
    case(lambda a: np.unique(a, return_inverse=True), d),
    case(lambda a: np.nonzero(a > 0), y),
    case(lambda a: np.argwhere(a > 0), y),
    case(lambda a: a.nonzero(), x),
    case(lambda a: np.where(a > 0), y),
    case(lambda a, v: a.searchsorted(v), s, y),
    case(lambda a, v: np.digitize(a, v), x, s[::2]),
    case(lambda a, v: np.digitize(a, v, right=True), x, s[::-2]),
    case(lambda a, p, f: np.interp(a, p, f), x, s[::2], x[::2]),
    case(lambda a, p, f: np.interp(a, p, f, left=-1, right=7), x, s[2:-2], x[2:-2]),
    case(lambda a, p, f: np.interp(a, p, f), 0.3, s, x),
    case(lambda a, p, f: np.interp(a, p, f, period=2.0), x, s, x),
    case(lambda a: np.bincount(a), np.array([1, 3, 1, 0, 5])),
    case(lambda a: np.bincount(a, minlength=9), np.array([1, 3, 1, 0, 5])),
    case(lambda a, w: np.bincount(a, w), np.array([1, 3, 1, 0, 5]), x[:5]),
    case(lambda a: np.bincount(a), np.zeros(0, int)),
    case(lambda a: np.histogram(a), x),
    case(lambda a: np.histogram(a, 4), i),
    case(lambda a: np.histogram(a, bins=5, range=(-1, 1)), x),
    case(lambda a, b: np.histogram(a, b), x, s[::3]),
    case(lambda a: np.histogram(a, 5, density=True), x),
    case(lambda a, w: np.histogram(a, 5, weights=w), x, x),
    case(lambda a, b: np.isin(a, b), i, i[:3]),
    case(lambda a, b: np.isin(a, b, invert=True), i, [1, 2]),
    case(lambda a, b: np.union1d(a, b), i, i[:3] + 1),
    case(lambda a, b: np.intersect1d(a, b), i, i[:3]),
    case(lambda a, b: np.setdiff1d(a, b), i, i[:3]),
    case(lambda a, b: np.setxor1d(a, b), i, i[:3] + 1),
    case(lambda a: a.compress(a > 0), x),
    case(lambda a: np.compress([True, False, True], a, axis=0), y),
    case(lambda a: np.extract(a > 0, a), y),
    case(lambda a: np.median(a), a),
    case(lambda a: np.percentile(a, 30), a),
    case(lambda a: np.quantile(a, [0.1, 0.5, 1.0]), a),
    case(lambda a: np.quantile(a, 0.3, method="nearest"), a),
    case(lambda a: np.median(a, axis=0), y),
    case(lambda a: np.median(a, axis=1, keepdims=True), y),
    case(lambda a: np.percentile(a, 75, axis=0), y),
    case(lambda a: np.percentile(a, [25, 75], axis=1), y),
    case(lambda a: np.median(a), x.astype("f4")),
    case(lambda a: np.percentile(a, 40), x.astype("f4")),
    case(lambda a, b: np.lexsort((a, b)), x, np.array([1, 0, 1, 0, 1, 0, 2, 2, 2])),
    case(lambda a: np.partition(a, 3), x),
    case(lambda a: np.argpartition(a, 3), x),
    case(lambda a: np.partition(a, (1, 4)), x),
    case(lambda a: np.partition(a, -2, axis=0), y),
    case(lambda a, i: np.take(a, i), x, i % 9),
    case(lambda a, i: np.take(a, i, axis=1), y, i % 5),
    case(lambda a: np.take(a, 2, axis=0), y),
    case(lambda a, i: np.take(a, i, mode="clip"), x, i * 3),
    case(lambda a, i: a.take(i, mode="wrap"), x, i * 3),
    case(lambda a: np.take_along_axis(a, np.argsort(a, axis=1), axis=1), y),
    case(lambda a: np.take_along_axis(a, np.argsort(a, axis=0), axis=0), y),
    case(lambda a: np.tile(a, 3), x),
    case(lambda a: np.tile(a, (2, 3)), y),
    case(lambda a, n: np.tile(a, n), x, 4),
    case(lambda a, n: np.tile(a, (n, 1)), x, 4),
    case(lambda a: np.repeat(a, 3), x),
    case(lambda a: np.repeat(a, 2, axis=1), y),
    case(lambda a, n: np.repeat(a, n, axis=0), y, 3),
    case(lambda a, c: np.repeat(a, c), x, np.arange(9)),
    case(lambda a: np.flipud(a) + np.fliplr(a), q),
    case(lambda a, b: np.meshgrid(a, b), x, i),
    case(lambda a, b: np.meshgrid(a, b, indexing="ij", sparse=True), x, i),
    case(lambda n, m: np.indices((n, m)), 3, 4),
    case(lambda a: np.pad(a, (1, 0), constant_values=7), i),
    case(lambda a: np.delete(a, 2), x),
    case(lambda a, k: np.delete(a, k), x, -1),
    case(lambda a: np.delete(a, [1, 3]), x),
    case(lambda a: np.delete(a, 1, axis=1), y),
    case(lambda a: np.delete(a, slice(1, 4), axis=1), y),
    case(lambda a: np.insert(a, 2, 7.0), x),
    case(lambda a: np.insert(a, 1, 7.0, axis=1), y),
    case(lambda a, v: np.insert(a, 1, v, axis=0), y, y[0]),
    case(lambda a: np.resize(a, (3, 5)), x),
    case(lambda a: np.tril(a), y),
    case(lambda a: np.triu(a, 1), q),
    case(lambda a: np.tril(a, -1), q),
    case(lambda n: np.tri(n), 4),
    case(lambda a: np.diag(a), x),
    case(lambda a: np.diag(a, 1), x),
    case(lambda a: np.diag(a, -2), y),
    case(lambda a: np.diag(a), q),
    case(lambda a: np.trace(a), q),
    case(lambda a: np.trace(a, 1), y),
    case(lambda a: np.trace(a, axis1=0, axis2=2), t3),
    case(lambda a: a.trace(), q),
    case(lambda n: np.triu_indices(n, 1), 4),
    case(lambda n: np.tril_indices(n), 4),
    case(lambda a, b: np.dstack((a, b)), q, q),
    case(lambda a, b: np.block([[a, b], [b, a]]), q, q),
    case(lambda a: np.split(a, 3), x),
    case(lambda a: np.array_split(a, 4), x),
    case(lambda a: np.split(a, [2, 5], axis=1), y),
    case(lambda a: np.hsplit(a, 2), q),
    case(lambda a: np.unravel_index(np.argmax(a), a.shape), y),
    case(lambda i, j: np.ravel_multi_index((i, j), (4, 5)), i % 4, i % 5),
    case(lambda a: np.select([a < 0, a > 1], [-a, a * 2], 0.5), x),
    case(lambda a: np.piecewise(a, [a < 0, a >= 0], [lambda v: -v, lambda v: v * 2]), x),
    case(lambda a: np.apply_along_axis(lambda r: r.sum() / r.max(), 1, a), y),
    case(lambda a: np.apply_along_axis(lambda r: np.sort(r), 0, a), y),
    case(lambda a, b: np.cross(a, b), a3, b3),
    case(lambda a, b: np.cross(a, b), a3[0], b3[0]),
    case(lambda p, a: np.polyval(p, a), x[:4], y),
    case(lambda p, a: np.polyval(p, a), x[:4], 0.3),
    case(lambda p, a: np.polyval(p, a), x[:3], i),
    case(lambda p, a: np.polyval(p, a), i[:3], i),
    case(lambda p: np.polyder(p), x),
    case(lambda p: np.polyint(p), x),
    case(lambda a: np.vander(a), x),
    case(lambda a: np.vander(a, 3, increasing=True), x),
    case(
        lambda a: (
            np.nansum(a, axis=1),
            np.nanmean(a, axis=1),
            np.nanmax(a, axis=0),
            np.nanvar(a, axis=1),
        ),
        Z,
    ),
    case(lambda a: np.nanargmax(a), z),
    case(lambda a: np.nan_to_num(a), np.array([np.nan, 1, np.inf, -np.inf])),
    case(lambda a: np.nan_to_num(a, nan=-1.0, posinf=5.0), np.array([np.nan, 1, np.inf, -np.inf])),
    case(lambda a: np.average(a), y),
    case(lambda a, w: np.average(a, weights=w), x, np.arange(9.0)),
    case(lambda a, w: np.average(a, axis=1, weights=w), y, np.arange(5.0)),
    case(lambda a, w: np.average(a, axis=1, weights=w, returned=True), y, np.arange(5.0)),
    case(lambda a: np.cov(a), y),
    case(lambda a, b: np.cov(a, b), x, x**2),
    case(lambda a: np.corrcoef(a), y),
    case(lambda a, b: np.corrcoef(a, b)[0, 1], x, x**2),
    case(lambda a: np.cov(a, rowvar=False, bias=True), y),
    case(lambda a, b: np.tensordot(a, b, 1), a, b),
    case(lambda a, b: np.tensordot(a, b), c, a),
    case(lambda a, b: np.tensordot(a, b, axes=([1, 2], [0, 1])), c, a),
    case(lambda a, b: np.tensordot(a, b, axes=(2, 1)), c, a),
    case(lambda a, b: np.tensordot(a, b, 0), a, v),
    case(lambda a, b: np.kron(a, b), a, q),
    case(lambda a, b: np.kron(a, b), a, v),
    case(lambda a, b: np.kron(a, b), v, v),
    case(lambda a, b: np.inner(a, b), a, q),
    case(lambda a, b: np.inner(a, b), v, v),
    case(lambda a, b: np.inner(a, b), v, 2.0),
    case(lambda a, b: np.inner(a, b), c, a),
    case(lambda a, b: np.outer(a, b), a, v),
    case(lambda a, b: np.vdot(a, b), a, a),
    case(lambda a: np.einsum("ij,jk->ik", a, a), np.arange(9).reshape(3, 3)),
]
EINSUMS = [
    ("ij,jk->ik", (a, b)),
    ("ij,jk", (a, b)),
    ("ij->j", (a,)),
    ("ii", (q,)),
    ("bij,jk->bik", (c, b)),
    ("bij,bij->b", (c, c)),
    ("ijk,jk->i", (c, a)),
    ("ij,jk,kl->il", (a, b, b.T)),
    ("ii,i->i", (q, v)),
    ("ij,ij->ij", (a, a)),
]


def check(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    program = Program(function)
    expected, _ = outcome(function, arguments)
    found, _ = outcome(program, arguments)
    assert_equal(found, expected)
    assert program.replays == 0


def assert_equal(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple | list):
        assert type(found) is type(expected)
        assert len(found) == len(expected)
        for x, y in zip(found, expected, strict=True):
            assert_equal(x, y)
    elif isinstance(expected, np.ndarray | np.generic):
        assert type(found) is type(expected)
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    else:
        assert found == expected


@pytest.mark.parametrize("number", range(len(CASES)))
def test_definition_is_numpy(number: int) -> None:
    check(*CASES[number])


@pytest.mark.parametrize(("subscripts", "arrays"), EINSUMS, ids=[s for s, _ in EINSUMS])
def test_einsum(subscripts: str, arrays: tuple[Any, ...]) -> None:
    check(lambda operands: np.einsum(subscripts, *operands), (arrays,))


def step(v: float, w: float) -> float:
    return v * w if v > 0.5 else 0.25


def test_vectorize() -> None:
    plain, wide = np.vectorize(step), np.vectorize(step, otypes=[np.float32])
    check(lambda a: plain(a, 2.0), (y,))
    check(lambda a: wide(a, a), (x,))


@pytest.mark.parametrize("mode", ["constant", "edge", "wrap", "reflect", "symmetric", "mean"])
def test_pad(mode: str) -> None:
    check(lambda u: np.pad(u, ((1, 2), (0, 3)), mode=mode), (y,))


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted_with_nan(side: str) -> None:
    check(lambda a, v: np.searchsorted(a, v, side), (np.sort(z), z))


def test_what_numpy_refuses_is_left_to_numpy() -> None:
    for function, arguments in (
        case(lambda a: np.bincount(a), i),
        case(lambda a: np.delete(a, 20), x),
        case(lambda a, v: np.digitize(a, v), x, x),
    ):
        program = Program(function)
        assert outcome(program, arguments)[0] == outcome(function, arguments)[0]
        assert program.replays == 1
