"""Loops that run in chunks: same gradients, less memory, guards for sizes that need no chunks."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

import autograph as ag
from autograph.autodiff.checkpoints import LONGEST_TAPE
from tests.properties.interpreting import interpreting


def smooth(u, steps, k):
    for _ in range(steps):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u * u)


def driven(x, forces):
    state = np.zeros(x.shape)
    path = np.zeros((len(forces), len(x)))
    for t in range(len(forces)):
        state = np.tanh(state * x + forces[t])
        path[t] = state
    return np.sum(path * path) + np.sum(state)


def nested(u, steps, k):
    energy = 0.0
    for i in range(steps):
        for _ in range(3):
            u[1:-1] = np.sin(u[1:-1]) + k * (u[2:] - u[:-2])
        if i % 2 == 0:
            energy += np.sum(u * u) * i
    return energy


def directional(fn, arguments, argnum, direction, step=1e-6):
    ends = []
    for sign in (1, -1):
        moved = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
        moved[argnum] = moved[argnum] + sign * step * direction
        ends.append(fn(*moved))
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("memory", [1, 20_000])
@pytest.mark.parametrize("fn", [smooth, nested])
@pytest.mark.parametrize("steps", [0, 1, 7, 40])
def test_gradients_do_not_depend_on_the_memory(fn, memory, steps):
    u = np.linspace(0.1, 1.0, 30) ** 2
    with interpreting():
        expected = whole(fn)(u, steps, 0.1)
        found = chunked(fn, memory)(u, steps, 0.1)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@lru_cache
def whole(fn):
    return ag.value_and_grad(fn, argnums=(0, 2))


@lru_cache
def chunked(fn, memory):
    """Return a gradient that was compiled for a call with a long tape."""
    gradient = ag.value_and_grad(fn, argnums=(0, 2), memory=memory)
    call = np.linspace(0.1, 1.0, 50), 400, 0.01
    gradient(*call)
    assert "reversed in chunks" in gradient.explain(*call)
    return gradient


def test_chunks_of_a_loop_that_reads_and_writes_by_its_index():
    rng = np.random.default_rng(3)
    x, forces = rng.standard_normal(40), rng.standard_normal((300, 40))
    gradient = ag.grad(driven, argnums=(0, 1), memory=1000)
    for a, b in zip(gradient(x, forces), ag.grad(driven, argnums=(0, 1))(x, forces), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)
    v = rng.standard_normal(40)
    slope = directional(driven, (x, forces), 0, v)
    np.testing.assert_allclose(gradient(x, forces)[0] @ v, slope, rtol=1e-6)


def test_derivatives_of_second_order_through_chunks():
    def slope(u, steps, k):
        return np.sum(ag.grad(smooth)(u, steps, k) ** 2)

    u = np.linspace(0.1, 1.0, 30) ** 2
    with interpreting():
        found = ag.grad(slope, memory=1000)(u, 60, 0.05)
        expected = ag.grad(slope)(u, 60, 0.05)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_a_short_tape_needs_no_chunks_and_a_long_one_gets_them():
    gradient = ag.grad(smooth)
    small = np.linspace(0.1, 1.0, 20), 10, 0.1
    large = np.linspace(0.1, 1.0, 40_000), 100, 0.1
    assert large[0].nbytes * large[1] > LONGEST_TAPE
    expected = gradient(*small)
    assert "ceil" not in gradient.show("optimized", *small)
    found = gradient(*large)
    assert "ceil" in gradient.show("optimized", *large)
    assert gradient.show("optimized", *large).count("_0 - 2 >= 0") == 1
    np.testing.assert_array_equal(gradient(*small), expected)
    v = np.random.default_rng(1).standard_normal(len(large[0]))
    np.testing.assert_allclose(found @ v, directional(smooth, large, 0, v), rtol=1e-5)
    assert gradient.stats()["specialisations"] == 2


def test_explain_says_what_is_taped_and_where_loops_are_run_again():
    call = np.linspace(0.1, 1.0, 50), 400, 0.01
    text = ag.grad(smooth).explain(*call)
    assert "keeps 'u', f64[u_0] for the reverse: 8 * steps * u_0 bytes in all" in text
    line = smooth.__code__.co_firstlineno + 2
    assert f"line {line}: computed again for the reverse, not kept: multiply, subtract, add" in text
    text = ag.grad(smooth, memory=1000).explain(*call)
    assert "reversed in chunks" in text


def test_explain_says_where_inner_loops_are_run_again():
    text = ag.grad(swept).explain(np.zeros((300, 300)), 0.97, 2, 300)
    line = swept.__code__.co_firstlineno + 3
    assert f"line {line}: the loop is reversed in chunks, each run again before that" in text
    assert text.count("reversed in chunks") == 1


def settling(u, k, tolerance):
    trips = 0
    while np.max(np.abs(u)) > tolerance:
        u = u - k * np.sin(u)
        trips += 1
    return np.sum(u * u) * trips


def left_early(u, k, most):
    energy = 0.0
    for i in range(1000):
        u = np.sin(u) * k + 0.1 * u
        energy += np.sum(u * u) * i
        if energy > most:
            break
    return energy


def left_from_within(u, k, most):
    energy, i = 0.0, 0
    while True:
        u = np.sin(u) * k + 0.1 * u
        i += 1
        energy += np.sum(u) * i
        if i > most:
            break
    return energy


@pytest.mark.parametrize(
    ("fn", "limits"),
    [
        (settling, (0.01, 0.5, 5.0)),
        (left_early, (30.0, 1.0, 0.0)),
        (left_from_within, (0.0, 1.0, 2.0, 37.0)),
    ],
)
def test_loops_that_end_by_a_condition_have_growing_chunks(fn, limits):
    u = np.linspace(0.1, 1.0, 30) ** 2
    long, short = (ag.value_and_grad(fn, argnums=(0, 1), memory=m) for m in (None, 1000))
    with interpreting():
        for limit in limits:
            expected, found = long(u, 0.07, limit), short(u, 0.07, limit)
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
            for a, b in zip(found[1], expected[1], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)
    assert "reversed in chunks" in short.explain(u, 0.07, limits[0])


def swept(u, k, epochs, steps):
    energy = 0.0
    for i in range(epochs):
        for j in range(steps):
            u = np.sin(u) * k + 0.1 * u * j / steps
        energy += np.sum(u * u) * i
    return energy


@pytest.mark.parametrize(("epochs", "steps", "levels"), [(7, 50, 2), (50, 7, 1), (2, 400, 2)])
def test_loops_in_loops_are_cut_where_that_is_enough_or_both_are(epochs, steps, levels):
    u = np.linspace(0.1, 1.0, 30) ** 2
    limited = ag.value_and_grad(swept, argnums=(0, 1), memory=3000)
    with interpreting():
        expected = ag.value_and_grad(swept, argnums=(0, 1))(u, 0.97, epochs, steps)
        found = limited(u, 0.97, epochs, steps)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    np.testing.assert_allclose(found[1][0], expected[1][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[1][1], expected[1][1], rtol=1e-9)
    assert limited.show("optimized", u, 0.97, epochs, steps).count("sqrt(") == levels


def test_one_level_is_cut_unless_memory_asks_for_two():
    call = np.zeros((300, 300)), 0.97, 3, 100
    for memory, levels in ((None, 1), (1_000_000, 2)):
        graph = ag.grad(swept, memory=memory).show("optimized", *call)
        assert graph.count("sqrt(") == levels


def in_a_branch(u, k, steps):
    if k > 0:
        for _ in range(steps):
            u = np.sin(u) * k + 0.1 * u
    elif k < -3:
        i = 0
        while np.sum(u * u) < 1e4 and i < steps:
            u = u * (1 + 0.01 * np.cos(u))
            i += 1
    else:
        u = u * k
    return np.sum(u * u)


def in_a_branch_of_a_loop(u, k, steps):
    total = 0.0
    for j in range(3):
        if j % 2 == 0:
            for _ in range(steps):
                u = np.sin(u) * k + 0.1 * u
                total += np.sum(u) * k
        else:
            u = u * 0.9
    return total


def in_what_runs_again(u, k, steps):
    def epoch(u):
        for _ in range(steps):
            u = np.sin(u) * k + 0.1 * u
        return u

    for _ in range(3):
        u = ag.checkpoint(epoch)(u)
    return np.sum(u * u)


@pytest.mark.parametrize("fn", [in_a_branch, in_a_branch_of_a_loop, in_what_runs_again])
def test_loops_in_branches_are_cut(fn):
    u = np.linspace(0.1, 1.0, 30)
    long, short = (ag.value_and_grad(fn, argnums=(0, 1), memory=m) for m in (None, 3000))
    with interpreting():
        for k, steps in ((0.9, 400), (-4.0, 400), (-1.0, 400), (0.9, 0), (0.9, 7)):
            expected, found = long(u, k, steps), short(u, k, steps)
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
            for a, b in zip(found[1], expected[1], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        assert "reversed in chunks" in short.explain(u, 0.9, 400)


def test_a_first_call_with_few_trips_says_up_to_how_many_it_needs_no_chunks():
    u = np.linspace(0.1, 1.0, 30) ** 2
    gradient = ag.grad(smooth, memory=1000)
    with interpreting():
        gradient(u, 0, 0.05)
        gradient(u, 400, 0.05)
        assert "reversed in chunks" in gradient.explain(u, 400, 0.05)


def awaited(u, k, most):
    steps = 0.0
    while steps < most:
        u = np.sin(u + k) * 0.5 + u * 0.3
        steps = steps + 1.0
    return np.sum(u * u)


def test_second_derivatives_tape_what_chunks_start_from():
    def slope(u, k, most):
        return np.sum(ag.grad(awaited)(u, k, most) ** 2)

    u = np.linspace(0.1, 1.0, 4)
    short = ag.grad(slope, memory=1)
    with interpreting():
        np.testing.assert_allclose(short(u, 0.1, 23), ag.grad(slope)(u, 0.1, 23), rtol=1e-9)
    lines = short.show("optimized", u, 0.1, 23).splitlines()
    bodies = [b for a, b in pairwise(lines) if a.startswith("  %") and "tape<" in a]
    assert len(bodies) > 2
    assert all(body.startswith("    body(chunk") for body in bodies)
