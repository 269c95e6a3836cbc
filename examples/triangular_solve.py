"""Forward substitution by loops: each unknown needs the ones before."""

import numpy as np

import autograph as ag
from examples.compare import compare


def triangular_solve(matrix, right):
    """Return x with L x = right, where L, of shape (n, n), is what is not above the diagonal."""
    n = len(right)
    x = np.zeros(n)
    for i in range(n):
        rest = right[i]
        for j in range(i):
            rest -= matrix[i, j] * x[j]
        x[i] = rest / matrix[i, i]
    return x


def solution_energy(matrix, right):
    """Return half the squared norm of the solution."""
    x = triangular_solve(matrix, right)
    return 0.5 * (x @ x)


def make_inputs(size=1000):
    """Return a random matrix with a heavy diagonal, and a random right side."""
    rng = np.random.default_rng(14)
    matrix = rng.standard_normal((size, size)) / max(size, 1) + 2.0 * np.eye(size)
    return matrix, rng.standard_normal(size)


def main():
    """Compare plain and compiled substitution, and print the gradient's norm by the matrix."""
    inputs = make_inputs(200)
    compare("triangular solve", triangular_solve, ag.compile(triangular_solve), inputs)
    print(f"norm of the gradient {np.linalg.norm(ag.grad(solution_energy)(*inputs)):.6f}")


if __name__ == "__main__":
    main()
