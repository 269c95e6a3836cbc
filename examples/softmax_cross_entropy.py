"""Softmax cross-entropy in its naive form, which overflows in NumPy and not once compiled."""

import numpy as np

import autograph as ag
from examples.compare import compare


def cross_entropy(logits, targets):
    """Return the mean cross-entropy of `logits` against `targets`, both of shape (n, classes)."""
    exponentials = np.exp(logits)
    probabilities = exponentials / np.sum(exponentials, axis=1, keepdims=True)
    return -np.mean(np.sum(targets * np.log(probabilities), axis=1))


def make_inputs(size=512, classes=128, scale=1.0):
    """Return normally distributed logits times `scale`, and one-hot targets."""
    rng = np.random.default_rng(7)
    logits = scale * rng.standard_normal((size, classes))
    targets = np.eye(classes)[rng.integers(0, classes, size)]
    return logits, targets


def make_extreme_inputs(size=64, classes=16):
    """Return logits of plus and minus 1000, for which the naive form gives NaN in NumPy."""
    logits, targets = make_inputs(size, classes)
    return np.where(logits > 0, 1000.0, -1000.0), targets


def main():
    """Compare plain and compiled losses, then evaluate where NumPy cannot."""
    step = ag.value_and_grad(cross_entropy)
    compare("softmax cross-entropy", cross_entropy, ag.compile(cross_entropy), make_inputs())
    logits, targets = make_extreme_inputs()
    with np.errstate(all="ignore"):
        plain = cross_entropy(logits, targets)
    loss, gradient = step(logits, targets)
    print(f"logits of 1000: NumPy {plain}, compiled {loss:.3f}")
    print(f"all {gradient.size} gradient entries finite: {bool(np.all(np.isfinite(gradient)))}")


if __name__ == "__main__":
    main()
