"""Grids and what is written in brackets: `np.mgrid`, `np.ogrid`, `np.r_`, `np.c_`, iteration."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse
from autograph.frontend.numpy_api.definitions.shaping import indices


def fromfunction(function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    return function(*indices(shape, dtype), **kwargs)


def linspace(
    start: Any, stop: Any, num: Any, endpoint: Any, retstep: Any, dtype: Any, axis: Any
) -> Any:
    """Do what `np.linspace` does between arrays, or where the step is wanted."""
    start, stop = np.asarray(start) * 1.0, np.asarray(stop) * 1.0
    width = stop - start
    count = num - 1 if endpoint else num
    if num < 2:
        refuse("np.linspace of less than two samples between arrays")
    step = width / count
    along = np.arange(num).reshape((num,) + (1,) * width.ndim)
    result = along * step + start
    if endpoint:
        result[-1] = stop
    result = np.moveaxis(result, 0, axis)
    if dtype is not None:
        result = (np.floor(result) if np.dtype(dtype).kind in "iu" else result).astype(dtype)
    return (result, step) if retstep else result


def positions(shape: Any) -> Iterator[Any]:
    """Yield the positions of an array, the last index first."""
    if len(shape) == 0:
        yield ()
    else:
        for i in range(shape[0]):
            for rest in positions(shape[1:]):
                yield (i, *rest)


def ndindex(*shape: Any) -> Iterator[Any]:
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    yield from positions(shape)


def ndenumerate(arr: Any) -> Iterator[Any]:
    arr = np.asarray(arr)
    for position in positions(arr.shape):
        yield position, arr[position]


# ---------------------------------------------------------------- slices as ranges


def bounds(part: Any) -> tuple[Any, Any, Any]:
    """Return where the numbers of a slice begin, their distance and their count."""
    start = 0 if part.start is None else part.start
    step = 1 if part.step is None else part.step
    if isinstance(step, complex):
        count = int(abs(step))
        distance = (part.stop - start) / float(count - 1) if count > 1 else part.stop - start
        return float(start), distance, count
    return start, step, max(0, math.ceil((part.stop - start) / (step * 1.0)))


def numbers(part: Any, dtype: Any) -> Any:
    """Return the numbers of a slice."""
    start, step, count = bounds(part)
    if isinstance(part.step, complex):
        return np.arange(count) * step + start
    return (np.arange(count) * step + start).astype(dtype)


def common_dtype(parts: Any) -> Any:
    """Return the dtype of a grid: whole numbers if all that its slices say are."""
    for part in parts:
        for number in (part.start, part.stop, part.step):
            if isinstance(number, (float, complex, np.floating)):
                return np.float64
    return np.int64


def mgrid(key: Any) -> Any:
    if not isinstance(key, tuple):
        return numbers(key, common_dtype((key,)))
    dtype = common_dtype(key)
    vectors = [numbers(part, dtype).astype(dtype) for part in key]
    return np.stack(np.meshgrid(*vectors, indexing="ij"))


def ogrid(key: Any) -> Any:
    if not isinstance(key, tuple):
        return numbers(key, common_dtype((key,)))
    dtype = common_dtype(key)
    vectors = [numbers(part, dtype).astype(dtype) for part in key]
    return tuple(np.meshgrid(*vectors, indexing="ij", sparse=True))


def _part(item: Any, in_columns: bool) -> Any:
    """Return what an item in the brackets of `np.r_` or `np.c_` stands for, as an array."""
    if isinstance(item, str):
        refuse("a text in the brackets of np.r_ or np.c_")
    if isinstance(item, slice) and isinstance(item.step, complex):
        found: Any = np.linspace(item.start, item.stop, int(abs(item.step)))
    elif isinstance(item, slice):
        start = 0 if item.start is None else item.start
        found = np.arange(start, item.stop, 1 if item.step is None else item.step)
    else:
        found = np.asarray(item)
    if in_columns:
        return found.reshape(-1, 1) if found.ndim < 2 else found
    return found.reshape(1) if found.ndim == 0 else found


def _joined(key: Any, in_columns: bool) -> Any:
    items = key if isinstance(key, tuple) else (key,)
    parts = [_part(item, in_columns) for item in items]
    kinds = [
        item if np.ndim(item) == 0 and not isinstance(item, slice) else part
        for item, part in zip(items, parts)
    ]
    dtype = np.result_type(*kinds)
    return np.concatenate([part.astype(dtype) for part in parts], axis=-1 if in_columns else 0)


def r_(key: Any) -> Any:
    return _joined(key, False)


def c_(key: Any) -> Any:
    return _joined(key, True)
