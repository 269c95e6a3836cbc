"""Distance analysis on hand-made accesses."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from autograph.backends import dependence as dep
from autograph.backends import loops as lp
from autograph.ir.affine import Affine
from autograph.ir.graph import symbol

SYMBOLS = [symbol(name) for name in "ijknm"]
ROW, COLUMN, K, *_ = SYMBOLS
i, j, k, n, m = map(Affine.of, SYMBOLS)
BOX = {ROW: (Affine(1), n - 2), COLUMN: (Affine(0), m - 1)}
B = lp.Buffer("b", np.dtype(float), (n, m))


def at(*index: Any, ranges: Any = None) -> dep.Access:
    return dep.Access(B, tuple(map(Affine.of, index)), BOX if ranges is None else ranges)


@pytest.mark.parametrize(
    ("read", "write", "expected"),
    [
        (at(i, j), at(i, j), (0, 0)),
        (at(i - 1, j + 2), at(i, j), (-1, 2)),
        (at(2 * i, j), at(2 * i + 1, j), None),
        (at(2 * i + 4, j), at(2 * i, j), (2, 0)),
        (at(n, j), at(i, j), None),
        (at(0, j), at(i, j), None),
        (at(i, -1 - j), at(i, j), None),
    ],
)
def test_distance(read: dep.Access, write: dep.Access, expected: Any) -> None:
    assert dep.distance((ROW, COLUMN), read, write) == expected


@pytest.mark.parametrize(
    ("read", "write"),
    [
        (at(j, i), at(i, j)),
        (at(1, j), at(i, j)),
        (at(i + k, j), at(i, j)),
        (at(i, j), at(i, 0)),
        (at(i, 2 * j), at(i, j)),
    ],
)
def test_unknown_distance(read: dep.Access, write: dep.Access) -> None:
    with pytest.raises(dep.Unknown):
        dep.distance((ROW, COLUMN), read, write)


def test_reads_inside_an_inner_nest() -> None:
    """In x[i] -= sum over k < i of x[k] at a fixed i, the inner index never reaches i."""
    inside = {K: (Affine(0), i - 1)}
    assert dep.disjoint(at(k, ranges=inside), at(i, ranges=inside))
    assert not dep.disjoint(at(k + 1, ranges=inside), at(i, ranges=inside))


@pytest.mark.parametrize("seed", range(40))
def test_directions_let_every_read_come_before_its_write(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ndim = int(rng.integers(1, 4))
    distances = [tuple(map(int, rng.integers(-2, 3, ndim))) for _ in range(rng.integers(1, 4))]

    def serves(reverse: tuple[bool, ...]) -> bool:
        signed = [tuple(-x if r else x for x, r in zip(d, reverse, strict=True)) for d in distances]
        return all(s >= (0,) * ndim for s in signed)

    found = dep.directions(distances, ndim)
    orders = list(itertools.product((False, True), repeat=ndim))
    if found is None:
        assert not any(map(serves, orders))
    else:
        assert serves(found)


def test_order_matters_only_if_iterations_meet() -> None:
    def nest(read: Any) -> lp.Nest:
        store = lp.Store(B, (i, j), lp.Load(B, tuple(map(Affine.of, read))))
        return lp.Nest((ROW, COLUMN), (Affine(1), Affine(0)), (n - 1, m), [store])

    assert dep.in_place_order(nest((i, j)), B, ordered=False) == ((False, False), False)
    assert dep.in_place_order(nest((i - 1, j)), B, ordered=True) == ((True, False), True)
    assert dep.in_place_order(nest((i - 1, j)), B, ordered=False) is None
    assert dep.in_place_order(nest((j, i)), B, ordered=True) is None
