"""Recursive routines: too deep a recursion, what is kept in place, what passes make of them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograph as ag
from autograph.errors import UnsupportedError
from autograph.frontend import trace
from autograph.ir.evaluate import CheckFailed, evaluate
from autograph.ir.verify import verify
from autograph.opt import optimize
from autograph.pipeline import Options, Stages


def depth_of(n):
    return 0 if n == 0 else 1 + depth_of(n - 1)


def with_many_values(x, n):
    """Keeps much on the stack in each call."""

    def down(k, a, b, c, d, e, f, g, h):
        if k == 0:
            return a * b + c * d + e * f + g * h
        y = np.sum(np.sin(x * a) + x) / 9
        rest = down(k - 1, y, a / 2 + y, b * y / 9, c / 3, d - c, e / 2, f / 3 - a, g / 2 + b)
        return rest / 2 + a * b - c * d + e / (1 + f * f) - g * h + y

    return down(n, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)


def sort(a):
    if len(a) > 1:
        i = 0
        for j in range(len(a) - 1):
            if a[j] < a[-1]:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[-1] = a[-1], a[i]
        sort(a[:i])
        sort(a[i + 1 :])


def test_too_deep_is_pythons_error() -> None:
    f = ag.compile(depth_of)
    assert f(500) == 500
    assert f.stats()["replays"] == 0
    for n in (5000, -1, 10**9):
        with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
            f(n)
    assert f.stats()["replays"] == 3
    assert f(10) == 10


def test_stack_lasts_in_a_thread_too() -> None:
    f = ag.compile(with_many_values)
    x = np.linspace(0, 1, 5)
    expected = with_many_values(x, 300)
    found: list[object] = []

    def run() -> None:
        found.append(f(x, 300))
        try:
            f(x, 10**7)
        except RecursionError:
            found.append("too deep")

    for target in (run, lambda: _in_thread(run)):
        target()
        assert found.pop() == "too deep"
        np.testing.assert_allclose(found.pop(), expected, rtol=1e-12)


def _in_thread(run) -> None:
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_arrays_are_changed_where_they_are() -> None:
    loops = ag.compile(sort).show("loops", np.ones(5))
    assert "empty" not in loops
    assert "swap" not in loops


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(depth_of, (7,)), (sort, (np.array([3.0, 1.0, 2.0, 5.0, 4.0]),))],
)
def test_graphs_are_evaluated_and_rewritten(function, arguments) -> None:
    graph = verify(trace(function, arguments).graph)
    values = [*arguments, *(0 for _ in graph.params[len(arguments) :])]
    plain = evaluate(graph, [np.copy(x) if np.ndim(x) else np.int64(x) for x in values])
    rewritten = optimize(graph, verify_each=True)
    found = evaluate(rewritten, [np.copy(x) if np.ndim(x) else np.int64(x) for x in values])
    for a, b in zip(plain, found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_evaluation_stops_at_the_greatest_depth() -> None:
    graph = trace(depth_of, (7,)).graph
    with pytest.raises(CheckFailed):
        evaluate(graph, [np.int64(-1)])


def test_no_kernels_of_recursion() -> None:
    stages = Stages(trace(depth_of, (7,)).graph, Options())
    with pytest.raises(UnsupportedError, match=r"calls itself.*CUDA"):
        stages.text("cuda")


def test_explain_tells_of_routines() -> None:
    assert "'depth_of' calls itself" in ag.compile(depth_of).explain(3)


def changes_a_part(a, b):
    if len(a) == 0:
        return
    a[0] = b[0]
    changes_a_part(a[1:].copy(), b)
    changes_a_part(b, b)


def test_arrays_known_twice_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="pass a copy"):
        ag.compile(changes_a_part)(np.ones(3), np.ones(2))


def doubles_what_may_be_its_argument(x):
    if len(x) <= 1:
        return x
    left = doubles_what_may_be_its_argument(x[: len(x) // 2])
    left *= 2
    return np.concatenate((left, x[len(x) // 2 :]))


def test_what_may_be_an_argument_is_not_changed_in_place() -> None:
    with pytest.raises(UnsupportedError, match="copy it first"):
        ag.compile(doubles_what_may_be_its_argument)(np.ones(3))


def weighted_values(x):
    def values(low, high):
        if high - low == 1:
            return [x[low] ** 2]
        middle = (low + high) // 2
        left, right = values(low, middle), values(middle, high)
        return [left[0] * right[0], *left, *right]

    total = 0.0
    for k, v in enumerate(values(0, len(x))):
        total += v * np.sin(k + 1.0)
    return total


def minors(a):
    if a.shape[0] == 1:
        return a[0, 0]
    total = 0.0
    for j in range(a.shape[0]):
        rest = np.concatenate((a[1:, :j], a[1:, j + 1 :]), axis=1)
        total += (-1) ** j * a[0, j] * minors(rest)
    return total


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (weighted_values, np.array([0.5, 1.5, -0.7])),
        (minors, np.array([[0.3, 1.2], [2.0, -0.4]])),
    ],
)
def test_derivatives_of_all_kinds(function, x) -> None:
    v = np.cos(np.arange(x.size)).reshape(x.shape)
    gradient = ag.grad(function)
    step = 1e-5
    slope = (function(x + step * v) - function(x - step * v)) / (2 * step)
    np.testing.assert_allclose(np.sum(gradient(x) * v), slope, rtol=1e-8)
    np.testing.assert_allclose(ag.jvp(function, (x,), (v,))[1], slope, rtol=1e-8)
    bend = (gradient(x + step * v) - gradient(x - step * v)) / (2 * step)
    hessian = ag.hessian(function)(x).reshape(x.size, x.size)
    np.testing.assert_allclose(hessian @ v.ravel(), bend.ravel(), rtol=1e-7, atol=1e-8)
    both = ag.vmap(function)(np.stack((x, x + v)))
    np.testing.assert_allclose(both, [function(x), function(x + v)], rtol=1e-12)
