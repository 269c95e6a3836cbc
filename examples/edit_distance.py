"""Alignment of two sequences by dynamic programming, element by element."""

import numpy as np

import autograph as ag
from examples.compare import compare


def edit_distance(first, second, gap, mismatch):
    """Return the least cost of turning `first`, of shape (m,), into `second`, of shape (n,).

    Args:
        first: letters as integers.
        second: letters as integers.
        gap: cost of inserting or deleting a letter.
        mismatch: cost of replacing a letter by another.
    """
    m, n = len(first), len(second)
    cost = np.zeros((m + 1, n + 1))
    for i in range(1, m + 1):
        cost[i, 0] = i * gap
    for j in range(1, n + 1):
        cost[0, j] = j * gap
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            if first[i - 1] == second[j - 1]:
                replaced = cost[i - 1, j - 1]
            else:
                replaced = cost[i - 1, j - 1] + mismatch
            cost[i, j] = min(replaced, cost[i - 1, j] + gap, cost[i, j - 1] + gap)
    return cost[m, n]


def make_inputs(size=400):
    """Return two random sequences over four letters, one a little longer, and both costs."""
    rng = np.random.default_rng(4)
    first = rng.integers(0, 4, size)
    second = rng.integers(0, 4, size + size // 8)
    return first, second, 1.0, 1.618


def main():
    """Compare plain and compiled distances, and print how many gaps and mismatches there are."""
    inputs = make_inputs()
    compare("edit distance", edit_distance, ag.compile(edit_distance), inputs)
    gaps, mismatches = ag.grad(edit_distance, argnums=(2, 3))(*inputs)
    print(f"the best alignment has {gaps:.0f} gaps and {mismatches:.0f} mismatches")


if __name__ == "__main__":
    main()
