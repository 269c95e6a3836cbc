"""Variables outside that compiled functions rebind: what later calls and other code see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograph as ag
from autograph.errors import UnsupportedSyntaxError

CALLS = 0
CACHE: Any = None
TOTAL = 0.0


def test_module_counter_goes_on_from_call_to_call() -> None:
    def f(x: Any) -> Any:
        global CALLS
        CALLS += 1
        return x * CALLS

    global CALLS
    CALLS = 0
    compiled = ag.compile(f)
    assert [compiled(2.0) for _ in range(3)] == [2.0, 4.0, 6.0]
    assert CALLS == 3
    CALLS = 10
    assert compiled(1.0) == 11.0
    assert compiled.stats() | {"cache_hits": 0} == {
        "specialisations": 1, "restarts": 1, "replays": 0, "calls": 4, "cache_hits": 0,
    }  # fmt: skip


def test_memo_starts_as_none() -> None:
    def f(x: Any) -> Any:
        global CACHE
        if CACHE is None:
            CACHE = np.cumsum(x)
        return CACHE[-1] + x[0]

    global CACHE
    CACHE = None
    compiled = ag.compile(f)
    assert compiled(np.ones(3)) == 4.0
    kept = CACHE
    np.testing.assert_array_equal(kept, [1.0, 2.0, 3.0])
    assert compiled(np.full(3, 2.0)) == 5.0
    assert CACHE is kept


def test_closure_cell_goes_on_from_call_to_call() -> None:
    def counter() -> tuple[Callable[..., Any], Callable[[], int]]:
        count = 0

        def add(n: int) -> int:
            nonlocal count
            for _ in range(n):
                count += 2
            return count

        return ag.compile(add), lambda: count

    add, read = counter()
    assert [add(1), add(2), read(), add(0)] == [2, 6, 6, 6]
    other, _ = counter()
    assert other(1) == 2


def test_exception_leaves_globals_as_python_does() -> None:
    def f(x: Any) -> None:
        global TOTAL
        for value in x:
            TOTAL += value
            if value < 0:
                raise ValueError("negative")

    global TOTAL
    TOTAL = 0.0
    with pytest.raises(ValueError, match="negative"):
        ag.compile(f)(np.array([1.0, 2.0, -1.0, 8.0]))
    assert TOTAL == 2.0


def test_deleted_global_is_gone() -> None:
    def f(x: Any) -> Any:
        global FRESH
        FRESH = x
        del FRESH
        return x

    assert ag.compile(f)(1.0) == 1.0
    assert "FRESH" not in globals()


def test_other_ways_of_binding_are_refused() -> None:
    def f(x: Any) -> Any:
        global CALLS
        if (CALLS := x) > 0:
            return 1
        return 0

    with pytest.raises(UnsupportedSyntaxError, match=r"binding 'CALLS'.*assign it by ="):
        ag.compile(f)(1.0)


class Counter:
    count = 0
    total = 0.0

    def __init__(self, x: Any) -> None:
        Counter.count += 1
        type(self).total += x


def test_attribute_of_a_class_goes_on_from_call_to_call() -> None:
    def f(x: Any) -> Any:
        before = Counter.count
        for value in x:
            Counter(value)
        if Counter.total > 10.0:
            raise ValueError("too much")
        return before, Counter(0.0).count

    Counter.count, Counter.total = 0, np.float64(0.0)
    compiled = ag.compile(f)
    assert [compiled(np.ones(2)), compiled(np.ones(1))] == [(0, 3), (3, 5)]
    assert (Counter.count, Counter.total) == (5, 3.0)
    with pytest.raises(ValueError, match="too much"):
        compiled(np.full(3, 4.0))
    assert (Counter.count, Counter.total) == (8, 15.0)
    assert compiled.stats()["specialisations"] == 1


def counted(x: float, seen: dict[float, int] = {}) -> int:  # noqa: B006
    """Return how often a number was seen, so far."""
    seen[x] = seen.get(x, 0) + 1
    return seen[x]


def counted_all(x: Any, met: set[int] = set()) -> Any:  # noqa: B006
    """Return how often each number was seen, and how many there were in all calls."""
    for v in x:
        met.add(int(v))
    return [counted(float(v)) for v in x], len(met)


def test_defaults_that_change_go_on_from_call_to_call() -> None:
    compiled = ag.compile(counted_all)
    assert compiled(np.array([1.0, 2.0, 1.0])) == ([1, 1, 2], 2)
    assert compiled(np.array([2.0, 5.0])) == ([2, 1], 3)
    assert compiled(np.array([5.0, 7.0, 1.0])) == ([2, 1, 3], 4)
    assert counted(2.0) == 3
    assert compiled(np.array([2.0])) == ([4], 4)
    made = compiled.stats()["specialisations"]
    for v in range(10, 20):
        assert compiled(np.array([v, v], dtype=float)) == ([1, 2], v - 5)
    assert compiled.stats()["specialisations"] == made, "each size has brought a specialisation"
    assert counted_all.__defaults__ is not None
    assert len(counted_all.__defaults__[0]) == 14
