"""Integers, choices and permutations of `np.random.Generator`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.random_generator import (
    element,
    random,
    require,
    shape_of,
)
from autograph.frontend.numpy_api.random_draws import draw

WORDS = (np.int32, np.int64, np.uint32, np.uint64)
"""Dtypes of integers that are drawn one by one."""


def integers(
    rng: Any,
    low: Any,
    high: Any = None,
    size: Any = None,
    dtype: Any = np.int64,
    endpoint: bool = False,
) -> Any:
    return whole_numbers(rng, "bounded", low, high, size, dtype, endpoint)


def whole_numbers(
    rng: Any, distribution: str, low: Any, high: Any, size: Any, dtype: Any, endpoint: bool
) -> Any:
    """Return integers of a range."""
    kind = np.dtype(dtype)
    if kind not in WORDS:
        refuse(f"random integers of dtype {kind}")
    if high is None:
        low, high = 0, low
    low = np.array(low) if isinstance(low, (list, tuple)) else low
    high = np.array(high) if isinstance(high, (list, tuple)) else high
    shape = shape_of(size, low, high)
    last = high if endpoint else high - 1
    require(low <= last, "low >= high")
    limits = np.iinfo(kind)
    require(low >= limits.min, "low is out of bounds")
    require(last <= limits.max, "high is out of bounds")
    if shape is None:
        return kind.type(int(low)) + draw(rng, distribution, int(last - low)).astype(kind)
    tops = last - low
    lows = np.broadcast_to(low, shape).reshape(-1) if np.ndim(low) else int(low)
    tops = np.broadcast_to(tops, shape).reshape(-1) if np.ndim(tops) else int(tops)
    out = np.empty(shape, kind)
    flat = out.reshape(-1)
    for k in range(flat.size):
        flat[k] = kind.type(element(lows, k)) + draw(
            rng, distribution, int(element(tops, k))
        ).astype(kind)
    return out


def shuffle(rng: Any, x: Any, axis: int = 0) -> None:
    if isinstance(x, list):
        for step in range(len(x) - 1):
            i = len(x) - 1 - step
            j = int(draw(rng, "masked", i))
            x[i], x[j] = x[j], x[i]
        return
    rows = np.swapaxes(x, 0, axis) if axis else x
    if rows.size == 0:
        return
    for step in range(rows.shape[0] - 1):
        i = rows.shape[0] - 1 - step
        j = int(draw(rng, "masked", i))
        kept = rows[i].copy()
        rows[i] = rows[j]
        rows[j] = kept


def permutation(rng: Any, x: Any, axis: int = 0) -> Any:
    if not isinstance(x, (list, tuple)) and np.ndim(x) == 0:
        order = np.arange(x)
        shuffle(rng, order)
        return order
    x = np.array(x)
    if x.ndim == 1:
        shuffle(rng, x)
        return x
    order = np.arange(x.shape[axis])
    shuffle(rng, order)
    return np.take(x, order, axis)


def choice(
    rng: Any,
    a: Any,
    size: Any = None,
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    shuffle: bool = True,
) -> Any:
    given = isinstance(a, (list, tuple)) or np.ndim(a) > 0
    a = np.asarray(a) if given else a
    count = a.shape[axis] if given else a
    if p is not None:
        picked = _weighted(rng, count, size, replace, p)
    elif replace or size is None:
        picked = integers(rng, 0, count, size)
    else:
        picked = _distinct(rng, count, size, shuffle)
    if size is None:
        picked = int(picked)
    if not given:
        return picked
    return np.take(a, picked, axis) if a.ndim > 1 else a[picked]


def cumulated(p: Any, count: Any) -> Any:
    """Return the distribution function of probabilities."""
    p = np.asarray(p)
    require(p.shape[0] == count, "a and p must have same size")
    require(np.logical_not(np.isnan(p)), "Probabilities contain NaN")
    require(p >= 0, "Probabilities are not non-negative")
    require(abs(np.sum(p) - 1.0) <= 1.4901161193847656e-08, "Probabilities do not sum to 1.")
    cdf = np.cumsum(p)
    return cdf / cdf[-1]


def _weighted(rng: Any, count: Any, size: Any, replace: bool, p: Any) -> Any:
    if not replace and size is not None:
        refuse("choice with p and replace=False")
    cdf = cumulated(p, count)
    return np.searchsorted(cdf, random(rng, size), side="right")


def _distinct(rng: Any, count: Any, size: Any, is_shuffled: bool) -> Any:
    """Return distinct numbers of 0..count-1."""
    shape = shape_of(size)
    wanted = 1
    for n in shape:
        wanted = wanted * n
    require(wanted <= count, "Cannot take a larger sample than population when replace is False")
    if count > 10000 and wanted > count // (50 if is_shuffled else 20):
        return _tail(rng, count, wanted).reshape(shape)
    return _few(rng, count, wanted, is_shuffled).reshape(shape)


def _tail(rng: Any, count: Any, wanted: Any) -> Any:
    """Return the end of a permutation."""
    order = np.arange(count)
    _exchange(rng, order, min(wanted, count - 1) + 1)
    return order[count - wanted :].copy()


def _few(rng: Any, count: Any, wanted: Any, is_shuffled: bool) -> Any:
    """Return distinct numbers by R. Floyd's method.

    Source: J. Bentley and B. Floyd, Programming pearls: a sample of brilliance, 1987.
    """
    picked = np.empty(wanted, np.int64)
    room = 2
    while room <= wanted:
        room = room * 2
    table = np.full(2 * room, -1)
    for k in range(wanted):
        last = count - wanted + k
        number = int(draw(rng, "bounded", last))
        at = number % (2 * room)
        while table[at] != -1 and table[at] != number:
            at = (at + 1) % (2 * room)
        if table[at] != -1:
            number = last
            at = number % (2 * room)
            while table[at] != -1:
                at = (at + 1) % (2 * room)
        table[at] = number
        picked[k] = number
    if is_shuffled:
        _exchange(rng, picked, wanted)
    return picked


def _exchange(rng: Any, order: Any, count: Any) -> None:
    """Exchange the last elements, all but the first of so many, with others before them."""
    for step in range(count - 1):
        i = order.shape[0] - 1 - step
        j = int(draw(rng, "bounded", i))
        kept = order[j]
        order[j] = order[i]
        order[i] = kept
