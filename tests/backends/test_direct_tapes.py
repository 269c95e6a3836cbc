"""Loops compute what they tape in its place on the tape."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograph as ag


def filtered(x, w):
    """Score what filters make of a signal."""
    scores = np.zeros(len(w))
    for k in range(len(w)):
        h = x * w[k]
        for a in range(1, h.shape[0]):
            for b in range(a):
                h[a] += w[k] * x[b]
        scores[k] += np.sum(np.sin(h))
    return np.log(np.sum(np.exp(scores)))


def changed_later(x, w):
    """Change the array again, once its content has been used nonlinearly."""
    scores = np.zeros(len(w))
    for k in range(len(w)):
        h = x * w[k]
        for a in range(1, h.shape[0]):
            h[a] += w[k] * x[a - 1]
        scores[k] += np.sum(np.sin(h))
        for a in range(1, h.shape[0]):
            h[a] -= w[k] * np.cos(x[a - 1])
        scores[k] += np.sum(np.cos(h))
    return np.log(np.sum(np.exp(scores)))


def carried(x, w):
    """Keep the array from one iteration to the next."""
    h = x * 1.0
    total = 0.0
    for k in range(len(w)):
        for a in range(1, h.shape[0]):
            for b in range(a):
                h[a] += 0.1 * w[k] * x[b]
        total += np.sum(np.sin(h))
    return total


def used_after(x, w):
    """Use what the last iteration has made."""
    h = x * 0.0
    scores = np.zeros(len(w))
    for k in range(len(w)):
        h = x * w[k]
        for a in range(1, h.shape[0]):
            for b in range(a):
                h[a] += w[k] * x[b]
        scores[k] += np.sum(np.sin(h))
    return np.log(np.sum(np.exp(scores))) + np.sum(h * h)


def inputs(rows=4, columns=3, filters=3):
    rng = np.random.default_rng(5)
    return rng.standard_normal((rows, columns)), rng.uniform(0.2, 0.9, filters)


def copies_to_tapes(text: str) -> list[str]:
    """Return the statements that put an element of another array on a tape, unchanged."""
    return re.findall(r"tape\d*\[v?[^=]*\] = \w+\[[^\]]*\]$", text, re.MULTILINE)


def test_what_is_taped_is_computed_on_the_tape():
    x, w = inputs()
    text = ag.grad(filtered, argnums=(0, 1)).show("loops", x, w)
    assert re.search(r"tape\[k, .*\] = add\(tape\[k, ", text)
    assert not copies_to_tapes(text)


@pytest.mark.parametrize("loss", [filtered, changed_later, carried, used_after])
def test_gradients_are_right(loss):
    gradient = ag.grad(loss, argnums=(0, 1))
    for x, w in (inputs(), inputs(1, 2, 1)):
        dx, dw = np.cos(x), np.sin(9 * w)
        step = 1e-5
        up, down = (loss(x + d * dx, w + d * dw) for d in (step, -step))
        by_x, by_w = gradient(x, w)
        along = np.sum(by_x * dx) + np.sum(by_w * dw)
        np.testing.assert_allclose(along, (up - down) / (2 * step), rtol=1e-7)


@pytest.mark.parametrize("loss", [carried, used_after])
def test_arrays_that_outlive_an_iteration_are_copied(loss):
    x, w = inputs()
    text = ag.grad(loss, argnums=(0, 1)).show("loops", x, w)
    assert not re.search(r"tape\d*\[k, .*\] = add\(tape\d*\[k, ", text)
