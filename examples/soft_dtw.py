"""Soft dynamic time warping: a smooth distance between two time series."""

import numpy as np

import autograph as ag
from examples.compare import compare


def soft_dtw(x, y, gamma):
    """Return the soft-DTW discrepancy of x, of shape (n,), and y, of shape (m,).

    Source: Cuturi and Blondel, Soft-DTW: a differentiable loss function for time series, 2017.
    """
    n, m = len(x), len(y)
    table = np.full((n + 1, m + 1), np.inf)
    table[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a = -table[i - 1, j - 1] / gamma
            b = -table[i - 1, j] / gamma
            c = -table[i, j - 1] / gamma
            top = max(a, b, c)
            soft = top + np.log(np.exp(a - top) + np.exp(b - top) + np.exp(c - top))
            table[i, j] = (x[i - 1] - y[j - 1]) ** 2 - gamma * soft
    return table[n, m]


def make_inputs(size=200):
    """Return two noisy waves of `size` samples, and a smoothing of 1."""
    rng = np.random.default_rng(15)
    t = np.linspace(0.0, 6.0, size)
    noise = 0.1 * rng.standard_normal((2, size))
    return np.sin(t) + noise[0], np.sin(t + 0.5) + noise[1], 1.0


def main():
    """Compare the plain and compiled discrepancy, and print the gradient's norm."""
    inputs = make_inputs(60)
    compare("soft DTW", soft_dtw, ag.compile(soft_dtw), inputs)
    print(f"norm of the gradient {np.linalg.norm(ag.grad(soft_dtw)(*inputs)):.6f}")


if __name__ == "__main__":
    main()
