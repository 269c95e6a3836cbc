"""Heat diffusion on a plate: five-point slices, updated in place."""

import numpy as np

import autograph as ag
from examples.compare import compare


def heat(u, steps, k):
    """Take explicit Euler steps of the heat equation on `u`, of shape (m, n), in place."""
    for _ in range(steps):
        u[1:-1, 1:-1] += k * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        )
    return u


def misfit(u0, k, target, steps):
    """Return the squared distance between `target` and the plate after `steps` steps from `u0`."""
    u = heat(u0.copy(), steps, k)
    return np.sum((u - target) ** 2)


def make_inputs(size=150, steps=50):
    """Return a cold plate of shape (size, size) with a hot square, and `steps` and `k`."""
    u = np.zeros((size, size))
    u[size // 4 : size // 2, size // 4 : size // 2] = 1.0
    return u, steps, 0.2


def make_misfit_inputs(size=150, steps=50):
    """Return a start, a conductivity, the plate another conductivity led to, and `steps`."""
    u0, steps, k = make_inputs(size, steps)
    return u0, k, heat(u0.copy(), steps, 0.8 * k), steps


def main():
    """Compare plain and compiled diffusion, and print the gradient by the conductivity."""
    compare("heat", heat, ag.compile(heat), make_inputs())
    inputs = make_misfit_inputs()
    slope = ag.grad(misfit, argnums=1)(*inputs)
    print(f"d misfit / d k = {slope:.6f}")


if __name__ == "__main__":
    main()
