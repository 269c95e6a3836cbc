"""Gauss-Seidel relaxation of the Poisson equation: every element update reads the ones before."""

import numpy as np

import autograph as ag
from examples.compare import compare


def gauss_seidel(u, source, sweeps):
    """Relax `u`, of shape (m, n), towards the solution for `source`, in place."""
    m, n = u.shape
    for _ in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                u[i, j] = 0.25 * (
                    u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + source[i, j]
                )
    return u


def roughness(u0, source, sweeps):
    """Return the sum of squares of the relaxed field."""
    u = gauss_seidel(u0.copy(), source, sweeps)
    return np.sum(u * u)


def make_inputs(size=64, sweeps=4, width=None):
    """Return a random start and source of shape (size, width or size), and `sweeps`."""
    rng = np.random.default_rng(5)
    shape = (size, width or size)
    return rng.standard_normal(shape), rng.standard_normal(shape), sweeps


def main():
    """Compare plain and compiled sweeps, and print the gradient's norm by the source."""
    inputs = make_inputs()
    compare("gauss-seidel", gauss_seidel, ag.compile(gauss_seidel), inputs)
    by_source = ag.grad(roughness, argnums=1)(*inputs)
    print(f"norm of d roughness / d source = {np.linalg.norm(by_source):.6f}")


if __name__ == "__main__":
    main()
