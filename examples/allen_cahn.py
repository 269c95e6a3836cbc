"""The Allen-Cahn equation: two phases separate, on a periodic grid, updated in place."""

import numpy as np

import autograph as ag
from examples.compare import compare


def allen_cahn(u, steps, rate, diffusion):
    """Take explicit steps of u_t = diffusion * laplacian(u) + rate * (u - u**3), in place.

    Args:
        u: phase field of shape (m, n); its rim is held fixed.
        steps: number of steps.
        rate: reaction rate times the time step.
        diffusion: mobility times the time step over the grid spacing squared.
    """
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        u[1:-1, 1:-1] = inner + diffusion * laplacian + rate * (inner - inner**3)
    return u


def order(u0, steps, rate, diffusion):
    """Return half the sum of squares of the field after `steps` steps from `u0`."""
    u = allen_cahn(u0.copy(), steps, rate, diffusion)
    return 0.5 * np.sum(u * u)


def make_inputs(size=256, steps=100):
    """Return a small random field of shape (size, size), `steps`, a rate and a diffusion."""
    rng = np.random.default_rng(16)
    return 0.1 * rng.standard_normal((size, size)), steps, 0.05, 0.2


def main():
    """Compare plain and compiled steps, and print the gradient's norm by the start."""
    inputs = make_inputs(128, 50)
    compare("Allen-Cahn", allen_cahn, ag.compile(allen_cahn), inputs)
    print(f"norm of the gradient {np.linalg.norm(ag.grad(order)(*inputs)):.6f}")


if __name__ == "__main__":
    main()
