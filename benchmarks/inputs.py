"""Inputs of gradients where those of the examples are too small or of another form."""

from __future__ import annotations

from typing import Any

import numpy as np

from examples import allen_cahn, edit_distance, softmax_cross_entropy

Arguments = tuple[Any, ...]


def classified_points(samples: int) -> Arguments:
    """Return weights, random features of shape (samples, 100), labels and a penalty."""
    rng = np.random.default_rng(17)
    features = rng.standard_normal((samples, 100))
    labels = (rng.random(samples) < 0.5).astype(float)
    return 0.1 * rng.standard_normal(100), features, labels, 1e-3


def square_logits(size: int) -> Arguments:
    """Return logits and one-hot targets, both of shape (size, size)."""
    return softmax_cross_entropy.make_inputs(size, size)


def long_allen_cahn(size: int) -> Arguments:
    """Return a start for 400 steps, whose states would fill 800 MB at size 512."""
    return allen_cahn.make_inputs(size, 400)


def widening_words(width: int) -> Arguments:
    """Return a word of 200 letters, one of `width`, and the costs of gaps and mismatches."""
    short, long = edit_distance.make_inputs(200)[0], edit_distance.make_inputs(width)[1]
    return short, long, 1.0, 1.618
